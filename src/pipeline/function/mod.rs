//! Functions: what mappings invoke, and the pool that they share.
//!
//! An invocation has two ends. [`Functions::begin`] takes an instance and draws length and outcome;
//! [`Functions::end`], called when that length is over, gives the instance back and, if the
//! invocation succeeded, does what the function does. A failed one has done nothing.
//!
//! A function that runs outside of the world has an [`Invoker`] instead: its length and its outcome
//! are what they are, and come by [`Functions::on_outcome`]. Elsewhere, and in virtual time always,
//! the length is `base_ms` times a log-normal factor of median 1, plus a piece a record, plus the
//! cold start. Parts of a millisecond are carried to the next invocation, so the mean is exact.

mod answer;
mod counts;
mod pass;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

use crate::model::chance::salted;
use crate::model::{Event, EventKind, FunctionTally, Histogram, Millis, PartName, RecordRef};
use crate::pipeline::Sink;
use crate::pipeline::concurrency::{Pool, PoolError, Slot, Throttle};
use crate::pipeline::fields;
use crate::pipeline::outside::{Invoke, Invoked, Invoker};
use crate::pipeline::settings::{FunctionKind, FunctionSettings};

use answer::answer;
use counts::Counts;

/// Invocations after which a function outside is taken to be measured.
const MEASURED_MIN: u64 = 20;
/// How many sigmas of a log-normal law 99 of 100 are below.
const SIGMAS_OF_P99: f64 = 2.326;

/// All functions and the pool that they share.
#[derive(Default)]
pub struct Functions {
    /// The functions, by name.
    pub map: BTreeMap<PartName, Function>,
    /// The account's concurrency.
    pub pool: Pool,
    /// Invocations outside: whose they are, and what came of them.
    outside: BTreeMap<u64, (PartName, Option<Invoked>)>,
    next_id: u64,
}

/// An invocation on its way.
#[derive(Debug)]
#[must_use = "an invocation that does not end keeps its instance"]
pub struct Running {
    slot: Slot,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// As long as its settings say.
    Modelled { ends: Millis, failed: bool },
    /// Outside, by this number.
    Outside(u64),
}

/// What an invocation is begun with.
pub struct Invocation<'a> {
    /// How many records.
    pub records: usize,
    /// Its id.
    pub request: &'a str,
    /// The event, written when the function takes one.
    pub event: &'a dyn Fn() -> Vec<u8>,
}

/// What is read from the answer of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// `batchItemFailures`.
    pub failures: bool,
    /// `state`, inside of a tumbling window.
    pub state: bool,
    /// `records`, of a transform.
    pub records: bool,
}

/// What an invocation is ended with.
pub struct Input<'a> {
    /// The records.
    pub records: &'a [RecordRef<'a>],
    /// What is read from the answer.
    pub reads: Reads,
    /// The state that was handed to the function, as JSON; empty outside of a tumbling window.
    pub state: &'a [u8],
}

/// Ids of invocations: UUIDs, each drawn from a seed and a number.
#[derive(Clone, Debug)]
pub struct RequestIds {
    salt: u64,
    next: u64,
}

impl RequestIds {
    /// Ids of one user of them.
    #[must_use]
    pub const fn new(salt: u64) -> Self {
        Self { salt, next: 0 }
    }

    /// The next id: `c6af9ac6-7b61-41e6-9a41-93e8deadbeef`.
    #[must_use]
    pub fn draw(&mut self) -> String {
        self.next += 1;
        let (a, b) = (salted(self.salt ^ self.next, "high"), salted(self.salt ^ self.next, "low"));
        let (version, variant) = (a & 0xfff | 0x4000, b >> 48 & 0x3fff | 0x8000);
        let (time, middle, node) = (a >> 32, a >> 16 & 0xffff, b & 0xffff_ffff_ffff);
        format!("{time:08x}-{middle:04x}-{version:04x}-{variant:04x}-{node:012x}")
    }
}

/// Why an invocation did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No concurrency left.
    Throttled(Throttle),
    /// There is no such function.
    Unknown,
}

