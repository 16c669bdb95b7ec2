//! What changes the world.

use crate::api::{CreateStream, Tags};
use crate::command::SplitAt;
use crate::model::{
    ConsumerName, PartName, Quotas, RecordDistribution, ShardId, ShardLimits, StreamMode,
    StreamName, Switch,
};
use crate::pipeline::settings::{
    ApplicationSettings, FunctionSettings, MappingChanges, MappingSettings, ProducerSettings,
    ReaderSettings, ScalingPolicy, Stage, TransformSettings,
};

/// What changes the world.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldCommand {
    /// Create a stream.
    Create(Box<CreateStream>),
    /// Delete a stream and its records.
    Delete(StreamName),
    /// Divide a shard in two; at the middle of its range unless said otherwise.
    Split {
        /// The stream.
        stream: StreamName,
        /// The shard.
        shard: ShardId,
        /// Where.
        at: SplitAt,
    },
    /// Divide every shard of a stream that is loaded more than this, each where its load halves.
    SplitHot {
        /// The stream.
        stream: StreamName,
        /// Percent of the tighter write limit, 1 to 1,000.
        over: f64,
    },
    /// Unite two adjacent shards.
    Merge {
        /// The stream.
        stream: StreamName,
        /// One shard.
        first: ShardId,
        /// The other, in either order.
        second: ShardId,
    },
    /// Scale a stream uniformly.
    Scale {
        /// The stream.
        stream: StreamName,
        /// Open shards wanted; any number, reached by steps of double and half.
        shards: u32,
    },
    /// Let a rule scale a stream, or nobody.
    Policy {
        /// The stream.
        stream: StreamName,
        /// The rule.
        policy: Option<ScalingPolicy>,
    },
    /// Change how long records stay.
    Retention {
        /// The stream.
        stream: StreamName,
        /// 24 to 8,760.
        hours: u32,
    },
    /// Change the limits of each shard.
    Limits {
        /// The stream.
        stream: StreamName,
        /// The new limits.
        limits: ShardLimits,
    },
    /// Let the operator or the service decide the number of shards.
    Mode {
        /// The stream.
        stream: StreamName,
        /// The new mode.
        mode: StreamMode,
    },
    /// Change how large a record may be.
    RecordSize {
        /// The stream.
        stream: StreamName,
        /// Key and data, 1,024 to 10,240 KiB.
        kib: u32,
    },
    /// Let keys or the service decide the shards of records.
    Distribute {
        /// The stream.
        stream: StreamName,
        /// What decides from now on.
        distribution: RecordDistribution,
    },
    /// Have throughput of an on-demand stream ready.
    Warm {
        /// The stream.
        stream: StreamName,
        /// 0 to 10,240.
        mib_per_s: u32,
    },
    /// Let a stream say that it encrypts, or that it does not.
    Encrypt {
        /// The stream.
        stream: StreamName,
        /// An id, an ARN or an alias; `None` ends encryption.
        key: Option<String>,
    },
    /// Add tags to a stream, or give them another value.
    Tag {
        /// The stream.
        stream: StreamName,
        /// The tags, one or more.
        tags: Tags,
    },
    /// Remove tags from a stream.
    Untag {
        /// The stream.
        stream: StreamName,
        /// Their keys, one or more.
        keys: Vec<String>,
    },
    /// Register a consumer of a stream.
    Register {
        /// The stream.
        stream: StreamName,
        /// The consumer, not registered yet.
        consumer: ConsumerName,
        /// Its tags.
        tags: Tags,
    },
    /// Deregister a consumer: its subscriptions end at once.
    Deregister {
        /// The stream.
        stream: StreamName,
        /// The consumer.
        consumer: ConsumerName,
    },
    /// Change what the account may have and ask for.
    Quotas(Quotas),
    /// Begin or end the account's commitment to a minimum of throughput.
    Commitment(Switch),
    /// Put one record.
    Put {
        /// The stream.
        stream: StreamName,
        /// The partition key.
        key: String,
        /// The data.
        data: String,
    },
    /// Attach a producer.
    Produce(Box<ProducerSettings>),
    /// Attach a transform.
    Transform(Box<TransformSettings>),
    /// Give a transform other stages.
    Stages {
        /// The transform.
        transform: PartName,
        /// What is done to each record, in order; 1 to 20.
        stages: Vec<Stage>,
    },
    /// Create a function.
    Function(Box<FunctionSettings>),
    /// Attach a function to a stream.
    Attach(Box<MappingSettings>),
    /// Change how a mapping batches and what it does with failures.
    Tune(Box<Tune>),
    /// Change how often a plain reader asks.
    Interval {
        /// The reader.
        reader: PartName,
        /// Pause between two calls on a shard, milliseconds, 1 to 60,000.
        interval_ms: u64,
    },
    /// Let a plain reader be pushed to as a registered consumer, or poll.
    FanOut {
        /// The reader.
        reader: PartName,
        /// The registered consumer; it is registered when there is none of that name.
        consumer: Option<ConsumerName>,
    },
    /// Attach a plain reader.
    Read(Box<ReaderSettings>),
    /// Detach a producer, transform, mapping or reader, or delete a function without mappings.
    Detach(PartName),
    /// Stop a producer or a mapping.
    Pause(PartName),
    /// Let a producer or a mapping go on.
    Resume(PartName),
    /// Multiply a producer's configured rate.
    Rate {
        /// The producer.
        producer: PartName,
        /// 0 to 1,000; 1 is as configured.
        factor: f64,
    },
    /// Concurrency of the account (`None`) or set apart for a function.
    Concurrency {
        /// The function, or the account.
        function: Option<PartName>,
        /// How many; `None` takes a reservation away.
        limit: Option<u32>,
    },
    /// Attach a consumer application.
    Application(Box<ApplicationSettings>),
    /// Kill a worker of an application.
    KillWorker {
        /// The application.
        application: PartName,
        /// The worker, by its number.
        worker: u32,
    },
    /// Start a worker of an application.
    StartWorker {
        /// The application.
        application: PartName,
        /// The worker that was killed, by its number; `None` for a new one.
        worker: Option<u32>,
    },
    /// Keep instances of a function ready; `None` keeps none.
    Provision {
        /// The function.
        function: PartName,
        /// How many, 1 or more.
        count: Option<u32>,
    },
    /// Tell the audience something; `None` takes the last caption away.
    Caption(Option<String>),
    /// How many calls a second watching an endpoint elsewhere may take, 1 to 1,000.
    Calls(u32),
    /// Stop or start the engine's clock, or change its speed.
    Clock(ClockCommand),
}

/// What is changed of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Tune {
    /// The mapping.
    pub mapping: PartName,
    /// What becomes otherwise; one thing at least.
    pub changes: MappingChanges,
}

/// What can be done to the engine's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClockCommand {
    /// Stop when running, go on when stopped.
    Toggle,
    /// One notch of speed down.
    Slower,
    /// One notch of speed up.
    Faster,
    /// Stop.
    Pause,
    /// Go on.
    Resume,
    /// Go on for one second, then stop.
    Step,
    /// Hurry to the next step of the timeline, then as before.
    Next,
    /// Seconds of engine time a second of wall time, 0.1 to 100.
    Speed(f64),
}
