//! Records of a stream, for the eye.

use serde::{Deserialize, Serialize};

use crate::model::{HashKey, Millis, SequenceNumber, ShardId};

/// The records that a viewer looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailView {
    /// At most 200 of them, oldest first.
    pub records: Vec<TailRecord>,
    /// So many records came for each that is here: 1 is all of them.
    pub one_in: u64,
    /// Records that were looked through for a filter or a key; 0 where nothing was left out.
    pub looked_at: u64,
    /// Was it all looked through, so that there is no more to find in that direction?
    pub ended: bool,
}

/// A record, for the eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TailRecord {
    /// Its shard.
    pub shard: ShardId,
    /// Its place in the shard.
    pub sequence: SequenceNumber,
    /// When it was accepted.
    pub arrival: Millis,
    /// Its key.
    pub partition_key: String,
    /// The hash of its key.
    pub hash_key: HashKey,
    /// Bytes of data, all of them.
    pub data_bytes: usize,
    /// The data, at most 4 KiB of it.
    pub data: Vec<u8>,
    /// What is inside, if user records were aggregated into it.
    pub aggregated: Option<Aggregated>,
}

/// User records of an aggregated record, for the eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregated {
    /// How many.
    pub records: usize,
    /// Key and data of the first of them, 4 KiB together at most.
    pub shown: Vec<(String, Vec<u8>)>,
}
