//! Operations on registered consumers, and what is pushed to them.

use crate::api::{ApiError, ChildShard, Tags};
use crate::model::{
    AskedPosition, ConsumerArn, ConsumerName, ConsumerStatus, Encryption, Millis, RecordBatch,
    SequenceNumber, ShardId, StreamName, SubscriptionId,
};

/// RegisterStreamConsumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterStreamConsumer {
    /// The stream.
    pub stream: StreamName,
    /// The new consumer's name; unused on that stream so far.
    pub consumer: ConsumerName,
    /// Its tags, at most 50.
    pub tags: Tags,
}

/// Which consumer Deregister- and DescribeStreamConsumer are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumerRef {
    /// The one of that name for all time.
    Arn(ConsumerArn),
    /// The one that has that name now.
    Name {
        /// The stream.
        stream: StreamName,
        /// Its name there.
        consumer: ConsumerName,
    },
}

impl ConsumerRef {
    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        match self {
            Self::Arn(arn) => &arn.stream,
            Self::Name { stream, .. } => stream,
        }
    }
}

/// ListStreamConsumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListStreamConsumers {
    /// The stream.
    pub stream: StreamName,
    /// When that stream was created, to tell it from others of its name.
    pub stream_created: Option<Millis>,
    /// At most so many, 1 to 10,000; 100 when not given.
    pub max_results: Option<u32>,
    /// Where an answer before ended.
    pub next_token: Option<String>,
}

/// What there is to know of a registered consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerDescription {
    /// Its name for all time.
    pub arn: ConsumerArn,
    /// Where it is in its life.
    pub status: ConsumerStatus,
    /// When it was registered.
    pub created: Millis,
}

/// Answer to ListStreamConsumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerPage {
    /// In order of names.
    pub consumers: Vec<ConsumerDescription>,
    /// Asks for the rest, if there is one.
    pub next_token: Option<String>,
}

/// SubscribeToShard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeToShard {
    /// Who.
    pub consumer: ConsumerArn,
    /// The shard.
    pub shard: ShardId,
    /// Where to begin.
    pub position: AskedPosition,
}

/// SubscribeToShardEvent.
#[derive(Clone, Debug)]
pub struct SubscribeToShardEvent {
    /// The records, possibly none.
    pub records: RecordBatch,
    /// How records were encrypted, by the time of their arrival.
    pub encryption: Encryption,
    /// Go on after it with a new subscription; `None` when a closed shard is read out.
    pub continuation_sequence_number: Option<SequenceNumber>,
    /// How far the last record is from the tip of the shard; 0 is caught up.
    pub millis_behind_latest: u64,
    /// The children, at the end of a closed shard only.
    pub child_shards: Vec<ChildShard>,
}

/// Why a subscription is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionEnd {
    /// It lived its five minutes.
    Expired,
    /// The shard is closed and read out.
    ShardEnd,
    /// An error that the subscriber is told: another subscription took over, the consumer or the
    /// stream is gone, the log failed.
    Failed(ApiError),
}

/// What a subscriber is told.
#[derive(Clone, Debug)]
pub enum Pushed {
    /// Records, or that there are none.
    Event(SubscribeToShardEvent),
    /// Nothing follows.
    End(SubscriptionEnd),
}

/// Something for one subscriber.
#[derive(Clone, Debug)]
pub struct Push {
    /// Whose.
    pub subscription: SubscriptionId,
    /// What.
    pub what: Pushed,
}
