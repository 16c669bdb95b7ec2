//! What a course would come to: the cost, refusals and ages of a world that runs ahead.
//!
//! The world that runs ahead begins with empty streams, so what is stored is counted as if the
//! whole retention were full at the rate of the moment.

use crate::cost::{Prices, bill_when_full, total};
use crate::snapshot::Snapshot;

/// Pictures at the beginning that are not counted: rates are means of some seconds.
const WARM: u32 = 5;

/// What a course would come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Dollars an hour, on the average.
    pub per_hour: f64,
    /// Open shards of all streams at the end.
    pub open_shards: usize,
    /// Records taken.
    pub taken: u64,
    /// Records refused for throughput.
    pub refused: u64,
    /// Invocations refused for concurrency.
    pub throttled: u64,
    /// The highest iterator age, milliseconds.
    pub age_max_ms: u64,
}

impl Outlook {
    /// Share of the records offered that were refused, 0 to 1.
    #[must_use]
    pub fn refused_share(&self) -> f64 {
        self.refused as f64 / (self.taken + self.refused).max(1) as f64
    }
}

/// A world that runs ahead, picture by picture.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    seen: u32,
    sum: f64,
    age_max_ms: u64,
    last: Option<Outlook>,
}

impl Trial {
    /// Takes the next picture, a second after the one before.
    pub fn see(&mut self, snapshot: &Snapshot, prices: &Prices) {
        self.seen += 1;
        let now = total(&bill_when_full(snapshot, prices));
        if self.seen > WARM {
            self.sum += now;
        }
        let counted = self.seen.saturating_sub(WARM);
        let shards = || snapshot.streams.iter().flat_map(|stream| stream.shards.iter());
        self.age_max_ms = self.age_max_ms.max(snapshot.iterator_age_max_ms());
        self.last = Some(Outlook {
            per_hour: if counted > 0 { self.sum / f64::from(counted) } else { now },
            open_shards: snapshot.open_shards(),
            taken: shards().map(|shard| shard.tally().incoming_records).sum(),
            refused: shards().map(|shard| shard.tally().write_throttled()).sum(),
            throttled: snapshot.functions.iter().map(|function| function.tally.throttles).sum(),
            age_max_ms: self.age_max_ms,
        });
    }

    /// What it came to so far; `None` before the first picture.
    #[must_use]
    pub fn outlook(&self) -> Option<Outlook> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_no_outlook_and_an_empty_world_costs_nothing() {
        let mut trial = Trial::default();
        assert_eq!(trial.outlook(), None);
        (0..9).for_each(|_| trial.see(&Snapshot::default(), &Prices::built_in()));
        let outlook = trial.outlook().expect("seen");
        assert_eq!((outlook.open_shards, outlook.refused), (0, 0));
        assert!(outlook.per_hour.abs() < f64::EPSILON && outlook.refused_share() < f64::EPSILON);
    }
}
