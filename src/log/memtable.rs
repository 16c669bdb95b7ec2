//! The newest records of all shards on disk, in the order in which they were put.
//!
//! A batch scatters over its shards. A tail of its own for each of thousands is memory that no cache
//! holds: finding the end of each took longer than all the rest of a put (measured: 10,000 shards
//! over 16). So records of all shards stand one behind the other, as the journal has them, and each
//! knows the one of its shard before it; readers go that way back from the newest one. A table that
//! takes no more is sorted by shard, thousands of records at once and beside those who put: then the
//! records of a shard stand one behind the other, for those who read on and for chunks (`flush.rs`).
//!
//! Long records of a batch that may be kept are not copied: a table holds on to the batch. All of its
//! records went to the journal, so that is no longer than the journal needs the segment where they are.

use std::num::NonZeroU64;
use std::sync::Arc;

use crate::log::LogShard;
use crate::log::block::{Allowance, Entry, OWN};
use crate::log::by_shard::by_shard;
use crate::log::pool::Reuse;
use crate::log::stretch::{Stretch, Visit};
use crate::model::{Kept, KeyedBytes, Millis};

/// Memory of a batch.
pub(super) type Parcel = Arc<Vec<u8>>;

/// No record of the same run stands before.
const NONE: u32 = u32::MAX;

/// The number of a record's row among the rows of all tables, in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowNumber(NonZeroU64);

impl RowNumber {
    #[inline]
    fn plus(self, rows: u32) -> Self {
        Self(self.0.saturating_add(rows.into()))
    }
}

impl Default for RowNumber {
    /// The first one of all.
    fn default() -> Self {
        Self(NonZeroU64::MIN)
    }
}

/// The records of one shard in a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) shard: LogShard,
    /// How many rows before the first one of the table the newest record of the shard in an earlier one
    /// is; 0 when there is none, or none that could still be in memory.
    back: u32,
    /// Index of its first record.
    pub(super) first: u64,
}

/// How a record hangs together with others of its shard.
#[derive(Clone, Copy, Debug)]
struct Link {
    run: u32,
    /// The row of the record before it in its run, or [`NONE`].
    before: u32,
}

/// Where the next record of a run goes.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    row: u32,
    byte: u32,
}

/// How much a table holds, to come back to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    rows: usize,
    runs: usize,
    bytes: usize,
    parcels: usize,
    lent: u64,
}

/// Records of all shards that were put one after the other.
#[derive(Debug, Default)]
pub(super) struct Memtable {
    pub(super) number: u32,
    /// The number of its first row.
    begin: RowNumber,
    /// Keys and data of records, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// One for each entry, while the table is not sorted.
    links: Vec<Link>,
    /// In the order in which they came, or by shard once the table is sorted.
    runs: Vec<Run>,
    /// Do the records of each run stand one behind the other?
    sorted: bool,
    /// The run of what came as each row, once the table is sorted.
    runs_of: Vec<u32>,
    /// The row behind the last one of each run, once the table is sorted.
    ends: Vec<u32>,
    /// Batches that records stay in.
    parcels: Vec<Parcel>,
    /// Bytes of keys and data in those.
    lent: u64,
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).expect("a table is small")
}

impl Memtable {
    /// An empty table behind this one, in the memory of `room`.
    pub(super) fn next(&self, room: Self) -> Self {
        let begin = self.begin.plus(u32_of(self.entries.len()));
        Self { number: self.number + 1, begin, ..room }
    }

    /// The number of its first row.
    pub(super) fn begin(&self) -> RowNumber {
        self.begin
    }

    /// The row of that number, or of a later table.
    #[inline]
    fn row(&self, number: RowNumber) -> Option<usize> {
        number.0.get().checked_sub(self.begin.0.get()).map(|row| row as usize)
    }

    /// Makes room for as much as another one holds.
    pub(super) fn expect_as_much_as(&mut self, other: &Self) {
        self.bytes.reserve(other.bytes.len());
        self.entries.reserve(other.entries.len());
        self.links.reserve(other.links.len());
        self.runs.reserve(other.runs.len());
    }

