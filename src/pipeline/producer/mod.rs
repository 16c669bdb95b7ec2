//! A producer: makes records or reads lines, puts them, and sends refused ones again.
//!
//! Made-up load does not wait for the stream: what finds no room in the buffer of refused records
//! is dropped and counted. Files, the standard input and the host are read only while there is
//! room, so that nothing of them is lost for want of it. Every 50 ms of engine time a tick puts
//! what is due; the memory of batches is used again.
//!
//! Where it aggregates, records go through `packer.rs` on their way; what is counted are user records
//! then, and beside them the records of Kinesis that they were put as.

mod line;
mod lines;
mod packer;
mod retry;

use std::collections::{BTreeMap, VecDeque};

use crate::api::{Answer, ApiError, Operation, PutRecords, PutRecordsAnswer};
use crate::model::chance::salted;
use crate::model::limits::PUT_RECORDS_ENTRIES_MAX;
use crate::model::{EntryBatch, Event, EventKind, Millis, ProducerTally};
use crate::pipeline::load::Load;
use crate::pipeline::settings::{KeyRule, Pace, ProducerSettings, SourceSettings};
use crate::pipeline::{Call, Part, Reply, Source, SourcePoll};

use lines::{LINES_MAX, Lines};
use packer::{Packer, users_of};
use retry::{Again, Retry};

const TICK_MS: u64 = 50;
/// Pause after a whole call was refused, milliseconds.
const ERROR_MS: u64 = 1_000;
/// An error that stays so long is told.
const TROUBLE_MS: u64 = 2 * ERROR_MS;

/// An error of whole calls that goes on.
struct Trouble {
    since: Millis,
    told: bool,
}

/// Most bytes in one call. The library's bound, 5 MiB, is more than a call of small shards gets.
const CALL_BYTES: usize = 4 * 1_048_576;
/// For so long it is known how records were given up, milliseconds: as long as rates are held.
const LATELY_MS: u64 = 15_000;
/// Memory of batches that is kept.
const SPARE_MAX: usize = 64;

/// Records that were given up since they had waited for too long to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// So many, since the producer was attached. They are among those given up.
    pub records: u64,
    /// Whatever was given up lately had waited so: nothing was refused to its last try.
    pub is_all: bool,
}

/// A producer.
pub struct Producer {
    settings: ProducerSettings,
    began: Millis,
    input: Input,
    factor: f64,
    paused: bool,
    ended: bool,
    next_tick: Millis,
    open: EntryBatch,
    calls: VecDeque<Call>,
    attempts: BTreeMap<u64, (u32, Millis)>,
    spare: Vec<EntryBatch>,
    last_call: u64,
    retry: Retry,
    packer: Option<Packer>,
    resting: bool,
    tally: ProducerTally,
    expired_records: u64,
    /// When records were given up last that had not waited for too long.
    refused_last: Option<Millis>,
    last_error: Option<String>,
    trouble: Option<Trouble>,
    events: VecDeque<Event>,
}

enum Input {
    Load(Load),
    Lines(Lines),
}

impl Producer {
    /// A producer that begins at `now`. `source` is for all but made-up load; `seed` the world's.
    #[must_use]
    pub fn new(
        settings: ProducerSettings,
        source: Option<Box<dyn Source>>,
        seed: u64,
        now: Millis,
    ) -> Self {
        let seed = salted(seed, &format!("producer {}", settings.name));
        let lines = |key: &KeyRule, pace: &Pace| Lines::new(source, key.clone(), pace.clone(), now);
        let input = match &settings.source {
            SourceSettings::Synthetic(load) => Input::Load(Load::new(load, seed, now)),
            SourceSettings::File(file) => Input::Lines(lines(&file.key, &file.pace)),
            SourceSettings::Stdin { key } => Input::Lines(lines(key, &Pace::FullSpeed)),
            SourceSettings::Host => Input::Lines(lines(&KeyRule::Line, &Pace::FullSpeed)),
        };
        let lossless = matches!(input, Input::Lines(_));
        Self {
            paused: settings.paused,
            began: now,
            packer: settings.aggregate.map(|settings| Packer::new(settings, now)),
            settings,
            input,
            factor: 1.0,
            ended: false,
            next_tick: now.plus(TICK_MS),
            open: EntryBatch::new(),
            calls: VecDeque::new(),
            attempts: BTreeMap::new(),
            spare: Vec::new(),
            last_call: 0,
            retry: Retry::new(salted(seed, "retry"), now, lossless),
            resting: false,
            tally: ProducerTally::default(),
            expired_records: 0,
            refused_last: None,
            last_error: None,
            trouble: None,
            events: VecDeque::new(),
        }
    }

