//! Floor 3: the immutable picture of a world that viewers read.
//!
//! Plain data, taken a few times a second and shared by `Arc`; pausing the picture is keeping an
//! old one. Rates are means of the last 5 seconds unless said otherwise; a rate that is called held
//! is the highest such mean of the last 15 seconds, for those who judge and must not waver. Spark lines hold one value
//! a second, oldest first, `None` where nothing was measured.

pub mod consumer;
pub mod fan_out;
pub mod function;
pub mod heat;
pub mod machine;
pub mod measured;
pub mod part;
pub mod sample;
pub mod source;
pub mod story;
pub mod stream;
pub mod tail;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Event, Millis};

pub use crate::meter::{HeavyKey, KeyMix, Load, Measure};
pub use consumer::Consumer;
pub use fan_out::FanOutView;
pub use function::{AccountView, FunctionView};
pub use part::{
    ApplicationView, ExpectationView, ExpiredView, LaneState, LaneView, LeaseView, MappingView,
    PartState, ProducerView, PutView, ReaderView, TransformView, Verdict, WorkerView,
};
pub use source::{CloudWatch, Source};
pub use story::{ShownView, StepView, StoryView};
pub use stream::{Rates, ShardView, StreamDetails, StreamView, Traffic};
pub use tail::{Aggregated, TailRecord, TailView};

/// A spark line: one value a second, oldest first.
pub type Spark = Vec<Option<f32>>;

/// A disk that something is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its size, bytes.
    pub bytes: u64,
    /// Free for us, bytes.
    pub free_bytes: u64,
}

/// How engine time runs against the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockView {
    /// Stopped by the operator.
    pub paused: bool,
    /// 0.1 to 100; 1 is real time.
    pub speed: f64,
}

impl Default for ClockView {
    fn default() -> Self {
        Self { paused: false, speed: 1.0 }
    }
}

/// How streams elsewhere are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// By listing them, by reading samples, and by what CloudWatch tells: of streams alone.
    #[default]
    Sampled,
    /// As whoever serves them sees them, with everything that there is beside streams.
    Whole,
}

/// The endpoint that streams are at, when they are not in this program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FarView {
    /// Where.
    pub url: String,
    /// How its streams are seen.
    pub sight: Sight,
    /// Calls made a second, on the mean of 5 seconds.
    pub calls_per_s: f64,
    /// How many may be made.
    pub calls_per_s_max: u32,
    /// Who is asked for what was measured there.
    pub cloudwatch: CloudWatch,
    /// What stands in the way, as a sentence; it is asked again by itself.
    pub trouble: Option<String>,
    /// For how long nothing was answered, milliseconds, once that is more than a hiccup: then what else
    /// there is to see is as it was before.
    pub silent_ms: Option<u64>,
}

/// Everything that a viewer may show.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Engine time of the picture.
    pub now: Millis,
    /// Engine time when the session began.
    pub started: Millis,
    /// How engine time runs.
    pub clock: ClockView,
    /// The session's title.
    pub session: String,
    /// Where the streams are, when they are elsewhere.
    pub far: Option<FarView>,
    /// Did the operator change anything since the session was loaded or saved?
    pub unsaved: bool,
    /// The root seed.
    pub seed: u64,
    /// Streams, sorted by name.
    pub streams: Vec<StreamView>,
    /// Producers, sorted by name.
    pub producers: Vec<ProducerView>,
    /// Transforms, sorted by name.
    pub transforms: Vec<TransformView>,
    /// Event source mappings, sorted by name.
    pub mappings: Vec<MappingView>,
    /// Plain readers, sorted by name.
    pub readers: Vec<ReaderView>,
    /// Consumer applications, sorted by name.
    pub applications: Vec<ApplicationView>,
    /// Functions, sorted by name.
    pub functions: Vec<FunctionView>,
    /// Concurrency of the account.
    pub account: AccountView,
    /// What the session promised.
    pub expectations: Vec<ExpectationView>,
    /// The last 200 events, oldest first; pictures share them.
    pub events: Vec<Arc<Event>>,
    /// The caption of the timeline, while it has something to say.
    pub caption: Option<String>,
    /// How far the timeline is.
    pub story: StoryView,
    /// The records that a viewer looks at.
    pub tail: Arc<TailView>,
    /// What stages that a viewer watches make of real records.
    pub sample: Option<Arc<sample::SampleView>>,
    /// The machine that all this runs on, while a viewer watches it.
    pub machine: Option<Arc<machine::MachineView>>,
    /// The heat that a viewer watches.
    pub heat: Option<Arc<heat::HeatView>>,
    /// Memory that the log holds, bytes.
    pub log_memory_bytes: u64,
    /// Disk that the log holds, bytes.
    pub log_disk_bytes: u64,
    /// The disk that the log is on, where it is on one.
    pub log_volume: Option<Volume>,
    /// Bytes written and not yet synced.
    pub log_unsynced_bytes: u64,
    /// How long the oldest of them has waited, in milliseconds.
    pub log_unsynced_ms: u64,
    /// Why the log refuses writes, if it does.
    pub log_failure: Option<String>,
    /// Why the log cannot free memory and disk, if so.
    pub log_upkeep_failure: Option<String>,
    /// Records that the disk does not give back.
    pub log_missing_records: u64,
}

impl Snapshot {
    /// The stream called `name`.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<&StreamView> {
        self.streams.iter().find(|stream| stream.name.as_str() == name)
    }

    /// The function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FunctionView> {
        self.functions.iter().find(|function| function.name.as_str() == name)
    }

    /// The rates of all streams together.
    #[must_use]
    pub fn totals(&self) -> Rates {
        self.streams.iter().fold(Rates::default(), |sum, stream| sum.plus(&stream.rates))
    }

    /// The oldest iterator age of all consumers, or of readers that are only known by the streams that
    /// they read, milliseconds.
    #[must_use]
    pub fn iterator_age_max_ms(&self) -> u64 {
        let consumers = self.consumers().map(Consumer::age_ms);
        let streams = self.streams.iter().filter_map(|stream| stream.iterator_age_ms);
        consumers.chain(streams).max().unwrap_or(0)
    }

    /// Open shards of all streams.
    #[must_use]
    pub fn open_shards(&self) -> usize {
        self.streams.iter().map(StreamView::open_shards).sum()
    }

    /// Are streams seen, and nothing else of the world that they are in?
    #[must_use]
    pub fn shows_streams_alone(&self) -> bool {
        self.far.as_ref().is_some_and(|far| far.sight == Sight::Sampled)
    }

    /// Is it seen what readers get, and what is refused to others?
    #[must_use]
    pub fn sees_others(&self) -> bool {
        let told = |stream: &StreamView| stream.source != Source::Sampled;
        !self.shows_streams_alone() || self.streams.iter().any(told)
    }

    /// Does the endpoint answer nothing? Then most of what was seen of it stands as it was, and what
    /// flows there is not known.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.far.as_ref().is_some_and(|far| far.silent_ms.is_some())
    }

    /// Milliseconds of engine time since the session began.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.now.since(self.started)
    }
}
