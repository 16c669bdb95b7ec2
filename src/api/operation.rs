//! Every operation, in one enum that is matched without a wildcard.

use crate::api::{
    AccountLimits, AccountSettings, CommitmentWish, ConsumerDescription, ConsumerPage, ConsumerRef,
    CreateStream, DeleteStream, DescribeStream, GetRecords, GetRecordsAnswer, GetShardIterator,
    LabelOperation, ListShards, ListStreamConsumers, ListStreams, MergeShards, MonitoredMetrics,
    PutRecord, PutRecordAnswer, PutRecords, PutRecordsAnswer, RegisterStreamConsumer, SetRetention,
    SetShardLimits, SettingOperation, ShardCounts, ShardIterator, ShardsPage, SplitShard,
    StreamDescription, StreamSummary, StreamsPage, TagsPage, UpdateShardCount, WarmThroughput,
};
use crate::model::{Action, StreamName};

/// Something asked of a stream service.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Create a stream.
    CreateStream(CreateStream),
    /// Delete a stream and its records.
    DeleteStream(DeleteStream),
    /// Describe one stream and its shards.
    DescribeStream(DescribeStream),
    /// Describe one stream without its shards.
    DescribeStreamSummary(StreamName),
    /// Name streams.
    ListStreams(ListStreams),
    /// List shards of a stream.
    ListShards(ListShards),
    /// Tell what the account may have, and has.
    DescribeLimits,
    /// Tell of the account's commitment.
    DescribeAccountSettings,
    /// Begin or end the account's commitment.
    UpdateAccountSettings(CommitmentWish),
    /// Put one record.
    PutRecord(PutRecord),
    /// Put up to 500 records.
    PutRecords(PutRecords),
    /// Get a read position.
    GetShardIterator(GetShardIterator),
    /// Read from a position.
    GetRecords(GetRecords),
    /// Ask whether an action with a DryRun parameter would be permitted.
    DryRun(Action),
    /// Register a consumer to be pushed to.
    RegisterStreamConsumer(RegisterStreamConsumer),
    /// Take such a consumer away.
    DeregisterStreamConsumer(ConsumerRef),
    /// Describe such a consumer.
    DescribeStreamConsumer(ConsumerRef),
    /// List such consumers of a stream.
    ListStreamConsumers(ListStreamConsumers),
    /// Divide a shard in two.
    SplitShard(SplitShard),
    /// Unite two adjacent shards.
    MergeShards(MergeShards),
    /// Scale a stream uniformly.
    UpdateShardCount(UpdateShardCount),
    /// Change what is set of a stream.
    Setting(SettingOperation),
    /// Tags and policies.
    Label(LabelOperation),
    /// Change the retention to any period: ours, for demos.
    SetRetention(SetRetention),
    /// Change the limits of each shard: ours, not Kinesis'.
    SetShardLimits(SetShardLimits),
}

impl From<SettingOperation> for Operation {
    fn from(setting: SettingOperation) -> Self {
        Self::Setting(setting)
    }
}

impl From<LabelOperation> for Operation {
    fn from(label: LabelOperation) -> Self {
        Self::Label(label)
    }
}

/// A call of the control plane: counted, and refused by the state of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control<'a> {
    /// The action.
    pub action: Action,
    /// The stream that it is about, if it is about one.
    pub stream: Option<&'a StreamName>,
}

