//! A consumer application: workers that share the shards of a stream.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{SettingError, StartingPosition, name, require};

/// A consumer application. Times are those of the Kinesis Client Library unless said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub stream: StreamName,
    /// Workers that it begins with, 1 to 100.
    #[serde(default = "default_workers")]
    pub workers: u32,
    /// A lease that was not renewed for so long is free to take, milliseconds, 1,000 to 600,000.
    #[serde(default = "default_failover_ms")]
    pub failover_ms: u64,
    /// How often a worker keeps how far it is, milliseconds, 100 to 600,000. What it has read since is
    /// read again by whoever takes its lease.
    #[serde(default = "default_checkpoint_ms")]
    pub checkpoint_ms: u64,
    /// Where to begin.
    #[serde(default)]
    pub start: StartingPosition,
}

fn default_workers() -> u32 {
    2
}

fn default_failover_ms() -> u64 {
    10_000
}

fn default_checkpoint_ms() -> u64 {
    5_000
}

impl ApplicationSettings {
    /// An application with two workers, from the oldest record on.
    #[must_use]
    pub fn new(name: PartName, stream: StreamName) -> Self {
        Self {
            name,
            stream,
            workers: default_workers(),
            failover_ms: default_failover_ms(),
            checkpoint_ms: default_checkpoint_ms(),
            start: StartingPosition::TrimHorizon,
        }
    }

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { workers, failover_ms, checkpoint_ms, .. } = self;
        require((1..=100).contains(workers), "workers", workers, "1 to 100")?;
        let rule = "1000 to 600000";
        require((1_000..=600_000).contains(failover_ms), "failover_ms", failover_ms, rule)?;
        let rule = "100 to 600000";
        require((100..=600_000).contains(checkpoint_ms), "checkpoint_ms", checkpoint_ms, rule)
    }
}
