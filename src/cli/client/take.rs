//! A session like a stream of any endpoint: `watershed describe STREAM --session`.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::cli::CliError;
use crate::cli::arguments::DescribeTask;
use crate::cli::client::endpoint;
use crate::cli::report::{data, talk};
use crate::model::{Action, StreamName};
use crate::remote::{Client, Far, Watching};
use crate::world::{Port, RunError};

/// Calls a second that watching may take: two readers' worth for some shards, and leaves others room.
const CALLS_PER_S: u32 = 20;

/// Watches a stream for a while, and writes what was seen as a session.
pub(in crate::cli) fn take(task: &DescribeTask) -> Result<ExitCode, CliError> {
    let (place, who) = endpoint(&task.at)?;
    let who = Arc::new(who);
    // Whoever cannot be asked at all is told so at once.
    let mut client = Client::new(place.clone(), Arc::clone(&who));
    client.ask(Action::DescribeStreamSummary, &json!({"StreamName": task.stream}))?;
    let unknown = || RunError::Unknown { what: "stream", name: task.stream.clone() };
    let stream = StreamName::new(&task.stream).map_err(|_| unknown())?;
    // Its keys are to be seen, which nobody but its records tells.
    let watching = Watching { calls_per_s: CALLS_PER_S, only: Some(stream), cloudwatch: None };
    let far = Far::start(&place, &who, watching);
    talk(&format!("watching {} for {} s\n", task.stream, task.watch_ms / 1_000));
    thread::sleep(Duration::from_millis(task.watch_ms));
    if far.snapshot().stream(&task.stream).is_none() {
        return Err(unknown().into());
    }
    data(&far.session().to_ron())?;
    Ok(ExitCode::SUCCESS)
}
