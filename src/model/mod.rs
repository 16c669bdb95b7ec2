//! Floor 0: the words. Values that are correct by construction, and no behavior beyond that.
//!
//! Nothing here knows of requests, disks or screens. Every cap and default stands in [`limits`].

pub mod action;
pub mod batch;
pub mod chance;
pub mod commitment;
pub mod consumer;
pub mod date;
mod digits;
pub mod encryption;
pub mod event;
pub mod hash_key;
pub mod histogram;
pub mod iterator;
pub mod limits;
pub mod mapping;
pub mod metric;
pub mod name;
pub mod position;
pub mod quota;
pub mod resource;
mod room;
pub mod sequence;
pub mod shard;
pub mod shard_filter;
pub mod stream;
pub mod tally;
pub mod time;
mod words;

pub use action::Action;
pub use batch::{EntryBatch, EntryRef, KeyedBytes, RecordBatch, RecordRef};
pub use commitment::CommitmentStatus;
pub use consumer::{ConsumerArn, ConsumerStatus, SubscriptionId};
pub use encryption::{Encryption, EncryptionType};
pub use event::{Event, EventKind, Severity};
pub use hash_key::{HashKey, HashKeyRange};
pub use histogram::Histogram;
pub use iterator::{
    AskedPosition, IteratorKind, IteratorType, RawPosition, ReaderId, ShardIterator,
};
pub use mapping::MappingState;
pub use metric::ShardMetric;
pub use name::{ACCOUNT, ConsumerName, NameError, PartName, REGION, StreamName};
pub use position::JournalPosition;
pub use quota::{Quotas, Switch};
pub use resource::Resource;
pub use room::Kept;
pub use sequence::{SequenceDigits, SequenceNumber};
pub use shard::{Lineage, ShardId, ShardState};
pub use shard_filter::ShardFilter;
pub use stream::{Level, RecordDistribution, ShardLimits, StreamMode, StreamStatus};
pub use tally::{
    ConsumerTally, FunctionTally, ProducerTally, ShardTally, StageTally, TransformTally,
};
pub use time::Millis;
pub use words::{grouped, many};
