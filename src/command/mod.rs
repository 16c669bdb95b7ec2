//! Floor 3: what an operator can do. One enum, one table.
//!
//! The table feeds keys, hints, help, the command line, session timelines, scripts, undo and the
//! manual. A [`Command`] is plain data: the world runs [`WorldCommand`]s, the console runs
//! [`ViewCommand`]s, and nobody else can change either.

mod browse;
mod choice;
mod complete;
mod error;
mod line;
mod mention;
mod near;
mod one;
mod parse;
mod preview;
mod screen;
mod shorthand;
mod spec;
mod split_at;
mod table;
mod terms;
mod words;

pub use browse::{Browse, Place};
pub use choice::{Copied, Format, Glyphs, LogMove, Marking, Motion, Sorting, Visit, Way};
pub use complete::{Candidate, Completion, Known, complete};
pub use error::{CommandError, ParseError};
pub use mention::Mention;
pub use near::{nearest, way_out};
pub use one::transform::settings_of;
pub use preview::{Piece, Preview};
pub use spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
pub use split_at::SplitAt;
pub use table::{spec_of, table};
pub use terms::{Asked, Terms};
pub use words::Words;

pub(crate) use one::split_hot::splits as hot_splits;
pub(crate) use shorthand::Shortfall;
pub(crate) use shorthand::stage::print as stage_words;
pub(crate) use split_at::tighter;

use crate::api::{CreateStream, Tags};
use crate::model::{
    PartName, Quotas, RecordDistribution, ShardId, ShardLimits, StreamMode, StreamName, Switch,
};
use crate::pipeline::settings::{
    FunctionSettings, MappingSettings, ProducerSettings, ReaderSettings, ScalingPolicy, Stage,
    TransformSettings,
};
use crate::snapshot::heat::Metric;

/// Anything that an operator can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Changes the world; can stand in a timeline.
    World(WorldCommand),
    /// Changes what is looked at, or the program itself.
    View(ViewCommand),
}

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
    /// Change how a mapping batches and tries again.
    Tune(Tune),
    /// Change how often a plain reader asks.
    Interval {
        /// The reader.
        reader: PartName,
        /// Pause between two calls on a shard, milliseconds, 1 to 60,000.
        interval_ms: u64,
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
    /// Stop or start the engine's clock, or change its speed.
    Clock(ClockCommand),
}

/// What is changed of a mapping; what is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tune {
    /// The mapping.
    pub mapping: PartName,
    /// Most records in one invocation, 1 to 10,000.
    pub batch_size: Option<u32>,
    /// How long to wait for a full batch, milliseconds, 0 to 300,000.
    pub window_ms: Option<u64>,
    /// Retries of a failed batch, -1 (without end) to 10,000.
    pub retries: Option<i32>,
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
    /// Seconds of engine time a second of wall time, 0.1 to 100.
    Speed(f64),
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// All streams.
    Overview,
    /// One stream: shard map, shards, lineage, events.
    Stream(StreamName),
    /// The shards of one stream over time.
    Heat(StreamName),
    /// All mappings and readers, or one.
    Consumers(Option<PartName>),
    /// The account's concurrency.
    Concurrency,
    /// All transforms, or one.
    Transforms(Option<PartName>),
    /// All producers.
    Producers,
    /// What this would cost.
    Costs,
    /// This program and its machine.
    System,
    /// Records of a stream.
    Records(Box<Browse>),
    /// What is wrong.
    Problems,
    /// Logs.
    Logs,
}

/// What changes the view.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewCommand {
    /// Go to a screen.
    Go(Screen),
    /// Keys and commands.
    Help,
    /// Change the theme, or cycle.
    Theme(Option<String>),
    /// Save the set-up as a session file.
    SessionSave(Option<String>),
    /// Load a session by name or path.
    SessionLoad(String),
    /// List sessions.
    Sessions,
    /// Filter the table in view.
    Filter(String),
    /// What the heat of a shard is; the next one without a word.
    Metric(Option<Metric>),
    /// How far back time is shown.
    Span(Span),
    /// Many shards in a row of the heat, or one; objects inside of a record as a count, or whole.
    Fold,
    /// A smaller part of the hash-key space (1), a larger one (-1), all of it (0).
    Map(i8),
    /// How a record is shown.
    Look(RecordLook),
    /// To what is newest, and on with it.
    Follow,
    /// Stop or start the picture.
    Freeze,
    /// Go to the next thing that is wrong.
    NextProblem,
    /// Run what cures the problem at hand.
    Cure,
    /// Undo the last act.
    Undo,
    /// Do the undone act again.
    Redo,
    /// Write the screen as a picture (SVG).
    Screenshot(Option<String>),
    /// Move the cursor.
    Move(Motion),
    /// Open what is under the cursor.
    Open,
    /// One thing back.
    Back,
    /// One thing back; at the root leave.
    Out,
    /// Begin a command line.
    Line,
    /// Begin to type a filter.
    Search,
    /// Another screen.
    Tab(Way),
    /// Another panel of the screen.
    Panel(Way),
    /// The focused panel alone, or all again.
    Zoom,
    /// A screen that was seen before.
    Visit(Visit),
    /// Sort the focused table.
    Sort(Sorting),
    /// Mark rows.
    Mark(Marking),
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Move the log screen.
    Log(LogMove),
    /// Copy something to the clipboard.
    Copy(Copied),
    /// Write the table in focus, or the screen, to a file.
    Export(Format, Option<String>),
    /// Change the glyphs; the next set without a word.
    Symbols(Option<Glyphs>),
    /// Let nothing change the world.
    Lock,
    /// Let the world be changed again, for so many minutes or for good.
    Unlock(Option<u32>),
    /// Show the world as it was.
    Time(TimeMove),
    /// Stop the process for a while.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Leave.
    Quit,
}

/// How a record is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordLook {
    /// JSON over several lines, with colors; as it is where it is none.
    #[default]
    Json,
    /// Hexadecimal digits.
    Hex,
    /// As it is.
    Raw,
}

/// How far back time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One notch less.
    Closer,
    /// One notch more.
    Wider,
    /// As far as suits the screen.
    Auto,
    /// So many seconds, 10 to 900.
    Seconds(u32),
}

/// Through the last quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMove {
    /// One picture back.
    Back,
    /// One picture on; at the newest, one second of the clock.
    On,
    /// To the newest.
    Live,
    /// As it was so many milliseconds ago.
    Ago(u64),
    /// As it was so many milliseconds after the session began.
    At(u64),
}

/// What came of a world command.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was done, as a sentence.
    pub said: String,
    /// What takes it back, if anything does.
    pub undo: Option<WorldCommand>,
}
