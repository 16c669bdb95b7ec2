//! One lane of a shard: a queue of records and at most one invocation.

use std::collections::VecDeque;

use crate::model::limits::WINDOW_QUIET_MS;
use crate::model::{EventKind, Millis, RecordRef, SequenceNumber};
use crate::pipeline::function::{Functions, Input, Invocation, Reads};
use crate::pipeline::settings::{MappingSettings, OnFailure};

use super::event::Frame;
use super::failure::{Condition, Ending, GivenUp};
use super::flight::{Flight, Step};
use super::pieces::{Bounds, Piece, cut_batch};
use super::response::{self, Said};
use super::shared::{Of, Shared};
use super::verdict::{Verdict, decide};
use super::window::Window;

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

#[derive(Debug, Default)]
pub(super) struct Lane {
    pending: VecDeque<Piece>,
    pending_records: usize,
    /// Bytes that these take in an event, where a window lets them wait for each other.
    pending_bytes: usize,
    filling_since: Millis,
    flight: Option<Flight>,
    /// Halves of a batch that was cut in two, and what is left of them; the next one last.
    halves: Vec<Flight>,
    window: Option<Window>,
}

impl Lane {
    pub(super) fn push(&mut self, now: Millis, piece: Piece) {
        if self.pending.is_empty() {
            self.filling_since = now;
        }
        self.pending_records += piece.len();
        self.pending.push_back(piece);
    }

    /// Takes these too, and knows what they take in an event.
    pub(super) fn take(
        &mut self,
        now: Millis,
        piece: Piece,
        frame: &Frame,
        settings: &MappingSettings,
    ) {
        self.pending_bytes += bytes_of(&piece, frame, settings);
        self.push(now, piece);
    }

    /// Counts anew what waits.
    pub(super) fn weigh(&mut self, frame: &Frame, settings: &MappingSettings) {
        self.pending_bytes =
            self.pending.iter().map(|piece| bytes_of(piece, frame, settings)).sum();
    }

    /// A lane that begins with these.
    pub(super) fn with(now: Millis, pending: VecDeque<Piece>) -> Self {
        let mut lane = Self::default();
        pending.into_iter().for_each(|piece| lane.push(now, piece));
        lane
    }

    /// Does what is due: ends, begins, again while that takes no time.
    pub(super) fn step(&mut self, of: &Of<'_>, shared: &mut Shared<'_>) {
        if of.draining {
            self.put_back();
            self.weigh(of.frame, shared.settings);
        }
        loop {
            let Some(flight) = &mut self.flight else {
                if shared.settings.paused || !self.next_flight(of, shared) {
                    return;
                }
                continue;
            };
            match &flight.step {
                Step::Due(at) if *at <= shared.now && !shared.settings.paused => {
                    if shared.deliveries.is_full() {
                        return;
                    }
                    self.try_flight(of, shared);
                }
                Step::Running(running) if shared.functions.ends(running) <= shared.now => {
                    self.end(of, shared);
                }
                Step::Due(_) | Step::Running(_) => return,
            }
        }
    }

    /// Finds the next batch, if one is due.
    fn next_flight(&mut self, of: &Of<'_>, shared: &mut Shared<'_>) -> bool {
        if of.draining && self.window.is_none() {
            return false;
        }
        if let Some(half) = self.halves.pop() {
            self.flight = Some(half);
            return true;
        }
        let due = self.ready_at(of, shared.settings).is_some_and(|at| at <= shared.now);
        if due && self.window_is_over(of, shared.settings) {
            let mut flight = Flight::new(Vec::new(), shared.now);
            flight.is_final = true;
            self.flight = Some(flight);
        } else if due {
            self.cut(of, shared);
        }
        due
    }

