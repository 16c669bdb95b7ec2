//! A console's way to streams elsewhere: a thread that watches them, and commands that change them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::command::{Outcome, WorldCommand};
use crate::model::{Action, StreamName};
use crate::remote::cloudwatch::CloudWatch;
use crate::remote::hand::Hand;
use crate::remote::order::order;
use crate::remote::watcher::Watcher;
use crate::remote::{Client, Place, Who};
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::world::{Port, RunError, Watch, taken};

/// Called when a new picture is there.
type Notify = Box<dyn Fn() + Send>;

/// What the thread is told.
#[derive(Default)]
struct Told {
    stopped: bool,
    /// Something else is looked at.
    watch: Option<Watch>,
    /// Something was changed.
    again: bool,
    /// So many calls a second may be made from now on.
    calls_per_s: Option<u32>,
    notify: Option<Notify>,
}

impl Told {
    /// Is there nothing that the thread does not know yet?
    fn is_calm(&self) -> bool {
        !self.stopped && !self.again && self.watch.is_none() && self.calls_per_s.is_none()
    }
}

struct Shared {
    told: Mutex<Told>,
    rung: Condvar,
    picture: Mutex<Arc<Snapshot>>,
}

/// How long an answer may take before its absence is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// How an endpoint is watched.
#[derive(Clone, Debug)]
pub struct Watching {
    /// Calls a second, at most.
    pub calls_per_s: u32,
    /// The one stream that is watched, when others are not.
    pub only: Option<StreamName>,
    /// Who is asked for what was measured there, if anybody.
    pub cloudwatch: Option<Place>,
}

/// Streams of an endpoint, as a console sees them. Who watches ends with it, after the call that it is in.
pub struct Far {
    shared: Arc<Shared>,
    place: Place,
    who: Arc<Who>,
    /// Asks for what the operator wants, apart from the one that watches.
    hand: Mutex<Hand>,
}

impl Far {
    /// Begins to watch an endpoint.
    #[must_use]
    pub fn start(place: &Place, who: &Arc<Who>, watching: Watching) -> Self {
        let Watching { calls_per_s, only, cloudwatch } = watching;
        let client = Client::new(place.clone(), Arc::clone(who)).within(PATIENCE);
        let cloudwatch = cloudwatch.map(|place| CloudWatch::new(place, Arc::clone(who), PATIENCE));
        let mut watcher = Watcher::new(client, calls_per_s, only, cloudwatch);
        let shared = Arc::new(Shared {
            told: Mutex::new(Told::default()),
            rung: Condvar::new(),
            picture: Mutex::new(watcher.picture()),
        });
        let its = Arc::clone(&shared);
        thread::spawn(move || its.watch(watcher));
        let hand = Mutex::new(hand(&shared, place, who));
        Self { shared, place: place.clone(), who: Arc::clone(who), hand }
    }

    /// Calls `notify` after each new picture, and after each answer to what was asked.
    pub fn on_picture(&self, notify: Notify) {
        self.shared.told().notify = Some(notify);
    }

    /// Watching may take so many calls a second from now on.
    fn allow(&self, calls_per_s: u32) -> Outcome {
        self.shared.told().calls_per_s = Some(calls_per_s);
        self.shared.rung.notify_all();
        let before =
            self.snapshot().far.as_ref().map(|far| WorldCommand::Calls(far.calls_per_s_max));
        Outcome { said: format!("{calls_per_s} calls a second at most"), undo: before }
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hand that makes whoever watches look again at what it changed.
fn hand(shared: &Arc<Shared>, place: &Place, who: &Arc<Who>) -> Hand {
    let shared = Arc::clone(shared);
    let client = Client::new(place.clone(), Arc::clone(who)).within(PATIENCE);
    Hand::start(client, move |order, answer| {
        let mut told = shared.told();
        // A record changes nothing that is listed; who listed again for each would not come to read.
        told.again |= answer.is_ok() && order.action != Action::PutRecord;
        shared.rung.notify_all();
        told.notify.iter().for_each(|notify| notify());
    })
}

impl Drop for Far {
    fn drop(&mut self) {
        self.shared.told().stopped = true;
        self.shared.rung.notify_all();
    }
}

impl Shared {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn picture(&self) -> MutexGuard<'_, Arc<Snapshot>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches until stopped.
    fn watch(&self, mut watcher: Watcher) {
        let mut wait_ms = 0;
        loop {
            let told = self.told();
            let wait = Duration::from_millis(wait_ms);
            let waited = self.rung.wait_timeout_while(told, wait, |told| told.is_calm());
            let (mut told, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if told.stopped {
                return;
            }
            if let Some(watch) = told.watch.take() {
                watcher.look_at(watch);
            }
            if let Some(calls_per_s) = told.calls_per_s.take() {
                watcher.allow(calls_per_s);
            }
            if std::mem::take(&mut told.again) {
                watcher.look_again();
            }
            drop(told);
            wait_ms = watcher.round(&|| self.told().is_calm());
            *self.picture() = watcher.picture();
            if let Some(notify) = &self.told().notify {
                notify();
            }
        }
    }
}

impl Port for Far {
    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.shared.picture())
    }

    fn run(&self, command: &WorldCommand) -> Result<Outcome, RunError> {
        if let WorldCommand::Calls(per_s) = command {
            return Ok(self.allow(*per_s));
        }
        let order = order(command, &self.snapshot())?;
        self.hand().run(order)
    }

    fn ask(&self, command: &WorldCommand) -> Option<Result<Outcome, RunError>> {
        if let WorldCommand::Calls(per_s) = command {
            return Some(Ok(self.allow(*per_s)));
        }
        match order(command, &self.snapshot()) {
            Ok(order) => {
                self.hand().ask(order);
                None
            }
            Err(why) => Some(Err(why)),
        }
    }

    fn answer(&self) -> Option<Result<Outcome, RunError>> {
        self.hand().answer()
    }

    fn give_up(&self) {
        *self.hand() = hand(&self.shared, &self.place, &self.who);
    }

    fn load(&self, _: &Session) -> Result<Outcome, RunError> {
        Err(RunError::Unfit(
            "a session does not take the place of an endpoint: `watershed --session NAME` opens it"
                .to_owned(),
        ))
    }

    fn session(&self) -> Session {
        taken(&self.snapshot())
    }

    fn on_saved(&self) {}

    fn watch(&self, watch: Watch) {
        self.shared.told().watch = Some(watch);
        self.shared.rung.notify_all();
    }
}
