//! Floor 1: the durable log. Bytes, in order. It knows nothing of Kinesis.
//!
//! Many shards share one journal: a commit scatters over all shards, and one write for all of them
//! is what makes that cheap (see `frame.rs` for the format, `journal.rs` for segments and recovery).
//! The newest records also stand in memory, which serves those who keep up: those of shards on disk in
//! tables of all shards (`memtable.rs`), those of each shard in memory alone in its own blocks.
//! `blob.rs` keeps named state beside the records.
//!
//! A shard on disk is read as one row that is kept in three places:
//!
//! ```text
//!    trimmed | chunks on disk (cold.rs, chunk_files.rs) | tail in memory (memtables.rs) | next
//!            first                                     moved
//! ```
//!
//! The journal holds everything from where the tail begins on. In the background
//! [`Log::maintain`] moves the oldest tables to chunks (`flush.rs`; `maintain.rs` has the order of
//! steps), a small manifest says what moved and what is trimmed, and journal segments and chunk
//! files are freed behind it. Memory is bounded by [`LogOptions`], as much again as tails may take
//! for the seconds that free tables wait to be used again, by the journal segments that are still
//! needed, whose long records stay where they were put, and 48 bytes for each chunk of
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
mod by_shard;
mod bytes;
mod cache;
mod chunk;
mod chunk_files;
mod chunk_list;
mod cold;
mod disk;
mod error;
mod flush;
mod frame;
pub mod inspect;
mod journal;
mod maintain;
mod manifest;
pub mod mem;
mod memtable;
mod memtables;
mod moving;
mod pool;
mod recovery;
mod report;
mod segment;
mod shard_log;
mod slot;
pub mod storage;
mod stretch;
#[cfg(test)]
mod tests;
mod varint;
mod window;

use std::collections::{BTreeSet, VecDeque};
use std::hint::black_box;

pub use error::LogError;
pub use mem::{Fault, MemStorage};
pub use moving::{Move, Moved};
pub use report::{LogOptions, LogUsage, Maintained, Recovery, Unsynced};
pub use storage::{Storage, StorageError};
pub use stretch::{Stretch, Visit};

use crate::model::{JournalPosition, Kept, KeyedBytes, Level, Millis};
use block::{Allowance, BLOCK_BYTES, Block};
use disk::Disk;
use frame::{FrameRecord, FrameWriter};
use journal::Haste;
use memtables::Memtables;
use pool::Pool;
use slot::Slot;

/// Records that a shard may ever have: what tells of more was not written here.
const INDEX_MAX: u64 = u64::MAX / 2;

/// Numbers of shards that a folder may ever hand out. The log has a place in memory for each, so
/// what tells of a higher one is damage.
pub const SHARDS_MAX: u32 = 1 << 20;

/// Bytes of free blocks of shards in memory that are kept, to be used again.
const FREE_BYTES: u64 = 16 * 1024 * 1024;

/// The log's own number of a shard, unique in a folder and never used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogShard(pub u32);

/// The log of all shards.
pub struct Log {
    shards: Vec<Option<Slot>>,
    disk: Option<Disk>,
    /// The newest records of shards on disk.
    tables: Memtables,
    frame: FrameWriter,
    /// Blocks of shards in memory.
    pool: Pool<Block>,
    /// Shards of level `power` of which records were staged.
    staged: Vec<LogShard>,
    haste: Haste,
    /// Records that may be read once the journal is durable up to there: shard and end.
    waiting: VecDeque<(JournalPosition, LogShard, u64)>,
    /// Shards of which records are nowhere and that the manifest does not know.
    incomplete: BTreeSet<LogShard>,
}

