//! The screens, and what is said of each alike.

use crate::command::{Browse, ScreenKind, Spec, table};
use crate::model::{PartName, StreamName};

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
    /// Sessions that can be opened.
    Sessions,
    /// Themes.
    Themes,
}

impl Screen {
    /// What kind of screen it is.
    #[must_use]
    pub const fn kind(&self) -> ScreenKind {
        match self {
            Self::Overview => ScreenKind::Overview,
            Self::Stream(_) => ScreenKind::Stream,
            Self::Heat(_) => ScreenKind::Heat,
            Self::Consumers(_) => ScreenKind::Consumers,
            Self::Concurrency => ScreenKind::Concurrency,
            Self::Transforms(_) => ScreenKind::Transforms,
            Self::Producers => ScreenKind::Producers,
            Self::Costs => ScreenKind::Costs,
            Self::System => ScreenKind::System,
            Self::Records(_) => ScreenKind::Records,
            Self::Problems => ScreenKind::Problems,
            Self::Logs => ScreenKind::Logs,
            Self::Sessions => ScreenKind::Sessions,
            Self::Themes => ScreenKind::Themes,
        }
    }

    /// The stream that it is about, for screens of one stream.
    #[must_use]
    pub fn stream(&self) -> Option<&StreamName> {
        match self {
            Self::Stream(name) | Self::Heat(name) => Some(name),
            Self::Records(browse) => Some(&browse.stream),
            Self::Overview
            | Self::Consumers(_)
            | Self::Concurrency
            | Self::Transforms(_)
            | Self::Producers
            | Self::Problems
            | Self::Costs
            | Self::System
            | Self::Logs
            | Self::Sessions
            | Self::Themes => None,
        }
    }

    /// The newest records of a stream.
    #[must_use]
    pub fn records(stream: StreamName) -> Self {
        Self::Records(Box::new(Browse::newest(stream)))
    }

    /// The screen of a kind, for `stream` where it is about one; none without it.
    #[must_use]
    pub fn of(kind: ScreenKind, stream: Option<&StreamName>) -> Option<Self> {
        let stream = stream.cloned();
        match kind {
            ScreenKind::Overview => Some(Self::Overview),
            ScreenKind::Stream => stream.map(Self::Stream),
            ScreenKind::Heat => stream.map(Self::Heat),
            ScreenKind::Consumers => Some(Self::Consumers(None)),
            ScreenKind::Concurrency => Some(Self::Concurrency),
            ScreenKind::Transforms => Some(Self::Transforms(None)),
            ScreenKind::Producers => Some(Self::Producers),
            ScreenKind::Costs => Some(Self::Costs),
            ScreenKind::System => Some(Self::System),
            ScreenKind::Records => stream.map(Self::records),
            ScreenKind::Problems => Some(Self::Problems),
            ScreenKind::Logs => Some(Self::Logs),
            ScreenKind::Sessions => Some(Self::Sessions),
            ScreenKind::Themes => Some(Self::Themes),
        }
    }
}

impl ScreenKind {
    /// The word that means it in a key file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overview => "streams",
            Self::Stream => "stream",
            Self::Heat => "heat",
            Self::Consumers => "consumers",
            Self::Concurrency => "concurrency",
            Self::Transforms => "transforms",
            Self::Producers => "producers",
            Self::Costs => "costs",
            Self::System => "system",
            Self::Records => "records",
            Self::Problems => "problems",
            Self::Logs => "logs",
            Self::Sessions => "sessions",
            Self::Themes => "themes",
        }
    }

    /// The command that opens it.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        let opens = |spec: &&&'static Spec| spec.name == self.word();
        table().iter().find(opens).copied().expect("invariant: a screen has a command of its name")
    }
}
