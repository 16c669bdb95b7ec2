//! `watershed put STREAM`: a record for each line of the standard input.
//!
//! Lines go in batches: as many as came within a moment, 500 or 1 MiB at most. Entries that were
//! refused for throughput are put again, in their order, until they are taken.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::cli::CliError;
use crate::cli::arguments::PutTask;
use crate::cli::client::client;
use crate::cli::report::talk;
use crate::model::Action;
use crate::remote::{Client, pause};

/// Records of one request.
const BATCH_RECORDS: usize = 500;
/// Bytes of one request, about: as much as a shard takes a second.
const BATCH_BYTES: usize = 1_048_576;
/// How long a line may wait for others.
const LINGER: Duration = Duration::from_millis(100);
/// Attempts to put a record that is refused for throughput: two minutes.
const ATTEMPTS: u32 = 45;

/// A line, and the key that it is put with.
type Entry = (String, String);

/// Runs it.
pub(in crate::cli) fn put(task: &PutTask) -> Result<ExitCode, CliError> {
    let mut client = client(&task.at)?;
    let lines = lines();
    let (mut done, mut number, began) = (0_u64, 0_u64, Instant::now());
    let is_watched = io::stderr().is_terminal();
    while let Some(batch) = gather(&lines) {
        let batch = batch?;
        let entries = batch.into_iter().map(|line| {
            number += 1;
            // Without a key the shards take turns, more or less: each line has another.
            let key = task.key.clone().unwrap_or_else(|| format!("{number}"));
            (key, line)
        });
        let entries: Vec<Entry> = entries.collect();
        done += entries.len() as u64;
        put_all(&mut client, &task.stream, entries)?;
        if is_watched {
            let rate = done as f64 / began.elapsed().as_secs_f64();
            talk(&format!("\r{done} records, {rate:.0}/s "));
        }
    }
    if is_watched {
        talk("\n");
    }
    Ok(ExitCode::SUCCESS)
}

/// The lines of the standard input, read beside: a batch shall not wait for the next line.
fn lines() -> Receiver<io::Result<String>> {
    let (give, take) = sync_channel(2 * BATCH_RECORDS);
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if give.send(line).is_err() {
                return;
            }
        }
    });
    take
}

/// The next batch; `None` at the end.
fn gather(lines: &Receiver<io::Result<String>>) -> Option<Result<Vec<String>, CliError>> {
    let failed = |why: io::Error| CliError::Input(why.to_string());
    let mut batch = Vec::new();
    let mut bytes = 0;
    let mut take = |line: io::Result<String>| -> Result<bool, CliError> {
        let line = line.map_err(failed)?;
        bytes += line.len();
        batch.push(line);
        Ok(batch.len() == BATCH_RECORDS || bytes >= BATCH_BYTES)
    };
    let full = take(lines.recv().ok()?);
    let until = Instant::now() + LINGER;
    let mut state = full;
    while matches!(state, Ok(false)) {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => state = take(line),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    Some(state.map(|_| batch))
}

/// Puts entries until all are taken.
fn put_all(client: &mut Client, stream: &str, mut entries: Vec<Entry>) -> Result<(), CliError> {
    for attempt in 0..ATTEMPTS {
        let records: Vec<Value> = entries
            .iter()
            .map(|(key, line)| {
                json!({"PartitionKey": key, "Data": STANDARD.encode_to_string(line.as_bytes())})
            })
            .collect();
        let body = json!({"StreamName": stream, "Records": records});
        let answer = client.ask(Action::PutRecords, &body)?;
        let outcomes = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
        let refused = |at: usize| outcomes.get(at).is_none_or(|one| one["ErrorCode"].is_string());
        let mut at = 0;
        entries.retain(|_| {
            at += 1;
            refused(at - 1)
        });
        if entries.is_empty() {
            return Ok(());
        }
        pause(attempt);
    }
    Err(CliError::TooFast { stream: stream.to_owned(), records: entries.len() })
}
