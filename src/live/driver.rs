//! The thread that drives a live world, and the handle that everybody else holds.
//!
//! The world stands behind one short mutex: whoever has a command steps the world on its own
//! thread; the driver handles deadlines and pictures, two more sync (`sync.rs`) and move (`moving.rs`)
//! what the log has. The newest picture has a mutex of its own, so that who only looks never waits for
//! the world. While the clock is paused no thread wakes unless there is something to do.

#![allow(clippy::disallowed_methods, reason = "the edge where threads live")]

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::command::{Outcome, WorldCommand};
use crate::live::machine::keep_measuring;
use crate::live::moving::{Pressure, keep_moving, let_the_disk_catch_up};
use crate::live::service::Subscribers;
use crate::live::sync::{Waiting, keep_synced, sync_rest};
use crate::live::{DiskSyncer, LiveClock};
use crate::model::Millis;
use crate::pipeline::outside::Invoked;
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::snapshot::machine::MachineView;
use crate::world::{Port, Report, RunError, Watch, World};

/// How often a picture is taken while the clock runs.
const PICTURE_EVERY: Duration = Duration::from_millis(250);

/// Called when a new picture is there.
pub type Notify = Box<dyn Fn() + Send>;

/// What stands behind the mutex.
pub(super) struct State {
    pub(super) world: World,
    pub(super) clock: LiveClock,
    notify: Option<Notify>,
    pub(super) stopped: bool,
    /// Threads that wait for the disk.
    pub(super) waiting: Waiting,
    /// Does one of them sync it at present?
    pub(super) syncing: bool,
    pub(super) subscribers: Subscribers,
    /// What the driver sleeps until.
    alarm: Millis,
    /// Until when a viewer elsewhere looks at the machine.
    pub(super) machine_until: Option<Instant>,
}

/// What all threads share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Taken while `state` is held, or alone.
    picture: Mutex<Arc<Snapshot>>,
    pub(super) syncer: Option<DiskSyncer>,
    /// The machine, while somebody looks at it.
    pub(super) machine: Mutex<Option<Arc<MachineView>>>,
    /// Rung when viewers look at something else.
    pub(super) watched: Condvar,
    /// Rung when there may be something to do.
    pub(super) wake: Condvar,
    /// Rung when somebody waits for the disk.
    pub(super) unsynced: Condvar,
    /// Rung when records were moved, for threads that wait until moving has caught up.
    pub(super) moved: Condvar,
    /// Do records come faster than they can be moved?
    pub(super) pressure: Pressure,
    /// How far the log is durable, for those who wait for it; stored while `state` is held.
    pub(super) durable: AtomicU64,
}

