//! The far side of a mapping: a function in many moods that runs outside of the world, an endpoint
//! that refuses, a file; and what each of them saw.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use watershed::model::{Millis, SequenceNumber, ShardId};
use watershed::pipeline::outside::{Endpoint, Invoke, Invoked, Invoker};
use watershed::pipeline::settings::FunctionSettings;
use watershed::pipeline::{Outside, Sink, Source};

/// One record of so many can never be digested.
const POISON: u64 = 61;

/// How the function is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// It digests all but poison.
    Good,
    /// It raises in one of three invocations.
    Moody,
    /// It ends in the middle of two of three.
    Crashes,
    /// It takes up to a minute.
    Slow,
    /// It answers what is no JSON.
    Garbles,
    /// It names records of other batches.
    Confused,
}

pub(super) const MOODS: [Mood; 6] =
    [Mood::Good, Mood::Moody, Mood::Crashes, Mood::Slow, Mood::Garbles, Mood::Confused];

/// Records that a document of the on-failure destination tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    pub(super) shard: ShardId,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) records: u64,
}

impl Told {
    /// Reads a document.
    pub(super) fn read(document: &[u8]) -> Result<Self, String> {
        let odd = || format!("an odd document: {}", String::from_utf8_lossy(document));
        let document: Value = serde_json::from_slice(document).map_err(|_| odd())?;
        let batch = &document["KinesisBatchInfo"];
        let index = |field: &str| {
            batch[field].as_str().and_then(SequenceNumber::parse).map(|number| number.index)
        };
        let shard = batch["shardId"].as_str().and_then(ShardId::parse);
        let all = (shard, index("startSequenceNumber"), index("endSequenceNumber"));
        let (Some(shard), Some(from), Some(to)) = all else { return Err(odd()) };
        let records = batch["batchSize"].as_u64().ok_or_else(odd)?;
        Ok(Self { shard, from, to, records })
    }
}

/// A record of an event.
#[derive(Debug)]
struct Seen {
    number: u64,
    key: String,
    sequence: SequenceNumber,
}

/// An invocation that runs.
#[derive(Debug)]
struct Work {
    records: Vec<Seen>,
    outcome: Invoked,
    /// Is a state read from the answer?
    windowed: bool,
}

/// What the far side saw.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) now: Millis,
    pub(super) mood: Mood,
    /// Does the mapping read which records failed?
    pub(super) partial: bool,
    /// Numbers of records that were ever digested.
    pub(super) digested: BTreeSet<u64>,
    pub(super) told: BTreeSet<Told>,
    /// The first thing that was wrong.
    pub(super) wrong: Option<String>,
    pub(super) invocations: u64,
    chance: Pcg64Mcg,
    work: BTreeMap<(Millis, u64), Work>,
    /// What was digested since the world was opened, and the newest of each key.
    row: BTreeSet<u64>,
    newest: BTreeMap<String, u64>,
}

/// The far side of the doors.
#[derive(Clone)]
pub(super) struct Far(Arc<Mutex<Ledger>>);

impl Far {
    pub(super) fn new(seed: u64, now: Millis) -> Self {
        Self(Arc::new(Mutex::new(Ledger {
            now,
            mood: Mood::Good,
            partial: false,
            digested: BTreeSet::new(),
            told: BTreeSet::new(),
            wrong: None,
            invocations: 0,
            chance: Pcg64Mcg::seed_from_u64(seed),
            work: BTreeMap::new(),
            row: BTreeSet::new(),
            newest: BTreeMap::new(),
        })))
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// The world has ended: what ran is gone.
    pub(super) fn begin_anew(&mut self) {
        self.work.clear();
        self.row.clear();
        self.newest.clear();
    }

    /// When an invocation ends next.
    pub(super) fn next_outcome(&self) -> Option<Millis> {
        self.work.keys().next().map(|(at, _)| *at)
    }

    /// What has ended by now, with what it did.
    pub(super) fn pop(&mut self) -> Option<Invoked> {
        let first = self.work.first_entry().filter(|entry| entry.key().0 <= self.now)?;
        let Work { records, outcome, windowed } = first.remove();
        let digested = self.count_digested(&records, &outcome, windowed);
        for seen in &records[..digested] {
            self.digest(seen);
        }
        Some(outcome)
    }

    /// How many records the mapping takes to be done, by the rules of what it reads.
    fn count_digested(&self, records: &[Seen], outcome: &Invoked, windowed: bool) -> usize {
        let Ok(answer) = &outcome.answer else { return 0 };
        if !windowed && !self.partial {
            return records.len();
        }
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return 0 };
        let failed = answer["batchItemFailures"][0]["itemIdentifier"].as_str();
        let Some(failed) = failed.filter(|_| self.partial) else { return records.len() };
        records.iter().position(|seen| seen.sequence.to_string() == failed).unwrap_or(0)
    }

    fn digest(&mut self, seen: &Seen) {
        self.digested.insert(seen.number);
        if !self.row.insert(seen.number) {
            return;
        }
        let before = self.newest.insert(seen.key.clone(), seen.number);
        if let Some(before) = before.filter(|before| *before > seen.number) {
            let Seen { key, number, .. } = seen;
            self.blame(format!("record {number} of {key} was digested after {before}"));
        }
    }

    fn blame(&mut self, why: String) {
        self.wrong.get_or_insert(why);
    }

