//! Operations on the shards of a stream.

use crate::model::{
    HashKey, HashKeyRange, Lineage, Millis, SequenceNumber, ShardId, ShardState, StreamName,
};

/// ListShards: every shard within retention, or only open ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListShards {
    /// The stream.
    pub stream: StreamName,
    /// Which shards.
    pub filter: ShardFilter,
}

/// Which shards ListShards returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardFilter {
    /// Every shard within retention, open or closed.
    FromTrimHorizon,
    /// Shards open now.
    AtLatest,
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