/// A world in real time.
pub struct Live {
    pub(super) shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Live {
    /// Starts driving `world` by `clock`; `syncer` when its log is on disk.
    #[must_use]
    pub fn start(mut world: World, clock: LiveClock, syncer: Option<DiskSyncer>) -> Self {
        let picture = Mutex::new(world.look(clock.view()));
        let on_disk = syncer.is_some();
        if on_disk {
            world.let_driver_move();
        }
        let durable = AtomicU64::new(world.durable().0);
        let state = Mutex::new(State {
            world,
            clock,
            notify: None,
            stopped: false,
            waiting: Waiting::default(),
            syncing: false,
            subscribers: Subscribers::new(),
            alarm: Millis::ZERO,
            machine_until: None,
        });
        let shared = Arc::new(Shared {
            state,
            picture,
            syncer,
            machine: Mutex::new(None),
            watched: Condvar::new(),
            wake: Condvar::new(),
            unsynced: Condvar::new(),
            moved: Condvar::new(),
            pressure: Pressure::default(),
            durable,
        });
        let driver = Arc::clone(&shared);
        let mut threads = vec![thread::spawn(move || {
            let _alarm = Alarm(&driver);
            drive(&driver);
        })];
        let duties: &[fn(&Shared)] = match on_disk {
            true => &[keep_measuring, keep_synced, keep_moving],
            false => &[keep_measuring],
        };
        for duty in duties {
            let shared = Arc::clone(&shared);
            threads.push(thread::spawn(move || {
                let _alarm = Alarm(&shared);
                duty(&shared);
            }));
        }
        Self { shared, threads }
    }

    /// Calls `notify` after each new picture.
    pub fn on_picture(&self, notify: Notify) {
        self.lock().notify = Some(notify);
    }

    /// Takes outcomes of functions that run outside, on the thread of whoever tells them.
    #[must_use]
    pub fn outcomes(&self) -> Box<dyn Fn(Invoked) + Send> {
        let shared = Arc::clone(&self.shared);
        Box::new(move |outcome| {
            let mut state = shared.lock();
            let now = state.clock.now();
            state.world.on_invoked(now, outcome);
            shared.wake.notify_all();
        })
    }

    /// Looks at the world itself, while it stands still: not for long.
    pub fn with<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.lock().world)
    }

    /// What there is to tell so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().world.report()
    }

    /// Stops the threads; the last bytes are synced.
    pub fn stop(mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.shared.ring();
        self.shared.watched.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!(target: "live", "a thread of the live world panicked");
            }
        }
        if let Ok(state) = self.shared.state.lock() {
            // The driver may have written after the last sync.
            sync_rest(&self.shared, state).world.close();
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
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the world panicked")
    }

    fn picture(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A picture of the world with what the operating system tells.
    pub(super) fn with_machine(&self, mut picture: Arc<Snapshot>) -> Arc<Snapshot> {
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(picture) = Arc::get_mut(&mut picture) {
            picture.machine = machine;
            picture.log_volume = self.syncer.as_ref().and_then(DiskSyncer::volume);
        }
        picture
    }

    pub(super) fn take_picture(&self, state: &State) {
        let before = Arc::clone(&self.picture());
        let picture = state.world.look_after(&before, state.clock.view());
        *self.picture() = self.with_machine(picture);
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
        self.push();
    }

    /// Does a viewer look at the machine, here or elsewhere?
    pub(super) fn watches_machine(&self) -> bool {
        self.world.watches_machine()
            || self.machine_until.is_some_and(|until| until > Instant::now())
    }

    /// When something is due for a subscriber or for the world.
    fn next_deadline(&self) -> Millis {
        let push = if self.subscribers.is_empty() { None } else { self.world.next_push() };
        push.into_iter().fold(self.world.next_deadline(), Millis::min)
    }

    /// Did something become due before the driver wakes?
    pub(super) fn is_overslept(&self) -> bool {
        self.next_deadline() < self.alarm
    }

    /// Is there nothing to sync, and will there be nothing until somebody runs a command or puts?
    pub(super) fn is_calm(&self) -> bool {
        let paused = self.clock.view().paused;
        // Whoever waits must be told, even when a write made the log fail and nothing can be synced.
        let waits = self.somebody_waits();
        paused && !self.stopped && !waits && self.world.unsynced().next().is_none()
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
            WorldCommand::Clock(order) => {
                let next = state.world.next_cue();
                let obeyed = state.clock.obey(*order, next);
                obeyed.map_err(|why| RunError::Unfit(why.into())).map(|view| Outcome {
                    said: format!("clock {}", clock_words(view.paused, view.speed)),
                    undo: None,
                })
            }
            _ => {
                let now = state.clock.now();
                state.world.run(now, command)
            }
        };
        self.shared.take_picture(&state);
        self.shared.ring();
        result
    }

    fn load(&self, session: &Session) -> Result<Outcome, RunError> {
        let mut state = self.lock();
        let now = state.clock.now();
        let result = state.world.replace(now, session);
        self.shared.take_picture(&state);
        self.shared.ring();
        result
    }

    fn session(&self) -> Session {
        self.lock().world.session()
    }

    fn session_from_here(&self) -> Session {
        self.lock().world.session_from_here()
    }

    fn on_saved(&self) {
        let mut state = self.lock();
        state.world.on_saved();
        self.shared.take_picture(&state);
    }

    fn watch(&self, watch: Watch) {
        let mut state = self.lock();
        state.world.watch(watch);
        self.shared.take_picture(&state);
        self.shared.watched.notify_all();
    }
}

fn clock_words(paused: bool, speed: f64) -> String {
    if paused { "paused".into() } else { format!("runs at x{speed}") }
}

/// Tells whoever keeps a log of this program when writes begin to be refused, and when that ends.
fn tell_refusals(told: &mut Option<String>, why: Option<&str>) {
    if told.as_deref() == why {
        return;
    }
    match why {
        Some(why) => log::error!(target: "live", "records are refused: {why}"),
        None => log::warn!(target: "live", "records are taken again"),
    }
    *told = why.map(str::to_owned);
}

/// Deadlines and pictures, until stopped.
fn drive(shared: &Shared) {
    let mut next_picture = Instant::now();
    let mut state = shared.lock();
    let mut was_paused = state.clock.view().paused;
    let mut refused = None;
    while !state.stopped {
        state = let_the_disk_catch_up(shared, state);
        state.step();
        tell_refusals(&mut refused, state.world.refuses_writes());
        if state.world.waits_for_disk() {
            shared.unsynced.notify_all();
        }
        state.alarm = state.next_deadline();
        let mut wait = state.clock.wait_until(state.alarm);
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