    fn cut(&mut self, of: &Of<'_>, shared: &Shared<'_>) {
        let settings = shared.settings;
        if let Some(front) = self.pending.front().map(Piece::first)
            && settings.tumbling_window_s > 0
        {
            let length_ms = u64::from(settings.tumbling_window_s) * 1_000;
            let fresh = || Window::of(front.sequence.index, front.arrival, length_ms);
            self.window.get_or_insert_with(fresh);
        }
        let bounds = Bounds {
            records: settings.batch_size as usize,
            bytes: self.room(of.frame),
            before: self.window.as_ref().map_or(Millis::NEVER, Window::end),
            size: &|record| of.frame.size(record),
            size_at_most: &|records, bytes| of.frame.size_at_most(records, bytes),
        };
        let pieces = cut_batch(&mut self.pending, &bounds);
        let flight = Flight::new(pieces, shared.now);
        self.pending_records -= flight.records;
        self.weigh(of.frame, settings);
        self.flight = Some(flight);
    }

    /// Bytes of records that an event has room for beside the state of the window at hand.
    fn room(&self, frame: &Frame) -> usize {
        frame.room(self.window.as_ref().map(|window| window.state().len()))
    }

    /// Is the window at hand to be ended by an invocation of its own? Where nothing waits the shard must
    /// have been read far enough beyond it: who is behind will still find records of it.
    fn window_is_over(&self, of: &Of<'_>, settings: &MappingSettings) -> bool {
        let Some(window) = &self.window else { return false };
        let changed = window.length() != u64::from(settings.tumbling_window_s) * 1_000;
        match self.pending.front().map(Piece::first) {
            Some(next) => changed || window.is_early || next.arrival >= window.end(),
            None => {
                let quiet = of.read_until >= window.end().plus(WINDOW_QUIET_MS);
                changed || window.is_early || of.ended || quiet
            }
        }
    }

    /// Gives up what is too old or too large, and invokes the function with the rest.
    fn try_flight(&mut self, of: &Of<'_>, shared: &mut Shared<'_>) {
        let Some(mut flight) = self.flight.take() else { return };
        let old = flight.older_than(shared.horizon());
        if old > 0 {
            let front = flight.split_off_front(old);
            self.give_up(&front, Condition::RecordAgeExceeded, of, shared);
        }
        if flight.records == 0 && !flight.is_final {
            return;
        }
        if flight.records == 1 && self.is_too_large(&flight, of.frame) {
            self.give_up(&flight, Condition::PayloadTooLarge, of, shared);
            return;
        }
        // What was cut fits, but the state may have grown since.
        if self.window.is_some() && self.is_too_large(&flight, of.frame) {
            let front = flight.split_off_front(self.fitting(&flight, of.frame));
            self.halves.push(std::mem::replace(&mut flight, front));
        }
        self.begin(&mut flight, of, shared);
        self.flight = Some(flight);
    }

    fn is_too_large(&self, flight: &Flight, frame: &Frame) -> bool {
        let size: usize = flight.records().map(|record| frame.size(&record)).sum();
        size > self.room(frame)
    }

