//! What is said of a stream as a whole: mode, status, level, limits.

use serde::{Deserialize, Serialize};

use crate::model::limits;

/// Who decides the number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StreamMode {
    /// The operator.
    Provisioned,
    /// The service.
    OnDemand,
}

impl StreamMode {
    /// Four letters for tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provisioned => "PROV",
            Self::OnDemand => "ON-D",
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Provisioned => "PROVISIONED",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

/// What decides the shard of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RecordDistribution {
    /// The key that its producer gives.
    #[default]
    UserPartitionKey,
    /// The service, evenly; keys decide nothing. For on-demand streams only.
    Auto,
}

impl RecordDistribution {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UserPartitionKey => "USER_PARTITION_KEY",
            Self::Auto => "AUTO",
        }
    }
}

/// Where a stream is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StreamStatus {
    /// Requested, not yet usable.
    Creating,
    /// Takes everything.
    Active,
    /// Takes records, but no second change.
    Updating,
    /// Going away.
    Deleting,
}

impl StreamStatus {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
        }
    }
}

/// What an acknowledged record survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nothing but the process' own life: for tests and demos.
    Memory,
    /// `kill -9`: written to the operating system, synced within 50 ms.
    #[default]
    Process,
    /// A power cut: synced before it is acknowledged.
    Power,
}

impl Level {
    /// Every level, the weakest first.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Process, Self::Power];

    /// The level of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The word in session files and on screens.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Process => "process",
            Self::Power => "power",
        }
    }
}

/// Limits of each shard of a stream; `None` switches a limit off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardLimits {
    /// Records taken a second.
    pub write_records_per_s: Option<u64>,
    /// Bytes taken a second, partition keys included.
    pub write_bytes_per_s: Option<u64>,
    /// Bytes read a second by all shared readers together.
    pub read_bytes_per_s: Option<u64>,
    /// GetRecords calls answered a second, all shared readers together.
    pub read_calls_per_s: Option<u64>,
    /// Records read a second by all shared readers together; off in Kinesis as its model has it.
    pub read_records_per_s: Option<u64>,
    /// GetShardIterator calls answered a second, while the shard is open.
    pub iterator_calls_per_s: Option<u64>,
    /// Shared readers at once: DynamoDB's rule, which Kinesis does not have.
    pub readers_per_shard: Option<u64>,
}

impl ShardLimits {
    /// Kinesis' own limits.
    pub const KINESIS: Self = Self {
        write_records_per_s: Some(limits::SHARD_WRITE_RECORDS_PER_S),
        write_bytes_per_s: Some(limits::SHARD_WRITE_BYTES_PER_S),
        read_bytes_per_s: Some(limits::SHARD_READ_BYTES_PER_S),
        read_calls_per_s: Some(limits::SHARD_READ_CALLS_PER_S),
        read_records_per_s: None,
        iterator_calls_per_s: Some(limits::SHARD_ITERATOR_CALLS_PER_S),
        readers_per_shard: None,
    };

    /// No limits at all.
    pub const OFF: Self = Self {
        write_records_per_s: None,
        write_bytes_per_s: None,
        read_bytes_per_s: None,
        read_calls_per_s: None,
        read_records_per_s: None,
        iterator_calls_per_s: None,
        readers_per_shard: None,
    };

    /// Do they limit what is put?
    #[must_use]
    pub fn writes(&self) -> bool {
        self.write_records_per_s.is_some() || self.write_bytes_per_s.is_some()
    }
}

impl Default for ShardLimits {
    fn default() -> Self {
        Self::KINESIS
    }
}
