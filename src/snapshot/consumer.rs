//! Whoever reads a stream, of any kind, and how far it is behind.

use crate::model::{PartName, StreamName};
use crate::snapshot::{
    ApplicationView, MappingView, ReaderView, Snapshot, Spark, StreamView, TransformView,
};

/// Seconds over which growth is looked at.
const OVER_S: usize = 20;
/// Seconds for which the greatest growth is held.
const HELD_S: usize = 10;
/// What waits grows older by a second each second: an age that jumps was not known before,
/// milliseconds a second.
const GROWTH_MAX: f64 = 1_000.0;
/// Seconds after which an age that fell in each of them is one that falls,
const FALLS_S: usize = 3;
/// if it fell so many times as fast as it had grown: it goes up and down by what batches take.
const FALLS_BY: f64 = 3.0;
/// Seconds after which one that is lower falls, however slowly.
const LOWER_S: usize = 20;

/// Whoever reads a stream.
#[derive(Clone, Copy, Debug)]
pub enum Consumer<'a> {
    /// An event source mapping.
    Mapping(&'a MappingView),
    /// A transform.
    Transform(&'a TransformView),
    /// A plain reader.
    Reader(&'a ReaderView),
    /// A consumer application.
    Application(&'a ApplicationView),
}

impl<'a> Consumer<'a> {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'a PartName {
        match self {
            Self::Mapping(part) => &part.name,
            Self::Transform(part) => &part.name,
            Self::Reader(part) => &part.name,
            Self::Application(part) => &part.name,
        }
    }

    /// The stream that it reads.
    #[must_use]
    pub const fn stream(self) -> &'a StreamName {
        match self {
            Self::Mapping(part) => &part.stream,
            Self::Transform(part) => &part.from,
            Self::Reader(part) => &part.stream,
            Self::Application(part) => &part.stream,
        }
    }

    /// How far it is behind: the age of the oldest record that it has not done, milliseconds.
    #[must_use]
    pub const fn age_ms(self) -> u64 {
        match self {
            Self::Mapping(part) => part.iterator_age_ms,
            Self::Transform(part) => part.iterator_age_ms,
            Self::Reader(part) => part.behind_ms,
            Self::Application(part) => part.behind_ms,
        }
    }

    /// The same over time, milliseconds, 120 seconds.
    #[must_use]
    pub const fn ages(self) -> &'a Spark {
        match self {
            Self::Mapping(part) => &part.age_spark,
            Self::Transform(part) => &part.age_spark,
            Self::Reader(part) => &part.age_spark,
            Self::Application(part) => &part.age_spark,
        }
    }

    /// How it changes, milliseconds a second; above 0 is falling behind.
    #[must_use]
    pub const fn age_slope(self) -> f64 {
        match self {
            Self::Mapping(part) => part.age_slope,
            Self::Transform(part) => part.age_slope,
            Self::Reader(part) => part.age_slope,
            Self::Application(part) => part.age_slope,
        }
    }

    /// The greatest growth of the age, milliseconds a second, of the last seconds.
    #[must_use]
    pub fn growth_held(self) -> f64 {
        let ages: Vec<f64> = self.ages().iter().flatten().map(|age| f64::from(*age)).collect();
        let growth = |window: &[f64]| (window[OVER_S] - window[0]) / OVER_S as f64;
        let last = &ages[ages.len().saturating_sub(OVER_S + HELD_S)..];
        let most = match last.len() > OVER_S {
            true => last.windows(OVER_S + 1).map(growth).fold(f64::NEG_INFINITY, f64::max),
            false => self.age_slope(),
        };
        most.min(GROWTH_MAX)
    }

    /// Does the age fall now, though it has grown before? It fell in each of the last seconds and fast,
    /// or is lower than some time ago; a little lower for a moment is neither.
    #[must_use]
    pub fn falls(self) -> bool {
        let ages: Vec<f32> = self.ages().iter().flatten().copied().collect();
        let ago =
            |seconds: usize| ages.len().checked_sub(seconds + 1).map(|at| f64::from(ages[at]));
        let fell = |seconds| Some(ago(seconds)? - ago(0)?);
        let in_each = (0..FALLS_S).all(|nth| ago(nth) < ago(nth + 1));
        let fast = FALLS_BY * self.growth_held() * FALLS_S as f64;
        in_each && fell(FALLS_S).is_some_and(|by| by > fast)
            || fell(LOWER_S).is_some_and(|by| by > 0.0)
    }

    /// How old a record of its stream becomes before it has lost it, milliseconds, and what happens to
    /// it then: the stream keeps it no longer, or a mapping gives it up before that.
    #[must_use]
    pub fn lost_at(self, stream: &StreamView) -> (u64, &'static str) {
        let kept = stream.retention_ms;
        let given_up = match self {
            Self::Mapping(mapping) => mapping.record_age_max_ms,
            Self::Transform(_) | Self::Reader(_) | Self::Application(_) => None,
        };
        match given_up {
            Some(age) if age < kept => (age, "are given up"),
            Some(_) | None => (kept, "expire unread"),
        }
    }
}

impl Snapshot {
    /// Whoever reads a stream here, mappings first.
    pub fn consumers(&self) -> impl Iterator<Item = Consumer<'_>> {
        let mappings = self.mappings.iter().map(Consumer::Mapping);
        let transforms = self.transforms.iter().map(Consumer::Transform);
        let readers = self.readers.iter().map(Consumer::Reader);
        let applications = self.applications.iter().map(Consumer::Application);
        mappings.chain(transforms).chain(readers).chain(applications)
    }

    /// The consumer of that name: names are unique among all parts.
    #[must_use]
    pub fn consumer(&self, name: &PartName) -> Option<Consumer<'_>> {
        self.consumers().find(|consumer| consumer.name() == name)
    }
}
