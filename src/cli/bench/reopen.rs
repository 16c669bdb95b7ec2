//! From opening a folder that a killed process left to the first answers.
//!
//! A process fills the folder as a real one does, says when it has put all, and goes on putting
//! until it is killed. Then the folder is opened here: what counts is the time until a put and a
//! get are answered. Each round kills again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use crate::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation, PutRecords};
use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::folder::{Filled, OPTIONS, stream};
use crate::cli::bench::kill::end;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured, machine, numbered};
use crate::engine::Engine;
use crate::live::DiskStorage;
use crate::log::{LogOptions, Recovery};
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{EntryBatch, Millis, ShardId};

const RECORD: usize = 1_024;
const SHARDS: u32 = 10_000;
/// From the first open to the first answers, milliseconds.
const TARGET_MS: f64 = 250.0;
/// Milliseconds that the process goes on putting before it is killed.
const LIFE: Duration = Duration::from_millis(500);
/// Bytes that the process puts on top in a later round: more than a segment of the journal.
const MORE: u64 = 80 * 1024 * 1024;
const FULL: &str = "full";

/// Fills a folder, says so, and goes on until killed.
pub(super) fn fill_forever(folder: &Path, bytes: u64) -> Result<(), String> {
    let mut filled = Filled::open(folder, RECORD, SHARDS, LogOptions::default())?;
    filled.put(bytes, &mut Filled::keep_up)?;
    println!("{FULL}");
    filled.put(u64::MAX, &mut Filled::keep_up)
}

pub(super) fn run(task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let (mut best, mut told) = (f64::INFINITY, String::new());
    let mut bytes = task.gib * 1024 * 1024 * 1024;
    for _ in 0..task.cell.rounds {
        fill_and_kill(folder.path(), bytes)?;
        bytes = MORE;
        let (began, busy) = (Instant::now(), machine::cpu());
        let (opened, recovery) = answered(folder.path())?;
        let (took, busy) = (began.elapsed(), machine::cpu() - busy);
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        if ms(took) < best {
            best = ms(took);
            told = format!(
                "{:.0} ms of it to open {} records, {:.0} ms of processor time",
                ms(opened),
                recovery.records,
                ms(busy),
            );
        }
    }
    Ok(vec![Figure {
        name: format!("reopen {} GiB", task.gib),
        value: best,
        unit: "ms",
        target: Some((Better::Lower, TARGET_MS)),
        detail: format!(
            "from open to the first answered put and get after kill -9, {SHARDS} shards, best of \
             {}; {told}; load {:.1}",
            task.cell.rounds,
            machine::load(),
        ),
    }])
}

fn fill_and_kill(folder: &Path, bytes: u64) -> Result<(), String> {
    let failed = |why: io::Error| format!("the process to kill does not start: {why}");
    let mut child = Command::new(env::current_exe().map_err(failed)?)
        .args(["bench-child", "fill"])
        .arg(folder)
        .arg(bytes.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line).map_err(failed)?;
    }
    if line.trim() == FULL {
        thread::sleep(LIFE);
    }
    end(&mut child)?;
    match line.trim() {
        FULL => Ok(()),
        _ => Err("the process ended before the folder was full".to_owned()),
    }
}

/// Opens, puts a record and gets one; gives how long opening took, and what it found.
fn answered(folder: &Path) -> Result<(Duration, Recovery), String> {
    let began = Instant::now();
    let storage = DiskStorage::open(folder).map_err(|why| why.to_string())?;
    let opened = Engine::open(Millis::ZERO, Box::new(storage), OPTIONS);
    let (mut engine, recovery) = opened.map_err(|why| why.to_string())?;
    let took = began.elapsed();
    let now = recovery.last_arrival;
    let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
    numbered::push(&mut put.entries, 0, RECORD);
    let answer = engine.put_records(now, &put).map_err(|why| why.to_string())?;
    let position = IteratorType::TrimHorizon.into();
    let ask = GetShardIterator { stream: stream(), shard: ShardId(0), position };
    let answered = engine.handle(now, &Operation::GetShardIterator(ask));
    let Answer::Iterator(iterator) = answered.map_err(|why| why.to_string())? else {
        return Err("no iterator was given".to_owned());
    };
    let get = GetRecords { iterator, limit: GET_RECORDS_MAX };
    let got = engine.get_records(now, &get).map_err(|why| why.to_string())?;
    let sound = got.records.iter().all(|record| {
        numbered::is(numbered::of(record.data), RECORD, record.partition_key, record.data)
    });
    match answer.failed == 0 && sound && !got.records.is_empty() && recovery.missing == 0 {
        true => Ok((took, recovery)),
        false => Err("the first answers are not what was put".to_owned()),
    }
}
