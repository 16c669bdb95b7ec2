//! What clients were told, and whether it is so.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

use super::STREAM;
use super::connection::{Connection, Failed};

/// Keys of each writer.
const KEYS: u64 = 3;
/// Records of a PutRecords at most.
const BATCH: u64 = 12;

/// One who puts numbers, rising from record to record, under keys of its own.
pub(super) struct Writer {
    id: u64,
    /// The next number, which nobody was told of.
    next: u64,
    /// Numbers that were acknowledged, in order, with the end of their sequence numbers.
    told: Vec<(u64, u64)>,
}

/// Digits at the end of a sequence number: enough to tell them apart.
fn end_of(sequence: &Value) -> u64 {
    let text = sequence.as_str().unwrap_or_default();
    text[text.len().saturating_sub(18)..].parse().unwrap_or(0)
}

impl Writer {
    pub(super) fn seed(&self) -> u64 {
        self.id << 32 | self.next
    }

    /// The next record: its number, and what is asked for it.
    fn entry(&mut self, chance: &mut Pcg64Mcg) -> (u64, Value) {
        let number = self.next;
        self.next += 1;
        let data = format!("{} {number} {}", self.id, "x".repeat(chance.random_range(0..200)));
        let key = format!("{}-{}", self.id, number % KEYS);
        (number, json!({"PartitionKey": key, "Data": STANDARD.encode(data)}))
    }

    pub(super) fn put_one(
        &mut self,
        connection: &mut Connection,
        chance: &mut Pcg64Mcg,
    ) -> Result<(), Failed> {
        let (number, mut body) = self.entry(chance);
        body["StreamName"] = json!(STREAM);
        let told = connection.ask("PutRecord", &body)?;
        self.told.push((number, end_of(&told["SequenceNumber"])));
        Ok(())
    }

    pub(super) fn put_many(
        &mut self,
        connection: &mut Connection,
        chance: &mut Pcg64Mcg,
    ) -> Result<(), Failed> {
        let count = chance.random_range(1..=BATCH);
        let (numbers, entries): (Vec<u64>, Vec<Value>) =
            (0..count).map(|_| self.entry(chance)).unzip();
        let told =
            connection.ask("PutRecords", &json!({"StreamName": STREAM, "Records": entries}))?;
        let answers = told["Records"].as_array().into_iter().flatten();
        for (number, answer) in numbers.into_iter().zip(answers) {
            if answer["SequenceNumber"].is_string() {
                self.told.push((number, end_of(&answer["SequenceNumber"])));
            }
        }
        Ok(())
    }
}

/// What all writers were told.
pub(super) struct Books(Vec<Writer>);

impl Books {
    pub(super) fn new(writers: u64) -> Self {
        Self((0..writers).map(|id| Writer { id, next: 0, told: Vec::new() }).collect())
    }

    pub(super) fn writers(&mut self) -> impl Iterator<Item = &mut Writer> {
        self.0.iter_mut()
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.0.iter().map(|writer| writer.told.len() as u64).sum()
    }

    /// Reads everything back, shard by shard in the order in which they came to be; answers how many records
    /// there are.
    pub(super) fn check(&self, connection: &mut Connection) -> Result<u64, String> {
        let mut found = Found(self.0.iter().map(|_| Vec::new()).collect());
        for shard in shards(connection)? {
            read_all(connection, &shard, &mut found).map_err(|why| format!("{shard}: {why}"))?;
        }
        for (writer, found) in self.0.iter().zip(&found.0) {
            writer.compare(found)?;
        }
        Ok(found.0.iter().map(|numbers| numbers.len() as u64).sum())
    }
}

impl Writer {
    /// Was everything that was told found, once, in the order of its key?
    fn compare(&self, found: &[(u64, u64)]) -> Result<(), String> {
        let id = self.id;
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        for (number, _) in found {
            if last.insert(number % KEYS, *number).is_some_and(|before| before >= *number) {
                return Err(format!("number {number} of writer {id} is there twice, or too late"));
            }
        }
        let found: BTreeMap<u64, u64> = found.iter().copied().collect();
        match self.told.iter().find(|(number, end)| found.get(number) != Some(end)) {
            None => Ok(()),
            Some((number, end)) => Err(format!(
                "number {number} of writer {id} was acknowledged with ..{end}, and there is {:?}",
                found.get(number)
            )),
        }
    }
}

/// Numbers of each writer with the ends of their sequence numbers, as they are read.
struct Found(Vec<Vec<(u64, u64)>>);

impl Found {
    fn add(&mut self, record: &Value) -> Option<()> {
        let data = STANDARD.decode(record["Data"].as_str()?).ok()?;
        let text = String::from_utf8(data).ok()?;
        let mut words = text.split(' ').map(str::parse);
        let (id, number): (usize, u64) = (words.next()?.ok()? as usize, words.next()?.ok()?);
        self.0.get_mut(id)?.push((number, end_of(&record["SequenceNumber"])));
        Some(())
    }
}

/// The shards of the stream, in the order of their numbers.
fn shards(connection: &mut Connection) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut asked = json!({"StreamName": STREAM});
    loop {
        let page = connection.ask("ListShards", &asked).map_err(|why| format!("{why:?}"))?;
        let ids = page["Shards"].as_array().into_iter().flatten();
        all.extend(ids.filter_map(|shard| Some(shard["ShardId"].as_str()?.to_owned())));
        match &page["NextToken"] {
            Value::Null => break,
            token => asked = json!({"NextToken": token}),
        }
    }
    all.sort();
    Ok(all)
}

/// Reads a shard from its beginning to its end.
fn read_all(connection: &mut Connection, shard: &str, found: &mut Found) -> Result<(), String> {
    let told = |why: Failed| format!("{why:?}");
    let asked =
        json!({"StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let mut at = connection.ask("GetShardIterator", &asked).map_err(told)?["ShardIterator"].clone();
    let mut last = 0;
    while at.is_string() {
        let page = connection.ask("GetRecords", &json!({"ShardIterator": at})).map_err(told)?;
        let records = page["Records"].as_array().map_or(&[][..], Vec::as_slice);
        for record in records {
            let number: u128 = record["SequenceNumber"]
                .as_str()
                .and_then(|text| text[text.len().saturating_sub(38)..].parse().ok())
                .ok_or("a record without a sequence number")?;
            if number <= last {
                return Err(format!("{} does not rise", record["SequenceNumber"]));
            }
            last = number;
            found.add(record).ok_or_else(|| format!("nobody put {record}"))?;
        }
        at = page["NextShardIterator"].clone();
        if records.is_empty() && page["MillisBehindLatest"] == 0 {
            break;
        }
    }
    Ok(())
}
