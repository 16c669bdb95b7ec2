//! The memory tail of all shards on disk: tables of records, oldest first.
//!
//! The open table takes what is put. A full one is closed and takes no more; closed ones are sorted
//! and moved to chunks in their order, and leave memory when these chunks are safe.
//!
//! ```text
//!    closed: being moved, or moved and not yet safe | sorted | not yet | open
//!    0                                        written   sorted
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use crate::log::block::{Allowance, BLOCK_BYTES};
use crate::log::memtable::{Extent, Memtable, Part, RowNumber};
use crate::log::pool::{Pool, Reuse};
use crate::log::slot::Recent;
use crate::log::stretch::Visit;
use crate::log::{LogOptions, LogShard};
use crate::model::{Kept, KeyedBytes, Millis};

/// Bytes of a table, unless all tables together may have little.
const TABLE_BYTES: u64 = 1024 * 1024;
/// Tables that there may be at least.
const TABLES: u64 = 8;

/// A table that changes no more.
#[derive(Debug)]
struct Closed {
    table: Arc<Memtable>,
    /// The journal segment that its first record went to.
    epoch: u32,
    /// None of its records arrived earlier.
    oldest: Millis,
}

/// All tables.
#[derive(Debug)]
pub(super) struct Memtables {
    open: Memtable,
    /// The journal segment that the first record of the open table went to.
    epoch: Option<u32>,
    /// None of the records in the open table arrived earlier.
    since: Millis,
    /// What the open table holds that is committed.
    committed: Extent,
    closed: VecDeque<Closed>,
    /// Closed tables that were written, or are being written.
    written: usize,
    /// Closed tables that are sorted.
    sorted: usize,
    /// Bytes of closed tables that are not being written.
    waiting: u64,
    /// None of the records in closed tables arrived earlier.
    oldest: Millis,
    table_bytes: u64,
    pool: Pool<Memtable>,
}

impl Memtables {
    pub(super) fn new(options: &LogOptions) -> Self {
        let table_bytes = TABLE_BYTES.min(options.tails_bytes / TABLES);
        Self {
            open: Memtable::default(),
            epoch: None,
            since: Millis::NEVER,
            committed: Extent::default(),
            closed: VecDeque::new(),
            written: 0,
            sorted: 0,
            waiting: 0,
            oldest: Millis::NEVER,
            table_bytes,
            pool: Pool::of(options.tails_bytes / 2, table_bytes / 2..=4 * table_bytes),
        }
    }

    /// Takes a record as the next one of its shard. It counts after [`Self::commit`]. Says in which
    /// byte of its batch it stands, or of [`Self::own`].
    #[inline]
    pub(super) fn push(
        &mut self,
        shard: LogShard,
        recent: &mut Recent,
        record: (Millis, KeyedBytes<'_>),
        kept: Option<Kept<'_>>,
    ) -> usize {
        self.since = self.since.min(record.0);
        let at = self.open.push((shard, recent.next), &mut recent.newest, record, kept);
        recent.next += 1;
        at
    }

    /// Keys and data of the records that came since the last commit, and of some before.
    pub(super) fn own(&self) -> &[u8] {
        self.open.own()
    }

    /// What was pushed counts; the journal has it in that segment.
    pub(super) fn commit(&mut self, epoch: u32) {
        self.epoch.get_or_insert(epoch);
        if self.open.size() >= self.table_bytes {
            self.close();
        } else {
            self.committed = self.open.extent();
        }
    }

    /// Were records of a shard pushed since the last commit?
    #[inline]
    pub(super) fn is_staged(&self, recent: &Recent) -> bool {
        recent.newest.is_some_and(|newest| self.open.is_behind(newest, self.committed))
    }

    /// The index behind the last record of a shard that counts.
    pub(super) fn committed(&self, recent: &Recent) -> u64 {
        let staged = |newest| self.open.count_behind(newest, self.committed);
        recent.next - recent.newest.map_or(0, staged)
    }

    /// What was pushed since the last commit, newest first: the shard of each record, and where its
    /// newest one stood before.
    pub(super) fn staged(&self) -> impl Iterator<Item = (LogShard, Option<RowNumber>)> {
        self.open.back_to(self.committed)
    }

    /// What was pushed since the last commit is gone. Its shards are told by the caller.
    pub(super) fn roll_back(&mut self) {
        self.open.truncate(self.committed);
    }

    fn close(&mut self) {
        let Some(epoch) = self.epoch.take() else { return };
        let mut next = self.open.next(self.pool.take());
        // One that is much longer holds records that are, which are few.
        if (self.table_bytes..2 * self.table_bytes).contains(&self.open.size()) {
            next.expect_as_much_as(&self.open);
        }
        self.waiting += self.open.size();
        let mut table = std::mem::replace(&mut self.open, next);
        table.sort_if_of_one_run();
        let table = Arc::new(table);
        let oldest = std::mem::replace(&mut self.since, Millis::NEVER);
        self.oldest = self.oldest.min(oldest);
        self.closed.push_back(Closed { table, epoch, oldest });
        self.committed = Extent::default();
    }

    /// Bytes of records that are in no chunk.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting + self.open.size()
    }

