//! Consumer applications in a world: workers die, shards are split and merged, and nothing is lost.

use watershed::engine::{Engine, EngineOptions};
use watershed::log::MemStorage;
use watershed::model::ShardState;
use watershed::sim::{EPOCH, run_for};
use watershed::snapshot::{ApplicationView, LeaseView};
use watershed::world::World;

use crate::by_line::{refusal, run, world_at};

/// The seed of each world.
const SEED: u64 = 11;

fn world(engine: Engine) -> World {
    world_at(engine, EPOCH, SEED)
}

/// A stream of so many shards with a producer, and an application on it.
fn started(shards: u32, workers: u32) -> World {
    let mut world = world(Engine::in_memory(EngineOptions::default()));
    run(&mut world, &format!("create clicks --shards {shards} --level memory"));
    run_for(&mut world, 1_000, &mut |_| {});
    run(&mut world, "produce web clicks synthetic --rate 200 --payload clicks --keys uniform:500");
    run(&mut world, &format!("application app clicks --workers {workers}"));
    world
}

fn app(world: &World) -> ApplicationView {
    world.look(Default::default()).applications[0].clone()
}

/// Leases of each worker, in the order of their numbers.
fn shares(view: &ApplicationView) -> Vec<usize> {
    view.workers.iter().map(|worker| worker.leases).collect()
}

/// Everything that came was done: what was done at least once is what came.
fn assert_nothing_is_lost(world: &mut World) {
    run(world, "pause web");
    // Leases expire, are taken, and so are those of children, one generation behind the other.
    run_for(world, 300_000, &mut |_| {});
    let view = app(world);
    let came = world.report().streams[0].totals.incoming_records;
    assert!(came > 0);
    assert_eq!(view.tally.done_records - view.again_records, came);
}

#[test]
fn workers_share_the_leases_and_a_new_one_gets_its_part() {
    let mut world = started(9, 3);
    run_for(&mut world, 120_000, &mut |_| {});
    assert_eq!(shares(&app(&world)), [3, 3, 3]);
    run(&mut world, "worker app start");
    run_for(&mut world, 120_000, &mut |_| {});
    let mut after = shares(&app(&world));
    after.sort_unstable();
    assert_eq!(after, [2, 2, 2, 3]);
    // Who hands over keeps how far it is before.
    assert_eq!(app(&world).again_records, 0);
    assert_nothing_is_lost(&mut world);
}

#[test]
fn the_leases_of_a_killed_worker_expire_and_move_and_what_it_had_not_kept_is_done_again() {
    let mut world = started(4, 2);
    run_for(&mut world, 60_000, &mut |_| {});
    assert_eq!(shares(&app(&world)), [2, 2]);
    run_for(&mut world, 3_000, &mut |_| {});
    run(&mut world, "worker app kill 1");
    run_for(&mut world, 2_000, &mut |_| {});
    let view = app(&world);
    let held = |lease: &&LeaseView| lease.owner == Some(1) && lease.expires_in_ms > 0;
    assert_eq!(view.leases.iter().filter(held).count(), 2, "nobody was told");
    run_for(&mut world, 40_000, &mut |_| {});
    assert_eq!(shares(&app(&world)), [0, 4]);
    let again = app(&world).again_records;
    assert!((1..=2_000).contains(&again), "{again} of at most five seconds");
    let events = world.look(Default::default()).events.clone();
    let moved = events.iter().filter(|one| one.kind.to_string().ends_with("of worker 1"));
    assert!(moved.count() >= 2);
    let why = refusal(&mut world, "worker app kill 1");
    assert_eq!(why, "no worker 1 of `app` runs: there is 2");
    run(&mut world, "worker app start 1");
    run_for(&mut world, 120_000, &mut |_| {});
    assert_eq!(shares(&app(&world)), [2, 2]);
    assert_nothing_is_lost(&mut world);
}

#[test]
fn children_are_read_after_their_parents_whoever_holds_them() {
    let mut world = started(2, 3);
    run_for(&mut world, 30_000, &mut |_| {});
    run(&mut world, "split clicks 0");
    run_for(&mut world, 5_000, &mut |_| {});
    run(&mut world, "worker app kill 2");
    run_for(&mut world, 60_000, &mut |_| {});
    run(&mut world, "merge clicks 2 3");
    run_for(&mut world, 90_000, &mut |_| {});
    let view = app(&world);
    let ended = view.leases.iter().filter(|lease| lease.is_ended).count();
    assert_eq!((view.leases.len(), ended), (5, 3), "{:?}", view.leases);
    assert_nothing_is_lost(&mut world);
}

#[test]
fn nobody_is_ahead_of_a_shard_that_is_done() {
    let mut world = started(1, 1);
    run_for(&mut world, 30_000, &mut |_| {});
    run(&mut world, "split clicks 0");
    run_for(&mut world, 60_000, &mut |_| {});
    let view = app(&world);
    let ahead = view.leases.iter().find(|lease| lease.is_ended).map(|lease| lease.ahead);
    assert_eq!(ahead, Some(0), "{:?}", view.leases);
}

/// Checkpoints never go back, and in the end everything was done.
#[test]
fn a_seeded_life_of_kills_starts_and_splits_loses_nothing() {
    for seed in [1u64, 2, 3] {
        let mut world = started(4, 3);
        let mut kept = std::collections::BTreeMap::new();
        let mut draw = seed;
        for _ in 0..12 {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let alive: Vec<u32> = app(&world)
                .workers
                .iter()
                .filter(|one| one.is_alive)
                .map(|one| one.number)
                .collect();
            match (draw >> 33) % 4 {
                0 if alive.len() > 1 => run(&mut world, &format!("worker app kill {}", alive[0])),
                1 => run(&mut world, "worker app start"),
                2 => {
                    let look = world.look(Default::default());
                    let mut shards = look.streams[0].shards.iter();
                    let open = shards.find(|shard| shard.state == ShardState::Open);
                    let shard = open.expect("a stream has open shards").id.0;
                    run(&mut world, &format!("split clicks {shard}"));
                }
                _ => {}
            }
            run_for(&mut world, 7_000 + (draw >> 50), &mut |_| {});
            for lease in app(&world).leases {
                let now = (lease.is_ended, lease.checkpoint);
                let before = kept.insert(lease.shard, now).unwrap_or_default();
                assert!(before <= now || now.0, "{seed}: {:?} went back", lease.shard);
            }
        }
        assert_nothing_is_lost(&mut world);
    }
}

#[test]
fn an_application_goes_on_where_it_was_when_its_world_is_opened_again() {
    let storage = MemStorage::new();
    let open = |storage: &MemStorage, now| {
        let opened = Engine::open(now, Box::new(storage.clone()), EngineOptions::default());
        opened.expect("the folder is sound").0
    };
    let mut first = world(open(&storage, EPOCH));
    run(&mut first, "create clicks --shards 2");
    run_for(&mut first, 1_000, &mut |_| {});
    run(&mut first, "produce web clicks synthetic --rate 100");
    run(&mut first, "application app clicks");
    run_for(&mut first, 60_000, &mut |_| {});
    let (done, later) = (app(&first).tally.done_records, first.now());
    let crashed = storage.copy();
    drop(first);
    let mut second = world_at(open(&crashed, later), later, SEED);
    run(&mut second, "application app clicks");
    run_for(&mut second, 60_000, &mut |_| {});
    let again = app(&second).tally.done_records;
    assert!(done > 5_000 && again < 1_000, "{done}, then {again}");
}