    /// When it began.
    #[must_use]
    pub const fn began(&self) -> Millis {
        self.began
    }

    /// Lets one that has not done anything yet go on as if it had made everything up to `now`.
    pub fn go_on_from(&mut self, now: Millis) {
        self.skip_to(now);
        self.next_tick = now.plus(TICK_MS);
    }

    /// Makes no more records; refused ones are still sent again.
    pub fn pause(&mut self, now: Millis) {
        self.produce(now);
        self.paused = true;
    }

    /// Goes on; what was due in between is not made up for.
    pub fn resume(&mut self, now: Millis) {
        if self.paused {
            self.skip_to(now);
            self.paused = false;
            self.next_tick = now.plus(TICK_MS);
        }
    }

    /// Speeds up or slows down: 1 is as configured.
    pub fn set_rate_factor(&mut self, factor: f64) {
        self.factor = if factor.is_finite() { factor.clamp(0.0, 1e4) } else { 1.0 };
    }

    /// The factor on its rate.
    #[must_use]
    pub fn rate_factor(&self) -> f64 {
        self.factor
    }

    /// What it was told to do.
    #[must_use]
    pub fn settings(&self) -> &ProducerSettings {
        &self.settings
    }

    /// What it did.
    #[must_use]
    pub fn tally(&self) -> &ProducerTally {
        &self.tally
    }

    /// Of the records given up, those that had waited for too long to be sent again.
    #[must_use]
    pub fn expired(&self, now: Millis) -> Expired {
        let long_ago = |at: Millis| now.since(at) > LATELY_MS;
        let is_all = self.expired_records > 0 && self.refused_last.is_none_or(long_ago);
        Expired { records: self.expired_records, is_all }
    }

