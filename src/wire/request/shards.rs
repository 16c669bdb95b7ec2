//! Requests about shards.

use std::borrow::Cow;

use crate::api::{ListShards, MergeShards, Operation, ShardFilter, SplitShard, UpdateShardCount};
use crate::model::limits::PAGE_ASKED_MAX;
use crate::model::{Millis, ShardId};
use crate::wire::check::{Check, Target, Text};
use crate::wire::reader::Reader;
use crate::wire::request::{Read, invalid, members, no_shard};
use crate::wire::{Fault, Format};

/// A ShardFilter as it stands in the body.
#[derive(Debug, Default)]
struct RawFilter<'a> {
    kind: Text<'a>,
    shard: Text<'a>,
    timestamp: Option<Millis>,
}

fn raw_filter<'a>(reader: &mut Reader<'a>) -> Result<Option<RawFilter<'a>>, Fault> {
    let mut filter = RawFilter::default();
    let given = reader.structure(|reader, key| {
        match key {
            "Type" => filter.kind = reader.text()?,
            "ShardId" => filter.shard = reader.text()?,
            "Timestamp" => filter.timestamp = reader.time()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(given.then_some(filter))
}

fn filter(raw: RawFilter<'_>, check: &mut Check<'_>, stream: &str) -> ShardFilter {
    let RawFilter { kind, shard, timestamp } = raw;
    let at = timestamp.unwrap_or_default();
    let absent = no_shard(check.account, stream);
    let given = check.shard_if_any("shardFilter.shardId", shard, absent);
    let id = given.unwrap_or_default();
    let words = [
        ShardFilter::AfterShardId(id),
        ShardFilter::AtTrimHorizon,
        ShardFilter::FromTrimHorizon,
        ShardFilter::AtLatest,
        ShardFilter::AtTimestamp(at),
        ShardFilter::FromTimestamp(at),
    ]
    .map(|filter| (filter.word(), filter));
    let filter = check.required("shardFilter.type", kind, &words);
    match filter {
        ShardFilter::AfterShardId(_) if given.is_none() => {
            check.refuse(invalid("ShardId must be specified when ShardFilter is AFTER_SHARD_ID."));
        }
        ShardFilter::AtTimestamp(_) | ShardFilter::FromTimestamp(_) if timestamp.is_none() => {
            let word = filter.word();
            let why = format!("Timestamp must be specified when ShardFilter is {word}.");
            check.refuse(invalid(why));
        }
        ShardFilter::AfterShardId(_)
        | ShardFilter::AtTrimHorizon
        | ShardFilter::FromTrimHorizon
        | ShardFilter::AtLatest
        | ShardFilter::AtTimestamp(_)
        | ShardFilter::FromTimestamp(_) => {}
    }
    filter
}

pub(super) fn list(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut token, mut after): (Text<'_>, Text<'_>) = (None, None);
    let (mut most, mut created, mut asked) = (None, None, None);
    members(reader, |reader, key| {
        match key {
            "NextToken" => token = reader.text()?,
            "ExclusiveStartShardId" => after = reader.text()?,
            "MaxResults" => most = reader.integer()?,
            "StreamCreationTimestamp" => created = reader.time()?,
            "ShardFilter" => asked = raw_filter(reader)?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream_if_any(target);
    let named = stream.as_ref().map_or("", |stream| stream.as_str());
    let absent = no_shard(check.account, named);
    let list = ListShards {
        after: check.shard_if_any("exclusiveStartShardId", after, absent),
        filter: asked.map(|raw| filter(raw, check, named)),
        stream_created: created,
        max_results: check.number_if_any("maxResults", most, 1, PAGE_ASKED_MAX),
        next_token: token.map(Cow::into_owned),
        stream,
    };
    Ok(Operation::ListShards(list).into())
}

pub(super) fn split(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut shard, mut key_text): (Text<'_>, Text<'_>) = (None, None);
    members(reader, |reader, key| {
        match key {
            "ShardToSplit" => shard = reader.text()?,
            "NewStartingHashKey" => key_text = reader.text()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let absent = no_shard(check.account, stream.as_str());
    let shard = check.shard("shardToSplit", shard, absent);
    let new_starting_hash_key = check.hash_key("newStartingHashKey", key_text);
    Ok(Operation::SplitShard(SplitShard { stream, shard, new_starting_hash_key }).into())
}

/// The key of a SplitShard as it stands in the body.
pub(super) fn asked_key(format: Format, body: &[u8]) -> Option<String> {
    let mut reader = Reader::new(format, body).ok()?;
    let mut asked: Text<'_> = None;
    let read = members(&mut reader, |reader, key| match key {
        "NewStartingHashKey" => reader.text().map(|text| asked = text),
        _ => reader.skip(),
    });
    read.ok()?;
    asked.map(Cow::into_owned)
}

pub(super) fn merge(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut shard, mut adjacent): (Text<'_>, Text<'_>) = (None, None);
    members(reader, |reader, key| {
        match key {
            "ShardToMerge" => shard = reader.text()?,
            "AdjacentShardToMerge" => adjacent = reader.text()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let mut read = |field: &str, text: Text<'_>| -> ShardId {
        let absent = no_shard(check.account, stream.as_str());
        check.shard(field, text, absent)
    };
    let shard = read("shardToMerge", shard);
    let adjacent = read("adjacentShardToMerge", adjacent);
    Ok(Operation::MergeShards(MergeShards { stream, shard, adjacent }).into())
}

pub(super) fn scale(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut count, mut kind): (_, Text<'_>) = (None, None);
    members(reader, |reader, key| {
        match key {
            "TargetShardCount" => count = reader.integer()?,
            "ScalingType" => kind = reader.text()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let wanted = check.number("targetShardCount", count, 1, i32::MAX as u32);
    check.required("scalingType", kind, &[("UNIFORM_SCALING", ())]);
    Ok(Operation::UpdateShardCount(UpdateShardCount { stream, target: wanted }).into())
}