    /// Takes the next record of a shard, whose newest one stands there from then on; says in which byte of
    /// its batch or of the table's own it is. (Told in one number: parts of an answer that is too long
    /// for registers are written in other pieces than they are read, and the reader waits for that.)
    #[inline]
    pub(super) fn push(
        &mut self,
        (shard, index): (LogShard, u64),
        newest: &mut Option<RowNumber>,
        (arrival, stored): (Millis, KeyedBytes<'_>),
        kept: Option<Kept<'_>>,
    ) -> usize {
        let link = match newest.and_then(|newest| self.row(newest)) {
            Some(before) => Link { run: self.links[before].run, before: u32_of(before) },
            None => {
                let run = u32_of(self.runs.len());
                let back = newest.map_or(0, |newest| self.begin.0.get() - newest.0.get());
                self.runs.push(Run { shard, back: u32::try_from(back).unwrap_or(0), first: index });
                Link { run, before: NONE }
            }
        };
        self.links.push(link);
        *newest = Some(self.begin.plus(u32_of(self.entries.len())));
        let (at, of) = match kept {
            Some(kept) => (kept.at, self.lend(kept, stored)),
            None => (self.bytes.len(), OWN),
        };
        if kept.is_none() {
            self.bytes.extend_from_slice(stored.bytes());
        }
        let (len, key_len) = (u32_of(stored.bytes().len()), u32_of(stored.key_len()));
        self.entries.push(Entry { arrival, at: u32_of(at), len, key_len, of });
        at
    }

    /// Holds on to a batch, for a record; says what an entry tells of it.
    #[inline]
    fn lend(&mut self, kept: Kept<'_>, stored: KeyedBytes<'_>) -> u32 {
        if self.parcels.last().is_none_or(|last| !Arc::ptr_eq(last, kept.memory)) {
            self.parcels.push(Arc::clone(kept.memory));
        }
        self.lent += stored.bytes().len() as u64;
        u32_of(self.parcels.len())
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            rows: self.entries.len(),
            runs: self.runs.len(),
            bytes: self.bytes.len(),
            parcels: self.parcels.len(),
            lent: self.lent,
        }
    }

    /// Takes back every record that came later.
    pub(super) fn truncate(&mut self, to: Extent) {
        self.entries.truncate(to.rows);
        self.links.truncate(to.rows);
        self.runs.truncate(to.runs);
        self.bytes.truncate(to.bytes);
        self.parcels.truncate(to.parcels);
        self.lent = to.lent;
    }

    /// Keys and data of its own.
    pub(super) fn own(&self) -> &[u8] {
        &self.bytes
    }

    /// The records from that row on, newest first: the shard of each, and where its newest record stood
    /// before; in a table that is not sorted.
    pub(super) fn back_to(
        &self,
        extent: Extent,
    ) -> impl Iterator<Item = (LogShard, Option<RowNumber>)> {
        self.links[extent.rows..].iter().rev().map(|link| {
            let run = &self.runs[link.run as usize];
            let before = (link.before != NONE).then(|| self.begin.plus(link.before));
            (run.shard, before.or_else(|| self.before(run)))
        })
    }

    /// Is there a record that came later?
    #[inline]
    pub(super) fn is_behind(&self, number: RowNumber, extent: Extent) -> bool {
        self.row(number).is_some_and(|row| row >= extent.rows)
    }

    /// How many records of a shard came later, the newest of which is that one; in a table that is not
    /// sorted.
    pub(super) fn count_behind(&self, newest: RowNumber, extent: Extent) -> u64 {
        let Some(row) = self.row(newest) else { return 0 };
        self.rows_back(u32_of(row)).take_while(|row| *row as usize >= extent.rows).count() as u64
    }

    /// A row and those before it in its run.
    fn rows_back(&self, row: u32) -> impl Iterator<Item = u32> {
        let before = |row: &u32| {
            let Link { before, .. } = self.links[*row as usize];
            (before != NONE).then_some(before)
        };
        std::iter::successors(Some(row), before)
    }

    /// The newest record in an earlier table of the shard of a run.
    fn before(&self, run: &Run) -> Option<RowNumber> {
        let number = self.begin.0.get() - u64::from(run.back);
        NonZeroU64::new(number).filter(|_| run.back > 0).map(RowNumber)
    }

