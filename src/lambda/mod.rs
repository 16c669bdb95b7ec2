//! Floor 4: functions that run outside of the world: processes behind Lambda's Runtime API, and HTTP
//! endpoints that take the event.
//!
//! A world hands invocations to a door ([`Invoker`]) and is told their outcomes; it never waits. One
//! thread runs everything here. A function has as many instances as invocations run at once; an
//! instance is one process (and whatever it starts, as a process group), which speaks to a loopback
//! port of its own and has one invocation at a time. It stays for 5 minutes after its last one.
//!
//! * An instance that does not ask for work within 10 seconds, or ends before, is an init error.
//! * An invocation above its timeout, a process that ends, or one above its memory ends the whole
//!   process group; the next invocation starts another.
//! * What a process writes goes to the log, line by line, at a rate; one that writes faster waits.
//! * The environment is what Lambda sets, the `PATH` of this program, and what the settings add.
//!
//! Absent: extensions, snapshot start, more than one invocation at a time in a process. A process
//! that leaves its group by `setsid` is not found again.

#![allow(clippy::disallowed_methods, reason = "the edge where functions run")]

mod endpoint;
mod function;
mod http;
mod instance;
mod memory;
mod output;
mod runtime_api;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

pub use http::Whole;

use crate::model::PartName;
use crate::pipeline::concurrency::WARM_MS;
use crate::pipeline::outside::{Endpoint, Invoke, Invoked, Invoker, Runner};
use crate::pipeline::settings::{FunctionKind, FunctionSettings};

/// How long an instance may take before it asks for work: Lambda's.
const INIT: Duration = Duration::from_secs(10);
/// How long an idle instance stays.
const WARM: Duration = Duration::from_millis(WARM_MS);

/// Called with each outcome, on the thread of the functions; with those that came before anybody
/// listened, on that of who begins to.
pub type Tell = Box<dyn Fn(Invoked) + Send>;

/// Whom outcomes are told.
enum Hearing {
    /// Nobody listens yet: what there is to tell, in its order.
    Later(Vec<Invoked>),
    Now(Tell),
    /// Nobody listens any more.
    Over,
}

type Listener = Arc<Mutex<Hearing>>;

/// What the thread is asked.
enum Order {
    Open(Box<FunctionSettings>, mpsc::UnboundedReceiver<Job>),
    Post(String, endpoint::Documents),
    Stop,
}

/// What a function is asked.
enum Job {
    Invoke(Invoke),
    Cancel(u64),
}

/// Runs functions outside of the world.
pub struct Lambda {
    orders: mpsc::UnboundedSender<Order>,
    listener: Listener,
    thread: Option<JoinHandle<()>>,
}

impl Lambda {
    /// Starts the thread; it does nothing until a function is opened.
    ///
    /// # Errors
    /// When the system gives no event queue or no thread.
    pub fn start() -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| format!("functions cannot be run: {why}"))?;
        let (orders, mut asked) = mpsc::unbounded_channel();
        let listener = Arc::new(Mutex::new(Hearing::Later(Vec::new())));
        let told = Arc::clone(&listener);
        let run = move || {
            runtime.block_on(async {
                let mut functions = tokio::task::JoinSet::new();
                let memory = Arc::new(memory::Memory::default());
                loop {
                    match asked.recv().await {
                        Some(Order::Open(settings, jobs)) => {
                            let (told, memory) = (Arc::clone(&told), Arc::clone(&memory));
                            functions.spawn(function::serve(*settings, jobs, told, memory));
                        }
                        Some(Order::Post(url, documents)) => {
                            functions.spawn(endpoint::take(url, documents));
                        }
                        Some(Order::Stop) | None => break,
                    }
                }
                // Whatever runs ends with its function.
                functions.shutdown().await;
            });
        };
        let thread = thread::Builder::new().name("functions".to_owned()).spawn(run);
        let thread = thread.map_err(|why| format!("functions cannot be run: {why}"))?;
        Ok(Self { orders, listener, thread: Some(thread) })
    }

    /// From now on outcomes are told there, beginning with those that nobody was told yet: a world
    /// that runs already waits for them.
    pub fn on_outcome(&self, tell: Tell) {
        let mut hearing = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if let Hearing::Later(outcomes) = &mut *hearing {
            outcomes.drain(..).for_each(&tell);
        }
        *hearing = Hearing::Now(tell);
    }

    /// A door through which functions are opened.
    #[must_use]
    pub fn runner(&self) -> Box<dyn Runner> {
        Box::new(Door { orders: self.orders.clone() })
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Hearing::Over;
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!(target: "function", "the thread of the functions panicked");
        }
    }
}

fn tell(listener: &Listener, outcome: Invoked) {
    match &mut *listener.lock().unwrap_or_else(PoisonError::into_inner) {
        Hearing::Later(outcomes) => outcomes.push(outcome),
        Hearing::Now(tell) => tell(outcome),
        Hearing::Over => {}
    }
}

struct Door {
    orders: mpsc::UnboundedSender<Order>,
}

impl Runner for Door {
    fn open(&mut self, settings: &FunctionSettings) -> Result<Option<Box<dyn Invoker>>, String> {
        match &settings.kind {
            FunctionKind::Process(process) => instance::check(process)?,
            FunctionKind::Http { .. } => {}
            FunctionKind::Simulated
            | FunctionKind::Count { .. }
            | FunctionKind::Archive { .. }
            | FunctionKind::Notify { .. }
            | FunctionKind::Spike { .. } => return Ok(None),
        }
        let (jobs, asked) = mpsc::unbounded_channel();
        let order = Order::Open(Box::new(settings.clone()), asked);
        self.orders.send(order).map_err(|_| "functions are not run any more".to_owned())?;
        Ok(Some(Box::new(Handle { name: settings.name.clone(), jobs })))
    }

    fn open_endpoint(&mut self, url: &str) -> Result<Box<dyn Endpoint>, String> {
        let (mailbox, documents) = endpoint::mailbox();
        let order = Order::Post(url.to_owned(), documents);
        self.orders.send(order).map_err(|_| "nothing is posted any more".to_owned())?;
        Ok(Box::new(mailbox))
    }
}

/// A function's own door. Its instances end when it is dropped.
struct Handle {
    name: PartName,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Invoker for Handle {
    fn invoke(&mut self, invoke: Invoke) {
        if self.jobs.send(Job::Invoke(invoke)).is_err() {
            log::error!(target: "function", "{} is not run any more", self.name);
        }
    }

    fn cancel(&mut self, id: u64) {
        let _ = self.jobs.send(Job::Cancel(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A world runs before somebody listens: it would wait for ever for what was told to nobody.
    #[test]
    fn outcomes_that_come_before_somebody_listens_are_told_first() {
        let lambda = Lambda::start().expect("a thread");
        let came = |id| {
            let outcome = Invoked { id, answer: Ok(Vec::new()), ms: 1.0, init_ms: None };
            tell(&lambda.listener, outcome);
        };
        came(1);
        came(2);
        let (send, told) = std::sync::mpsc::channel();
        lambda.on_outcome(Box::new(move |outcome| drop(send.send(outcome))));
        came(3);
        let told: Vec<u64> = told.try_iter().map(|outcome: Invoked| outcome.id).collect();
        assert_eq!(told, [1, 2, 3]);
    }
}
