//! Floor 1: the durable log. Bytes, in order. It knows nothing of Kinesis.
//!
//! Many shards share one journal: a commit scatters over all shards, and one write for all of them
//! is what makes that cheap (see `frame.rs` for the format, `journal.rs` for segments and recovery).
//! The newest records of each shard also stand in a memory tail, which serves those who keep up.
//! `blob.rs` keeps named state beside the records.
//!
//! A shard on disk is read as one row that is kept in three places:
//!
//! ```text
//!    trimmed | chunks on disk (cold.rs, chunk_files.rs) | tail in memory (shard_log.rs) | next
//!            first                                     tail begins
//! ```
//!
//! The journal holds everything from where the tail begins on. In the background
//! [`Log::maintain`] moves the oldest blocks of tails to chunks (`maintain.rs` has the order of
//! steps), a small manifest says what moved and what is trimmed, and journal segments and chunk
//! files are freed behind it. Memory is bounded by [`LogOptions`] and 48 bytes for each chunk of
//! about 64 KiB; a driver that never syncs frees nothing. `recovery.rs` opens a folder.
//!
//! Invariants: indexes of a shard are contiguous; what `commit` returned `Ok` for was written to
//! the operating system; after a failed sync of the journal nothing is acknowledged any more;
//! what was synced stays synced, wherever it is moved.
//!
//! Absent on purpose: merging the small chunks of quiet shards, which a shard gets one of for each
//! journal segment; reading ahead; compression.

mod blob;
mod block;
mod cache;
mod chunk;
mod chunk_files;
mod cold;
mod disk;
mod error;
mod frame;
mod journal;
mod maintain;
mod manifest;
pub mod mem;
mod recovery;
mod report;
mod shard_log;
mod slot;
pub mod storage;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use error::LogError;
pub use mem::{Fault, MemStorage};
pub use report::{LogOptions, LogUsage, Maintained, Recovery, Unsynced};
pub use shard_log::Visit;
pub use storage::{Storage, StorageError};

use crate::model::Millis;
use block::Allowance;
use disk::Disk;
use frame::{FrameRecord, FrameWriter};
use slot::Slot;

/// The log's own number of a shard, unique in a folder and never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogShard(pub u32);

/// Where a shard's records live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    /// In memory only.
    Memory,
    /// In the journal too.
    Disk,
}

/// The log of all shards.
pub struct Log {
    shards: Vec<Option<Slot>>,
    disk: Option<Disk>,
    frame: FrameWriter,
    staged: Vec<LogShard>,
    /// Shards whose first records were freed and that the manifest does not know.
    headless: BTreeSet<LogShard>,
}

impl Log {
    /// A log without a disk.
    #[must_use]
    pub fn in_memory() -> Self {
        let (shards, staged, headless) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { shards, disk: None, frame: FrameWriter::default(), staged, headless }
    }

    /// Opens a folder, new or old.
    ///
    /// # Errors
    /// When the storage fails or the journal or the manifest is damaged; nothing was changed then,
    /// except that a torn tail may have been cut. Damaged chunks are told by those who read them.
    pub fn open(
        storage: Box<dyn Storage>,
        options: LogOptions,
    ) -> Result<(Self, Recovery), LogError> {
        recovery::open(storage, options)
    }

    fn slot(&self, shard: LogShard) -> &Slot {
        let slot = self.shards.get(shard.0 as usize).and_then(Option::as_ref);
        slot.expect("the shard was created and not removed")
    }

    fn slot_mut(&mut self, shard: LogShard) -> &mut Slot {
        let slot = self.shards.get_mut(shard.0 as usize).and_then(Option::as_mut);
        slot.expect("the shard was created and not removed")
    }

    /// Makes room for a shard; one that is there stays as it is.
    pub fn create_shard(&mut self, shard: LogShard, residence: Residence) {
        let at = shard.0 as usize;
        if self.shards.len() <= at {
            self.shards.resize_with(at + 1, || None);
        }
        self.shards[at].get_or_insert_with(|| Slot::new(residence));
    }

    /// Forgets a shard and its records. A caller that keeps a list of its shards takes it off that
    /// list first.
    pub fn remove_shard(&mut self, shard: LogShard) {
        let slot = self.shards.get_mut(shard.0 as usize).and_then(Option::take);
        if let (Some(slot), Some(disk)) = (slot, &mut self.disk) {
            slot.cold.iter().for_each(|chunk| disk.chunks.release(chunk));
            disk.changed |= slot.residence == Residence::Disk;
        }
    }

    /// Forgets every recovered shard that the caller does not know.
    ///
    /// # Errors
    /// When the first records of a shard that the caller knows are nowhere.
    pub fn retain_shards(&mut self, keep: &dyn Fn(LogShard) -> bool) -> Result<(), LogError> {
        if let Some(shard) = self.headless.iter().find(|shard| keep(**shard)) {
            let file = format!("journal, shard {}", shard.0);
            return Err(LogError::Corrupt { file, at: 0, what: "the first records are missing" });
        }
        let count = u32::try_from(self.shards.len()).expect("shards are fewer than 2^32");
        let unknown = (0..count).map(LogShard).filter(|shard| !keep(*shard));
        unknown.for_each(|shard| self.remove_shard(shard));
        Ok(())
    }

    /// Takes a record and hands out its index. It counts only after [`Self::commit`].
    pub fn stage(&mut self, shard: LogShard, arrival: Millis, key: &str, data: &[u8]) -> u64 {
        let slot = self.shards[shard.0 as usize].as_mut().expect("the shard was created");
        let index = slot.records.push(arrival, key, data);
        match slot.residence {
            Residence::Memory => slot.committed = index + 1,
            Residence::Disk => {
                if index == slot.committed {
                    self.staged.push(shard);
                }
                self.frame.push(FrameRecord { shard, index, arrival, key, data });
            }
        }
        index
    }

