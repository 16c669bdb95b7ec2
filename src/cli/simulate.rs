//! Virtual time: `watershed simulate`.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::arguments::SimulateTask;
use crate::cli::progress::Progress;
use crate::cli::report::{talk, tell};
use crate::cli::{CliError, load};
use crate::engine::Engine;
use crate::session::Session;
use crate::sim::{self, SimOutside};
use crate::world::{World, WorldOptions, engine_options};

/// A world in memory with a session in it, at the session's own beginning.
pub(super) fn world(session: &Session, seed: Option<u64>) -> Result<World, CliError> {
    let options = WorldOptions {
        seed: seed.unwrap_or(session.seed),
        engine: Engine::in_memory(engine_options(session)),
        outside: Box::new(SimOutside::new(load::files(session)?)),
        title: session.title.clone(),
    };
    let mut world = World::new(sim::EPOCH, options);
    world.set_up(session)?;
    Ok(world)
}

/// `watershed simulate`.
pub(super) fn simulate(task: &SimulateTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    let mut world = world(&session, task.seed)?;
    let length_ms = task.length_ms.unwrap_or_else(|| session.length_ms());
    let began = Instant::now();
    let mut progress = Progress::new();
    sim::run_for(&mut world, length_ms, &mut |share| progress.tell(share));
    progress.clear();
    let report = world.report();
    let told = tell(&report, task.json);
    let wall = began.elapsed().as_secs_f64();
    talk(&format!(
        "{:.1} s of engine time in {wall:.2} s of wall time, {:.0} records a second of wall time\n",
        length_ms as f64 / 1e3,
        report.totals.incoming_records as f64 / wall.max(1e-9),
    ));
    told
}