    /// How many records at the front an event has room for, one at least.
    fn fitting(&self, flight: &Flight, frame: &Frame) -> usize {
        let (room, mut size) = (self.room(frame), 0);
        let fits = |record: &RecordRef<'_>| {
            size += frame.size(record);
            size <= room
        };
        flight.records().take_while(fits).count().max(1)
    }

    fn begin(&mut self, flight: &mut Flight, of: &Of<'_>, shared: &mut Shared<'_>) {
        if flight.request.is_empty() || flight.ending != Ending::Never {
            flight.request = shared.requests.draw();
        }
        let window = self.window.as_ref();
        let event = || of.frame.write(flight.records(), window.map(|w| w.part(flight.is_final)));
        let (records, request) = (flight.records, flight.request.as_str());
        let invocation = Invocation { records, request, event: &event };
        match shared.functions.begin(shared.now, &shared.settings.function, &invocation) {
            Ok(running) => {
                if let Some(arrival) = flight.last_arrival() {
                    shared.ages.record(shared.now.since(arrival));
                }
                shared.tally.retries += u64::from(flight.failures > 0);
                shared.tally.invoked_records += flight.records as u64;
                flight.step = Step::Running(running);
                flight.status = LaneStatus::Running;
                flight.refusals = 0;
                flight.note.clear();
            }
            Err(refusal) => flight.refuse(refusal, shared),
        }
    }

    fn end(&mut self, of: &Of<'_>, shared: &mut Shared<'_>) {
        let Some(mut flight) = self.flight.take() else { return };
        let Step::Running(running) = std::mem::replace(&mut flight.step, Step::Due(shared.now))
        else {
            return;
        };
        shared.tally.invocations += 1;
        flight.invokes += 1;
        self.filling_since = shared.now;
        let windowed = self.window.is_some();
        let reads = Reads {
            failures: shared.settings.report_batch_item_failures,
            state: windowed && !flight.is_final,
            records: false,
        };
        let records: Vec<RecordRef<'_>> = flight.records().collect();
        let state = self.window.as_ref().map_or(&b""[..], Window::state);
        let input = Input { records: &records, reads, state };
        let answer = shared.functions.end(shared.now, running, &input);
        let place = |identifier: &str| place_of(identifier, &records);
        let (said, ending) = match answer {
            Ok(answer) => (response::read(&answer, reads, &place), Ending::Returned),
            Err(why) => (Err(why), Ending::Error),
        };
        drop(records);
        flight.ending = ending;
        let (failed_from, why) = match said {
            Ok(Said { failed_from, state }) => {
                if let (Some(window), Some(state)) = (&mut self.window, state) {
                    window.hand_on(state);
                }
                let failed = |_| "the function says that records failed".to_owned();
                (failed_from, failed_from.map_or_else(String::new, failed))
            }
            Err(why) => (Some(0), why),
        };
        if flight.is_final {
            self.end_window(flight, &why, failed_from.is_some(), shared);
        } else {
            self.judge(flight, failed_from, why, of, shared);
        }
    }

    /// A window whose last invocation failed keeps its lane until it succeeds.
    fn end_window(
        &mut self,
        mut flight: Flight,
        why: &str,
        did_fail: bool,
        shared: &mut Shared<'_>,
    ) {
        if !did_fail {
            "OK".clone_into(shared.last_result);
            self.window = None;
            return;
        }
        flight.failures += 1;
        flight.tell_failure(why, shared);
        flight.retry(why.to_owned(), shared);
        self.flight = Some(flight);
    }

    /// What becomes of a batch, by what came of its invocation.
    fn judge(
        &mut self,
        mut flight: Flight,
        failed_from: Option<usize>,
        why: String,
        of: &Of<'_>,
        shared: &mut Shared<'_>,
    ) {
        let done = failed_from.unwrap_or(flight.records);
        shared.tally.done_records += done as u64;
        if failed_from.is_some() {
            flight.failures += 1;
            shared.tally.failed_records += (flight.records - done) as u64;
            flight.tell_failure(&why, shared);
            if shared.now >= *shared.quiet_until {
                *shared.quiet_until = shared.now.plus(FAILURE_EVENT_MS);
                let (mapping, why) = (shared.settings.name.clone(), why.clone());
                shared.say(EventKind::InvocationFailed { mapping, shard: of.shard, why });
            }
        }
        flight.note.clone_from(&why);
        match decide(shared.law(), flight.records, failed_from, flight.failures) {
            Verdict::Done => "OK".clone_into(shared.last_result),
            Verdict::Split(at) => {
                let mut left = flight.split_off_front(at);
                left.renew(shared.now);
                flight.renew(shared.now);
                self.halves.push(flight);
                self.flight = Some(left);
            }
            Verdict::Renew { from } => {
                flight.split_off_front(from);
                flight.renew(shared.now);
                self.flight = Some(flight);
            }
            Verdict::Retry { from } => {
                flight.split_off_front(from);
                flight.retry(why, shared);
                self.flight = Some(flight);
            }
            Verdict::GiveUp { from } => {
                flight.split_off_front(from);
                self.give_up(&flight, Condition::RetryAttemptsExhausted, of, shared);
            }
        }
    }

    /// Gives a batch up: its record goes to the on-failure destination.
    fn give_up(&self, flight: &Flight, condition: Condition, of: &Of<'_>, shared: &mut Shared<'_>) {
        let Some((first, last)) = flight.ends() else { return };
        let (mapping, records) = (shared.settings.name.clone(), flight.records as u64);
        shared.tally.discarded_records += records;
        let why = match condition {
            Condition::RetryAttemptsExhausted => {
                format!("{} tries failed, last: {}", flight.failures, flight.note)
            }
            Condition::RecordAgeExceeded => "too old".to_owned(),
            Condition::PayloadTooLarge => "its event is above 6 MB".to_owned(),
        };
        let shard = of.shard;
        shared.say(EventKind::BatchDiscarded { mapping, shard, records, why });
        let Some(to) = &shared.settings.on_failure else { return };
        let window = self.window.as_ref().map(|window| window.part(false));
        let payload = match to {
            OnFailure::Stream(_) | OnFailure::Http(_) => None,
            OnFailure::File(_) => {
                let event = of.frame.write(flight.records(), window);
                Some(String::from_utf8_lossy(&event).into_owned())
            }
        };
        let request =
            if flight.request.is_empty() { shared.requests.draw() } else { flight.request.clone() };
        let given_up = GivenUp {
            shard,
            condition,
            ending: flight.ending,
            invokes: flight.invokes,
            request,
            first,
            last,
            records: flight.records,
            arn: of.frame.arn(),
            payload,
        };
        shared.deliveries.push(shared.now, &given_up, &shared.settings.function);
    }

    /// When the next batch may be cut, or the window ended: at once when it is full or nothing more
    /// will come.
    fn ready_at(&self, of: &Of<'_>, settings: &MappingSettings) -> Option<Millis> {
        let over = self.window_is_over(of, settings);
        if self.pending.is_empty() {
            // The next answer tells more.
            return over.then_some(Millis::ZERO);
        }
        let full = self.pending_records >= settings.batch_size as usize
            || self.pending_bytes > self.room(of.frame);
        if of.ended || full || over {
            return Some(Millis::ZERO);
        }
        Some(self.filling_since.plus(settings.window_ms))
    }

    /// When something is due by time. An invocation of a real function ends when it is told.
    pub(super) fn deadline(
        &self,
        of: &Of<'_>,
        settings: &MappingSettings,
        functions: &Functions,
    ) -> Option<Millis> {
        match self.flight.as_ref().map(|flight| &flight.step) {
            Some(Step::Running(running)) => Some(functions.ends(running)),
            Some(Step::Due(_)) | None if settings.paused => None,
            Some(Step::Due(at)) => Some(*at),
            None if of.draining && self.window.is_none() => None,
            None if self.halves.is_empty() => self.ready_at(of, settings),
            None => Some(Millis::ZERO),
        }
        .filter(|at| *at != Millis::NEVER)
    }

    /// The first record at hand that is not done.
    pub(super) fn oldest(&self) -> Option<RecordRef<'_>> {
        let flying = self.flight.iter().chain(self.halves.iter().rev());
        let flying = flying.flat_map(|flight| &flight.pieces).chain(&self.pending);
        flying.map(Piece::first).min_by_key(|record| record.sequence.index)
    }

    /// The record from which everything must be processed again after a restart: the first that is
    /// not done, or the first of the window at hand.
    pub(super) fn holds_from(&self) -> Option<u64> {
        let window = self.window.as_ref().map(|window| window.from);
        window.or_else(|| self.oldest().map(|record| record.sequence.index))
    }

    /// Nothing at hand and no window open?
    pub(super) fn is_done(&self) -> bool {
        self.flight.is_none() && self.oldest().is_none() && self.window.is_none()
    }

    pub(super) fn pending_records(&self) -> usize {
        self.pending_records
    }

    /// Bytes of keys and data of these, at most.
    pub(super) fn held_bytes(&self) -> usize {
        self.pending.iter().map(|piece| piece.bytes_at_most(piece.len())).sum()
    }

    pub(super) fn is_running(&self) -> bool {
        self.status() == LaneStatus::Running
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

    /// Puts batches that do not run back to the records that wait, without their tries, and lets the
    /// window at hand end early.
    fn put_back(&mut self) {
        if let Some(window) = &mut self.window {
            window.is_early = true;
        }
        let waits = |flight: &mut Flight| !flight.is_final && matches!(flight.step, Step::Due(_));
        let flight = self.flight.take_if(waits);
        if self.flight.is_some() {
            return; // What runs comes first.
        }
        let flights = self.halves.drain(..).chain(flight);
        for piece in flights.flat_map(|flight| flight.pieces.into_iter().rev()).collect::<Vec<_>>()
        {
            self.pending_records += piece.len();
            self.pending.push_front(piece);
        }
    }

    /// What waits for its next try waits no longer.
    pub(super) fn hurry(&mut self) {
        if let Some(Flight { step: Step::Due(at), .. }) = &mut self.flight {
            *at = Millis::ZERO;
        }
    }

    /// May the records that wait be dealt to other lanes?
    pub(super) fn is_drained(&self) -> bool {
        self.flight.is_none() && self.halves.is_empty() && self.window.is_none()
    }

    /// Gives all records that wait away.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Piece> {
        (self.pending_records, self.pending_bytes) = (0, 0);
        std::mem::take(&mut self.pending).into_iter()
    }

    /// Gives back what the lane holds of the pool.
    pub(super) fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        if let Some(Flight { step: Step::Running(running), .. }) = self.flight.take() {
            functions.abandon(now, running);
        }
    }
}

