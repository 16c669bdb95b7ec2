//! Events: what happened to a world, for event lists, logs and the digest.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::model::{Millis, PartName, ShardId, StreamName, many};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look.
    Warning,
    /// Something is being lost or refused.
    Critical,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Millis,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// A stream was asked for.
    StreamCreating {
        /// The stream.
        stream: StreamName,
        /// With how many shards.
        shards: u32,
    },
    /// A stream became usable, after CREATING or UPDATING.
    StreamActive {
        /// The stream.
        stream: StreamName,
    },
    /// A stream is going away.
    StreamDeleting {
        /// The stream.
        stream: StreamName,
    },
    /// A stream is gone.
    StreamDeleted {
        /// The stream.
        stream: StreamName,
    },
    /// A shard was split.
    ShardSplit {
        /// The stream.
        stream: StreamName,
        /// The shard that was closed.
        parent: ShardId,
        /// Its two children.
        children: [ShardId; 2],
    },
    /// Two shards were merged.
    ShardsMerged {
        /// The stream.
        stream: StreamName,
        /// The shards that were closed.
        parents: [ShardId; 2],
        /// Their child.
        child: ShardId,
    },
    /// A shard began to refuse records or calls: first second of a run of refusals.
    ThrottlingBegan {
        /// The stream.
        stream: StreamName,
        /// The shard.
        shard: ShardId,
        /// Writes (true) or reads.
        writes: bool,
    },
    /// A shard refuses no longer.
    ThrottlingEnded {
        /// The stream.
        stream: StreamName,
        /// The shard.
        shard: ShardId,
        /// Writes (true) or reads.
        writes: bool,
    },
    /// The oldest records were removed: their retention was over.
    Trimmed {
        /// The stream.
        stream: StreamName,
        /// The shard.
        shard: ShardId,
        /// How many records.
        records: u64,
    },
    /// A setting of a stream changed.
    StreamChanged {
        /// The stream.
        stream: StreamName,
        /// What changed, as a sentence part: `retention 48 h`.
        what: String,
    },
    /// A part was attached.
    Attached {
        /// The part.
        part: PartName,
        /// What it is: `producer of clicks`.
        what: String,
    },
    /// A part was detached.
    Detached {
        /// The part.
        part: PartName,
    },
    /// A setting of a part or of the account changed.
    PartChanged {
        /// The part, or `account`.
        part: PartName,
        /// What changed, as a sentence part: `rate 500/s`.
        what: String,
    },
    /// An invocation failed.
    InvocationFailed {
        /// The mapping.
        mapping: PartName,
        /// The shard.
        shard: ShardId,
        /// Why.
        why: String,
    },
    /// A batch was given up.
    BatchDiscarded {
        /// The mapping.
        mapping: PartName,
        /// The shard.
        shard: ShardId,
        /// How many records.
        records: u64,
        /// Why.
        why: String,
    },
    /// The record of a batch that was given up did not reach its on-failure destination.
    DeliveryFailed {
        /// The mapping.
        mapping: PartName,
        /// The destination: `stream:failures`.
        to: String,
        /// Why.
        why: String,
    },
    /// The registered consumer that a mapping is pushed to as is gone, or cannot be made.
    ConsumerLost {
        /// The mapping.
        mapping: PartName,
        /// The stream.
        stream: StreamName,
        /// Why: `consumer audit of orders is not registered`.
        why: String,
    },
    /// There is one of its name again.
    ConsumerFound {
        /// The mapping.
        mapping: PartName,
        /// The stream.
        stream: StreamName,
    },
    /// A consumer finished a closed shard.
    ShardFinished {
        /// The consumer.
        consumer: PartName,
        /// The shard.
        shard: ShardId,
    },
    /// A worker of an application took the lease of a shard.
    LeaseTaken {
        /// The application.
        application: PartName,
        /// The shard.
        shard: ShardId,
        /// The worker, by its number.
        worker: u32,
        /// Whose lease it was, if it was another's.
        from: Option<u32>,
    },
    /// A record that a transform could not handle (sampled).
    TransformFailed {
        /// The transform.
        transform: PartName,
        /// Why, with a piece of the record.
        why: String,
    },
    /// A function of kind notify has something to say.
    Notification {
        /// The function.
        function: PartName,
        /// The text.
        text: String,
    },
    /// The timeline of a session says something to the audience.
    Caption {
        /// The text.
        text: String,
    },
    /// The timeline ran a command.
    TimelineRan {
        /// The command.
        command: String,
    },
    /// A timeline command failed.
    TimelineFailed {
        /// The command.
        command: String,
        /// Why.
        why: String,
    },
    /// A source ended or failed.
    SourceEnded {
        /// The producer.
        producer: PartName,
        /// Why: `end of file`, or an error.
        why: String,
    },
    /// The log refuses writes.
    LogFailed {
        /// Why.
        why: String,
    },
    /// The log takes writes again.
    LogRecovered,
    /// Checkpoints of mappings cannot be kept or read back; records will be processed again.
    CheckpointsFailed {
        /// Why.
        why: String,
    },
    /// A folder was opened whose disk does not give all records back.
    RecordsMissing {
        /// How many; reading them is an error, reading others is not.
        records: u64,
    },
    /// The log cannot do its upkeep, which frees memory and disk; it goes on trying, and no record
    /// is lost.
    UpkeepFailed {
        /// Why.
        why: String,
    },
}

