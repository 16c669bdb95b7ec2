//! The log: what tui-logger keeps, and how the log screen moves in it.
//!
//! tui-logger's own thread is not used: it wakes a hundred times a second. Records go through its
//! drain and are moved when a picture is drawn.

use std::fmt;
use std::sync::{Arc, Once};

use log::{Level, LevelFilter, Log, Metadata, Record};
use tui_logger::{Drain, TuiWidgetEvent, TuiWidgetState};

use crate::console::format::clock;
use crate::model::{Event, Millis, Severity};

/// Where the log screen stands: target, levels, page.
#[derive(Clone)]
pub struct LogView {
    state: Arc<TuiWidgetState>,
}

impl Default for LogView {
    fn default() -> Self {
        let state = TuiWidgetState::new().set_default_display_level(LevelFilter::Info);
        Self { state: Arc::new(state) }
    }
}

impl fmt::Debug for LogView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogView")
    }
}

impl LogView {
    /// The widget's state.
    #[must_use]
    pub fn widget(&self) -> &TuiWidgetState {
        &self.state
    }

    /// The target above or below.
    pub fn step(&self, down: bool) {
        self.state.transition(if down { TuiWidgetEvent::DownKey } else { TuiWidgetEvent::UpKey });
    }

    /// Fewer or more levels of the target.
    pub fn level(&self, more: bool) {
        self.state.transition(if more {
            TuiWidgetEvent::RightKey
        } else {
            TuiWidgetEvent::LeftKey
        });
    }

    /// A page back in time, or towards now.
    pub fn page(&self, back: bool) {
        self.state.transition(if back {
            TuiWidgetEvent::PrevPageKey
        } else {
            TuiWidgetEvent::NextPageKey
        });
    }

    /// Only the selected target, or all again.
    pub fn focus(&self) {
        self.state.transition(TuiWidgetEvent::FocusKey);
    }

    /// To the newest.
    pub fn follow(&self) {
        self.state.transition(TuiWidgetEvent::EscapeKey);
    }
}

struct Tap {
    drain: Drain,
}

impl Log for Tap {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.drain.log(record);
        }
    }

    fn flush(&self) {}
}

/// Begins to keep the log of the process.
pub fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tui_logger::set_default_level(LevelFilter::Debug);
        // A process has one logger; whoever set another one wants to have it.
        if log::set_boxed_logger(Box::new(Tap { drain: Drain::new() })).is_ok() {
            log::set_max_level(LevelFilter::Debug);
        }
    });
}

/// Moves what was logged since to where the screen sees it.
pub fn settle() {
    tui_logger::move_events();
}

/// Writes an event of the world down, with the time since the session `started`: engine time, which
/// the wall clock of a log knows nothing of.
pub fn tell(event: &Event, started: Millis) {
    let level = match event.kind.severity() {
        Severity::Info => Level::Info,
        Severity::Warning => Level::Warn,
        Severity::Critical => Level::Error,
    };
    let at = clock(event.at.since(started));
    log::log!(target: event.kind.target(), level, "{at} {}", event.kind);
}
