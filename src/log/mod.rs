//! Floor 1: the durable log. Bytes, in order. It knows nothing of Kinesis.
//!
//! Many shards share one journal: a commit scatters over all shards, and one write for all of them
//! is what makes that cheap (see `frame.rs` for the format, `journal.rs` for segments and recovery).
//! Each shard's records also stand in a memory tail, which serves every read. `blob.rs` keeps named
//! state beside the records.
//!
//! Not built yet: moving tails into chunks on disk. A stream on disk therefore holds all of its
//! records in memory as well, and journal segments are not freed.
//!
//! Invariants: indexes of a shard are contiguous; what `commit` returned `Ok` for was written to
//! the operating system; after a failed sync nothing is acknowledged any more.

mod blob;
mod frame;
mod journal;
pub mod mem;
mod shard_log;
pub mod storage;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use mem::MemStorage;
pub use shard_log::Visit;
pub use storage::{Storage, StorageError};

use crate::model::Millis;
use frame::{FrameRecord, FrameWriter};
use journal::Journal;
use shard_log::ShardLog;

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

/// What can be set on a log.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Bytes after which a journal segment is closed.
    pub segment_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024 }
    }
}

/// Why the log could not do it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// The storage failed; what was asked has not happened.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// The bytes on disk are not what was written. Nothing was changed.
    #[error("`{file}` is damaged at byte {at}: {what}; it was left as it is")]
    Corrupt {
        /// The file.
        file: String,
        /// Where.
        at: u64,
        /// What was found.
        what: &'static str,
    },
    /// A write or sync failed earlier in a way that cannot be trusted; open the folder anew.
    #[error("the log takes no more writes since {0}")]
    Poisoned(String),
}

/// What opening a folder found.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Records read back.
    pub records: u64,
    /// Bytes of an unfinished frame that were cut from the end.
    pub torn_bytes: u64,
    /// The newest arrival of all records.
    pub last_arrival: Millis,
}

/// Bytes that were written and not yet synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsynced {
    /// The file to sync.
    pub file: String,
    /// How many bytes.
    pub bytes: u64,
    epoch: u32,
    up_to: u64,
}

/// What the log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogUsage {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Journal segments.
    pub segments: usize,
    /// Why the log takes no more writes, if so.
    pub poisoned: Option<String>,
}

struct Slot {
    residence: Residence,
    records: ShardLog,
    committed: u64,
}

struct Disk {
    storage: Box<dyn Storage>,
    journal: Journal,
}

/// The log of all shards.
pub struct Log {
    shards: Vec<Option<Slot>>,
    disk: Option<Disk>,
    frame: FrameWriter,
    staged: Vec<LogShard>,
}

impl Log {
    /// A log without a disk.
    #[must_use]
    pub fn in_memory() -> Self {
        let (shards, staged) = (Vec::new(), Vec::new());
        Self { shards, disk: None, frame: FrameWriter::default(), staged }
    }

    /// Opens a folder, new or old.
    ///
    /// # Errors
    /// When the storage fails or holds damaged bytes; nothing was changed then, except that a torn
    /// tail may have been cut.
    pub fn open(
        mut storage: Box<dyn Storage>,
        options: LogOptions,
    ) -> Result<(Self, Recovery), LogError> {
        let mut log = Self::in_memory();
        let mut recovery = Recovery::default();
        let mut gap = None;
        let mut visit = |record: FrameRecord<'_>| {
            recovery.records += 1;
            recovery.last_arrival = recovery.last_arrival.max(record.arrival);
            log.create_shard(record.shard, Residence::Disk);
            let records = &mut log.slot_mut(record.shard).records;
            if records.next_index() == record.index {
                records.push(record.arrival, record.key, record.data);
            } else {
                gap.get_or_insert(record.shard);
            }
        };
        let (journal, replayed) =
            Journal::open(storage.as_mut(), options.segment_bytes, &mut visit)?;
        if let Some(shard) = gap {
            let file = format!("journal, shard {}", shard.0);
            return Err(LogError::Corrupt { file, at: 0, what: "records are missing" });
        }
        recovery.torn_bytes = replayed.torn_bytes;
        log.shards.iter_mut().flatten().for_each(|slot| slot.committed = slot.records.next_index());
        log.disk = Some(Disk { storage, journal });
        Ok((log, recovery))
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
        let slot = Slot { residence, records: ShardLog::default(), committed: 0 };
        self.shards[at].get_or_insert(slot);
    }

    /// Forgets a shard and its records.
    pub fn remove_shard(&mut self, shard: LogShard) {
        if let Some(slot) = self.shards.get_mut(shard.0 as usize) {
            *slot = None;
        }
    }

    /// Forgets every recovered shard that the caller does not know.
    pub fn retain_shards(&mut self, keep: &dyn Fn(LogShard) -> bool) {
        for (number, slot) in (0..).zip(&mut self.shards) {
            if !keep(LogShard(number)) {
                *slot = None;
            }
        }
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
        let result = disk.journal.append(disk.storage.as_mut(), &mut self.frame);
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
    pub fn read(
        &self,
        shard: LogShard,
        from: u64,
        records_max: usize,
        bytes_max: usize,
        visit: &mut Visit<'_>,
    ) {
        self.slot(shard).records.read(from, records_max, bytes_max, visit);
    }

    /// The first index that arrived at or after `at`; the next index when there is none.
    #[must_use]
    pub fn index_at(&self, shard: LogShard, at: Millis) -> u64 {
        self.slot(shard).records.index_at(at)
    }

    /// When a record arrived; `None` when it is trimmed or not there yet.
    #[must_use]
    pub fn arrival_of(&self, shard: LogShard, index: u64) -> Option<Millis> {
        self.slot(shard).records.arrival_of(index)
    }

    /// When the newest record arrived.
    #[must_use]
    pub fn last_arrival(&self, shard: LogShard) -> Option<Millis> {
        let records = &self.slot(shard).records;
        records.next_index().checked_sub(1).and_then(|last| records.arrival_of(last))
    }

    /// Forgets records that arrived before `before`; says how many.
    pub fn trim(&mut self, shard: LogShard, before: Millis) -> u64 {
        self.slot_mut(shard).records.trim(before)
    }

    /// Keeps named state; a log without a disk keeps none.
    ///
    /// # Errors
    /// The old state is still there then.
    pub fn put_blob(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        match &mut self.disk {
            Some(disk) => blob::put(disk.storage.as_mut(), name, bytes),
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

    /// What the driver should sync soon.
    #[must_use]
    pub fn unsynced(&self) -> Option<Unsynced> {
        self.disk.as_ref().and_then(|disk| disk.journal.unsynced())
    }

    /// The driver has synced what [`Self::unsynced`] said.
    pub fn on_synced(&mut self, synced: &Unsynced) {
        if let Some(disk) = &mut self.disk {
            disk.journal.on_synced(synced);
        }
    }

    /// The driver's sync failed: what was unsynced may be gone, whatever a second try would say.
    pub fn on_sync_failed(&mut self, why: &str) {
        if let Some(disk) = &mut self.disk {
            disk.journal.poison(why);
        }
    }

    /// What the log holds.
    #[must_use]
    pub fn usage(&self) -> LogUsage {
        let memory_bytes = self.shards.iter().flatten().map(|slot| slot.records.memory()).sum();
        let journal = self.disk.as_ref().map(|disk| &disk.journal);
        LogUsage {
            memory_bytes,
            disk_bytes: journal.map_or(0, Journal::bytes),
            segments: journal.map_or(0, Journal::segments),
            poisoned: journal.and_then(Journal::poisoned).map(str::to_owned),
        }
    }
}
