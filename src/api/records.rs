//! Operations on records: put, position, get.

use crate::api::EntryError;
use crate::model::{
    AskedPosition, Encryption, EncryptionType, EntryBatch, HashKeyRange, JournalPosition,
    RecordBatch, SequenceNumber, ShardId, ShardIterator, StreamName,
};

/// PutRecord. Texts are as the wire has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutRecord {
    /// The stream.
    pub stream: StreamName,
    /// Decides the shard unless `explicit_hash_key` does; counts to the record's size. Empty means
    /// that none was given, which streams of AUTO distribution take.
    pub partition_key: String,
    /// Decides the shard when given: a decimal number of 128 bits.
    pub explicit_hash_key: Option<String>,
    /// The payload.
    pub data: Vec<u8>,
    /// The number of a record that this one must come after.
    pub sequence_number_for_ordering: Option<String>,
}

/// Answer to PutRecord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutRecordAnswer {
    /// The shard that the key decided.
    pub shard: ShardId,
    /// The record's number there.
    pub sequence: SequenceNumber,
    /// How it was encrypted.
    pub encryption: EncryptionType,
    /// The answer may be given once the journal is durable up to there; at once when `None`.
    pub waits_for: Option<JournalPosition>,
}

/// PutRecords: 1 to 500 entries, at most 10 MiB.
#[derive(Clone, Debug)]
pub struct PutRecords {
    /// The stream.
    pub stream: StreamName,
    /// The records, in order.
    pub entries: EntryBatch,
}

/// Answer to PutRecords: one outcome an entry, in the order of the entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutRecordsAnswer {
    /// How many entries were refused.
    pub failed: usize,
    /// What became of each entry.
    pub outcomes: Vec<PutOutcome>,
    /// How the records were encrypted.
    pub encryption: EncryptionType,
    /// The answer counts once the journal is durable up to there; at once when `None`.
    pub waits_for: Option<JournalPosition>,
}

/// What became of one entry, and the shard that it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOutcome {
    /// The shard that the key decided.
    pub shard: ShardId,
    /// Its number there, or why it was refused.
    pub result: Result<SequenceNumber, EntryError>,
}

/// GetShardIterator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetShardIterator {
    /// The stream.
    pub stream: StreamName,
    /// The shard.
    pub shard: ShardId,
    /// Where to begin.
    pub position: AskedPosition,
}

/// GetRecords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRecords {
    /// Where to read on.
    pub iterator: ShardIterator,
    /// At most so many records, 1 to 10,000.
    pub limit: usize,
}

/// A child announced at the end of a closed shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildShard {
    /// The child.
    pub shard: ShardId,
    /// Its parents: one after a split, two after a merge.
    pub parents: Vec<ShardId>,
    /// The keys that it covers.
    pub range: HashKeyRange,
}

/// Answer to GetRecords.
#[derive(Clone, Debug)]
pub struct GetRecordsAnswer {
    /// The records, possibly none.
    pub records: RecordBatch,
    /// How records were encrypted, by the time of their arrival.
    pub encryption: Encryption,
    /// Where to read on; `None` when a closed shard is read out.
    pub next: Option<ShardIterator>,
    /// How far this answer is from the tip of the shard; 0 is caught up.
    pub millis_behind_latest: u64,
    /// The children, at the end of a closed shard only.
    pub children: Vec<ChildShard>,
}
