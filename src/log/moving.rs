//! Work on its way to the disk: tables that are sorted and become chunks, and the manifest that names
//! them.
//! Choosing it and taking note of what became of it are steps of the log; putting it together and
//! writing it needs no log, so a driver may do it outside its lock.

use std::sync::Arc;

use crate::log::flush::{Flush, Flushed};
use crate::log::memtable::Memtable;
use crate::log::{Storage, StorageError, manifest};

/// A piece of work.
#[derive(Debug)]
pub struct Move(pub(super) Work);

#[derive(Debug)]
pub(super) enum Work {
    Sort(Arc<Memtable>, Memtable),
    Flush(Flush),
    Manifest(Save),
}

/// What became of a piece of work.
#[derive(Debug)]
pub struct Moved(pub(super) Done);

#[derive(Debug)]
pub(super) enum Done {
    /// A table, and the same sorted.
    Sort(Arc<Memtable>, Memtable),
    Flush(Flush, Result<Flushed, StorageError>),
    Manifest(Save, Result<(), StorageError>),
}

impl Moved {
    /// Was everything written?
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match &self.0 {
            Done::Sort(..) => true,
            Done::Flush(_, result) => result.is_ok(),
            Done::Manifest(_, result) => result.is_ok(),
        }
    }
}

impl Move {
    /// Does it; `buffer` is room to put chunks together. When the storage fails any part may have been
    /// written.
    #[must_use]
    pub fn run(self, storage: &mut dyn Storage, buffer: &mut Vec<u8>) -> Moved {
        Moved(match self.0 {
            Work::Sort(table, room) => {
                let sorted = table.sorted_into(room);
                Done::Sort(table, sorted)
            }
            Work::Flush(flush) => {
                let result = flush.write(storage, buffer);
                Done::Flush(flush, result)
            }
            Work::Manifest(save) => {
                let result = save.write(storage);
                Done::Manifest(save, result)
            }
        })
    }

    /// About how many bytes are written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.0 {
            Work::Sort(..) => 0,
            Work::Flush(flush) => flush.size(),
            Work::Manifest(save) => save.encoded.len() as u64,
        }
    }
}

/// A manifest, and what is not needed any more once it is there.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) encoded: Vec<u8>,
    /// The oldest journal segment that it needs.
    pub(super) journal_first: u32,
    /// Chunk files that it does not name any more.
    pub(super) dead: Vec<u32>,
}

impl Save {
    pub(super) fn write(&self, storage: &mut dyn Storage) -> Result<(), StorageError> {
        manifest::save(storage, &self.encoded)
    }
}
