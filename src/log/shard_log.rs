//! The memory tail of one shard: blocks of records, oldest first.
//!
//! Indexes are contiguous from 0 and never handed out twice. The tail ends with the newest record;
//! what stands before its first block was moved to chunks (see `cold.rs`) or trimmed. Trimming
//! frees whole blocks and remembers how far into the first one it has come.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;

use crate::log::block::{Allowance, Block, Expected};
use crate::log::pool::Pool;
use crate::log::stretch::Visit;
use crate::model::{Kept, KeyedBytes, Millis};

/// A block that changes no more: it is full, or being written out.
#[derive(Clone, Debug)]
struct Sealed {
    /// Bytes of memory of all blocks of this shard that were sealed before.
    before: u64,
    block: Arc<Block>,
}

/// The records of one shard that are in memory. The order of the fields is that of the lines of
/// [`Slot`](crate::log::slot::Slot).
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct ShardLog {
    next: u64,
    first: u64,
    /// Bytes of memory of all blocks that were ever sealed.
    sealed_bytes: u64,
    /// What the open block will hold, for when it needs memory.
    expected: Expected,
    /// The block that takes the next record.
    open: Block,
    sealed: VecDeque<Sealed>,
}

impl ShardLog {
    /// Where the open block stands.
    pub(super) const OPEN_AT: usize = std::mem::offset_of!(Self, open);

    /// A tail without records behind what was moved or trimmed before.
    pub(super) fn starting_at(first: u64, next: u64) -> Self {
        assert!(first <= next, "what is trimmed was there once");
        Self { open: Block::starting_at(next), first, next, ..Self::default() }
    }

    /// Makes room for so many bytes of records to come.
    pub(super) fn expect(&mut self, bytes: usize) {
        self.open.reserve(bytes);
    }

    /// The oldest index that is not trimmed, in memory or not.
    pub(super) fn first_index(&self) -> u64 {
        self.first
    }

    pub(super) fn next_index(&self) -> u64 {
        self.next
    }

    /// The oldest index in memory.
    pub(super) fn tail_index(&self) -> u64 {
        self.sealed.front().map_or(self.open.first(), |sealed| sealed.block.first())
    }

