//! How often a record makes the program ask for memory once everything has found its size. Counted
//! and not timed, so the bound is exact on every machine.

use std::fs;
use std::sync::Arc;

use allocation_counter::measure;

use watershed::api::{
    Answer, CreateStream, GetRecords, GetRecordsAnswer, GetShardIterator, Operation, PutRecords,
};
use watershed::command::WorldCommand;
use watershed::engine::{Engine, EngineOptions};
use watershed::live::{DiskStorage, LiveOutside};
use watershed::model::limits::GET_RECORDS_MAX;
use watershed::model::{
    EntryBatch, IteratorType, Level, Millis, Quotas, ShardId, ShardIterator, ShardLimits,
    StreamName,
};
use watershed::snapshot::{ClockView, Snapshot};
use watershed::world::{World, WorldOptions};

const SHARDS: u32 = 16;
const BATCHES: u64 = 100;
const BATCH: u64 = 500;
/// Bytes of memory that a shard may take on which nothing happens, in a world that is looked at.
const IDLE: f64 = 1_024.0;
/// A power of two: rows that grow by doubling hold nothing in reserve then, as pages that are never
/// touched take no memory.
const IDLE_SHARDS: u32 = 8_192;
/// Asked of memory for each record, at most.
const MOST: f64 = 0.01;

fn orders() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

fn put(engine: &mut Engine, now: Millis, batch: &PutRecords) {
    let answer = engine.put_records(now, batch).expect("the disk is sound");
    assert_eq!(answer.failed, 0);
}

fn get(engine: &mut Engine, now: Millis, iterator: ShardIterator) -> GetRecordsAnswer {
    let get = GetRecords { iterator, limit: GET_RECORDS_MAX };
    engine.get_records(now, &get).expect("the disk is sound")
}

fn iterator(engine: &mut Engine, now: Millis, shard: ShardId) -> ShardIterator {
    let position = IteratorType::TrimHorizon.into();
    let get = Operation::GetShardIterator(GetShardIterator { stream: orders(), shard, position });
    match engine.handle(now, &get).expect("the shard is there") {
        Answer::Iterator(iterator) => iterator,
        other => panic!("an iterator was asked for, not {other:?}"),
    }
}

#[test]
fn a_record_is_put_and_got_without_asking_for_memory() {
    let folder = std::env::temp_dir().join(format!("watershed-allocations-{}", std::process::id()));
    let storage = Box::new(DiskStorage::open(&folder).expect("the folder is free"));
    let options = EngineOptions { create_delay_ms: 0, ..EngineOptions::default() };
    let now = Millis(1_000);
    let (mut engine, _) = Engine::open(now, storage, options).expect("it opens");
    let create = CreateStream::provisioned(orders(), SHARDS, Level::Process);
    let create = CreateStream { limits: ShardLimits::OFF, ..create };
    engine.handle(now, &Operation::CreateStream(create)).expect("the name is free");
    engine.advance(now);
    let mut entries = EntryBatch::new();
    (0..BATCH).for_each(|n| entries.push(&format!("user-{n:08}"), &[7; 100]));
    let batch = PutRecords { stream: orders(), entries };
    (0..BATCHES).for_each(|_| put(&mut engine, now, &batch));

    let puts = measure(|| (0..BATCHES).for_each(|_| put(&mut engine, now, &batch)));
    let each = puts.count_total as f64 / (BATCHES * BATCH) as f64;
    assert!(each <= MOST, "{each} for each record that is put");

    let mut iterators: Vec<_> =
        (0..SHARDS).map(|shard| Some(iterator(&mut engine, now, ShardId(shard)))).collect();
    let mut records = 0;
    let gets = measure(|| {
        for iterator in &mut iterators {
            let answer = get(&mut engine, now, iterator.take().expect("each is used once"));
            records += answer.records.len();
        }
    });
    let each = gets.count_total as f64 / records as f64;
    assert!(each <= MOST, "{each} for each record that is got");
    assert!(records as u64 >= BATCHES * BATCH, "{records} records were got");
    drop(fs::remove_dir_all(folder));
}

/// A world on a folder whose stream has so many shards and whose meters have run for a while; the
/// last two pictures of it are kept, as the driver and a viewer do.
fn watched_world(folder: &std::path::Path, shards: u32) -> (World, [Arc<Snapshot>; 2]) {
    let storage = Box::new(DiskStorage::open(folder).expect("the folder is free"));
    let options =
        EngineOptions { create_delay_ms: 0, quotas: Quotas::OFF, ..EngineOptions::default() };
    let now = Millis(1_000);
    let (engine, _) = Engine::open(now, storage, options).expect("it opens");
    let outside = Box::new(LiveOutside::default());
    let mut world =
        World::new(now, WorldOptions { seed: 1, engine, outside, title: "idle".into() });
    let create = CreateStream::provisioned(orders(), shards, Level::Process);
    world.run(now, &WorldCommand::Create(Box::new(create))).expect("the name is free");
    (1..10).for_each(|second| world.advance(Millis(1_000 + second * 1_000)));
    let pictures = [(); 2].map(|()| world.look(ClockView::default()));
    assert_eq!(pictures[1].open_shards(), shards as usize);
    (world, pictures)
}

#[test]
fn an_idle_shard_of_a_watched_world_takes_less_than_a_kibibyte() {
    let folder = std::env::temp_dir().join(format!("watershed-idle-{}", std::process::id()));
    let memory = |shards| {
        let mut kept = None;
        let taken = measure(|| kept = Some(watched_world(&folder, shards)));
        drop(kept);
        drop(fs::remove_dir_all(&folder));
        taken.bytes_current as f64
    };
    let each = (memory(IDLE_SHARDS) - memory(1)) / f64::from(IDLE_SHARDS - 1);
    assert!(each < IDLE, "{each} bytes for each idle shard");
}
