//! What a function is invoked with as a transform, and what it answers: the contract of a delivery
//! stream's data transformation, so that the same function serves both.
//!
//! In: `records`, each with a `recordId`, its data and where it is from. Out: `records`, each with its
//! `recordId`, a `result` (`Ok`, `Dropped` or `ProcessingFailed`) and new data. A record fails by
//! itself when
//!
//! 1. it is not among those answered (`Lambda.MissingRecordId`);
//! 2. it is there twice (`Lambda.DuplicatedRecordId`);
//! 3. its `result` is none of the three, or it is `Ok` and its data is no base64
//!    (`Lambda.JsonProcessingException`);
//! 4. its `result` is `ProcessingFailed` (`Lambda.ProcessingFailedStatus`).
//!
//! An answer that is no JSON, or has no `records`, is a failed invocation.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::model::limits::EVENT_BYTES_MAX;
use crate::model::{ACCOUNT, REGION, RecordRef, Resource, ShardId};
use crate::pipeline::settings::TransformSettings;

use super::failure::Failure;

/// Bytes of an event from which no further record is added, if there is one: what a delivery stream
/// buffers at most.
const BATCH_BYTES: usize = 3 * 1_048_576;
/// Bytes of a record in an event beside its key and its data, at most.
const RECORD_BYTES: usize = 500;

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on with this data.
    Ok(Vec<u8>),
    Dropped,
    Failed(Failure),
}

/// Bytes of a record in an event, at most.
fn size(record: &RecordRef<'_>) -> usize {
    record.data.len().div_ceil(3) * 4 + 6 * record.partition_key.len() + RECORD_BYTES
}

/// How many of these records one event takes, at least one.
pub(super) fn fit<'a>(records: impl Iterator<Item = RecordRef<'a>>) -> usize {
    let mut bytes = 0;
    let fits = |record: &RecordRef<'_>| {
        bytes += size(record);
        bytes <= BATCH_BYTES
    };
    records.take_while(fits).count().max(1)
}

/// Is the record too large for any event?
pub(super) fn is_too_large(record: &RecordRef<'_>) -> bool {
    size(record) > EVENT_BYTES_MAX
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    invocation_id: &'a str,
    delivery_stream_arn: String,
    source_kinesis_stream_arn: String,
    region: &'a str,
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    record_id: String,
    approximate_arrival_timestamp: u64,
    data: String,
    kinesis_record_metadata: Metadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    shard_id: &'a str,
    partition_key: &'a str,
    approximate_arrival_timestamp: u64,
    sequence_number: String,
    subsequence_number: &'a str,
}

/// The event of these records.
pub(super) fn event<'a>(
    settings: &TransformSettings,
    request: &str,
    shard: ShardId,
    records: impl Iterator<Item = RecordRef<'a>>,
) -> Vec<u8> {
    let shard = shard.to_string();
    let record = |record: RecordRef<'a>| Record {
        record_id: record.sequence.to_string(),
        approximate_arrival_timestamp: record.arrival.0,
        data: STANDARD.encode(record.data),
        kinesis_record_metadata: Metadata {
            shard_id: &shard,
            partition_key: record.partition_key,
            approximate_arrival_timestamp: record.arrival.0,
            sequence_number: record.sequence.to_string(),
            subsequence_number: "",
        },
    };
    let name = &settings.name;
    let event = Event {
        invocation_id: request,
        delivery_stream_arn: format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"),
        source_kinesis_stream_arn: Resource::Stream(settings.from.clone()).to_string(),
        region: REGION,
        records: records.map(record).collect(),
    };
    serde_json::to_vec(&event).expect("invariant: texts and numbers are JSON")
}

#[derive(Deserialize)]
struct Answer {
    records: Vec<Answered>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    record_id: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    data: Option<String>,
}

/// What an answer says of each record, in their order.
///
/// # Errors
/// Why the invocation counts as failed.
pub(super) fn read(
    answer: &[u8],
    records: &[RecordRef<'_>],
    attempts: u32,
) -> Result<Vec<Verdict>, String> {
    let Answer { records: answered } = serde_json::from_slice(answer).map_err(|why| {
        format!("Lambda.JsonProcessingException: the answer is not as it must be: {why}")
    })?;
    let failed = |code, why: &str| {
        Verdict::Failed(Failure { code, why: format!("{code}: {why}"), attempts })
    };
    let ids = (0..).zip(records).map(|(at, record)| (record.sequence.to_string(), at));
    let ids: BTreeMap<String, usize> = ids.collect();
    let missing = || failed("Lambda.MissingRecordId", "the function answered without it");
    let mut verdicts: Vec<Option<Verdict>> = records.iter().map(|_| None).collect();
    for one in answered {
        let Some(verdict) = ids.get(&one.record_id).map(|at| &mut verdicts[*at]) else { continue };
        *verdict = Some(match verdict {
            None => one.verdict(&failed),
            Some(_) => failed("Lambda.DuplicatedRecordId", "the function answered it twice"),
        });
    }
    Ok(verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(missing)).collect())
}

