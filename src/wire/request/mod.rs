//! Bodies of requests, read into typed operations. One function an operation, by families as in
//! `api`.

mod consumers;
mod records;
mod settings;
mod shards;
mod streams;
mod tags;

use crate::api::{ApiError, CommitmentWish, Operation, SubscribeToShard};
use crate::model::{Action, HashKey};
use crate::wire::check::{Check, Text};
use crate::wire::reader::Reader;
use crate::wire::{Account, Fault, Format, Refusal};

/// What a body asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// Something that has one answer.
    Operation(Operation),
    /// SubscribeToShard, which is answered with events.
    Subscribe(SubscribeToShard),
}

impl From<Operation> for Request {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}

/// A body that was read, before its constraints are told.
struct Reading {
    request: Request,
    /// Is only asked whether it would be permitted?
    dry_run: bool,
}

impl<T: Into<Operation>> From<T> for Reading {
    fn from(operation: T) -> Self {
        Self { request: Request::Operation(operation.into()), dry_run: false }
    }
}

type Read = Result<Reading, Fault>;

/// Reads what a body asks of `account` with `action`.
///
/// # Errors
/// When the body cannot be read; when fields do not keep their constraints, all of which are told;
/// when it names something that this account cannot have.
pub fn request(
    action: Action,
    format: Format,
    body: &[u8],
    account: &Account,
) -> Result<Request, Refusal> {
    let mut check = Check::new(account);
    let reading = whole(action, format, body, &mut check).map_err(|fault| {
        // What cannot be read is told before what is of another type.
        is_readable(format, body).err().unwrap_or(fault)
    })?;
    let operation = match &reading.request {
        Request::Operation(operation) => Some(operation),
        Request::Subscribe(_) => None,
    };
    check.end(operation)?;
    if reading.dry_run {
        return Ok(Operation::DryRun(action).into());
    }
    Ok(reading.request)
}

/// A refusal of the service, which shows a value as it was asked for: a key beyond all keys, at which no
/// shard can be split, is asked as the last one, at which none can be either.
#[must_use]
pub fn as_asked(operation: &Operation, format: Format, body: &[u8], why: ApiError) -> ApiError {
    let (Operation::SplitShard(split), ApiError::InvalidArgument(told)) = (operation, &why) else {
        return why;
    };
    match shards::asked_key(format, body) {
        Some(key) if split.new_starting_hash_key == HashKey::MAX => {
            let read = format!("NewStartingHashKey {} ", HashKey::MAX);
            invalid(told.replacen(&read, &format!("NewStartingHashKey {key} "), 1))
        }
        Some(_) | None => why,
    }
}

fn whole(action: Action, format: Format, body: &[u8], check: &mut Check<'_>) -> Read {
    let mut reader = Reader::new(format, body)?;
    let reading = read(action, &mut reader, check)?;
    reader.end()?;
    Ok(reading)
}

/// Is a body what its form says, whatever it asks?
///
/// # Errors
/// When it is not.
pub fn is_readable(format: Format, body: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader::new(format, body)?;
    reader.skip()?;
    reader.end()
}

