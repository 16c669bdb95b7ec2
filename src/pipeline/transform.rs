//! A transform: stages between streams, an own instance for each shard.
//!
//! A shard is read, its records go through the stages, the results are put into the output stream, or
//! into another that a program routes them to. While results of a shard wait, the shard is not read
//! on: a slow output slows the input, nothing is dropped. Results that an output refuses are put
//! again, before any later ones, with a pause that doubles from 100 ms to 5 s. As with any PutRecords,
//! records of one batch that were refused arrive after their neighbors that were not.
//!
//! Where the first stage is a function it is invoked with what was read, one invocation a shard at a
//! time; what it answers goes through the other stages. What fails or is refused is tried again
//! (`queue.rs`), and only then do its records fail.
//!
//! Records that a stage cannot handle, or an output will never take, are counted, the last of them are
//! kept with their reason, and each is told to the stream of errors, if there is one.
//! Absent: checkpoints; a new transform begins at the trim horizon.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::api::{Operation, PutRecords};
use crate::model::chance::salted;
use crate::model::limits::{GET_RECORDS_MAX, MAPPING_POLL_MS};
use crate::model::{
    ConsumerTally, Event, Millis, PartName, RecordBatch, ShardId, StageTally, StreamName,
    TransformTally,
};
use crate::pipeline::agenda::Agenda;
use crate::pipeline::follow::{Follower, News, Rhythm};
use crate::pipeline::function::{Functions, RequestIds};
use crate::pipeline::settings::{Stage, StartingPosition, TransformSettings};
use crate::pipeline::stage::Stages;
use crate::pipeline::{Call, Invoking, Reply, Subscriber};

use exits::Exits;
use failure::Failures;
use outlet::{Came, Outlet};
use queue::{Queue, Reach};

mod batch;
mod exits;
mod failure;
pub mod in_place;
mod outlet;
mod queue;

/// A transform reads as a mapping does: it leaves calls to its neighbors while it keeps up.
const RHYTHM: Rhythm = Rhythm { calm_ms: MAPPING_POLL_MS, behind_ms: 200 };

/// The instance of one shard.
struct Run {
    /// What waits for the function, where the first stage is one.
    queue: Queue,
    stages: Stages,
    /// One for each output, and one for errors.
    outlets: Vec<Outlet>,
}

/// A transform.
pub struct Transform {
    settings: TransformSettings,
    follower: Follower,
    reads: ConsumerTally,
    runs: BTreeMap<ShardId, Run>,
    agenda: Agenda,
    deadline: Millis,
    calls: VecDeque<Call>,
    events: VecDeque<Event>,
    tally: TransformTally,
    failures: Failures,
    rng: Pcg64Mcg,
    /// What the stages did in shards that were read out.
    ended: Vec<StageTally>,
    requests: RequestIds,
    /// The outputs, and where errors go.
    streams: Vec<StreamName>,
    /// Records put into each of them.
    put_records: Vec<u64>,
}

impl Transform {
    /// A transform that begins now, at the oldest record.
    #[must_use]
    pub fn new(settings: TransformSettings, seed: u64, now: Millis) -> Self {
        let (from, start) = (settings.from.clone(), StartingPosition::TrimHorizon);
        let salt = salted(seed, &format!("transform {}", settings.name));
        let streams: Vec<_> = settings.outputs().chain(&settings.errors).cloned().collect();
        Self {
            follower: Follower::new(from, start, RHYTHM, BTreeMap::new(), salt, now),
            reads: ConsumerTally::default(),
            ended: vec![StageTally::default(); settings.stages.len()],
            requests: RequestIds::new(salt),
            put_records: vec![0; streams.len()],
            streams,
            settings,
            runs: BTreeMap::new(),
            agenda: Agenda::default(),
            deadline: now,
            calls: VecDeque::new(),
            events: VecDeque::new(),
            tally: TransformTally::default(),
            failures: Failures::default(),
            rng: Pcg64Mcg::seed_from_u64(seed),
        }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &TransformSettings {
        &self.settings
    }

    /// What it did.
    #[must_use]
    pub fn tally(&self) -> &TransformTally {
        &self.tally
    }

    /// Records put into each output, and last into the stream of errors, if there is one.
    pub fn put_records(&self) -> impl Iterator<Item = (&StreamName, u64)> {
        self.streams.iter().zip(self.put_records.iter().copied())
    }

    /// The last records that a stage could not handle, oldest first.
    pub fn failures(&self) -> impl Iterator<Item = &String> {
        self.failures.iter()
    }

    /// What each stage did, in all shards; since it was last given other stages.
    #[must_use]
    pub fn stage_tallies(&self) -> Vec<StageTally> {
        let mut sum = self.ended.clone();
        for run in self.runs.values() {
            add(&mut sum, run.stages.tallies());
        }
        sum
    }

    /// Lets records that are read from now on go through other stages; answers those before. What
    /// was read is put as it is.
    pub fn set_stages(&mut self, stages: Vec<Stage>) -> Vec<Stage> {
        self.ended = vec![StageTally::default(); stages.len()];
        let outputs: Vec<_> = self.settings.outputs().cloned().collect();
        for run in self.runs.values_mut() {
            run.stages = Stages::new(stages.clone(), outputs.clone());
        }
        self.hurry();
        std::mem::replace(&mut self.settings.stages, stages)
    }

    /// Is any shard waiting to put again what was refused?
    #[must_use]
    pub fn is_retrying(&self) -> bool {
        let retries =
            |run: &Run| run.queue.is_retrying() || run.outlets.iter().any(Outlet::is_retrying);
        self.runs.values().any(retries)
    }

    /// Shards that are read, each of which wants one invocation at a time.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.follower.live().count()
    }

