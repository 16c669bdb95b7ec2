//! Records of one shard that wait for the function of a transform, and the invocation that the first of
//! them are in. One runs at a time, so that their order is kept.

use std::collections::VecDeque;

use rand_pcg::Pcg64Mcg;

use crate::model::{Millis, PartName, RecordBatch, RecordRef, ShardId};
use crate::pipeline::function::{
    Functions, Input, Invocation, Reads, Refusal, RequestIds, Running,
};
use crate::pipeline::pause::pause_ms;
use crate::pipeline::settings::TransformSettings;

use super::batch::{self, Verdict};
use super::failure::Failure;

/// Tries after the first that a failed invocation has, as with a delivery stream.
const RETRIES: u32 = 3;
/// First pause after a failed or refused try; it doubles with each further one.
const FAILED_MS: u64 = 1_000;
const THROTTLED_MS: u64 = 100;
const PAUSE_MS_MAX: u64 = 5_000;

/// What an invocation needs beside its records.
pub(super) struct Reach<'a> {
    pub(super) now: Millis,
    pub(super) settings: &'a TransformSettings,
    pub(super) functions: &'a mut Functions,
    pub(super) requests: &'a mut RequestIds,
    pub(super) rng: &'a mut Pcg64Mcg,
}

#[derive(Default)]
pub(super) struct Queue {
    answers: VecDeque<RecordBatch>,
    /// Records of the first answer that are through.
    done: usize,
    flight: Option<Flight>,
}

struct Flight {
    /// Its last record, of the first answer, and one.
    to: usize,
    tries: u32,
    refusals: u32,
    step: Step,
}

enum Step {
    Due(Millis),
    Running(Running),
}

impl Queue {
    pub(super) fn push(&mut self, answer: RecordBatch) {
        if !answer.is_empty() {
            self.answers.push_back(answer);
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.answers.is_empty()
    }

    pub(super) fn is_retrying(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.tries + flight.refusals > 0)
    }

    /// When something is due; what runs outside is told when it ends.
    pub(super) fn deadline(&self, functions: &Functions) -> Millis {
        match self.flight.as_ref().map(|flight| &flight.step) {
            Some(Step::Due(at)) => *at,
            Some(Step::Running(running)) => functions.ends(running),
            None if self.answers.is_empty() => Millis::NEVER,
            None => Millis::ZERO,
        }
    }

    /// Invokes the function with what waits, and ends what is over; answers what became of each of the
    /// records that are through by it ([`Self::told`]). What waits for a function that the transform
    /// has no more is through as it is.
    pub(super) fn step(&mut self, shard: ShardId, reach: &mut Reach<'_>) -> Vec<Verdict> {
        let Some(function) = reach.settings.function() else {
            self.abandon(reach.now, reach.functions);
            return self.pass();
        };
        let Some(answer) = self.answers.front() else { return Vec::new() };
        let (from, now) = (self.done, reach.now);
        let fresh = || {
            let to = from + batch::fit((from..answer.len()).map(|at| answer.get(at)));
            Flight { to, tries: 0, refusals: 0, step: Step::Due(now) }
        };
        let flight = self.flight.get_or_insert_with(fresh);
        let records: Vec<_> = (from..flight.to).map(|at| answer.get(at)).collect();
        if records.len() == 1 && batch::is_too_large(&records[0]) {
            let why = "its event is above 6 MB".to_owned();
            let code = "Lambda.RequestTooLarge";
            return vec![Verdict::Failed(Failure { code, why, attempts: 0 })];
        }
        flight.begin(function, shard, &records, reach);
        flight.end(&records, reach)
    }

    fn pass(&mut self) -> Vec<Verdict> {
        let Some(answer) = self.answers.front() else { return Vec::new() };
        let step = Step::Due(Millis::NEVER);
        self.flight = Some(Flight { to: answer.len(), tries: 0, refusals: 0, step });
        self.told().map(|record| Verdict::Ok(record.data.to_vec())).collect()
    }

    /// The records that [`Self::step`] has told of.
    pub(super) fn told(&self) -> impl Iterator<Item = RecordRef<'_>> {
        let to = self.flight.as_ref().map_or(self.done, |flight| flight.to);
        let answer = self.answers.front();
        answer.into_iter().flat_map(move |answer| (self.done..to).map(|at| answer.get(at)))
    }

    /// They are through.
    pub(super) fn advance(&mut self) {
        let Some(flight) = self.flight.take() else { return };
        self.done = flight.to;
        if self.answers.front().is_some_and(|answer| answer.len() == self.done) {
            self.answers.pop_front();
            self.done = 0;
        }
    }

    /// Gives back what an invocation holds of the pool.
    pub(super) fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        if let Some(Flight { step: Step::Running(running), .. }) = self.flight.take() {
            functions.abandon(now, running);
        }
    }
}

impl Reach<'_> {
    /// When to try again after so many tries.
    fn pause(&mut self, first: u64, tries: u32) -> Millis {
        self.now.plus(pause_ms(self.rng, first, PAUSE_MS_MAX, tries))
    }
}

impl Flight {
    fn begin(
        &mut self,
        function: &PartName,
        shard: ShardId,
        records: &[RecordRef<'_>],
        reach: &mut Reach<'_>,
    ) {
        if !matches!(self.step, Step::Due(at) if at <= reach.now) {
            return;
        }
        let request = reach.requests.draw();
        let settings = reach.settings;
        let event = || batch::event(settings, &request, shard, records.iter().copied());
        let invocation = Invocation { records: records.len(), request: &request, event: &event };
        self.step = match reach.functions.begin(reach.now, function, &invocation) {
            Ok(running) => Step::Running(running),
            Err(Refusal::Throttled(_) | Refusal::Unknown) => {
                self.refusals += 1;
                Step::Due(reach.pause(THROTTLED_MS, self.refusals))
            }
        };
    }

    fn end(&mut self, records: &[RecordRef<'_>], reach: &mut Reach<'_>) -> Vec<Verdict> {
        let running = match std::mem::replace(&mut self.step, Step::Due(Millis::NEVER)) {
            Step::Running(running) if reach.functions.ends(&running) <= reach.now => running,
            step @ (Step::Running(_) | Step::Due(_)) => {
                self.step = step;
                return Vec::new();
            }
        };
        let reads = Reads { records: true, ..Reads::default() };
        let input = Input { records, reads, state: b"" };
        self.tries += 1;
        let answer = reach.functions.end(reach.now, running, &input);
        let verdicts = answer.and_then(|answer| batch::read(&answer, records, self.tries));
        match verdicts {
            Ok(verdicts) => verdicts,
            Err(_) if self.tries <= RETRIES => {
                self.step = Step::Due(reach.pause(FAILED_MS, self.tries));
                Vec::new()
            }
            Err(why) => {
                let why = format!("{} tries failed, last: {why}", self.tries);
                let failure = Failure { code: "Lambda.FunctionError", why, attempts: self.tries };
                vec![Verdict::Failed(failure); records.len()]
            }
        }
    }
}
