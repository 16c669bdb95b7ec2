//! Some consecutive records of one shard: what memory tails are made of, and what a chunk holds.
//!
//! Records stand in the block one behind the other, but for long ones of batches that may be kept (see
//! `parcel.rs`).

use std::sync::Arc;

use crate::log::parcel::Parcel;
use crate::log::pool::Pool;
use crate::log::stretch::{Stretch, Visit};
use crate::model::{Kept, KeyedBytes, Millis};

/// Bytes of keys and data after which a block is full. A chunk is a block written out: reads of
/// 64 KiB are the fastest ones measured, larger ones gain nothing.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;
/// Bytes of memory of a block beyond that, for the record that fills it: most are shorter.
const SLACK: usize = 2 * 1024;
/// A block that follows one of the same shard has room for this share of records more.
const SPARE_SHARE: usize = 8;
/// Bytes of a record's row in a written block.
const ROW: usize = 16;

/// A record of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) arrival: Millis,
    /// Where it begins in the block's own bytes or in those of a parcel.
    at: u32,
    /// Bytes of key and data.
    pub(super) len: u32,
    pub(super) key_len: u32,
    /// [`OWN`], or one more than the place of a parcel.
    of: u32,
}

/// The bytes of a record are the block's own.
const OWN: u32 = 0;

/// What a read may still hand out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    records: usize,
    bytes: usize,
    any: bool,
}

impl Allowance {
    pub(super) fn new(records: usize, bytes: usize) -> Self {
        Self { records, bytes, any: false }
    }

    /// How many of the next records may be handed out? The first one of all may, however long it is.
    /// `whole` is what they take together, where that is known.
    fn take(&mut self, next: &[Entry], whole: Option<usize>) -> usize {
        let most = next.len().min(self.records);
        let fit = match whole {
            Some(whole) if most == next.len() && whole <= self.bytes => {
                self.bytes -= whole;
                most
            }
            _ => self.take_each(&next[..most]),
        };
        self.records -= fit;
        self.any |= fit > 0;
        fit
    }

    fn take_each(&mut self, next: &[Entry]) -> usize {
        let mut may = !self.any;
        let fits = |entry: &&Entry| {
            let left = self.bytes.checked_sub(entry.len as usize);
            let fits = std::mem::take(&mut may) || left.is_some();
            self.bytes = left.unwrap_or(if fits { 0 } else { self.bytes });
            fits
        };
        next.iter().take_while(fits).count()
    }

    /// Was anything handed out?
    pub(super) fn any(&self) -> bool {
        self.any
    }
}

/// What a block will hold, as far as that is known: what the one before it did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// Of keys and data of its own.
    bytes: u32,
    records: u32,
}

/// Consecutive records. Putting a short one touches every field but the last, so they stand in one line
/// of the processor's cache, if the block begins with one.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct Block {
    /// Keys and data of short records, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    first: u64,
    /// Where keys and data begin in `bytes`: not at once in a block that was read from disk.
    body: u32,
    /// Bytes of keys and data that stand in parcels.
    lent: u32,
    /// Batches that have long records of this block.
    parcels: Vec<Parcel>,
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).expect("a block is small")
}

