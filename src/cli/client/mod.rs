//! Command-line clients on any endpoint: `put`, `tail`, `streams`, `describe`, `create`, `split`,
//! `merge`, `scale`, `delete`.

mod put;
mod tail;
mod take;

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::CliError;
use crate::cli::arguments::{AtEndpoint, StreamTask};
use crate::cli::report::data;
use crate::model::{Action, ShardId};
use crate::remote::{AskError, Client, Place, Who};

pub(super) use put::put;
pub(super) use tail::tail;
pub(super) use take::take;

/// How often a change is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Where `watershed serve` listens.
const LOCAL: &str = "http://127.0.0.1:4567";

/// A client of the endpoint that was named, there or in the environment.
fn client(at: &AtEndpoint) -> Result<Client, CliError> {
    let (place, who) = endpoint(at)?;
    Ok(Client::new(place, Arc::new(who)))
}

/// The endpoint that was named, there or in the environment, and who asks it.
pub(super) fn endpoint(at: &AtEndpoint) -> Result<(Place, Who), CliError> {
    let AtEndpoint { endpoint, region, profile, ca } = at;
    let lookup = |name: &str| env::var(name).ok();
    let who = Who::new(profile.clone(), region.clone(), Box::new(lookup)).trusting(ca.clone());
    let place = match endpoint.clone().or_else(|| who.endpoint()) {
        Some(url) => Place::parse(&url)?,
        None if region.is_some() || profile.is_some() => who.aws().map_err(AskError::from)?,
        None => Place::parse(LOCAL)?,
    };
    Ok((place, who))
}

/// `watershed streams`.
pub(super) fn streams(at: &AtEndpoint) -> Result<ExitCode, CliError> {
    let mut client = client(at)?;
    let mut asked = json!({});
    loop {
        let page = client.ask(Action::ListStreams, &asked)?;
        let names = page["StreamNames"].as_array().map_or(&[][..], Vec::as_slice);
        let lines: String =
            names.iter().filter_map(Value::as_str).map(|name| format!("{name}\n")).collect();
        data(&lines)?;
        let Some(last) = names.last().filter(|_| page["HasMoreStreams"] == true) else {
            return Ok(ExitCode::SUCCESS);
        };
        asked = json!({"ExclusiveStartStreamName": last});
    }
}

