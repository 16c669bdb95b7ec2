//! Requests about a stream as a whole.

use crate::api::{
    ConsumerDeletion, CreateStream, DeleteStream, DescribeStream, ListStreams, Operation, Tags,
};
use crate::model::limits::{ON_DEMAND_SHARDS, PAGE_ASKED_MAX, RECORD_KIB_MAX, RECORD_KIB_MIN};
use crate::model::{RecordDistribution, StreamMode};
use crate::wire::Fault;
use crate::wire::check::{Check, Target, Text};
use crate::wire::reader::Reader;
use crate::wire::request::{Read, members, no_shard};

pub(super) const MODES: [(&str, StreamMode); 2] = [
    (StreamMode::Provisioned.wire(), StreamMode::Provisioned),
    (StreamMode::OnDemand.wire(), StreamMode::OnDemand),
];
pub(super) const DISTRIBUTIONS: [(&str, RecordDistribution); 2] = [
    (RecordDistribution::Auto.word(), RecordDistribution::Auto),
    (RecordDistribution::UserPartitionKey.word(), RecordDistribution::UserPartitionKey),
];

/// StreamModeDetails: `None` when it is not there.
pub(super) fn mode_details<'a>(reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
    let mut mode: Text<'a> = None;
    let given = reader.structure(|reader, key| match key {
        "StreamMode" => reader.text().map(|text| mode = text),
        _ => reader.skip(),
    })?;
    Ok(given.then_some(mode))
}

/// A map of tags.
pub(super) fn tags(reader: &mut Reader<'_>) -> Result<Option<Tags>, Fault> {
    let mut tags = Tags::new();
    let given = reader.structure(|reader, key| {
        let value = reader.text()?.unwrap_or_default();
        tags.insert(key.to_owned(), value.into_owned());
        Ok(())
    })?;
    Ok(given.then_some(tags))
}

pub(super) fn create(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut name, mut distribution): (Text<'_>, Text<'_>) = (None, None);
    let (mut shards, mut kib, mut warm) = (None, None, None);
    let (mut details, mut asked_tags) = (None, None);
    members(reader, |reader, key| {
        match key {
            "StreamName" => name = reader.text()?,
            "ShardCount" => shards = reader.integer()?,
            "StreamModeDetails" => details = mode_details(reader)?,
            "Tags" => asked_tags = tags(reader)?,
            "WarmThroughputMiBps" => warm = reader.integer()?,
            "MaxRecordSizeInKiB" => kib = reader.integer()?,
            "RecordDistributionStrategy" => distribution = reader.text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let stream = check.stream_name("streamName", name);
    let mode = details.map(|mode| check.required("streamModeDetails.streamMode", mode, &MODES));
    let mode = mode.unwrap_or(StreamMode::Provisioned);
    let shards = match mode {
        StreamMode::Provisioned => check.number("shardCount", shards, 1, i32::MAX as u32),
        // It begins with a number of its own, but what is given must be a count.
        StreamMode::OnDemand => {
            check.number_if_any("shardCount", shards, 1, i32::MAX as u32);
            ON_DEMAND_SHARDS
        }
    };
    let kib = check.number_if_any("maxRecordSizeInKiB", kib, RECORD_KIB_MIN, RECORD_KIB_MAX);
    let warm = check.number_if_any("warmThroughputMiBps", warm, 0, i32::MAX as u32);
    let distribution = check.word("recordDistributionStrategy", distribution, &DISTRIBUTIONS);
    if asked_tags.as_ref().is_some_and(Tags::is_empty) {
        check.faults.length("tags", "{}", 0, 1, crate::model::limits::TAGS_ASKED_MAX);
    }
    let mut create = CreateStream::provisioned(stream, shards, check.account.level);
    create.mode = mode;
    create.limits = check.account.limits;
    create.record_kib_max = kib.unwrap_or(RECORD_KIB_MIN);
    create.warm_mib_per_s = warm;
    create.distribution = distribution.unwrap_or_default();
    create.tags = asked_tags.unwrap_or_default();
    Ok(Operation::CreateStream(create).into())
}

pub(super) fn delete(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut enforced = None;
    members(reader, |reader, key| match key {
        "EnforceConsumerDeletion" => reader.boolean().map(|value| enforced = value),
        _ => target.member(reader, key),
    })?;
    let consumers = match enforced {
        Some(true) => ConsumerDeletion::Enforced,
        Some(false) | None => ConsumerDeletion::Refused,
    };
    Ok(Operation::DeleteStream(DeleteStream { stream: check.stream(target), consumers }).into())
}

pub(super) fn describe(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut limit, mut after): (_, Text<'_>) = (None, None);
    members(reader, |reader, key| {
        match key {
            "Limit" => limit = reader.integer()?,
            "ExclusiveStartShardId" => after = reader.text()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let absent = no_shard(check.account, stream.as_str());
    let after = check.shard_if_any("exclusiveStartShardId", after, absent);
    let limit = check.number_if_any("limit", limit, 1, PAGE_ASKED_MAX);
    Ok(Operation::DescribeStream(DescribeStream { stream, after, limit }).into())
}

pub(super) fn summarize(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    members(reader, |reader, key| target.member(reader, key))?;
    Ok(Operation::DescribeStreamSummary(check.stream(target)).into())
}

pub(super) fn list(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut limit, mut after, mut token): (_, Text<'_>, Text<'_>) = (None, None, None);
    members(reader, |reader, key| {
        match key {
            "Limit" => limit = reader.integer()?,
            "ExclusiveStartStreamName" => after = reader.text()?,
            "NextToken" => token = reader.text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let list = ListStreams {
        after: after.map(|name| check.stream_name("exclusiveStartStreamName", Some(name))),
        limit: check.number_if_any("limit", limit, 1, PAGE_ASKED_MAX),
        next_token: token.map(std::borrow::Cow::into_owned),
    };
    Ok(Operation::ListStreams(list).into())
}