    /// How far the shard furthest behind is behind its tip, milliseconds.
    #[must_use]
    pub fn behind_ms(&self, now: Millis) -> u64 {
        self.follower.behind_ms(now)
    }

    /// How far each shard that is read is behind, milliseconds.
    pub fn ages(&self, now: Millis) -> impl Iterator<Item = (ShardId, u64)> {
        self.follower.ages(now)
    }

    fn on_records(&mut self, now: Millis, records: RecordBatch) {
        let fresh = || {
            let outputs = self.settings.outputs().cloned().collect();
            let outlets = self.streams.iter().map(|_| Outlet::default()).collect();
            let stages = Stages::new(self.settings.stages.clone(), outputs);
            Run { queue: Queue::default(), stages, outlets }
        };
        let run = self.runs.entry(records.shard).or_insert_with(fresh);
        self.tally.in_records += records.len() as u64;
        if self.settings.function().is_some() || !run.queue.is_idle() {
            run.queue.push(records);
            return;
        }
        let Run { stages, outlets, .. } = run;
        let (settings, shard, tally) = (&self.settings, records.shard, &mut self.tally);
        let mut exits = Exits { now, settings, shard, outlets, tally };
        let mut failed = Vec::new();
        records.iter().for_each(|record| exits.take(&record, stages, &mut failed));
        failed.into_iter().for_each(|why| self.on_failure(now, why));
    }

    /// Looks at all shards as soon as it is driven.
    fn hurry(&mut self) {
        self.agenda.hurry(self.follower.live().chain(self.runs.keys().copied()));
        self.deadline = Millis::ZERO;
    }

    /// Invokes the function where records wait for it, and takes what it has answered.
    fn step_function(&mut self, now: Millis, functions: &mut Functions, due: &BTreeSet<ShardId>) {
        let mut failed = Vec::new();
        for shard in due {
            let Some(run) = self.runs.get_mut(shard) else { continue };
            let (settings, shard) = (&self.settings, *shard);
            let (requests, rng) = (&mut self.requests, &mut self.rng);
            let mut reach = Reach { now, settings, functions, requests, rng };
            loop {
                let verdicts = run.queue.step(shard, &mut reach);
                if verdicts.is_empty() {
                    break;
                }
                let Run { queue, stages, outlets } = run;
                let mut exits = Exits { now, settings, shard, outlets, tally: &mut self.tally };
                for (record, verdict) in queue.told().zip(verdicts) {
                    failed.extend(exits.judge(&record, verdict, stages));
                }
                run.queue.advance();
            }
        }
        failed.into_iter().for_each(|why| self.on_failure(now, why));
    }

    fn on_failure(&mut self, now: Millis, why: String) {
        self.tally.failed_records += 1;
        self.events.extend(self.failures.add(now, &self.settings.name, why));
    }

    /// The output has taken everything of this shard.
    fn is_idle(&self, shard: ShardId) -> bool {
        self.runs.get(&shard).is_none_or(Run::is_idle)
    }

    /// Reads on where the output has caught up, and finishes what was read out.
    fn read_on(&mut self, now: Millis, due: &BTreeSet<ShardId>) {
        for shard in due.iter().copied() {
            if !self.is_idle(shard) {
                continue;
            }
            if self.follower.ended(shard) {
                if let Some(run) = self.runs.remove(&shard) {
                    add(&mut self.ended, run.stages.tallies());
                }
                self.follower.finish(now, shard);
            } else if self.follower.ready_at(shard).is_some_and(|at| at <= now) {
                self.follower.read(shard, GET_RECORDS_MAX);
            }
        }
    }

