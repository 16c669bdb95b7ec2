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

use std::sync::Arc;

use crate::log::LogShard;
use crate::log::block::{Allowance, Entry, OWN};
use crate::log::pool::Reuse;
use crate::log::stretch::{Stretch, Visit};
use crate::model::{Kept, KeyedBytes, Millis};

/// Memory of a batch.
pub(super) type Parcel = Arc<Vec<u8>>;

/// No record of the same run stands before.
const NONE: u32 = u32::MAX;

/// Where the newest record of a shard stands, and the run that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newest {
    /// The number of the table.
    pub(super) table: u32,
    pub(super) row: u32,
    pub(super) run: u32,
}

/// The records of one shard in a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) shard: LogShard,
    /// Index of its first record.
    pub(super) first: u64,
    /// The row of its first record.
    row: u32,
    /// The row behind its last record, once the table is sorted.
    end: u32,
    /// The newest record of the shard in an earlier table, if there was one.
    before: Option<Newest>,
}

/// How a record hangs together with others of its shard.
#[derive(Clone, Copy, Debug)]
struct Link {
    run: u32,
    /// The row of the record before it in its run, or [`NONE`].
    before: u32,
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
    /// Keys and data of records, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// One for each entry, while the table is not sorted.
    links: Vec<Link>,
    /// In the order in which they came.
    runs: Vec<Run>,
    /// Do the records of each run stand one behind the other, by shard?
    sorted: bool,
    /// Batches that records stay in.
    parcels: Vec<Parcel>,
    /// Bytes of keys and data in those.
    lent: u64,
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).expect("a table is small")
}

