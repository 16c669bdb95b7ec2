//! One shard as the log keeps it: chunks on disk, then the tail in memory. Readers see one row.

use crate::log::block::{Allowance, Block};
use crate::log::chunk::Chunk;
use crate::log::cold::{Cold, Load};
use crate::log::manifest::Progress;
use crate::log::shard_log::{ShardLog, Visit};
use crate::log::{LogError, Residence};
use crate::model::Millis;

/// A shard's records, wherever they are.
pub(super) struct Slot {
    pub(super) residence: Residence,
    pub(super) records: ShardLog,
    /// Records below are acknowledged, or about to be.
    pub(super) committed: u64,
    pub(super) cold: Cold,
    /// Records below are in chunks that were written, though perhaps not synced: those are in
    /// memory as well.
    written: u64,
}

impl Slot {
    pub(super) fn new(residence: Residence) -> Self {
        let (records, cold) = (ShardLog::default(), Cold::default());
        Self { residence, records, committed: 0, cold, written: 0 }
    }

    /// A shard that had come so far when its folder was closed.
    pub(super) fn recovered(progress: Progress, cold: Cold) -> Self {
        let records = ShardLog::starting_at(progress.first, progress.moved);
        let (committed, written) = (progress.moved, progress.moved);
        Self { residence: Residence::Disk, records, committed, cold, written }
    }

    /// What the manifest says of this shard: nothing for one that lives in memory.
    pub(super) fn progress(&self) -> Option<Progress> {
        let first = self.records.first_index();
        let progress = Progress { first, moved: self.records.tail_index().max(first) };
        let told = self.residence == Residence::Disk && progress.moved > 0;
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
        load: &Load<'_>,
        freed: &mut dyn FnMut(Chunk),
    ) -> u64 {
        let cold = self.cold.trim(before, load, freed);
        let first = if self.cold.is_empty() { self.records.index_at(before) } else { cold };
        self.records.trim_to(first)
    }

    /// The oldest block that should be moved now: when the blocks that are in memory alone take
    /// more than `tail_bytes`, or when it holds a record below `overdue`.
    pub(super) fn due(&mut self, tail_bytes: u64, overdue: u64) -> Option<&mut Block> {
        let too_much = self.unwritten_memory() > tail_bytes;
        let (committed, written) = (self.committed, self.written);
        let block = self.records.block_from(written)?;
        let due = (too_much || block.first() < overdue) && block.end() <= committed;
        due.then_some(block)
    }

    /// Bytes of memory of the blocks that are nowhere else but in the journal.
    pub(super) fn unwritten_memory(&self) -> u64 {
        self.records.memory_from(self.written)
    }

    /// The blocks below `index` were written to chunks.
    pub(super) fn on_written(&mut self, index: u64) {
        self.written = index;
    }

    /// What was written to chunks and not synced does not count: it is written again.
    pub(super) fn on_abandoned(&mut self) {
        self.written = self.records.tail_index();
    }

    /// A chunk is safe: its records leave memory. `false` when they were trimmed meanwhile.
    pub(super) fn on_moved(&mut self, chunk: Chunk) -> bool {
        if chunk.end() <= self.records.first_index() {
            return false;
        }
        self.cold.push(chunk);
        self.records.leave(chunk.end());
        true
    }

    pub(super) fn memory(&self) -> u64 {
        self.records.memory() + self.cold.memory()
    }
}
