//! Putting through the live world into a folder, beside plain writes of the same bytes.
//!
//! A cell is one shape of load. Its rounds and those of its ceiling take turns in one run, the best
//! of each counts, and everything that was acknowledged is read back and compared at the end. The
//! ceiling copies for level `memory`, writes and lets another thread sync every 50 ms for
//! `process`, and syncs each batch for `power`.

mod ceiling;
mod idle;
mod pair;
mod world;

use clap::Args;

use crate::cli::bench::figure::{Better, Figure, quantile};
use crate::cli::bench::{BenchTask, Measured, machine, numbered};
use crate::console::format::bytes as size;
use crate::model::{EntryBatch, Level};

pub(in crate::cli) use idle::Home;
pub(super) use idle::shard_bytes;

/// The cell of `watershed bench put` and of `get`; without `--record` and `--all` those with a
/// target are run.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Cell {
    /// Of `put`: the whole grid of records, batches, shards and levels, some minutes
    #[arg(long, conflicts_with_all = ["record", "batch", "shards", "level", "writers"])]
    all: bool,
    /// Of `put`, `get` and `recover`: bytes of data in a record
    #[arg(long, value_name = "BYTES")]
    pub(super) record: Option<usize>,
    /// Of `put`: records in a batch, 1 to 500
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    batch: u32,
    /// Of `put` and `get`: shards, 1 to 10,000
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) shards: u32,
    /// Of `put`: what an acknowledged record survives: memory, process or power
    #[arg(long, value_name = "LEVEL", default_value = "process", value_parser = parse_level)]
    level: Level,
    /// Of `put`: threads that put at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    writers: u32,
    /// Of `put` and `get`: bytes of keys and data in a round, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) size: u64,
    /// Of `put` and the benches that read: rounds; the first two of `put` still make the log's files
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) rounds: u32,
}

impl Cell {
    /// One record in one shard.
    const SMALL: Self = Self {
        all: false,
        record: None,
        batch: 1,
        shards: 1,
        level: Level::Process,
        writers: 1,
        size: 1,
        rounds: 1,
    };
}

fn parse_level(word: &str) -> Result<Level, String> {
    Level::parse(word).ok_or_else(|| "a level is memory, process or power".to_owned())
}

/// A shape of load with nothing left open.
#[derive(Clone, Copy, Debug)]
struct Load {
    record: usize,
    batch: usize,
    shards: u32,
    level: Level,
    writers: u32,
    records: u64,
    rounds: u32,
}

impl Load {
    fn new(record: usize, cell: Cell) -> Self {
        let Cell { batch, shards, level, writers, size, rounds, .. } = cell;
        let batch = batch as usize;
        let bytes = (record + numbered::KEY_BYTES) as u64;
        // Single durable records go at the pace of the disk.
        let most =
            if batch == 1 && level == Level::Power { 4_000 * u64::from(writers) } else { u64::MAX };
        let share = batch as u64 * u64::from(writers);
        let records = (size * 1024 * 1024 / bytes).min(most).next_multiple_of(share);
        Self {
            record: record.max(numbered::DATA_MIN),
            batch,
            shards,
            level,
            writers,
            records,
            rounds,
        }
    }

    fn name(&self) -> String {
        let Self { record, batch, shards, level, writers, .. } = self;
        format!("put {batch} x {record} B, {shards} shards, {}, {writers} writers", level.word())
    }

    /// What became of all records in the end.
    fn checked(&self) -> String {
        match self.level {
            Level::Memory => "none outlived the world".to_owned(),
            Level::Process | Level::Power => {
                format!("all {} read back", self.records * u64::from(self.rounds))
            }
        }
    }

    /// Batches of a writer in a round.
    fn batches(&self) -> u64 {
        self.records / self.batch as u64 / u64::from(self.writers)
    }
}

/// Fills a batch with records of consecutive numbers.
fn fill(entries: &mut EntryBatch, load: &Load, first: u64) {
    entries.clear();
    let numbers = first..first + load.batch as u64;
    numbers.for_each(|number| numbered::push(entries, number, load.record));
    entries.share();
}

