//! `watershed put STREAM`: a record for each line of the standard input.
//!
//! Lines go in batches: as many as came within a moment, 500 or 1 MiB at most. Entries that were
//! refused are put again, in their order, until they are taken: for minutes where throughput is
//! what they lack, for seconds else.

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
use crate::cli::error::THROUGHPUT;
use crate::cli::report::talk;
use crate::model::{Action, many};
use crate::remote::{Client, pause};

/// Records of one request.
const BATCH_RECORDS: usize = 500;
/// Bytes of one request, about: as much as a shard takes a second.
const BATCH_BYTES: usize = 1_048_576;
/// How long a line may wait for others.
const LINGER: Duration = Duration::from_millis(100);
/// Attempts to put a record that is refused for throughput: two minutes.
const ATTEMPTS: u32 = 45;
/// Attempts that may fail for any other reason: ten seconds.
const FAILURES: u32 = 9;
/// How long it is waited before the user is told why.
const SILENCE: Duration = Duration::from_millis(1_500);

/// A line, and the key that it is put with.
type Entry = (String, String);

/// Why a record was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    code: String,
    message: String,
}

impl Refusal {
    /// Of what is told of a record; `None` when it was taken.
    fn of(outcome: &Value) -> Option<Self> {
        let code = outcome["ErrorCode"].as_str()?.to_owned();
        let message = outcome["ErrorMessage"].as_str().unwrap_or("no reason is told").to_owned();
        Some(Self { code, message })
    }

    /// Of a record of which the answer does not tell.
    fn untold() -> Self {
        let message = "the answer has no place for the record".to_owned();
        Self { code: "no answer".to_owned(), message }
    }

    fn is_throughput(&self) -> bool {
        self.code == THROUGHPUT
    }
}

/// How often a batch was refused.
#[derive(Default)]
struct Patience {
    attempts: u32,
    failures: u32,
}

impl Patience {
    /// Counts a refusal; is the batch put again?
    fn lasts(&mut self, why: &Refusal) -> bool {
        self.attempts += 1;
        self.failures += u32::from(!why.is_throughput());
        self.attempts < ATTEMPTS && self.failures < FAILURES
    }
}

/// A put under way.
struct Put<'a> {
    client: Client,
    stream: &'a str,
    /// Lines of the batches that were taken.
    done: u64,
    /// The code that the user was told of last.
    told: Option<String>,
    /// Is the rate shown?
    is_watched: bool,
}

/// Runs it.
pub(in crate::cli) fn put(task: &PutTask) -> Result<ExitCode, CliError> {
    let (client, is_watched) = (client(&task.at)?, io::stderr().is_terminal());
    let mut put = Put { client, stream: &task.stream, done: 0, told: None, is_watched };
    let result = put.lines(task.key.as_deref());
    put.end_line();
    result.map(|()| ExitCode::SUCCESS)
}

impl Put<'_> {
    /// Puts all lines of the standard input.
    fn lines(&mut self, key: Option<&str>) -> Result<(), CliError> {
        let lines = lines();
        let (mut number, began) = (0_u64, Instant::now());
        while let Some(batch) = gather(&lines) {
            let batch = batch?;
            let entries = batch.into_iter().map(|line| {
                number += 1;
                // Without a key the shards take turns, more or less: each line has another.
                let key = key.map_or_else(|| number.to_string(), str::to_owned);
                (key, line)
            });
            self.batch(entries.collect())?;
            if self.is_watched {
                let (done, seconds) = (self.done, began.elapsed().as_secs_f64());
                talk(&format!("\r{done} records, {:.0}/s ", done as f64 / seconds));
            }
        }
        Ok(())
    }

    /// Puts entries until all are taken.
    fn batch(&mut self, mut entries: Vec<Entry>) -> Result<(), CliError> {
        let (all, began, mut patience) = (entries.len(), Instant::now(), Patience::default());
        loop {
            let answer = self.client.ask(Action::PutRecords, &asked(self.stream, &entries));
            let answer = answer.map_err(|why| {
                let is_known = why.code().is_some();
                let so_far = so_far(self.done, all - entries.len(), all, is_known);
                CliError::PutStopped { so_far, why: Box::new(why) }
            })?;
            let Some(why) = keep_refused(&mut entries, &answer) else { break };
            if !patience.lasts(&why) {
                let so_far = so_far(self.done, all - entries.len(), all, true);
                let (stream, records) = (self.stream.to_owned(), entries.len());
                let Refusal { code, message } = why;
                return Err(CliError::NotTaken { so_far, stream, records, code, message });
            }
            if began.elapsed() >= SILENCE {
                self.tell(&why);
            }
            pause(patience.attempts - 1);
        }
        self.done += all as u64;
        Ok(())
    }

    /// Tells what is waited for, once for each reason in a row.
    fn tell(&mut self, why: &Refusal) {
        if self.told.as_ref() == Some(&why.code) {
            return;
        }
        self.end_line();
        let (stream, Refusal { code, message }) = (self.stream, why);
        talk(&format!("`{stream}` refuses records, which are put again: {code}: {message}\n"));
        self.told = Some(code.clone());
    }

    /// Ends the line of the rate, if there is one.
    fn end_line(&self) {
        if self.is_watched && self.done > 0 {
            talk("\n");
        }
    }
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

