//! Parts of pipelines as viewers see them, and what a session promised of them.

use serde::{Deserialize, Serialize};

use crate::model::{
    ConsumerTally, MappingState, PartName, ProducerTally, ShardId, StageTally, StreamName,
    TransformTally,
};
use crate::snapshot::{FanOutView, Spark};

/// What a part is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartState {
    /// At work.
    Running,
    /// Stopped by the operator.
    Paused,
    /// Refused and waiting to try again.
    Retrying,
    /// Its source has ended.
    Ended,
    /// It cannot go on.
    Failed,
}

impl PartState {
    /// The word shown to users.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Retrying => "RETRYING",
            Self::Ended => "ENDED",
            Self::Failed => "FAILED",
        }
    }
}

/// A producer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProducerView {
    /// Its name.
    pub name: PartName,
    /// The stream that it feeds.
    pub stream: StreamName,
    /// What it is: `synthetic clicks`, `file access.log`.
    pub kind: String,
    /// What it is doing.
    pub state: PartState,
    /// Factor on its rate, set while running; 1 is as configured.
    pub rate_factor: f64,
    /// Records made a second.
    pub offered_per_s: f64,
    /// Records acknowledged a second.
    pub accepted_per_s: f64,
    /// Refusals a second.
    pub refused_per_s: f64,
    /// Records waiting to be sent again.
    pub backlog: usize,
    /// Records given up a second, at the worst of the last seconds.
    pub dropped_held_per_s: f64,
    /// Counters since it was attached.
    pub tally: ProducerTally,
    /// The last thing that went wrong.
    pub last_error: Option<String>,
    /// What it gave up since it had waited for too long, if it did.
    #[serde(default)]
    pub expired: Option<ExpiredView>,
}

/// Records that a producer gave up since they had waited for too long to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredView {
    /// Records, since it was attached. They are among those that it gave up.
    pub records: u64,
    /// Whatever it gave up in the last seconds had waited so: nothing was refused to its last try.
    pub is_all: bool,
}

/// What was put into a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutView {
    /// The stream.
    pub stream: StreamName,
    /// Records.
    pub records: u64,
}

/// A transform.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TransformView {
    /// Its name.
    pub name: PartName,
    /// The stream that it reads.
    pub from: StreamName,
    /// The stream that it puts into.
    pub to: StreamName,
    /// That stream and those that a program may route to, with what was put into each.
    pub outputs: Vec<PutView>,
    /// Where records are told that a stage could not handle.
    pub errors: Option<PutView>,
    /// Its stages, each in a few words.
    pub stages: Vec<String>,
    /// The function that does the work, where one does.
    pub function: Option<PartName>,
    /// What each of them did since it was given.
    pub stage_tallies: Vec<StageTally>,
    /// What it is doing.
    pub state: PartState,
    /// How far it is behind the tip of its stream, milliseconds.
    pub iterator_age_ms: u64,
    /// The same over time, milliseconds, 120 seconds.
    pub age_spark: Spark,
    /// How it changes, milliseconds a second; above 0 is falling behind.
    pub age_slope: f64,
    /// Records read a second.
    pub in_per_s: f64,
    /// Records put a second.
    pub out_per_s: f64,
    /// Records that failed a second.
    pub failed_per_s: f64,
    /// Counters since it was attached.
    pub tally: TransformTally,
    /// The last failures, each with a piece of the record, newest last.
    pub failures: Vec<String>,
}

/// What a lane of a mapping is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaneState {
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

impl LaneState {
    /// The word shown to users.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Filling => "FILLING",
            Self::Running => "RUNNING",
            Self::Throttled => "THROTTLED",
            Self::Retrying => "RETRYING",
        }
    }
}

/// One lane: a shard and a slot of its parallelization.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaneView {
    /// The shard.
    pub shard: ShardId,
    /// The slot, from 0.
    pub lane: u32,
    /// What it is doing.
    pub state: LaneState,
    /// Records of the batch at hand.
    pub batch: usize,
    /// Age of the oldest record at hand, milliseconds.
    pub age_ms: u64,
    /// Tries of this batch after the first.
    pub retries: u32,
    /// Why it waits, if it does.
    pub note: String,
}

impl TransformView {
    /// Does it change the records of its stream before they are readable?
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.from == self.to
    }
}

