//! What to ask next: everything that is watched grows stale at its own pace, and the stalest goes first.
//!
//! So a budget that is too small for all of it makes everything slower alike, and nothing is forgotten.

use crate::model::{Millis, ShardId, StreamName};

/// Something to ask again and again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// A whole picture.
    Look,
    /// What CloudWatch tells.
    Metrics,
    /// The names of streams.
    List,
    /// What a stream is like.
    Describe(StreamName),
    /// Its shards.
    Shards(StreamName),
    /// What came to a shard.
    Read(StreamName, ShardId),
    /// The records at the place that a viewer looks at.
    Page,
}

/// A task, and how often it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) task: Task,
    pub(super) every_ms: u64,
    /// When it was last done; `None` is never.
    pub(super) done: Option<Millis>,
}

impl Wanted {
    /// How stale it is, in its own periods: 1 and more is due.
    fn staleness(&self, now: Millis) -> f64 {
        match self.done {
            None => f64::INFINITY,
            Some(done) => now.since(done) as f64 / self.every_ms.max(1) as f64,
        }
    }
}

/// The task that is due most, if one is. Of those that are as stale as each other, the first.
pub(super) fn stalest(wanted: &[Wanted], now: Millis) -> Option<&Wanted> {
    let due = wanted.iter().filter(|wanted| wanted.staleness(now) >= 1.0);
    due.min_by(|one, other| other.staleness(now).total_cmp(&one.staleness(now)))
}

/// Calls that may be made: so many a second, and those of one second at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    per_s: f64,
    left: f64,
    at: Millis,
}

impl Budget {
    pub(super) fn new(per_s: u32, now: Millis) -> Self {
        let per_s = f64::from(per_s);
        Self { per_s, left: per_s, at: now }
    }

    /// May one more call be made?
    pub(super) fn allows(&mut self, now: Millis) -> bool {
        let grown = self.per_s * now.since(self.at) as f64 / 1_000.0;
        (self.left, self.at) = ((self.left + grown).min(self.per_s), now.max(self.at));
        self.left >= 1.0
    }

    /// A call was made.
    pub(super) fn spend(&mut self) {
        self.left -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stalest_goes_first_and_what_was_never_done_before_it() {
        let stream = StreamName::new("orders").expect("it is a name");
        let wanted = |task: Task, every_ms, done: Option<u64>| Wanted {
            task,
            every_ms,
            done: done.map(Millis),
        };
        let mut all = vec![
            wanted(Task::List, 5_000, Some(4_000)),
            wanted(Task::Read(stream.clone(), ShardId(0)), 1_000, Some(8_000)),
            wanted(Task::Describe(stream.clone()), 5_000, Some(1_000)),
        ];
        let next =
            |all: &[Wanted], now| stalest(all, Millis(now)).map(|wanted| wanted.task.clone());
        assert_eq!(next(&all, 8_500), Some(Task::Describe(stream.clone())));
        assert_eq!(next(&all, 10_500), Some(Task::Read(stream.clone(), ShardId(0))));
        all.push(wanted(Task::Shards(stream.clone()), 60_000, None));
        assert_eq!(next(&all, 10_500), Some(Task::Shards(stream)));
        assert_eq!(next(&all[..1], 8_999), None, "nothing is due");
    }

    #[test]
    fn a_budget_is_for_each_second() {
        let mut budget = Budget::new(2, Millis(1_000));
        let mut made = 0;
        for ms in 1_000..3_100 {
            while budget.allows(Millis(ms)) {
                budget.spend();
                made += 1;
            }
        }
        assert_eq!(made, 6, "two at once, and two a second");
    }
}
