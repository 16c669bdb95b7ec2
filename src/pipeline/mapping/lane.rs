//! One lane of a shard: a queue of records and at most one invocation.

use std::collections::VecDeque;

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::model::{ConsumerTally, Event, EventKind, Histogram, Millis, RecordRef, ShardId};
use crate::pipeline::function::{Functions, Refusal, Running};
use crate::pipeline::settings::MappingSettings;

use super::pieces::{Piece, cut_batch};

/// First pause after a failed try; it doubles with each further one.
const RETRY_MS: u64 = 1_000;
const RETRY_MS_MAX: u64 = 60_000;
/// First pause after a refused try; it doubles with each further one.
const THROTTLED_MS: u64 = 100;
const THROTTLED_MS_MAX: u64 = 5_000;
/// A batch older than this is given up whatever the retries: Lambda's seven days.
const AGE_MAX_MS: u64 = 7 * 86_400_000;
/// At most one event about a failed invocation of a mapping in this time.
const FAILURE_EVENT_MS: u64 = 1_000;

/// What a lane is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneStatus {
    /// Nothing to do.
    Waiting,
    /// A batch is being filled.
    Filling,
    /// An invocation runs.
    Running,
    /// Refused for want of concurrency; will try again.
    Throttled,
    /// The invocation failed; will try again.
    Retrying,
}

#[derive(Debug)]
enum Step {
    /// To be tried at that time.
    Due(Millis),
    Running(Running),
}

/// A batch that was cut and is not done.
#[derive(Debug)]
struct Flight {
    pieces: Vec<Piece>,
    records: usize,
    step: Step,
    status: LaneStatus,
    failures: u32,
    refusals: u32,
    note: String,
}

impl Flight {
    fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.pieces.iter().flat_map(Piece::iter)
    }

    fn last_arrival(&self) -> Millis {
        self.pieces.last().map_or(Millis::ZERO, |piece| piece.last().arrival)
    }
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    pending: VecDeque<Piece>,
    pending_records: usize,
    filling_since: Millis,
    flight: Option<Flight>,
}

/// What all lanes of a mapping share while they work.
pub(super) struct Shared<'a> {
    pub(super) now: Millis,
    pub(super) settings: &'a MappingSettings,
    pub(super) functions: &'a mut Functions,
    pub(super) rng: &'a mut Pcg64Mcg,
    pub(super) tally: &'a mut ConsumerTally,
    pub(super) ages: &'a mut Histogram,
    pub(super) events: &'a mut VecDeque<Event>,
    pub(super) quiet_until: &'a mut Millis,
}

impl Shared<'_> {
    fn say(&mut self, kind: EventKind) {
        self.events.push_back(Event { at: self.now, kind });
    }

    /// Doubles with each try up to `most`; half of it is left to chance, so that lanes that were
    /// refused together do not come back together.
    fn pause(&mut self, first: u64, most: u64, tries: u32) -> Millis {
        let full = first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(most);
        self.now.plus(full / 2 + self.rng.random_range(0..=full / 2))
    }
}

impl Lane {
    pub(super) fn push(&mut self, now: Millis, piece: Piece) {
        if self.pending.is_empty() {
            self.filling_since = now;
        }
        self.pending_records += piece.len();
        self.pending.push_back(piece);
    }

    /// Does what is due: ends, begins, again while that takes no time.
    pub(super) fn step(&mut self, shard: ShardId, ended: bool, shared: &mut Shared<'_>) {
        loop {
            let Some(flight) = &mut self.flight else {
                if shared.settings.paused {
                    return;
                }
                if self.ready_at(ended, shared.settings).is_none_or(|at| at > shared.now) {
                    return;
                }
                self.cut(shared);
                continue;
            };
            match &flight.step {
                Step::Due(at) if *at <= shared.now && !shared.settings.paused => {
                    begin(flight, shared);
                }
                Step::Running(running) if running.ends <= shared.now => self.end(shard, shared),
                Step::Due(_) | Step::Running(_) => return,
            }
        }
    }

    fn cut(&mut self, shared: &Shared<'_>) {
        let pieces = cut_batch(&mut self.pending, shared.settings.batch_size as usize);
        let records = pieces.iter().map(Piece::len).sum();
        self.pending_records -= records;
        self.flight = Some(Flight {
            pieces,
            records,
            step: Step::Due(shared.now),
            status: LaneStatus::Filling,
            failures: 0,
            refusals: 0,
            note: String::new(),
        });
    }