    fn invoke(&mut self, Invoke { id, event, .. }: &Invoke) -> Result<(), String> {
        self.invocations += 1;
        let odd = |why: &str| format!("an odd event: {why}: {}", String::from_utf8_lossy(event));
        let event: Value = serde_json::from_slice(event).map_err(|_| odd("no JSON"))?;
        let records: Vec<Seen> = event["Records"]
            .as_array()
            .ok_or_else(|| odd("no records"))?
            .iter()
            .map(|record| seen(record).ok_or_else(|| odd("a record")))
            .collect::<Result<_, _>>()?;
        if !records.is_sorted_by(|a, b| {
            a.sequence.shard == b.sequence.shard && a.sequence.index < b.sequence.index
        }) {
            let numbers: Vec<_> = records.iter().map(|seen| seen.number).collect();
            return Err(format!("a batch is not in the order of one shard: {numbers:?}"));
        }
        let busy = self.work.values().flat_map(|work| &work.records);
        let twice = |busy: &&Seen| records.iter().any(|seen| seen.key == busy.key);
        if let Some(Seen { key, number, sequence }) = busy.clone().find(twice) {
            let at_work: Vec<_> = busy.map(|seen| seen.number).collect();
            let numbers: Vec<_> = records.iter().map(|seen| seen.number).collect();
            return Err(format!(
                "{key} of {} is at work with record {number} among {at_work:?}, and {numbers:?} begin",
                sequence.shard
            ));
        }
        let windowed = event["window"].is_object();
        let final_one = event["isFinalInvokeForWindow"] == json!(true);
        let ms = match self.mood {
            Mood::Slow => self.chance.random_range(1_000..60_000),
            _ => self.chance.random_range(2..300),
        };
        let outcome =
            Invoked { id: *id, answer: self.answer(&records), ms: ms as f64, init_ms: None };
        let work = Work { records, outcome, windowed: windowed && !final_one };
        self.work.insert((self.now.plus(ms), *id), work);
        Ok(())
    }

    fn answer(&mut self, records: &[Seen]) -> Result<Vec<u8>, String> {
        let state = json!({ "n": records.len() });
        let failing = |number: &str| {
            let item = json!({ "itemIdentifier": number });
            json!({ "state": state, "batchItemFailures": [item] }).to_string().into_bytes()
        };
        match self.mood {
            Mood::Moody if self.chance.random_bool(0.33) => return Err("raised".to_owned()),
            Mood::Crashes if self.chance.random_bool(0.67) => {
                return Err("Runtime.ExitError: it ended".to_owned());
            }
            // These two would be taken for success where nothing is read.
            Mood::Garbles if self.partial => return Ok(b"<html>".to_vec()),
            Mood::Confused if self.partial => return Ok(failing("123")),
            Mood::Good
            | Mood::Moody
            | Mood::Crashes
            | Mood::Slow
            | Mood::Garbles
            | Mood::Confused => {}
        }
        match records.iter().find(|seen| seen.number % POISON == 7) {
            None => Ok(json!({ "state": state }).to_string().into_bytes()),
            Some(poison) if self.partial => Ok(failing(&poison.sequence.to_string())),
            Some(poison) => Err(format!("record {} cannot be digested", poison.number)),
        }
    }

    fn tell(&mut self, document: &[u8]) {
        match Told::read(document) {
            Ok(told) => drop(self.told.insert(told)),
            Err(why) => self.blame(why),
        }
    }
}

/// A record of an event, read.
fn seen(record: &Value) -> Option<Seen> {
    let kinesis = &record["kinesis"];
    let data = BASE64_STANDARD.decode(kinesis["data"].as_str()?).ok()?;
    let data: Value = serde_json::from_slice(&data).ok()?;
    Some(Seen {
        number: data["n"].as_u64()?,
        key: kinesis["partitionKey"].as_str()?.to_owned(),
        sequence: SequenceNumber::parse(kinesis["sequenceNumber"].as_str()?)?,
    })
}

impl Invoker for Far {
    fn invoke(&mut self, invoke: Invoke) {
        let mut ledger = self.ledger();
        if let Err(why) = ledger.invoke(&invoke) {
            ledger.blame(why);
        }
    }

    fn cancel(&mut self, id: u64) {
        self.ledger().work.retain(|(_, other), _| *other != id);
    }
}

impl Sink for Far {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.ledger().tell(bytes);
        Ok(())
    }
}

/// Takes documents in up to two seconds, and refuses one of three.
struct Post {
    far: Far,
    document: Option<(Millis, Vec<u8>)>,
}

impl Endpoint for Post {
    fn post(&mut self, now: Millis, document: &[u8]) {
        let ms = self.far.ledger().chance.random_range(5..2_000);
        self.document = Some((now.plus(ms), document.to_vec()));
    }

    fn poll(&mut self, now: Millis) -> Option<Result<(), String>> {
        let (_, document) = self.document.take_if(|(at, _)| *at <= now)?;
        let mut ledger = self.far.ledger();
        if ledger.chance.random_bool(0.33) {
            return Some(Err("503 Service Unavailable".to_owned()));
        }
        ledger.tell(&document);
        Some(Ok(()))
    }
}

impl Outside for Far {
    fn open_file(&mut self, _path: &Path) -> Result<Box<dyn Source>, String> {
        Err("there is no file here".to_owned())
    }

    fn open_stdin(&mut self) -> Result<Box<dyn Source>, String> {
        Err("there is no standard input here".to_owned())
    }

    fn open_host(&mut self, _seed: u64) -> Result<Box<dyn Source>, String> {
        Err("there is no host here".to_owned())
    }

    fn open_function(&mut self, _: &FunctionSettings) -> Result<Option<Box<dyn Invoker>>, String> {
        Ok(Some(Box::new(self.clone())))
    }

    fn open_sink(&mut self, _path: &Path) -> Result<Box<dyn Sink>, String> {
        Ok(Box::new(self.clone()))
    }

    fn open_endpoint(&mut self, _url: &str, _seed: u64) -> Result<Box<dyn Endpoint>, String> {
        Ok(Box::new(Post { far: self.clone(), document: None }))
    }
}
