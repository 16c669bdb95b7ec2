//! Mappings that are pushed to as registered consumers, in virtual time and live.

use watershed::engine::{Engine, EngineOptions};
use watershed::live::{Live, LiveClock};
use watershed::log::MemStorage;
use watershed::model::Millis;
use watershed::session::Session;
use watershed::sim::{EPOCH, run_for};
use watershed::snapshot::{FanOutView, MappingView, Snapshot};
use watershed::world::{Port, World};

use crate::by_line::{refusal, run, world_at};

const MIB: u64 = 1_048_576;

/// A stream of so many shards that nothing was put into, and a function that takes 10 ms.
fn started(engine: Engine, shards: u32) -> World {
    let mut world = world_at(engine, EPOCH, 5);
    run(&mut world, &format!("create orders --shards {shards} --level memory"));
    run(&mut world, "function f simulated --base-ms 10 --spread 0");
    run_for(&mut world, 1_000, &mut |_| {});
    world
}

fn in_memory(shards: u32) -> World {
    started(Engine::in_memory(EngineOptions::default()), shards)
}

fn pass(world: &mut World, ms: u64) {
    run_for(world, ms, &mut |_| {});
}

fn look(world: &World) -> Snapshot {
    (*world.look(Default::default())).clone()
}

fn mapping<'a>(picture: &'a Snapshot, name: &str) -> &'a MappingView {
    let mut mappings = picture.mappings.iter();
    mappings.find(|mapping| mapping.name.as_str() == name).expect("it was attached")
}

fn done(world: &World, name: &str) -> u64 {
    mapping(&look(world), name).tally.done_records
}

fn came(world: &World) -> u64 {
    world.report().streams[0].totals.incoming_records
}

fn events(world: &World) -> Vec<String> {
    world.look(Default::default()).events.iter().map(|one| one.kind.to_string()).collect()
}

fn assert_told(world: &World, what: &str) {
    assert!(events(world).iter().any(|event| event.contains(what)), "{:#?}", events(world));
}

/// When nothing more comes, the mapping has done all that came.
fn assert_all_is_done(world: &mut World) {
    run(world, "pause web");
    pass(world, 20_000);
    assert_eq!(done(world, "m"), came(world));
}

#[test]
fn a_mapping_registers_its_consumer_and_is_pushed_each_record_at_once() {
    let mut world = in_memory(1);
    run(&mut world, "attach f orders --name m --consumer audit");
    pass(&mut world, 5_000);
    assert_eq!(look(&world).streams[0].details.registered[0].0, "audit");
    let fan_out = |world: &World| mapping(&look(world), "m").fan_out.clone().expect("it is said");
    let FanOutView { consumer, status, subscriptions, .. } = fan_out(&world);
    assert_eq!((consumer.as_str(), status.as_str(), subscriptions), ("audit", "ACTIVE", 1));
    run(&mut world, "put orders k {}");
    pass(&mut world, 50);
    assert_eq!(done(&world, "m"), 1, "it does not wait for a poll");
    assert!(fan_out(&world).latency_p99_ms <= 20, "{:?}", fan_out(&world));
    // It asks the shard for nothing.
    pass(&mut world, 60_000);
    let calls: f64 =
        look(&world).streams[0].shards.iter().map(|shard| shard.held().read_calls).sum();
    assert_eq!(
        (calls, world.report().streams[0].totals.subscribe_to_shard_event_records),
        (0.0, 1)
    );
}

/// A shard that answers five calls a second in all has none left for a mapping that polls.
#[test]
fn its_throughput_is_its_own() {
    let mut world = in_memory(1);
    run(&mut world, "produce web orders synthetic --rate 900 --size 1000");
    for reader in ["a", "b", "c"] {
        run(&mut world, &format!("read {reader} orders --interval-ms 200"));
    }
    run(&mut world, "attach f orders --name shared");
    run(&mut world, "attach f orders --name own --consumer own");
    pass(&mut world, 60_000);
    let picture = look(&world);
    let (shared, own) = (mapping(&picture, "shared"), mapping(&picture, "own"));
    assert!(shared.tally.read_throttled > 10, "{:?}", shared.tally);
    assert_eq!(own.tally.read_throttled, 0);
    assert!(own.iterator_age_p99_ms < 100, "{}", own.iterator_age_p99_ms);
    assert!(shared.iterator_age_p99_ms > 400, "{}", shared.iterator_age_p99_ms);
    // What asks least fits when one mapping is pushed to instead: it goes on where it was.
    let before = shared.tally.done_records;
    run(&mut world, "tune shared --consumer shared");
    pass(&mut world, 30_000);
    let picture = look(&world);
    let tuned = mapping(&picture, "shared");
    assert!(tuned.iterator_age_ms < 100 && tuned.tally.done_records > before);
    run(&mut world, "pause web");
    pass(&mut world, 5_000);
    assert_eq!((done(&world, "shared"), done(&world, "own")), (came(&world), came(&world)));
}

