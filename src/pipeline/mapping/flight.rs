//! A batch that was cut and is not done.

use crate::model::{Millis, RecordRef};
use crate::pipeline::function::{Refusal, Running};

use super::LaneStatus;
use super::failure::Ending;
use super::pieces::{Piece, split_off_front};
use super::shared::Shared;

/// First pause after a failed try; it doubles with each further one.
const RETRY_MS: u64 = 1_000;
const RETRY_MS_MAX: u64 = 60_000;
/// First pause after a refused try; it doubles with each further one.
const THROTTLED_MS: u64 = 100;
const THROTTLED_MS_MAX: u64 = 5_000;

#[derive(Debug)]
pub(super) enum Step {
    /// To be tried at that time.
    Due(Millis),
    Running(Running),
}

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) pieces: Vec<Piece>,
    pub(super) records: usize,
    /// The last invocation of a tumbling window, without records.
    pub(super) is_final: bool,
    pub(super) step: Step,
    pub(super) status: LaneStatus,
    /// Failed tries that count to the retries.
    pub(super) failures: u32,
    /// Invocations that these records were in, those of larger batches included.
    pub(super) invokes: u32,
    /// Refusals since the last invocation.
    pub(super) refusals: u32,
    /// What came of the last invocation.
    pub(super) ending: Ending,
    /// The id of the last invocation, or of the first to come.
    pub(super) request: String,
    pub(super) note: String,
}

impl Flight {
    pub(super) fn new(pieces: Vec<Piece>, now: Millis) -> Self {
        let records = pieces.iter().map(Piece::len).sum();
        Self {
            pieces,
            records,
            is_final: false,
            step: Step::Due(now),
            status: LaneStatus::Filling,
            failures: 0,
            invokes: 0,
            refusals: 0,
            ending: Ending::Never,
            request: String::new(),
            note: String::new(),
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.pieces.iter().flat_map(Piece::iter)
    }

    /// The first and the last record; `None` for the last invocation of a window.
    pub(super) fn ends(&self) -> Option<(RecordRef<'_>, RecordRef<'_>)> {
        Some((self.pieces.first()?.first(), self.pieces.last()?.last()))
    }

    pub(super) fn last_arrival(&self) -> Option<Millis> {
        self.ends().map(|(_, last)| last.arrival)
    }

    /// Records at the front that arrived before `horizon`.
    pub(super) fn older_than(&self, horizon: Millis) -> usize {
        self.records().take_while(|record| record.arrival < horizon).count()
    }

    /// Takes the first `count` records off, as a batch that shares its past.
    pub(super) fn split_off_front(&mut self, count: usize) -> Self {
        let pieces = split_off_front(&mut self.pieces, count);
        self.records -= count;
        let step = Step::Due(match &self.step {
            Step::Due(at) => *at,
            Step::Running(_) => Millis::ZERO,
        });
        Self {
            pieces,
            records: count,
            step,
            request: self.request.clone(),
            note: self.note.clone(),
            ..*self
        }
    }

    /// Begins anew: it will be tried at once, with all its retries.
    pub(super) fn renew(&mut self, now: Millis) {
        self.step = Step::Due(now);
        self.failures = 0;
        self.status = LaneStatus::Retrying;
    }

    /// Tells that its invocation failed.
    pub(super) fn tell_failure(&self, why: &str, shared: &mut Shared<'_>) {
        shared.tally.errors += u64::from(self.ending == Ending::Error);
        *shared.last_result = format!("PROBLEM: Function call failed: {why}");
    }

    /// It will be tried again after a while.
    pub(super) fn retry(&mut self, why: String, shared: &mut Shared<'_>) {
        self.step = Step::Due(shared.pause(RETRY_MS, RETRY_MS_MAX, self.failures));
        self.status = LaneStatus::Retrying;
        self.note = why;
    }

    /// The function was not invoked: it will be asked again after a while.
    pub(super) fn refuse(&mut self, refusal: Refusal, shared: &mut Shared<'_>) {
        self.refusals += 1;
        self.note = match refusal {
            Refusal::Throttled(throttle) => {
                shared.tally.throttles += 1;
                throttle.words().to_owned()
            }
            Refusal::Unknown => format!("there is no function `{}`", shared.settings.function),
        };
        self.step = Step::Due(shared.pause(THROTTLED_MS, THROTTLED_MS_MAX, self.refusals));
        self.status = LaneStatus::Throttled;
    }
}
