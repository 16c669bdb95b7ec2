//! `watershed tail STREAM`: the records of all shards, children after their parents; aggregated records of the
//! Producer Library as the user records that are in them.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::api::aggregate::{UserRecord, user_records};
use crate::cli::CliError;
use crate::cli::arguments::{TailFrom, TailShape, TailTask};
use crate::cli::client::{client, shards};
use crate::cli::report::data;
use crate::model::Action;
use crate::remote::Client;

/// Calls for one shard are as far apart, so that four readers fit beside this one.
const ROUND: Duration = Duration::from_secs(1);

/// A shard that is being read.
struct Reading {
    iterator: String,
    /// The last record that was shown: where to go on when the iterator is too old.
    last: Option<String>,
}

/// A stream that is being read.
struct Tail<'a> {
    client: Client,
    task: &'a TailTask,
    /// By the names of shards.
    reading: BTreeMap<String, Reading>,
    /// How many records are still to be shown.
    left: u64,
}

/// Runs it, until it is ended or has shown as many records as it shall.
pub(in crate::cli) fn tail(task: &TailTask) -> Result<ExitCode, CliError> {
    let client = client(&task.at)?;
    let left = task.count.unwrap_or(u64::MAX);
    let mut tail = Tail { client, task, reading: BTreeMap::new(), left };
    tail.begin()?;
    while !tail.reading.is_empty() {
        let began = Instant::now();
        let mut is_behind = false;
        for shard in tail.reading.keys().cloned().collect::<Vec<_>>() {
            is_behind |= tail.read(&shard)?;
            if tail.left == 0 {
                return Ok(ExitCode::SUCCESS);
            }
        }
        let round = if is_behind { ROUND / 5 } else { ROUND };
        thread::sleep(round.saturating_sub(began.elapsed()));
    }
    Ok(ExitCode::SUCCESS)
}

impl Tail<'_> {
    /// Where reading begins: at the tips of open shards, or at the beginning of those that have no
    /// parent any more.
    fn begin(&mut self) -> Result<(), CliError> {
        let all = shards(&mut self.client, &self.task.stream)?;
        let id = |shard: &Value, name: &str| shard[name].as_str().map(str::to_owned);
        let there: Vec<String> = all.iter().filter_map(|shard| id(shard, "ShardId")).collect();
        for (shard, name) in all.iter().zip(&there) {
            let is_open = !shard["SequenceNumberRange"]["EndingSequenceNumber"].is_string();
            let mut parents = ["ParentShardId", "AdjacentParentShardId"]
                .iter()
                .filter_map(|name| id(shard, name));
            match self.task.from {
                TailFrom::Latest if is_open => self.follow(name, "LATEST")?,
                TailFrom::TrimHorizon if !parents.any(|parent| there.contains(&parent)) => {
                    self.follow(name, "TRIM_HORIZON")?;
                }
                TailFrom::Latest | TailFrom::TrimHorizon => {}
            }
        }
        Ok(())
    }

    /// Begins to read a shard.
    fn follow(&mut self, shard: &str, kind: &str) -> Result<(), CliError> {
        let iterator = self.iterator(json!({"ShardId": shard, "ShardIteratorType": kind}))?;
        self.reading.insert(shard.to_owned(), Reading { iterator, last: None });
        Ok(())
    }

    fn iterator(&mut self, mut asked: Value) -> Result<String, CliError> {
        asked["StreamName"] = json!(self.task.stream);
        let answer = self.client.ask(Action::GetShardIterator, &asked)?;
        Ok(answer["ShardIterator"].as_str().unwrap_or_default().to_owned())
    }

    /// Reads what a shard has; is there more already?
    fn read(&mut self, shard: &str) -> Result<bool, CliError> {
        let Some(Reading { iterator, last }) = self.reading.remove(shard) else { return Ok(false) };
        let answer = match self.client.ask(Action::GetRecords, &json!({"ShardIterator": iterator}))
        {
            Err(why) if why.code() == Some("ExpiredIteratorException") => {
                // It stood still for five minutes, as when the program was stopped.
                let asked = match &last {
                    Some(last) => json!({
                        "ShardId": shard, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                        "StartingSequenceNumber": last,
                    }),
                    None => json!({"ShardId": shard, "ShardIteratorType": "LATEST"}),
                };
                let iterator = self.iterator(asked)?;
                self.reading.insert(shard.to_owned(), Reading { iterator, last });
                return Ok(true);
            }
            answer => answer?,
        };
        let records = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let apart = records.iter().flat_map(|record| match self.task.whole {
            true => vec![record.clone()],
            false => apart(record),
        });
        let shown: Vec<Value> = apart.take(most).collect();
        let lines: String =
            shown.iter().map(|record| line(self.task.format, shard, record)).collect();
        data(&lines)?;
        self.left -= shown.len() as u64;
        match answer["NextShardIterator"].as_str() {
            Some(next) => {
                let newest = shown.last().and_then(|record| record["SequenceNumber"].as_str());
                let last = newest.map(str::to_owned).or(last);
                let reading = Reading { iterator: next.to_owned(), last };
                self.reading.insert(shard.to_owned(), reading);
            }
            None => self.follow_children(&answer)?,
        }
        Ok(answer["MillisBehindLatest"].as_u64().is_some_and(|behind| behind > 0))
    }

    /// A shard is read out: its children follow, once none of their parents is being read any more.
    fn follow_children(&mut self, answer: &Value) -> Result<(), CliError> {
        for child in answer["ChildShards"].as_array().into_iter().flatten() {
            let mut parents = child["ParentShards"].as_array().into_iter().flatten();
            let waits = parents.any(|parent| {
                parent.as_str().is_some_and(|parent| self.reading.contains_key(parent))
            });
            let name = child["ShardId"].as_str().filter(|_| !waits);
            if let Some(name) = name.filter(|name| !self.reading.contains_key(*name)) {
                self.follow(name, "TRIM_HORIZON")?;
            }
        }
        Ok(())
    }
}

/// The user records of an aggregated record, each told by its number; another record as it is.
fn apart(record: &Value) -> Vec<Value> {
    let bytes = STANDARD.decode_to_vec(record["Data"].as_str().unwrap_or_default());
    let bytes = bytes.unwrap_or_default();
    let Some(users) = user_records(&bytes) else { return vec![record.clone()] };
    let of = |(number, user): (usize, &UserRecord<'_>)| {
        let mut own = record.clone();
        own["PartitionKey"] = json!(user.partition_key);
        own["Data"] = json!(STANDARD.encode_to_string(user.data));
        own["SubSequenceNumber"] = json!(number);
        own
    };
    users.iter().enumerate().map(of).collect()
}

/// A record as it is shown.
fn line(shape: TailShape, shard: &str, record: &Value) -> String {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    let bytes = STANDARD.decode_to_vec(text("Data")).unwrap_or_default();
    let told = String::from_utf8_lossy(&bytes);
    match shape {
        TailShape::Data => format!("{told}\n"),
        TailShape::Text => format!("{shard}\t{}\t{told}\n", text("PartitionKey")),
        TailShape::Json => {
            let mut record = record.clone();
            record["ShardId"] = json!(shard);
            record["Text"] = std::str::from_utf8(&bytes).map_or(Value::Null, |text| json!(text));
            format!("{record}\n")
        }
    }
}