    /// Is there a closed table that is to be sorted?
    fn has_unsorted(&mut self) -> bool {
        while self.closed.get(self.sorted).is_some_and(|closed| closed.table.is_sorted()) {
            self.sorted += 1;
        }
        self.sorted < self.closed.len()
    }

    /// The oldest table that is to be sorted, and memory for it.
    pub(super) fn next_unsorted(&mut self) -> Option<(Arc<Memtable>, Memtable)> {
        let any = self.has_unsorted();
        any.then(|| (Arc::clone(&self.closed[self.sorted].table), self.pool.take()))
    }

    /// A table was sorted; whoever did so gives back what it was before.
    pub(super) fn on_sorted(&mut self, before: Arc<Memtable>, sorted: Memtable) {
        drop(before);
        let place = self.place(sorted.number);
        let Some(closed) = place.and_then(|place| self.closed.get_mut(place)) else { return };
        self.waiting = self.waiting - closed.table.size() + sorted.size();
        let before = std::mem::replace(&mut closed.table, Arc::new(sorted));
        if let Ok(before) = Arc::try_unwrap(before) {
            self.pool.give(before);
        }
    }

    /// The tables that should be moved now, for about `bytes_max` bytes of chunks or more: when what
    /// waits takes more than `limit`, or when its oldest records are in a journal segment up to
    /// `overdue`. `shards` says of how many shards there may be records.
    pub(super) fn due(
        &mut self,
        (limit, shards): (u64, u64),
        overdue: Option<u32>,
        bytes_max: u64,
    ) -> Vec<Arc<Memtable>> {
        let is_overdue = |epoch: u32| overdue.is_some_and(|last| epoch <= last);
        let begin = self.closed.get(self.written);
        let epoch = begin.map(|closed| closed.epoch).or(self.epoch);
        let full = self.waiting() > limit;
        if !full && !epoch.is_some_and(is_overdue) {
            return Vec::new();
        }
        // Enough for long chunks, as far as that leaves a tail; and what is too much in any case.
        let enough = bytes_max.max(shards * BLOCK_BYTES as u64);
        let excess = self.waiting().saturating_sub(limit);
        let wanted = enough.min(u64::max(limit / 2, excess)).max(1);
        if self.waiting < wanted && (full || self.epoch.is_some_and(is_overdue)) {
            self.close();
        }
        let sorted = self.closed.range(self.written..self.sorted.max(self.written));
        let sorted = sorted.map(|closed| closed.table.size()).sum::<u64>();
        if sorted < wanted && self.has_unsorted() {
            return Vec::new();
        }
        let mut due = Vec::new();
        while let Some(Closed { table, epoch, .. }) = self.closed.get(self.written)
            && due.iter().map(|table: &Arc<Memtable>| table.size()).sum::<u64>() < wanted
            && (full || is_overdue(*epoch))
        {
            due.push(Arc::clone(table));
            self.waiting -= table.size();
            self.written += 1;
        }
        due
    }

    /// Tables from that number on could not be written, or what was written cannot be trusted.
    pub(super) fn on_write_failed(&mut self, number: u32) {
        self.written = self.written.min(self.place(number).unwrap_or(0));
        let waiting = self.closed.range(self.written..).map(|closed| closed.table.size());
        self.waiting = waiting.sum();
    }

    /// Tables before that number are in chunks that are safe: they leave memory.
    pub(super) fn leave(&mut self, number: u32) {
        while let Some(closed) = self.closed.pop_front_if(|closed| closed.table.number < number) {
            (self.written, self.sorted) = (self.written - 1, self.sorted - 1);
            // One that somebody holds still is freed by them.
            if let Ok(table) = Arc::try_unwrap(closed.table) {
                self.pool.give(table);
            }
        }
        let oldest = self.closed.iter().map(|closed| closed.oldest).min();
        self.oldest = oldest.unwrap_or(Millis::NEVER);
    }

