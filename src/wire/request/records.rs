//! Requests that put and get records: the ones that are asked all the time.

use std::borrow::Cow;

use crate::api::{
    AskedPosition, GetRecords, GetShardIterator, IteratorKind, Operation, PutRecord, PutRecords,
    RawPosition,
};
use crate::model::limits::{GET_RECORDS_MAX, PARTITION_KEY_CHARS_MAX, PUT_RECORDS_ENTRIES_MAX};
use crate::model::{EntryBatch, Millis, ReaderId, ShardId, ShardIterator};
use crate::rules::iterator;
use crate::wire::Fault;
use crate::wire::check::{Check, Target, Text};
use crate::wire::reader::{Blob, Reader};
use crate::wire::request::{Read, Reading, members, no_shard};

/// Longest iterator that is read, characters.
const ITERATOR_CHARS_MAX: usize = 512;

pub(super) const KINDS: [(&str, IteratorKind); 5] = [
    (IteratorKind::AtSequenceNumber.word(), IteratorKind::AtSequenceNumber),
    (IteratorKind::AfterSequenceNumber.word(), IteratorKind::AfterSequenceNumber),
    (IteratorKind::TrimHorizon.word(), IteratorKind::TrimHorizon),
    (IteratorKind::Latest.word(), IteratorKind::Latest),
    (IteratorKind::AtTimestamp.word(), IteratorKind::AtTimestamp),
];

fn reading(operation: Operation, dry_run: Option<bool>) -> Reading {
    Reading { dry_run: dry_run.unwrap_or(false), ..operation.into() }
}

pub(super) fn put_one(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut data, mut dry_run): (Option<Blob<'_>>, _) = (None, None);
    let (mut key, mut hash_key, mut after): (Text<'_>, Text<'_>, Text<'_>) = (None, None, None);
    members(reader, |reader, name| {
        match name {
            "Data" => blob(reader, &mut data)?,
            "PartitionKey" => key = reader.text()?,
            "ExplicitHashKey" => hash_key = reader.text()?,
            "SequenceNumberForOrdering" => after = reader.text()?,
            "DryRun" => dry_run = reader.boolean()?,
            _ => target.member(reader, name)?,
        }
        Ok(())
    })?;
    check.faults.present("data", data.is_some());
    if key.as_deref() == Some("") {
        check.faults.text("partitionKey", "", 1, PARTITION_KEY_CHARS_MAX);
    }
    let mut bytes = Vec::new();
    if let Some(data) = data {
        data.append_to(&mut bytes)?;
    }
    let put = PutRecord {
        stream: check.stream(target),
        partition_key: key.unwrap_or_default().into_owned(),
        explicit_hash_key: hash_key.map(Cow::into_owned),
        data: bytes,
        sequence_number_for_ordering: after.map(Cow::into_owned),
    };
    Ok(reading(Operation::PutRecord(put), dry_run))
}

/// Reads data; of those that are given twice the last count.
fn blob<'a>(reader: &mut Reader<'a>, data: &mut Option<Blob<'a>>) -> Result<(), Fault> {
    let before = std::mem::replace(data, reader.blob()?);
    before.as_ref().map_or(Ok(()), Blob::pass)
}

/// An entry of PutRecords as it stands in the body.
#[derive(Debug, Default)]
struct RawEntry<'a> {
    data: Option<Blob<'a>>,
    key: Text<'a>,
    hash_key: Text<'a>,
}

