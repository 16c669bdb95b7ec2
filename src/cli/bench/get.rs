//! Reading shards from their start, beside a plain read of the same records from one file.
//!
//! A cell is a size of records, the place where they are, and how many shards their log holds. The
//! engine answers GetRecords with as many records as a call gives, shard after shard. The ceiling
//! reads a file of `[length, CRC-32, payload]` frames with large reads and checks each. Both add up
//! the same figures of each record; rounds take turns, and the best of each counts. Nothing waits
//! here, so what is compared is processor time: others on the machine do not count.

mod framed;
mod reader;

use std::time::{Duration, Instant};

use crate::cli::bench::figure::{Better, Figure, quantile};
use crate::cli::bench::folder::Filled;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured, machine, numbered};
use crate::log::LogOptions;
use framed::Framed;
use reader::Reader;

const RECORDS: [usize; 2] = [100, 1_024];
const SHARDS: [u32; 3] = [1, 16, 1_000];
/// Of a framed read: the least that is wanted.
const TARGET: f64 = 0.5;

/// Where the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    /// In the memory tails of their shards.
    Tails,
    /// In chunks on disk, cached by the system.
    Chunks,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
struct Shape {
    record: usize,
    tier: Tier,
    shards: u32,
    bytes: u64,
}

impl Shape {
    fn name(&self) -> String {
        let Self { record, tier, shards, .. } = self;
        let tier = if *tier == Tier::Tails { "tails" } else { "chunks" };
        format!("get {record} B, {tier}, {shards} shards")
    }

    /// Tails that keep everything, or nothing once it is moved.
    fn sizes(&self) -> LogOptions {
        let (tail_bytes, tails_bytes) = match self.tier {
            Tier::Tails => (u64::MAX / 4, u64::MAX / 4),
            Tier::Chunks => (0, 0),
        };
        LogOptions {
            tail_bytes,
            tails_bytes,
            segments_max: usize::MAX / 2,
            ..LogOptions::default()
        }
    }
}

/// What a reader saw: enough to notice that a record is missing, double, or another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    records: u64,
    bytes: u64,
    numbers: u64,
}

impl Seen {
    #[inline]
    fn add(&mut self, key_len: usize, data: &[u8]) {
        self.records += 1;
        self.bytes += (key_len + data.len()) as u64;
        self.numbers = self.numbers.wrapping_add(numbered::of(data));
    }
}

/// What a round took.
#[derive(Clone, Debug, Default)]
struct Round {
    wall: Duration,
    cpu: Duration,
    /// Microseconds of each call.
    calls: Vec<f64>,
}

/// Times a round, and checks what it saw.
fn timed(
    expected: Seen,
    mut read: impl FnMut(&mut Vec<f64>) -> Result<Seen, String>,
) -> Result<Round, String> {
    let (mut round, began, busy) = (Round::default(), Instant::now(), machine::cpu());
    let seen = read(&mut round.calls)?;
    (round.wall, round.cpu) = (began.elapsed(), machine::cpu() - busy);
    match seen == expected {
        true => Ok(round),
        false => Err(format!("{seen:?} was read where {expected:?} was put")),
    }
}

fn measure(shape: &Shape, rounds: u32) -> Result<Figure, String> {
    let folder = Scratch::new()?;
    let mut filled =
        Filled::open(&folder.path().join("data"), shape.record, shape.shards, shape.sizes())?;
    filled.put(shape.bytes, &mut |_| Ok(()))?;
    filled.settle()?;
    let mut reader = Reader::new(filled, shape)?;
    let expected = reader.check()?;
    let mut framed = Framed::new(&folder.path().join("framed"), &reader)?;
    let (mut ours, mut theirs): (Option<Round>, Option<Round>) = (None, None);
    for _ in 0..rounds {
        best(&mut ours, timed(expected, |calls| reader.read(calls))?);
        best(&mut theirs, timed(expected, |calls| framed.read(calls))?);
    }
    let told = "invariant: there is a round at least";
    Ok(figure(shape, expected, ours.expect(told), &theirs.expect(told)))
}

fn best(best: &mut Option<Round>, round: Round) {
    match best {
        Some(best) if best.cpu <= round.cpu => {}
        Some(_) | None => *best = Some(round),
    }
}

fn figure(shape: &Shape, seen: Seen, mut ours: Round, theirs: &Round) -> Figure {
    let each = |time: Duration| time.as_secs_f64() * 1e9 / seen.records as f64;
    let rate = |round: &Round| seen.records as f64 / round.wall.as_secs_f64();
    let detail = format!(
        "of a framed read by CPU; {:.0} records/s against {:.0}; {:.1} ns CPU a record against {:.1}; call \
         p50 {:.0} us, p99 {:.0} us; load {:.1}; all {} records checked",
        rate(&ours),
        rate(theirs),
        each(ours.cpu),
        each(theirs.cpu),
        quantile(&mut ours.calls, 0.5),
        quantile(&mut ours.calls, 0.99),
        machine::load(),
        seen.records,
    );
    let value = theirs.cpu.as_secs_f64() / ours.cpu.as_secs_f64();
    Figure { name: shape.name(), value, unit: "x", target: Some((Better::Higher, TARGET)), detail }
}

pub(super) fn run(task: &BenchTask) -> Measured {
    let bytes = task.cell.size * 1024 * 1024;
    let chosen = task.cell.record.map(|record| (vec![record], vec![task.cell.shards]));
    let (records, shards) = chosen.unwrap_or((RECORDS.to_vec(), SHARDS.to_vec()));
    let mut figures = Vec::new();
    for record in records {
        for tier in [Tier::Tails, Tier::Chunks] {
            for shards in &shards {
                let shape = Shape { record, tier, shards: *shards, bytes };
                figures.push(measure(&shape, task.cell.rounds)?);
            }
        }
    }
    Ok(figures)
}
