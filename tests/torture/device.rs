//! The disk as the log sees it: a simulated one, honest or with one lie, to test the tests.

use std::cell::Cell;

use watershed::log::{MemStorage, Storage, StorageError};

/// What a disk may lie about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Nothing.
    None,
    /// Syncs of the journal are said to be done.
    JournalSync,
    /// Syncs of chunk files are said to be done.
    ChunkSync,
    /// Syncs of named state are said to be done.
    StateSync,
    /// Syncs of the folder are said to be done.
    FolderSync,
    /// Bytes come back with bits flipped, in a pattern that a CRC-32 cannot see: what a log
    /// without checksums would serve for any pattern.
    Checksum,
}

/// Reads between two flipped ones.
const FLIP_EVERY: u64 = 23;

/// A simulated disk with a lie.
#[derive(Debug)]
pub(crate) struct Device {
    disk: MemStorage,
    lie: Lie,
    reads: Cell<u64>,
}

impl Device {
    pub(crate) fn new(disk: &MemStorage, lie: Lie) -> Self {
        Self { disk: disk.clone(), lie, reads: Cell::new(0) }
    }

    fn skips(&self, file: &str) -> bool {
        match self.lie {
            Lie::JournalSync => file.starts_with("journal"),
            Lie::ChunkSync => file.starts_with("chunks"),
            Lie::StateSync => file.ends_with(".new") || file.ends_with(".blob"),
            Lie::None | Lie::FolderSync | Lie::Checksum => false,
        }
    }
}

/// The bits of the polynomial of CRC-32, as they follow each other in a stream of bytes. Flipping
/// them anywhere leaves the checksum of everything as it was.
const BLIND: [u8; 5] = [0x41, 0x06, 0x71, 0xdb, 0x01];

impl Storage for Device {
    fn len(&self, file: &str) -> Result<u64, StorageError> {
        self.disk.len(file)
    }

    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        self.disk.read_at(file, at, into)?;
        self.reads.set(self.reads.get() + 1);
        let due = self.lie == Lie::Checksum && self.reads.get().is_multiple_of(FLIP_EVERY);
        if due && into.len() > 400 && !file.ends_with(".blob") {
            let middle = into.len() / 2;
            into[middle..].iter_mut().zip(BLIND).for_each(|(byte, flip)| *byte ^= flip);
        }
        Ok(())
    }

    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.disk.write_at(file, at, bytes)
    }

    fn sync(&mut self, file: &str) -> Result<(), StorageError> {
        if self.skips(file) { Ok(()) } else { self.disk.sync(file) }
    }

    fn sync_dir(&mut self) -> Result<(), StorageError> {
        if self.lie == Lie::FolderSync { Ok(()) } else { self.disk.sync_dir() }
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
        self.disk.truncate(file, len)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError> {
        self.disk.rename(from, to)
    }

    fn list(&self) -> Result<Vec<String>, StorageError> {
        self.disk.list()
    }

    fn remove(&mut self, file: &str) -> Result<(), StorageError> {
        self.disk.remove(file)
    }
}
