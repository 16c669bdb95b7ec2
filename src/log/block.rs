//! Some consecutive records of one shard: what memory tails are made of, and what a chunk holds.

use std::ops::Range;

use crate::log::stretch::{Stretch, Visit};
use crate::model::{KeyedBytes, Millis};

/// Bytes of keys and data after which a block is full. A chunk is a block written out: reads of
/// 64 KiB are the fastest ones measured, larger ones gain nothing.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;
/// Bytes of memory of a block beyond that, for the record that fills it: most are shorter.
const SLACK: usize = 2 * 1024;
/// A block that follows one of the same shard has room for this share of records more.
const SPARE_SHARE: usize = 8;
/// A pool that nobody takes from gives so little of itself back at a time: 1 in so many blocks.
const SHRINK_STEPS: usize = 64;
/// Bytes of a record's row in a written block.
const ROW: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    arrival: Millis,
    at: u32,
    key_len: u32,
}

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

    /// How many of the next `count` records may be handed out, which together with those before
    /// them take `bytes_of` bytes? The first one may, however long it is.
    fn take(&mut self, count: usize, bytes_of: impl Fn(usize) -> usize) -> usize {
        let most = count.min(self.records);
        let (mut fit, mut over) = (usize::from(!self.any).min(most), most + 1);
        while fit + 1 < over {
            let middle = fit.midpoint(over);
            if bytes_of(middle) <= self.bytes { fit = middle } else { over = middle }
        }
        self.records -= fit;
        self.bytes = self.bytes.saturating_sub(bytes_of(fit));
        self.any |= fit > 0;
        fit
    }

    /// Was anything handed out?
    pub(super) fn any(&self) -> bool {
        self.any
    }
}

/// Blocks that were full and are free: their memory is used again. Without it each block would
/// grow from nothing, and the system would clear each of its pages anew, which costs more than to
/// fill them. What is not wanted for some seconds goes back to the system.
#[derive(Debug, Default)]
pub(super) struct BlockPool {
    free: Vec<Block>,
    /// Bytes of memory of these blocks.
    bytes: u64,
    bytes_max: u64,
    /// Was one taken since the pool shrank last?
    wanted: bool,
}

impl BlockPool {
    /// A pool that keeps so much memory.
    pub(super) fn of(bytes_max: u64) -> Self {
        Self { bytes_max, ..Self::default() }
    }

    /// An empty block, with memory if there is some.
    fn take(&mut self, first: u64) -> Block {
        let block = self.free.pop().unwrap_or_default();
        self.bytes -= block.memory();
        self.wanted = true;
        Block { first, ..block }
    }

    /// Takes a block that nobody reads any more.
    pub(super) fn give(&mut self, mut block: Block) {
        let fits = self.bytes + block.memory() <= self.bytes_max;
        if fits && block.bytes.capacity() >= BLOCK_BYTES {
            (block.body, block.first) = (0, 0);
            block.bytes.clear();
            block.entries.clear();
            self.bytes += block.memory();
            self.free.push(block);
        }
    }

    /// Gives a share of the memory back that nobody wanted lately; to be called now and then.
    pub(super) fn shrink(&mut self) {
        if !std::mem::take(&mut self.wanted) {
            let keep = self.free.len() - self.free.len().div_ceil(SHRINK_STEPS);
            self.free.drain(keep..).for_each(|block| self.bytes -= block.memory());
        }
    }

    pub(super) fn memory(&self) -> u64 {
        self.bytes
    }
}

/// What a block will hold, as far as that is known: what the one before it did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// Of keys and data.
    bytes: u32,
    records: u32,
}

/// Consecutive records, their bytes one after the other. Putting a record touches every field, so
/// they stand in one line of the processor's cache, if the block begins with one.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(super) struct Block {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    first: u64,
    /// Where keys and data begin in `bytes`: not at once in a block that was read from disk.
    body: usize,
}

impl Block {
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// What the block behind this one may hold as well.
    pub(super) fn expected(&self) -> Expected {
        let u32_of = |count| u32::try_from(count).unwrap_or(u32::MAX);
        Expected {
            bytes: u32_of(self.bytes.len() - self.body),
            records: u32_of(self.entries.len()),
        }
    }

