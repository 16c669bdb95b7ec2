//! Some consecutive records of one shard: what memory tails are made of, and what a chunk holds.

use crate::log::shard_log::Visit;
use crate::model::{KeyedBytes, Millis};

/// Bytes of keys and data after which a block is full. A chunk is a block written out: reads of
/// 64 KiB are the fastest ones measured, larger ones gain nothing.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;
/// Bytes of memory of a block beyond that, for the record that fills it: most are shorter.
const SLACK: usize = 2 * 1024;
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

    /// May a record of `len` bytes be handed out? The first one may, however long it is.
    #[inline]
    fn take(&mut self, len: usize) -> bool {
        if self.records == 0 || (self.any && len > self.bytes) {
            return false;
        }
        self.records -= 1;
        self.bytes = self.bytes.saturating_sub(len);
        self.any = true;
        true
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

/// Consecutive records, their bytes one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    first: u64,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

impl Block {
    pub(super) fn starting_at(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// The block that goes on behind this one: with room for as much when this one is full.
    pub(super) fn following(&self, pool: &mut BlockPool) -> Self {
        if self.takes_more() {
            return Self::starting_at(self.end());
        }
        let mut next = pool.take(self.end());
        next.bytes.reserve(BLOCK_BYTES + SLACK);
        next.entries.reserve(self.entries.len());
        next
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
        self.bytes.len() < BLOCK_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    #[inline]
    pub(super) fn push(&mut self, arrival: Millis, stored: KeyedBytes<'_>) {
        let at = u32::try_from(self.bytes.len()).expect("a block is small");
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
            self.bytes.truncate(self.entries[keep].at as usize);
            self.entries.truncate(keep);
        }
    }

    fn record(&self, position: usize) -> (Millis, &str, &[u8]) {
        let entry = self.entries[position];
        let end = self.entries.get(position + 1).map_or(self.bytes.len(), |next| next.at as usize);
        let key_end = entry.at as usize + entry.key_len as usize;
        let key = std::str::from_utf8(&self.bytes[entry.at as usize..key_end])
            .expect("keys go in as str, and are tested when a block is read back");
        (entry.arrival, key, &self.bytes[key_end..end])
    }

    /// Calls `visit` for each record from `from` on; says whether the allowance lasts.
    pub(super) fn read(&self, from: u64, allowance: &mut Allowance, visit: &mut Visit<'_>) -> bool {
        let begin = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        for position in begin..self.entries.len() {
            let (arrival, key, data) = self.record(position);
            if !allowance.take(key.len() + data.len()) {
                return false;
            }
            visit(self.first + position as u64, arrival, key, data);
        }
        true
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
        self.entries.len() * ROW + self.bytes.len()
    }

    /// Writes the rows of all records, then their bytes: see `chunk.rs`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.reserve(self.encoded_len());
        for entry in &self.entries {
            into.extend_from_slice(&entry.arrival.0.to_le_bytes());
            into.extend_from_slice(&entry.at.to_le_bytes());
            into.extend_from_slice(&entry.key_len.to_le_bytes());
        }
        into.extend_from_slice(&self.bytes);
    }

    /// Reads `count` records back; `None` when the rows do not fit the bytes.
    pub(super) fn decode(first: u64, count: usize, body: &[u8]) -> Option<Self> {
        let (rows, bytes) = body.split_at_checked(count.checked_mul(ROW)?)?;
        let mut entries = Vec::with_capacity(count);
        for row in rows.chunks_exact(ROW) {
            entries.push(Entry {
                arrival: Millis(u64::from_le_bytes(row[..8].try_into().ok()?)),
                at: u32::from_le_bytes(row[8..12].try_into().ok()?),
                key_len: u32::from_le_bytes(row[12..].try_into().ok()?),
            });
        }
        let mut end = bytes.len();
        for entry in entries.iter().rev() {
            let key = bytes.get(entry.at as usize..)?.get(..entry.key_len as usize)?;
            let fits = entry.at as usize + key.len() <= end;
            (fits && std::str::from_utf8(key).is_ok()).then_some(())?;
            end = entry.at as usize;
        }
        Some(Self { first, bytes: bytes.to_vec(), entries })
    }
}
