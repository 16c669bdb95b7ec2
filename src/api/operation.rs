//! Every operation, in one enum that is matched without a wildcard.

use crate::api::{
    AccountLimits, AccountSettings, ApiError, CommitmentWish, ConsumerDescription, ConsumerPage,
    ConsumerRef, CreateStream, DeleteStream, DescribeStream, GetRecords, GetRecordsAnswer,
    GetShardIterator, LabelOperation, ListShards, ListStreamConsumers, ListStreams, MergeShards,
    MonitoredMetrics, PutRecord, PutRecordAnswer, PutRecords, PutRecordsAnswer,
    RegisterStreamConsumer, SetRetention, SetShardLimits, SettingOperation, ShardCounts,
    ShardIterator, ShardsPage, SplitShard, StreamDescription, StreamSummary, StreamsPage, TagsPage,
    UpdateShardCount, WarmThroughput,
};
use crate::model::{Action, JournalPosition, StreamName};

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
    /// Does it put records?
    #[must_use]
    pub fn is_put(&self) -> bool {
        matches!(self, Self::PutRecord(_) | Self::PutRecords(_))
    }

    /// The call that this is in the control plane; `None` for records and positions, whose shards
    /// have gates of their own, and for what Kinesis does not have.
    #[must_use]
    pub fn control(&self) -> Option<Control<'_>> {
        let (action, stream) = match self {
            Self::CreateStream(_) => (Action::CreateStream, None),
            Self::DeleteStream(delete) => (Action::DeleteStream, Some(&delete.stream)),
            Self::DescribeStream(asked) => (Action::DescribeStream, Some(&asked.stream)),
            Self::DescribeStreamSummary(stream) => (Action::DescribeStreamSummary, Some(stream)),
            Self::ListStreams(_) => (Action::ListStreams, None),
            // Beside a token a stream is refused, whether it is there or not.
            Self::ListShards(list) if list.next_token.is_some() => (Action::ListShards, None),
            Self::ListShards(list) => (Action::ListShards, list.stream.as_ref()),
            Self::DescribeLimits => (Action::DescribeLimits, None),
            Self::DescribeAccountSettings => (Action::DescribeAccountSettings, None),
            Self::UpdateAccountSettings(_) => (Action::UpdateAccountSettings, None),
            Self::RegisterStreamConsumer(register) => {
                (Action::RegisterStreamConsumer, Some(&register.stream))
            }
            Self::DeregisterStreamConsumer(which) => {
                (Action::DeregisterStreamConsumer, Some(which.stream()))
            }
            Self::DescribeStreamConsumer(which) => {
                (Action::DescribeStreamConsumer, Some(which.stream()))
            }
            Self::ListStreamConsumers(list) => (Action::ListStreamConsumers, Some(&list.stream)),
            Self::SplitShard(split) => (Action::SplitShard, Some(&split.stream)),
            Self::MergeShards(merge) => (Action::MergeShards, Some(&merge.stream)),
            Self::UpdateShardCount(update) => (Action::UpdateShardCount, Some(&update.stream)),
            Self::Setting(setting) => (setting.action(), Some(setting.stream())),
            Self::Label(label) => (label.action(), Some(label.stream())),
            Self::PutRecord(_)
            | Self::PutRecords(_)
            | Self::GetShardIterator(_)
            | Self::GetRecords(_)
            | Self::DryRun(_)
            | Self::SetRetention(_)
            | Self::SetShardLimits(_) => return None,
        };
        Some(Control { action, stream })
    }
}

/// What a service answered.
pub type Reply = Result<Answer, ApiError>;

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

impl Answer {
    /// The position of the journal that it waits for, if it counts only once the disk has come there.
    #[must_use]
    pub const fn waits_for(&self) -> Option<JournalPosition> {
        match self {
            Self::PutOne(put) => put.waits_for,
            Self::Put(put) => put.waits_for,
            Self::Done
            | Self::Stream(_)
            | Self::Summary(_)
            | Self::Streams(_)
            | Self::Shards(_)
            | Self::Limits(_)
            | Self::Account(_)
            | Self::Scaling(_)
            | Self::Warm(_)
            | Self::Monitoring(_)
            | Self::Tags(_)
            | Self::Policy(_)
            | Self::Iterator(_)
            | Self::Consumer(_)
            | Self::Consumers(_)
            | Self::Records(_) => None,
        }
    }
}
