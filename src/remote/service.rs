//! The services of AWS that are asked.

use crate::wire::{Format, signature};

/// A service of AWS that is asked by posts with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Streams.
    Kinesis,
    /// What was measured on them.
    CloudWatch,
}

impl Service {
    /// As the scopes of signatures and the names of AWS' machines have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kinesis => signature::SERVICE,
            Self::CloudWatch => "monitoring",
        }
    }

    /// The service of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Kinesis, Self::CloudWatch].into_iter().find(|service| service.name() == name)
    }

    /// What its requests are written in. The model of CloudWatch (2010-08-01) lists CBOR of Smithy, JSON 1.0
    /// and the old query protocol; JSON is what is spoken here anyway.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Kinesis => Format::Json.content_type(),
            Self::CloudWatch => "application/x-amz-json-1.0",
        }
    }
}