/// An event source mapping.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MappingView {
    /// Its name.
    pub name: PartName,
    /// The stream that it reads.
    pub stream: StreamName,
    /// The function that it invokes.
    pub function: PartName,
    /// How it is pushed to; without that it polls.
    pub fan_out: Option<FanOutView>,
    /// What it is doing.
    pub state: PartState,
    /// Are its event counts exported?
    pub event_counts: bool,
    /// Most records in one invocation.
    pub batch_size: u32,
    /// How long to wait for a full batch, milliseconds.
    pub window_ms: u64,
    /// Concurrent batches of one shard.
    pub parallelization_factor: u32,
    /// Retries of a failed batch; -1 is without end.
    pub retries: i32,
    /// Is a failed batch cut in two?
    pub bisect_on_error: bool,
    /// Age at which it gives a record up, milliseconds; none when it never does.
    pub record_age_max_ms: Option<u64>,
    /// What else was said of it that is no default, each in a few words: `bisect`, `age 60 s`.
    pub rules: Vec<String>,
    /// Where it is in its life.
    pub life: MappingState,
    /// What came of its last invocation.
    pub last_result: String,
    /// Iterator age now: of the oldest lane, milliseconds.
    pub iterator_age_ms: u64,
    /// Half of all batches were not older than this, milliseconds.
    pub iterator_age_p50_ms: u64,
    /// 99 of 100 batches were not older than this, milliseconds.
    pub iterator_age_p99_ms: u64,
    /// The oldest batch, milliseconds.
    pub iterator_age_max_ms: u64,
    /// Iterator age, milliseconds, 120 seconds.
    pub age_spark: Spark,
    /// Change of the iterator age, milliseconds a second; above 0 is falling behind.
    pub age_slope: f64,
    /// Records done a second.
    pub done_per_s: f64,
    /// Invocations a second.
    pub invocations_per_s: f64,
    /// Failed invocations a second.
    pub errors_per_s: f64,
    /// Refused invocations a second.
    pub throttles_per_s: f64,
    /// Counters since it was attached.
    pub tally: ConsumerTally,
    /// Invocations that run now.
    pub running: u32,
    /// The most invocations that ever ran at once.
    pub running_max: u32,
    /// Its lanes, in order of shards.
    pub lanes: Vec<LaneView>,
}

/// A plain reader.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReaderView {
    /// Its name.
    pub name: PartName,
    /// The stream that it reads.
    pub stream: StreamName,
    /// Milliseconds behind the tip, of the shard furthest behind.
    pub behind_ms: u64,
    /// The same over time, milliseconds, 120 seconds.
    pub age_spark: Spark,
    /// How it changes, milliseconds a second; above 0 is falling behind.
    pub age_slope: f64,
    /// Records read a second.
    pub records_per_s: f64,
    /// Calls refused a second.
    pub throttled_per_s: f64,
    /// Calls refused a second, at the worst of the last seconds.
    pub throttled_held_per_s: f64,
    /// Pause between two calls on a shard, milliseconds.
    pub interval_ms: u64,
    /// How it is pushed to; without that it asks.
    pub fan_out: Option<FanOutView>,
    /// Counters since it was attached.
    pub tally: ConsumerTally,
}

/// A consumer application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplicationView {
    /// Its name.
    pub name: PartName,
    /// The stream that it reads.
    pub stream: StreamName,
    /// Its workers, by number.
    pub workers: Vec<WorkerView>,
    /// Its leases, by shard.
    pub leases: Vec<LeaseView>,
    /// Milliseconds behind the tip, of the shard furthest behind.
    pub behind_ms: u64,
    /// The same over time, milliseconds, 120 seconds.
    pub age_spark: Spark,
    /// How it changes, milliseconds a second; above 0 is falling behind.
    pub age_slope: f64,
    /// Records done a second.
    pub done_per_s: f64,
    /// Records done more than once, since their lease changed hands.
    pub again_records: u64,
    /// Counters since it was attached.
    pub tally: ConsumerTally,
}

/// A worker of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerView {
    /// Its number.
    pub number: u32,
    /// Does it run?
    pub is_alive: bool,
    /// Leases that are its own and not expired, of shards that are not done.
    pub leases: usize,
    /// Records that it has done.
    pub done_records: u64,
}

/// A lease of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseView {
    /// The shard.
    pub shard: ShardId,
    /// The worker that holds it or held it last.
    pub owner: Option<u32>,
    /// Until when, unless it is renewed, milliseconds from now; 0 when it is free to take.
    pub expires_in_ms: u64,
    /// Goes up with each renewal and each change of hands.
    pub counter: u64,
    /// How often it went from one worker to another.
    pub switches: u32,
    /// The index of the record that is read first after a change of hands; `None` before anything was
    /// kept.
    pub checkpoint: Option<u64>,
    /// Records that were done since then.
    pub ahead: u64,
    /// Everything of the shard is done.
    pub is_ended: bool,
}

/// How far an expectation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its span is not over.
    Open,
    /// It holds.
    Held,
    /// It does not.
    Failed,
}

impl Verdict {
    /// The word shown to users.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Failed => "FAILED",
        }
    }
}

/// Something that the session promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectationView {
    /// What must hold, as a sentence.
    pub sentence: String,
    /// What came, so far.
    pub value: f64,
    /// Does it hold?
    pub verdict: Verdict,
}
