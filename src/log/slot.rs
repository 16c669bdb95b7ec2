//! One shard as the log keeps it: chunks on disk, then the tail in memory. Readers see one row.

use crate::log::LogError;
use crate::log::block::{Allowance, Block};
use crate::log::chunk::Chunk;
use crate::log::cold::{Cold, Load};
use crate::log::manifest::Progress;
use crate::log::memtable::RowNumber;
use crate::log::memtables::Memtables;
use crate::log::pool::Pool;
use crate::log::shard_log::ShardLog;
use crate::log::stretch::Visit;
use crate::model::{Level, Millis};

/// A shard's records, wherever they are. A batch touches as many slots as it has records, none of
/// them in a cache when there are thousands: what putting needs takes 32 bytes, two of them a line, and
/// the rest is elsewhere, so that the slots of all shards take little memory.
pub(super) enum Slot {
    /// Of level `memory`: all of its records.
    Memory(Box<ShardLog>),
    /// Of the other levels: those that are in no chunk.
    Disk(Recent),
}

/// The records of a shard in memtables, and where those before them are.
#[derive(Clone, Debug, Default)]
#[repr(align(32))]
pub(super) struct Recent {
    /// The next index.
    pub(super) next: u64,
    /// Where the newest record stands, or stood while it was in memory.
    pub(super) newest: Option<RowNumber>,
    /// Not `memory`.
    pub(super) level: Level,
    /// The shard's run in the frame that is being filled.
    pub(super) run: u32,
    older: Box<Older>,
}

/// What a shard has besides its records in memtables.
#[derive(Clone, Debug, Default)]
struct Older {
    /// The oldest index that is not trimmed, in memory or not.
    first: u64,
    /// Records below are in chunks, or trimmed.
    moved: u64,
    /// Records below survive a power cut; kept for level `power` only.
    durable: u64,
    cold: Cold,
}

impl Recent {
    fn new(level: Level, older: Older) -> Self {
        Self { next: older.moved, level, older: Box::new(older), ..Self::default() }
    }

    /// Records below are in chunks, or trimmed.
    pub(super) fn moved(&self) -> u64 {
        self.older.moved
    }

    /// Records below survive a power cut.
    pub(super) fn on_durable(&mut self, end: u64) {
        self.older.durable = end;
    }
}

const _: () = assert!(size_of::<Option<Slot>>() == 32, "two slots are one line");

impl Slot {
    pub(super) fn new(level: Level) -> Self {
        match level {
            Level::Memory => Self::Memory(Box::default()),
            Level::Process | Level::Power => Self::Disk(Recent::new(level, Older::default())),
        }
    }

    /// A shard that had come so far when its folder was closed.
    pub(super) fn recovered(progress: Progress, cold: Cold) -> Self {
        let Progress { first, moved } = progress;
        assert!(first <= moved, "what is trimmed was there once");
        let older = Older { first, moved, durable: moved, cold };
        Self::Disk(Recent::new(Level::Process, older))
    }

    fn level(&self) -> Level {
        match self {
            Self::Memory(_) => Level::Memory,
            Self::Disk(recent) => recent.level,
        }
    }

    /// What there is by now counts as durable: it was recovered, and synced when it was.
    pub(super) fn set_level(&mut self, level: Level) {
        if self.level() == level {
            return;
        }
        match self {
            Self::Disk(recent) if level != Level::Memory => {
                (recent.level, recent.older.durable) = (level, recent.next);
            }
            Self::Memory(_) | Self::Disk(_) => {
                panic!("a shard is in memory alone or on disk for good")
            }
        }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        matches!(self, Self::Disk(_))
    }

    /// The index behind the last record that is acknowledged, or about to be.
    pub(super) fn committed(&self, tables: &Memtables) -> u64 {
        match self {
            Self::Memory(records) => records.next_index(),
            Self::Disk(recent) => tables.committed(recent),
        }
    }

    /// The oldest index that is not trimmed.
    pub(super) fn first_index(&self) -> u64 {
        match self {
            Self::Memory(records) => records.first_index(),
            Self::Disk(recent) => recent.older.first,
        }
    }

    pub(super) fn next_index(&self) -> u64 {
        match self {
            Self::Memory(records) => records.next_index(),
            Self::Disk(recent) => recent.next,
        }
    }

    /// The index behind the newest record that may be read.
    pub(super) fn readable_end(&self, tables: &Memtables) -> u64 {
        match self {
            Self::Disk(recent) if recent.level == Level::Power => recent.older.durable,
            Self::Memory(_) | Self::Disk(_) => self.committed(tables),
        }
    }

    /// What the manifest says of this shard: nothing for one that lives in memory.
    pub(super) fn progress(&self) -> Option<Progress> {
        let Self::Disk(Recent { older, .. }) = self else { return None };
        let progress = Progress { first: older.first, moved: older.moved.max(older.first) };
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
        match self {
            Self::Memory(records) => records.read(from, allowance, visit),
            Self::Disk(recent) => {
                let Older { first, moved, cold, .. } = recent.older.as_ref();
                let from = from.max(*first);
                if from >= *moved || cold.read(from, allowance, load, visit)? {
                    tables.read(recent, from.max(*moved), allowance, visit);
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
        match self {
            Self::Memory(records) => Ok(records.index_at(at)),
            Self::Disk(recent) => {
                let cold = recent.older.cold.index_at(at, load)?;
                Ok(cold.unwrap_or_else(|| tables.index_at(recent, at)).max(recent.older.first))
            }
        }
    }

    /// When the newest record arrived; `None` when it is trimmed or there was none.
    pub(super) fn last_arrival(&self, tables: &Memtables) -> Option<Millis> {
        match self {
            Self::Memory(records) => records.last_arrival(),
            Self::Disk(recent) if recent.older.first == recent.next => None,
            Self::Disk(recent) => {
                tables.last_arrival(recent).or_else(|| recent.older.cold.last_arrival())
            }
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
        match self {
            Self::Memory(records) => records.trim_to(pool, records.index_at(before)),
            Self::Disk(recent) => {
                let cold = recent.older.cold.trim(before, load, freed);
                let in_memory = recent.older.cold.is_empty();
                let first = if in_memory { tables.index_at(recent, before) } else { cold };
                let first = first.clamp(recent.older.first, recent.next);
                first - std::mem::replace(&mut recent.older.first, first)
            }
        }
    }

    /// A chunk is safe: reads come from it. `false` when its records were trimmed meanwhile.
    pub(super) fn on_moved(&mut self, chunk: Chunk) -> bool {
        let Self::Disk(Recent { older, .. }) = self else { return false };
        older.moved = chunk.end();
        let wanted = chunk.end() > older.first;
        if wanted {
            older.cold.push(chunk);
        }
        wanted
    }

    /// Puts a copy in the place of a chunk; `false` when that was trimmed meanwhile.
    pub(super) fn on_copied(&mut self, old: &Chunk, copy: Chunk) -> bool {
        let Self::Disk(Recent { older, .. }) = self else { return false };
        older.cold.replace(old, copy)
    }

    /// Its chunks in order of their records.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        let cold = match self {
            Self::Memory(_) => None,
            Self::Disk(recent) => Some(recent.older.cold.iter()),
        };
        cold.into_iter().flatten()
    }

    /// Bytes of memory that are this shard's alone.
    pub(super) fn memory(&self) -> u64 {
        match self {
            Self::Memory(records) => records.memory(),
            Self::Disk(recent) => recent.older.cold.memory(),
        }
    }
}