    /// Records waiting to be sent again, and those that wait to be packed.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.retry.len() + self.packer.as_ref().map_or(0, Packer::waiting)
    }

    /// The last thing that went wrong.
    #[must_use]
    pub fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Paused?
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Has its source ended?
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    fn skip_to(&mut self, now: Millis) {
        match &mut self.input {
            Input::Load(load) => load.skip_to(now),
            Input::Lines(lines) => lines.skip_to(now),
        }
    }

    fn produce(&mut self, now: Millis) {
        if self.paused || self.ended {
            self.skip_to(now);
            return;
        }
        match &mut self.input {
            Input::Load(load) => {
                let due = load.due(now, self.factor);
                self.make(now, due);
            }
            Input::Lines(_) => self.read(now),
        }
        self.close_batch(now);
    }

    fn make(&mut self, now: Millis, due: u64) {
        self.tally.offered_records += due;
        if self.resting && self.retry.is_full() {
            self.give_up(now, due);
            return;
        }
        for _ in 0..due {
            if let Input::Load(load) = &mut self.input {
                load.make(now, &mut self.open);
            }
            self.close_full_batch(now);
        }
    }

    fn read(&mut self, now: Millis) {
        let Input::Lines(lines) = &mut self.input else { return };
        lines.earn(now, self.factor);
        let mut waiting = 0;
        loop {
            let Input::Lines(lines) = &mut self.input else { return };
            // Nothing is read while anything waits: order and lines are kept.
            let doubtful = self.packer.as_ref().map_or(0, Packer::in_doubt);
            if self.retry.len() + doubtful > 0 || waiting >= LINES_MAX || lines.owed == 0 {
                return;
            }
            match lines.next(now) {
                Ok(SourcePoll::Line) => {}
                Ok(SourcePoll::Pending) => return,
                Ok(SourcePoll::Ended) => return self.end(now, "end of input".to_owned()),
                Err(why) => {
                    self.last_error = Some(why.clone());
                    return self.end(now, why);
                }
            }
            waiting += 1;
            self.tally.offered_records += 1;
            match line::key(&lines.key, &lines.line) {
                Some(key) if !lines.line.is_empty() => {
                    self.open.push(&key, lines.line.as_bytes());
                }
                Some(_) | None => self.tally.bad_lines += 1,
            }
            lines.line.clear();
            self.close_full_batch(now);
        }
    }

    fn end(&mut self, now: Millis, why: String) {
        self.ended = true;
        let producer = self.settings.name.clone();
        self.events.push_back(Event { at: now, kind: EventKind::SourceEnded { producer, why } });
    }

    fn close_full_batch(&mut self, now: Millis) {
        if self.open.len() >= PUT_RECORDS_ENTRIES_MAX || self.open.bytes() >= CALL_BYTES {
            self.close_batch(now);
        }
    }

    fn close_batch(&mut self, now: Millis) {
        if self.open.is_empty() {
            return;
        }
        let empty = self.spare.pop().unwrap_or_default();
        let entries = std::mem::replace(&mut self.open, empty);
        match &mut self.packer {
            Some(packer) => {
                packer.pack(now, &entries);
                self.recycle(entries);
            }
            None => self.put(entries),
        }
    }

    /// Puts what is packed, and asks for the shards where they are to be known.
    fn put_packed(&mut self, now: Millis) {
        let Some(packer) = &mut self.packer else { return };
        if let Some(operation) = packer.ask(now, &self.settings.stream) {
            self.last_call += 1;
            self.calls.push_back(Call { id: self.last_call, operation });
        }
        packer.close_due(now);
        while let Some(entries) = self.packer.as_mut().and_then(Packer::collect) {
            self.put(entries);
        }
    }

    /// Puts fresh records, or keeps them until the stream can be asked again.
    fn put(&mut self, entries: EntryBatch) {
        if self.resting {
            let again = Again { entries, attempt: 0, since: self.next_tick };
            self.retry.keep(self.next_tick, again, Some(ERROR_MS));
        } else {
            self.send(entries, None);
        }
    }

    /// User records of these.
    fn count(&self, entries: &EntryBatch) -> u64 {
        if self.packer.is_some() { users_of(entries) as u64 } else { entries.len() as u64 }
    }

    /// Puts records; `tried` says how often that was done before, and since when.
    fn send(&mut self, entries: EntryBatch, tried: Option<(u32, Millis)>) {
        self.last_call += 1;
        let id = self.last_call;
        if let Some(tried) = tried {
            self.attempts.insert(id, tried);
        }
        let stream = self.settings.stream.clone();
        let operation = Operation::PutRecords(PutRecords { stream, entries });
        self.calls.push_back(Call { id, operation });
    }

    /// Gives up records that were refused to the last try, or that there is no room to keep.
    fn give_up(&mut self, now: Millis, records: u64) {
        self.tally.dropped_records += records;
        if records > 0 {
            self.refused_last = Some(now);
        }
    }

    /// Gives up records that have waited for too long to be sent again.
    fn expire(&mut self, now: Millis) {
        let expired = self.retry.expire(now) as u64;
        self.tally.dropped_records += expired;
        self.expired_records += expired;
    }

    fn on_put(&mut self, now: Millis, sent: Again, answer: &PutRecordsAnswer) {
        // That calls were refused, as while the stream was being created, is over.
        if std::mem::take(&mut self.resting) {
            self.last_error = None;
        }
        self.trouble = None;
        let Again { entries, attempt, since } = sent;
        let again =
            if answer.failed == 0 { EntryBatch::new() } else { retry::refused(&entries, answer) };
        let taken = entries.len() - again.len();
        self.tally.accepted_records += match &mut self.packer {
            Some(packer) => packer.on_put(now, &entries, answer),
            None => taken as u64,
        };
        self.tally.kinesis_records += taken as u64;
        self.tally.accepted_bytes += (entries.bytes() - again.bytes()) as u64;
        self.retry.earn(taken);
        self.recycle(entries);
        if again.is_empty() {
            return;
        }
        self.tally.refused_records += self.count(&again);
        let why = answer.outcomes.iter().find_map(|outcome| outcome.result.err());
        self.last_error = why.map(|error| error.code().to_owned());
        let lossless = matches!(self.input, Input::Lines(_));
        let given_up = attempt >= self.settings.retries || self.retry.is_full();
        if given_up && !lossless {
            self.give_up(now, self.count(&again));
        } else {
            self.retry.keep(now, Again { entries: again, attempt: attempt + 1, since }, None);
        }
    }

    /// One event about an error that stays. A stream that is being created needs none.
    fn tell_trouble(&mut self, now: Millis, why: &str) {
        if self.last_error.as_deref() != Some(why) {
            self.trouble = None;
        }
        let trouble = self.trouble.get_or_insert(Trouble { since: now, told: false });
        if trouble.told || now.since(trouble.since) < TROUBLE_MS {
            return;
        }
        trouble.told = true;
        let kind =
            EventKind::PartChanged { part: self.settings.name.clone(), what: why.to_owned() };
        self.events.push_back(Event { at: now, kind });
    }

    fn on_refused(&mut self, now: Millis, sent: Again, error: &ApiError) {
        let why = format!("{}: {error}", error.code());
        self.tell_trouble(now, &why);
        self.last_error = Some(why);
        if matches!(error, ApiError::Validation(_) | ApiError::InvalidArgument(_)) {
            // The records themselves are wrong: sending them again would be refused again.
            self.give_up(now, self.count(&sent.entries));
            return self.recycle(sent.entries);
        }
        self.resting = true;
        // The call as a whole was refused: that does not use up the retries of its records.
        self.retry.keep(now, sent, Some(ERROR_MS));
    }

    fn recycle(&mut self, mut entries: EntryBatch) {
        if self.spare.len() < SPARE_MAX {
            entries.clear();
            self.spare.push(entries);
        }
    }
}

