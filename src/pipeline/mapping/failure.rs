//! Records of batches that were given up, on their way to the on-failure destination.
//!
//! The document is Lambda's: what an SQS queue would get. A file gets what an S3 bucket would, the
//! whole event as text in `payload` beside it. One document is delivered at a time, in order; one
//! that a stream or an endpoint refuses is given to it again with a pause that doubles, [`TRIES_MAX`]
//! times.

use std::collections::VecDeque;

use serde::Serialize;

use crate::api::{Answer, Operation, PutRecords};
use crate::model::date::Iso;
use crate::model::{
    ACCOUNT, ConsumerTally, EntryBatch, Millis, PartName, REGION, RecordRef, ShardId, StreamName,
};
use crate::pipeline::outside::Endpoint;
use crate::pipeline::settings::OnFailure;
use crate::pipeline::{Call, Reply, Sink};

/// Tries to put a document before it is lost.
const TRIES_MAX: u32 = 20;
/// First pause after a refused put; it doubles to [`PAUSE_MS_MAX`].
const PAUSE_MS: u64 = 200;
const PAUSE_MS_MAX: u64 = 5_000;
/// How often an endpoint is asked what came of a document.
const POLL_MS: u64 = 50;
/// Documents that may wait; lanes begin nothing while more do.
const WAITING_MAX: usize = 100;
/// Calls of deliveries have numbers that those of the follower never reach.
const CALL_IDS: u64 = 1 << 63;

/// Why a batch was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Its retries are used.
    RetryAttemptsExhausted,
    /// Its records are too old.
    RecordAgeExceeded,
    /// Its one record makes an event above what a function takes.
    PayloadTooLarge,
}

impl Condition {
    fn word(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
            Self::PayloadTooLarge => "PayloadTooLarge",
        }
    }
}

/// What came of the last invocation of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// It never reached the function.
    #[default]
    Never,
    /// The function failed.
    Error,
    /// The function returned, and said that records failed.
    Returned,
}

/// A batch that was given up.
#[derive(Debug)]
pub(super) struct GivenUp<'a> {
    pub(super) shard: ShardId,
    pub(super) condition: Condition,
    pub(super) ending: Ending,
    pub(super) invokes: u32,
    pub(super) request: String,
    pub(super) first: RecordRef<'a>,
    pub(super) last: RecordRef<'a>,
    pub(super) records: usize,
    pub(super) arn: &'a str,
    /// The event, where the destination takes it.
    pub(super) payload: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    request_context: RequestContext<'a>,
    response_context: Option<ResponseContext>,
    version: &'static str,
    timestamp: String,
    #[serde(rename = "KinesisBatchInfo")]
    batch: BatchInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: String,
    condition: &'static str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchInfo<'a> {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: usize,
    stream_arn: &'a str,
}

/// The name of a function for all time.
pub(super) fn function_arn(function: &PartName) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}")
}

impl GivenUp<'_> {
    /// The document.
    pub(super) fn document(&self, now: Millis, function: &PartName) -> Vec<u8> {
        let response = |function_error| ResponseContext {
            status_code: 200,
            executed_version: "$LATEST",
            function_error,
        };
        let document = Document {
            request_context: RequestContext {
                request_id: &self.request,
                function_arn: format!("{}:$LATEST", function_arn(function)),
                condition: self.condition.word(),
                approximate_invoke_count: self.invokes,
            },
            response_context: match self.ending {
                Ending::Never => None,
                Ending::Error => Some(response(Some("Unhandled"))),
                Ending::Returned => Some(response(None)),
            },
            version: "1.0",
            timestamp: Iso(now).to_string(),
            batch: BatchInfo {
                shard_id: self.shard.to_string(),
                start_sequence_number: self.first.sequence.to_string(),
                end_sequence_number: self.last.sequence.to_string(),
                approximate_arrival_of_first_record: Iso(self.first.arrival).to_string(),
                approximate_arrival_of_last_record: Iso(self.last.arrival).to_string(),
                batch_size: self.records,
                stream_arn: self.arn,
            },
            payload: self.payload.as_deref(),
        };
        serde_json::to_vec(&document).expect("texts and numbers are JSON")
    }
}

