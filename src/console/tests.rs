//! Worlds that tests look at and press keys on.

use crate::engine::{Engine, EngineOptions};
use crate::session::{Session, builtin};
use crate::sim::{EPOCH, SimOutside, run_for};
use crate::world::{World, WorldOptions};

/// The world of a built-in session after so many seconds.
pub(super) fn world(name: &str, seconds: u64) -> World {
    let found = builtin().iter().find(|(known, _)| *known == name);
    let (_, text) = found.expect("it is built in");
    let session = Session::parse(name, text).expect("it is a session");
    let options = WorldOptions {
        seed: session.seed,
        engine: Engine::in_memory(EngineOptions::default()),
        outside: Box::new(SimOutside::default()),
        title: session.title.clone(),
    };
    let mut world = World::new(EPOCH, options);
    world.set_up(&session).expect("it fits");
    run_for(&mut world, seconds * 1_000, &mut |_| ());
    world
}
