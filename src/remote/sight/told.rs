//! What CloudWatch told of a stream or a shard.

use super::gauge::{Flow, Gauge};
use crate::model::{Millis, ShardId, StreamName};
use crate::snapshot::Source;

/// Figures that end before this are as good as none: it lags by some minutes, and does not tell where
/// nothing happened.
const OLD_MS: u64 = 8 * 60_000;
const MINUTE_S: u32 = 60;

/// Whose figures are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::remote) struct Whose {
    pub(in crate::remote) stream: StreamName,
    /// One of its shards, or all of it.
    pub(in crate::remote) shard: Option<ShardId>,
}

/// What flowed in some minutes, one behind the other: each the mean of a second.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::remote) struct History {
    /// All but the last, oldest first.
    pub(in crate::remote) before: Vec<Flow>,
    pub(in crate::remote) last: Flow,
    /// When the last minute ended.
    pub(in crate::remote) until: Millis,
}

/// The last of it is taken for what flows now, and said to be as old as it is.
pub(super) struct Told {
    pub(super) gauge: Gauge,
    until: Millis,
}

impl Told {
    /// Takes what is told the first time, with all that was before.
    fn first(history: &History) -> Self {
        let mut gauge = Gauge::default();
        for flow in &history.before {
            gauge.flow = *flow;
            for _ in 0..MINUTE_S {
                gauge.tick();
            }
        }
        gauge.flow = history.last;
        Self { gauge, until: history.until }
    }

    /// Puts what is told into its place, unless it is old.
    pub(super) fn tell(place: &mut Option<Self>, now: Millis, history: &History) {
        match place {
            _ if history.until.plus(OLD_MS) <= now => {}
            Some(told) => (told.gauge.flow, told.until) = (history.last, history.until),
            None => *place = Some(Self::first(history)),
        }
    }

    pub(super) fn is_old(&self, now: Millis) -> bool {
        self.until.plus(OLD_MS) <= now
    }

    pub(super) fn source(&self) -> Source {
        Source::CloudWatch { until: self.until }
    }
}
