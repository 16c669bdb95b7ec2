//! What a read hands out: consecutive records as they stand in a block, to be copied as one piece.

use std::ops::Range;

use crate::log::block::Block;
use crate::model::Millis;

/// Told of the records of a read, in order.
pub type Visit<'a> = dyn FnMut(Stretch<'_>) + 'a;

/// Consecutive records of one shard, whose keys and data stand one behind the other.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    block: &'a Block,
    positions: Range<usize>,
}

impl<'a> Stretch<'a> {
    pub(super) fn of(block: &'a Block, positions: Range<usize>) -> Self {
        Self { block, positions }
    }

    /// The index behind the last record.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.block.first() + self.positions.end as u64
    }

    /// Key and data of each record, one behind the other.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.block.stored(self.positions.clone())
    }

    /// Of each record its index, its arrival, the bytes of its key, and the bytes of key and data.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Millis, usize, usize)> + use<'a> {
        self.block.rows(self.positions.clone())
    }

    /// Each record: its index, arrival, key and data.
    pub fn records(&self) -> impl Iterator<Item = (u64, Millis, &'a str, &'a [u8])> + use<'a> {
        let mut rest = self.bytes();
        self.rows().map(move |(index, arrival, key_len, len)| {
            let (stored, behind) = rest.split_at(len);
            rest = behind;
            let (key, data) = stored.split_at(key_len);
            let key = std::str::from_utf8(key);
            (index, arrival, key.expect("invariant: a block holds keys that are UTF-8"), data)
        })
    }
}
