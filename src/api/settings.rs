//! Operations that change what is kept of a stream.

use std::collections::BTreeSet;

use crate::model::{RecordDistribution, ShardMetric, StreamMode, StreamName};

/// IncreaseStreamRetentionPeriod, or DecreaseStreamRetentionPeriod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRetention {
    /// The stream.
    pub stream: StreamName,
    /// The new period, 24 to 8,760 hours.
    pub hours: u32,
}

/// UpdateStreamMode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateStreamMode {
    /// The stream.
    pub stream: StreamName,
    /// The new mode.
    pub mode: StreamMode,
    /// Write throughput that is to be there at any time, MiB a second; on-demand only.
    pub warm_mib_per_s: Option<u32>,
}

/// UpdateStreamWarmThroughput.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateWarmThroughput {
    /// The stream.
    pub stream: StreamName,
    /// Write throughput that is to be there at any time, MiB a second.
    pub mib_per_s: u32,
}

/// Write throughput of an on-demand stream, MiB a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmThroughput {
    /// What it was asked to have at any time.
    pub target: u32,
    /// What it has.
    pub current: u32,
}

/// UpdateStreamRecordDistributionStrategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateDistribution {
    /// The stream.
    pub stream: StreamName,
    /// What decides the shard of records from now on.
    pub distribution: RecordDistribution,
}

/// StartStreamEncryption, or StopStreamEncryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEncryption {
    /// The stream.
    pub stream: StreamName,
    /// The key: an id, an ARN or an alias, 1 to 2,048 characters.
    pub key: String,
}

/// EnableEnhancedMonitoring, or DisableEnhancedMonitoring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnhancedMonitoring {
    /// The stream.
    pub stream: StreamName,
    /// The metrics to switch, 1 to 7; `ALL` on the wire means every one.
    pub metrics: BTreeSet<ShardMetric>,
}

/// Answer to both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoredMetrics {
    /// What was on before.
    pub before: BTreeSet<ShardMetric>,
    /// What is on after.
    pub after: BTreeSet<ShardMetric>,
}