    /// Gives some of the memory back that nobody wanted lately.
    pub(super) fn shrink(&mut self) {
        self.pool.shrink();
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> u64 {
        let closed = self.closed.iter().map(|closed| closed.table.memory());
        closed.sum::<u64>() + self.open.memory() + self.pool.memory()
    }

    /// Where the closed table of that number stands.
    fn place(&self, number: u32) -> Option<usize> {
        let oldest = self.closed.front()?.table.number;
        number.checked_sub(oldest).map(|place| place as usize)
    }

    /// The table that a row is in, if that is in memory.
    fn table(&self, row: RowNumber) -> Option<&Memtable> {
        if row >= self.open.begin() {
            return Some(&self.open);
        }
        let behind = self.closed.partition_point(|closed| closed.table.begin() <= row);
        Some(&self.closed.get(behind.checked_sub(1)?)?.table)
    }

    /// The records of a shard in memory, table by table, the newest first.
    fn parts(&self, recent: &Recent) -> impl Iterator<Item = Part<'_>> {
        let part = |newest: Option<RowNumber>, end| self.table(newest?)?.part(newest?, end);
        std::iter::successors(part(recent.newest, recent.next), move |later| {
            part(later.before(), later.first())
        })
    }

    /// Calls `visit` for the records of a shard in memory from `from` on, as far as the allowance
    /// lasts.
    pub(super) fn read(
        &self,
        recent: &Recent,
        from: u64,
        allowance: &mut Allowance,
        visit: &mut Visit<'_>,
    ) {
        let mut parts = Vec::new();
        for part in self.parts(recent).take_while(|part| part.end() > from) {
            parts.push(part);
        }
        let _ = parts.iter().rev().all(|part| part.read(from, allowance, visit));
    }

    /// The first index of a shard in memory that arrived at or after `at`; the next index when there
    /// is none.
    pub(super) fn index_at(&self, recent: &Recent, at: Millis) -> u64 {
        if self.oldest.min(self.since) >= at {
            return recent.moved();
        }
        let mut found = recent.next;
        for part in self.parts(recent) {
            found = part.index_at(at);
            if found > part.first() {
                break;
            }
        }
        found
    }

