//! How far long work is: on standard error, when somebody watches.

use std::io::{self, IsTerminal, Write};
use std::time::Instant;

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
            eprint!("\r{:3.0} %", share * 100.0);
            // A progress line that cannot be shown is not worth an error.
            drop(io::stderr().flush());
        }
    }

    pub(super) fn clear(&self) {
        if self.shown {
            eprint!("\r      \r");
        }
    }
}
