//! Memory that a batch fills and that others may keep, so that what is in it is not copied.

use std::sync::Arc;

/// No more than this share of memory that may be kept is empty.
const EMPTY_SHARE: usize = 2;

/// Memory of a batch: its own, or such that others may keep as well.
#[derive(Clone, Debug)]
pub(super) enum Room {
    Own(Vec<u8>),
    Shared(Arc<Vec<u8>>),
}

impl Default for Room {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Room {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    /// The bytes to be changed: what others keep stays as it is.
    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => Arc::make_mut(bytes),
        }
    }

    /// Empties it. Where others keep the memory there will be as much again.
    pub(super) fn clear(&mut self) {
        let kept = match self {
            Self::Own(bytes) => return bytes.clear(),
            Self::Shared(bytes) => std::mem::take(bytes),
        };
        let mut bytes = Arc::try_unwrap(kept).unwrap_or_else(|kept| Vec::with_capacity(kept.len()));
        bytes.clear();
        *self = Self::Own(bytes);
    }

    /// The memory, if others may keep it.
    pub(super) fn shared(&self) -> Option<&Arc<Vec<u8>>> {
        match self {
            Self::Own(_) => None,
            Self::Shared(bytes) => Some(bytes),
        }
    }

    /// From now on others may keep it, if it holds so many bytes and is mostly full.
    pub(super) fn share(&mut self, bytes_min: usize) {
        if let Self::Own(bytes) = self
            && bytes.len() >= bytes_min.max(bytes.capacity() / EMPTY_SHARE)
        {
            *self = Self::Shared(Arc::new(std::mem::take(bytes)));
        }
    }
}

/// Where the bytes of an entry stand for good, for who keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// The memory of the batch.
    pub memory: &'a Arc<Vec<u8>>,
    /// The byte in it where key and data begin.
    pub at: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryBatch;

    fn batch(data: &[usize]) -> EntryBatch {
        let mut batch = EntryBatch::new();
        data.iter().for_each(|len| batch.push("key", &vec![7; *len]));
        batch.share();
        batch
    }

    #[test]
    fn memory_that_is_mostly_of_long_records_is_shared() {
        for (data, shared) in [(&[600, 600][..], true), (&[509], true), (&[508], false)] {
            assert_eq!(batch(data).kept(0).is_some(), shared, "{data:?}");
        }
        assert!(batch(&[10, 2_000]).kept(0).is_some() && batch(&[10, 20, 900]).kept(0).is_none());
        let mut empty = EntryBatch::with_capacity(10_000);
        empty.push("key", &[7; 1_000]);
        empty.share();
        assert!(empty.kept(0).is_none(), "most of it is empty");
    }

    #[test]
    fn what_somebody_keeps_stays_as_it_is() {
        let mut batch = batch(&[1_000]);
        let kept = Arc::clone(batch.kept(0).expect("it is shared").memory);
        batch.push("more", &[8; 1_000]);
        assert_eq!((kept.len(), batch.bytes()), (1_003, 2_007));
        batch.share();
        let more = batch.kept(1).expect("it is shared still");
        assert_eq!((&more.memory[more.at..more.at + 4], more.at), (&b"more"[..], 1_003));
        let kept = Arc::clone(more.memory);
        batch.clear();
        batch.push("new", &[9; 10]);
        assert!(kept.ends_with(&[8; 1_000]) && batch.get(0).data == [9; 10]);
        assert!(batch.kept(0).is_none(), "it is the batch's own again");
    }
}