impl EventKind {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::ThrottlingBegan { .. }
            | Self::InvocationFailed { .. }
            | Self::TransformFailed { .. }
            | Self::TimelineFailed { .. }
            | Self::UpkeepFailed { .. }
            | Self::CheckpointsFailed { .. }
            | Self::Notification { .. } => Severity::Warning,
            Self::BatchDiscarded { .. }
            | Self::ConsumerLost { .. }
            | Self::DeliveryFailed { .. }
            | Self::LogFailed { .. }
            | Self::RecordsMissing { .. } => Severity::Critical,
            Self::LeaseTaken { .. }
            | Self::ConsumerFound { .. }
            | Self::StreamCreating { .. }
            | Self::StreamActive { .. }
            | Self::StreamDeleting { .. }
            | Self::StreamDeleted { .. }
            | Self::ShardSplit { .. }
            | Self::ShardsMerged { .. }
            | Self::ThrottlingEnded { .. }
            | Self::Trimmed { .. }
            | Self::StreamChanged { .. }
            | Self::Attached { .. }
            | Self::Detached { .. }
            | Self::PartChanged { .. }
            | Self::ShardFinished { .. }
            | Self::Caption { .. }
            | Self::TimelineRan { .. }
            | Self::SourceEnded { .. }
            | Self::LogRecovered => Severity::Info,
        }
    }

    /// Who it comes from, as the log calls it.
    #[must_use]
    pub const fn target(&self) -> &'static str {
        match self {
            Self::StreamCreating { .. }
            | Self::StreamActive { .. }
            | Self::StreamDeleting { .. }
            | Self::StreamDeleted { .. }
            | Self::StreamChanged { .. } => "engine.stream",
            Self::ShardSplit { .. } | Self::ShardsMerged { .. } => "engine.reshard",
            Self::ThrottlingBegan { .. } | Self::ThrottlingEnded { .. } => "engine.throttle",
            Self::Trimmed { .. } => "engine.trim",
            Self::LogFailed { .. }
            | Self::LogRecovered
            | Self::UpkeepFailed { .. }
            | Self::RecordsMissing { .. } => "engine.log",
            Self::Attached { .. } | Self::Detached { .. } | Self::PartChanged { .. } => "part",
            Self::InvocationFailed { .. }
            | Self::BatchDiscarded { .. }
            | Self::DeliveryFailed { .. }
            | Self::ConsumerLost { .. }
            | Self::ConsumerFound { .. }
            | Self::CheckpointsFailed { .. }
            | Self::ShardFinished { .. } => "mapping",
            Self::LeaseTaken { .. } => "application",
            Self::TransformFailed { .. } => "transform",
            Self::Notification { .. } => "notify",
            Self::Caption { .. } | Self::TimelineRan { .. } | Self::TimelineFailed { .. } => {
                "session"
            }
            Self::SourceEnded { .. } => "producer",
        }
    }

    /// The stream that it is about, if it is about one.
    #[must_use]
    pub const fn stream(&self) -> Option<&StreamName> {
        match self {
            Self::StreamCreating { stream, .. }
            | Self::StreamActive { stream }
            | Self::StreamDeleting { stream }
            | Self::StreamDeleted { stream }
            | Self::ShardSplit { stream, .. }
            | Self::ShardsMerged { stream, .. }
            | Self::ThrottlingBegan { stream, .. }
            | Self::ThrottlingEnded { stream, .. }
            | Self::Trimmed { stream, .. }
            | Self::ConsumerLost { stream, .. }
            | Self::ConsumerFound { stream, .. }
            | Self::StreamChanged { stream, .. } => Some(stream),
            Self::Attached { .. }
            | Self::Detached { .. }
            | Self::PartChanged { .. }
            | Self::InvocationFailed { .. }
            | Self::BatchDiscarded { .. }
            | Self::DeliveryFailed { .. }
            | Self::LeaseTaken { .. }
            | Self::ShardFinished { .. }
            | Self::TransformFailed { .. }
            | Self::Notification { .. }
            | Self::Caption { .. }
            | Self::TimelineRan { .. }
            | Self::TimelineFailed { .. }
            | Self::SourceEnded { .. }
            | Self::LogFailed { .. }
            | Self::LogRecovered
            | Self::CheckpointsFailed { .. }
            | Self::RecordsMissing { .. }
            | Self::UpkeepFailed { .. } => None,
        }
    }
}

