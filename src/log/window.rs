//! A file read from its start on, through a window that stays in the processor's cache.
//!
//! Room for a whole file costs more than the reading: the system clears each of its pages, and what
//! was read has left the cache when it is looked at (measured: 2.5 times the time for 64 MiB).

use crate::log::{Storage, StorageError};

/// Bytes of a file that are read at a time, unless more are wanted at once.
const WINDOW: usize = 256 * 1024;

/// A file, and the bytes of it that are at hand.
pub(super) struct Window<'a> {
    storage: &'a dyn Storage,
    file: String,
    len: u64,
    /// The byte of the file where `bytes` begin.
    begin: u64,
    bytes: &'a mut Vec<u8>,
}

impl<'a> Window<'a> {
    /// Over a file, in room that may have served for another.
    pub(super) fn over(
        storage: &'a dyn Storage,
        file: String,
        room: &'a mut Vec<u8>,
    ) -> Result<Self, StorageError> {
        let len = storage.len(&file)?;
        room.clear();
        room.reserve(WINDOW);
        Ok(Self { storage, file, len, begin: 0, bytes: room })
    }

    /// Bytes of the file.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes from `at` on that are at hand: `wanted` or more, fewer only where the file ends.
    pub(super) fn at(&mut self, at: u64, wanted: usize) -> Result<&[u8], StorageError> {
        if at >= self.len {
            return Ok(&[]);
        }
        let end = at.saturating_add(wanted as u64).min(self.len);
        if at < self.begin || end > self.begin + self.bytes.len() as u64 {
            self.move_to(at, end)?;
        }
        let skip = usize::try_from(at - self.begin).expect("invariant: a window is in memory");
        Ok(&self.bytes[skip..])
    }

    /// Lets the window begin at `at` and reach to `end`, or as far as its room goes.
    fn move_to(&mut self, at: u64, end: u64) -> Result<(), StorageError> {
        let skip = at.checked_sub(self.begin).and_then(|skip| usize::try_from(skip).ok());
        match skip.filter(|skip| *skip < self.bytes.len()) {
            Some(skip) => drop(self.bytes.drain(..skip)),
            None => self.bytes.clear(),
        }
        self.begin = at;
        let from = at + self.bytes.len() as u64;
        let until = end.max(at.saturating_add(self.bytes.capacity() as u64)).min(self.len);
        let more = usize::try_from(until.saturating_sub(from)).unwrap_or(usize::MAX);
        self.storage.read_into(&self.file, from, more, self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::MemStorage;

    #[test]
    fn every_place_gives_what_the_file_holds_there() {
        let whole: Vec<u8> = (0..3 * WINDOW + 5).map(|at| (at % 251) as u8).collect();
        let mut storage = MemStorage::new();
        storage.write_at("file", 0, &whole).expect("memory takes it");
        let mut room = vec![9; 7];
        let mut window = Window::over(&storage, "file".to_owned(), &mut room).expect("it is there");
        let places =
            [0, 1, WINDOW - 1, WINDOW, 40, 2 * WINDOW + 3, whole.len() - 1, whole.len(), 3];
        for (at, wanted) in places.into_iter().flat_map(|at| [1, 90, 2 * WINDOW].map(|n| (at, n))) {
            let found = window.at(at as u64, wanted).expect("it is read").to_vec();
            assert!(found.len() >= wanted.min(whole.len() - at), "{wanted} at {at}");
            assert_eq!(found[..], whole[at..][..found.len()], "{wanted} at {at}");
        }
        assert!(window.at(u64::MAX, 9).expect("nothing is there").is_empty());
    }
}
