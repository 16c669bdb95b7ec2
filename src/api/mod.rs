//! Floor 1: what is asked of a stream service and what it answers, as types.
//!
//! The same operations go to the embedded engine, the simulator and, later, a remote endpoint.
//! Absent here: the wire form, which is `wire`'s, but for what clients of the service put into a record
//! (`aggregate.rs`).

pub mod account;
pub mod aggregate;
pub mod constraints;
pub mod consumers;
pub mod error;
pub mod operation;
pub mod records;
pub mod settings;
pub mod shards;
pub mod streams;
pub mod tags;

// Positions and filters are words of `rules` too, so they stand a floor below.
pub use crate::model::{
    AskedPosition, IteratorKind, IteratorType, RawPosition, ShardFilter, ShardIterator,
};
pub use account::{AccountLimits, AccountSettings, CommitmentWish};
pub use consumers::{
    ConsumerDescription, ConsumerPage, ConsumerRef, ListStreamConsumers, Push, Pushed,
    RegisterStreamConsumer, SubscribeToShard, SubscribeToShardEvent, SubscriptionEnd,
};
pub use error::{ApiError, EntryError};
pub use operation::{Answer, Control, Operation, Reply};
pub use records::{
    ChildShard, GetRecords, GetRecordsAnswer, GetShardIterator, PutOutcome, PutRecord,
    PutRecordAnswer, PutRecords, PutRecordsAnswer,
};
pub use settings::{
    ChangeRetention, EnhancedMonitoring, MonitoredMetrics, SettingOperation, StreamEncryption,
    UpdateDistribution, UpdateStreamMode, UpdateWarmThroughput, WarmThroughput,
};
pub use shards::{
    ListShards, MergeShards, ShardCounts, ShardDescription, ShardsPage, SplitShard,
    UpdateShardCount,
};
pub use streams::{
    ConsumerDeletion, CreateStream, DeleteStream, DescribeStream, ListStreams, ListedStream,
    SetRetention, SetShardLimits, StreamDescription, StreamSummary, StreamsPage,
    UpdateMaxRecordSize,
};
pub use tags::{AddTags, LabelOperation, ListTags, PutPolicy, RemoveTags, Tags, TagsPage};