    fn send(&mut self, now: Millis, due: &BTreeSet<ShardId>) {
        for shard in due {
            let Some(run) = self.runs.get_mut(shard) else { continue };
            for (nth, (outlet, stream)) in run.outlets.iter_mut().zip(&self.streams).enumerate() {
                if let Some(entries) = outlet.send(now) {
                    let put = PutRecords { stream: stream.clone(), entries };
                    let operation = Operation::PutRecords(put);
                    self.calls.push_back(Call { id: call_id(*shard, nth), operation });
                }
            }
        }
    }

    /// Looks at these shards again when there will be something to do.
    fn plan(&mut self, due: &BTreeSet<ShardId>, functions: &Functions) {
        for shard in due {
            let at = self.shard_deadline(*shard, functions);
            self.agenda.set(*shard, at);
        }
        self.deadline = self.agenda.next().min(self.follower.next_deadline());
    }

    fn shard_deadline(&self, shard: ShardId, functions: &Functions) -> Millis {
        let idle = self.is_idle(shard);
        let read = self.follower.ready_at(shard).filter(|_| idle).unwrap_or(Millis::NEVER);
        let Some(run) = self.runs.get(&shard) else { return read };
        let puts = run.outlets.iter().filter_map(Outlet::deadline);
        puts.fold(read.min(run.queue.deadline(functions)), Millis::min)
    }

    fn on_put(&mut self, now: Millis, id: u64, put: &PutRecords, reply: Reply) {
        let (shard, nth) = outlet_of(id);
        let share = self.rng.random_range(0.5..1.0);
        let Some(run) = self.runs.get_mut(&shard) else { return };
        self.agenda.set(shard, Millis::ZERO);
        let outlet = run.outlets.get_mut(nth).zip(self.put_records.get_mut(nth));
        let Some((outlet, put_records)) = outlet else { return };
        let is_output = nth < self.settings.outputs().count();
        match outlet.on_put(now, &put.entries, reply, share) {
            Came::Put { taken, again } => {
                *put_records += taken;
                self.tally.out_records += if is_output { taken } else { 0 };
                self.tally.retried_records += again;
            }
            Came::Impossible(why) => {
                self.on_failure(now, format!("{} does not take it: {why}", put.stream));
            }
        }
    }
}

/// The number of a put says whose it is.
fn call_id(shard: ShardId, outlet: usize) -> u64 {
    u64::from(shard.0) << 8 | outlet as u64
}

fn outlet_of(id: u64) -> (ShardId, usize) {
    let shard = u32::try_from(id >> 8).expect("invariant: the id of a put begins with its shard");
    (ShardId(shard), (id & 0xff) as usize)
}

fn add(sum: &mut [StageTally], more: &[StageTally]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| sum.add(more));
}

impl Run {
    fn is_idle(&self) -> bool {
        self.queue.is_idle() && self.outlets.iter().all(Outlet::is_idle)
    }
}

impl Subscriber for Transform {
    fn name(&self) -> &PartName {
        &self.settings.name
    }
}

impl Invoking for Transform {
    fn function(&self) -> Option<&PartName> {
        self.settings.function()
    }

    fn advance(&mut self, now: Millis, functions: &mut Functions) {
        let mut due = self.agenda.take(now);
        due.extend(self.follower.take_changed());
        self.step_function(now, functions, &due);
        self.read_on(now, &due);
        self.follower.advance(now);
        self.send(now, &due);
        due.extend(self.follower.take_changed());
        self.plan(&due, functions);
    }

    fn next_deadline(&self) -> Option<Millis> {
        (self.deadline != Millis::NEVER).then_some(self.deadline)
    }

    fn poll_call(&mut self, _now: Millis) -> Option<Call> {
        self.calls.pop_front().or_else(|| self.follower.poll_call())
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        self.deadline = now;
        if let Operation::PutRecords(put) = &call.operation {
            self.on_put(now, call.id, put, reply);
            return;
        }
        match self.follower.on_reply(now, &call, reply, &mut self.reads) {
            News::Records(records) => self.on_records(now, records),
            News::Nothing => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn wake(&mut self) {
        let waiting = self.runs.iter().filter(|(_, run)| !run.queue.is_idle());
        self.agenda.hurry(waiting.map(|(shard, _)| *shard));
        self.deadline = Millis::ZERO;
    }

    fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        self.runs.values_mut().for_each(|run| run.queue.abandon(now, functions));
    }
}
