//! Operations on a stream as a whole.

use crate::api::ShardDescription;
use crate::model::limits::{RECORD_KIB_MIN, RETENTION_HOURS_DEFAULT};
use crate::model::{Level, Millis, ShardLimits, StreamMode, StreamName, StreamStatus};

/// CreateStream, with the settings that a session or an operator can give.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStream {
    /// The new stream's name; unused so far.
    pub stream: StreamName,
    /// Provisioned or on-demand.
    pub mode: StreamMode,
    /// Shards to begin with, 1 to 10,000; 4 for on-demand.
    pub shards: u32,
    /// How long records stay, in milliseconds; the command and session floors check 24 h..8760 h,
    /// a session may ask for less where it says so.
    pub retention_ms: u64,
    /// What an acknowledged record survives.
    pub level: Level,
    /// Limits of each shard.
    pub limits: ShardLimits,
    /// Largest record (key and data) in KiB, 1,024 to 10,240.
    pub record_kib_max: u32,
}

impl CreateStream {
    /// A provisioned stream with every default of Kinesis.
    #[must_use]
    pub fn provisioned(stream: StreamName, shards: u32, level: Level) -> Self {
        Self {
            stream,
            mode: StreamMode::Provisioned,
            shards,
            retention_ms: u64::from(RETENTION_HOURS_DEFAULT) * 3_600_000,
            level,
            limits: ShardLimits::KINESIS,
            record_kib_max: RECORD_KIB_MIN,
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

/// Change how long records stay.
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
    /// All shards that still hold records or take them, in order of their numbers.
    pub shards: Vec<ShardDescription>,
    /// How many registered consumers it has.
    pub consumers: u32,
}
