//! Shards: identity, state, lineage.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::digits::write_digits;

/// The number of a shard in its stream. Numbers are handed out in order and never used again.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ShardId(pub u32);

impl ShardId {
    /// Reads `shardId-000000000003`, `shardId-3`, any other prefix before a dash, `003` or `3`, as
    /// Kinesis does. Numbers are below 2^31.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.split_once('-').map_or(text, |(_, digits)| digits);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().filter(|number| *number < 1 << 31).map(Self)
    }

    /// Three digits or more, for screens: `003`.
    #[must_use]
    pub fn short(self) -> String {
        format!("{:03}", self.0)
    }

    /// The name, in ASCII: `shardId-000000000003`.
    #[must_use]
    pub fn name(self) -> [u8; 20] {
        let mut name = *b"shardId-000000000000";
        write_digits(self.0.into(), &mut name[8..]);
        name
    }

    /// The position of this shard in its stream's list of all shards ever.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.name()).expect("invariant: it is ASCII"))
    }
}

/// Does a shard take writes?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShardState {
    /// Takes writes and reads.
    Open,
    /// Ended by a split or merge; readable until its records expire.
    Closed,
}

impl ShardState {
    /// The word shown to users.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }
}

/// Where a shard came from. Both are absent for the shards that a stream was created with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The shard that was split, or the first of the two that were merged.
    pub parent: Option<ShardId>,
    /// The second of two merged shards.
    pub adjacent_parent: Option<ShardId>,
}

impl Lineage {
    /// The parents: none, one or two.
    pub fn parents(&self) -> impl Iterator<Item = ShardId> + use<> {
        self.parent.into_iter().chain(self.adjacent_parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_ids_are_read_as_kinesis_tools_write_them() {
        for text in ["shardId-000000000007", "shardId-7", "shard-7", "-7", "007", "7"] {
            assert_eq!(ShardId::parse(text), Some(ShardId(7)), "{text}");
        }
        for text in ["", "x", "shardId-", "shardId-x", "shardId-7-8", "2147483648"] {
            assert_eq!(ShardId::parse(text), None, "{text}");
        }
        assert_eq!(ShardId(7).to_string(), "shardId-000000000007");
        assert_eq!(ShardId(u32::MAX).to_string(), "shardId-004294967295");
    }
}
