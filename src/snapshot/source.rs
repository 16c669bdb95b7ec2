//! Where the figures of a picture come from.

use serde::{Deserialize, Serialize};

use crate::model::Millis;

/// Where the figures of a stream or a shard come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Counted by who serves it, second by second.
    #[default]
    Counted,
    /// What reading it brings, as often as a budget of calls allows.
    Sampled,
    /// The means of a minute, as CloudWatch tells them.
    CloudWatch {
        /// When the minute ended, which is some minutes ago.
        until: Millis,
    },
}

/// How CloudWatch is asked for figures of streams elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloudWatch {
    /// Nobody is to be asked: the streams are not AWS'.
    #[default]
    Absent,
    /// Asked once a minute.
    Asked {
        /// For so many metrics; each is charged for.
        metrics: u32,
    },
    /// It does not answer.
    Failing {
        /// Why, as a sentence; it is asked again by itself.
        why: String,
    },
}
