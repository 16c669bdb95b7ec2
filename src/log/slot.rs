//! One shard as the log keeps it: chunks on disk, then the tail in memory. Readers see one row.

use std::sync::Arc;

use crate::log::LogError;
use crate::log::block::{Allowance, Block};
use crate::log::chunk::Chunk;
use crate::log::cold::{Cold, Load};
use crate::log::manifest::Progress;
use crate::log::pool::Pool;
use crate::log::shard_log::ShardLog;
use crate::log::stretch::Visit;
use crate::model::{Level, Millis};

/// A shard's records, wherever they are. A batch touches as many slots as it has records, none of
/// them in a cache when there are thousands: what putting needs stands in the first two lines of 64
/// bytes, the numbers and then the open block.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub(super) level: Level,
    /// The shard's run in the frame that is being filled.
    pub(super) run: u32,
    /// Records below are acknowledged, or about to be.
    pub(super) committed: u64,
    /// Records below survive a power cut; kept for level `power` only.
    pub(super) durable: u64,
    /// Records below are in chunks that were written, though perhaps not synced: those are in
    /// memory as well.
    written: u64,
    pub(super) records: ShardLog,
    pub(super) cold: Cold,
}

const _: () = assert!(std::mem::offset_of!(Slot, records) + ShardLog::OPEN_AT == 64);

impl Slot {
    pub(super) fn new(level: Level) -> Self {
        let (records, cold) = (ShardLog::default(), Cold::default());
        Self { level, records, committed: 0, durable: 0, run: 0, cold, written: 0 }
    }

    /// A shard that had come so far when its folder was closed.
    pub(super) fn recovered(progress: Progress, cold: Cold) -> Self {
        let records = ShardLog::starting_at(progress.first, progress.moved);
        let Progress { moved, .. } = progress;
        let (committed, durable, written) = (moved, moved, moved);
        Self { level: Level::Process, records, committed, durable, run: 0, cold, written }
    }

    /// What is committed by now counts as durable: it was recovered, and synced when it was.
    pub(super) fn set_level(&mut self, level: Level) {
        if self.level != level {
            (self.level, self.durable) = (level, self.committed);
        }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.level != Level::Memory
    }

    /// The index behind the newest record that may be read.
    pub(super) fn readable_end(&self) -> u64 {
        match self.level {
            Level::Memory | Level::Process => self.committed,
            Level::Power => self.durable,
        }
    }

    /// What the manifest says of this shard: nothing for one that lives in memory.
    pub(super) fn progress(&self) -> Option<Progress> {
        let first = self.records.first_index();
        let progress = Progress { first, moved: self.records.tail_index().max(first) };
        let told = self.is_on_disk() && progress.moved > 0;
        told.then_some(progress)
    }

    /// Reads on from `from`, first from chunks.
    pub(super) fn read(
        &self,
        from: u64,
        allowance: &mut Allowance,
        load: &Load<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<(), LogError> {
        let from = from.max(self.records.first_index());
        if from >= self.records.tail_index() || self.cold.read(from, allowance, load, visit)? {
            self.records.read(from, allowance, visit);
        }
        Ok(())
    }

    /// The first index that arrived at or after `at`; the next index when there is none.
    pub(super) fn index_at(&self, at: Millis, load: &Load<'_>) -> Result<u64, LogError> {
        let cold = self.cold.index_at(at, load)?;
        let found = cold.unwrap_or_else(|| self.records.index_at(at));
        Ok(found.max(self.records.first_index()))
    }

    pub(super) fn last_arrival(&self) -> Option<Millis> {
        self.records.last_arrival().or_else(|| self.cold.last_arrival())
    }

    /// Forgets what arrived before `before`; says how many records, and tells `freed` of chunks.
    pub(super) fn trim(
        &mut self,
        before: Millis,
        pool: &mut Pool,
        load: &Load<'_>,
        freed: &mut dyn FnMut(Chunk),
    ) -> u64 {
        let cold = self.cold.trim(before, load, freed);
        let first = if self.cold.is_empty() { self.records.index_at(before) } else { cold };
        self.records.trim_to(pool, first)
    }

    /// The oldest block that should be moved now: when the blocks that are in memory alone take
    /// more than `tail_bytes`, or when it holds a record below `overdue`.
    pub(super) fn due(&mut self, tail_bytes: u64, overdue: u64) -> Option<Arc<Block>> {
        let (first, end) = self.records.oldest_from(self.written)?;
        let wanted = first < overdue || self.unwritten_memory() > tail_bytes;
        (wanted && end <= self.committed).then(|| self.records.share(first))
    }

    /// Bytes of memory of the blocks that are nowhere else but in the journal.
    pub(super) fn unwritten_memory(&self) -> u64 {
        self.records.memory_from(self.written)
    }

    /// The blocks below `index` were written to chunks.
    pub(super) fn on_written(&mut self, index: u64) {
        self.written = index;
    }

    /// Blocks from `first` on could not be written. Those before may be due again as well by now.
    pub(super) fn on_write_failed(&mut self, first: u64) {
        self.written = self.written.min(first);
    }

    /// What was written to chunks and not synced does not count: it is written again.
    pub(super) fn on_abandoned(&mut self) {
        self.written = self.records.tail_index();
    }

    /// A chunk is safe: its records leave memory. `false` when they were trimmed meanwhile.
    pub(super) fn on_moved(&mut self, chunk: Chunk, pool: &mut Pool) -> bool {
        if chunk.end() <= self.records.first_index() {
            return false;
        }
        self.cold.push(chunk);
        self.records.leave(pool, chunk.end());
        true
    }

    pub(super) fn memory(&self) -> u64 {
        self.records.memory() + self.cold.memory()
    }
}
