//! Operations that change what is set of a stream.

use std::collections::BTreeSet;

use crate::api::UpdateMaxRecordSize;
use crate::model::{
    Action, EncryptionType, RecordDistribution, ShardMetric, StreamMode, StreamName,
};

/// Something asked to be set of a stream.
#[derive(Clone, Debug)]
pub enum SettingOperation {
    /// Let the operator or the service decide the number of shards.
    UpdateStreamMode(UpdateStreamMode),
    /// Have throughput of an on-demand stream ready.
    UpdateStreamWarmThroughput(UpdateWarmThroughput),
    /// Let keys or the service decide the shards of records.
    UpdateStreamRecordDistributionStrategy(UpdateDistribution),
    /// Keep records longer.
    IncreaseStreamRetentionPeriod(ChangeRetention),
    /// Keep records for less time.
    DecreaseStreamRetentionPeriod(ChangeRetention),
    /// Change how large a record may be.
    UpdateMaxRecordSize(UpdateMaxRecordSize),
    /// Encrypt records from now on, or with another key.
    StartStreamEncryption(StreamEncryption),
    /// Encrypt records no longer.
    StopStreamEncryption(StreamEncryption),
    /// Switch metrics of shards on.
    EnableEnhancedMonitoring(EnhancedMonitoring),
    /// Switch metrics of shards off.
    DisableEnhancedMonitoring(EnhancedMonitoring),
}

impl SettingOperation {
    /// The action that this is.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::UpdateStreamMode(_) => Action::UpdateStreamMode,
            Self::UpdateStreamWarmThroughput(_) => Action::UpdateStreamWarmThroughput,
            Self::UpdateStreamRecordDistributionStrategy(_) => {
                Action::UpdateStreamRecordDistributionStrategy
            }
            Self::IncreaseStreamRetentionPeriod(_) => Action::IncreaseStreamRetentionPeriod,
            Self::DecreaseStreamRetentionPeriod(_) => Action::DecreaseStreamRetentionPeriod,
            Self::UpdateMaxRecordSize(_) => Action::UpdateMaxRecordSize,
            Self::StartStreamEncryption(_) => Action::StartStreamEncryption,
            Self::StopStreamEncryption(_) => Action::StopStreamEncryption,
            Self::EnableEnhancedMonitoring(_) => Action::EnableEnhancedMonitoring,
            Self::DisableEnhancedMonitoring(_) => Action::DisableEnhancedMonitoring,
        }
    }

    /// The stream.
    #[must_use]
    pub const fn stream(&self) -> &StreamName {
        match self {
            Self::UpdateStreamMode(update) => &update.stream,
            Self::UpdateStreamWarmThroughput(update) => &update.stream,
            Self::UpdateStreamRecordDistributionStrategy(update) => &update.stream,
            Self::IncreaseStreamRetentionPeriod(change)
            | Self::DecreaseStreamRetentionPeriod(change) => &change.stream,
            Self::UpdateMaxRecordSize(update) => &update.stream,
            Self::StartStreamEncryption(change) | Self::StopStreamEncryption(change) => {
                &change.stream
            }
            Self::EnableEnhancedMonitoring(change) | Self::DisableEnhancedMonitoring(change) => {
                &change.stream
            }
        }
    }
}

/// IncreaseStreamRetentionPeriod, or DecreaseStreamRetentionPeriod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRetention {
    /// The stream.
    pub stream: StreamName,
    /// The new period, 24 to 8,760 hours; what else is asked is refused.
    pub hours: i64,
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
    /// How; only with a key of the key management service is allowed.
    pub kind: EncryptionType,
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
