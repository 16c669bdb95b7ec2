//! Virtual time: how many records a second of wall time one core takes through the whole of it,
//! producer, routing, shard limits, log and a mapping.

use std::time::Instant;

use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::{BenchTask, Measured};
use crate::cli::simulate::world;
use crate::session::Session;
use crate::sim;
use crate::world::Report;

/// 64 shards at nine tenths of what they take; keys that are not spread evenly make some refuse.
const SESSION: &str = r#"(
    version: 1,
    title: "bench simulate",
    streams: [(name: "clicks", shards: 64, level: Memory, retention_s: 5)],
    functions: [(name: "f", kind: Simulated, base_ms: 5, spread: 0.3, per_record_us: 1)],
    producers: [
        (name: "web", stream: "clicks", source: Synthetic((
            rate: 57600, keys: Uniform(count: 10000), payload: Clicks, size: Fixed(bytes: 100),
        ))),
    ],
    mappings: [(name: "m", stream: "clicks", function: "f", batch_size: 1000)],
)"#;
const VIRTUAL_MS: u64 = 10_000;
/// Runs with the first seed. Others on this machine take turns with them, so the best one counts.
const RUNS: usize = 4;
const TARGET: f64 = 2_000_000.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let session = Session::parse("bench", SESSION).map_err(|why| why.to_string())?;
    let (other, mut best) = pass(&session, 2)?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (report, wall) = pass(&session, 1)?;
        best = best.min(wall);
        runs.push(report);
    }
    check(&runs, &other)?;
    let first = &runs[0];
    let records = first.totals.incoming_records;
    let detail = format!(
        "{:.0} s of 100-byte records over 64 shards, {records} stored, {} refused by limits, {} \
         through a mapping; digest {} in {RUNS} runs with one seed; \
         the best of {} runs in one process",
        VIRTUAL_MS as f64 / 1e3,
        first.totals.write_provisioned_throughput_exceeded,
        first.mappings[0].done_records,
        first.digest,
        RUNS + 1,
    );
    Ok(vec![Figure {
        name: "simulate".to_owned(),
        value: records as f64 / best,
        unit: "records/s",
        target: Some((Better::Higher, TARGET)),
        detail,
    }])
}

/// A run, and how long it took, seconds.
fn pass(session: &Session, seed: u64) -> Result<(Report, f64), String> {
    let mut world = world(session, Some(seed)).map_err(|why| why.to_string())?;
    let began = Instant::now();
    sim::run_for(&mut world, VIRTUAL_MS, &mut |_| {});
    let wall = began.elapsed().as_secs_f64();
    Ok((world.report(), wall))
}

fn check(runs: &[Report], other: &Report) -> Result<(), String> {
    let first = &runs[0];
    if let Some(again) = runs.iter().find(|again| again.digest != first.digest) {
        return Err(format!("seed 1 gave digest {} and then {}", first.digest, again.digest));
    }
    if first.digest == other.digest {
        return Err(format!("seeds 1 and 2 gave the same digest {}", first.digest));
    }
    let refused = first.totals.write_provisioned_throughput_exceeded;
    if refused == 0 || first.mappings[0].done_records == 0 {
        return Err("the load reached no shard limit, or nothing came through the mapping".into());
    }
    Ok(())
}