    fn end(&mut self, shard: ShardId, shared: &mut Shared<'_>) {
        let Some(mut flight) = self.flight.take() else { return };
        let Step::Running(running) = std::mem::replace(&mut flight.step, Step::Due(shared.now))
        else {
            return;
        };
        shared.tally.invocations += 1;
        let result = shared.functions.end(shared.now, running, &mut flight.records());
        self.filling_since = shared.now;
        let Err(why) = result else {
            shared.tally.done_records += flight.records as u64;
            return;
        };
        shared.tally.errors += 1;
        flight.failures += 1;
        if shared.now >= *shared.quiet_until {
            *shared.quiet_until = shared.now.plus(FAILURE_EVENT_MS);
            let (mapping, why) = (shared.settings.name.clone(), why.clone());
            shared.say(EventKind::InvocationFailed { mapping, shard, why });
        }
        let used = u32::try_from(shared.settings.retries).is_ok_and(|most| flight.failures > most);
        let too_old = shared.now.since(flight.last_arrival()) > AGE_MAX_MS;
        if used || too_old {
            let tries = flight.failures;
            let why = if used { format!("{tries} tries failed, last: {why}") } else { why };
            let (mapping, records) = (shared.settings.name.clone(), flight.records as u64);
            shared.tally.discarded_records += records;
            shared.say(EventKind::BatchDiscarded { mapping, shard, records, why });
            return;
        }
        flight.step = Step::Due(shared.pause(RETRY_MS, RETRY_MS_MAX, flight.failures));
        flight.status = LaneStatus::Retrying;
        flight.note = why;
        self.flight = Some(flight);
    }

    /// When the next batch may be cut: at once when it is full or nothing more will come.
    fn ready_at(&self, ended: bool, settings: &MappingSettings) -> Option<Millis> {
        if self.pending.is_empty() {
            return None;
        }
        if ended || self.pending_records >= settings.batch_size as usize {
            return Some(Millis::ZERO);
        }
        Some(self.filling_since.plus(settings.window_ms))
    }

    /// When something is due by time.
    pub(super) fn deadline(&self, ended: bool, settings: &MappingSettings) -> Option<Millis> {
        match self.flight.as_ref().map(|flight| &flight.step) {
            Some(Step::Running(running)) => Some(running.ends),
            Some(Step::Due(_)) | None if settings.paused => None,
            Some(Step::Due(at)) => Some(*at),
            None => self.ready_at(ended, settings),
        }
    }

    /// The first record that is not done.
    pub(super) fn oldest(&self) -> Option<RecordRef<'_>> {
        let flying = self.flight.as_ref().and_then(|flight| flight.pieces.first());
        flying.or_else(|| self.pending.front()).map(Piece::first)
    }

    pub(super) fn pending_records(&self) -> usize {
        self.pending_records
    }

    pub(super) fn status(&self) -> LaneStatus {
        match &self.flight {
            Some(flight) => flight.status,
            None if self.pending.is_empty() => LaneStatus::Waiting,
            None => LaneStatus::Filling,
        }
    }

    /// Records of the batch at hand, failed tries of it, and why it waits.
    pub(super) fn at_hand(&self) -> (usize, u32, &str) {
        self.flight.as_ref().map_or((self.pending_records, 0, ""), |flight| {
            (flight.records, flight.failures, flight.note.as_str())
        })
    }

    /// Gives back what the lane holds of the pool.
    pub(super) fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        if let Some(Flight { step: Step::Running(running), .. }) = self.flight.take() {
            functions.abandon(now, running);
        }
    }
}

fn begin(flight: &mut Flight, shared: &mut Shared<'_>) {
    match shared.functions.begin(shared.now, &shared.settings.function, flight.records) {
        Ok(running) => {
            shared.ages.record(shared.now.since(flight.last_arrival()));
            shared.tally.retries += u64::from(flight.failures > 0);
            flight.step = Step::Running(running);
            flight.status = LaneStatus::Running;
            flight.refusals = 0;
            flight.note.clear();
        }
        Err(refusal) => {
            flight.refusals += 1;
            flight.note = match refusal {
                Refusal::Throttled(throttle) => {
                    shared.tally.throttles += 1;
                    throttle.words().to_owned()
                }
                Refusal::Unknown => format!("there is no function `{}`", shared.settings.function),
            };
            let at = shared.pause(THROTTLED_MS, THROTTLED_MS_MAX, flight.refusals);
            flight.step = Step::Due(at);
            flight.status = LaneStatus::Throttled;
        }
    }
}
