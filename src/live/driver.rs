//! The thread that drives a live world, and the handle that everybody else holds.
//!
//! The world stands behind one short mutex; one thread meets its deadlines, a second one syncs
//! the log.

#![allow(clippy::disallowed_methods, reason = "the edge where threads live")]

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::live::{DiskSyncer, LiveClock};
use crate::world::{Report, World};

/// How long written bytes may wait to be synced.
const SYNC_EVERY: Duration = Duration::from_millis(50);

struct State {
    world: World,
    clock: LiveClock,
    stopped: bool,
}

struct Shared {
    state: Mutex<State>,
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
        let state = State { world, clock, stopped: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new() });
        let driver = Arc::clone(&shared);
        let mut threads = vec![thread::spawn(move || drive(&driver))];
        if let Some(syncer) = syncer {
            let shared = Arc::clone(&shared);
            threads.push(thread::spawn(move || keep_synced(&shared, &syncer)));
        }
        Self { shared, threads }
    }

    /// What there is to tell so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().world.report()
    }

    /// Stops the threads; the last bytes are synced.
    pub fn stop(mut self) {
        self.lock().stopped = true;
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!(target: "live", "a thread of the live world panicked");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }
}

impl Shared {
    /// A panic in the core is a bug and stops the world; viewers may still look at what is left.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn step(&mut self) {
        let now = self.clock.now();
        self.world.advance(now);
    }
}

/// Meets deadlines, until stopped.
fn drive(shared: &Shared) {
    let mut state = shared.lock();
    while !state.stopped {
        state.step();
        state = match state.clock.wait_until(state.world.next_deadline()) {
            Some(wait) => {
                let wait = wait.max(Duration::from_millis(1));
                let result = shared.wake.wait_timeout(state, wait);
                result.unwrap_or_else(PoisonError::into_inner).0
            }
            None => shared.wake.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// Written bytes reach the disk within 50 ms, outside the lock.
fn keep_synced(shared: &Shared, syncer: &DiskSyncer) {
    loop {
        thread::sleep(SYNC_EVERY);
        let mut state = shared.lock();
        let stopped = state.stopped;
        let unsynced = state.world.engine_mut().unsynced();
        drop(state);
        if let Some(unsynced) = unsynced {
            let result = syncer.sync(&unsynced.file);
            let mut state = shared.lock();
            match result {
                Ok(()) => state.world.engine_mut().on_synced(&unsynced),
                Err(why) => state.world.engine_mut().on_sync_failed(&why.to_string()),
            }
        }
        if stopped {
            return;
        }
    }
}