impl Answered {
    fn verdict(self, failed: &dyn Fn(&'static str, &str) -> Verdict) -> Verdict {
        const UNREADABLE: &str = "Lambda.JsonProcessingException";
        let data = self.data.as_deref().map(|data| STANDARD.decode(data));
        match (self.result.as_str(), data) {
            ("Ok", Some(Ok(data))) => Verdict::Ok(data),
            ("Ok", _) => failed(UNREADABLE, "its `data` is no base64"),
            ("Dropped", _) => Verdict::Dropped,
            ("ProcessingFailed", _) => {
                failed("Lambda.ProcessingFailedStatus", "the function says that it failed")
            }
            (other, _) => {
                let why = format!("`result` is `{other}`, not Ok, Dropped or ProcessingFailed");
                failed(UNREADABLE, &why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Millis, PartName, SequenceNumber, StreamName};
    use crate::pipeline::settings::Stage;

    fn records<'a>(data: &'a [&'a [u8]]) -> Vec<RecordRef<'a>> {
        let first = SequenceNumber::first(ShardId(0), Millis::ZERO);
        let record = |(nth, data): (u64, &&'a [u8])| RecordRef {
            sequence: first.nth(nth, Millis(1_510_772_160_000)),
            arrival: Millis(1_510_772_160_000),
            partition_key: "k",
            data,
        };
        (0..).zip(data).map(record).collect()
    }

    /// The documented example of the service, of our account and region.
    #[test]
    fn an_event_is_written_as_a_delivery_stream_writes_it() {
        let records = records(&[b"Hello World"]);
        let name = PartName::new("t").expect("a name");
        let stream = |name| StreamName::new(name).expect("a name");
        let settings = TransformSettings {
            stages: vec![Stage::Function(name.clone())],
            ..TransformSettings::new(name, stream("orders"), stream("clean"))
        };
        let event = event(&settings, "invoked123", ShardId(0), records.iter().copied());
        let number = records[0].sequence;
        let wanted = format!(
            concat!(
                r#"{{"invocationId":"invoked123","#,
                r#""deliveryStreamArn":"arn:aws:firehose:us-east-1:000000000000:deliverystream/t","#,
                r#""sourceKinesisStreamArn":"arn:aws:kinesis:us-east-1:000000000000:stream/orders","#,
                r#""region":"us-east-1","records":[{{"recordId":"{number}","#,
                r#""approximateArrivalTimestamp":1510772160000,"data":"SGVsbG8gV29ybGQ=","#,
                r#""kinesisRecordMetadata":{{"shardId":"shardId-000000000000","partitionKey":"k","#,
                r#""approximateArrivalTimestamp":1510772160000,"sequenceNumber":"{number}","#,
                r#""subsequenceNumber":""}}}}]}}"#
            ),
            number = number
        );
        assert_eq!(String::from_utf8_lossy(&event), wanted);
        assert!(size(&records[0]) >= event.len() - 200, "{}", event.len());
    }

    #[test]
    fn each_record_has_the_verdict_that_the_answer_gives_it() {
        let records = records(&[b"a", b"b", b"c", b"d", b"e", b"f"]);
        let id = |at: usize| records[at].sequence.to_string();
        let answer = serde_json::json!({ "records": [
            { "recordId": id(2), "result": "ProcessingFailed", "data": "Yw==" },
            { "recordId": id(0), "result": "Ok", "data": "QQ==" },
            { "recordId": id(1), "result": "Dropped" },
            { "recordId": id(4), "result": "Ok", "data": "RQ==" },
            { "recordId": id(4), "result": "Ok", "data": "RQ==" },
            { "recordId": id(5), "result": "ok", "data": "RQ==" },
            { "recordId": "7", "result": "Ok", "data": "RQ==" },
        ]});
        let came = read(answer.to_string().as_bytes(), &records, 2).expect("it is an answer");
        let code = |verdict: &Verdict| match verdict {
            Verdict::Failed(Failure { code, attempts: 2, .. }) => *code,
            Verdict::Ok(_) | Verdict::Dropped | Verdict::Failed(_) => "none",
        };
        assert_eq!(came[..2], [Verdict::Ok(b"A".to_vec()), Verdict::Dropped]);
        let codes: Vec<&str> = came[2..].iter().map(code).collect();
        assert_eq!(
            codes,
            [
                "Lambda.ProcessingFailedStatus",
                "Lambda.MissingRecordId",
                "Lambda.DuplicatedRecordId",
                "Lambda.JsonProcessingException"
            ]
        );
        for bad in ["", "null", "[]", "{}", r#"{"records":1}"#, r#"{"records":[{"result":"Ok"}]}"#]
        {
            assert!(read(bad.as_bytes(), &records, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_event_holds_what_a_delivery_stream_buffers_and_one_record_at_least() {
        let large = vec![0u8; 2 * 1_048_576];
        let batch = [&large[..], b"a", &large];
        assert_eq!(fit(records(&batch).into_iter()), 2);
        let huge = vec![0u8; 5 * 1_048_576];
        let batch = [&huge[..], b"a"];
        assert_eq!(fit(records(&batch).into_iter()), 1);
        assert!(is_too_large(&records(&batch)[0]));
    }
}