impl<'a> RawEntry<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut entry = Self::default();
        reader.structure(|reader, name| {
            match name {
                "Data" => blob(reader, &mut entry.data)?,
                "PartitionKey" => entry.key = reader.text()?,
                "ExplicitHashKey" => entry.hash_key = reader.text()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(entry)
    }

    /// Adds the entry to a batch; its data are copied once.
    fn add(self, entries: &mut EntryBatch, check: &mut Check<'_>) -> Result<(), Fault> {
        let Self { data, key, hash_key } = self;
        let field = |name: &str, number: usize| format!("records.{number}.member.{name}");
        let number = entries.len() + 1;
        if data.is_none() {
            check.faults.present(&field("data", number), false);
        }
        if key.as_deref() == Some("") {
            check.faults.text(&field("partitionKey", number), "", 1, PARTITION_KEY_CHARS_MAX);
        }
        let hash_key =
            hash_key.map(|text| check.hash_key_of(&field("explicitHashKey", number), &text));
        let mut done = Ok(());
        entries.push_explicit(&key.unwrap_or_default(), hash_key, |bytes| {
            if let Some(data) = data {
                done = data.append_to(bytes);
            }
        });
        done
    }
}

pub(super) fn put(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut entries = EntryBatch::new();
    let (mut given, mut dry_run) = (false, None);
    members(reader, |reader, name| {
        match name {
            "Records" => {
                // Keys are short beside what their blobs have around them.
                entries = EntryBatch::with_capacity(reader.blobs_left());
                given = reader.list(|reader| {
                    let entry = RawEntry::read(reader)?;
                    // One too many is enough to be told so.
                    match entries.len() > PUT_RECORDS_ENTRIES_MAX {
                        true => entry.data.as_ref().map_or(Ok(()), Blob::pass),
                        false => entry.add(&mut entries, check),
                    }
                })?;
            }
            "DryRun" => dry_run = reader.boolean()?,
            _ => target.member(reader, name)?,
        }
        Ok(())
    })?;
    check.faults.present("records", given);
    entries.share();
    let stream = check.stream(target);
    if given {
        check.faults.hidden_length("records", entries.len(), 1, usize::MAX);
    }
    let put = PutRecords { stream, entries };
    Ok(reading(Operation::PutRecords(put), dry_run))
}

pub(super) fn iterator(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut shard, mut kind, mut number): (Text<'_>, Text<'_>, Text<'_>) = (None, None, None);
    let (mut timestamp, mut dry_run) = (None, None);
    members(reader, |reader, name| {
        match name {
            "ShardId" => shard = reader.text()?,
            "ShardIteratorType" => kind = reader.text()?,
            "StartingSequenceNumber" => number = reader.text()?,
            "Timestamp" => timestamp = reader.time()?,
            "DryRun" => dry_run = reader.boolean()?,
            _ => target.member(reader, name)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let absent = no_shard(check.account, stream.as_str());
    let shard = check.shard("shardId", shard, absent);
    check.faults.present("shardIteratorType", kind.is_some());
    let position = position("shardIteratorType", (kind, number, timestamp), check);
    let get = GetShardIterator { stream, shard, position };
    Ok(reading(Operation::GetShardIterator(get), dry_run))
}

/// A position as it is asked for. That a type is given was looked at.
pub(super) fn position(
    field: &str,
    (kind, number, timestamp): (Text<'_>, Text<'_>, Option<Millis>),
    check: &mut Check<'_>,
) -> AskedPosition {
    let kind = check.word(field, kind, &KINDS).unwrap_or(IteratorKind::TrimHorizon);
    let number = number.map(Cow::into_owned);
    AskedPosition::Raw(RawPosition { kind: Some(kind), number, timestamp })
}

pub(super) fn get(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut token, mut limit, mut dry_run): (Text<'_>, _, _) = (None, None, None);
    members(reader, |reader, name| {
        match name {
            "ShardIterator" => token = reader.text()?,
            "Limit" => limit = reader.integer()?,
            "DryRun" => dry_run = reader.boolean()?,
            _ => target.member(reader, name)?,
        }
        Ok(())
    })?;
    check.faults.present("shardIterator", token.is_some());
    let most = u32::try_from(GET_RECORDS_MAX).expect("invariant: it is 10,000");
    let limit = check.number_if_any("limit", limit, 1, most).unwrap_or(most);
    let stream = check.stream_if_any(target);
    if let Some(token) = &token {
        check.faults.text("shardIterator", token, 1, ITERATOR_CHARS_MAX);
    }
    let token = token.unwrap_or_default();
    let iterator = iterator::decode(&token).unwrap_or_else(|why| {
        check.refuse(why.into());
        no_iterator(check)
    });
    if stream.is_some_and(|stream| stream != iterator.stream) {
        check.refuse(iterator::TokenError.into());
    }
    let get = GetRecords { iterator, limit: limit as usize };
    Ok(reading(Operation::GetRecords(get), dry_run))
}

/// Stands for an iterator in a request that is refused.
fn no_iterator(check: &mut Check<'_>) -> ShardIterator {
    ShardIterator {
        stream: check.stream_name("streamName", Some(Cow::Borrowed("x"))),
        stream_created: Millis::ZERO,
        shard: ShardId::default(),
        next_index: 0,
        issued: Millis::ZERO,
        reader: ReaderId::default(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Action;
    use crate::wire::{Account, Fault, Format, Refusal, request};

    /// Found by the fuzzer: of what was given twice the first was not looked at.
    #[test]
    fn data_that_do_not_count_are_a_text_all_the_same() {
        let put = |first: &str| {
            let entry = format!(r#""Data":"{first}","Data":"AA==","PartitionKey":"k""#);
            let one = format!(r#"{{"StreamName":"s",{entry}}}"#);
            let many = format!(r#"{{"StreamName":"s","Records":[{{{entry}}}]}}"#);
            let read = |action, body: &str| {
                request(action, Format::Json, body.as_bytes(), &Account::default()).map(drop)
            };
            [read(Action::PutRecord, &one), read(Action::PutRecords, &many)]
        };
        assert_eq!(put("A\0A"), [(); 2].map(|()| Err(Refusal::Fault(Fault::Syntax))));
        assert_eq!(put("A\\u0000A"), [Ok(()), Ok(())]);
        assert_eq!(put("AA=="), [Ok(()), Ok(())]);
    }
}