    /// Has it memory for records?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.bytes.capacity() > 0
    }

    /// Takes memory for what is expected: in one piece, because growing little by little copies
    /// everything several times.
    pub(super) fn make_room(&mut self, pool: &mut BlockPool, expected: Expected) {
        let (bytes, records) = (expected.bytes as usize, expected.records as usize);
        if bytes >= BLOCK_BYTES {
            *self = pool.take(self.first);
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
        self.bytes.len() - self.body < BLOCK_BYTES
    }

    /// Makes room for so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    pub(super) fn push(&mut self, arrival: Millis, stored: KeyedBytes<'_>) {
        let at = u32::try_from(self.bytes.len() - self.body).expect("a block is small");
        let key_len = u32::try_from(stored.key_len()).expect("a key is short");
        self.bytes.extend_from_slice(stored.bytes());
        self.entries.push(Entry { arrival, at, key_len });
    }

    /// The last byte and the last arrival: what stands before the next record.
    #[inline]
    pub(super) fn edge(&self) -> (Option<u8>, Option<Millis>) {
        (self.bytes.last().copied(), self.entries.last().map(|entry| entry.arrival))
    }

    /// Takes back every record from `index` on.
    pub(super) fn truncate(&mut self, index: u64) {
        let keep = usize::try_from(index - self.first).expect("a block is small");
        if keep < self.entries.len() {
            self.bytes.truncate(self.body + self.entries[keep].at as usize);
            self.entries.truncate(keep);
        }
    }

    /// The byte of the body where the record at `position` begins, or where the last one ends.
    fn begin_of(&self, position: usize) -> usize {
        let len = self.bytes.len() - self.body;
        self.entries.get(position).map_or(len, |entry| entry.at as usize)
    }

    /// Index, arrival, bytes of the key, and bytes of key and data of the records at `positions`.
    pub(super) fn rows(
        &self,
        positions: Range<usize>,
    ) -> impl Iterator<Item = (u64, Millis, usize, usize)> {
        let mut at = self.begin_of(positions.start);
        let ends = (positions.start + 1..).map(|next| self.begin_of(next));
        let index = self.first + positions.start as u64;
        let numbered = (index..).zip(&self.entries[positions]);
        numbered.zip(ends).map(move |((index, entry), end)| {
            let len = end - std::mem::replace(&mut at, end);
            (index, entry.arrival, entry.key_len as usize, len)
        })
    }

    /// Keys and data of the records at `positions`, one behind the other.
    pub(super) fn stored(&self, positions: Range<usize>) -> &[u8] {
        &self.bytes[self.body..][self.begin_of(positions.start)..self.begin_of(positions.end)]
    }

    /// Calls `visit` for the records from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        let skip = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let (begin, count) = (skip.min(self.entries.len()), self.entries.len());
        let at = self.begin_of(begin);
        let taken = allowance.take(count - begin, |count| self.begin_of(begin + count) - at);
        if taken > 0 {
            visit(Stretch::of(self, begin..begin + taken));
        }
        begin + taken == count
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

    pub(super) fn memory(&self) -> u64 {
        (self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()) as u64
    }

    /// Bytes that [`Self::encode`] writes.
    pub(super) fn encoded_len(&self) -> usize {
        self.entries.len() * ROW + self.bytes.len() - self.body
    }

    /// Writes the rows of all records, then their bytes: see `chunk.rs`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.reserve(self.encoded_len());
        for entry in &self.entries {
            into.extend_from_slice(&entry.arrival.0.to_le_bytes());
            into.extend_from_slice(&entry.at.to_le_bytes());
            into.extend_from_slice(&entry.key_len.to_le_bytes());
        }
        into.extend_from_slice(&self.bytes[self.body..]);
    }

    /// Reads `count` records back, whose rows begin at byte `rows_at` of `bytes`; `None` when the
    /// rows do not fit what follows them.
    pub(super) fn decode(first: u64, count: usize, bytes: Vec<u8>, rows_at: usize) -> Option<Self> {
        let entries = entries_of(count, bytes.get(rows_at..)?)?;
        Some(Self { first, bytes, body: rows_at + count * ROW, entries })
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
        });
    }
    // A block's first record begins where its keys and data do.
    entries.first().is_none_or(|entry| entry.at == 0).then_some(())?;
    let mut end = stored.len();
    for entry in entries.iter().rev() {
        let key = stored.get(entry.at as usize..)?.get(..entry.key_len as usize)?;
        let fits = entry.at as usize + key.len() <= end;
        (fits && (key.is_ascii() || std::str::from_utf8(key).is_ok())).then_some(())?;
        end = entry.at as usize;
    }
    Some(entries)
}
