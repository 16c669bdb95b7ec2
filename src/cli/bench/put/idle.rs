//! What is there and does nothing: shards without a record, subscribers without news.

use std::fs;
use std::process::Command;
use std::{env, thread};

use clap::ValueEnum;

use crate::api::{
    Answer, ApiError, Operation, PutRecords, RegisterStreamConsumer, SubscribeToShard, Tags,
};
use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::machine::resident_bytes;
use crate::cli::bench::put::ceiling::timed;
use crate::cli::bench::put::world::{OPTIONS, Putting, check, create, idle_stream, stream};
use crate::cli::bench::put::{A_ROUND, Cell, Load, Round, fill, keep_best, pair};
use crate::engine::Engine;
use crate::model::{ConsumerName, EntryBatch, IteratorType, Level, Millis, ShardId, StreamStatus};

const SHARDS: u32 = 10_000;
/// Shards that a subscriber waits for, each.
const SUBSCRIPTIONS: u32 = 1_000;
/// Descriptors and threads that a world may take anew while shards are added: none a shard.
const SPARE: usize = 16;
/// How long a live world is left alone, so that its meters have begun.
const ALONE: std::time::Duration = std::time::Duration::from_secs(3);

/// Where idle shards live.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Home {
    /// An engine alone.
    Engine,
    /// A live world on a folder.
    Live,
}

/// What an idle shard takes. Asked of processes of their own: this one has used its memory before.
pub(super) fn shards() -> Result<[Figure; 2], String> {
    let figure = |word: &str| {
        let bytes = ask(word)?;
        Ok::<_, String>(Figure {
            name: format!("idle shard, {word}"),
            value: bytes,
            unit: "B",
            target: Some((Better::Lower, 1_024.0)),
            detail: format!(
                "of memory for each of {SHARDS} shards that were never written, in a process of \
                 its own; no descriptor and no thread more"
            ),
        })
    };
    Ok([figure("engine")?, figure("live")?])
}

fn ask(home: &str) -> Result<f64, String> {
    let failed = |why: std::io::Error| format!("the process with idle shards fails: {why}");
    let program = env::current_exe().map_err(failed)?;
    let output = Command::new(program).args(["bench-child", "idle", home]).output();
    let told = String::from_utf8_lossy(&output.map_err(failed)?.stdout).into_owned();
    told.trim().parse().map_err(|_| format!("the process with idle shards told `{told}`"))
}

/// Bytes of memory that each of many idle shards takes in this process.
pub(in crate::cli::bench) fn shard_bytes(home: Home) -> Result<f64, String> {
    let each = |bytes: u64| bytes as f64 / f64::from(SHARDS);
    match home {
        Home::Engine => {
            let mut engine = Engine::in_memory(OPTIONS);
            engine.advance(Millis(1));
            let before = resident_bytes();
            let create = Operation::CreateStream(create(stream(), SHARDS, Level::Process));
            engine.handle(Millis(1), &create).map_err(|why| why.to_string())?;
            engine.advance(Millis(2));
            Ok(each(resident_bytes().saturating_sub(before)))
        }
        Home::Live => {
            let load = Load { shards: 1, records: 1, ..Load::new(100, Cell::SMALL) };
            let putting = Putting::start(&load)?;
            let before = (resident_bytes(), handles());
            putting.create(create(idle_stream(), SHARDS, Level::Process))?;
            thread::sleep(ALONE);
            let gained = resident_bytes().saturating_sub(before.0);
            if handles() > before.1 + SPARE {
                return Err(format!("{} descriptors and threads, {} before", handles(), before.1));
            }
            putting.finish().map(|_| each(gained))
        }
    }
}

/// Descriptors and threads of this process.
fn handles() -> usize {
    let count = |folder| fs::read_dir(folder).map_or(0, Iterator::count);
    count("/proc/self/fd") + count("/proc/self/task")
}

/// What a put costs an engine beside 1,000 subscribers that wait for records of other shards.
pub(super) fn subscribers(cell: Cell) -> Result<Figure, String> {
    let load = Load::new(100, Cell { level: Level::Memory, ..cell });
    let mut engines = [Putter::new(&load)?, Putter::new(&load)?];
    engines[0].subscribe().map_err(|why| why.to_string())?;
    let mut best = [None, None];
    for _ in 0..load.rounds {
        for (best, engine) in best.iter_mut().zip(&mut engines) {
            keep_best(best, engine.round()?);
        }
    }
    engines.iter().try_for_each(|putter| check(&putter.engine, &load, putter.next))?;
    let cpu = best.map(|round| round.expect(A_ROUND).cpu * 1e9 / load.records as f64);
    Ok(pair::figure("put, 1,000 idle subscribers over none", 1.05, cpu))
}

/// An engine in memory that records are put into.
struct Putter {
    engine: Engine,
    load: Load,
    now: Millis,
    next: u64,
}

impl Putter {
    fn new(load: &Load) -> Result<Self, String> {
        let mut engine = Engine::in_memory(OPTIONS);
        for (stream, shards) in [(stream(), load.shards), (idle_stream(), SUBSCRIPTIONS)] {
            let create = Operation::CreateStream(create(stream, shards, load.level));
            engine.handle(Millis(1), &create).map_err(|why| why.to_string())?;
        }
        engine.advance(Millis(2));
        let active = engine.streams().all(|stream| stream.status() == StreamStatus::Active);
        let putter = Self { engine, load: *load, now: Millis(2), next: 0 };
        if active { Ok(putter) } else { Err("a stream is not ACTIVE".to_owned()) }
    }

    /// A consumer subscribes to every idle shard, and is told that there is nothing.
    fn subscribe(&mut self) -> Result<(), ApiError> {
        let consumer = ConsumerName::new("waits").expect("invariant: a good name");
        let register =
            RegisterStreamConsumer { stream: idle_stream(), consumer, tags: Tags::new() };
        let register = Operation::RegisterStreamConsumer(register);
        let Answer::Consumer(told) = self.engine.handle(self.now, &register)? else {
            return Err(ApiError::InternalFailure("no consumer was told".to_owned()));
        };
        self.now = self.now.plus(1_000);
        self.engine.advance(self.now);
        for shard in (0..SUBSCRIPTIONS).map(ShardId) {
            let position = IteratorType::Latest.into();
            let consumer = told.arn.clone();
            self.engine.subscribe(self.now, &SubscribeToShard { consumer, shard, position })?;
        }
        while self.engine.poll_push(self.now).is_some() {}
        Ok(())
    }

    fn round(&mut self) -> Result<Round, String> {
        let mut round = Round::default();
        let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
        for _ in 0..self.load.batches() {
            fill(&mut put.entries, &self.load, self.next);
            self.next += self.load.batch as u64;
            let answer = timed(&mut round, || {
                let answer = self.engine.put_records(self.now, &put);
                // As a driver asks: is there something to push?
                (answer, self.engine.next_push())
            });
            let answer = answer.0.map_err(|why| why.to_string())?;
            if answer.failed > 0 {
                return Err(format!("{} records of a batch were refused", answer.failed));
            }
        }
        Ok(round)
    }
}
