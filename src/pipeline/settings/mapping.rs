//! What reads a stream: event source mappings and plain readers.

use serde::{Deserialize, Serialize};

use crate::model::limits::{
    GET_RECORDS_MAX, MAPPING_BATCH_SIZE_DEFAULT, MAPPING_BATCH_SIZE_MAX, MAPPING_RETRIES_MAX,
    MAPPING_WINDOW_MS_MAX, PARALLELIZATION_FACTOR_MAX,
};
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{SettingError, name, require};

/// An event source mapping: a stream, a function, and the rules between them. Ranges are Lambda's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    pub stream: StreamName,
    /// The function that it invokes.
    #[serde(with = "name::part")]
    pub function: PartName,
    /// Most records in one invocation, 1 to 10,000.
    #[serde(default = "default_batch_size")]
    pub batch_size: u32,
    /// How long to wait for a full batch, milliseconds, 0 to 300,000.
    #[serde(default)]
    pub window_ms: u64,
    /// Concurrent batches of one shard, 1 to 10; order then holds per key.
    #[serde(default = "default_parallelization_factor")]
    pub parallelization_factor: u32,
    /// Retries of a failed batch, -1 (until the records expire) to 10,000.
    #[serde(default = "default_retries")]
    pub retries: i32,
    /// Where to begin.
    #[serde(default)]
    pub start: StartingPosition,
    /// Begins disabled: reads nothing and invokes nothing.
    #[serde(default)]
    pub paused: bool,
}

/// Where a consumer without a checkpoint begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartingPosition {
    /// At the oldest record.
    #[default]
    TrimHorizon,
    /// After the newest record.
    Latest,
}

fn default_batch_size() -> u32 {
    MAPPING_BATCH_SIZE_DEFAULT
}

fn default_parallelization_factor() -> u32 {
    1
}

fn default_retries() -> i32 {
    -1
}

impl MappingSettings {
    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { batch_size, window_ms, parallelization_factor, retries, .. } = self;
        require(
            (1..=MAPPING_BATCH_SIZE_MAX).contains(batch_size),
            "batch_size",
            batch_size,
            format!("1 to {MAPPING_BATCH_SIZE_MAX}"),
        )?;
        require(
            *window_ms <= MAPPING_WINDOW_MS_MAX,
            "window_ms",
            window_ms,
            format!("0 to {MAPPING_WINDOW_MS_MAX}"),
        )?;
        require(
            (1..=PARALLELIZATION_FACTOR_MAX).contains(parallelization_factor),
            "parallelization_factor",
            parallelization_factor,
            format!("1 to {PARALLELIZATION_FACTOR_MAX}"),
        )?;
        require(
            (-1..=MAPPING_RETRIES_MAX).contains(retries),
            "retries",
            retries,
            format!("-1 to {MAPPING_RETRIES_MAX}"),
        )
    }
}

/// A plain reader: a GetRecords loop on every shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReaderSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    pub stream: StreamName,
    /// Pause between two calls on a shard, milliseconds, 1 to 60,000.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// Most records a call, 1 to 10,000.
    #[serde(default = "default_limit")]
    pub limit: usize,
    /// Where to begin.
    #[serde(default)]
    pub start: StartingPosition,
}

fn default_interval_ms() -> u64 {
    1_000
}

fn default_limit() -> usize {
    GET_RECORDS_MAX
}

impl ReaderSettings {
    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { interval_ms, limit, .. } = self;
        require((1..=60_000).contains(interval_ms), "interval_ms", interval_ms, "1 to 60000")?;
        require((1..=GET_RECORDS_MAX).contains(limit), "limit", limit, "1 to 10000")
    }
}