/// Bytes that records take in an event; without a window nothing waits for others, and nobody asks.
fn bytes_of(piece: &Piece, frame: &Frame, settings: &MappingSettings) -> usize {
    match settings.window_ms {
        0 => 0,
        _ => piece.iter().map(|record| frame.size(&record)).sum(),
    }
}

/// Where the record of that sequence number stands in a batch, which is in their order. The number
/// must be written as the event has it: with zeros before it, it is another text.
fn place_of(identifier: &str, records: &[RecordRef<'_>]) -> Option<usize> {
    let number = SequenceNumber::parse(identifier)?;
    let at = records.binary_search_by_key(&number, |record| record.sequence).ok()?;
    (number.digits().as_str() == identifier).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ShardId;

    #[test]
    fn an_item_is_found_by_its_number_as_the_event_has_it() {
        let first = SequenceNumber::first(ShardId(3), Millis(1_700_000_000_000));
        let number = |n: u64| first.nth(n, Millis(1_700_000_000_000 + n * 700));
        let record = |n| {
            let (sequence, arrival) = (number(n), Millis(n));
            RecordRef { sequence, arrival, partition_key: "k", data: b"d" }
        };
        // Other lanes, or filters, have taken every second record.
        let records: Vec<RecordRef<'_>> = (10..1_010).step_by(2).map(record).collect();
        for (at, record) in records.iter().enumerate() {
            assert_eq!(place_of(&record.sequence.to_string(), &records), Some(at));
        }
        let there = number(10).to_string();
        let other_shard = SequenceNumber { shard: ShardId(4), ..number(10) }.to_string();
        let not_there = [number(9), number(11), number(1_010)].map(|number| number.to_string());
        let wrong = [format!("0{there}"), format!(" {there}"), format!("+{there}"), other_shard];
        for identifier in not_there.iter().chain(&wrong) {
            assert_eq!(place_of(identifier, &records), None, "{identifier}");
        }
        assert_eq!(place_of(&there, &[]), None);
        assert_eq!(place_of("", &records), None);
    }
}
