//! What is told of records: the answers that are given all the time.

use crate::api::{
    EntryError, GetRecordsAnswer, Operation, PutOutcome, PutRecordAnswer, PutRecordsAnswer,
    SubscribeToShardEvent,
};
use crate::model::{Encryption, EncryptionType, RecordBatch, ShardIterator};
use crate::rules::iterator;
use crate::wire::answer::shards::children;
use crate::wire::writer::Writer;
use crate::wire::{Account, Format};

/// Bytes that a record takes in a body beside its key and data, at most.
const RECORD_BYTES: usize = 240;

/// About the bytes of these records in a body, without their keys and data.
pub(super) fn frame_bytes(records: &RecordBatch) -> usize {
    (records.len() + 4) * RECORD_BYTES
}

/// A body that need not grow while these records are written.
pub(super) fn room_for(records: &RecordBatch, format: Format) -> Writer {
    Writer::with_capacity(format, records.bytes() / 3 * 4 + frame_bytes(records))
}

pub(super) fn put_one(writer: &mut Writer, put: &PutRecordAnswer) {
    writer.key("ShardId").shard(put.shard);
    writer.key("SequenceNumber").sequence(put.sequence);
    writer.key("EncryptionType").word(put.encryption.word());
}

pub(super) fn put(
    writer: &mut Writer,
    operation: &Operation,
    put: &PutRecordsAnswer,
    account: &Account,
) {
    writer.key("FailedRecordCount").integer(put.failed as u64);
    writer.key("Records").list(&put.outcomes, |writer, PutOutcome { shard, result }| {
        writer.structure(|writer| match result {
            Ok(sequence) => {
                writer.key("SequenceNumber").sequence(*sequence);
                writer.key("ShardId").shard(*shard);
            }
            Err(why) => refused(writer, operation, (*why, *shard), account),
        });
    });
    writer.key("EncryptionType").word(put.encryption.word());
}

fn refused(
    writer: &mut Writer,
    operation: &Operation,
    (why, shard): (EntryError, crate::model::ShardId),
    account: &Account,
) {
    let Operation::PutRecords(asked) = operation else { return };
    writer.key("ErrorCode").word(why.code());
    writer.key("ErrorMessage").text(&account.outer(&why.sentence(&asked.stream, shard)));
}

pub(super) fn iterator(writer: &mut Writer, iterator: &ShardIterator) {
    writer.key("ShardIterator").plain(iterator::encode(iterator));
}

fn batch(writer: &mut Writer, records: &RecordBatch, encryption: &Encryption) {
    let plain = encryption.changes().is_empty();
    writer.key("Records").list(records.iter(), |writer, record| {
        writer.structure(|writer| {
            writer.key("SequenceNumber").sequence(record.sequence);
            writer.key("ApproximateArrivalTimestamp").time(record.arrival);
            writer.key("Data").blob(record.data);
            // Where the service distributes records they need no key.
            if !record.partition_key.is_empty() {
                writer.key("PartitionKey").text(record.partition_key);
            }
            let kind = if plain { EncryptionType::None } else { encryption.at(record.arrival) };
            writer.key("EncryptionType").word(kind.word());
        });
    });
}

pub(super) fn records(writer: &mut Writer, answer: &GetRecordsAnswer) {
    batch(writer, &answer.records, &answer.encryption);
    if let Some(next) = &answer.next {
        writer.key("NextShardIterator").plain(iterator::encode(next));
    }
    writer.key("MillisBehindLatest").integer(answer.millis_behind_latest);
    if !answer.children.is_empty() {
        children(writer, &answer.children);
    }
}

/// The payload of an event of SubscribeToShard.
pub(in crate::wire) fn event(event: &SubscribeToShardEvent, format: Format) -> Vec<u8> {
    let SubscribeToShardEvent { records, encryption, child_shards, .. } = event;
    let mut writer = room_for(records, format);
    writer.structure(|writer| {
        batch(writer, records, encryption);
        if let Some(number) = event.continuation_sequence_number {
            writer.key("ContinuationSequenceNumber").sequence(number);
        }
        writer.key("MillisBehindLatest").integer(event.millis_behind_latest);
        if !child_shards.is_empty() {
            children(writer, child_shards);
        }
    });
    writer.end()
}