    /// Writes what was staged for disk, as one frame.
    ///
    /// # Errors
    /// Nothing that was staged for disk is there then, in memory or on disk.
    pub fn commit(&mut self) -> Result<(), LogError> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let disk = self.disk.as_mut().expect("a shard on disk has a log on disk");
        let storage = disk.storage.as_mut();
        let room = match disk.journal.is_full() {
            true => disk.journal.roll(storage, disk::ends_of(&self.shards)),
            false => Ok(()),
        };
        let result = room.and_then(|()| disk.journal.append(storage, &mut self.frame));
        self.frame.clear();
        for shard in std::mem::take(&mut self.staged) {
            let slot = self.slot_mut(shard);
            match result {
                Ok(()) => slot.committed = slot.records.next_index(),
                Err(_) => slot.records.roll_back(slot.committed),
            }
        }
        result
    }

    /// The oldest index that is still there: the trim horizon.
    #[must_use]
    pub fn first_index(&self, shard: LogShard) -> u64 {
        self.slot(shard).records.first_index()
    }

    /// The next index that will be handed out.
    #[must_use]
    pub fn next_index(&self, shard: LogShard) -> u64 {
        self.slot(shard).records.next_index()
    }

    /// Calls `visit` for each record from `from` on: at most `records_max`, as many as fit
    /// `bytes_max`, at least one if there is one.
    ///
    /// # Errors
    /// When the first record of these is in a chunk that is damaged or cannot be read; `visit` was
    /// not called then.
    pub fn read(
        &self,
        shard: LogShard,
        from: u64,
        records_max: usize,
        bytes_max: usize,
        visit: &mut Visit<'_>,
    ) -> Result<(), LogError> {
        let mut allowance = Allowance::new(records_max, bytes_max);
        let load = |chunk: &_| self.disk().load(shard, chunk);
        self.slot(shard).read(from, &mut allowance, &load, visit)
    }

    /// The first index that arrived at or after `at`; the next index when there is none.
    ///
    /// # Errors
    /// When the chunk to look into is damaged or cannot be read.
    pub fn index_at(&self, shard: LogShard, at: Millis) -> Result<u64, LogError> {
        let load = |chunk: &_| self.disk().load(shard, chunk);
        self.slot(shard).index_at(at, &load)
    }

    /// When the newest record arrived; `None` when it is trimmed or there was none.
    #[must_use]
    pub fn last_arrival(&self, shard: LogShard) -> Option<Millis> {
        self.slot(shard).last_arrival()
    }

    /// Forgets records that arrived before `before`; says how many. It is written down by
    /// [`Self::maintain`], so a crash may bring some of them back, to be trimmed again.
    pub fn trim(&mut self, shard: LogShard, before: Millis) -> u64 {
        let slot = self.shards.get_mut(shard.0 as usize).and_then(Option::as_mut);
        let slot = slot.expect("the shard was created and not removed");
        let mut freed = Vec::new();
        let disk = self.disk.as_ref();
        let load = |chunk: &_| disk.expect("chunks are on disk").load(shard, chunk);
        let trimmed = slot.trim(before, &load, &mut |chunk| freed.push(chunk));
        if let (1.., Some(disk), Residence::Disk) = (trimmed, &mut self.disk, slot.residence) {
            freed.iter().for_each(|chunk| disk.chunks.release(chunk));
            disk.changed = true;
        }
        trimmed
    }

    fn disk(&self) -> &Disk {
        self.disk.as_ref().expect("chunks are on disk")
    }

    /// Keeps named state; a log without a disk keeps none.
    ///
    /// # Errors
    /// The old state is still there then.
    pub fn put_blob(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        assert!(name != manifest::BLOB, "that name is the log's own");
        match &mut self.disk {
            Some(disk) => blob::put(disk.storage.as_mut(), name, bytes),
            None => Ok(()),
        }
    }

    /// Replaces a named state so that it survives the process, without the cost of a sync.
    ///
    /// # Errors
    /// When the storage fails; the old state is still there.
    pub fn put_blob_lightly(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        assert!(name != manifest::BLOB, "that name is the log's own");
        match &mut self.disk {
            Some(disk) => blob::put_lightly(disk.storage.as_mut(), name, bytes),
            None => Ok(()),
        }
    }

    /// The named state, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn blob(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.disk.as_ref().map_or(Ok(None), |disk| blob::get(disk.storage.as_ref(), name))
    }

    /// Is there a disk behind this log?
    #[must_use]
    pub fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Acknowledged records that the driver should sync soon.
    #[must_use]
    pub fn unsynced(&self) -> Option<Unsynced> {
        self.disk.as_ref().and_then(|disk| disk.journal.unsynced())
    }

    /// What the log holds.
    #[must_use]
    pub fn usage(&self) -> LogUsage {
        let tails = self.shards.iter().flatten().map(Slot::memory).sum::<u64>();
        let Some(disk) = &self.disk else {
            return LogUsage { memory_bytes: tails, ..LogUsage::default() };
        };
        LogUsage {
            memory_bytes: tails + disk.cache.borrow().memory() + disk.buffer.capacity() as u64,
            disk_bytes: disk.journal.bytes() + disk.chunks.bytes(),
            segments: disk.journal.segments(),
            chunk_files: disk.chunks.count(),
            poisoned: disk.journal.poisoned().map(str::to_owned),
            maintenance: disk.trouble.clone(),
        }
    }
}