impl Block {
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// Empties it and keeps its own memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.parcels.clear();
        (self.first, self.body, self.lent) = (0, 0, 0);
    }

    /// An empty block begins here.
    pub(super) fn begin(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// Has it memory for as many short records as a block takes?
    pub(super) fn is_large(&self) -> bool {
        self.bytes.capacity() >= BLOCK_BYTES
    }

    /// Bytes of keys and data of its own.
    #[inline]
    fn own(&self) -> usize {
        self.bytes.len() - self.body as usize
    }

    /// Bytes of all keys and data.
    #[inline]
    fn stored(&self) -> usize {
        self.own() + self.lent as usize
    }

    /// What the block behind this one may hold as well.
    pub(super) fn expected(&self) -> Expected {
        let u32_of = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Expected { bytes: u32_of(self.own()), records: u32_of(self.entries.len()) }
    }

    /// Has it memory for records?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.bytes.capacity() > 0 || self.entries.capacity() > 0
    }

    /// Takes memory for what is expected: in one piece, because growing little by little copies
    /// everything several times.
    pub(super) fn make_room(&mut self, pool: &mut Pool, expected: Expected) {
        let (bytes, records) = (expected.bytes as usize, expected.records as usize);
        if bytes >= BLOCK_BYTES {
            *self = pool.block().begin(self.first);
        }
        self.bytes.reserve((bytes + bytes / SPARE_SHARE).min(BLOCK_BYTES + SLACK));
        self.entries.reserve(records + records / SPARE_SHARE);
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The index behind the last record.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    #[inline]
    pub(super) fn takes_more(&self) -> bool {
        self.stored() < BLOCK_BYTES
    }

    /// Makes room for so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a record and copies it.
    #[inline]
    pub(super) fn push(&mut self, arrival: Millis, stored: KeyedBytes<'_>) {
        let (at, len) = (u32_of(self.own()), u32_of(stored.bytes().len()));
        let key_len = u32_of(stored.key_len());
        self.bytes.extend_from_slice(stored.bytes());
        self.entries.push(Entry { arrival, at, len, key_len, of: OWN });
    }

    /// Takes a record and leaves it where it is.
    #[inline]
    pub(super) fn push_lent(&mut self, arrival: Millis, stored: KeyedBytes<'_>, kept: Kept<'_>) {
        if self.parcels.last().is_none_or(|last| !Arc::ptr_eq(last, kept.memory)) {
            self.parcels.push(Arc::clone(kept.memory));
        }
        let (at, len) = (u32_of(kept.at), u32_of(stored.bytes().len()));
        let key_len = u32_of(stored.key_len());
        self.lent += len;
        self.entries.push(Entry { arrival, at, len, key_len, of: u32_of(self.parcels.len()) });
    }

    /// The last byte and the last arrival: what stands before the next record.
    #[inline]
    pub(super) fn edge(&self) -> (Option<u8>, Option<Millis>) {
        (self.bytes.last().copied(), self.entries.last().map(|entry| entry.arrival))
    }

    /// Takes back every record from `index` on.
    pub(super) fn truncate(&mut self, index: u64) {
        let gone = self.entries.split_off(self.position(index));
        for entry in gone.iter().rev() {
            match entry.of {
                OWN => self.bytes.truncate(self.body as usize + entry.at as usize),
                _ => self.lent -= entry.len,
            }
        }
        let wanted = self.entries.iter().rev().find(|entry| entry.of != OWN);
        self.parcels.truncate(wanted.map_or(0, |entry| entry.of as usize));
    }

    /// The place of the first record at or behind `index`.
    fn position(&self, index: u64) -> usize {
        let skip = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
        skip.min(self.entries.len())
    }

    /// The bytes of a record, from where it begins on.
    #[inline]
    fn bytes_from(&self, entry: &Entry) -> &[u8] {
        let whole = match entry.of {
            OWN => &self.bytes[self.body as usize..],
            number => &self.parcels[number as usize - 1],
        };
        &whole[entry.at as usize..]
    }

    /// Calls `visit` for each row of records whose bytes stand one behind the other.
    fn rows_of(&self, positions: std::ops::Range<usize>, visit: &mut Visit<'_>) {
        let mut index = self.first + positions.start as u64;
        let mut rest = &self.entries[positions];
        while let Some(first) = rest.first() {
            // Those in a batch may have others between them.
            let count = match first.of {
                OWN if self.parcels.is_empty() => rest.len(),
                OWN => rest.iter().take_while(|entry| entry.of == OWN).count(),
                _ => 1,
            };
            let (row, behind) = rest.split_at(count);
            let last = row[count - 1];
            let len = match first.of {
                OWN => (last.at - first.at + last.len) as usize,
                _ => first.len as usize,
            };
            visit(Stretch::new(index, row, &self.bytes_from(first)[..len]));
            index += count as u64;
            rest = behind;
        }
    }

    /// Calls `visit` for the records from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        let begin = self.position(from);
        let whole = (begin == 0).then(|| self.stored());
        let taken = allowance.take(&self.entries[begin..], whole);
        self.rows_of(begin..begin + taken, visit);
        begin + taken == self.entries.len()
    }

    /// When the oldest and the newest record arrived; `None` when there is none.
    pub(super) fn span(&self) -> Option<(Millis, Millis)> {
        Some((self.entries.first()?.arrival, self.entries.last()?.arrival))
    }

    /// The first index with an arrival at or after `at`; the end when there is none.
    pub(super) fn index_at(&self, at: Millis) -> u64 {
        self.first + self.entries.partition_point(|entry| entry.arrival < at) as u64
    }

    /// Every arrival, in order.
    pub(super) fn arrivals(&self) -> Vec<Millis> {
        self.entries.iter().map(|entry| entry.arrival).collect()
    }

    /// Bytes of memory: its own, and those of its records in batches.
    pub(super) fn memory(&self) -> u64 {
        let own = self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>();
        own as u64 + u64::from(self.lent)
    }

    /// Bytes that [`Self::encode`] writes.
    pub(super) fn encoded_len(&self) -> usize {
        self.entries.len() * ROW + self.stored()
    }

    /// Writes the rows of all records, then their bytes: see `chunk.rs`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.reserve(self.encoded_len());
        let mut at = 0u32;
        for entry in &self.entries {
            into.extend_from_slice(&entry.arrival.0.to_le_bytes());
            into.extend_from_slice(&at.to_le_bytes());
            into.extend_from_slice(&entry.key_len.to_le_bytes());
            at += entry.len;
        }
        self.rows_of(0..self.entries.len(), &mut |row| into.extend_from_slice(row.bytes()));
    }

    /// Reads `count` records back, whose rows begin at byte `rows_at` of `bytes`; `None` when the
    /// rows do not fit what follows them.
    pub(super) fn decode(first: u64, count: usize, bytes: Vec<u8>, rows_at: usize) -> Option<Self> {
        let entries = entries_of(count, bytes.get(rows_at..)?)?;
        let body = u32::try_from(rows_at + count * ROW).ok()?;
        Some(Self { first, bytes, body, entries, ..Self::default() })
    }

    /// Could `count` records be read back from these rows, keys and data?
    pub(super) fn fits(count: usize, body: &[u8]) -> bool {
        entries_of(count, body).is_some()
    }
}

/// The rows of `count` records; `None` when they do not fit the keys and data behind them.
fn entries_of(count: usize, body: &[u8]) -> Option<Vec<Entry>> {
    let (rows, stored) = body.split_at_checked(count.checked_mul(ROW)?)?;
    let mut entries = Vec::with_capacity(count);
    for row in rows.chunks_exact(ROW) {
        entries.push(Entry {
            arrival: Millis(u64::from_le_bytes(row[..8].try_into().ok()?)),
            at: u32::from_le_bytes(row[8..12].try_into().ok()?),
            key_len: u32::from_le_bytes(row[12..].try_into().ok()?),
            len: 0,
            of: OWN,
        });
    }
    // A block's first record begins where its keys and data do.
    entries.first().is_none_or(|entry| entry.at == 0).then_some(())?;
    let mut end = u32::try_from(stored.len()).ok()?;
    for entry in entries.iter_mut().rev() {
        let key = stored.get(entry.at as usize..)?.get(..entry.key_len as usize)?;
        entry.len = end.checked_sub(entry.at)?;
        let fits = entry.key_len <= entry.len;
        (fits && (key.is_ascii() || std::str::from_utf8(key).is_ok())).then_some(())?;
        end = entry.at;
    }
    Some(entries)
}
