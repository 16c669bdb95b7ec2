//! The log of the process: what anything here says by the `log` crate waits in this file until the
//! console takes it to its state, where it is kept, searched and drawn.
//!
//! A process has one logger, so what waits is the one thing of the console that is not passed along.

use std::collections::VecDeque;
use std::sync::{Mutex, Once, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::model::Severity;

/// Lines that wait at most; the oldest go first.
const WAITING_MAX: usize = 10_000;

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// How much it matters.
    pub level: Level,
    /// Who said it.
    pub target: String,
    /// What.
    pub text: String,
}

static WAITING: Mutex<VecDeque<Heard>> = Mutex::new(VecDeque::new());

struct Tap;

impl Log for Tap {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(Heard {
            level: record.level(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
        });
    }

    fn flush(&self) {}
}

/// Begins to keep the log of the process.
pub fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // Whoever set another logger wants to have it.
        if log::set_logger(&Tap).is_ok() {
            log::set_max_level(LevelFilter::Debug);
        }
    });
}

/// Takes what was said since the last time, oldest first.
#[must_use]
pub fn take() -> VecDeque<Heard> {
    std::mem::take(&mut *WAITING.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The level of an event of the world.
#[must_use]
pub const fn level_of(severity: Severity) -> Level {
    match severity {
        Severity::Info => Level::Info,
        Severity::Warning => Level::Warn,
        Severity::Critical => Level::Error,
    }
}