#[derive(Debug)]
struct Delivery {
    shard: ShardId,
    /// The first record that it tells of.
    from: u64,
    records: u64,
    document: Vec<u8>,
    tries: u32,
    due: Millis,
}

/// What is behind an on-failure destination that is no stream.
pub enum FailureDoor {
    /// A file.
    File(Box<dyn Sink>),
    /// An endpoint.
    Endpoint(Box<dyn Endpoint>),
}

/// Who has the first document, and has not said what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nobody,
    Stream,
    /// It is asked again at that time.
    Endpoint(Millis),
}

/// What waits to be delivered.
#[derive(Default)]
pub(super) struct Deliveries {
    queue: VecDeque<Delivery>,
    /// The shards of those that left the queue.
    settled: Vec<ShardId>,
    asked: Asked,
    door: Option<FailureDoor>,
}

impl Deliveries {
    /// From now on documents go there; what an endpoint has goes there again.
    pub(super) fn set_door(&mut self, door: Option<FailureDoor>) {
        self.door = door;
        if matches!(self.asked, Asked::Endpoint(_)) {
            self.asked = Asked::Nobody;
        }
    }

    /// The shards that have something less to deliver since this was asked last.
    pub(super) fn take_settled(&mut self) -> Vec<ShardId> {
        std::mem::take(&mut self.settled)
    }

    fn pop(&mut self) {
        self.settled.extend(self.queue.pop_front().map(|delivery| delivery.shard));
    }

    /// Is there so much undelivered that nothing more should be given up?
    pub(super) fn is_full(&self) -> bool {
        self.queue.len() >= WAITING_MAX
    }

    pub(super) fn push(&mut self, now: Millis, given_up: &GivenUp<'_>, function: &PartName) {
        self.queue.push_back(Delivery {
            shard: given_up.shard,
            from: given_up.first.sequence.index,
            records: given_up.records as u64,
            document: given_up.document(now, function),
            tries: 0,
            due: now,
        });
    }

    /// The first record of a shard that is told of and not delivered.
    pub(super) fn oldest(&self, shard: ShardId) -> Option<u64> {
        self.queue.iter().filter(|one| one.shard == shard).map(|one| one.from).min()
    }

    pub(super) fn next_deadline(&self) -> Option<Millis> {
        match self.asked {
            Asked::Nobody => self.queue.front().map(|front| front.due),
            Asked::Stream => None,
            Asked::Endpoint(at) => Some(at),
        }
    }

    /// Does what is due: appends to a file, or asks a stream or an endpoint.
    ///
    /// # Errors
    /// Why a document is lost.
    pub(super) fn advance(
        &mut self,
        now: Millis,
        to: Option<&OnFailure>,
        tally: &mut ConsumerTally,
    ) -> Result<Option<Call>, String> {
        self.hear(now, tally)?;
        while let Some(front) = self.queue.front_mut()
            && self.asked == Asked::Nobody
            && front.due <= now
        {
            match (to, &mut self.door) {
                (None, _) => self.pop(),
                (Some(OnFailure::Stream(stream)), _) => {
                    self.asked = Asked::Stream;
                    return Ok(Some(put(stream, front)));
                }
                (Some(OnFailure::Http(_)), Some(FailureDoor::Endpoint(endpoint))) => {
                    endpoint.post(now, &front.document);
                    self.asked = Asked::Endpoint(now.plus(POLL_MS));
                }
                (Some(OnFailure::File(_)), Some(FailureDoor::File(sink))) => {
                    front.document.push(b'\n');
                    let appended = sink.append(&front.document);
                    // What a file did not take is not tried again: half of it may stand there.
                    front.tries = TRIES_MAX;
                    self.settle(now, appended, tally)?;
                }
                (Some(OnFailure::File(_) | OnFailure::Http(_)), _) => {
                    front.tries = TRIES_MAX;
                    self.settle(now, Err("its destination is not open".to_owned()), tally)?;
                }
            }
        }
        Ok(None)
    }