/// What a round took.
#[derive(Clone, Debug, Default)]
struct Round {
    /// Seconds in calls of one writer, or of the wall when several put at the same time.
    seconds: f64,
    /// Seconds of the putting threads' processor time.
    cpu: f64,
    /// Microseconds of each call.
    calls: Vec<f64>,
}

impl Round {
    fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.seconds += other.seconds;
        self.calls.extend(other.calls);
    }
}

/// The best round of the engine, the best of the ceiling, and what else there is to tell.
struct Outcome {
    ours: Round,
    ceiling: Round,
    /// Bytes on disk a record above key and data: in the journal and in chunks.
    overhead: (f64, f64),
    memory: u64,
    load: f64,
}

impl Outcome {
    fn rate(&self, load: &Load) -> f64 {
        load.records as f64 / self.ours.seconds
    }

    fn ratio(&self) -> f64 {
        self.ceiling.seconds / self.ours.seconds
    }

    fn cpu_ns(&self, load: &Load) -> f64 {
        self.ours.cpu * 1e9 / load.records as f64
    }

    fn figure(mut self, load: &Load, target: Option<f64>) -> Figure {
        let ratio = self.ratio();
        let (journal, chunks) = self.overhead;
        let detail = format!(
            "of plain writes; {:.0} records/s against {:.0}; {:.0} ns CPU a record; call p50 {:.0} us, \
             p99 {:.0} us; {journal:.1} B a record over key and data in the journal, {chunks:.1} in \
             chunks; {} of memory; load {:.1}; {}",
            self.rate(load),
            load.records as f64 / self.ceiling.seconds,
            self.cpu_ns(load),
            quantile(&mut self.ours.calls, 0.5),
            quantile(&mut self.ours.calls, 0.99),
            size(self.memory as f64),
            self.load,
            load.checked(),
        );
        let target = target.map(|bound| (Better::Higher, bound));
        Figure { name: load.name(), value: ratio, unit: "x", target, detail }
    }
}

/// Keeps the faster of two rounds.
fn keep_best(best: &mut Option<Round>, round: Round) {
    match best {
        Some(best) if best.seconds <= round.seconds => {}
        Some(_) | None => *best = Some(round),
    }
}

const A_ROUND: &str = "invariant: there is a round at least";

fn measure(load: &Load) -> Result<Outcome, String> {
    let mut put = world::Putting::start(load)?;
    let mut plain = ceiling::Ceiling::new(load)?;
    let (mut ours, mut ceiling): (Option<Round>, Option<Round>) = (None, None);
    for _ in 0..load.rounds {
        keep_best(&mut ours, put.round()?);
        keep_best(&mut ceiling, plain.round()?);
    }
    let memory = machine::resident_bytes();
    let overhead = put.finish()?;
    Ok(Outcome {
        ours: ours.expect(A_ROUND),
        ceiling: ceiling.expect(A_ROUND),
        overhead,
        memory,
        load: machine::load(),
    })
}

pub(super) fn run(task: &BenchTask) -> Measured {
    let figure = |load: &Load, target| Ok(measure(load)?.figure(load, target));
    if task.cell.all {
        return grid(task.cell).iter().map(|load| figure(load, None)).collect();
    }
    if let Some(record) = task.cell.record {
        return Ok(vec![figure(&Load::new(record, task.cell), None)?]);
    }
    let of = |record, level| Load::new(record, Cell { level, ..task.cell });
    let mut figures = Vec::new();
    for (load, target) in [
        (of(100, Level::Process), 0.20),
        (of(1_024, Level::Process), 0.60),
        (of(100, Level::Power), 0.60),
    ] {
        figures.push(figure(&load, Some(target))?);
    }
    figures.push(pair::many_writers(task.cell)?);
    figures.push(pair::many_shards(task.cell)?);
    figures.push(pair::idle_readers(task.cell)?);
    figures.push(idle::subscribers(task.cell)?);
    figures.extend(idle::shards()?);
    Ok(figures)
}

/// Every shape of load that is measured.
fn grid(cell: Cell) -> Vec<Load> {
    let mut loads = Vec::new();
    for record in [100, 1_024] {
        for batch in [1, 100, 500] {
            for shards in [1, 16, 1_000, 10_000] {
                for level in Level::ALL {
                    loads.push(Load::new(record, Cell { batch, shards, level, ..cell }));
                }
            }
        }
    }
    loads
}
