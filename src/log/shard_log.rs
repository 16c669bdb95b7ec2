//! The tail of a shard that lives in memory: blocks of records, oldest first.
//!
//! Indexes are contiguous from 0 and never handed out twice. Trimming frees whole blocks and remembers
//! how far into the first one it has come.

use std::collections::VecDeque;
use std::hint::black_box;

use crate::log::block::{Allowance, Block, Expected};
use crate::log::pool::{Pool, Reuse};
use crate::log::stretch::Visit;
use crate::model::{KeyedBytes, Millis};

/// The records of one shard. What a put needs of it stands in one line of 64 bytes.
#[derive(Clone, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct ShardLog {
    /// The block that takes the next record.
    open: Block,
    next: u64,
    first: u64,
    /// Bytes of memory of all sealed blocks.
    sealed_bytes: u64,
    /// What the open block will hold, for when it needs memory.
    expected: Expected,
    /// Blocks that are full.
    sealed: VecDeque<Block>,
}

impl ShardLog {
    /// The oldest index that is not trimmed.
    pub(super) fn first_index(&self) -> u64 {
        self.first
    }

    pub(super) fn next_index(&self) -> u64 {
        self.next
    }

    /// Asks memory for what the open block tells of itself.
    #[inline]
    pub(super) fn look(&self) {
        black_box(self.open.has_room());
    }

    /// Asks memory for where the next push goes.
    #[inline]
    pub(super) fn warm(&self) {
        black_box(self.open.edge());
    }

    /// Takes a record and hands out its index.
    #[inline]
    pub(super) fn push(
        &mut self,
        pool: &mut Pool<Block>,
        arrival: Millis,
        stored: KeyedBytes<'_>,
    ) -> u64 {
        if !self.open.takes_more() {
            self.seal();
        }
        if !self.open.has_room() {
            self.open.make_room(pool, self.expected);
        }
        self.open.push(arrival, stored);
        self.next += 1;
        self.next - 1
    }

    /// The open block changes no more; the next one follows it.
    fn seal(&mut self) {
        let block = self.leave_open();
        self.sealed_bytes += block.memory();
        self.sealed.push_back(block);
    }

    /// The open block; the one that follows takes memory when it gets a record.
    fn leave_open(&mut self) -> Block {
        self.expected = self.open.expected();
        let next = Block::starting_at(self.open.end());
        std::mem::replace(&mut self.open, next)
    }

    /// Calls `visit` for the records from `from` on, as far as the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) {
        let from = from.max(self.first);
        let at = self.sealed.partition_point(|block| block.end() <= from);
        for block in self.sealed.range(at..).chain([&self.open]) {
            if !block.read(from, allowance, visit) {
                return;
            }
        }
    }

    /// When the newest record arrived; `None` when there is none.
    pub(super) fn last_arrival(&self) -> Option<Millis> {
        if self.first == self.next {
            return None;
        }
        let span = self.open.span().or_else(|| self.sealed.back()?.span());
        span.map(|(_, newest)| newest)
    }

    /// The first index with an arrival at or after `at`; the next when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        let older = |block: &Block| block.span().is_some_and(|(_, newest)| newest < at);
        let found = self.sealed.partition_point(older);
        self.sealed.get(found).unwrap_or(&self.open).index_at(at).max(self.first)
    }

    /// Forgets every record before `first`; says how many.
    pub(super) fn trim_to(&mut self, pool: &mut Pool<Block>, first: u64) -> u64 {
        let first = first.clamp(self.first, self.next);
        let trimmed = first - self.first;
        self.first = first;
        while let Some(block) = self.sealed.pop_front_if(|block| block.end() <= first) {
            self.sealed_bytes -= block.memory();
            pool.give(block);
        }
        if !self.open.is_empty() && self.open.end() <= first {
            pool.give(self.leave_open());
        }
        trimmed
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        self.sealed_bytes + self.open.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool<Block> {
        Pool::of(1 << 20, 0..=u64::MAX)
    }

    fn push(log: &mut ShardLog, arrival: u64, key: &str, data: &[u8]) -> u64 {
        let bytes = [key.as_bytes(), data].concat();
        let stored = KeyedBytes::new(&bytes, key.len()).expect("it is UTF-8");
        log.push(&mut pool(), Millis(arrival), stored)
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
        assert_eq!(log.trim_to(&mut pool(), log.index_at(Millis(130))), 130);
        assert_eq!((log.first_index(), log.next_index()), (130, 500));
        assert_eq!(indexes(&log, 0, 2, usize::MAX), [130, 131]);
        assert_eq!(log.trim_to(&mut pool(), log.index_at(Millis(10_000))), 370);
        assert_eq!(push(&mut log, 9, "k", b""), 500);
    }

    #[test]
    fn a_block_that_follows_one_that_was_not_full_has_room_for_as_much() {
        let (mut log, mut pool) = (ShardLog::default(), pool());
        let fill = |log: &mut ShardLog, pool: &mut Pool<Block>| {
            for _ in 0..50 {
                let stored = KeyedBytes::new(&[7; 100], 0).expect("it is UTF-8");
                log.push(pool, Millis(1), stored);
            }
            log.memory()
        };
        fill(&mut log, &mut pool);
        log.trim_to(&mut pool, 50);
        assert_eq!(log.memory(), 0, "a shard that gets nothing more holds nothing");
        let room = fill(&mut log, &mut pool);
        assert!((5_000 + 50 * 16..8_000).contains(&room), "{room}");
        log.trim_to(&mut pool, 100);
        assert_eq!(log.memory(), 0);
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