fn read<'a>(action: Action, reader: &mut Reader<'a>, check: &mut Check<'_>) -> Read {
    match action {
        Action::AddTagsToStream => tags::add_to_stream(reader, check),
        Action::CreateStream => streams::create(reader, check),
        Action::DecreaseStreamRetentionPeriod | Action::IncreaseStreamRetentionPeriod => {
            settings::retention(action, reader, check)
        }
        Action::DeleteResourcePolicy => tags::delete_policy(reader, check),
        Action::DeleteStream => streams::delete(reader, check),
        Action::DeregisterStreamConsumer => consumers::deregister(reader, check),
        Action::DescribeAccountSettings => nothing(reader, Operation::DescribeAccountSettings),
        Action::DescribeLimits => nothing(reader, Operation::DescribeLimits),
        Action::DescribeStream => streams::describe(reader, check),
        Action::DescribeStreamConsumer => consumers::describe(reader, check),
        Action::DescribeStreamSummary => streams::summarize(reader, check),
        Action::DisableEnhancedMonitoring | Action::EnableEnhancedMonitoring => {
            settings::monitoring(action, reader, check)
        }
        Action::GetRecords => records::get(reader, check),
        Action::GetResourcePolicy => tags::get_policy(reader, check),
        Action::GetShardIterator => records::iterator(reader, check),
        Action::ListShards => shards::list(reader, check),
        Action::ListStreamConsumers => consumers::list(reader, check),
        Action::ListStreams => streams::list(reader, check),
        Action::ListTagsForResource => tags::list_of_resource(reader, check),
        Action::ListTagsForStream => tags::list_of_stream(reader, check),
        Action::MergeShards => shards::merge(reader, check),
        Action::PutRecord => records::put_one(reader, check),
        Action::PutRecords => records::put(reader, check),
        Action::PutResourcePolicy => tags::put_policy(reader, check),
        Action::RegisterStreamConsumer => consumers::register(reader, check),
        Action::RemoveTagsFromStream => tags::remove_from_stream(reader, check),
        Action::SplitShard => shards::split(reader, check),
        Action::StartStreamEncryption | Action::StopStreamEncryption => {
            settings::encryption(action, reader, check)
        }
        Action::SubscribeToShard => consumers::subscribe(reader, check),
        Action::TagResource => tags::add_to_resource(reader, check),
        Action::UntagResource => tags::remove_from_resource(reader, check),
        Action::UpdateAccountSettings => commitment(reader, check),
        Action::UpdateMaxRecordSize => settings::record_size(reader, check),
        Action::UpdateShardCount => shards::scale(reader, check),
        Action::UpdateStreamMode => settings::mode(reader, check),
        Action::UpdateStreamRecordDistributionStrategy => settings::distribution(reader, check),
        Action::UpdateStreamWarmThroughput => settings::warm(reader, check),
    }
}

/// Visits the members of the body, which is a structure.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&mut Reader<'a>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.structure(member)? { Ok(()) } else { Err(Fault::Syntax) }
}

/// An operation that asks nothing more.
fn nothing(reader: &mut Reader<'_>, operation: Operation) -> Read {
    members(reader, |reader, _| reader.skip())?;
    Ok(operation.into())
}

fn commitment(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    const WORDS: [(&str, CommitmentWish); 2] =
        [("ENABLED", CommitmentWish::Enabled), ("DISABLED", CommitmentWish::Disabled)];
    const FIELD: &str = "minimumThroughputBillingCommitment";
    let mut status: Text<'_> = None;
    let mut given = false;
    members(reader, |reader, key| match key {
        "MinimumThroughputBillingCommitment" => {
            given = reader.structure(|reader, key| match key {
                "Status" => reader.text().map(|text| status = text),
                _ => reader.skip(),
            })?;
            Ok(())
        }
        _ => reader.skip(),
    })?;
    check.faults.present(FIELD, given);
    let wish = match given {
        true => check.required(&format!("{FIELD}.status"), status, &WORDS),
        false => CommitmentWish::Enabled,
    };
    Ok(Operation::UpdateAccountSettings(wish).into())
}

/// What is said of a shard in calls that change it, when no shard can be called so.
fn no_shard<'c>(account: &'c Account, stream: &'c str) -> impl Fn(&str) -> String + use<'c> {
    move |shard| {
        let id = &account.id;
        format!("Could not find shard {shard} in stream {stream} under account {id}.")
    }
}

/// What is said of a shard in calls that read it, when no shard can be called so.
fn shard_gone<'c>(account: &'c Account, stream: &'c str) -> impl Fn(&str) -> String + use<'c> {
    move |shard| {
        let id = &account.id;
        format!("Shard {shard} in stream {stream} under account {id} does not exist")
    }
}

fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::InvalidArgument(why.into())
}