    /// When the newest record of a shard arrived, if it is in memory.
    pub(super) fn last_arrival(&self, recent: &Recent) -> Option<Millis> {
        let newest = recent.newest?;
        self.table(newest)?.arrival(newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARDS: usize = 3;

    /// Tables of some records of a few shards, put in turn by commits of seven.
    struct Rig {
        tables: Memtables,
        shards: [Recent; SHARDS],
    }

    impl Rig {
        fn new(tails_bytes: u64) -> Self {
            let options = LogOptions { tails_bytes, ..LogOptions::default() };
            Self { tables: Memtables::new(&options), shards: Default::default() }
        }

        /// Stages the records of these numbers: shards take them in an order that does not repeat soon.
        fn push(&mut self, numbers: std::ops::Range<u64>) {
            for n in numbers {
                let shard = (n * n / 5 % SHARDS as u64) as usize;
                let bytes = format!("k{n}{}", "x".repeat(n as usize % 40));
                let stored = KeyedBytes::new(bytes.as_bytes(), 1).expect("it is UTF-8");
                let recent = &mut self.shards[shard];
                self.tables.push(LogShard(shard as u32), recent, (Millis(n), stored), None);
            }
        }

        fn filled(count: u64) -> Self {
            let mut rig = Self::new(8_000);
            for begin in (0..count).step_by(7) {
                rig.push(begin..begin + 7);
                rig.tables.commit(1);
            }
            rig
        }

        /// Sorts the closed tables that are not; says how many.
        fn sort(&mut self) -> usize {
            let sort = |tables: &mut Memtables| {
                let (table, room) = tables.next_unsorted()?;
                let sorted = table.sorted_into(room);
                tables.on_sorted(table, sorted);
                Some(())
            };
            std::iter::from_fn(|| sort(&mut self.tables)).count()
        }

        /// Index, arrival and bytes of what a read hands out, and in how many pieces.
        fn read(&self, shard: usize, from: u64, most: usize) -> (Vec<(u64, u64, Vec<u8>)>, usize) {
            let (mut told, mut pieces) = (Vec::new(), 0);
            let mut allowance = Allowance::new(most, usize::MAX);
            self.tables.read(&self.shards[shard], from, &mut allowance, &mut |stretch| {
                pieces += 1;
                told.extend(stretch.records().map(|(index, arrival, key, data)| {
                    (index, arrival.0, [key.as_bytes(), data].concat())
                }));
            });
            (told, pieces)
        }
    }

    #[test]
    fn a_table_hands_out_the_same_records_before_and_after_it_is_sorted_and_fewer_pieces() {
        let mut rig = Rig::filled(700);
        let all =
            |rig: &Rig| (0..SHARDS).map(|shard| rig.read(shard, 0, 1_000)).collect::<Vec<_>>();
        let before = all(&rig);
        assert_eq!(before.iter().map(|(told, _)| told.len()).sum::<usize>(), 700);
        let tables = rig.sort();
        assert!(tables > 20 && rig.sort() == 0, "{tables}");
        for (shard, ((told, pieces), (expected, many))) in all(&rig).iter().zip(&before).enumerate()
        {
            assert_eq!(told, expected);
            assert!(*pieces < many / 2, "{pieces} of {many}");
            for (from, most) in (0..told.len()).flat_map(|from| [1, 9].map(|most| (from, most))) {
                let end = (from + most).min(told.len());
                assert_eq!(rig.read(shard, from as u64, most).0, told[from..end]);
            }
            for (index, arrival, _) in told {
                assert_eq!(rig.tables.index_at(&rig.shards[shard], Millis(*arrival)), *index);
            }
            let newest = told.last().map(|(_, arrival, _)| Millis(*arrival));
            assert_eq!(rig.tables.last_arrival(&rig.shards[shard]), newest);
        }
    }

    #[test]
    fn what_is_rolled_back_was_never_there() {
        let mut rig = Rig::filled(70);
        let stands = |rig: &Rig| rig.shards.clone().map(|recent| (recent.next, recent.newest));
        let committed = |rig: &Rig| rig.shards.clone().map(|recent| rig.tables.committed(&recent));
        let (stood, before) = (stands(&rig), rig.read(0, 0, 1_000));
        rig.push(70..500);
        assert!(rig.read(0, 0, 1_000).0.len() > before.0.len());
        assert_eq!(committed(&rig), stood.map(|(next, _)| next));
        for (shard, newest) in rig.tables.staged() {
            let recent = &mut rig.shards[shard.0 as usize];
            (recent.next, recent.newest) = (recent.next - 1, newest);
        }
        rig.tables.roll_back();
        assert_eq!(stands(&rig), stood);
        assert_eq!(rig.read(0, 0, 1_000), before);
        rig.push(70..77);
        rig.tables.commit(1);
        assert_eq!(rig.read(0, 0, 1_000), Rig::filled(77).read(0, 0, 1_000));
    }

    #[test]
    fn tables_are_due_when_there_is_too_much_or_their_segment_must_go() {
        let mut rig = Rig::filled(700);
        rig.sort();
        let waiting = rig.tables.waiting();
        assert!(rig.tables.due((waiting, 3), None, 1).is_empty());
        assert!(rig.tables.due((waiting, 3), Some(0), 1).is_empty());
        let first = rig.tables.due((waiting - 1, 3), None, 1);
        assert!(!first.is_empty() && rig.tables.waiting() < waiting);
        let rest = rig.tables.due((waiting, 3), Some(1), u64::MAX);
        assert_eq!(rest[0].number, first[first.len() - 1].number + 1);
        // They are written again when that could not be done, and leave once they are safe.
        rig.tables.on_write_failed(first[0].number);
        assert_eq!(rig.tables.waiting(), waiting);
        drop((first, rest));
        let mut next = 0;
        loop {
            let again = rig.tables.due((waiting, 3), Some(1), u64::MAX);
            let (Some(begin), Some(last)) = (again.first(), again.last()) else { break };
            assert_eq!(begin.number, next);
            next = last.number + 1;
            drop(again);
            rig.tables.leave(next);
            rig.sort();
        }
        assert_eq!(rig.read(0, 0, 1_000).0.len() + rig.read(1, 0, 1_000).0.len(), 0);
    }

    #[test]
    fn tables_that_were_moved_give_their_memory_to_those_that_come() {
        let mut rig = Rig::filled(700);
        for round in 0..10 {
            rig.sort();
            let due = rig.tables.due((0, 3), None, u64::MAX);
            let end = due[due.len() - 1].number + 1;
            drop(due);
            rig.tables.leave(end);
            assert!(rig.tables.memory() < 100_000, "round {round}: {}", rig.tables.memory());
            rig.push(700..1_400);
            rig.tables.commit(1);
        }
    }
}
