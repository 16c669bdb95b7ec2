//! Real time: `watershed run`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::arguments::{Place, RunTask};
use crate::cli::progress::Progress;
use crate::cli::report::{talk, tell};
use crate::cli::{CliError, load};
use crate::lambda::Lambda;
use crate::live::{Live, LiveClock, LiveOutside};
use crate::model::Millis;
use crate::session::Session;
use crate::world::{RunError, World, WorldOptions, engine_options};

/// A live world with a session in it, and its functions that run outside; these end when they are
/// dropped.
pub(super) fn live(session: &Session, place: &Place) -> Result<(Live, Lambda), CliError> {
    let now = LiveClock::start(Millis::ZERO).now();
    let (engine, syncer, begin) = load::engine(place, engine_options(session), now)?;
    let mut clock = LiveClock::start(begin);
    let lambda = Lambda::start().map_err(RunError::Outside)?;
    let options = WorldOptions {
        seed: session.seed,
        engine,
        outside: Box::new(LiveOutside::with_functions(lambda.runner())),
        title: session.title.clone(),
    };
    let mut world = World::new(clock.now(), options);
    world.set_up(session)?;
    let live = Live::start(world, clock, syncer);
    lambda.on_outcome(live.outcomes());
    Ok((live, lambda))
}

/// `watershed run`.
pub(super) fn headless(task: &RunTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    for path in load::archives(&session) {
        talk(&format!("archive: {}\n", path.display()));
    }
    let (live, lambda) = live(&session, &task.place)?;
    wait(task.length_ms)?;
    let report = live.report();
    drop(lambda);
    live.stop();
    tell(&report, task.json)
}

/// Lets the world live for so long, or until a signal asks for the end: the report comes anyway.
fn wait(length_ms: u64) -> Result<(), CliError> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let asked = signal_hook::flag::register(signal, Arc::clone(&ended));
        asked.map_err(|why| CliError::Terminal(why.to_string()))?;
    }
    let (began, length) = (Instant::now(), Duration::from_millis(length_ms));
    let mut progress = Progress::new();
    while !ended.load(Ordering::Relaxed) {
        let Some(left) = length.checked_sub(began.elapsed()) else { break };
        thread::sleep(left.min(Duration::from_millis(50)));
        progress.tell(began.elapsed().as_secs_f64() / length.as_secs_f64());
    }
    progress.clear();
    Ok(())
}