/// A reader that is pushed to goes on where it was, in both directions, and asks for nothing meanwhile.
#[test]
fn a_plain_reader_is_pushed_to_and_polls_again() {
    let mut world = in_memory(2);
    run(&mut world, "produce web orders synthetic --rate 200");
    run(&mut world, "read eye orders --interval-ms 200");
    pass(&mut world, 10_000);
    run(&mut world, "fan-out eye dashboard");
    let why = refusal(&mut world, "read other orders --consumer dashboard");
    assert!(why.contains("`eye` is pushed to as consumer `dashboard`"), "{why}");
    let why = refusal(&mut world, "attach f orders --name m --consumer dashboard");
    assert!(why.contains("`m` needs another one"), "{why}");
    pass(&mut world, 30_000);
    let eye = |world: &World| look(world).readers[0].clone();
    let fan_out = eye(&world).fan_out.expect("it is pushed to");
    assert_eq!((fan_out.status.as_str(), fan_out.subscriptions), ("ACTIVE", 2));
    assert!(fan_out.bytes_per_s > 1_000.0 && fan_out.latency_p99_ms <= 50, "{fan_out:?}");
    let calls: f64 =
        look(&world).streams[0].shards.iter().map(|shard| shard.held().read_calls).sum();
    assert_eq!(calls, 0.0);
    run(&mut world, "split orders 0");
    pass(&mut world, 30_000);
    assert_eq!(eye(&world).fan_out.map(|fan_out| fan_out.subscriptions), Some(3));
    run(&mut world, "fan-out eye none");
    pass(&mut world, 10_000);
    assert!(eye(&world).fan_out.is_none());
    run(&mut world, "fan-out eye dashboard");
    run(&mut world, "pause web");
    pass(&mut world, 10_000);
    assert_eq!(eye(&world).tally.done_records, came(&world), "each once");
    let session = world.session();
    assert_eq!(
        session.readers[0].consumer.as_ref().map(ToString::to_string).as_deref(),
        Some("dashboard")
    );
    run(&mut world, "detach eye");
    pass(&mut world, 1_000);
}

#[test]
fn a_mapping_that_is_behind_is_given_two_mebibytes_a_second_of_each_shard() {
    let mut world = in_memory(2);
    run(&mut world, "limits orders off");
    run(&mut world, "produce web orders synthetic --rate 2000 --size 10000");
    pass(&mut world, 20_000);
    run(&mut world, "pause web");
    run(&mut world, "attach f orders --name m --consumer c --batch 10000");
    pass(&mut world, 3_000);
    let before = mapping(&look(&world), "m").tally.read_bytes;
    pass(&mut world, 10_000);
    let picture = look(&world);
    let given = mapping(&picture, "m").tally.read_bytes - before;
    assert!((38 * MIB..=42 * MIB).contains(&given), "{given}");
    assert!(mapping(&picture, "m").iterator_age_ms > 10_000, "it says how far it is behind");
}

#[test]
fn a_subscription_is_renewed_after_five_minutes_and_nothing_is_lost_or_done_twice() {
    let mut world = in_memory(2);
    run(&mut world, "produce web orders synthetic --rate 20");
    run(&mut world, "attach f orders --name m --consumer c");
    pass(&mut world, 21 * 60_000);
    run(&mut world, "pause web");
    pass(&mut world, 10_000);
    assert_eq!(done(&world, "m"), came(&world));
}

