//! What a problem is about.

use std::fmt::{self, Display};

use crate::model::{PartName, ShardId, StreamName};

/// What a problem is about, in the order in which problems of one severity are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The endpoint that the streams are at.
    Endpoint,
    /// The log.
    Log,
    /// The account's concurrency.
    Account,
    /// A stream.
    Stream(StreamName),
    /// A shard of a stream.
    Shard(StreamName, ShardId),
    /// Whoever reads a stream: a mapping, a transform, a plain reader or an application.
    Consumer(PartName),
    /// A function.
    Function(PartName),
    /// A producer.
    Producer(PartName),
    /// What the session promised.
    Session,
}

impl Subject {
    /// The stream, for a stream or a shard.
    #[must_use]
    pub const fn stream(&self) -> Option<&StreamName> {
        match self {
            Self::Stream(stream) | Self::Shard(stream, _) => Some(stream),
            Self::Endpoint
            | Self::Log
            | Self::Account
            | Self::Consumer(_)
            | Self::Function(_)
            | Self::Producer(_)
            | Self::Session => None,
        }
    }

    /// Is it that one, or a shard of that stream?
    #[must_use]
    pub fn is_in(&self, whole: &Self) -> bool {
        match (self, whole) {
            (Self::Shard(own, _), Self::Stream(stream)) => own == stream,
            (one, other) => one == other,
        }
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint => f.write_str("endpoint"),
            Self::Log => f.write_str("log"),
            Self::Account => f.write_str("account"),
            Self::Stream(stream) => stream.fmt(f),
            Self::Shard(stream, shard) => write!(f, "{stream} {}", shard.short()),
            Self::Consumer(part) | Self::Function(part) | Self::Producer(part) => part.fmt(f),
            Self::Session => f.write_str("session"),
        }
    }
}
