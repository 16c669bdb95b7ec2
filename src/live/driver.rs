//! The thread that drives a live world, and the handle that everybody else holds.
//!
//! The world stands behind one short mutex: whoever has a command steps the world on its own
//! thread; the driver handles deadlines and pictures, a second thread syncs the log. The newest
//! picture has a mutex of its own, so that who only looks never waits for the world. While the
//! clock is paused no thread wakes unless there is something to do.

#![allow(clippy::disallowed_methods, reason = "the edge where threads live")]

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::command::{Outcome, WorldCommand};
use crate::live::{DiskSyncer, LiveClock};
use crate::model::StreamName;
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::world::{Port, Report, RunError, World};

/// How often a picture is taken while the clock runs.
const PICTURE_EVERY: Duration = Duration::from_millis(250);
/// How long written bytes may wait to be synced.
const SYNC_EVERY: Duration = Duration::from_millis(50);

/// Called when a new picture is there.
pub type Notify = Box<dyn Fn() + Send>;

struct State {
    world: World,
    clock: LiveClock,
    notify: Option<Notify>,
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
    /// Taken while `state` is held, or alone.
    picture: Mutex<Arc<Snapshot>>,
    wake: Condvar,
}

/// A world in real time.
pub struct Live {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Live {
    /// Starts driving `world` by `clock`; `syncer` when its log is on disk.
    #[must_use]
    pub fn start(world: World, clock: LiveClock, syncer: Option<DiskSyncer>) -> Self {
        let picture = Mutex::new(world.look(clock.view()));
        let state = Mutex::new(State { world, clock, notify: None, stopped: false });
        let shared = Arc::new(Shared { state, picture, wake: Condvar::new() });
        let driver = Arc::clone(&shared);
        let mut threads = vec![thread::spawn(move || {
            let _alarm = Alarm(&driver);
            drive(&driver);
        })];
        if let Some(syncer) = syncer {
            let shared = Arc::clone(&shared);
            threads.push(thread::spawn(move || {
                let _alarm = Alarm(&shared);
                keep_synced(&shared, &syncer);
            }));
        }
        Self { shared, threads }
    }

    /// Calls `notify` after each new picture.
    pub fn on_picture(&self, notify: Notify) {
        self.lock().notify = Some(notify);
    }

    /// What there is to tell so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().world.report()
    }

    /// Stops the threads; the last bytes are synced.
    pub fn stop(mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!(target: "live", "a thread of the live world panicked");
            }
        }
        if let Ok(mut state) = self.shared.state.lock() {
            state.world.close();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    /// # Panics
    /// When the world panicked before. A panic in the core is a bug: what the world would show from
    /// then on could be wrong, so whoever looks ends as well.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the world panicked")
    }

    fn picture(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_picture(&self, state: &State) {
        let picture = state.world.look(state.clock.view());
        *self.picture() = picture;
        if let Some(notify) = &state.notify {
            notify();
        }
    }
}

/// Wakes whoever looks when a thread panics: nobody else would ring any more, and the world shall
/// not seem to stand still.
struct Alarm<'a>(&'a Shared);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.notify.iter().for_each(|notify| notify());
        }
    }
}

impl State {
    fn step(&mut self) {
        let now = self.clock.now();
        self.world.advance(now);
    }

    /// Is there nothing to sync, and will there be nothing until somebody runs a command?
    fn is_calm(&mut self) -> bool {
        let paused = self.clock.view().paused;
        let engine = self.world.engine_mut();
        paused && !self.stopped && engine.unsynced().is_none() && engine.unsynced_chunks().is_none()
    }
}

impl Port for Live {
    fn snapshot(&self) -> Arc<Snapshot> {
        assert!(!self.shared.state.is_poisoned(), "the world panicked");
        Arc::clone(&self.shared.picture())
    }

    fn run(&self, command: &WorldCommand) -> Result<Outcome, RunError> {
        let mut state = self.lock();
        let result = match command {
            WorldCommand::Clock(order) => match state.clock.obey(*order) {
                Some(view) => Ok(Outcome {
                    said: format!("clock {}", clock_words(view.paused, view.speed)),
                    undo: None,
                }),
                None => Err(RunError::Unfit("the speed must be x0.1 to x100".into())),
            },
            _ => {
                let now = state.clock.now();
                state.world.run(now, command)
            }
        };
        self.shared.take_picture(&state);
        self.shared.wake.notify_all();
        result
    }

    fn load(&self, session: &Session) -> Result<Outcome, RunError> {
        let mut state = self.lock();
        let now = state.clock.now();
        let result = state.world.replace(now, session);
        self.shared.take_picture(&state);
        self.shared.wake.notify_all();
        result
    }

    fn session(&self) -> Session {
        self.lock().world.session()
    }

    fn on_saved(&self) {
        let mut state = self.lock();
        state.world.on_saved();
        self.shared.take_picture(&state);
    }

    fn watch(&self, stream: Option<StreamName>) {
        let mut state = self.lock();
        state.world.watch(stream);
        self.shared.take_picture(&state);
    }
}

fn clock_words(paused: bool, speed: f64) -> String {
    if paused { "paused".into() } else { format!("runs at x{speed}") }
}

/// Deadlines and pictures, until stopped.
fn drive(shared: &Shared) {
    let mut next_picture = Instant::now();
    let mut state = shared.lock();
    let mut was_paused = state.clock.view().paused;
    while !state.stopped {
        state.step();
        let mut wait = state.clock.wait_until(state.world.next_deadline());
        let (paused, now) = (state.clock.view().paused, Instant::now());
        // A step that came to its end has paused the clock: that is the last picture for now.
        if paused != was_paused || (!paused && now >= next_picture) {
            shared.take_picture(&state);
            next_picture = now + PICTURE_EVERY;
        }
        was_paused = paused;
        wait = wait.map(|wait| wait.min(next_picture.saturating_duration_since(now)));
        state = match wait {
            Some(wait) => {
                let wait = wait.max(Duration::from_millis(1));
                shared.wake.wait_timeout(state, wait).expect("the world panicked").0
            }
            None => shared.wake.wait(state).expect("the world panicked"),
        };
    }
}

/// Written bytes reach the disk within 50 ms, outside the lock: first what was acknowledged, then
/// what was moved to chunks.
fn keep_synced(shared: &Shared, syncer: &DiskSyncer) {
    loop {
        let state = shared.lock();
        let calm = shared.wake.wait_while(state, State::is_calm);
        let mut state = calm.expect("the world panicked");
        let stopped = state.stopped;
        let engine = state.world.engine_mut();
        let (unsynced, chunks) = (engine.unsynced(), engine.unsynced_chunks());
        drop(state);
        for unsynced in unsynced.into_iter().chain(chunks) {
            let result = syncer.sync(&unsynced.file);
            let mut state = shared.lock();
            match result {
                Ok(()) => state.world.engine_mut().on_synced(&unsynced),
                Err(why) => state.world.engine_mut().on_sync_failed(&unsynced, &why.to_string()),
            }
        }
        if stopped {
            return;
        }
        thread::sleep(SYNC_EVERY);
    }
}