#[test]
fn a_slow_function_holds_what_is_pushed() {
    let mut world = in_memory(1);
    run(&mut world, "function slow simulated --base-ms 60000 --spread 0");
    run(&mut world, "attach slow orders --name m --consumer c --batch 10");
    run(&mut world, "produce web orders synthetic --rate 500");
    // Longer than a subscription lives: it is renewed though nothing was taken.
    pass(&mut world, 400_000);
    let picture = look(&world);
    let tally = mapping(&picture, "m").tally;
    assert!(tally.read_records < 2_000, "{tally:?}");
    assert!(mapping(&picture, "m").iterator_age_ms > 300_000);
    run(&mut world, "tune m --function f --batch 1000");
    run(&mut world, "pause web");
    pass(&mut world, 200_000);
    assert_eq!(done(&world, "m"), came(&world));
}

#[test]
fn a_paused_mapping_takes_nothing_and_goes_on_where_it_was() {
    let mut world = in_memory(1);
    run(&mut world, "produce web orders synthetic --rate 100");
    run(&mut world, "attach f orders --name m --consumer c");
    pass(&mut world, 10_000);
    run(&mut world, "pause m");
    pass(&mut world, 1_000);
    let before = mapping(&look(&world), "m").tally.read_records;
    pass(&mut world, 400_000);
    assert_eq!(mapping(&look(&world), "m").tally.read_records, before);
    run(&mut world, "resume m");
    assert_all_is_done(&mut world);
}

#[test]
fn children_are_subscribed_to_after_their_parents() {
    let mut world = in_memory(2);
    run(&mut world, "produce web orders synthetic --rate 200 --keys uniform:500");
    run(&mut world, "attach f orders --name m --consumer c --factor 3");
    for line in ["split orders 0", "merge orders 2 3", "scale orders 4", "scale orders 2"] {
        pass(&mut world, 20_000);
        run(&mut world, line);
    }
    pass(&mut world, 20_000);
    assert_all_is_done(&mut world);
    assert_told(&world, "m finished shard 000");
    assert_told(&world, "m finished shard 002");
}

/// Children are read as soon as their parents are, and listed seconds later. A mapping that changed
/// its ways in between began them anew.
#[test]
fn a_child_that_was_not_listed_yet_is_read_on_where_it_was() {
    let mut world = in_memory(1);
    run(&mut world, "produce web orders synthetic --rate 200 --keys uniform:500");
    run(&mut world, "attach f orders --name m");
    for after_ms in [1_500, 3_000, 4_500] {
        pass(&mut world, 20_500);
        run(&mut world, "scale orders 2");
        pass(&mut world, after_ms);
        run(&mut world, "tune m --consumer c");
        pass(&mut world, 20_500);
        run(&mut world, "scale orders 1");
        pass(&mut world, after_ms);
        run(&mut world, "tune m --consumer none");
    }
    assert_all_is_done(&mut world);
}

#[test]
fn a_consumer_that_is_deregistered_is_told_and_waited_for() {
    let mut world = in_memory(1);
    run(&mut world, "produce web orders synthetic --rate 50");
    run(&mut world, "attach f orders --name m --consumer c");
    pass(&mut world, 10_000);
    run(&mut world, "deregister orders c");
    pass(&mut world, 30_000);
    assert_told(&world, "m waits: consumer c of orders is");
    let picture = look(&world);
    assert!(mapping(&picture, "m").last_result.starts_with("PROBLEM: consumer c of orders is"));
    assert!(mapping(&picture, "m").iterator_age_ms > 20_000);
    assert!(picture.streams[0].details.registered.is_empty(), "it is not registered by itself");
    run(&mut world, "register orders c");
    pass(&mut world, 10_000);
    assert_told(&world, "m is pushed to by orders again");
    run(&mut world, "pause web");
    pass(&mut world, 5_000);
    assert_eq!(done(&world, "m"), came(&world));
}

#[test]
fn one_consumer_feeds_one_mapping() {
    let mut world = in_memory(1);
    run(&mut world, "attach f orders --name m --consumer c");
    let why = refusal(&mut world, "attach f orders --name n --consumer c");
    assert_eq!(why, "`m` is pushed to as consumer `c` of orders: `n` needs another one");
    run(&mut world, "attach f orders --name n");
    let why = refusal(&mut world, "tune n --consumer c");
    assert_eq!(why, "`m` is pushed to as consumer `c` of orders: `n` needs another one");
    // Who is detached leaves its consumer, and no subscription.
    pass(&mut world, 5_000);
    run(&mut world, "detach m");
    pass(&mut world, 6_000);
    run(&mut world, "tune n --consumer c");
    run(&mut world, "put orders k {}");
    pass(&mut world, 3_000);
    assert_eq!(done(&world, "n"), 1);
}

