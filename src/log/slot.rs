//! One shard as the log keeps it: chunks on disk, then the tail in memory. Readers see one row.

use crate::log::LogError;
use crate::log::block::{Allowance, Block};
use crate::log::chunk::Chunk;
use crate::log::cold::{Cold, Load};
use crate::log::manifest::Progress;
use crate::log::memtable::Newest;
use crate::log::memtables::Memtables;
use crate::log::pool::Pool;
use crate::log::shard_log::ShardLog;
use crate::log::stretch::Visit;
use crate::model::{Level, Millis};

/// A shard's records, wherever they are. A batch touches as many slots as it has records, none of
/// them in a cache when there are thousands: what putting needs of one on disk stands in its first line
/// of 64 bytes, of one in memory in the first two, the numbers and then the open block.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub(super) level: Level,
    /// The shard's run in the frame that is being filled.
    pub(super) run: u32,
    /// Records below are acknowledged, or about to be.
    pub(super) committed: u64,
    /// Records below survive a power cut; kept for level `power` only.
    pub(super) durable: u64,
    pub(super) tail: Tail,
    pub(super) cold: Cold,
}

/// The newest records of a shard.
#[repr(C)]
pub(super) enum Tail {
    /// Of level `memory`: all of its records.
    Memory(ShardLog),
    /// Of the other levels: those that are in no chunk.
    Disk(Recent),
}

/// The records of a shard in memtables.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct Recent {
    /// The next index.
    pub(super) next: u64,
    /// Where the newest record stands, or stood while it was in memory.
    pub(super) newest: Option<Newest>,
    /// The oldest index that is not trimmed, in memory or not.
    first: u64,
    /// Records below are in chunks, or trimmed.
    pub(super) moved: u64,
}

const _: () = {
    let tail = std::mem::offset_of!(Slot, tail) + align_of::<Tail>();
    assert!(tail + ShardLog::OPEN_AT == 64, "the open block has a line of its own");
    assert!(tail + std::mem::offset_of!(Recent, first) <= 64, "the second line is not for puts");
};

impl Slot {
    pub(super) fn new(level: Level) -> Self {
        let tail = match level {
            Level::Memory => Tail::Memory(ShardLog::default()),
            Level::Process | Level::Power => Tail::Disk(Recent::default()),
        };
        Self { level, run: 0, committed: 0, durable: 0, tail, cold: Cold::default() }
    }

    /// A shard that had come so far when its folder was closed.
    pub(super) fn recovered(progress: Progress, cold: Cold) -> Self {
        let Progress { first, moved } = progress;
        assert!(first <= moved, "what is trimmed was there once");
        let tail = Tail::Disk(Recent { next: moved, newest: None, first, moved });
        Self { level: Level::Process, run: 0, committed: moved, durable: moved, tail, cold }
    }

    /// What is committed by now counts as durable: it was recovered, and synced when it was.
    pub(super) fn set_level(&mut self, level: Level) {
        if self.level != level {
            let stays = level != Level::Memory && self.is_on_disk();
            assert!(stays, "a shard is in memory alone or on disk for good");
            (self.level, self.durable) = (level, self.committed);
        }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.level != Level::Memory
    }

    /// The oldest index that is not trimmed.
    pub(super) fn first_index(&self) -> u64 {
        match &self.tail {
            Tail::Memory(records) => records.first_index(),
            Tail::Disk(recent) => recent.first,
        }
    }

    pub(super) fn next_index(&self) -> u64 {
        match &self.tail {
            Tail::Memory(records) => records.next_index(),
            Tail::Disk(recent) => recent.next,
        }
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
        let Tail::Disk(Recent { first, moved, .. }) = self.tail else { return None };
        let progress = Progress { first, moved: moved.max(first) };
        (progress.moved > 0).then_some(progress)
    }

    /// Reads on from `from`, first from chunks.
    pub(super) fn read(
        &self,
        (from, tables): (u64, &Memtables),
        allowance: &mut Allowance,
        load: &Load<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<(), LogError> {
        match &self.tail {
            Tail::Memory(records) => records.read(from, allowance, visit),
            Tail::Disk(recent) => {
                let from = from.max(recent.first);
                if from >= recent.moved || self.cold.read(from, allowance, load, visit)? {
                    tables.read(recent, from.max(recent.moved), allowance, visit);
                }
            }
        }
        Ok(())
    }

    /// The first index that arrived at or after `at`; the next index when there is none.
    pub(super) fn index_at(
        &self,
        at: Millis,
        tables: &Memtables,
        load: &Load<'_>,
    ) -> Result<u64, LogError> {
        match &self.tail {
            Tail::Memory(records) => Ok(records.index_at(at)),
            Tail::Disk(recent) => {
                let cold = self.cold.index_at(at, load)?;
                Ok(cold.unwrap_or_else(|| tables.index_at(recent, at)).max(recent.first))
            }
        }
    }

    /// When the newest record arrived; `None` when it is trimmed or there was none.
    pub(super) fn last_arrival(&self, tables: &Memtables) -> Option<Millis> {
        match &self.tail {
            Tail::Memory(records) => records.last_arrival(),
            Tail::Disk(recent) if recent.first == recent.next => None,
            Tail::Disk(recent) => tables.last_arrival(recent).or_else(|| self.cold.last_arrival()),
        }
    }

    /// Forgets what arrived before `before`; says how many records, and tells `freed` of chunks.
    pub(super) fn trim(
        &mut self,
        before: Millis,
        (pool, tables): (&mut Pool<Block>, &Memtables),
        load: &Load<'_>,
        freed: &mut dyn FnMut(Chunk),
    ) -> u64 {
        match &mut self.tail {
            Tail::Memory(records) => records.trim_to(pool, records.index_at(before)),
            Tail::Disk(recent) => {
                let cold = self.cold.trim(before, load, freed);
                let in_memory = self.cold.is_empty();
                let first = if in_memory { tables.index_at(recent, before) } else { cold };
                let first = first.clamp(recent.first, recent.next);
                let trimmed = first - recent.first;
                recent.first = first;
                trimmed
            }
        }
    }

    /// A chunk is safe: reads come from it. `false` when its records were trimmed meanwhile.
    pub(super) fn on_moved(&mut self, chunk: Chunk) -> bool {
        let Tail::Disk(recent) = &mut self.tail else { return false };
        recent.moved = chunk.end();
        let wanted = chunk.end() > recent.first;
        if wanted {
            self.cold.push(chunk);
        }
        wanted
    }

    /// Bytes of memory that are this shard's alone.
    pub(super) fn memory(&self) -> u64 {
        let tail = match &self.tail {
            Tail::Memory(records) => records.memory(),
            Tail::Disk(_) => 0,
        };
        tail + self.cold.memory()
    }
}