impl Part for Producer {
    fn advance(&mut self, now: Millis) {
        if matches!(self.input, Input::Load(_)) {
            self.expire(now);
        }
        while let Some(Again { entries, attempt, since }) = self.retry.take(now) {
            self.tally.retried_records += self.count(&entries);
            self.send(entries, Some((attempt, since)));
        }
        if now >= self.next_tick {
            self.next_tick = now.plus(TICK_MS);
            self.produce(now);
        }
        self.put_packed(now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        let tick = (!self.paused && !self.ended).then_some(self.next_tick);
        let packed = self.packer.as_ref().and_then(Packer::due);
        tick.into_iter().chain(self.retry.due()).chain(packed).min()
    }

    fn poll_call(&mut self) -> Option<Call> {
        self.calls.pop_front()
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        let (attempt, since) = self.attempts.remove(&call.id).unwrap_or((0, now));
        let Operation::PutRecords(PutRecords { entries, .. }) = call.operation else {
            // The only other thing that is asked for is the shards.
            let taken = self.packer.as_mut().map_or(0, |packer| packer.on_list(now, reply));
            self.tally.accepted_records += taken;
            return;
        };
        let sent = Again { entries, attempt, since };
        match reply {
            Ok(Answer::Put(answer)) => self.on_put(now, sent, &answer),
            Ok(_) => self.recycle(sent.entries),
            Err(error) => self.on_refused(now, sent, &error),
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waited_for_too_long_is_told_from_what_was_refused() {
        let settings = r#"(name: "shop", stream: "orders", source: Synthetic((rate: 10.0)))"#;
        let settings: ProducerSettings = ron::from_str(settings).expect("settings");
        let mut now = Millis(1_000_000);
        let mut producer = Producer::new(settings, None, 1, now);
        let run = |producer: &mut Producer, now: Millis, error: &ApiError| {
            producer.advance(now);
            while let Some(call) = producer.poll_call() {
                producer.on_reply(now, call, Err(error.clone()));
            }
        };
        for _ in 0..35_000 / TICK_MS {
            now = now.plus(TICK_MS);
            run(&mut producer, now, &ApiError::InternalFailure("no".to_owned()));
        }
        let records = producer.tally().dropped_records;
        assert!(records > 0);
        assert_eq!(producer.expired(now), Expired { records, is_all: true });
        now = now.plus(ERROR_MS);
        run(&mut producer, now, &ApiError::Validation("no".to_owned()));
        assert!(!producer.expired(now).is_all);
        assert!(producer.expired(now.plus(LATELY_MS + 1)).is_all);
    }
}