impl Functions {
    /// None of them any more. What is still on its way outside will find nobody: no number of an
    /// invocation comes twice.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { next_id: self.next_id, ..Self::default() }
    }

    /// Adds a function, with what is reserved and provisioned for it.
    ///
    /// # Errors
    /// When that does not fit; nothing has changed then.
    pub fn add(&mut self, now: Millis, function: Function) -> Result<(), PoolError> {
        let FunctionSettings { name, reserved, provisioned, .. } = &function.settings;
        self.pool.set_reserved(name, *reserved)?;
        if let Err(why) = self.pool.set_provisioned(now, name, *provisioned) {
            self.pool.forget(name);
            return Err(why);
        }
        self.map.insert(name.clone(), function);
        Ok(())
    }

    /// Removes a function; its running invocations will fail at their end.
    pub fn remove(&mut self, name: &PartName) -> Option<Function> {
        self.pool.forget(name);
        self.outside.retain(|_, (of, _)| of != name);
        self.map.remove(name)
    }

    /// Begins an invocation.
    ///
    /// # Errors
    /// When there is no concurrency left for it, or no such function.
    pub fn begin(
        &mut self,
        now: Millis,
        name: &PartName,
        invocation: &Invocation<'_>,
    ) -> Result<Running, Refusal> {
        let function = self.map.get_mut(name).ok_or(Refusal::Unknown)?;
        let slot = self.pool.try_acquire(now, name).map_err(|throttle| {
            function.refuse(throttle);
            Refusal::Throttled(throttle)
        })?;
        if slot.provisioned() {
            function.tally.provisioned_invocations += 1;
        } else if self.pool.provisioned_for(name).is_some()
            && self.pool.ready_at(now, name).is_none()
        {
            function.tally.spillover_invocations += 1;
        }
        let Some(invoker) = &mut function.invoker else {
            let (ms, failed) = function.draw(invocation.records, slot.cold());
            let way = Way::Modelled { ends: now.plus(ms), failed };
            return Ok(Running { slot, way });
        };
        self.next_id += 1;
        let id = self.next_id;
        self.outside.insert(id, (name.clone(), None));
        let (request, event) = (invocation.request.to_owned(), (invocation.event)());
        invoker.invoke(Invoke { id, request, event });
        Ok(Running { slot, way: Way::Outside(id) })
    }

    /// When an invocation ends; for one outside that is when it has, and never before.
    #[must_use]
    pub fn ends(&self, running: &Running) -> Millis {
        match running.way {
            Way::Modelled { ends, .. } => ends,
            Way::Outside(id) => match self.outside.get(&id) {
                Some((_, None)) => Millis::NEVER,
                Some((_, Some(_))) | None => Millis::ZERO,
            },
        }
    }

    /// Takes what came of an invocation outside; answers whether anybody waits for it.
    pub fn on_outcome(&mut self, outcome: Invoked) -> bool {
        let Some((_, came)) = self.outside.get_mut(&outcome.id) else { return false };
        *came = Some(outcome);
        true
    }

    /// Ends an invocation: what it does happens now, unless it failed. Answers what the function
    /// answered, JSON or nothing.
    ///
    /// # Errors
    /// When the invocation failed, with the reason.
    pub fn end(
        &mut self,
        now: Millis,
        running: Running,
        input: &Input<'_>,
    ) -> Result<Vec<u8>, String> {
        let result = match (self.map.get_mut(running.slot.function()), running.way) {
            (Some(function), Way::Modelled { failed, .. }) => function.finish(now, failed, input),
            (Some(function), Way::Outside(id)) => {
                let outcome = self.outside.remove(&id).and_then(|(_, outcome)| outcome);
                function.settle(outcome)
            }
            (None, _) => Err(format!("function `{}` was removed", running.slot.function())),
        };
        self.pool.release(now, running.slot);
        result
    }

    /// Gives the instance of an invocation back that nobody waits for any more.
    pub fn abandon(&mut self, now: Millis, running: Running) {
        if let Way::Outside(id) = running.way {
            self.outside.remove(&id);
            let function = self.map.get_mut(running.slot.function());
            if let Some(invoker) = function.and_then(|function| function.invoker.as_mut()) {
                invoker.cancel(id);
            }
        }
        self.pool.release(now, running.slot);
    }
}

/// A function.
pub struct Function {
    settings: FunctionSettings,
    sink: Option<Box<dyn Sink>>,
    invoker: Option<Box<dyn Invoker>>,
    /// Starts of instances outside: how many, and how long they took, milliseconds.
    inits: (u64, f64),
    rng: Pcg64Mcg,
    factor: LogNormal<f64>,
    carry_us: u64,
    tally: FunctionTally,
    durations: Histogram,
    counts: Counts,
    quiet_until: Millis,
    line: Vec<u8>,
    events: VecDeque<Event>,
}