    /// Bytes of what it holds.
    pub(super) fn size(&self) -> u64 {
        let links = self.links.len() * size_of::<Link>() + self.runs_of.len() * size_of::<u32>();
        let rows = self.entries.len() * size_of::<Entry>() + links;
        let runs = self.runs.len() * size_of::<Run>() + self.ends.len() * size_of::<u32>();
        (self.bytes.len() + rows + runs) as u64 + self.lent
    }

    /// When a record arrived that is the newest one of its shard.
    pub(super) fn arrival(&self, newest: RowNumber) -> Option<Millis> {
        let row = self.row(newest)?;
        let row = if self.sorted { self.ends[self.run_of(row)] as usize - 1 } else { row };
        Some(self.entries[row].arrival)
    }

    /// The run of what came as that row.
    fn run_of(&self, row: usize) -> usize {
        let run = if self.sorted { self.runs_of[row] } else { self.links[row].run };
        run as usize
    }

    /// The runs of a sorted table, by shard, each with its records.
    pub(super) fn runs(&self) -> impl ExactSizeIterator<Item = (Run, &[Entry])> {
        assert!(self.sorted, "the runs of a table are found by sorting it");
        self.runs.iter().enumerate().map(|(run, of)| (*of, self.entries(run)))
    }

    /// The records of a run, in a sorted table.
    fn entries(&self, run: usize) -> &[Entry] {
        let begin = run.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[begin as usize..self.ends[run] as usize]
    }

    /// Key and data of a record.
    #[inline]
    pub(super) fn stored(&self, entry: &Entry) -> &[u8] {
        let whole = match entry.of {
            OWN => &self.bytes,
            number => &*self.parcels[number as usize - 1],
        };
        &whole[entry.at as usize..][..entry.len as usize]
    }

    /// The records of a shard up to one of them, behind which index `end` comes; `None` when that
    /// stands in an earlier table.
    pub(super) fn part(&self, newest: RowNumber, end: u64) -> Option<Part<'_>> {
        let last = self.row(newest)?;
        Some(Part { table: self, run: self.run_of(last), last: u32_of(last), end })
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// A table of one run is sorted as it is.
    pub(super) fn sort_if_of_one_run(&mut self) {
        if self.runs.len() == 1 {
            self.ends.push(u32_of(self.entries.len()));
            self.runs_of.resize(self.entries.len(), 0);
            self.links.clear();
            self.sorted = true;
        }
    }

    /// The same records sorted by shard, in the memory of `room`.
    ///
    /// Who put them has their bytes in another cache: they are read one behind the other, as caches
    /// like it, and scattered to where they go. (To gather them makes all of moving a tenth dearer.)
    pub(super) fn sorted_into(&self, room: Self) -> Self {
        let Self { number, begin, lent, .. } = *self;
        let mut sorted = Self { number, begin, lent, sorted: true, ..room };
        sorted.parcels.extend(self.parcels.iter().cloned());
        sorted.take_runs(self);
        sorted.entries.resize(self.entries.len(), Entry::default());
        sorted.bytes.resize(self.bytes.len(), 0);
        let mut edges = sorted.edges(&self.entries);
        for (entry, run) in self.entries.iter().zip(&sorted.runs_of) {
            let edge = &mut edges[*run as usize];
            let mut entry = *entry;
            if entry.of == OWN {
                let stored = self.stored(&entry);
                sorted.bytes[edge.byte as usize..][..stored.len()].copy_from_slice(stored);
                (entry.at, edge.byte) = (edge.byte, edge.byte + entry.len);
            }
            sorted.entries[edge.row as usize] = entry;
            edge.row += 1;
        }
        sorted.ends.extend(edges.iter().map(|edge| edge.row));
        sorted
    }

    /// The runs of a table by shard, and which of them each of its records belongs to.
    fn take_runs(&mut self, of: &Self) {
        let order = by_shard(of.runs.iter().map(|run| run.shard));
        self.runs.extend(order.iter().map(|run| of.runs[*run as usize]));
        let mut places = vec![0; order.len()];
        (0..).zip(&order).for_each(|(place, run)| places[*run as usize] = place);
        self.runs_of.extend(of.links.iter().map(|link| places[link.run as usize]));
    }

