//! Where a shard is divided.

use std::fmt::{self, Display};

use crate::model::{HashKey, HashKeyRange, ShardLimits};
use crate::snapshot::{KeyMix, Measure};

/// Where a shard is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitAt {
    /// In the middle of its range.
    #[default]
    Middle,
    /// Where its load halves, as far as its keys are known; in the middle when they are not.
    Hot,
    /// At this key, the first of the upper child.
    Key(HashKey),
}

impl SplitAt {
    /// The words for it besides a hash key.
    pub const WORDS: &[&str] = &["hot", "middle"];

    /// Reads `hot`, `middle` or a hash key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "hot" => Some(Self::Hot),
            "middle" => Some(Self::Middle),
            key => HashKey::parse(key).map(Self::Key),
        }
    }

    /// The first key of the upper child, for a shard of which this is known.
    #[must_use]
    pub fn key(self, range: HashKeyRange, limits: &ShardLimits, mix: Option<&KeyMix>) -> HashKey {
        let middle = HashKey(range.middle().0.saturating_add(1));
        let halving = |mix: &KeyMix| mix.halving(tighter(limits, mix));
        match self {
            Self::Middle => middle,
            Self::Hot => mix.and_then(halving).unwrap_or(middle),
            Self::Key(key) => key,
        }
    }
}

/// The limit that is reached first with the mean record of this mix; records when both are off.
pub(crate) fn tighter(limits: &ShardLimits, mix: &KeyMix) -> Measure {
    let (records, bytes) = (limits.write_records_per_s, limits.write_bytes_per_s);
    match (records, bytes) {
        (None, Some(_)) => Measure::Bytes,
        (Some(records), Some(bytes)) if mix.mean_bytes * records as f64 > bytes as f64 => {
            Measure::Bytes
        }
        (Some(_) | None, _) => Measure::Records,
    }
}

impl Display for SplitAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Middle => f.write_str("middle"),
            Self::Hot => f.write_str("hot"),
            Self::Key(key) => f.write_str(&key.hex()),
        }
    }
}
