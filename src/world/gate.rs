//! Where records come in: what is put into a stream with a transform in place goes through it first.
//!
//! Records that fail there are refused as Kinesis refuses wrong ones: the call as a whole, with which
//! of them and why, and nothing is put. Where the transform has a stream of errors they are put there
//! instead, and their shard and number in the answer are those of what is told there.

use std::collections::BTreeMap;

use crate::api::{Answer, ApiError, Operation, PutRecord, PutRecords, PutRecordsAnswer};
use crate::engine::Engine;
use crate::model::{EntryBatch, EntryRef, Millis, StreamName};
use crate::pipeline::Reply;
use crate::pipeline::transform::in_place::{Changed, InPlace};
use crate::world::Chronicle;
use crate::world::mixes::Mixes;

/// The engine, and what stands before it.
pub(super) struct Gate<'a> {
    pub(super) engine: &'a mut Engine,
    pub(super) in_place: &'a mut BTreeMap<StreamName, InPlace>,
    pub(super) mixes: &'a mut Mixes,
    pub(super) chronicle: &'a mut Chronicle,
}

impl Gate<'_> {
    /// Answers operations as if they came one behind the other.
    pub(super) fn handle_all(&mut self, now: Millis, operations: &[Operation]) -> Vec<Reply> {
        if operations.iter().any(|operation| self.changes(operation)) {
            return operations.iter().map(|operation| self.handle(now, operation)).collect();
        }
        let replies = self.engine.handle_all(now, operations);
        for (operation, reply) in operations.iter().zip(&replies) {
            self.mixes.see(operation, reply);
        }
        replies
    }

    /// Answers an operation.
    pub(super) fn handle(&mut self, now: Millis, operation: &Operation) -> Reply {
        if self.changes(operation) {
            if let Operation::PutRecords(put) = operation {
                return self.put_records(now, put).map(Answer::Put);
            }
            if let Operation::PutRecord(put) = operation {
                return self.put_record(now, put);
            }
        }
        self.ask(now, operation)
    }

    /// Does it put into a stream with a transform in place?
    fn changes(&self, operation: &Operation) -> bool {
        let changed = |stream| self.in_place.contains_key(stream);
        matches!(operation, Operation::PutRecords(put) if changed(&put.stream))
            || matches!(operation, Operation::PutRecord(put) if changed(&put.stream))
    }

    fn ask(&mut self, now: Millis, operation: &Operation) -> Reply {
        let reply = self.engine.handle(now, operation);
        self.mixes.see(operation, &reply);
        reply
    }

    /// Puts records.
    pub(super) fn put_records(
        &mut self,
        now: Millis,
        put: &PutRecords,
    ) -> Result<PutRecordsAnswer, ApiError> {
        if !self.in_place.contains_key(&put.stream) {
            return self.put(now, put);
        }
        let sorted = self.change(now, put)?;
        let (told, errors) = match sorted.errors {
            Some(stream) => {
                let told = self.put(now, &PutRecords { stream, entries: sorted.told })?;
                (taken(&told), told)
            }
            None => (0, PutRecordsAnswer::default()),
        };
        let stream = put.stream.clone();
        let others = match sorted.changed.is_empty() && !errors.outcomes.is_empty() {
            true => PutRecordsAnswer { encryption: errors.encryption, ..Default::default() },
            false => self.put(now, &PutRecords { stream, entries: sorted.changed })?,
        };
        self.told(&put.stream, taken(&others), told);
        Ok(merged(&sorted.failed, errors, others))
    }

    fn put_record(&mut self, now: Millis, put: &PutRecord) -> Reply {
        let part = self.in_place.get_mut(&put.stream).expect("invariant: the caller has looked");
        let PutRecord { partition_key, data, .. } = put;
        let entry = EntryRef { partition_key, explicit_hash_key: None, data };
        let errors = part.settings().errors.clone();
        match (part.change(now, &entry), errors) {
            (Changed::Record { key, data }, _) => {
                let explicit = put.explicit_hash_key.clone();
                let changed = PutRecord {
                    stream: put.stream.clone(),
                    explicit_hash_key: explicit.filter(|_| *key == *partition_key),
                    sequence_number_for_ordering: put.sequence_number_for_ordering.clone(),
                    partition_key: key.into_owned(),
                    data: data.into_owned(),
                };
                let reply = self.ask(now, &Operation::PutRecord(changed));
                self.told(&put.stream, usize::from(reply.is_ok()), 0);
                reply
            }
            (Changed::Failed { document, .. }, Some(stream)) => {
                let (explicit_hash_key, sequence_number_for_ordering) = (None, None);
                let partition_key = partition_key.clone();
                let told = PutRecord {
                    stream,
                    partition_key,
                    explicit_hash_key,
                    data: document,
                    sequence_number_for_ordering,
                };
                let reply = self.ask(now, &Operation::PutRecord(told));
                self.told(&put.stream, 0, usize::from(reply.is_ok()));
                reply
            }
            (Changed::Failed { why, .. }, None) => {
                let name = part.name().clone();
                self.told(&put.stream, 0, 0);
                Err(ApiError::InvalidArgument(format!("Transform {name} cannot handle it: {why}")))
            }
        }
    }

    /// Lets all records go through the transform.
    fn change(&mut self, now: Millis, put: &PutRecords) -> Result<Sorted, ApiError> {
        let part = self.in_place.get_mut(&put.stream).expect("invariant: the caller has looked");
        let mut sorted = Sorted::default();
        let mut refused = None;
        for (at, entry) in put.entries.iter().enumerate() {
            match part.change(now, &entry) {
                Changed::Record { key, data } => {
                    let explicit = entry.explicit_hash_key.filter(|_| *key == *entry.partition_key);
                    let changed =
                        EntryRef { partition_key: &key, explicit_hash_key: explicit, data: &data };
                    sorted.changed.push_entry(changed);
                }
                Changed::Failed { why, document } => {
                    refused = refused.or(Some((at, why)));
                    sorted.told.push(entry.partition_key, &document);
                    sorted.failed.push(at);
                }
            }
        }
        let Some((at, why)) = refused else { return Ok(sorted) };
        sorted.errors = part.settings().errors.clone();
        if sorted.errors.is_some() {
            return Ok(sorted);
        }
        let name = part.name();
        let said = format!("Transform {name} cannot handle Records.{}: {why}", at + 1);
        self.told(&put.stream, 0, 0);
        Err(ApiError::InvalidArgument(said))
    }

    /// Counts what was put, and tells what a transform has to tell.
    fn told(&mut self, stream: &StreamName, records: usize, told: usize) {
        let Some(part) = self.in_place.get_mut(stream) else { return };
        part.on_put(records, told);
        while let Some(event) = part.poll_event() {
            self.chronicle.push(event);
        }
    }

    fn put(&mut self, now: Millis, put: &PutRecords) -> Result<PutRecordsAnswer, ApiError> {
        let answer = self.engine.put_records(now, put)?;
        self.mixes.see_put(put, &answer);
        Ok(answer)
    }
}

/// The records of a call behind a transform in place.
#[derive(Default)]
struct Sorted {
    changed: EntryBatch,
    /// What is told of those that failed.
    told: EntryBatch,
    /// Which of the call these are.
    failed: Vec<usize>,
    /// Where it is told.
    errors: Option<StreamName>,
}

fn taken(answer: &PutRecordsAnswer) -> usize {
    answer.outcomes.len() - answer.failed
}

/// One answer of two, in the order of the call.
fn merged(
    failed: &[usize],
    errors: PutRecordsAnswer,
    mut others: PutRecordsAnswer,
) -> PutRecordsAnswer {
    for (at, outcome) in failed.iter().zip(errors.outcomes) {
        others.outcomes.insert(*at, outcome);
    }
    others.failed += errors.failed;
    others.waits_for = others.waits_for.max(errors.waits_for);
    others
}