    /// Where the first record of each run goes, of records that come in that order.
    fn edges(&self, entries: &[Entry]) -> Vec<Edge> {
        let mut edges = vec![Edge::default(); self.runs.len()];
        for (entry, run) in entries.iter().zip(&self.runs_of) {
            let edge = &mut edges[*run as usize];
            edge.row += 1;
            edge.byte += if entry.of == OWN { entry.len } else { 0 };
        }
        let mut next = Edge::default();
        for edge in &mut edges {
            let Edge { row, byte } = std::mem::replace(edge, next);
            next = Edge { row: next.row + row, byte: next.byte + byte };
        }
        edges
    }
}

impl Reuse for Memtable {
    fn clear(&mut self) {
        self.truncate(Extent::default());
        self.runs_of.clear();
        self.ends.clear();
        self.sorted = false;
    }

    /// Its own, and that of its records in batches.
    fn memory(&self) -> u64 {
        let numbers = (self.runs_of.capacity() + self.ends.capacity()) * size_of::<u32>();
        let rows = self.entries.capacity() * size_of::<Entry>()
            + self.links.capacity() * size_of::<Link>();
        let runs = self.runs.capacity() * size_of::<Run>();
        (self.bytes.capacity() + rows + runs + numbers) as u64 + self.lent
    }
}

/// The records of one shard in one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    table: &'a Memtable,
    run: usize,
    /// The last one, in a table that is not sorted.
    last: u32,
    /// The index behind the last one.
    end: u64,
}

impl<'a> Part<'a> {
    fn run(&self) -> &'a Run {
        &self.table.runs[self.run]
    }

    /// Index of the first one.
    pub(super) fn first(&self) -> u64 {
        self.run().first
    }

    /// The index behind the last one.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The newest record of the shard before these.
    pub(super) fn before(&self) -> Option<RowNumber> {
        self.table.before(self.run())
    }

    /// The records in a sorted table.
    fn sorted(&self) -> Option<&'a [Entry]> {
        self.table.sorted.then(|| self.table.entries(self.run))
    }

    /// Index and row of each record, newest first, in a table that is not sorted.
    fn back(&self) -> impl Iterator<Item = (u64, u32)> {
        (self.first()..self.end).rev().zip(self.table.rows_back(self.last))
    }

    /// The first index that arrived at or after `at`; the end when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        if let Some(entries) = self.sorted() {
            return self.first() + entries.partition_point(|entry| entry.arrival < at) as u64;
        }
        let arrival = |row: u32| self.table.entries[row as usize].arrival;
        let later = self.back().take_while(|(_, row)| arrival(*row) >= at);
        later.last().map_or(self.end, |(index, _)| index)
    }

    /// Calls `visit` for the records from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        if let Some(entries) = self.sorted() {
            let skip = usize::try_from(from.saturating_sub(self.first())).unwrap_or(usize::MAX);
            let entries = entries.get(skip..).unwrap_or_default();
            return self.hand_out(self.end - entries.len() as u64, entries, allowance, visit);
        }
        let mut index = from.max(self.first());
        let count = usize::try_from(self.end.saturating_sub(index)).unwrap_or(usize::MAX);
        let mut rows = Vec::with_capacity(count);
        rows.extend(self.back().take(count).map(|(_, row)| row));
        rows.reverse();
        for rows in rows.chunk_by(|row, next| row + 1 == *next) {
            let entries = &self.table.entries[rows[0] as usize..][..rows.len()];
            if !self.hand_out(index, entries, allowance, visit) {
                return false;
            }
            index += entries.len() as u64;
        }
        true
    }

    /// Calls `visit` for records from `index` on, in pieces whose bytes stand one behind the other.
    fn hand_out(
        &self,
        mut index: u64,
        mut entries: &[Entry],
        allowance: &mut Allowance,
        visit: &mut Visit<'_>,
    ) -> bool {
        let taken = allowance.take(entries);
        let lasts = taken == entries.len();
        entries = &entries[..taken];
        // Those in a batch may have others between them.
        let adjoins =
            |entry: &Entry, next: &Entry| entry.of == next.of && entry.at + entry.len == next.at;
        for piece in entries.chunk_by(adjoins) {
            let (first, last) = (piece[0], piece[piece.len() - 1]);
            let whole = Entry { len: last.at + last.len - first.at, ..first };
            visit(Stretch::new(index, piece, self.table.stored(&whole)));
            index += piece.len() as u64;
        }
        lasts
    }
}
