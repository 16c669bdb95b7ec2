//! The record of a record that could not be handled: JSON for the stream of errors, with the names
//! that a delivery stream gives its failed records, and where the record is.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::model::{
    EntryRef, Event, EventKind, Millis, PartName, RecordRef, SequenceNumber, ShardId,
};

/// Data of a record that is told of is left out above so many bytes: its own record is to fit into a
/// stream of the default size.
const RAW_BYTES_MAX: usize = 700_000;

/// Failures that are kept.
const FAILURES: usize = 20;
/// At most one event about a failure in this time, milliseconds.
const FAILURE_EVENT_MS: u64 = 1_000;

/// The last failures, each with a piece of the record.
#[derive(Debug, Default)]
pub(super) struct Failures {
    kept: VecDeque<String>,
    quiet_until: Millis,
}

impl Failures {
    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &String> {
        self.kept.iter()
    }

    /// Keeps one more, and tells it unless another was told a moment ago.
    pub(super) fn add(&mut self, now: Millis, transform: &PartName, why: String) -> Option<Event> {
        let event = (now >= self.quiet_until).then(|| {
            self.quiet_until = now.plus(FAILURE_EVENT_MS);
            let (transform, why) = (transform.clone(), why.clone());
            Event { at: now, kind: EventKind::TransformFailed { transform, why } }
        });
        if self.kept.len() == FAILURES {
            self.kept.pop_front();
        }
        self.kept.push_back(why);
        event
    }
}

/// Where a record is, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) shard: ShardId,
    pub(super) sequence: SequenceNumber,
    pub(super) arrival: Millis,
}

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

    /// What is told of a record that was read.
    pub(super) fn of_record(
        &self,
        now: Millis,
        (transform, shard): (&str, ShardId),
        record: &RecordRef<'_>,
    ) -> Vec<u8> {
        let RecordRef { sequence, arrival, partition_key, data } = *record;
        let entry = EntryRef { partition_key, explicit_hash_key: None, data };
        self.document(now, transform, Some(Place { shard, sequence, arrival }), &entry)
    }

    /// What is told of a record, which has no place before it is put.
    pub(super) fn document(
        &self,
        now: Millis,
        transform: &str,
        place: Option<Place>,
        record: &EntryRef<'_>,
    ) -> Vec<u8> {
        let fits = record.data.len() <= RAW_BYTES_MAX;
        let told = Told {
            attempts_made: self.attempts,
            arrival_timestamp: place.map_or(now, |place| place.arrival).0,
            error_code: self.code,
            error_message: &self.why,
            attempt_ending_timestamp: now.0,
            raw_data: fits.then(|| STANDARD.encode(record.data)),
            transform,
            shard_id: place.map(|place| place.shard.to_string()),
            sequence_number: place.map(|place| place.sequence.to_string()),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    shard_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
    partition_key: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_record_and_has_its_data_where_that_fits() {
        let sequence = SequenceNumber::first(ShardId(1), Millis::ZERO);
        let record = |data| RecordRef { sequence, arrival: Millis(7), partition_key: "k\"", data };
        let failure = Failure::of_stage("no JSON".to_owned());
        let told = |data| failure.of_record(Millis(9), ("t", ShardId(1)), &record(data));
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