/// The event as a sentence.
impl Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flow = |writes: &bool| if *writes { "writes" } else { "reads" };
        match self {
            Self::StreamCreating { stream, shards } => {
                write!(f, "{stream} requested with {}", many(*shards, "shard"))
            }
            Self::StreamActive { stream } => write!(f, "{stream} is ACTIVE"),
            Self::StreamDeleting { stream } => write!(f, "{stream} is being deleted"),
            Self::StreamDeleted { stream } => write!(f, "{stream} is gone"),
            Self::ShardSplit { stream, parent, children: [a, b] } => {
                write!(f, "{stream} {} split into {} + {}", parent.short(), a.short(), b.short())
            }
            Self::ShardsMerged { stream, parents: [a, b], child } => {
                write!(f, "{stream} {} + {} merged into {}", a.short(), b.short(), child.short())
            }
            Self::ThrottlingBegan { stream, shard, writes } => {
                write!(f, "{stream} {} refuses {}", shard.short(), flow(writes))
            }
            Self::ThrottlingEnded { stream, shard, writes } => {
                write!(f, "{stream} {} takes all {} again", shard.short(), flow(writes))
            }
            Self::Trimmed { stream, shard, records } => {
                write!(f, "{stream} {} trimmed {records} records", shard.short())
            }
            Self::StreamChanged { stream, what } => write!(f, "{stream}: {what}"),
            Self::Attached { part, what } => write!(f, "{part} attached: {what}"),
            Self::Detached { part } => write!(f, "{part} detached"),
            Self::PartChanged { part, what } => write!(f, "{part}: {what}"),
            Self::InvocationFailed { mapping, shard, why } => {
                write!(f, "{mapping} {} failed: {why}", shard.short())
            }
            Self::BatchDiscarded { mapping, shard, records, why } => {
                write!(f, "{mapping} {} gave up {records} records: {why}", shard.short())
            }
            Self::DeliveryFailed { mapping, to, why } => {
                write!(f, "{mapping} could not tell {to} what it gave up: {why}")
            }
            Self::ConsumerLost { mapping, why, .. } => write!(f, "{mapping} waits: {why}"),
            Self::ConsumerFound { mapping, stream } => {
                write!(f, "{mapping} is pushed to by {stream} again")
            }
            Self::ShardFinished { consumer, shard } => {
                write!(f, "{consumer} finished shard {}", shard.short())
            }
            Self::LeaseTaken { application, shard, worker, from } => {
                write!(f, "{application}: worker {worker} took shard {}", shard.short())?;
                from.map_or(Ok(()), |from| write!(f, " of worker {from}"))
            }
            Self::TransformFailed { transform, why } => write!(f, "{transform}: {why}"),
            Self::Notification { function, text } => write!(f, "{function}: {text}"),
            Self::Caption { text } if text.is_empty() => f.write_str("the caption is over"),
            Self::Caption { text } => f.write_str(text),
            Self::TimelineRan { command } => write!(f, "ran: {command}"),
            Self::TimelineFailed { command, why } => write!(f, "{command}: {why}"),
            Self::SourceEnded { producer, why } => write!(f, "{producer} ended: {why}"),
            Self::LogFailed { why } => write!(f, "the log refuses writes: {why}"),
            Self::CheckpointsFailed { why } => {
                write!(f, "checkpoints are not kept, records will be processed again: {why}")
            }
            Self::LogRecovered => f.write_str("the log takes writes again"),
            Self::RecordsMissing { records } => {
                write!(f, "{records} records are damaged on disk and cannot be read")
            }
            Self::UpkeepFailed { why } => {
                write!(f, "the log cannot free memory and disk for now: {why}")
            }
        }
    }
}