    /// Has the open block memory for records?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.open.has_room()
    }

    /// Asks memory for where the next push goes.
    #[inline]
    pub(super) fn warm(&self) {
        black_box(self.open.edge());
    }

    #[inline]
    pub(super) fn push(&mut self, pool: &mut Pool, arrival: Millis, stored: KeyedBytes<'_>) -> u64 {
        self.take(pool, |open| open.push(arrival, stored))
    }

    /// Takes a record that stays where it is.
    pub(super) fn push_lent(
        &mut self,
        pool: &mut Pool,
        arrival: Millis,
        stored: KeyedBytes<'_>,
        kept: Kept<'_>,
    ) -> u64 {
        self.take(pool, |open| open.push_lent(arrival, stored, kept))
    }

    /// Gives the open block its next record, and the index of that.
    #[inline]
    fn take(&mut self, pool: &mut Pool, push: impl FnOnce(&mut Block)) -> u64 {
        if !self.open.takes_more() {
            self.seal();
        }
        if !self.open.has_room() {
            self.open.make_room(pool, self.expected);
        }
        push(&mut self.open);
        self.next += 1;
        self.next - 1
    }

    /// The open block changes no more; the next one follows it.
    fn seal(&mut self) {
        let block = Arc::new(self.leave_open());
        let before = self.sealed_bytes;
        self.sealed_bytes += block.memory();
        self.sealed.push_back(Sealed { before, block });
    }

    /// The open block; the one that follows takes memory when it gets a record.
    fn leave_open(&mut self) -> Block {
        self.expected = self.open.expected();
        let next = Block::starting_at(self.open.end());
        std::mem::replace(&mut self.open, next)
    }

    /// Takes back every record from `index` on: their write failed.
    pub(super) fn roll_back(&mut self, index: u64) {
        assert!(index >= self.first && index <= self.next, "only the tail can be taken back");
        while self.open.first() > index {
            let last = self.sealed.pop_back().expect("invariant: blocks are contiguous");
            self.sealed_bytes = last.before;
            // What is being written out was committed, so nobody shares this one.
            self.open = Arc::unwrap_or_clone(last.block);
        }
        self.open.truncate(index);
        self.next = index;
    }

    /// The blocks from the one that holds `index` on, or that comes next.
    fn blocks_from(&self, index: u64) -> impl Iterator<Item = &Block> {
        let at = self.sealed_before(index);
        self.sealed.range(at..).map(|sealed| sealed.block.as_ref()).chain([&self.open])
    }

    /// How many sealed blocks end at `index` or before.
    fn sealed_before(&self, index: u64) -> usize {
        self.sealed.partition_point(|sealed| sealed.block.end() <= index)
    }

    /// Calls `visit` for the records in memory from `from` on, as far as the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) {
        let from = from.max(self.first).max(self.tail_index());
        for block in self.blocks_from(from) {
            if !block.read(from, allowance, visit) {
                return;
            }
        }
    }

    /// When the newest record arrived; `None` when none is in memory.
    pub(super) fn last_arrival(&self) -> Option<Millis> {
        if self.first == self.next {
            return None;
        }
        let span = self.open.span().or_else(|| self.sealed.back()?.block.span());
        span.map(|(_, newest)| newest)
    }

    /// The first index in memory with an arrival at or after `at`; the next when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        let older = |sealed: &Sealed| sealed.block.span().is_some_and(|(_, newest)| newest < at);
        let found = self.sealed.partition_point(older);
        let block = self.sealed.get(found).map_or(&self.open, |sealed| &sealed.block);
        block.index_at(at).max(self.first)
    }

    /// Forgets every record before `first`, in memory or not; says how many.
    pub(super) fn trim_to(&mut self, pool: &mut Pool, first: u64) -> u64 {
        let first = first.clamp(self.first, self.next);
        let trimmed = first - self.first;
        self.first = first;
        self.leave(pool, first);
        trimmed
    }

    /// Frees the blocks whose records all stand before `index`: they are trimmed or moved.
    pub(super) fn leave(&mut self, pool: &mut Pool, index: u64) {
        while let Some(sealed) = self.sealed.pop_front_if(|sealed| sealed.block.end() <= index) {
            // One that is being written out is freed by who writes it.
            if let Ok(block) = Arc::try_unwrap(sealed.block) {
                pool.give(block);
            }
        }
        if !self.open.is_empty() && self.open.end() <= index {
            pool.give(self.leave_open());
        }
    }

    /// Indexes of the oldest block whose records stand at or behind `index`: its first and its end.
    pub(super) fn oldest_from(&self, index: u64) -> Option<(u64, u64)> {
        let block = self.blocks_from(index).next().filter(|block| !block.is_empty())?;
        Some((block.first(), block.end()))
    }

    /// The block that begins at `first`, to be written out: it takes no more records.
    pub(super) fn share(&mut self, first: u64) -> Arc<Block> {
        if self.open.first() == first {
            self.seal();
        }
        let at = self.sealed.partition_point(|sealed| sealed.block.first() < first);
        Arc::clone(&self.sealed[at].block)
    }

    pub(super) fn memory(&self) -> u64 {
        self.memory_from(0)
    }

    /// Bytes of memory of the blocks at or behind `index`.
    pub(super) fn memory_from(&self, index: u64) -> u64 {
        let next = self.sealed.get(self.sealed_before(index));
        self.sealed_bytes - next.map_or(self.sealed_bytes, |sealed| sealed.before)
            + self.open.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut ShardLog, arrival: u64, key: &str, data: &[u8]) -> u64 {
        let bytes = [key.as_bytes(), data].concat();
        let stored = KeyedBytes::new(&bytes, key.len()).expect("it is UTF-8");
        log.push(&mut Pool::default(), Millis(arrival), stored)
    }

    fn filled(count: u64) -> ShardLog {
        let mut log = ShardLog::default();
        for i in 0..count {
            assert_eq!(push(&mut log, i, &format!("k{i}"), &[7; 1_000]), i);
        }
        log
    }

    fn indexes(log: &ShardLog, from: u64, records: usize, bytes: usize) -> Vec<u64> {
        let mut seen = Vec::new();
        let mut allowance = Allowance::new(records, bytes);
        log.read(from, &mut allowance, &mut |stretch| {
            for (index, arrival, key, data) in stretch.records() {
                assert_eq!((arrival, key), (Millis(index), &*format!("k{index}")));
                assert_eq!(data.len(), 1_000);
                seen.push(index);
            }
        });
        seen
    }

    #[test]
    fn records_come_back_in_order_across_blocks() {
        let log = filled(500);
        assert_eq!(indexes(&log, 0, 10_000, usize::MAX), (0..500).collect::<Vec<_>>());
        assert_eq!(indexes(&log, 64, 3, usize::MAX), [64, 65, 66]);
        assert_eq!(indexes(&log, 500, 3, usize::MAX), [0u64; 0]);
    }

    #[test]
    fn a_read_gives_at_least_one_record_however_small_its_budget() {
        assert_eq!(indexes(&filled(5), 2, 10, 1), [2]);
    }

    #[test]
    fn trimming_forgets_the_oldest_and_keeps_the_count() {
        let mut log = filled(500);
        assert_eq!(log.trim_to(&mut Pool::default(), log.index_at(Millis(130))), 130);
        assert_eq!((log.first_index(), log.next_index()), (130, 500));
        assert_eq!(indexes(&log, 0, 2, usize::MAX), [130, 131]);
        assert_eq!(log.trim_to(&mut Pool::default(), log.index_at(Millis(10_000))), 370);
        assert_eq!(push(&mut log, 9, "k", b""), 500);
    }

    #[test]
    fn what_is_rolled_back_was_never_there() {
        for keep in [0, 1, 63, 64, 65, 66, 130, 499, 500] {
            let mut log = filled(500);
            log.roll_back(keep);
            assert_eq!(indexes(&log, 0, 10_000, usize::MAX), (0..keep).collect::<Vec<_>>());
            assert_eq!(push(&mut log, keep, "x", b""), keep);
        }
    }

    #[test]
    fn a_block_that_follows_one_that_was_not_full_has_room_for_as_much() {
        let (mut log, mut pool) = (ShardLog::default(), Pool::of(1 << 20));
        let fill = |log: &mut ShardLog, pool: &mut Pool| {
            for _ in 0..50 {
                let stored = KeyedBytes::new(&[7; 100], 0).expect("it is UTF-8");
                log.push(pool, Millis(1), stored);
            }
            log.memory()
        };
        fill(&mut log, &mut pool);
        log.leave(&mut pool, 50);
        assert_eq!(log.memory(), 0, "a shard that gets nothing more holds nothing");
        let room = fill(&mut log, &mut pool);
        assert!((5_000 + 50 * 16..8_000).contains(&room), "{room}");
        log.leave(&mut pool, 100);
        assert_eq!((log.memory(), pool.memory()), (0, 0));
    }

    #[test]
    fn a_time_finds_the_first_record_at_or_after_it() {
        let log = filled(500);
        for (at, expected) in [(0, 0), (1, 1), (64, 64), (65, 65), (499, 499), (500, 500)] {
            assert_eq!(log.index_at(Millis(at)), expected);
        }
        assert_eq!(log.last_arrival(), Some(Millis(499)));
    }
}
