//! Looking ahead behind the console: courses on forks of the live world, on a thread of their own.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::cli::{CliError, load, simulate};
use crate::command::WorldCommand;
use crate::console::desk::{News, Round as Order};
use crate::console::term::Waker;
use crate::cost::{Outlook, Trial};
use crate::live::Live;
use crate::remote::Far;
use crate::sim::ahead::look_ahead;
use crate::sim::{self, SimOutside};
use crate::world::{Port, World};

/// What courses are run ahead of.
#[derive(Clone, Copy)]
pub(super) enum Ground<'a> {
    /// The world in this program.
    Here(&'a Live),
    /// Streams elsewhere: a session that was taken from them.
    Elsewhere(&'a Far),
}

impl Ground<'_> {
    /// The files that are read in its world.
    fn files(self) -> Result<BTreeMap<PathBuf, String>, CliError> {
        match self {
            Self::Here(live) => load::files(&live.with(World::session)),
            Self::Elsewhere(_) => Ok(BTreeMap::new()),
        }
    }

    /// A world that goes on from here by itself.
    fn fork(self, files: &BTreeMap<PathBuf, String>) -> Result<World, CliError> {
        match self {
            Self::Here(live) => {
                let outside = Box::new(SimOutside::new(files.clone()));
                Ok(live.with(|world| world.fork(outside))?)
            }
            Self::Elsewhere(far) => {
                let session = far.session();
                let mut world = simulate::world(&session, None)?;
                sim::run_for(&mut world, session.delays.create_ms + 1, &mut |_| ());
                Ok(world)
            }
        }
    }
}

/// One round of courses, as it runs.
struct Round {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Who runs courses; one round at a time.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Option<Round>>);

/// Where news go, and who is woken by them.
#[derive(Clone)]
pub(super) struct Herald {
    pub(super) news: Sender<News>,
    pub(super) waker: Arc<Waker>,
}

impl Herald {
    /// Tells it; whoever should hear it may be gone by now.
    pub(super) fn tell(&self, news: News) {
        drop(self.news.send(news));
        self.waker.wake();
    }
}

impl Ahead {
    /// Ends the round that runs, and begins another one.
    ///
    /// # Errors
    /// When what there is cannot be forked.
    pub(super) fn begin(
        &self,
        ground: Ground<'_>,
        order: Order,
        herald: Herald,
    ) -> Result<(), String> {
        self.end();
        let files = ground.files().map_err(|why| why.to_string())?;
        let fork = ground.fork(&files).map_err(|why| why.to_string())?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            // All courses begin at the same moment: each is a fork of the one fork.
            for (at, commands) in order.courses.iter().enumerate() {
                let outside = Box::new(SimOutside::new(files.clone()));
                let forked = fork.fork(outside).map_err(|why| why.to_string());
                let outcome = forked.and_then(|fork| run(fork, commands, &order, &stopped));
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                herald.tell(News::Course { round: order.number, at, outcome });
            }
        });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Round { stop, thread });
        Ok(())
    }

    /// Ends the round that runs, if one does.
    pub(super) fn end(&self) {
        let Some(round) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        round.stop.store(true, Ordering::Relaxed);
        if round.thread.join().is_err() {
            log::error!(target: "ahead", "a course panicked");
        }
    }
}

fn run(
    fork: World,
    commands: &[WorldCommand],
    order: &Order,
    stop: &AtomicBool,
) -> Result<Outlook, String> {
    let mut trial = Trial::default();
    look_ahead(fork, commands, order.ahead_ms, &mut |snapshot| {
        trial.see(snapshot, &order.prices);
        match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
    .map_err(|why| why.to_string())?;
    trial.outlook().ok_or_else(|| "it was stopped".to_owned())
}
