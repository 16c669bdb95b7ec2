//! Records in bulk: one buffer and an index, so that a record costs no allocation of its own.
//!
//! [`EntryBatch`] is what a producer asks to put, [`RecordBatch`] what a reader gets. Both keep all
//! keys and data in one `Vec<u8>`; `clear` keeps the memory for the next round.

use crate::model::room::{Kept, Room};
use crate::model::{HashKey, Millis, SequenceNumber, ShardId};

/// Bytes of key and data that the records of a batch have on average, or more, when its memory may be
/// kept: shorter ones cost less to copy than to look up.
pub const KEPT_BYTES: usize = 512;

#[derive(Clone, Copy, Debug)]
struct Span {
    key_at: u32,
    data_at: u32,
    end: u32,
}

impl Span {
    fn push(bytes: &mut Vec<u8>, key: &str, data: &[u8]) -> Self {
        let key_at = offset(bytes.len());
        bytes.extend_from_slice(key.as_bytes());
        let data_at = offset(bytes.len());
        bytes.extend_from_slice(data);
        Self { key_at, data_at, end: offset(bytes.len()) }
    }

    fn key<'a>(&self, bytes: &'a [u8]) -> &'a str {
        std::str::from_utf8(&bytes[self.key_at as usize..self.data_at as usize])
            .expect("keys go in as str")
    }

    fn data<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.data_at as usize..self.end as usize]
    }
}

fn offset(len: usize) -> u32 {
    u32::try_from(len).expect("a batch stays below 4 GiB")
}

/// One record as a producer asks to put it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// Decides the shard unless `explicit_hash_key` does; counts to the record's size.
    pub partition_key: &'a str,
    /// Decides the shard when given.
    pub explicit_hash_key: Option<HashKey>,
    /// The payload.
    pub data: &'a [u8],
}

/// What is stored of a record: its partition key and its data, one behind the other, so that they
/// are copied as one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyedBytes<'a> {
    bytes: &'a [u8],
    key_len: usize,
}

impl<'a> KeyedBytes<'a> {
    /// A record whose key is the first `key_len` bytes; `None` when there are fewer, or when they are
    /// not UTF-8.
    #[must_use]
    pub fn new(bytes: &'a [u8], key_len: usize) -> Option<Self> {
        std::str::from_utf8(bytes.get(..key_len)?).ok()?;
        Some(Self { bytes, key_len })
    }

    /// Key and data.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Bytes of the key.
    #[must_use]
    pub fn key_len(&self) -> usize {
        self.key_len
    }

    /// Bytes of the data.
    #[must_use]
    pub fn data_len(&self) -> usize {
        self.bytes.len() - self.key_len
    }

    /// The bytes of the partition key.
    #[must_use]
    pub fn key(&self) -> &'a [u8] {
        &self.bytes[..self.key_len]
    }
}

/// Records to put, in order.
#[derive(Clone, Debug, Default)]
pub struct EntryBatch {
    room: Room,
    entries: Vec<(Span, Option<HashKey>)>,
}

impl EntryBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch with room for so many bytes of keys and data.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { room: Room::Own(Vec::with_capacity(bytes)), entries: Vec::new() }
    }

    /// Lets others keep the memory instead of copying what is in it, if it is worth keeping: for who
    /// has filled the batch and will not need its memory again.
    pub fn share(&mut self) {
        self.room.share(KEPT_BYTES * self.entries.len());
    }

    /// Where the entry at `index` stands, if that may be kept.
    ///
    /// # Panics
    /// When `index` is not below `len`.
    #[must_use]
    pub fn kept(&self, index: usize) -> Option<Kept<'_>> {
        let at = self.entries[index].0.key_at as usize;
        self.room.shared().map(|memory| Kept { memory, at })
    }

    /// Adds a record at the end.
    pub fn push(&mut self, partition_key: &str, data: &[u8]) {
        let span = Span::push(self.room.bytes_mut(), partition_key, data);
        self.entries.push((span, None));
    }

    /// Adds a copy of an entry at the end, its explicit hash key included.
    pub fn push_entry(&mut self, entry: EntryRef<'_>) {
        let span = Span::push(self.room.bytes_mut(), entry.partition_key, entry.data);
        self.entries.push((span, entry.explicit_hash_key));
    }

    /// Adds a record whose data `write` appends to the buffer: no copy in between.
    pub fn push_with(&mut self, partition_key: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.push_explicit(partition_key, None, write);
    }

    /// The same with an explicit hash key, if there is one.
    pub fn push_explicit(
        &mut self,
        partition_key: &str,
        explicit_hash_key: Option<HashKey>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let bytes = self.room.bytes_mut();
        let key_at = offset(bytes.len());
        bytes.extend_from_slice(partition_key.as_bytes());
        let data_at = offset(bytes.len());
        write(bytes);
        let span = Span { key_at, data_at, end: offset(bytes.len()) };
        assert!(span.end >= span.data_at, "the writer may only append");
        self.entries.push((span, explicit_hash_key));
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// No records?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of all keys and data.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.room.bytes().len()
    }

    /// The record at `index`.
    ///
    /// # Panics
    /// When `index` is not below `len`.
    #[must_use]
    pub fn get(&self, index: usize) -> EntryRef<'_> {
        let ((span, explicit_hash_key), bytes) = (&self.entries[index], self.room.bytes());
        EntryRef {
            partition_key: span.key(bytes),
            explicit_hash_key: *explicit_hash_key,
            data: span.data(bytes),
        }
    }

    /// Bytes of key and of data of each record, in order: cheaper than the records themselves.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        let lengths = |(span, _): &(Span, _)| {
            ((span.data_at - span.key_at) as usize, (span.end - span.data_at) as usize)
        };
        self.entries.iter().map(lengths)
    }

    /// What is to be stored of each record, in order, and its explicit hash key.
    pub fn stored(&self) -> impl ExactSizeIterator<Item = (KeyedBytes<'_>, Option<HashKey>)> {
        let whole = self.room.bytes();
        self.entries.iter().map(|(span, explicit_hash_key)| {
            let bytes = &whole[span.key_at as usize..span.end as usize];
            let key_len = (span.data_at - span.key_at) as usize;
            (KeyedBytes { bytes, key_len }, *explicit_hash_key)
        })
    }

    /// All records in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = EntryRef<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.room.clear();
        self.entries.clear();
    }
}

