//! What a read hands out: consecutive records as they stand in memory, to be copied as one piece.

use crate::log::block::Entry;
use crate::model::Millis;

/// Told of the records of a read, in order.
pub type Visit<'a> = dyn FnMut(Stretch<'_>) + 'a;

/// Consecutive records of one shard, whose keys and data stand one behind the other.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    first: u64,
    entries: &'a [Entry],
    bytes: &'a [u8],
}

impl<'a> Stretch<'a> {
    pub(super) fn new(first: u64, entries: &'a [Entry], bytes: &'a [u8]) -> Self {
        Self { first, entries, bytes }
    }

    /// The index behind the last record.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Key and data of each record, one behind the other.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Of each record its index, its arrival, the bytes of its key, and the bytes of key and data.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Millis, usize, usize)> + use<'a> {
        let row = |(index, entry): (u64, &Entry)| {
            (index, entry.arrival, entry.key_len as usize, entry.len as usize)
        };
        (self.first..).zip(self.entries).map(row)
    }

    /// Each record: its index, arrival, key and data.
    pub fn records(&self) -> impl Iterator<Item = (u64, Millis, &'a str, &'a [u8])> + use<'a> {
        let mut rest = self.bytes;
        self.rows().map(move |(index, arrival, key_len, len)| {
            let (stored, behind) = rest.split_at(len);
            rest = behind;
            let (key, data) = stored.split_at(key_len);
            let key = std::str::from_utf8(key);
            (index, arrival, key.expect("invariant: a block holds keys that are UTF-8"), data)
        })
    }
}