impl Log {
    /// A log without a disk.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            shards: Vec::new(),
            disk: None,
            tables: Memtables::new(&LogOptions::default()),
            frame: FrameWriter::default(),
            pool: Pool::of(FREE_BYTES, BLOCK_BYTES as u64..=u64::MAX),
            staged: Vec::new(),
            haste: Haste::default(),
            waiting: VecDeque::new(),
            incomplete: BTreeSet::new(),
        }
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

    /// Takes memory for so many shards more at once.
    pub fn expect_shards(&mut self, count: usize) {
        self.shards.reserve(count);
    }

    /// Makes room for a shard; one that is there keeps its records. What is to survive more than
    /// the process needs a log with a disk.
    pub fn create_shard(&mut self, shard: LogShard, level: Level) {
        assert!(shard.0 < SHARDS_MAX, "whoever hands out numbers counts them");
        let at = shard.0 as usize;
        if self.shards.len() <= at {
            self.shards.resize_with(at + 1, || None);
        }
        let slot = self.shards[at].get_or_insert_with(|| Slot::new(level));
        slot.set_level(level);
    }

    /// Forgets a shard and its records. A caller that keeps a list of its shards takes it off that
    /// list first.
    pub fn remove_shard(&mut self, shard: LogShard) {
        let slot = self.shards.get_mut(shard.0 as usize).and_then(Option::take);
        if let (Some(slot), Some(disk)) = (slot, &mut self.disk) {
            slot.chunks().for_each(|chunk| disk.chunks.release(chunk));
            disk.changed |= slot.is_on_disk();
        }
    }

    /// Forgets every recovered shard that the caller does not know.
    ///
    /// # Errors
    /// When records of a shard that the caller knows are nowhere.
    pub fn retain_shards(&mut self, keep: &dyn Fn(LogShard) -> bool) -> Result<(), LogError> {
        if let Some(shard) = self.incomplete.iter().find(|shard| keep(**shard)) {
            let file = format!("journal, shard {}", shard.0);
            return Err(LogError::Corrupt { file, at: 0, what: "records are missing" });
        }
        let count = u32::try_from(self.shards.len()).expect("shards are fewer than 2^32");
        let unknown = (0..count).map(LogShard).filter(|shard| !keep(*shard));
        unknown.for_each(|shard| self.remove_shard(shard));
        Ok(())
    }

    /// Asks memory for what staging records of the shards will touch, all at once.
    pub fn warm(&self, shards: impl Iterator<Item = LogShard> + Clone) {
        let slot = |shard: LogShard| self.shards.get(shard.0 as usize)?.as_ref();
        for slot in shards.clone().filter_map(slot) {
            match slot {
                Slot::Disk(recent) => _ = black_box(recent.next),
                Slot::Memory(records) => records.look(),
            }
        }
        for slot in shards.filter_map(slot) {
            if let Slot::Memory(records) = slot {
                records.warm();
            }
        }
    }

    /// Takes a record and hands out its index. It counts only after [`Self::commit`]. One for
    /// disk is not copied if it is `kept` for good; of memory that is lent so nearly all must be staged.
    pub fn stage(
        &mut self,
        shard: LogShard,
        arrival: Millis,
        stored: KeyedBytes<'_>,
        kept: Option<Kept<'_>>,
    ) -> u64 {
        let slot = self.shards[shard.0 as usize].as_mut().expect("the shard was created");
        let recent = match slot {
            Slot::Disk(recent) => recent,
            Slot::Memory(records) => return records.push(&mut self.pool, arrival, stored),
        };
        let begun = self.tables.is_staged(recent);
        if recent.level == Level::Power {
            self.haste = Haste::Now;
            if !begun {
                self.staged.push(shard);
            }
        }
        let index = recent.next;
        let at = self.tables.push(shard, recent, (arrival, stored), kept);
        let run = begun.then_some(recent.run);
        let place = (kept.map(|kept| kept.memory), at);
        recent.run = self.frame.push(run, FrameRecord { shard, index, arrival, stored }, place);
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
        let memory = disk.has_memory(&self.tables);
        let storage = disk.storage.as_mut();
        let room = memory.and_then(|()| match disk.journal.is_full() {
            true => disk.journal.roll(storage, disk::ends_of(&self.shards, &self.tables)),
            false => Ok(()),
        });
        let haste = std::mem::take(&mut self.haste);
        let frame = (&mut self.frame, self.tables.own());
        let result = room.and_then(|()| disk.journal.append(storage, frame, haste));
        let (written, epoch) = (disk.journal.written(), disk.journal.epoch());
        self.frame.clear();
        match &result {
            Ok(()) => self.acknowledge(written, epoch),
            Err(_) => self.roll_back(),
        }
        self.staged.clear();
        // Closing a segment has synced what was in it.
        self.release();
        result
    }

    /// What was staged counts: the journal has it up to there, in that segment.
    fn acknowledge(&mut self, written: JournalPosition, epoch: u32) {
        for shard in &self.staged {
            let end = self.slot(*shard).next_index();
            self.waiting.push_back((written, *shard, end));
        }
        self.tables.commit(epoch);
    }

    /// What was staged was never there.
    fn roll_back(&mut self) {
        for (shard, newest) in self.tables.staged() {
            let slot = self.shards[shard.0 as usize].as_mut().expect("it was staged");
            if let Slot::Disk(recent) = slot {
                (recent.next, recent.newest) = (recent.next - 1, newest);
            }
        }
        self.tables.roll_back();
    }

    /// Lets readers see what the disk has.
    fn release(&mut self) {
        let durable = self.durable();
        while let Some((_, shard, end)) = self.waiting.pop_front_if(|waits| waits.0 <= durable) {
            let slot = self.shards[shard.0 as usize].as_mut();
            if let Some(Slot::Disk(recent)) = slot {
                recent.on_durable(end);
            }
        }
    }

    /// How far the journal was written: a commit is durable when [`Self::durable`] has come there.
    #[must_use]
    pub fn written(&self) -> JournalPosition {
        self.disk.as_ref().map_or(JournalPosition::default(), |disk| disk.journal.written())
    }

    /// How far the journal survives a power cut.
    #[must_use]
    pub fn durable(&self) -> JournalPosition {
        self.disk.as_ref().map_or(JournalPosition::default(), |disk| disk.journal.durable())
    }

    /// The index behind the newest record that may be read: one of level `power` may be read when
    /// it is durable, any other when it is committed.
    #[must_use]
    pub fn readable_end(&self, shard: LogShard) -> u64 {
        self.slot(shard).readable_end(&self.tables)
    }

    /// The oldest index that is still there: the trim horizon.
    #[must_use]
    pub fn first_index(&self, shard: LogShard) -> u64 {
        self.slot(shard).first_index()
    }

    /// The next index that will be handed out.
    #[must_use]
    pub fn next_index(&self, shard: LogShard) -> u64 {
        self.slot(shard).next_index()
    }

    /// Calls `visit` for the readable records from `from` on: at most `records_max`, as many as fit
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
        let readable = self.readable_end(shard).saturating_sub(from.max(self.first_index(shard)));
        let records_max = records_max.min(usize::try_from(readable).unwrap_or(usize::MAX));
        let mut allowance = Allowance::new(records_max, bytes_max);
        let load = |chunk: &_| self.disk().load(shard, chunk);
        self.slot(shard).read((from, &self.tables), &mut allowance, &load, visit)
    }

    /// The first readable index that arrived at or after `at`; the end of what is readable when
    /// there is none.
    ///
    /// # Errors
    /// When the chunk to look into is damaged or cannot be read.
    pub fn index_at(&self, shard: LogShard, at: Millis) -> Result<u64, LogError> {
        let load = |chunk: &_| self.disk().load(shard, chunk);
        let slot = self.slot(shard);
        Ok(slot.index_at(at, &self.tables, &load)?.min(slot.readable_end(&self.tables)))
    }

    /// When the newest record arrived; `None` when it is trimmed or there was none.
    #[must_use]
    pub fn last_arrival(&self, shard: LogShard) -> Option<Millis> {
        self.slot(shard).last_arrival(&self.tables)
    }

    /// Forgets records that arrived before `before`; says how many. It is written down by
    /// [`Self::maintain`], so a crash may bring some of them back, to be trimmed again.
    pub fn trim(&mut self, shard: LogShard, before: Millis) -> u64 {
        let slot = self.shards.get_mut(shard.0 as usize).and_then(Option::as_mut);
        let slot = slot.expect("the shard was created and not removed");
        let mut freed = Vec::new();
        let disk = self.disk.as_ref();
        let load = |chunk: &_| disk.expect("chunks are on disk").load(shard, chunk);
        let memory = (&mut self.pool, &self.tables);
        let trimmed = slot.trim(before, memory, &load, &mut |chunk| freed.push(chunk));
        if let (1.., Some(disk), true) = (trimmed, &mut self.disk, slot.is_on_disk()) {
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
            Some(disk) => Ok(blob::put(disk.storage.as_mut(), name, bytes)?),
            None => Ok(()),
        }
    }

    /// Replaces a named state so that it survives the process; the driver syncs it, with
    /// [`Self::unsynced_rest`]. A name is put lightly always or never.
    ///
    /// # Errors
    /// When the storage fails; the old state is still there.
    pub fn put_blob_lightly(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        assert!(name != manifest::BLOB, "that name is the log's own");
        match &mut self.disk {
            Some(disk) => Ok(disk.light.put(disk.storage.as_mut(), name, bytes)?),
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

    /// Is there any shard?
    #[must_use]
    pub fn has_shards(&self) -> bool {
        self.shards.iter().any(Option::is_some) || !self.incomplete.is_empty()
    }

    /// Is there a disk behind this log?
    #[must_use]
    pub fn has_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Why the log takes no more writes, if so.
    #[must_use]
    pub fn poisoned(&self) -> Option<&str> {
        self.disk.as_ref().and_then(|disk| disk.journal.poisoned())
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
        let tails = tails + self.pool.memory() + self.tables.memory();
        let Some(disk) = &self.disk else {
            return LogUsage { memory_bytes: tails, ..LogUsage::default() };
        };
        LogUsage {
            memory_bytes: tails + disk.cache.borrow().memory() + disk.buffer.capacity() as u64,
            disk_bytes: disk.journal.bytes() + disk.chunks.bytes(),
            spare_bytes: disk.journal.spare_bytes(),
            segments: disk.journal.segments(),
            chunk_files: disk.chunks.count(),
            poisoned: disk.journal.poisoned().map(str::to_owned),
            maintenance: disk.trouble.clone(),
        }
    }
}
