//! Some consecutive records of one shard: what tails of shards without a disk are made of, and what a
//! chunk holds.
//!
//! Records stand in the block one behind the other.

use crate::log::pool::{Pool, Reuse};
use crate::log::stretch::{Stretch, Visit};
use crate::model::{KeyedBytes, Millis};

/// Bytes of keys and data after which a block is full. A chunk is a block written out: reads of
/// 64 KiB are the fastest ones measured, larger ones gain nothing.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;
/// Bytes of memory of a block beyond that, for the record that fills it: most are shorter.
const SLACK: usize = 2 * 1024;
/// A block that follows one of the same shard has room for this share of records more.
const SPARE_SHARE: usize = 8;
/// Bytes of a record's row in a written block.
const ROW: usize = 16;

/// A record of a block, or of a table of records of all shards (see `memtable.rs`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) arrival: Millis,
    /// Where it begins in the own bytes of the block or table, or in those of a batch.
    pub(super) at: u32,
    /// Bytes of key and data.
    pub(super) len: u32,
    pub(super) key_len: u32,
    /// [`OWN`], or one more than the place of a batch.
    pub(super) of: u32,
}

/// The bytes of a record are those of its block or table.
pub(super) const OWN: u32 = 0;

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
    pub(super) fn take(&mut self, next: &[Entry]) -> usize {
        self.take_some(next, None)
    }

    /// The same where it may be known what they take together.
    fn take_some(&mut self, next: &[Entry], whole: Option<usize>) -> usize {
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

/// Consecutive records. Putting one touches every field, so they stand in one line of the processor's
/// cache, if the block begins with one.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct Block {
    /// Keys and data, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    first: u64,
    /// Where keys and data begin in `bytes`: not at once in a block that was read from disk.
    body: u32,
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).expect("a block is small")
}

impl Block {
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// An empty block begins here.
    pub(super) fn begin(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// Bytes of all keys and data.
    #[inline]
    fn stored(&self) -> usize {
        self.bytes.len() - self.body as usize
    }

    /// What the block behind this one may hold as well.
    pub(super) fn expected(&self) -> Expected {
        let u32_of = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Expected { bytes: u32_of(self.stored()), records: u32_of(self.entries.len()) }
    }

    /// Has it memory for records?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.bytes.capacity() > 0
    }

    /// Takes memory for what is expected: in one piece, because growing little by little copies
    /// everything several times.
    pub(super) fn make_room(&mut self, pool: &mut Pool<Self>, expected: Expected) {
        let (bytes, records) = (expected.bytes as usize, expected.records as usize);
        if bytes >= BLOCK_BYTES {
            *self = pool.take().begin(self.first);
        }
        self.bytes.reserve((bytes + bytes / SPARE_SHARE).min(BLOCK_BYTES + SLACK));
        self.entries.reserve(records + records / SPARE_SHARE);
    }

    /// The index behind the last record.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    #[inline]
    pub(super) fn takes_more(&self) -> bool {
        self.stored() < BLOCK_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes a record.
    #[inline]
    pub(super) fn push(&mut self, arrival: Millis, stored: KeyedBytes<'_>) {
        let (at, len) = (u32_of(self.stored()), u32_of(stored.bytes().len()));
        let key_len = u32_of(stored.key_len());
        self.bytes.extend_from_slice(stored.bytes());
        self.entries.push(Entry { arrival, at, len, key_len, of: OWN });
    }

    /// The last byte and the last arrival: what stands before the next record.
    #[inline]
    pub(super) fn edge(&self) -> (Option<u8>, Option<Millis>) {
        (self.bytes.last().copied(), self.entries.last().map(|entry| entry.arrival))
    }

    /// The place of the first record at or behind `index`.
    fn position(&self, index: u64) -> usize {
        let skip = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
        skip.min(self.entries.len())
    }

    /// Calls `visit` for the records from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        let begin = self.position(from);
        let whole = (begin == 0).then(|| self.stored());
        let next = &self.entries[begin..];
        let taken = &next[..allowance.take_some(next, whole)];
        if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
            let bytes = &self.bytes[self.body as usize..];
            let bytes = &bytes[first.at as usize..(last.at + last.len) as usize];
            visit(Stretch::new(self.first + begin as u64, taken, bytes));
        }
        taken.len() == next.len()
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

    /// Reads `count` records back, whose rows begin at byte `rows_at` of `bytes`; `None` when the
    /// rows do not fit what follows them.
    pub(super) fn decode(first: u64, count: usize, bytes: Vec<u8>, rows_at: usize) -> Option<Self> {
        let entries = entries_of(count, bytes.get(rows_at..)?)?;
        let body = u32::try_from(rows_at + count * ROW).ok()?;
        Some(Self { first, bytes, body, entries })
    }

    /// Could `count` records be read back from these rows, keys and data?
    pub(super) fn fits(count: usize, body: &[u8]) -> bool {
        entries_of(count, body).is_some()
    }
}

impl Reuse for Block {
    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        (self.first, self.body) = (0, 0);
    }

    fn memory(&self) -> u64 {
        (self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()) as u64
    }
}

/// The row of a record in a written block; `at` is where its key begins behind the rows.
pub(super) fn row(arrival: Millis, at: u32, key_len: u32) -> [u8; ROW] {
    let mut row = [0; ROW];
    row[..8].copy_from_slice(&arrival.0.to_le_bytes());
    row[8..12].copy_from_slice(&at.to_le_bytes());
    row[12..].copy_from_slice(&key_len.to_le_bytes());
    row
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
