//! Which shards of a stream a list is about.

use crate::model::{Millis, ShardId};

/// Which shards ListShards returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShardFilter {
    /// Those with a higher number.
    AfterShardId(ShardId),
    /// Those that were open at the trim horizon.
    AtTrimHorizon,
    /// Every one within retention, open or closed.
    #[default]
    FromTrimHorizon,
    /// Those that are open now.
    AtLatest,
    /// Those that were open at that time.
    AtTimestamp(Millis),
    /// Those that were open at that time or later; a time before the horizon is the horizon.
    FromTimestamp(Millis),
}

impl ShardFilter {
    /// The word of its type on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AfterShardId(_) => "AFTER_SHARD_ID",
            Self::AtTrimHorizon => "AT_TRIM_HORIZON",
            Self::FromTrimHorizon => "FROM_TRIM_HORIZON",
            Self::AtLatest => "AT_LATEST",
            Self::AtTimestamp(_) => "AT_TIMESTAMP",
            Self::FromTimestamp(_) => "FROM_TIMESTAMP",
        }
    }
}
