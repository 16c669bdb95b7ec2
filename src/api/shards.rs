//! Operations on the shards of a stream.

use crate::model::{
    HashKey, HashKeyRange, Lineage, Millis, SequenceNumber, ShardFilter, ShardId, ShardState,
    StreamName,
};

/// ListShards: of a stream, or on from a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListShards {
    /// The stream.
    pub stream: Option<StreamName>,
    /// When that stream was created, to tell it from others of its name.
    pub stream_created: Option<Millis>,
    /// Shards behind this one only.
    pub after: Option<ShardId>,
    /// Which shards; every one within retention when not given.
    pub filter: Option<ShardFilter>,
    /// At most so many, 1 to 10,000; 1,000 when not given, and 1,000 at most.
    pub max_results: Option<u32>,
    /// Where an answer before ended. It says all of the above but `max_results`.
    pub next_token: Option<String>,
}

impl ListShards {
    /// The first page of every shard of a stream within retention.
    #[must_use]
    pub fn of(stream: StreamName) -> Self {
        Self { stream: Some(stream), ..Self::default() }
    }

    /// The page that a token asks for.
    #[must_use]
    pub fn next(token: String) -> Self {
        Self { next_token: Some(token), ..Self::default() }
    }
}

/// Answer to ListShards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardsPage {
    /// In order of their numbers.
    pub shards: Vec<ShardDescription>,
    /// Asks for the rest, if there is one.
    pub next_token: Option<String>,
}

/// SplitShard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitShard {
    /// The stream.
    pub stream: StreamName,
    /// The shard to divide.
    pub shard: ShardId,
    /// First key of the upper child.
    pub new_starting_hash_key: HashKey,
}

/// MergeShards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeShards {
    /// The stream.
    pub stream: StreamName,
    /// The lower shard.
    pub shard: ShardId,
    /// The shard whose range begins where the first ends.
    pub adjacent: ShardId,
}

/// UpdateShardCount, uniform scaling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateShardCount {
    /// The stream.
    pub stream: StreamName,
    /// Open shards wanted, half to double of the present number.
    pub target: u32,
}

/// Answer to UpdateShardCount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardCounts {
    /// Open shards when it was asked.
    pub current: u32,
    /// Open shards wanted.
    pub target: u32,
}

/// What there is to know of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardDescription {
    /// Its number.
    pub shard: ShardId,
    /// Does it take writes?
    pub state: ShardState,
    /// The keys that it covers, or covered.
    pub range: HashKeyRange,
    /// Where it came from.
    pub lineage: Lineage,
    /// When it was created.
    pub created: Millis,
    /// When it was closed.
    pub closed: Option<Millis>,
    /// The number that it starts with.
    pub starting_sequence: SequenceNumber,
    /// The number that ended it.
    pub ending_sequence: Option<SequenceNumber>,
}
