//! Whoever reads a stream, of any kind, and how far it is behind.

use crate::model::{PartName, StreamName};
use crate::snapshot::{
    ApplicationView, MappingView, ReaderView, Snapshot, Spark, StreamView, TransformView,
};

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