impl Function {
    /// A function that has not run yet. `sink` is for those that archive; `seed` is the world's.
    #[must_use]
    pub fn new(settings: FunctionSettings, sink: Option<Box<dyn Sink>>, seed: u64) -> Self {
        let salt = salted(seed, &format!("function {}", settings.name));
        let factor = LogNormal::new(0.0, settings.spread)
            .unwrap_or_else(|_| LogNormal::new(0.0, 0.0).expect("zero is a spread"));
        Self {
            rng: Pcg64Mcg::seed_from_u64(salt),
            factor,
            settings,
            sink,
            invoker: None,
            inits: (0, 0.0),
            carry_us: 0,
            tally: FunctionTally::default(),
            durations: Histogram::default(),
            counts: Counts::default(),
            quiet_until: Millis::ZERO,
            line: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Lets it run outside of the world.
    pub fn set_invoker(&mut self, invoker: Option<Box<dyn Invoker>>) {
        self.invoker = invoker;
    }

    /// Its settings; those of a function that ran outside often enough say how long that took, so
    /// that in virtual time it takes as long.
    #[must_use]
    pub fn measured(&self) -> FunctionSettings {
        let mut settings = self.settings.clone();
        if self.invoker.is_none() || self.durations.total() < MEASURED_MIN {
            return settings;
        }
        let (half, most) = (self.durations.percentile(0.5), self.durations.percentile(0.99));
        let (half, most) = ((half as f64).max(0.5), (most as f64).max(0.5));
        settings.base_ms = half;
        settings.spread = ((most / half).ln() / SIGMAS_OF_P99).clamp(0.0, 3.0);
        settings.per_record_us = 0.0;
        if self.inits.0 > 0 {
            settings.cold_start_ms = self.inits.1 / self.inits.0 as f64;
        }
        settings
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &FunctionSettings {
        &self.settings
    }

    /// What it did.
    #[must_use]
    pub const fn tally(&self) -> &FunctionTally {
        &self.tally
    }

    /// How long its invocations took, milliseconds.
    #[must_use]
    pub const fn durations(&self) -> &Histogram {
        &self.durations
    }

    /// The most frequent values of the minute up to `now`, for functions that count or watch.
    #[must_use]
    pub fn top(&self, now: Millis) -> Vec<(String, u64)> {
        match &self.settings.kind {
            FunctionKind::Count { top, .. } => self.counts.top(now, *top),
            FunctionKind::Spike { .. } => self.counts.top(now, 10),
            FunctionKind::Simulated
            | FunctionKind::Archive { .. }
            | FunctionKind::Notify { .. }
            | FunctionKind::Process(_)
            | FunctionKind::Http { .. } => Vec::new(),
        }
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn refuse(&mut self, throttle: Throttle) {
        self.tally.throttles += 1;
        let of_its_kind = match throttle {
            Throttle::AccountLimit => &mut self.tally.account_throttles,
            Throttle::ReservedLimit => &mut self.tally.reserved_throttles,
            Throttle::ScalingRate => &mut self.tally.scaling_throttles,
            Throttle::RequestRate => &mut self.tally.request_throttles,
            Throttle::ReservedRequestRate => &mut self.tally.reserved_request_throttles,
        };
        *of_its_kind += 1;
    }

    /// Length in milliseconds, and whether it fails. Both are drawn each time, so that changing
    /// one setting does not change the other's story.
    fn draw(&mut self, records: usize, cold: bool) -> (u64, bool) {
        let FunctionSettings { base_ms, per_record_us, error_rate, cold_start_ms, .. } =
            self.settings;
        let factor = self.factor.sample(&mut self.rng);
        let failed = self.rng.random::<f64>() < error_rate;
        let start_ms = if cold { cold_start_ms } else { 0.0 };
        let us = (base_ms * factor + start_ms) * 1_000.0 + per_record_us * records as f64;
        let us = us as u64 + self.carry_us;
        self.carry_us = us % 1_000;
        let ms = us / 1_000;
        // What is told of an invocation is how long it ran; the start before it is told apart.
        let ran_ms = ms.saturating_sub(start_ms as u64);
        self.tally.cold_starts += u64::from(cold);
        self.tally.duration_ms += ran_ms;
        self.durations.record(ran_ms);
        (ms, failed)
    }

    fn finish(&mut self, now: Millis, failed: bool, input: &Input<'_>) -> Result<Vec<u8>, String> {
        self.tally.invocations += 1;
        let result = match self.first_bad(input.records) {
            _ if failed => Err("simulated error".to_owned()),
            _ if input.reads.records => self.pass_on(now, input.records),
            None => self.act(now, input.records).map(|()| answer(input, None)),
            Some(bad) if input.reads.failures && self.settings.reports_failures => {
                let answer = answer(input, Some(&input.records[bad]));
                self.act(now, &input.records[..bad]).map(|()| answer)
            }
            Some(bad) => {
                let sequence = input.records[bad].sequence;
                Err(format!("simulated error: record {sequence} cannot be digested"))
            }
        };
        self.tally.errors += u64::from(result.is_err());
        result
    }

    /// Takes what came of an invocation outside.
    fn settle(&mut self, outcome: Option<Invoked>) -> Result<Vec<u8>, String> {
        self.tally.invocations += 1;
        let Some(Invoked { answer, ms, init_ms, .. }) = outcome else {
            self.tally.errors += 1;
            return Err("nothing came of it".to_owned());
        };
        let us = (ms * 1_000.0) as u64 + self.carry_us;
        self.carry_us = us % 1_000;
        self.tally.duration_ms += us / 1_000;
        self.durations.record(ms.round() as u64);
        if let Some(init_ms) = init_ms {
            self.tally.cold_starts += 1;
            self.inits = (self.inits.0 + 1, self.inits.1 + init_ms);
        }
        self.tally.errors += u64::from(answer.is_err());
        answer
    }

    /// The first record that it cannot digest.
    fn first_bad(&self, records: &[RecordRef<'_>]) -> Option<usize> {
        let condition = self.settings.fails_on.as_ref()?;
        records.iter().position(|record| {
            serde_json::from_slice(record.data).is_ok_and(|value| fields::holds(condition, &value))
        })
    }

    fn act(&mut self, now: Millis, records: &[RecordRef<'_>]) -> Result<(), String> {
        match &self.settings.kind {
            FunctionKind::Simulated | FunctionKind::Process(_) | FunctionKind::Http { .. } => {
                Ok(())
            }
            FunctionKind::Archive { .. } => self.archive(records),
            FunctionKind::Count { field, .. } => {
                for (record, value) in parsed(records) {
                    fields::each_value(&value, field, |text| {
                        self.counts.add(text, record.arrival);
                    });
                }
                Ok(())
            }
            FunctionKind::Notify { when, text, quiet_s } => {
                let quiet = now < self.quiet_until;
                if !quiet && parsed(records).any(|(_, value)| fields::holds(when, &value)) {
                    self.quiet_until = now.plus(u64::from(*quiet_s) * 1_000);
                    let text = text.clone();
                    self.say(now, text);
                }
                Ok(())
            }
            FunctionKind::Spike { field, factor, least } => {
                let mut said = Vec::new();
                for (record, value) in parsed(records) {
                    fields::each_value(&value, field, |text| {
                        if self.counts.add(text, record.arrival) < *least {
                            return;
                        }
                        if let Some(spike) = self.counts.spike(text, *factor, *least) {
                            let (count, usual) = (spike.count, spike.usual);
                            said.push(format!("{text}: {count} in 5 s, usual {usual:.1}"));
                        }
                    });
                }
                said.into_iter().for_each(|text| self.say(now, text));
                Ok(())
            }
        }
    }

    fn archive(&mut self, records: &[RecordRef<'_>]) -> Result<(), String> {
        let Some(sink) = &mut self.sink else {
            return Err(format!(
                "function `{}` has no open file to archive to",
                self.settings.name
            ));
        };
        self.line.clear();
        for record in records {
            push_line(&mut self.line, record.data);
        }
        sink.append(&self.line)
    }

    fn say(&mut self, at: Millis, text: String) {
        let function = self.settings.name.clone();
        self.events.push_back(Event { at, kind: EventKind::Notification { function, text } });
    }
}

/// One line: text without line ends as it is, everything else as a JSON string.
fn push_line(into: &mut Vec<u8>, data: &[u8]) {
    match std::str::from_utf8(data) {
        Ok(text) if !text.contains(['\n', '\r']) => into.extend_from_slice(data),
        Ok(_) | Err(_) => {
            let text = Value::String(String::from_utf8_lossy(data).into_owned());
            into.extend_from_slice(text.to_string().as_bytes());
        }
    }
    into.push(b'\n');
}

fn parsed<'a, 'b>(
    records: &'a [RecordRef<'b>],
) -> impl Iterator<Item = (&'a RecordRef<'b>, Value)> {
    records
        .iter()
        .filter_map(|record| serde_json::from_slice(record.data).ok().map(|value| (record, value)))
}
