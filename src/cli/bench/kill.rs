//! kill -9, for real: a process that writes is killed at any moment, and its folder opened again.
//!
//! What must hold each time: every record that the process told of is there, with its number and
//! its bytes; indexes of a shard have no gap and sequence numbers rise, so none is there twice;
//! numbers rise within a shard, as they were put; what could be read once can be read ever after.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation, ShardIterator};
use crate::cli::arguments::Place;
use crate::cli::bench::figure::Figure;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured};
use crate::cli::load;
use crate::engine::{Engine, EngineOptions};
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{Millis, Quotas, RecordBatch, SequenceNumber, ShardId, StreamName};

/// Transitions end at once: a kill soon after the start finds a stream that takes records.
pub(super) const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas::OFF,
};
/// From start to kill, milliseconds: start, recovery and load are all hit.
const LIFE_MS: u64 = 80;
/// Numbers of a cycle begin at its own multiple of this.
const CYCLE: u64 = 1_000_000_000;

/// The stream that is written to.
pub(super) fn stream() -> StreamName {
    StreamName::new("kill").expect("invariant: a good name")
}

/// The data of a record follow from its number, so that a mixed-up byte is seen.
pub(super) fn data_of(number: u64) -> String {
    let padding = usize::try_from(number % 97).unwrap_or(0);
    format!("{number:020}{}", "x".repeat(padding))
}

/// What is known of a shard: the number of each record, by index.
type Numbers = BTreeMap<ShardId, Vec<u64>>;
type Told = BTreeMap<ShardId, Vec<(usize, u64)>>;

pub(super) fn run(task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let mut chance = Pcg64Mcg::seed_from_u64(1);
    let (mut told, mut seen) = (Told::new(), Numbers::new());
    let mut checked = 0;
    for cycle in 0..u64::from(task.cycles) {
        let life = Duration::from_micros(chance.random_range(0..=LIFE_MS * 1_000));
        let text = live_and_die(folder.path(), cycle * CYCLE, life)?;
        note(&text, &mut told)?;
        let found = reopened(folder.path())?;
        check(&found, &told, &seen).map_err(|why| format!("after kill {cycle}: {why}"))?;
        checked += found.values().map(Vec::len).sum::<usize>();
        seen = found;
    }
    let acknowledged: usize = told.values().map(Vec::len).sum();
    if acknowledged == 0 {
        return Err("no process lived long enough to have a record acknowledged".into());
    }
    let stored: usize = seen.values().map(Vec::len).sum();
    Ok(vec![Figure {
        name: "kill".to_owned(),
        value: f64::from(task.cycles),
        unit: "kills survived",
        target: None,
        detail: format!(
            "{acknowledged} records acknowledged over {} shards, none missing; {stored} stored; \
             {checked} read back and checked",
            seen.len(),
        ),
    }])
}

/// Starts the process, kills it after `life`, and answers what it told.
fn live_and_die(folder: &Path, from: u64, life: Duration) -> Result<Vec<u8>, String> {
    let failed = |why: std::io::Error| format!("the process to kill does not start: {why}");
    let program = env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .args(["bench-child", "load"])
        .arg(folder)
        .arg(from.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let told = child.stdout.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut text = Vec::new();
            // A pipe of a killed process ends; what came before counts.
            drop(pipe.read_to_end(&mut text));
            text
        })
    });
    thread::sleep(life);
    end(&mut child)?;
    let text = told.and_then(|reader| reader.join().ok());
    text.ok_or_else(|| "what the process told was lost".to_owned())
}

/// Kills, and minds that there was somebody to kill.
pub(super) fn end(child: &mut Child) -> Result<(), String> {
    let failed = |why: std::io::Error| format!("the process cannot be killed: {why}");
    if let Some(status) = child.try_wait().map_err(failed)? {
        return Err(format!("the process ended by itself: {status}"));
    }
    child.kill().map_err(failed)?;
    child.wait().map_err(failed).map(|_| ())
}

/// Notes what was acknowledged; a line that is not whole was not told.
fn note(text: &[u8], told: &mut Told) -> Result<(), String> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for line in String::from_utf8_lossy(&text[..whole]).lines() {
        let (shard, record) =
            acknowledged(line).ok_or_else(|| format!("`{line}` tells nothing"))?;
        told.entry(shard).or_default().push(record);
    }
    Ok(())
}

