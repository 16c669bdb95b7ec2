//! The lease table of an application: who may read which shard, and how far it is done.
//!
//! * A lease that was not renewed for the failover time is free to take. Nobody is asked.
//! * A worker aims at as many leases as there are for each worker, rounded up. It takes free ones up to
//!   that; when there is none and it has fewer, it takes one of the worker that has most, at a time.
//! * A worker counts who holds a lease that is not free, and itself: it knows nobody else.

use std::collections::BTreeMap;

use crate::model::{Millis, ShardId};
use crate::pipeline::follow::Checkpoint;

/// A worker's right to read a shard, and how far the shard is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The worker that holds it or held it last.
    pub owner: Option<u32>,
    /// Goes up with each renewal and each change of hands.
    pub counter: u64,
    /// When it was renewed last.
    pub renewed: Millis,
    /// How often it went from one worker to another.
    pub switches: u32,
    /// From where on whoever holds it has to read; `None` before anything was kept.
    pub checkpoint: Option<Checkpoint>,
}

impl Lease {
    /// May any worker take it: was it never held, or not renewed in time?
    fn is_free(&self, now: Millis, failover_ms: u64) -> bool {
        self.owner.is_none() || self.renewed.plus(failover_ms) <= now
    }
}

/// A lease that changed hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) shard: ShardId,
    /// Of whom, if it was another's.
    pub(super) from: Option<u32>,
    /// It was not free: whoever held it is there, and hands it over.
    pub(super) is_handed: bool,
}

/// All leases.
#[derive(Debug)]
pub(super) struct LeaseTable {
    pub(super) leases: BTreeMap<ShardId, Lease>,
    failover_ms: u64,
}

impl LeaseTable {
    pub(super) fn new(failover_ms: u64) -> Self {
        Self { leases: BTreeMap::new(), failover_ms }
    }

    /// There is a lease for this shard from now on.
    pub(super) fn add(&mut self, shard: ShardId, checkpoint: Option<Checkpoint>) {
        self.leases.entry(shard).or_insert(Lease {
            owner: None,
            counter: 0,
            renewed: Millis::ZERO,
            switches: 0,
            checkpoint,
        });
    }

    /// The worker that may read a shard now.
    pub(super) fn holder(&self, now: Millis, shard: ShardId) -> Option<u32> {
        self.leases.get(&shard).filter(|lease| !lease.is_free(now, self.failover_ms))?.owner
    }

    /// A worker renews what it holds.
    pub(super) fn renew(&mut self, now: Millis, worker: u32) {
        let failover_ms = self.failover_ms;
        let own =
            |lease: &&mut Lease| lease.owner == Some(worker) && !lease.is_free(now, failover_ms);
        for lease in self.leases.values_mut().filter(own) {
            lease.counter += 1;
            lease.renewed = now;
        }
    }

    /// A worker looks for leases to take.
    pub(super) fn take(&mut self, now: Millis, worker: u32) -> Vec<Taken> {
        let open = |lease: &&Lease| lease.checkpoint != Some(Checkpoint::ShardEnd);
        let mut held: BTreeMap<u32, Vec<ShardId>> = BTreeMap::from([(worker, Vec::new())]);
        let mut free = Vec::new();
        for (shard, lease) in self.leases.iter().filter(|(_, lease)| open(lease)) {
            match lease.owner {
                Some(owner) if !lease.is_free(now, self.failover_ms) => {
                    held.entry(owner).or_default().push(*shard);
                }
                Some(_) | None => free.push(*shard),
            }
        }
        let leases = free.len() + held.values().map(Vec::len).sum::<usize>();
        let target = leases.div_ceil(held.len());
        let wants = target.saturating_sub(held[&worker].len());
        if wants == 0 {
            return Vec::new();
        }
        if free.is_empty() {
            let most = held.iter().max_by_key(|(_, shards)| shards.len());
            let spare = most.filter(|(_, shards)| shards.len() > held[&worker].len() + 1);
            let shard = spare.and_then(|(_, shards)| shards.last());
            return shard.map(|shard| self.give(now, *shard, worker)).into_iter().collect();
        }
        free.into_iter().take(wants).map(|shard| self.give(now, shard, worker)).collect()
    }

    fn give(&mut self, now: Millis, shard: ShardId, worker: u32) -> Taken {
        let is_handed = self.holder(now, shard).is_some();
        let lease = self.leases.get_mut(&shard).expect("invariant: it was found in the table");
        let from = lease.owner.replace(worker).filter(|before| *before != worker);
        lease.counter += 1;
        lease.renewed = now;
        lease.switches += u32::from(from.is_some());
        Taken { shard, from, is_handed }
    }

    /// Keeps how far a shard is done. A checkpoint never goes back.
    pub(super) fn keep(&mut self, shard: ShardId, checkpoint: Checkpoint) {
        if let Some(lease) = self.leases.get_mut(&shard) {
            lease.checkpoint = lease.checkpoint.max(Some(checkpoint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(shards: u32) -> LeaseTable {
        let mut table = LeaseTable::new(10_000);
        (0..shards).for_each(|shard| table.add(ShardId(shard), None));
        table
    }

    fn owned(table: &LeaseTable, worker: u32) -> usize {
        table.leases.values().filter(|lease| lease.owner == Some(worker)).count()
    }

    #[test]
    fn workers_share_the_leases_evenly_one_steal_at_a_time() {
        let mut table = table(5);
        assert_eq!(table.take(Millis(0), 1).len(), 5, "it knows of nobody else");
        for round in 1..=3 {
            let stolen = table.take(Millis(round), 2);
            let [Taken { from: Some(1), is_handed: true, .. }] = stolen[..] else {
                assert_eq!(round, 3, "{stolen:?}");
                continue;
            };
        }
        assert_eq!((owned(&table, 1), owned(&table, 2)), (3, 2));
        assert_eq!(table.take(Millis(9), 1), []);
        assert_eq!(table.take(Millis(9), 2), []);
    }

    #[test]
    fn what_nobody_renews_is_free_after_the_failover_time() {
        let mut table = table(4);
        table.take(Millis(0), 1);
        table.take(Millis(0), 2);
        table.take(Millis(1), 2);
        assert_eq!((owned(&table, 1), owned(&table, 2)), (2, 2));
        table.renew(Millis(9_000), 2);
        assert_eq!(table.take(Millis(9_999), 2), [], "the other is a second late");
        assert_eq!(table.holder(Millis(10_000), ShardId(0)), None);
        table.renew(Millis(10_001), 1);
        let taken = table.take(Millis(10_002), 2);
        assert_eq!(taken.len(), 2, "too late is lost: {taken:?}");
        assert!(taken.iter().all(|one| one.from == Some(1) && !one.is_handed));
    }

    #[test]
    fn a_checkpoint_never_goes_back() {
        let mut table = table(1);
        let shard = ShardId(0);
        for (kept, wanted) in [
            (Checkpoint::At(5), Checkpoint::At(5)),
            (Checkpoint::At(3), Checkpoint::At(5)),
            (Checkpoint::ShardEnd, Checkpoint::ShardEnd),
            (Checkpoint::At(9), Checkpoint::ShardEnd),
        ] {
            table.keep(shard, kept);
            assert_eq!(table.leases[&shard].checkpoint, Some(wanted));
        }
        assert_eq!(table.take(Millis(0), 1), [], "there is nothing to read any more");
    }
}