impl Operation {
    /// The call that this is in the control plane; `None` for records and positions, whose shards
    /// have gates of their own, and for what Kinesis does not have.
    #[must_use]
    pub fn control(&self) -> Option<Control<'_>> {
        let action = self.action()?;
        Some(Control { action, stream: self.stream() })
    }

    /// The action of the control plane.
    const fn action(&self) -> Option<Action> {
        Some(match self {
            Self::CreateStream(_) => Action::CreateStream,
            Self::DeleteStream(_) => Action::DeleteStream,
            Self::DescribeStream(_) => Action::DescribeStream,
            Self::DescribeStreamSummary(_) => Action::DescribeStreamSummary,
            Self::ListStreams(_) => Action::ListStreams,
            Self::ListShards(_) => Action::ListShards,
            Self::DescribeLimits => Action::DescribeLimits,
            Self::DescribeAccountSettings => Action::DescribeAccountSettings,
            Self::UpdateAccountSettings(_) => Action::UpdateAccountSettings,
            Self::RegisterStreamConsumer(_) => Action::RegisterStreamConsumer,
            Self::DeregisterStreamConsumer(_) => Action::DeregisterStreamConsumer,
            Self::DescribeStreamConsumer(_) => Action::DescribeStreamConsumer,
            Self::ListStreamConsumers(_) => Action::ListStreamConsumers,
            Self::SplitShard(_) => Action::SplitShard,
            Self::MergeShards(_) => Action::MergeShards,
            Self::UpdateShardCount(_) => Action::UpdateShardCount,
            Self::Setting(setting) => setting.action(),
            Self::Label(label) => label.action(),
            Self::PutRecord(_)
            | Self::PutRecords(_)
            | Self::GetShardIterator(_)
            | Self::GetRecords(_)
            | Self::DryRun(_)
            | Self::SetRetention(_)
            | Self::SetShardLimits(_) => return None,
        })
    }

    /// The stream that it is about, if that is there and named.
    fn stream(&self) -> Option<&StreamName> {
        Some(match self {
            Self::DeleteStream(delete) => &delete.stream,
            Self::DescribeStream(describe) => &describe.stream,
            Self::DescribeStreamSummary(stream) => stream,
            Self::ListShards(list) => return list.stream.as_ref(),
            Self::PutRecord(put) => &put.stream,
            Self::PutRecords(put) => &put.stream,
            Self::GetShardIterator(get) => &get.stream,
            Self::GetRecords(get) => &get.iterator.stream,
            Self::RegisterStreamConsumer(register) => &register.stream,
            Self::DeregisterStreamConsumer(which) | Self::DescribeStreamConsumer(which) => {
                which.stream()
            }
            Self::ListStreamConsumers(list) => &list.stream,
            Self::SplitShard(split) => &split.stream,
            Self::MergeShards(merge) => &merge.stream,
            Self::UpdateShardCount(update) => &update.stream,
            Self::Setting(setting) => setting.stream(),
            Self::Label(label) => label.stream(),
            Self::SetRetention(set) => &set.stream,
            Self::SetShardLimits(set) => &set.stream,
            Self::CreateStream(_)
            | Self::ListStreams(_)
            | Self::DescribeLimits
            | Self::DescribeAccountSettings
            | Self::UpdateAccountSettings(_)
            | Self::DryRun(_) => return None,
        })
    }
}

/// What was answered. The variant fits the operation.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Done; nothing to tell.
    Done,
    /// To DescribeStream.
    Stream(Box<StreamDescription>),
    /// To DescribeStreamSummary.
    Summary(Box<StreamSummary>),
    /// To ListStreams.
    Streams(StreamsPage),
    /// To ListShards.
    Shards(ShardsPage),
    /// To DescribeLimits.
    Limits(AccountLimits),
    /// To DescribeAccountSettings and UpdateAccountSettings.
    Account(AccountSettings),
    /// To UpdateShardCount.
    Scaling(ShardCounts),
    /// To UpdateStreamWarmThroughput.
    Warm(WarmThroughput),
    /// To EnableEnhancedMonitoring and DisableEnhancedMonitoring.
    Monitoring(MonitoredMetrics),
    /// To ListTagsForStream and ListTagsForResource.
    Tags(TagsPage),
    /// To GetResourcePolicy: a JSON object.
    Policy(String),
    /// To PutRecord.
    PutOne(PutRecordAnswer),
    /// To PutRecords.
    Put(PutRecordsAnswer),
    /// To GetShardIterator.
    Iterator(ShardIterator),
    /// To RegisterStreamConsumer and DescribeStreamConsumer.
    Consumer(ConsumerDescription),
    /// To ListStreamConsumers.
    Consumers(ConsumerPage),
    /// To GetRecords.
    Records(GetRecordsAnswer),
}
