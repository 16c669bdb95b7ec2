//! Events: what happened to a world, for event lists, logs and the digest.

use crate::model::{Millis, PartName, ShardId, StreamName};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Millis,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// A consumer finished a closed shard.
    ShardFinished {
        /// The consumer.
        consumer: PartName,
        /// The shard.
        shard: ShardId,
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
}
