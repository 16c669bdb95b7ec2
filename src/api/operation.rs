//! Every operation, in one enum that is matched without a wildcard.

use crate::api::{
    ConsumerDescription, ConsumerPage, ConsumerRef, CreateStream, DeleteStream, GetRecords,
    GetRecordsAnswer, GetShardIterator, ListShards, ListStreamConsumers, MergeShards, PutRecord,
    PutRecordAnswer, PutRecords, PutRecordsAnswer, RegisterStreamConsumer, SetRetention,
    SetShardLimits, ShardCounts, ShardDescription, ShardIterator, SplitShard, StreamDescription,
    UpdateMaxRecordSize, UpdateShardCount,
};
use crate::model::{Action, StreamName};

/// Something asked of a stream service.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Create a stream.
    CreateStream(CreateStream),
    /// Delete a stream and its records.
    DeleteStream(DeleteStream),
    /// Describe one stream with all its shards.
    DescribeStream(StreamName),
    /// Name all streams.
    ListStreams,
    /// List shards of a stream.
    ListShards(ListShards),
    /// Put one record.
    PutRecord(PutRecord),
    /// Put up to 500 records.
    PutRecords(PutRecords),
    /// Get a read position.
    GetShardIterator(GetShardIterator),
    /// Read from a position.
    GetRecords(GetRecords),
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
    /// Change the retention (Increase- and DecreaseStreamRetentionPeriod).
    SetRetention(SetRetention),
    /// Change how large a record may be.
    UpdateMaxRecordSize(UpdateMaxRecordSize),
    /// Change the limits of each shard: ours, not Kinesis'.
    SetShardLimits(SetShardLimits),
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
        let (action, stream) = match self {
            Self::CreateStream(_) => (Action::CreateStream, None),
            Self::DeleteStream(delete) => (Action::DeleteStream, Some(&delete.stream)),
            Self::DescribeStream(stream) => (Action::DescribeStream, Some(stream)),
            Self::ListStreams => (Action::ListStreams, None),
            Self::ListShards(list) => (Action::ListShards, Some(&list.stream)),
            Self::SplitShard(split) => (Action::SplitShard, Some(&split.stream)),
            Self::MergeShards(merge) => (Action::MergeShards, Some(&merge.stream)),
            Self::UpdateShardCount(update) => (Action::UpdateShardCount, Some(&update.stream)),
            Self::UpdateMaxRecordSize(update) => {
                (Action::UpdateMaxRecordSize, Some(&update.stream))
            }
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
            Self::PutRecord(_)
            | Self::PutRecords(_)
            | Self::GetShardIterator(_)
            | Self::GetRecords(_)
            | Self::SetRetention(_)
            | Self::SetShardLimits(_) => return None,
        };
        Some(Control { action, stream })
    }
}

/// What was answered. The variant fits the operation.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Done; nothing to tell.
    Done,
    /// To DescribeStream.
    Stream(Box<StreamDescription>),
    /// To ListStreams, sorted.
    Streams(Vec<StreamName>),
    /// To ListShards.
    Shards(Vec<ShardDescription>),
    /// To UpdateShardCount.
    Scaling(ShardCounts),
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
