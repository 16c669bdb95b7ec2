//! The manifest: what moved from the journal to chunks, and up to where each shard is trimmed.
//!
//! It is the blob `manifest`, replaced as a whole: it is the old one or the new one after a crash.
//! Numbers are little-endian: version (4), the oldest journal segment that is needed (4), the next
//! chunk file's number (4), how many chunk files (4), how many shards (4); for each file its number
//! (4) and how many of its bytes count (8); for each shard its number (4), the index up to which
//! it is trimmed (8) and the index up to which it was moved (8).
//!
//! It is written after the chunks that it names were synced, and before the journal segments and
//! chunk files that it no longer names are removed. So a file that it does not name holds nothing
//! that counts, and a record below a shard's moved index is in a chunk, or trimmed, or damaged.

use std::collections::BTreeMap;

use crate::log::{INDEX_MAX, LogError, LogShard, SHARDS_MAX, Storage, StorageError, blob};

/// The name of the blob, which no other state may use.
pub(super) const BLOB: &str = "manifest";
const VERSION: u32 = 1;
/// Segments and chunk files that a folder may ever have had: so many of 64 MiB hold an exabyte.
pub(super) const FILES_MAX: u32 = u32::MAX / 2;

/// How far a shard has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Records below are trimmed.
    pub(super) first: u64,
    /// Records below are in chunks or trimmed.
    pub(super) moved: u64,
}

/// What the manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) journal_first: u32,
    pub(super) next_file: u32,
    pub(super) files: Vec<(u32, u64)>,
    pub(super) shards: BTreeMap<LogShard, Progress>,
}

/// Writes an encoded manifest in the place of the one before.
pub(super) fn save(storage: &mut dyn Storage, encoded: &[u8]) -> Result<(), StorageError> {
    blob::put(storage, BLOB, encoded)
}

impl Manifest {
    pub(super) fn load(storage: &dyn Storage) -> Result<Option<Self>, LogError> {
        let Some(bytes) = blob::get(storage, BLOB)? else { return Ok(None) };
        let what = "it is not of a version that this program reads";
        let corrupt = || LogError::Corrupt { file: blob::file_of(BLOB), at: 8, what };
        Self::decode(&bytes).map(Some).ok_or_else(corrupt)
    }

    /// What [`save`] writes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let count = |n: usize| u32::try_from(n).expect("files and shards are fewer than 2^32");
        let mut bytes = Vec::with_capacity(20 + self.files.len() * 12 + self.shards.len() * 20);
        let head = [VERSION, self.journal_first, self.next_file];
        let counts = [count(self.files.len()), count(self.shards.len())];
        for number in head.into_iter().chain(counts) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for (file, len) in &self.files {
            bytes.extend_from_slice(&file.to_le_bytes());
            bytes.extend_from_slice(&len.to_le_bytes());
        }
        for (shard, progress) in &self.shards {
            bytes.extend_from_slice(&shard.0.to_le_bytes());
            bytes.extend_from_slice(&progress.first.to_le_bytes());
            bytes.extend_from_slice(&progress.moved.to_le_bytes());
        }
        bytes
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        if u32_of(bytes)? != VERSION {
            return None;
        }
        let (journal_first, next_file) = (u32_of(bytes)?, u32_of(bytes)?);
        (journal_first.max(next_file) <= FILES_MAX).then_some(())?;
        let mut manifest = Self { journal_first, next_file, ..Self::default() };
        let (files, shards) = (u32_of(bytes)?, u32_of(bytes)?);
        for _ in 0..files {
            manifest.files.push((u32_of(bytes)?, u64_of(bytes)?));
        }
        for _ in 0..shards {
            let shard = LogShard(u32_of(bytes)?);
            let progress = Progress { first: u64_of(bytes)?, moved: u64_of(bytes)? };
            let sound = progress.first <= progress.moved && progress.moved <= INDEX_MAX;
            (sound && shard.0 < SHARDS_MAX).then_some(())?;
            manifest.shards.insert(shard, progress);
        }
        bytes.is_empty().then_some(manifest)
    }
}

fn u32_of(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

fn u64_of(bytes: &mut &[u8]) -> Option<u64> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_what_was_written_and_nothing_shorter() {
        let progress = Progress { first: 3, moved: 1 << 40 };
        let manifest = Manifest {
            journal_first: 7,
            next_file: 3,
            files: vec![(1, 1 << 33), (2, 9)],
            shards: BTreeMap::from([(LogShard(5), progress), (LogShard(9), Progress::default())]),
        };
        let bytes = manifest.encode();
        assert_eq!(Manifest::decode(&bytes), Some(manifest));
        assert!((0..bytes.len()).all(|len| Manifest::decode(&bytes[..len]).is_none()));
    }

    #[test]
    fn numbers_that_no_folder_comes_to_are_refused() {
        let of = |shard, progress| Manifest {
            shards: BTreeMap::from([(LogShard(shard), progress)]),
            ..Manifest::default()
        };
        let refused = |manifest: Manifest| Manifest::decode(&manifest.encode()).is_none();
        assert!(!refused(of(SHARDS_MAX - 1, Progress::default())));
        assert!(refused(of(SHARDS_MAX, Progress::default())));
        assert!(refused(of(1, Progress { first: 0, moved: u64::MAX })));
        assert!(refused(Manifest { next_file: u32::MAX, ..Manifest::default() }));
    }
}
