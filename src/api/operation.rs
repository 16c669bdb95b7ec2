//! Every operation, in one enum that is matched without a wildcard.

use crate::api::{
    CreateStream, GetRecords, GetRecordsAnswer, GetShardIterator, ListShards, MergeShards,
    PutRecord, PutRecordAnswer, PutRecords, PutRecordsAnswer, SetRetention, SetShardLimits,
    ShardCounts, ShardDescription, ShardIterator, SplitShard, StreamDescription,
    UpdateMaxRecordSize, UpdateShardCount,
};
use crate::model::StreamName;

/// Something asked of a stream service.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Create a stream.
    CreateStream(CreateStream),
    /// Delete a stream and its records.
    DeleteStream(StreamName),
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
    /// To GetRecords.
    Records(GetRecordsAnswer),
}