fn acknowledged(line: &str) -> Option<(ShardId, (usize, u64))> {
    let mut words = line.split(' ');
    let shard = ShardId(words.next()?.parse().ok()?);
    Some((shard, (words.next()?.parse().ok()?, words.next()?.parse().ok()?)))
}

/// Everything that is in the folder.
fn reopened(folder: &Path) -> Result<Numbers, String> {
    let place = Place { data: Some(folder.to_owned()), memory: false };
    let (mut engine, _syncer, now) =
        load::engine(&place, OPTIONS, Millis::ZERO).map_err(|why| why.to_string())?;
    engine.advance(now);
    let shards: Vec<ShardId> = match engine.stream(&stream()) {
        Some(stream) => stream.shards().map(|shard| shard.id).collect(),
        None => Vec::new(),
    };
    let mut found = Numbers::new();
    for shard in shards {
        found.insert(shard, read(&mut engine, now, shard)?);
    }
    Ok(found)
}

fn read(engine: &mut Engine, now: Millis, shard: ShardId) -> Result<Vec<u64>, String> {
    let position = IteratorType::TrimHorizon.into();
    let ask = Operation::GetShardIterator(GetShardIterator { stream: stream(), shard, position });
    let answer = engine.handle(now, &ask).map_err(|why| why.to_string())?;
    let Answer::Iterator(first) = answer else { return Err("no iterator was given".into()) };
    let mut next: Option<ShardIterator> = Some(first);
    let (mut numbers, mut last) = (Vec::new(), None);
    while let Some(iterator) = next {
        let get = GetRecords { iterator, limit: GET_RECORDS_MAX };
        let answer = engine.get_records(now, &get).map_err(|why| why.to_string())?;
        if answer.records.is_empty() {
            break;
        }
        take(&answer.records, &mut numbers, &mut last)?;
        next = answer.next;
    }
    Ok(numbers)
}

fn take(
    records: &RecordBatch,
    numbers: &mut Vec<u64>,
    last: &mut Option<SequenceNumber>,
) -> Result<(), String> {
    for record in records.iter() {
        let sequence = record.sequence;
        if sequence.index != numbers.len() as u64 || last.is_some_and(|last| last >= sequence) {
            return Err(format!("{sequence} of {} follows {last:?}", records.shard));
        }
        *last = Some(sequence);
        let text = String::from_utf8_lossy(record.data);
        let number = text.get(..20).and_then(|digits| digits.parse().ok());
        let number = number.filter(|number| data_of(*number).as_bytes() == record.data);
        numbers.push(number.ok_or_else(|| format!("{sequence} holds `{text}`"))?);
    }
    Ok(())
}

fn check(found: &Numbers, told: &Told, seen: &Numbers) -> Result<(), String> {
    for (shard, numbers) in found {
        if !numbers.is_sorted_by(|a, b| a < b) {
            return Err(format!("records of {shard} are out of order"));
        }
    }
    for (shard, before) in seen {
        if !found.get(shard).is_some_and(|numbers| numbers.starts_with(before)) {
            return Err(format!("records of {shard} could be read before and are others now"));
        }
    }
    for (shard, records) in told {
        for (index, number) in records {
            let there = found.get(shard).and_then(|numbers| numbers.get(*index));
            if there != Some(number) {
                return Err(format!(
                    "record {number} was acknowledged at index {index} of {shard}; there is \
                     {there:?}"
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(of: &[u64]) -> Numbers {
        BTreeMap::from([(ShardId(0), of.to_vec())])
    }

    #[test]
    fn a_lost_a_swapped_and_a_changed_record_are_each_found() {
        let told = BTreeMap::from([(ShardId(0), vec![(0, 5), (1, 6)])]);
        let none = Numbers::new();
        assert_eq!(check(&numbers(&[5, 6, 7]), &told, &numbers(&[5])), Ok(()));
        for (found, seen, why) in [
            (numbers(&[5]), &none, "acknowledged"),
            (none.clone(), &none, "acknowledged"),
            (numbers(&[6, 5]), &none, "order"),
            (numbers(&[5, 6]), &numbers(&[5, 6, 7]), "before"),
        ] {
            let error = check(&found, &told, seen).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn half_a_line_was_not_told() {
        let mut told = Told::new();
        note(b"0 0 5\n1 0 6\n0 1 7", &mut told).expect("it is well formed");
        assert_eq!(told[&ShardId(0)], [(0, 5)]);
        assert_eq!(told[&ShardId(1)], [(0, 6)]);
        assert!(note(b"what\n", &mut told).is_err());
    }
}
