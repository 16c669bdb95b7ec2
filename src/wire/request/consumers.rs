//! Requests about registered consumers.

use std::borrow::Cow;

use crate::api::{
    ConsumerRef, ListStreamConsumers, Operation, RegisterStreamConsumer, SubscribeToShard, Tags,
};
use crate::model::Millis;
use crate::model::limits::{PAGE_ASKED_MAX, TAGS_ASKED_MAX};
use crate::wire::Fault;
use crate::wire::check::{Check, StreamId, Text};
use crate::wire::reader::Reader;
use crate::wire::request::records::position;
use crate::wire::request::streams::tags;
use crate::wire::request::{Read, Reading, Request, invalid, members, shard_gone};

pub(super) fn register(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut name): (Text<'_>, Text<'_>) = (None, None);
    let (mut asked_tags, mut id) = (None, StreamId::default());
    members(reader, |reader, key| {
        match key {
            "StreamARN" => arn = reader.text()?,
            "ConsumerName" => name = reader.text()?,
            "Tags" => asked_tags = tags(reader)?,
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    if asked_tags.as_ref().is_some_and(Tags::is_empty) {
        check.faults.length("tags", "{}", 0, 1, TAGS_ASKED_MAX);
    }
    let register = RegisterStreamConsumer {
        stream: check.stream_of_arn(arn),
        consumer: check.consumer_name(name),
        tags: asked_tags.unwrap_or_default(),
    };
    Ok(Operation::RegisterStreamConsumer(register).into())
}

/// Which consumer: by its own ARN, or by the stream's and its name.
fn which(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Result<ConsumerRef, Fault> {
    let (mut own, mut stream, mut name): (Text<'_>, Text<'_>, Text<'_>) = (None, None, None);
    let mut id = StreamId::default();
    members(reader, |reader, key| {
        match key {
            "ConsumerARN" => own = reader.text()?,
            "StreamARN" => stream = reader.text()?,
            "ConsumerName" => name = reader.text()?,
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    if own.is_some() {
        let arn = check.consumer(own);
        let stream = stream.map(|stream| check.stream_of_arn(Some(stream)));
        let name = name.map(|name| check.consumer_name(Some(name)));
        let same = stream.is_none_or(|stream| stream == arn.stream)
            && name.is_none_or(|name| name == arn.consumer);
        if !same {
            let why = "ConsumerARN, StreamARN and ConsumerName are not of one consumer.";
            check.refuse(invalid(why));
        }
        return Ok(ConsumerRef::Arn(arn));
    }
    if stream.is_none() || name.is_none() {
        check.refuse(invalid("ConsumerARN or both StreamARN and ConsumerName must be specified."));
        stream = stream.or(Some(Cow::Borrowed(STAND_IN_ARN)));
        name = name.or(Some(Cow::Borrowed("x")));
    }
    let stream = check.stream_of_arn(stream);
    Ok(ConsumerRef::Name { stream, consumer: check.consumer_name(name) })
}

/// Stands for an ARN in a request that is refused.
const STAND_IN_ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/x";

pub(super) fn deregister(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    which(reader, check).map(|which| Operation::DeregisterStreamConsumer(which).into())
}

pub(super) fn describe(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    which(reader, check).map(|which| Operation::DescribeStreamConsumer(which).into())
}

pub(super) fn list(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut token): (Text<'_>, Text<'_>) = (None, None);
    let (mut most, mut created, mut id) = (None, None, StreamId::default());
    members(reader, |reader, key| {
        match key {
            "StreamARN" => arn = reader.text()?,
            "NextToken" => token = reader.text()?,
            "MaxResults" => most = reader.integer()?,
            "StreamCreationTimestamp" => created = reader.time()?,
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    if token.is_some() && created.is_some() {
        let why = "NextToken and StreamCreationTimestamp cannot be provided together.";
        check.refuse(invalid(why));
    }
    let list = ListStreamConsumers {
        stream: check.stream_of_arn(arn),
        stream_created: created,
        max_results: check.number_if_any("maxResults", most, 1, PAGE_ASKED_MAX),
        next_token: token.map(Cow::into_owned),
    };
    Ok(Operation::ListStreamConsumers(list).into())
}

/// A StartingPosition as it stands in the body.
#[derive(Debug, Default)]
struct RawStart<'a> {
    kind: Text<'a>,
    number: Text<'a>,
    timestamp: Option<Millis>,
}

pub(super) fn subscribe(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut shard): (Text<'_>, Text<'_>) = (None, None);
    let (mut dry_run, mut given, mut start) = (None, false, RawStart::default());
    let mut id = StreamId::default();
    members(reader, |reader, key| {
        match key {
            "ConsumerARN" => arn = reader.text()?,
            "ShardId" => shard = reader.text()?,
            "DryRun" => dry_run = reader.boolean()?,
            "StartingPosition" => {
                given = reader.structure(|reader, key| {
                    match key {
                        "Type" => start.kind = reader.text()?,
                        "SequenceNumber" => start.number = reader.text()?,
                        "Timestamp" => start.timestamp = reader.time()?,
                        _ => reader.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    let consumer = check.consumer(arn);
    let absent = shard_gone(check.account, consumer.stream.as_str());
    let shard = check.shard("shardId", shard, absent);
    check.faults.present("startingPosition", given);
    let RawStart { kind, number, timestamp } = start;
    if given {
        check.faults.present("startingPosition.type", kind.is_some());
    }
    if let Some(number) = &number {
        check.sequence_number("startingPosition.sequenceNumber", number);
    }
    let position = position("startingPosition.type", (kind, number, timestamp), check);
    let subscribe = SubscribeToShard { consumer, shard, position };
    Ok(Reading { request: Request::Subscribe(subscribe), dry_run: dry_run.unwrap_or(false) })
}
