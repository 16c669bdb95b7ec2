//! Keeping memory and disk bounded: the log's maintenance, a bounded piece at a time.

use crate::engine::Engine;
use crate::log::{Move, Moved};
use crate::model::{EventKind, Millis};

/// Bytes that one step moves to chunks: some milliseconds of copying and writing.
const STEP_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// Milliseconds between steps while there is more to move: 200 MB a second.
const BUSY_MS: u64 = 10;
/// Milliseconds between steps otherwise.
const QUIET_MS: u64 = 250;
/// Milliseconds until a failed step is tried again.
const FAILED_MS: u64 = 1_000;

/// Where maintenance is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Upkeep {
    next: Millis,
    busy: bool,
    failing: bool,
}

impl Engine {
    /// Does the next step, if it is time and there is a disk.
    pub(super) fn keep_up(&mut self) {
        if self.now < self.upkeep.next || !self.log.has_disk() {
            return;
        }
        match self.log.maintain(self.now, STEP_BYTES_MAX) {
            Ok(done) => {
                let wait = if done.more { BUSY_MS } else { QUIET_MS };
                self.upkeep = Upkeep { next: self.now.plus(wait), busy: done.more, failing: false };
            }
            Err(error) => self.upkeep_failed(&error.to_string()),
        }
    }

    /// From now on the driver moves records to chunks and keeps the manifest, with
    /// [`Self::begin_move`].
    pub fn let_driver_move(&mut self) {
        self.log.let_driver_move();
    }

    /// Records or a manifest that should be written now, or work for that. The driver does so outside of its lock and
    /// tells [`Self::end_move`].
    pub fn begin_move(&mut self) -> Option<Move> {
        self.log.begin_move(self.now, STEP_BYTES_MAX)
    }

    /// Was so much written and not moved yet that writers should wait for the driver?
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.log.is_behind()
    }

    /// The driver has done it, or could not.
    pub fn end_move(&mut self, moved: Moved) {
        if let Err(error) = self.log.end_move(moved) {
            self.upkeep_failed(&error.to_string());
        }
    }

    /// Told once for a run of failures, which may be long when the disk is full.
    pub(super) fn upkeep_failed(&mut self, why: &str) {
        if !self.upkeep.failing {
            self.event(EventKind::UpkeepFailed { why: why.to_owned() });
        }
        self.upkeep = Upkeep { next: self.now.plus(FAILED_MS), busy: false, failing: true };
    }

    /// When the next step is wanted; `None` while the engine's own second is soon enough.
    pub(super) fn next_upkeep(&self) -> Option<Millis> {
        self.upkeep.busy.then_some(self.upkeep.next)
    }
}
