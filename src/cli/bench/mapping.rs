//! A full shard read out by a mapping in full batches: what a record costs on its way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::api::{CreateStream, Operation, PutRecords};
use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::{BenchTask, Measured};
use crate::engine::{Engine, EngineOptions};
use crate::model::{EntryBatch, Level, Millis, PartName, ShardLimits, StreamName};
use crate::pipeline::Invoking;
use crate::pipeline::function::{Function, Functions};
use crate::pipeline::mapping::Mapping;
use crate::pipeline::settings::{FunctionKind, FunctionSettings, MappingSettings};
use crate::sim::EPOCH;

const RECORDS: u64 = 1_000_000;
const TARGET_NS: f64 = 100.0;
/// Engine time after which a mapping that is not done never will be.
const PATIENCE_MS: u64 = 600_000;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let mut engine = filled().map_err(|why| why.to_string())?;
    let mut functions = Functions::default();
    functions.add(EPOCH, Function::new(function(), None, 1)).map_err(|why| why.to_string())?;
    let mut mapping = Mapping::new(settings(), BTreeMap::new(), 1, EPOCH);
    let began = Instant::now();
    let reading = drive(&mut engine, &mut mapping, &mut functions);
    let whole = began.elapsed();
    let done = mapping.tally().done_records;
    if done != RECORDS {
        return Err(format!("{done} of {RECORDS} records came through"));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e9 / RECORDS as f64;
    Ok(vec![Figure {
        name: "mapping".to_owned(),
        value: each(whole),
        unit: "ns/record",
        target: Some((Better::Lower, TARGET_NS)),
        detail: format!(
            "{RECORDS} records of 100 bytes in batches of 10,000; {:.0} ns of it are the engine's \
             GetRecords",
            each(reading)
        ),
    }])
}

/// Runs the mapping until it is done; answers the time that the engine took.
fn drive(engine: &mut Engine, mapping: &mut Mapping, functions: &mut Functions) -> Duration {
    let mut reading = Duration::ZERO;
    let mut now = EPOCH.plus(1_000);
    let end = now.plus(PATIENCE_MS);
    while mapping.tally().done_records < RECORDS && now < end {
        engine.advance(now);
        mapping.advance(now, functions);
        while let Some(call) = mapping.poll_call(now) {
            let asked = Instant::now();
            let reply = engine.handle(now, &call.operation);
            reading += asked.elapsed();
            mapping.on_reply(now, call, reply);
            mapping.advance(now, functions);
        }
        now = mapping.next_deadline().unwrap_or(end).max(now.plus(1)).min(end);
    }
    reading
}

fn stream() -> StreamName {
    StreamName::new("s").expect("invariant: a good name")
}

fn part(name: &str) -> PartName {
    PartName::new(name).expect("invariant: a good name")
}

/// An engine whose one shard holds all records.
fn filled() -> Result<Engine, crate::api::ApiError> {
    let mut engine = Engine::in_memory(EngineOptions { create_delay_ms: 0, ..Default::default() });
    let create = CreateStream {
        limits: ShardLimits::OFF,
        ..CreateStream::provisioned(stream(), 1, Level::Memory)
    };
    engine.handle(EPOCH, &Operation::CreateStream(create))?;
    engine.advance(EPOCH.plus(1));
    let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
    for number in 0..RECORDS {
        put.entries.push(&format!("k{}", number % 100), &[b'x'; 100]);
        if put.entries.len() == 500 {
            engine.put_records(Millis(EPOCH.0 + 1), &put)?;
            put.entries.clear();
        }
    }
    Ok(engine)
}

fn settings() -> MappingSettings {
    MappingSettings { batch_size: 10_000, ..MappingSettings::new(part("m"), stream(), part("f")) }
}

fn function() -> FunctionSettings {
    FunctionSettings { base_ms: 10.0, ..FunctionSettings::new(part("f"), FunctionKind::Simulated) }
}
