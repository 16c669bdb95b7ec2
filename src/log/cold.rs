//! The chunks of one shard: which records were moved to disk, and where they are.
//!
//! Chunks follow each other without a gap and end where the memory tail begins. What should be
//! there and was not found when the folder was opened stands here too, without bytes: reading it
//! is an error, reading what is beside it is not.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::log::LogError;
use crate::log::block::{Allowance, Block};
use crate::log::chunk::Chunk;
use crate::log::stretch::Visit;
use crate::model::Millis;

/// Reads a chunk's records from disk or from a cache.
pub(super) type Load<'a> = dyn Fn(&Chunk) -> Result<Arc<Block>, LogError> + 'a;

/// The arrivals of the chunk that trimming is in the middle of, so that it is read once only.
#[derive(Clone, Debug, Default)]
struct Front {
    first: u64,
    arrivals: Vec<Millis>,
}

/// The sparse index of one shard: 48 bytes for each chunk of 64 KiB.
#[derive(Clone, Debug, Default)]
pub(super) struct Cold {
    chunks: VecDeque<Chunk>,
    front: Option<Box<Front>>,
}

impl Cold {
    /// The chunks of a shard in order of their records.
    pub(super) fn of(row: Vec<Chunk>) -> Self {
        assert!(row.is_sorted_by(|a, b| a.end() <= b.first), "chunks follow each other");
        Self { chunks: row.into(), front: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        let follows = self.chunks.back().is_none_or(|last| last.end() <= chunk.first);
        assert!(follows, "records are moved oldest first");
        self.chunks.push_back(chunk);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    /// Puts a copy in the place of a chunk; `false` when that was trimmed meanwhile.
    pub(super) fn replace(&mut self, old: &Chunk, copy: Chunk) -> bool {
        let at = self.chunks.partition_point(|chunk| chunk.first < old.first);
        match self.chunks.get_mut(at) {
            Some(chunk) if chunk == old => {
                *chunk = copy;
                true
            }
            _ => false,
        }
    }

    pub(super) fn last_arrival(&self) -> Option<Millis> {
        self.chunks.back().map(|chunk| chunk.newest)
    }

    /// Calls `visit` for the moved records from `from` on; says whether the allowance lasts.
    /// Damage behind a record that was handed out is left to the read that begins there.
    pub(super) fn read(
        &self,
        from: u64,
        allowance: &mut Allowance,
        load: &Load<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<bool, LogError> {
        let at = self.chunks.partition_point(|chunk| chunk.end() <= from);
        for chunk in self.chunks.range(at..) {
            match load(chunk) {
                Ok(block) if block.read(from, allowance, visit) => {}
                Ok(_) => return Ok(false),
                Err(_) if allowance.any() => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The first moved index that arrived at or after `at`; `None` when there is none.
    pub(super) fn index_at(&self, at: Millis, load: &Load<'_>) -> Result<Option<u64>, LogError> {
        let found = self.chunks.partition_point(|chunk| chunk.newest < at);
        let Some(chunk) = self.chunks.get(found) else { return Ok(None) };
        if chunk.oldest >= at {
            return Ok(Some(chunk.first));
        }
        load(chunk).map(|block| Some(block.index_at(at)))
    }

    /// Forgets chunks that arrived before `before`, tells each to `freed`, and gives the index
    /// that the shard is trimmed to. A chunk that cannot be read goes when all of it is too old.
    pub(super) fn trim(
        &mut self,
        before: Millis,
        load: &Load<'_>,
        freed: &mut dyn FnMut(Chunk),
    ) -> u64 {
        let mut first = 0;
        while let Some(chunk) = self.chunks.front() {
            if chunk.newest >= before {
                return first.max(self.front_index_at(before, load));
            }
            first = chunk.end();
            freed(*chunk);
            self.chunks.pop_front();
            self.front = None;
        }
        first
    }

    fn front_index_at(&mut self, before: Millis, load: &Load<'_>) -> u64 {
        let Some(chunk) = self.chunks.front() else { return 0 };
        if chunk.oldest >= before {
            return chunk.first;
        }
        if self.front.is_none() {
            let arrivals = load(chunk).map(|block| block.arrivals()).unwrap_or_default();
            self.front = Some(Box::new(Front { first: chunk.first, arrivals }));
        }
        self.front.as_ref().map_or(0, |front| {
            front.first + front.arrivals.partition_point(|arrival| *arrival < before) as u64
        })
    }

    pub(super) fn memory(&self) -> u64 {
        let front = self.front.as_ref().map_or(0, |front| front.arrivals.capacity());
        (self.chunks.capacity() * size_of::<Chunk>() + front * size_of::<Millis>()) as u64
    }
}
