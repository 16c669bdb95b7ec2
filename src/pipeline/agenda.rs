//! When each shard is to be looked at: what is done for one costs nothing for all the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Millis, ShardId};

/// The time at which each shard is due, if it is by time alone.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Agenda {
    times: BTreeMap<ShardId, Millis>,
    order: BTreeSet<(Millis, ShardId)>,
}

impl Agenda {
    /// A shard is due at that time and at no other; at [`Millis::NEVER`] it is not due.
    pub(in crate::pipeline) fn set(&mut self, shard: ShardId, at: Millis) {
        let before = match at {
            Millis::NEVER => self.times.remove(&shard),
            at => self.times.insert(shard, at),
        };
        if let Some(before) = before {
            self.order.remove(&(before, shard));
        }
        if at != Millis::NEVER {
            self.order.insert((at, shard));
        }
    }

    /// These are due at once.
    pub(in crate::pipeline) fn hurry(&mut self, shards: impl Iterator<Item = ShardId>) {
        shards.for_each(|shard| self.set(shard, Millis::ZERO));
    }

    /// When the first one is due.
    pub(in crate::pipeline) fn next(&self) -> Millis {
        self.order.first().map_or(Millis::NEVER, |(at, _)| *at)
    }

    /// Takes out those that are due, in the order of shards.
    pub(in crate::pipeline) fn take(&mut self, now: Millis) -> BTreeSet<ShardId> {
        let mut due = BTreeSet::new();
        while let Some((at, shard)) = self.order.first().copied()
            && at <= now
        {
            self.set(shard, Millis::NEVER);
            due.insert(shard);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_due_at_the_last_time_that_was_said_and_once() {
        let [first, second, third] = [0, 1, 2].map(ShardId);
        let mut agenda = Agenda::default();
        assert_eq!(agenda.next(), Millis::NEVER);
        agenda.set(second, Millis(5));
        agenda.set(first, Millis(7));
        agenda.set(third, Millis(6));
        agenda.set(second, Millis(9));
        agenda.set(third, Millis::NEVER);
        assert_eq!(agenda.next(), Millis(7));
        assert_eq!(agenda.take(Millis(6)), BTreeSet::new());
        assert_eq!(agenda.take(Millis(9)), BTreeSet::from([first, second]));
        assert_eq!((agenda.take(Millis(9)), agenda.next()), (BTreeSet::new(), Millis::NEVER));
    }
}
