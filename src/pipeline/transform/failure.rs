//! The record of a record that could not be handled: JSON for the stream of errors, with the names
//! that a delivery stream gives its failed records, and where the record is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::model::{Millis, RecordRef, ShardId};

/// Data of a record that is told of is left out above so many bytes: its own record is to fit into a
/// stream of the default size.
const RAW_BYTES_MAX: usize = 700_000;

/// Why a record failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// In a word: `Transform.StageFailed`.
    pub(super) code: &'static str,
    /// In a sentence.
    pub(super) why: String,
    /// How often it was tried.
    pub(super) attempts: u32,
}

impl Failure {
    /// A stage cannot handle the record, and never will.
    pub(super) fn of_stage(why: String) -> Self {
        Self { code: "Transform.StageFailed", why, attempts: 1 }
    }

    /// What is told of it.
    pub(super) fn document(
        &self,
        now: Millis,
        (transform, shard): (&str, ShardId),
        record: &RecordRef<'_>,
    ) -> Vec<u8> {
        let fits = record.data.len() <= RAW_BYTES_MAX;
        let told = Told {
            attempts_made: self.attempts,
            arrival_timestamp: record.arrival.0,
            error_code: self.code,
            error_message: &self.why,
            attempt_ending_timestamp: now.0,
            raw_data: fits.then(|| STANDARD.encode(record.data)),
            transform,
            shard_id: shard.to_string(),
            sequence_number: record.sequence.to_string(),
            partition_key: record.partition_key,
        };
        serde_json::to_vec(&told).expect("invariant: texts and numbers are JSON")
    }
}

/// Times are milliseconds since the epoch.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    attempts_made: u32,
    arrival_timestamp: u64,
    error_code: &'a str,
    error_message: &'a str,
    attempt_ending_timestamp: u64,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_data: Option<String>,
    transform: &'a str,
    shard_id: String,
    sequence_number: String,
    partition_key: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SequenceNumber;

    #[test]
    fn a_failure_names_the_record_and_has_its_data_where_that_fits() {
        let sequence = SequenceNumber::first(ShardId(1), Millis::ZERO);
        let record = |data| RecordRef { sequence, arrival: Millis(7), partition_key: "k\"", data };
        let failure = Failure::of_stage("no JSON".to_owned());
        let told = |data| failure.document(Millis(9), ("t", ShardId(1)), &record(data));
        let wanted = format!(
            concat!(
                r#"{{"attemptsMade":1,"arrivalTimestamp":7,"errorCode":"Transform.StageFailed","#,
                r#""errorMessage":"no JSON","attemptEndingTimestamp":9,"rawData":"aGVsbG8=","#,
                r#""transform":"t","shardId":"shardId-000000000001","sequenceNumber":"{}","#,
                r#""partitionKey":"k\""}}"#
            ),
            sequence
        );
        assert_eq!(String::from_utf8_lossy(&told(b"hello")), wanted);
        assert!(told(&vec![b'x'; RAW_BYTES_MAX + 1]).len() < 400);
    }
}
