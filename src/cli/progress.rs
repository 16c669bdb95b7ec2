//! How far long work is: on standard error, when somebody watches.

use std::io::{self, IsTerminal};
use std::time::Instant;

use crate::cli::report::talk;

/// A line on standard error, when that is a terminal.
pub(super) struct Progress {
    shown: bool,
    last: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { shown: io::stderr().is_terminal(), last: Instant::now() }
    }

    pub(super) fn tell(&mut self, share: f64) {
        if self.shown && self.last.elapsed().as_millis() >= 100 {
            self.last = Instant::now();
            talk(&format!("\r{:3.0} %", share * 100.0));
        }
    }

    pub(super) fn clear(&self) {
        if self.shown {
            talk("\r      \r");
        }
    }
}