    /// Asks the endpoint what came of the document that it has.
    fn hear(&mut self, now: Millis, tally: &mut ConsumerTally) -> Result<(), String> {
        match (&self.asked, &mut self.door) {
            (Asked::Endpoint(at), Some(FailureDoor::Endpoint(endpoint))) if *at <= now => {
                let Some(taken) = endpoint.poll(now) else {
                    self.asked = Asked::Endpoint(now.plus(POLL_MS));
                    return Ok(());
                };
                self.settle(now, taken, tally)
            }
            (Asked::Nobody | Asked::Stream | Asked::Endpoint(_), _) => Ok(()),
        }
    }

    /// The first document was taken, or it is given there again while tries are left.
    ///
    /// # Errors
    /// Why it is lost.
    fn settle(
        &mut self,
        now: Millis,
        taken: Result<(), String>,
        tally: &mut ConsumerTally,
    ) -> Result<(), String> {
        self.asked = Asked::Nobody;
        let Some(front) = self.queue.front_mut() else { return Ok(()) };
        if taken.is_ok() {
            tally.delivered_records += front.records;
            self.pop();
            return Ok(());
        }
        tally.delivery_failures += 1;
        front.tries += 1;
        front.due = now.plus((PAUSE_MS << front.tries.min(10)).min(PAUSE_MS_MAX));
        if front.tries < TRIES_MAX {
            return Ok(());
        }
        self.pop();
        taken
    }

    /// Is this call one of a delivery?
    pub(super) fn made(call: &Call) -> bool {
        call.id == CALL_IDS
    }

    /// The stream has answered.
    ///
    /// # Errors
    /// Why the document is lost.
    pub(super) fn on_reply(
        &mut self,
        now: Millis,
        reply: Reply,
        tally: &mut ConsumerTally,
    ) -> Result<(), String> {
        let taken = match reply {
            Ok(Answer::Put(answer)) => {
                let refused = answer.outcomes.into_iter().find_map(|outcome| outcome.result.err());
                refused.map_or(Ok(()), |refusal| Err(refusal.code().to_owned()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        self.settle(now, taken, tally)
    }
}

fn put(stream: &StreamName, delivery: &Delivery) -> Call {
    let mut entries = EntryBatch::new();
    entries.push(&delivery.shard.to_string(), &delivery.document);
    let operation = Operation::PutRecords(PutRecords { stream: stream.clone(), entries });
    Call { id: CALL_IDS, operation }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SequenceNumber;

    #[test]
    fn a_document_is_written_as_lambda_documents_it() {
        let record = |index, arrival| {
            let sequence = SequenceNumber::first(ShardId(1), Millis::ZERO);
            let sequence = sequence.nth(index, Millis(arrival));
            RecordRef { sequence, arrival: Millis(arrival), partition_key: "k", data: b"" }
        };
        let (first, last) = (record(0, 1_573_691_884_835), record(499, 1_573_691_885_580));
        let given_up = GivenUp {
            shard: ShardId(1),
            condition: Condition::RetryAttemptsExhausted,
            ending: Ending::Error,
            invokes: 1,
            request: "r".to_owned(),
            first,
            last,
            records: 500,
            arn: "arn",
            payload: None,
        };
        let function = PartName::new("f").expect("a name");
        let document = given_up.document(Millis(1_573_691_886_021), &function);
        let wanted = format!(
            concat!(
                r#"{{"requestContext":{{"requestId":"r","#,
                r#""functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","#,
                r#""condition":"RetryAttemptsExhausted","approximateInvokeCount":1}},"#,
                r#""responseContext":{{"statusCode":200,"executedVersion":"$LATEST","#,
                r#""functionError":"Unhandled"}},"version":"1.0","#,
                r#""timestamp":"2019-11-14T00:38:06.021Z","#,
                r#""KinesisBatchInfo":{{"shardId":"shardId-000000000001","#,
                r#""startSequenceNumber":"{}","endSequenceNumber":"{}","#,
                r#""approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z","#,
                r#""approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z","#,
                r#""batchSize":500,"streamArn":"arn"}}}}"#
            ),
            first.sequence, last.sequence
        );
        assert_eq!(String::from_utf8_lossy(&document), wanted);
        let with = GivenUp { payload: Some("{\"Records\":[]}".to_owned()), ..given_up };
        let document = with.document(Millis::ZERO, &function);
        assert!(document.ends_with(br#""payload":"{\"Records\":[]}"}"#));
    }
}