/// `watershed describe STREAM`.
pub(super) fn describe(at: &AtEndpoint, stream: &str) -> Result<ExitCode, CliError> {
    let mut client = client(at)?;
    let told = client.ask(Action::DescribeStreamSummary, &json!({"StreamName": stream}))?;
    let told = &told["StreamDescriptionSummary"];
    let mut text = String::new();
    for (name, value) in told.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text += &format!("{name:<26} {value}\n");
    }
    text += &format!("\n{:<22} {:<6} {:<39} {:<39} parents\n", "shard", "state", "from", "to");
    for shard in shards(&mut client, stream)? {
        let of = |name: &str| shard[name].as_str().unwrap_or_default().to_owned();
        let range = &shard["HashKeyRange"];
        let closed = shard["SequenceNumberRange"]["EndingSequenceNumber"].is_string();
        let row = format!(
            "{:<22} {:<6} {:<39} {:<39} {} {}",
            of("ShardId"),
            if closed { "CLOSED" } else { "OPEN" },
            range["StartingHashKey"].as_str().unwrap_or_default(),
            range["EndingHashKey"].as_str().unwrap_or_default(),
            of("ParentShardId"),
            of("AdjacentParentShardId"),
        );
        text += &format!("{}\n", row.trim_end());
    }
    data(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Every shard of a stream, page after page.
fn shards(client: &mut Client, stream: &str) -> Result<Vec<Value>, CliError> {
    let mut all = Vec::new();
    let mut asked = json!({"StreamName": stream});
    loop {
        let page = client.ask(Action::ListShards, &asked)?;
        all.extend(page["Shards"].as_array().cloned().unwrap_or_default());
        match &page["NextToken"] {
            Value::Null => return Ok(all),
            token => asked = json!({"NextToken": token}),
        }
    }
}

/// `watershed create`, `split`, `merge`, `scale` and `delete`: asks, and waits until it is done.
pub(super) fn change(task: &StreamTask) -> Result<ExitCode, CliError> {
    let mut client = client(task.at())?;
    let (action, stream, body) = match task {
        StreamTask::Create { stream, shards: Some(count), .. } => {
            (Action::CreateStream, stream, json!({"StreamName": stream, "ShardCount": count}))
        }
        StreamTask::Create { stream, shards: None, .. } => {
            let mode = json!({"StreamMode": "ON_DEMAND"});
            let body = json!({"StreamName": stream, "StreamModeDetails": mode});
            (Action::CreateStream, stream, body)
        }
        StreamTask::Split { stream, shard, key, .. } => {
            let key = match key {
                Some(key) => key.clone(),
                None => middle(&mut client, stream, shard)?,
            };
            let body = json!({
                "StreamName": stream, "ShardToSplit": whole(shard), "NewStartingHashKey": key,
            });
            (Action::SplitShard, stream, body)
        }
        StreamTask::Merge { stream, shard, adjacent, .. } => {
            let body = json!({
                "StreamName": stream,
                "ShardToMerge": whole(shard), "AdjacentShardToMerge": whole(adjacent),
            });
            (Action::MergeShards, stream, body)
        }
        StreamTask::Scale { stream, shards, .. } => {
            let body = json!({
                "StreamName": stream, "TargetShardCount": shards,
                "ScalingType": "UNIFORM_SCALING",
            });
            (Action::UpdateShardCount, stream, body)
        }
        StreamTask::Delete { stream, enforce_consumer_deletion: consumers, yes_delete, .. } => {
            confirm(client.place(), stream, yes_delete.as_deref())?;
            let body = json!({"StreamName": stream, "EnforceConsumerDeletion": consumers});
            (Action::DeleteStream, stream, body)
        }
    };
    client.ask(action, &body)?;
    wait(&mut client, stream, matches!(task, StreamTask::Delete { .. }))
}

/// Does somebody mean it? What is deleted at AWS may be missed, so its name is to be typed.
fn confirm(place: &Place, stream: &str, typed: Option<&str>) -> Result<(), CliError> {
    let mut line = String::new();
    let typed = match typed {
        None if !place.is_aws() => return Ok(()),
        None if io::stdin().is_terminal() => {
            eprint!(
                "`{stream}` and its records at {} are lost. Its name, to delete it: ",
                place.url
            );
            io::stdin().read_line(&mut line).map_err(|why| CliError::Input(why.to_string()))?;
            line.trim()
        }
        None => "",
        Some(typed) => typed,
    };
    let unsure = || CliError::Unsure { stream: stream.to_owned(), url: place.url.clone() };
    if typed == stream { Ok(()) } else { Err(unsure()) }
}

/// A shard as every server knows it: `3` is short for `shardId-000000000003`.
fn whole(shard: &str) -> String {
    ShardId::parse(shard).map_or_else(|| shard.to_owned(), |shard| shard.to_string())
}

/// The key in the middle of a shard.
fn middle(client: &mut Client, stream: &str, shard: &str) -> Result<String, CliError> {
    let all = shards(client, stream)?;
    let id = |shard: &str| ShardId::parse(shard);
    let found = all.iter().find(|one| id(one["ShardId"].as_str().unwrap_or("")) == id(shard));
    let key = |name: &str| -> Option<u128> { found?["HashKeyRange"][name].as_str()?.parse().ok() };
    let absent = || CliError::NoShard { stream: stream.to_owned(), shard: shard.to_owned() };
    let (start, end) = key("StartingHashKey").zip(key("EndingHashKey")).ok_or_else(absent)?;
    Ok((start + (end - start) / 2 + 1).to_string())
}

/// Waits until a stream is active, or gone.
fn wait(client: &mut Client, stream: &str, gone: bool) -> Result<ExitCode, CliError> {
    loop {
        match client.ask(Action::DescribeStreamSummary, &json!({"StreamName": stream})) {
            Ok(told) if told["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE" && !gone => {
                data(&format!("{stream} ACTIVE\n"))?;
                return Ok(ExitCode::SUCCESS);
            }
            Ok(_) => thread::sleep(LOOK_EVERY),
            Err(why) if gone && why.code() == Some("ResourceNotFoundException") => {
                data(&format!("{stream} deleted\n"))?;
                return Ok(ExitCode::SUCCESS);
            }
            Err(why) => return Err(why.into()),
        }
    }
}