#[test]
fn a_stream_that_takes_no_more_consumers_is_told() {
    let mut world = in_memory(1);
    run(&mut world, "quotas kinesis");
    for n in 0..20 {
        run(&mut world, &format!("register orders c{n}"));
        pass(&mut world, 1_000);
    }
    run(&mut world, "attach f orders --name m --consumer one-more");
    pass(&mut world, 20_000);
    assert_told(&world, "cannot be registered: Stream orders under account 000000000000 cannot");
    run(&mut world, "deregister orders c0");
    pass(&mut world, 20_000);
    run(&mut world, "put orders k {}");
    pass(&mut world, 1_000);
    assert_eq!(done(&world, "m"), 1);
}

#[test]
fn a_mapping_goes_on_at_its_checkpoint_when_its_world_is_opened_again() {
    let storage = MemStorage::new();
    let open = |storage: &MemStorage, now| {
        let opened = Engine::open(now, Box::new(storage.clone()), EngineOptions::default());
        opened.expect("the folder is sound").0
    };
    let mut first = world_at(open(&storage, EPOCH), EPOCH, 5);
    run(&mut first, "create orders --shards 2");
    run(&mut first, "function f simulated --base-ms 10");
    pass(&mut first, 1_000);
    run(&mut first, "produce web orders synthetic --rate 100");
    run(&mut first, "attach f orders --name m --consumer c");
    pass(&mut first, 60_000);
    let (done_first, later) = (done(&first, "m"), first.now());
    let crashed = storage.copy();
    drop(first);
    let mut second = world_at(open(&crashed, later), later, 5);
    run(&mut second, "function f simulated --base-ms 10");
    run(&mut second, "attach f orders --name m --consumer c");
    pass(&mut second, 60_000);
    let again = done(&second, "m");
    assert!(done_first > 5_000 && again < 500, "{done_first}, then {again}");
}

#[test]
fn registered_consumers_and_those_of_mappings_are_part_of_a_session() {
    let mut world = in_memory(1);
    run(&mut world, "register orders audit team=shop");
    run(&mut world, "attach f orders --name m --consumer own");
    pass(&mut world, 5_000);
    let saved = world.session();
    assert_eq!(saved.streams[0].consumer_tags["audit"]["team"], "shop");
    let read = Session::parse("saved", &saved.to_ron()).expect("it was written so");
    assert_eq!(read, saved);
    let mut other = in_memory(1);
    let now = other.now();
    other.replace(now, &read).expect("it fits this machine");
    assert_eq!(other.session(), saved, "those that wait for the stream are saved too");
    pass(&mut other, 5_000);
    let registered = look(&other).streams[0].details.registered.clone();
    let words: Vec<String> = registered.iter().map(|(name, at)| format!("{name} {at}")).collect();
    assert_eq!(words, ["audit ACTIVE", "own ACTIVE"]);
    run(&mut other, "put orders k {}");
    pass(&mut other, 1_000);
    assert_eq!(done(&other, "m"), 1);
    assert_eq!(other.session().streams, saved.streams);
}

/// Records that a client puts are pushed without the driver's next deadline.
#[test]
fn a_live_mapping_is_pushed_what_clients_put() {
    let mut clock = LiveClock::start(Millis::ZERO);
    let world = world_at(World::engine_in_memory(), clock.now(), 5);
    let live = Live::start(world, clock, None);
    let (send, pictures) = std::sync::mpsc::channel();
    live.on_picture(Box::new(move || _ = send.send(())));
    let ask = |line: &str| {
        let command = line.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
        let watershed::command::Command::World(command) = command else { panic!("{line}") };
        live.run(&command).unwrap_or_else(|why| panic!("{line}: {why}"));
    };
    let wait = |holds: &dyn Fn(&Snapshot) -> bool| {
        while !holds(&live.snapshot()) {
            pictures.recv_timeout(std::time::Duration::from_secs(60)).expect("it comes");
        }
    };
    ask("create orders --shards 1 --level memory");
    ask("function f simulated --base-ms 1");
    wait(&|picture| picture.streams[0].status.word() == "ACTIVE");
    ask("attach f orders --name m --consumer c");
    for n in 0..100 {
        ask(&format!("put orders k{n} {{}}"));
    }
    wait(&|picture| mapping(picture, "m").tally.done_records == 100);
    live.stop();
}