/// One stored record as a reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Its place in the shard.
    pub sequence: SequenceNumber,
    /// When the engine accepted it.
    pub arrival: Millis,
    /// The producer's key.
    pub partition_key: &'a str,
    /// The payload.
    pub data: &'a [u8],
}

impl RecordRef<'_> {
    /// What counts against limits: key and data.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.partition_key.len() + self.data.len()
    }
}

#[derive(Clone, Copy, Debug)]
struct Stored {
    span: Span,
    sequence: SequenceNumber,
    arrival: Millis,
}

/// Records of one shard, in sequence order.
#[derive(Clone, Debug, Default)]
pub struct RecordBatch {
    /// The shard that they came from.
    pub shard: ShardId,
    bytes: Vec<u8>,
    records: Vec<Stored>,
}

impl RecordBatch {
    /// An empty batch of `shard`.
    #[must_use]
    pub fn new(shard: ShardId) -> Self {
        Self { shard, ..Self::default() }
    }

    /// An empty batch of `shard` with room for so many records of so many bytes together.
    #[must_use]
    pub fn with_capacity(shard: ShardId, records: usize, bytes: usize) -> Self {
        Self { shard, bytes: Vec::with_capacity(bytes), records: Vec::with_capacity(records) }
    }

    /// Adds a record at the end.
    pub fn push(&mut self, record: RecordRef<'_>) {
        let span = Span::push(&mut self.bytes, record.partition_key, record.data);
        let RecordRef { sequence, arrival, .. } = record;
        self.records.push(Stored { span, sequence, arrival });
    }

    /// Adds records whose keys and data stand one behind the other in `stored`, at the end. Of
    /// each, in order, its sequence number, its arrival, the bytes of its key, and the bytes of key
    /// and data. Keys must be UTF-8.
    pub fn extend(
        &mut self,
        stored: &[u8],
        rows: impl Iterator<Item = (SequenceNumber, Millis, usize, usize)>,
    ) {
        let mut key_at = offset(self.bytes.len());
        self.bytes.extend_from_slice(stored);
        let last = offset(self.bytes.len());
        self.records.extend(rows.map(|(sequence, arrival, key_len, len)| {
            let span = Span { key_at, data_at: key_at + key_len as u32, end: key_at + len as u32 };
            key_at = span.end;
            Stored { span, sequence, arrival }
        }));
        assert!(key_at == last, "the rows are those of the stored bytes");
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// No records?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of all keys and data.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes of keys and data from the record at `first` to the one at `last`, both included.
    ///
    /// # Panics
    /// When one of them is not below `len`.
    #[must_use]
    pub fn bytes_between(&self, first: usize, last: usize) -> usize {
        let (first, last) = (&self.records[first].span, &self.records[last].span);
        (last.end - first.key_at) as usize
    }

    /// The record at `index`.
    ///
    /// # Panics
    /// When `index` is not below `len`.
    #[must_use]
    pub fn get(&self, index: usize) -> RecordRef<'_> {
        let stored = &self.records[index];
        RecordRef {
            sequence: stored.sequence,
            arrival: stored.arrival,
            partition_key: stored.span.key(&self.bytes),
            data: stored.span.data(&self.bytes),
        }
    }

    /// All records in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RecordRef<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The data of each record, in order: cheaper than the records themselves.
    pub fn data(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.records.iter().map(|stored| stored.span.data(&self.bytes))
    }

    /// The newest record.
    #[must_use]
    pub fn last(&self) -> Option<RecordRef<'_>> {
        self.len().checked_sub(1).map(|index| self.get(index))
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }
}
