//! Operations on a stream as a whole.

use std::collections::BTreeSet;

use crate::api::{ShardDescription, Tags, WarmThroughput};
use crate::model::limits::{RECORD_KIB_MIN, RETENTION_HOURS_DEFAULT};
use crate::model::{
    HashKey, Level, Millis, RecordDistribution, ShardId, ShardLimits, ShardMetric, StreamMode,
    StreamName, StreamStatus,
};

/// CreateStream, with the settings that a session or an operator can give.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStream {
    /// The new stream's name; unused so far.
    pub stream: StreamName,
    /// Provisioned or on-demand.
    pub mode: StreamMode,
    /// Shards to begin with, 1 to 10,000; 4 for on-demand.
    pub shards: u32,
    /// The hash keys at which shards but the first begin, ascending, as many as there are shards
    /// without that one. Without them all shards are equal, as the API has it.
    pub cuts: Option<Vec<HashKey>>,
    /// How long records stay, in milliseconds; the command and session floors check 24 h..8760 h,
    /// a session may ask for less where it says so.
    pub retention_ms: u64,
    /// What an acknowledged record survives.
    pub level: Level,
    /// Limits of each shard.
    pub limits: ShardLimits,
    /// Largest record (key and data) in KiB, 1,024 to 10,240.
    pub record_kib_max: u32,
    /// What decides the shard of a record.
    pub distribution: RecordDistribution,
    /// Write throughput that is to be there at any time, MiB a second; on-demand streams of an
    /// account with a commitment only.
    pub warm_mib_per_s: Option<u32>,
    /// The key that records are said to be encrypted with: an id, an ARN or an alias, 1 to 2,048
    /// characters. The API wants StartStreamEncryption for it, a session says it here.
    pub key: Option<String>,
    /// Its tags, at most 50.
    pub tags: Tags,
}

impl CreateStream {
    /// A provisioned stream with every default of Kinesis.
    #[must_use]
    pub fn provisioned(stream: StreamName, shards: u32, level: Level) -> Self {
        Self {
            stream,
            mode: StreamMode::Provisioned,
            shards,
            cuts: None,
            retention_ms: u64::from(RETENTION_HOURS_DEFAULT) * 3_600_000,
            level,
            limits: ShardLimits::KINESIS,
            record_kib_max: RECORD_KIB_MIN,
            distribution: RecordDistribution::UserPartitionKey,
            warm_mib_per_s: None,
            key: None,
            tags: Tags::new(),
        }
    }
}

/// DeleteStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteStream {
    /// The stream.
    pub stream: StreamName,
    /// What becomes of its registered consumers.
    pub consumers: ConsumerDeletion,
}

/// What becomes of the registered consumers of a stream that is deleted (EnforceConsumerDeletion).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsumerDeletion {
    /// A stream that has some is not deleted.
    #[default]
    Refused,
    /// They are deleted with it.
    Enforced,
}

/// Change how long records stay, to any period: ours, for demos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRetention {
    /// The stream.
    pub stream: StreamName,
    /// The new period in milliseconds, above 0.
    pub retention_ms: u64,
}

/// UpdateMaxRecordSize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMaxRecordSize {
    /// The stream.
    pub stream: StreamName,
    /// Largest record (key and data) in KiB, 1,024 to 10,240.
    pub kib: u32,
}

/// Change the limits of each shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetShardLimits {
    /// The stream.
    pub stream: StreamName,
    /// The new limits.
    pub limits: ShardLimits,
}

/// DescribeStream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribeStream {
    /// The stream.
    pub stream: StreamName,
    /// Shards behind this one only.
    pub after: Option<ShardId>,
    /// At most so many shards, 1 to 10,000; 100 when not given, and 100 at most.
    pub limit: Option<u32>,
}

/// What there is to know of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamDescription {
    /// Its settings, with `shards` as they were at creation.
    pub settings: CreateStream,
    /// Where it is in its life.
    pub status: StreamStatus,
    /// When it was created.
    pub created: Millis,
    /// When the present transition ends, while in one.
    pub transition_ends: Option<Millis>,
    /// Shards that still hold records or take them, in order of their numbers.
    pub shards: Vec<ShardDescription>,
    /// Are there more behind these, which the request left out?
    pub has_more_shards: bool,
    /// How many registered consumers it has.
    pub consumers: u32,
    /// Metrics of its shards that are switched on.
    pub monitored: BTreeSet<ShardMetric>,
}

/// Answer to DescribeStreamSummary.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamSummary {
    /// Its settings, with `shards` as they were at creation.
    pub settings: CreateStream,
    /// Where it is in its life.
    pub status: StreamStatus,
    /// When it was created, which tells it from others of its name.
    pub created: Millis,
    /// Open shards.
    pub open_shards: u32,
    /// How many registered consumers it has.
    pub consumers: u32,
    /// Metrics of its shards that are switched on.
    pub monitored: BTreeSet<ShardMetric>,
    /// Its warm throughput, where that may be had: on-demand, with the account's commitment.
    pub warm: Option<WarmThroughput>,
}

/// ListStreams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListStreams {
    /// Streams behind this name only, whether it is there or not.
    pub after: Option<StreamName>,
    /// At most so many, 1 to 10,000; 100 when not given, and 100 at most.
    pub limit: Option<u32>,
    /// Where an answer before ended; goes before `after`.
    pub next_token: Option<String>,
}

/// One stream in a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedStream {
    /// Its name.
    pub name: StreamName,
    /// Where it is in its life.
    pub status: StreamStatus,
    /// Provisioned or on-demand.
    pub mode: StreamMode,
    /// When it was created.
    pub created: Millis,
}

/// Answer to ListStreams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamsPage {
    /// In order of names.
    pub streams: Vec<ListedStream>,
    /// Asks for the rest, if there is one (HasMoreStreams).
    pub next_token: Option<String>,
}
