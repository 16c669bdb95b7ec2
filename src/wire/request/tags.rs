//! Requests about tags and policies.

use std::borrow::Cow;

use crate::api::{AddTags, LabelOperation, ListTags, PutPolicy, RemoveTags, Tags};
use crate::model::Resource;
use crate::model::limits::TAGS_LISTED_MAX;
use crate::wire::Fault;
use crate::wire::check::{Check, StreamId, Target, Text};
use crate::wire::reader::Reader;
use crate::wire::request::streams::tags;
use crate::wire::request::{Read, Reading, members};

fn label(operation: LabelOperation) -> Reading {
    operation.into()
}

/// Tags that must be there: where they are not, some that keep all constraints.
fn required(asked: Option<Tags>, check: &mut Check<'_>) -> Tags {
    check.faults.present("tags", asked.is_some());
    asked.unwrap_or_else(|| Tags::from([("x".to_owned(), String::new())]))
}

fn required_keys(keys: Option<Vec<String>>, check: &mut Check<'_>) -> Vec<String> {
    check.faults.present("tagKeys", keys.is_some());
    keys.unwrap_or_else(|| vec!["x".to_owned()])
}

fn keys(reader: &mut Reader<'_>) -> Result<Option<Vec<String>>, Fault> {
    let mut keys = Vec::new();
    let given = reader.list(|reader| {
        keys.extend(reader.text()?.map(Cow::into_owned));
        Ok(())
    })?;
    Ok(given.then_some(keys))
}

pub(super) fn add_to_stream(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut asked = None;
    members(reader, |reader, key| match key {
        "Tags" => tags(reader).map(|value| asked = value),
        _ => target.member(reader, key),
    })?;
    let resource = Resource::Stream(check.stream(target));
    let tags = required(asked, check);
    Ok(label(LabelOperation::AddTagsToStream(AddTags { resource, tags })))
}

pub(super) fn add_to_resource(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut asked = None;
    let mut arn: Text<'_> = None;
    let mut id = StreamId::default();
    members(reader, |reader, key| match key {
        "Tags" => tags(reader).map(|value| asked = value),
        "ResourceARN" => reader.text().map(|value| arn = value),
        _ => id.member(reader, key),
    })?;
    check.stream_id(id);
    let tags = required(asked, check);
    let resource = check.resource(arn);
    Ok(label(LabelOperation::TagResource(AddTags { resource, tags })))
}

pub(super) fn remove_from_stream(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut asked = None;
    members(reader, |reader, key| match key {
        "TagKeys" => keys(reader).map(|value| asked = value),
        _ => target.member(reader, key),
    })?;
    let resource = Resource::Stream(check.stream(target));
    let keys = required_keys(asked, check);
    Ok(label(LabelOperation::RemoveTagsFromStream(RemoveTags { resource, keys })))
}

pub(super) fn remove_from_resource(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut asked = None;
    let mut arn: Text<'_> = None;
    let mut id = StreamId::default();
    members(reader, |reader, key| match key {
        "TagKeys" => keys(reader).map(|value| asked = value),
        "ResourceARN" => reader.text().map(|value| arn = value),
        _ => id.member(reader, key),
    })?;
    check.stream_id(id);
    let keys = required_keys(asked, check);
    let resource = check.resource(arn);
    Ok(label(LabelOperation::UntagResource(RemoveTags { resource, keys })))
}

pub(super) fn list_of_stream(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let (mut after, mut limit): (Text<'_>, _) = (None, None);
    members(reader, |reader, key| {
        match key {
            "ExclusiveStartTagKey" => after = reader.text()?,
            "Limit" => limit = reader.integer()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let list = ListTags {
        stream: check.stream(target),
        after: after.map(Cow::into_owned),
        limit: check.number_if_any("limit", limit, 1, TAGS_LISTED_MAX),
    };
    Ok(label(LabelOperation::ListTagsForStream(list)))
}

/// A body that names a resource and nothing else.
fn resource(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Result<Resource, Fault> {
    let mut arn: Text<'_> = None;
    let mut id = StreamId::default();
    members(reader, |reader, key| match key {
        "ResourceARN" => reader.text().map(|value| arn = value),
        _ => id.member(reader, key),
    })?;
    check.stream_id(id);
    Ok(check.resource(arn))
}

pub(super) fn list_of_resource(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    resource(reader, check).map(|which| label(LabelOperation::ListTagsForResource(which)))
}

pub(super) fn get_policy(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    resource(reader, check).map(|which| label(LabelOperation::GetResourcePolicy(which)))
}

pub(super) fn delete_policy(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    resource(reader, check).map(|which| label(LabelOperation::DeleteResourcePolicy(which)))
}

pub(super) fn put_policy(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut policy): (Text<'_>, Text<'_>) = (None, None);
    let mut id = StreamId::default();
    members(reader, |reader, key| match key {
        "Policy" => reader.text().map(|value| policy = value),
        "ResourceARN" => reader.text().map(|value| arn = value),
        _ => id.member(reader, key),
    })?;
    check.stream_id(id);
    let put =
        PutPolicy { resource: check.resource(arn), policy: check.text("policy", policy, "{}") };
    Ok(label(LabelOperation::PutResourcePolicy(put)))
}
