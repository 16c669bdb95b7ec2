//! A world as its driver sees it: what is kept over a detached part, a loaded session, a restart.

use std::collections::BTreeMap;

use super::*;
use crate::command::Command;
use crate::log::{MemStorage, Storage};
use crate::model::{EventKind, PartName, ShardId, StreamMode, StreamName};
use crate::pipeline::Invoking;
use crate::pipeline::function::{Function, Invocation};
use crate::pipeline::mapping::{Checkpoint, Mapping};
use crate::pipeline::outside::{Invoke, Invoked, Invoker};
use crate::pipeline::settings::{FunctionKind, FunctionSettings, MappingSettings};
use crate::sim::{EPOCH, SimOutside, run_for};

fn world_of(engine: Engine, now: Millis) -> World {
    let outside = Box::new(SimOutside::default());
    World::new(now, WorldOptions { seed: 1, engine, outside, title: "test".into() })
}

fn world_on(disk: &MemStorage, now: Millis) -> World {
    let opened = Engine::open(now, Box::new(disk.clone()), EngineOptions::default());
    world_of(opened.expect("the folder is sound").0, now)
}

fn part(name: &str) -> PartName {
    PartName::new(name).expect("it is a name")
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).expect("it is a name")
}

/// Runs commands that fit the world, and then so long.
fn play(world: &mut World, lines: &[&str], length_ms: u64) {
    for line in lines {
        let Ok(Command::World(command)) = line.parse() else { panic!("`{line}` is no command") };
        let now = world.now();
        world.run(now, &command).unwrap_or_else(|why| panic!("{line}: {why}"));
    }
    run_for(world, length_ms, &mut |_| {});
}

/// Syncs what a driver would.
fn sync(world: &mut World, disk: &mut MemStorage) {
    let now = world.now();
    let unsynced: Vec<_> = world.unsynced().collect();
    for unsynced in &unsynced {
        disk.sync(&unsynced.file).expect("the disk is sound");
        world.on_synced(now, unsynced);
    }
}

/// The put was on its way to the stream of errors, which the later part of the name does not have.
#[test]
fn what_became_of_a_put_is_not_told_to_a_namesake() {
    let mut disk = MemStorage::new();
    let mut world = world_on(&disk, EPOCH);
    let streams = ["create raw --shards 1", "create clean --shards 1", "create bad --level power"];
    play(&mut world, &streams, 1_000);
    play(
        &mut world,
        &["put raw k nonsense", "transform t raw clean parse:combined --errors bad"],
        5_000,
    );
    assert!(world.waits_for_disk());
    play(&mut world, &["detach t"], 0);
    assert!(!world.waits_for_disk());
    play(&mut world, &["transform t raw clean parse:combined"], 5_000);
    sync(&mut world, &mut disk);
    let failed = world.parts.transforms.values().map(|part| part.tally().failed_records);
    assert_eq!(failed.collect::<Vec<u64>>(), [1], "the new one has read the record");
}

/// Nothing else had moved since, and so it was not written that it is gone.
#[test]
fn the_checkpoint_of_a_detached_mapping_does_not_come_back_with_the_next_process() {
    let disk = MemStorage::new();
    let kept = || -> BTreeMap<ShardId, Checkpoint> {
        let world = world_on(&disk.copy(), EPOCH.plus(60_000));
        world.checkpoints.of(&part("m"), &stream("orders"), &world.engine)
    };
    let mut world = world_on(&disk, EPOCH);
    play(&mut world, &["create orders --shards 1", "function f simulated"], 1_000);
    play(&mut world, &["put orders k data", "attach f orders --name m"], 10_000);
    assert_eq!(kept().len(), 1);
    play(&mut world, &["detach m"], 2_000);
    assert_eq!(kept().len(), 0);
}

/// It was told once, when the folder was opened.
#[test]
fn damage_is_still_told_when_a_session_is_loaded() {
    let mut world = world_on(&MemStorage::new(), EPOCH);
    let kind = EventKind::RecordsMissing { records: 3 };
    world.chronicle.push(Event { at: EPOCH, kind });
    world.replace(EPOCH, &Session::empty("other", 1)).expect("it fits");
    assert_eq!((world.chronicle.missing_records(), world.chronicle.total()), (3, 0));
}

/// It asked for half as many shards once in each cool-down, and was refused.
#[test]
fn a_policy_rests_while_its_stream_is_on_demand() {
    let mut world = world_of(World::engine_in_memory(), EPOCH);
    play(&mut world, &["create orders --shards 4 --level memory"], 700);
    let lines = ["policy orders target 70 --cooldown 10", "mode orders on-demand"];
    play(&mut world, &lines, 60_000);
    let mode = world.engine.stream(&stream("orders")).map(|found| found.settings().mode);
    assert_eq!(mode, Some(StreamMode::OnDemand));
    assert!(world.policies.of(&stream("orders")).is_some());
    let told: Vec<String> = world.chronicle.last(100).map(|event| event.kind.to_string()).collect();
    assert!(told.iter().all(|what| !what.contains("refused")), "{told:?}");
}

/// A function outside that says nothing by itself.
struct Silent;

impl Invoker for Silent {
    fn invoke(&mut self, _invoke: Invoke) {}

    fn cancel(&mut self, _id: u64) {}
}

/// It was heard when something else was due.
#[test]
fn the_end_of_an_invocation_is_heard_by_a_mapping_that_has_another_function_by_now() {
    let settings = FunctionSettings::new(part("f"), FunctionKind::Simulated);
    let mut function = Function::new(settings, None, 1);
    function.set_invoker(Some(Box::new(Silent)));
    let mut parts = Parts::default();
    parts.functions.add(EPOCH, function).expect("it fits");
    let invocation = Invocation { records: 1, request: "r", event: &Vec::new };
    let running = parts.functions.begin(EPOCH, &part("f"), &invocation).expect("there is room");
    let settings = MappingSettings::new(part("m"), stream("orders"), part("g"));
    parts.mappings.insert(part("m"), Mapping::new(settings, BTreeMap::new(), 1, EPOCH));
    assert_eq!(parts.next_deadline(), Some(EPOCH));
    parts.on_invoked(Invoked { id: 1, answer: Ok(Vec::new()), ms: 1.0, init_ms: None });
    assert_eq!(parts.functions.ends(&running), Millis::ZERO);
    assert_eq!(parts.mappings[&part("m")].next_deadline(), Some(Millis::ZERO));
}

#[test]
fn of_the_rules_of_a_mapping_those_are_told_that_were_set() {
    let mut world = world_of(World::engine_in_memory(), EPOCH);
    play(&mut world, &["create orders --level memory", "function f simulated"], 1_000);
    play(&mut world, &["attach f orders --name m --retries 3 --partial on"], 0);
    let clock = ClockView { paused: false, speed: 1.0 };
    assert_eq!(world.look(clock).mappings[0].rules, ["retries 3", "partial"]);
}