impl Memtable {
    /// An empty table of that number.
    pub(super) fn begin(self, number: u32) -> Self {
        Self { number, ..self }
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
        newest: &mut Option<Newest>,
        (arrival, stored): (Millis, KeyedBytes<'_>),
        kept: Option<Kept<'_>>,
    ) -> usize {
        let row = u32_of(self.entries.len());
        match newest {
            Some(newest) if newest.table == self.number => {
                self.links.push(Link { run: newest.run, before: newest.row });
                newest.row = row;
            }
            before => {
                let run = u32_of(self.runs.len());
                self.runs.push(Run { shard, first: index, row, end: row, before: *before });
                self.links.push(Link { run, before: NONE });
                *before = Some(Newest { table: self.number, row, run });
            }
        }
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

    /// Bytes of what it holds.
    pub(super) fn size(&self) -> u64 {
        let rows = self.entries.len() * (size_of::<Entry>() + size_of::<Link>());
        (self.bytes.len() + rows + self.runs.len() * size_of::<Run>()) as u64 + self.lent
    }

    /// When the newest record of a shard arrived.
    pub(super) fn arrival(&self, newest: Newest) -> Millis {
        let sorted_row = self.runs[newest.run as usize].end.wrapping_sub(1);
        self.arrival_of(if self.sorted { sorted_row } else { newest.row })
    }

    fn arrival_of(&self, row: u32) -> Millis {
        self.entries[row as usize].arrival
    }

    /// The runs of a sorted table, in the order in which they came.
    pub(super) fn runs(&self) -> &[Run] {
        assert!(self.sorted, "the runs of a table are found by sorting it");
        &self.runs
    }

    /// The records of a run, in a sorted table.
    pub(super) fn entries(&self, run: &Run) -> &[Entry] {
        &self.entries[run.row as usize..run.end as usize]
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

    /// The records of a shard up to one of them, behind which index `end` comes.
    pub(super) fn part(&self, newest: Newest, end: u64) -> Part<'_> {
        let run = &self.runs[newest.run as usize];
        Part { table: self, run, last: newest.row, end }
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// A table of one run is sorted as it is.
    pub(super) fn sort_if_of_one_run(&mut self) {
        if let [run] = self.runs.as_mut_slice() {
            run.end = u32_of(self.entries.len());
            self.links.clear();
            self.sorted = true;
        }
    }

    /// The same records sorted by shard, in the memory of `room`.
    pub(super) fn sorted_into(&self, room: Self) -> Self {
        let mut sorted = Self { number: self.number, lent: self.lent, sorted: true, ..room };
        sorted.runs.extend_from_slice(&self.runs);
        sorted.parcels.extend(self.parcels.iter().cloned());
        let rows = self.rows_by_shard(&mut sorted.runs);
        sorted.entries.reserve(rows.len());
        sorted.bytes.reserve(self.bytes.len());
        for row in rows {
            let mut entry = self.entries[row as usize];
            if entry.of == OWN {
                let at = u32_of(sorted.bytes.len());
                sorted.bytes.extend_from_slice(self.stored(&entry));
                entry.at = at;
            }
            sorted.entries.push(entry);
        }
        sorted
    }

    /// Every row, those of a run one behind the other, runs by shard; tells the runs where.
    fn rows_by_shard(&self, runs: &mut [Run]) -> Vec<u32> {
        runs.iter_mut().for_each(|run| run.end = 0);
        // Counted first; each record that finds its place pushes the end on.
        self.links.iter().for_each(|link| runs[link.run as usize].end += 1);
        let mut order: Vec<u32> = (0..u32_of(runs.len())).collect();
        order.sort_unstable_by_key(|run| runs[*run as usize].shard);
        let mut begin = 0;
        for run in order {
            let run = &mut runs[run as usize];
            (run.row, run.end, begin) = (begin, begin, begin + run.end);
        }
        let mut rows = vec![0; self.links.len()];
        for (row, link) in (0..).zip(&self.links) {
            let end = &mut runs[link.run as usize].end;
            rows[*end as usize] = row;
            *end += 1;
        }
        rows
    }
}

impl Reuse for Memtable {
    fn clear(&mut self) {
        self.truncate(Extent::default());
        self.sorted = false;
    }

    /// Its own, and that of its records in batches.
    fn memory(&self) -> u64 {
        let rows = self.entries.capacity() * size_of::<Entry>()
            + self.links.capacity() * size_of::<Link>();
        (self.bytes.capacity() + rows + self.runs.capacity() * size_of::<Run>()) as u64 + self.lent
    }
}

/// The records of one shard in one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    table: &'a Memtable,
    run: &'a Run,
    last: u32,
    /// The index behind the last one.
    end: u64,
}

impl<'a> Part<'a> {
    /// Index of the first one.
    pub(super) fn first(&self) -> u64 {
        self.run.first
    }

    /// The index behind the last one.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// When the first one arrived.
    pub(super) fn oldest(&self) -> Millis {
        self.table.arrival_of(self.run.row)
    }

    /// The newest record of the shard before these.
    pub(super) fn before(&self) -> Option<Newest> {
        self.run.before
    }

    /// The records in a sorted table.
    fn sorted(&self) -> Option<&'a [Entry]> {
        self.table.sorted.then(|| self.table.entries(self.run))
    }

    /// Index and row of each record, newest first, in a table that is not sorted.
    fn back(&self) -> impl Iterator<Item = (u64, u32)> {
        let before = |row: &u32| {
            let Link { before, .. } = self.table.links[*row as usize];
            (before != NONE).then_some(before)
        };
        (self.run.first..self.end).rev().zip(std::iter::successors(Some(self.last), before))
    }

    /// The first index that arrived at or after `at`; the end when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        if let Some(entries) = self.sorted() {
            return self.run.first + entries.partition_point(|entry| entry.arrival < at) as u64;
        }
        let later = self.back().take_while(|(_, row)| self.table.arrival_of(*row) >= at);
        later.last().map_or(self.end, |(index, _)| index)
    }

    /// Calls `visit` for the records from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        if let Some(entries) = self.sorted() {
            let skip = usize::try_from(from.saturating_sub(self.run.first)).unwrap_or(usize::MAX);
            let entries = entries.get(skip..).unwrap_or_default();
            return self.hand_out(self.end - entries.len() as u64, entries, allowance, visit);
        }
        let mut index = from.max(self.run.first);
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
