//! A transform: stages between two streams, an own instance for each shard.
//!
//! A shard is read, its records go through the stages, the results are put into the output stream.
//! While results of a shard wait, the shard is not read on: a slow output slows the input, nothing
//! is dropped. Results that the output refuses are put again, before any later ones, with a pause
//! that doubles from 100 ms to 5 s. As with any PutRecords, records of one batch that were refused
//! arrive after their neighbors that were not.
//!
//! Records that a stage cannot handle are counted, and the last of them are kept with their reason.
//! Absent: checkpoints; a new transform begins at the trim horizon.

use std::collections::{BTreeMap, VecDeque};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::api::{Answer, Operation, PutRecords, PutRecordsAnswer};
use crate::model::chance::salted;
use crate::model::limits::{
    GET_RECORDS_MAX, MAPPING_POLL_MS, PUT_RECORDS_BYTES_MAX, PUT_RECORDS_ENTRIES_MAX,
};
use crate::model::{
    ConsumerTally, EntryBatch, EntryRef, Event, EventKind, Millis, RecordBatch, ShardId,
    StageTally, TransformTally,
};
use crate::pipeline::follow::{Follower, News, Rhythm};
use crate::pipeline::settings::{Stage, StartingPosition, TransformSettings};
use crate::pipeline::stage::{Outcome, Stages};
use crate::pipeline::{Call, Part, Reply};

/// A transform reads as a mapping does: it leaves calls to its neighbors while it keeps up.
const RHYTHM: Rhythm = Rhythm { calm_ms: MAPPING_POLL_MS, behind_ms: 200 };
/// First pause after a refused put; it doubles with each further one.
const BACKOFF_MS: u64 = 100;
const BACKOFF_MS_MAX: u64 = 5_000;
/// Failures that are kept.
const FAILURES: usize = 20;
/// At most one event about a failure in this time, milliseconds.
const FAILURE_EVENT_MS: u64 = 1_000;

/// The instance of one shard.
struct Run {
    stages: Stages,
    waiting: VecDeque<EntryBatch>,
    sending: bool,
    due: Millis,
    refusals: u32,
}

/// A transform.
pub struct Transform {
    settings: TransformSettings,
    follower: Follower,
    reads: ConsumerTally,
    runs: BTreeMap<ShardId, Run>,
    calls: VecDeque<Call>,
    events: VecDeque<Event>,
    tally: TransformTally,
    failures: VecDeque<String>,
    quiet_until: Millis,
    rng: Pcg64Mcg,
    /// What the stages did in shards that were read out.
    ended: Vec<StageTally>,
}

