//! The memory tail of one shard: blocks of bytes with a compact index, oldest first.
//!
//! Indexes are contiguous from 0 and never handed out twice. Trimming frees whole blocks and
//! remembers how far into the first one it has come.

use std::collections::VecDeque;

use crate::model::Millis;

/// Told of each record: its index, arrival, key and data.
pub type Visit<'a> = dyn FnMut(u64, Millis, &str, &[u8]) + 'a;

/// Bytes after which a block is full.
const BLOCK_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug)]
struct Entry {
    arrival: Millis,
    at: u32,
    key_len: u32,
}

/// Some consecutive records.
#[derive(Clone, Debug, Default)]
struct Block {
    first: u64,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Block {
    fn record(&self, position: usize) -> (Millis, &str, &[u8]) {
        let entry = self.entries[position];
        let end = self.entries.get(position + 1).map_or(self.bytes.len(), |next| next.at as usize);
        let key_end = entry.at as usize + entry.key_len as usize;
        let key = std::str::from_utf8(&self.bytes[entry.at as usize..key_end])
            .expect("keys go in as str");
        (entry.arrival, key, &self.bytes[key_end..end])
    }

    fn memory(&self) -> u64 {
        (self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()) as u64
    }
}

/// The records of one shard that are in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct ShardLog {
    blocks: VecDeque<Block>,
    first: u64,
    next: u64,
}

impl ShardLog {
    pub(super) fn first_index(&self) -> u64 {
        self.first
    }

    pub(super) fn next_index(&self) -> u64 {
        self.next
    }

    pub(super) fn push(&mut self, arrival: Millis, key: &str, data: &[u8]) -> u64 {
        if self.blocks.back().is_none_or(|block| block.bytes.len() >= BLOCK_BYTES) {
            self.blocks.push_back(Block { first: self.next, ..Block::default() });
        }
        let block = self.blocks.back_mut().expect("one was just put there");
        let at = u32::try_from(block.bytes.len()).expect("a block is small");
        let key_len = u32::try_from(key.len()).expect("a key is short");
        block.bytes.extend_from_slice(key.as_bytes());
        block.bytes.extend_from_slice(data);
        block.entries.push(Entry { arrival, at, key_len });
        self.next += 1;
        self.next - 1
    }

    /// Takes back every record from `index` on: their write failed.
    pub(super) fn roll_back(&mut self, index: u64) {
        assert!(index >= self.first && index <= self.next, "only the tail can be taken back");
        while let Some(block) = self.blocks.back_mut() {
            if block.first >= index {
                self.blocks.pop_back();
                continue;
            }
            let keep = usize::try_from(index - block.first).expect("a block is small");
            if keep < block.entries.len() {
                block.bytes.truncate(block.entries[keep].at as usize);
                block.entries.truncate(keep);
            }
            break;
        }
        self.next = index;
    }

    fn block_of(&self, index: u64) -> Option<usize> {
        let after = self.blocks.partition_point(|block| block.first <= index);
        after.checked_sub(1)
    }

    /// Calls `visit` for each record from `from` on, at most `records_max`, and as many as fit
    /// `bytes_max`, but at least one if there is one.
    pub(super) fn read(
        &self,
        from: u64,
        records_max: usize,
        bytes_max: usize,
        visit: &mut Visit<'_>,
    ) {
        let mut index = from.max(self.first);
        let (mut records, mut bytes) = (0, 0);
        let Some(mut at) = self.block_of(index) else { return };
        while let Some(block) = self.blocks.get(at) {
            let begin = usize::try_from(index - block.first).expect("a block is small");
            for position in begin..block.entries.len() {
                let (arrival, key, data) = block.record(position);
                bytes += key.len() + data.len();
                if records == records_max || (records > 0 && bytes > bytes_max) {
                    return;
                }
                visit(index, arrival, key, data);
                records += 1;
                index += 1;
            }
            at += 1;
        }
    }

    pub(super) fn arrival_of(&self, index: u64) -> Option<Millis> {
        if index < self.first || index >= self.next {
            return None;
        }
        let block = &self.blocks[self.block_of(index)?];
        let position = usize::try_from(index - block.first).ok()?;
        block.entries.get(position).map(|entry| entry.arrival)
    }

    /// The first index with an arrival at or after `at`; the next index when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        let older = |block: &Block| block.entries.last().is_some_and(|last| last.arrival < at);
        let found = self.blocks.partition_point(older);
        let Some(block) = self.blocks.get(found) else { return self.next };
        let position = block.entries.partition_point(|entry| entry.arrival < at);
        (block.first + position as u64).max(self.first)
    }

    /// Forgets every record that arrived before `before`; says how many.
    pub(super) fn trim(&mut self, before: Millis) -> u64 {
        let first = self.index_at(before).max(self.first);
        let trimmed = first - self.first;
        self.first = first;
        while let Some(block) = self.blocks.front() {
            if block.first + block.entries.len() as u64 > first {
                break;
            }
            self.blocks.pop_front();
        }
        trimmed
    }

    pub(super) fn memory(&self) -> u64 {
        self.blocks.iter().map(Block::memory).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: u64) -> ShardLog {
        let mut log = ShardLog::default();
        for i in 0..count {
            assert_eq!(log.push(Millis(i), &format!("k{i}"), &[7; 1_000]), i);
        }
        log
    }

    fn indexes(log: &ShardLog, from: u64, records: usize, bytes: usize) -> Vec<u64> {
        let mut seen = Vec::new();
        log.read(from, records, bytes, &mut |index, arrival, key, data| {
            assert_eq!((arrival, key, data.len()), (Millis(index), &*format!("k{index}"), 1_000));
            seen.push(index);
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
        assert_eq!(log.trim(Millis(130)), 130);
        assert_eq!((log.first_index(), log.next_index()), (130, 500));
        assert_eq!(indexes(&log, 0, 2, usize::MAX), [130, 131]);
        assert_eq!(log.trim(Millis(10_000)), 370);
        assert_eq!(log.push(Millis(9), "k", b""), 500);
    }

    #[test]
    fn what_is_rolled_back_was_never_there() {
        for keep in [0, 1, 63, 64, 65, 66, 130, 499, 500] {
            let mut log = filled(500);
            log.roll_back(keep);
            assert_eq!(indexes(&log, 0, 10_000, usize::MAX), (0..keep).collect::<Vec<_>>());
            assert_eq!(log.push(Millis(keep), "x", b""), keep);
        }
    }

    #[test]
    fn a_time_finds_the_first_record_at_or_after_it() {
        let log = filled(500);
        for (at, expected) in [(0, 0), (1, 1), (64, 64), (65, 65), (499, 499), (500, 500)] {
            assert_eq!(log.index_at(Millis(at)), expected);
        }
        assert_eq!(log.arrival_of(321), Some(Millis(321)));
        assert_eq!(log.arrival_of(500), None);
    }
}
