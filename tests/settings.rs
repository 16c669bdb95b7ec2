//! What an operator sets of a stream and of the account, and what takes it back.

use watershed::command::{Command, WorldCommand};
use watershed::engine::{Engine, EngineOptions};
use watershed::session::Session;
use watershed::sim::{EPOCH, SimOutside, run_for};
use watershed::snapshot::ClockView;
use watershed::world::{World, WorldOptions};

fn command(line: &str) -> WorldCommand {
    match line.parse() {
        Ok(Command::World(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

fn world() -> World {
    let options = WorldOptions {
        seed: 42,
        engine: Engine::in_memory(EngineOptions::default()),
        outside: Box::new(SimOutside::default()),
        title: "test".into(),
    };
    let mut world = World::new(EPOCH, options);
    ask(&mut world, "create orders --shards 2 --level memory");
    world
}

/// Runs a line; tells the line that takes it back.
fn ask(world: &mut World, line: &str) -> Option<String> {
    let now = world.now();
    let outcome = world.run(now, &command(line)).unwrap_or_else(|why| panic!("{line}: {why}"));
    run_for(world, 1_000, &mut |_| {});
    outcome.undo.map(|undo| undo.to_string())
}

#[test]
fn what_is_set_is_taken_back_by_what_it_says() {
    let mut world = world();
    for (line, undo) in [
        ("record-size orders 2048", Some("record-size orders 1024")),
        ("tag orders stage=prod,team=shop", Some("untag orders stage team")),
        ("tag orders team=ops", Some("tag orders team=shop")),
        ("tag orders new=y,team=x", None),
        ("untag orders new nothing", Some("tag orders new=y")),
        ("untag orders nothing", None),
        ("register orders audit team=risk", Some("deregister orders audit")),
        ("deregister orders audit", Some("register orders audit team=risk")),
        ("encrypt orders alias/aws/kinesis", Some("encrypt orders off")),
        ("encrypt orders off", Some("encrypt orders alias/aws/kinesis")),
        ("mode orders on-demand", Some("mode orders provisioned")),
        ("mode orders on-demand", None),
        ("distribute orders auto", Some("distribute orders keys")),
        ("commitment on", Some("commitment off")),
        ("warm orders 6", Some("warm orders 0")),
        ("quotas kinesis,shards=9", Some("quotas desk")),
        ("quotas off", Some("quotas kinesis,shards=9")),
    ] {
        assert_eq!(ask(&mut world, line).as_deref(), undo, "{line}");
    }
}

#[test]
fn what_is_set_is_saved_and_comes_back_with_the_session() {
    let mut world = world();
    for line in [
        "commitment on",
        "quotas kinesis,shards=9",
        "mode orders on-demand",
        "warm orders 6",
        "distribute orders auto",
        "encrypt orders \"a key\"",
        "tag orders team=shop",
        "record-size orders 2048",
    ] {
        ask(&mut world, line);
    }
    let saved = world.session();
    let read = Session::parse("saved", &saved.to_ron()).expect("it was written so");
    assert_eq!(read, saved);
    let mut other = self::world();
    let now = other.now();
    other.replace(now, &read).expect("it fits this machine");
    run_for(&mut other, 1_000, &mut |_| {});
    assert_eq!(other.session().streams, saved.streams);
    assert_eq!((other.session().quotas, other.session().committed), (saved.quotas, true));
}

#[test]
fn a_preview_refuses_what_the_stream_cannot_be_set_to() {
    let mut world = world();
    for (line, says) in [
        ("distribute orders auto", "auto distribution is for on-demand streams: `mode orders"),
        ("warm orders 6", "warm throughput is for on-demand streams: `mode orders"),
        ("mode order on-demand", "there is no stream `order`: did you mean `orders`?"),
        ("record-size order 2048", "there is no stream `order`"),
        ("encrypt order off", "there is no stream `order`"),
        ("tag order a=b", "there is no stream `order`"),
        ("untag order a", "there is no stream `order`"),
        ("register order audit", "there is no stream `order`"),
        ("deregister order audit", "there is no stream `order`"),
    ] {
        let command: Command = line.parse().expect("it is a line");
        let refused = command.preview(&world.look(ClockView::default())).expect_err("it cannot be");
        assert!(refused.to_string().contains(says), "{line}: {refused}");
    }
    let now = world.now();
    world.run(now, &command("encrypt orders key")).expect("it is active");
    let busy: Command = "mode orders on-demand".parse().expect("it is a line");
    let refused = busy.preview(&world.look(ClockView::default())).expect_err("it is UPDATING");
    assert!(refused.to_string().contains("orders is UPDATING"), "{refused}");
    run_for(&mut world, 1_000, &mut |_| {});
    let preview = busy.preview(&world.look(ClockView::default())).expect("it is ACTIVE again");
    assert!(preview.notes[0].contains("keeps its 2 shards"), "{:?}", preview.notes);
}