impl Transform {
    /// A transform that begins now, at the oldest record.
    #[must_use]
    pub fn new(settings: TransformSettings, seed: u64, now: Millis) -> Self {
        let (from, start) = (settings.from.clone(), StartingPosition::TrimHorizon);
        let salt = salted(seed, &format!("transform {}", settings.name));
        Self {
            follower: Follower::new(from, start, RHYTHM, BTreeMap::new(), salt, now),
            reads: ConsumerTally::default(),
            ended: vec![StageTally::default(); settings.stages.len()],
            settings,
            runs: BTreeMap::new(),
            calls: VecDeque::new(),
            events: VecDeque::new(),
            tally: TransformTally::default(),
            failures: VecDeque::new(),
            quiet_until: Millis::ZERO,
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
        for run in self.runs.values_mut() {
            run.stages = Stages::new(stages.clone());
        }
        std::mem::replace(&mut self.settings.stages, stages)
    }

    /// Is any shard waiting to put again what was refused?
    #[must_use]
    pub fn is_retrying(&self) -> bool {
        self.runs.values().any(|run| run.refusals > 0)
    }

    /// How far the shard furthest behind is behind its tip, milliseconds.
    #[must_use]
    pub fn behind_ms(&self, now: Millis) -> u64 {
        self.follower.behind_ms(now)
    }

    fn on_records(&mut self, now: Millis, records: &RecordBatch) {
        let fresh = || Run {
            stages: Stages::new(self.settings.stages.clone()),
            waiting: VecDeque::new(),
            sending: false,
            due: now,
            refusals: 0,
        };
        let run = self.runs.entry(records.shard).or_insert_with(fresh);
        let mut failed = Vec::new();
        for record in records.iter() {
            self.tally.in_records += 1;
            match run.stages.run(record.partition_key, record.data) {
                Ok(Outcome::Keep { key, data }) => run.push(EntryRef {
                    partition_key: key.as_deref().unwrap_or(record.partition_key),
                    explicit_hash_key: None,
                    data: data.as_deref().unwrap_or(record.data),
                }),
                Ok(Outcome::Many(emitted)) => {
                    for one in &emitted {
                        run.push(EntryRef {
                            partition_key: one.key.as_deref().unwrap_or(record.partition_key),
                            explicit_hash_key: None,
                            data: &one.data,
                        });
                    }
                }
                Ok(Outcome::Drop) => self.tally.dropped_records += 1,
                Err(why) => failed.push(why),
            }
        }
        failed.into_iter().for_each(|why| self.on_failure(now, why));
    }

    fn on_failure(&mut self, now: Millis, why: String) {
        self.tally.failed_records += 1;
        if now >= self.quiet_until {
            self.quiet_until = now.plus(FAILURE_EVENT_MS);
            let (transform, why) = (self.settings.name.clone(), why.clone());
            let kind = EventKind::TransformFailed { transform, why };
            self.events.push_back(Event { at: now, kind });
        }
        if self.failures.len() == FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(why);
    }

    /// The output has taken everything of this shard.
    fn is_idle(&self, shard: ShardId) -> bool {
        self.runs.get(&shard).is_none_or(Run::idle)
    }

    /// Reads on where the output has caught up, and finishes what was read out.
    fn read_on(&mut self, now: Millis) {
        let idle: Vec<_> = self.follower.live().filter(|shard| self.is_idle(*shard)).collect();
        for shard in idle {
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

    fn send(&mut self, now: Millis) {
        for (shard, run) in &mut self.runs {
            if run.sending || run.due > now {
                continue;
            }
            if let Some(entries) = run.waiting.pop_front() {
                run.sending = true;
                let put = PutRecords { stream: self.settings.to.clone(), entries };
                let operation = Operation::PutRecords(put);
                self.calls.push_back(Call { id: u64::from(shard.0), operation });
            }
        }
    }

    fn on_put(&mut self, now: Millis, shard: ShardId, entries: &EntryBatch, reply: Reply) {
        let answer = match reply {
            Ok(Answer::Put(answer)) => Some(answer),
            Ok(_) | Err(_) => None,
        };
        let pause = self.rng.random_range(0.5..1.0);
        let Some(run) = self.runs.get_mut(&shard) else { return };
        run.sending = false;
        let left = refused(entries, answer.as_ref());
        self.tally.out_records += (entries.len() - left.len()) as u64;
        if left.is_empty() {
            run.refusals = 0;
        } else {
            self.tally.retried_records += left.len() as u64;
            let doubled = BACKOFF_MS << run.refusals.min(10);
            run.refusals += 1;
            run.due = now.plus((doubled.min(BACKOFF_MS_MAX) as f64 * pause) as u64);
            run.waiting.push_front(left);
        }
    }
}

fn add(sum: &mut [StageTally], more: &[StageTally]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| sum.add(more));
}

impl Run {
    fn idle(&self) -> bool {
        self.waiting.is_empty() && !self.sending
    }

    fn push(&mut self, entry: EntryRef<'_>) {
        let bytes = entry.partition_key.len() + entry.data.len();
        let fits = |batch: &EntryBatch| {
            batch.len() < PUT_RECORDS_ENTRIES_MAX && batch.bytes() + bytes <= PUT_RECORDS_BYTES_MAX
        };
        if !self.waiting.back().is_some_and(fits) {
            self.waiting.push_back(EntryBatch::new());
        }
        self.waiting.back_mut().expect("one was just put there").push_entry(entry);
    }
}

/// The entries that must be put again: all of them when the call as a whole failed.
fn refused(entries: &EntryBatch, answer: Option<&PutRecordsAnswer>) -> EntryBatch {
    let mut left = EntryBatch::new();
    for (n, entry) in entries.iter().enumerate() {
        if answer.is_none_or(|answer| answer.outcomes[n].result.is_err()) {
            left.push_entry(entry);
        }
    }
    left
}

impl Part for Transform {
    fn advance(&mut self, now: Millis) {
        self.read_on(now);
        self.follower.advance(now);
        self.send(now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        let ready = |run: &&Run| !run.sending && !run.waiting.is_empty();
        let puts = self.runs.values().filter(ready).map(|run| run.due);
        let due = |shard| match self.follower.ended(shard) {
            true => Some(Millis::ZERO),
            false => self.follower.ready_at(shard),
        };
        let idle = self.follower.live().filter(|shard| self.is_idle(*shard));
        let reads = idle.filter_map(due).chain([self.follower.next_deadline()]);
        puts.chain(reads).min().filter(|at| *at != Millis::NEVER)
    }

    fn poll_call(&mut self) -> Option<Call> {
        self.calls.pop_front().or_else(|| self.follower.poll_call())
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        if let Operation::PutRecords(put) = &call.operation {
            let shard = ShardId(u32::try_from(call.id).expect("the id of a put is its shard"));
            self.on_put(now, shard, &put.entries, reply);
            return;
        }
        match self.follower.on_reply(now, &call, reply, &mut self.reads) {
            News::Records(records) => self.on_records(now, &records),
            News::Nothing => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