/// What is asked of the endpoint.
fn asked(stream: &str, entries: &[Entry]) -> Value {
    let records: Vec<Value> = entries
        .iter()
        .map(|(key, line)| {
            json!({"PartitionKey": key, "Data": STANDARD.encode_to_string(line.as_bytes())})
        })
        .collect();
    json!({"StreamName": stream, "Records": records})
}

/// Keeps the entries that were refused, and says why the last of them was; if any was refused for
/// something else than throughput, why that was: it may be refused for ever.
fn keep_refused(entries: &mut Vec<Entry>, answer: &Value) -> Option<Refusal> {
    let outcomes = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
    let (mut at, mut last) = (0_usize, None::<Refusal>);
    entries.retain(|_| {
        let outcome = outcomes.get(at);
        at += 1;
        let Some(why) = outcome.map_or_else(|| Some(Refusal::untold()), Refusal::of) else {
            return false;
        };
        if !why.is_throughput() || last.as_ref().is_none_or(Refusal::is_throughput) {
            last = Some(why);
        }
        true
    });
    last
}

/// How far it came, so that one can go on from there, and what joins it to the reason; nothing when
/// nothing was taken. What became of a batch without an answer is not known.
fn so_far(before: u64, taken: usize, batch: usize, is_known: bool) -> String {
    if before == 0 && taken == 0 {
        return String::new();
    }
    let next = match (taken, is_known) {
        (0, true) => String::new(),
        (0, false) => format!(", perhaps some of the next {batch}"),
        (_, true) => format!(", and {taken} of the next {batch}"),
        (_, false) => format!(", and {taken} or more of the next {batch}"),
    };
    let were = if before == 1 { "was" } else { "were" };
    format!("{} {were} accepted{next}; then ", many(before, "line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str) -> Refusal {
        Refusal { code: code.to_owned(), message: "m".to_owned() }
    }

    fn not_taken(why: Refusal) -> CliError {
        let Refusal { code, message } = why;
        let (so_far, stream) = (so_far(500, 20, 30, true), "orders".to_owned());
        CliError::NotTaken { so_far, stream, records: 10, code, message }
    }

    #[test]
    fn what_was_refused_is_kept_in_its_order_and_a_failure_is_told_before_throughput() {
        let entry = |n: usize| (format!("k{n}"), format!("line {n}"));
        let refused = |code: &str| json!({"ErrorCode": code, "ErrorMessage": "m"});
        let taken = json!({"SequenceNumber": "1", "ShardId": "s"});
        let kept = |records: Value| {
            let mut entries: Vec<Entry> = (0..3).map(entry).collect();
            let why = keep_refused(&mut entries, &json!({"Records": records}));
            (entries, why)
        };
        assert_eq!(kept(json!([taken, taken, taken])), (Vec::new(), None));
        let (entries, why) = kept(json!([refused("InternalFailure"), taken, refused(THROUGHPUT)]));
        assert_eq!(entries, [entry(0), entry(2)]);
        assert_eq!(why, Some(refusal("InternalFailure")));
        let (entries, why) = kept(json!([taken, refused(THROUGHPUT), taken]));
        assert_eq!((entries, why), (vec![entry(1)], Some(refusal(THROUGHPUT))));
        let (entries, why) = kept(json!([taken]));
        assert_eq!((entries.len(), why), (2, Some(Refusal::untold())));
    }

    /// A full disk was taken for too few shards, after two silent minutes.
    #[test]
    fn only_throughput_is_waited_for_for_long_and_cured_by_shards() {
        let waits = |why: &Refusal| {
            let mut patience = Patience::default();
            (1..1_000_u32).find(|_| !patience.lasts(why))
        };
        let (slow, broken) = (refusal(THROUGHPUT), refusal("InternalFailure"));
        assert_eq!((waits(&slow), waits(&broken)), (Some(ATTEMPTS), Some(FAILURES)));
        let (slow, broken) = (not_taken(slow), not_taken(broken));
        assert!(slow.hint().is_some_and(|hint| hint.contains("shards")));
        assert!(broken.hint().is_some_and(|hint| hint.contains("/ready")));
        assert_eq!(
            broken.to_string(),
            "500 lines were accepted, and 20 of the next 30; then 10 records were refused by \
             `orders` again and again: InternalFailure: m"
        );
    }

    #[test]
    fn how_far_a_put_came_says_what_is_not_known() {
        assert_eq!(so_far(0, 0, 3, true), "");
        assert_eq!(so_far(1, 0, 3, true), "1 line was accepted; then ");
        let lost = so_far(500, 0, 3, false);
        assert_eq!(lost, "500 lines were accepted, perhaps some of the next 3; then ");
        let lost = so_far(0, 2, 3, false);
        assert_eq!(lost, "0 lines were accepted, and 2 or more of the next 3; then ");
    }
}
