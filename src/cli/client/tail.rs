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
use crate::live::LiveClock;
use crate::model::{Action, Millis};
use crate::remote::Client;

/// Calls for one shard are as far apart, so that four readers fit beside this one.
const ROUND: Duration = Duration::from_secs(1);

/// Where the reading of a shard began.
#[derive(Clone, Copy)]
enum Start {
    /// With its oldest record.
    TrimHorizon,
    /// With what came from that time on.
    Latest(Millis),
}

impl Start {
    /// With what comes from now on.
    fn latest() -> Self {
        Self::Latest(LiveClock::start(Millis::ZERO).now())
    }

    /// The iterator to ask for.
    fn asked(self, shard: &str) -> Value {
        let kind = match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest(_) => "LATEST",
        };
        json!({"ShardId": shard, "ShardIteratorType": kind})
    }
}

/// A shard that is being read.
struct Reading {
    iterator: String,
    start: Start,
    /// The last record that was shown.
    last: Option<String>,
}

impl Reading {
    /// The iterator to ask for when the one at hand is too old. Where no record was shown yet, what
    /// came meanwhile is not passed over.
    fn asked_again(&self, shard: &str) -> Value {
        match (&self.last, self.start) {
            (Some(last), _) => json!({
                "ShardId": shard, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": last,
            }),
            (None, Start::TrimHorizon) => self.start.asked(shard),
            (None, Start::Latest(began)) => json!({
                "ShardId": shard, "ShardIteratorType": "AT_TIMESTAMP",
                "Timestamp": began.0 as f64 / 1e3,
            }),
        }
    }
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
                TailFrom::Latest if is_open => self.follow(name, Start::latest())?,
                TailFrom::TrimHorizon if !parents.any(|parent| there.contains(&parent)) => {
                    self.follow(name, Start::TrimHorizon)?;
                }
                TailFrom::Latest | TailFrom::TrimHorizon => {}
            }
        }
        Ok(())
    }

    /// Begins to read a shard.
    fn follow(&mut self, shard: &str, start: Start) -> Result<(), CliError> {
        let iterator = self.iterator(start.asked(shard))?;
        self.reading.insert(shard.to_owned(), Reading { iterator, start, last: None });
        Ok(())
    }

    fn iterator(&mut self, mut asked: Value) -> Result<String, CliError> {
        asked["StreamName"] = json!(self.task.stream);
        let answer = self.client.ask(Action::GetShardIterator, &asked)?;
        Ok(answer["ShardIterator"].as_str().unwrap_or_default().to_owned())
    }

    /// Reads what a shard has; is there more already?
    fn read(&mut self, shard: &str) -> Result<bool, CliError> {
        let Some(reading) = self.reading.remove(shard) else { return Ok(false) };
        let asked = json!({"ShardIterator": reading.iterator});
        let answer = match self.client.ask(Action::GetRecords, &asked) {
            Err(why) if why.code() == Some("ExpiredIteratorException") => {
                // It stood still for five minutes, as when the program was stopped.
                let iterator = self.iterator(reading.asked_again(shard))?;
                self.reading.insert(shard.to_owned(), Reading { iterator, ..reading });
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
                let last = newest.map(str::to_owned).or(reading.last);
                let reading = Reading { iterator: next.to_owned(), last, ..reading };
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
                self.follow(name, Start::TrimHorizon)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading went on at the tip, behind all that came while the program was stopped.
    #[test]
    fn a_shard_whose_iterator_expired_is_read_on_without_a_gap() {
        let horizon = json!({"ShardId": "s", "ShardIteratorType": "TRIM_HORIZON"});
        let time = json!({"ShardId": "s", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1.5});
        let after = json!({
            "ShardId": "s", "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
            "StartingSequenceNumber": "49",
        });
        let latest = Start::Latest(Millis(1_500));
        for (start, last, wanted) in [
            (Start::TrimHorizon, None, &horizon),
            (latest, None, &time),
            (Start::TrimHorizon, Some("49"), &after),
            (latest, Some("49"), &after),
        ] {
            let last = last.map(str::to_owned);
            let reading = Reading { iterator: String::new(), start, last };
            assert_eq!(reading.asked_again("s"), *wanted);
        }
        assert_eq!(latest.asked("s")["ShardIteratorType"], "LATEST");
    }
}
