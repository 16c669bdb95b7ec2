//! Worlds in virtual time that are told what to do as a command line is.

use watershed::command::Command;
use watershed::engine::Engine;
use watershed::model::Millis;
use watershed::sim::SimOutside;
use watershed::world::{World, WorldOptions};

pub(crate) fn world_at(engine: Engine, now: Millis, seed: u64) -> World {
    let outside = Box::new(SimOutside::default());
    World::new(now, WorldOptions { seed, engine, outside, title: "test".into() })
}

/// Runs a command that fits the world.
pub(crate) fn run(world: &mut World, line: &str) {
    let command = line.parse().unwrap_or_else(|why| panic!("{line}: {why}"));
    let Command::World(command) = command else { panic!("`{line}` is about the view") };
    let now = world.now();
    world.run(now, &command).unwrap_or_else(|why| panic!("{line}: {why}"));
}

/// Why the world refuses a command.
pub(crate) fn refusal(world: &mut World, line: &str) -> String {
    let Ok(Command::World(command)) = line.parse() else { panic!("{line}") };
    let now = world.now();
    world.run(now, &command).expect_err(line).to_string()
}
