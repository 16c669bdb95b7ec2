//! Which shards a filter of ListShards lets through.

use crate::model::{Millis, ShardFilter, ShardId};

/// The life of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its number.
    pub shard: ShardId,
    /// When it was opened.
    pub opened: Millis,
    /// When it was closed.
    pub closed: Option<Millis>,
}

impl Life {
    fn was_open(self, at: Millis) -> bool {
        self.opened <= at && self.is_open_from(at)
    }

    fn is_open_from(self, at: Millis) -> bool {
        self.closed.is_none_or(|closed| closed >= at)
    }
}

/// Does the filter let the shard through? `horizon` is the older bound of retention, or the time
/// at which a younger stream was created.
#[must_use]
pub fn lets_through(filter: ShardFilter, shard: Life, horizon: Millis) -> bool {
    let within = shard.is_open_from(horizon);
    match filter {
        ShardFilter::AfterShardId(after) => within && shard.shard > after,
        ShardFilter::AtTrimHorizon => shard.was_open(horizon),
        ShardFilter::FromTrimHorizon => within,
        ShardFilter::AtLatest => shard.closed.is_none(),
        ShardFilter::AtTimestamp(at) => within && shard.was_open(at),
        ShardFilter::FromTimestamp(at) => shard.is_open_from(at.max(horizon)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose shard 0 was split at 100 and whose shard 2 was split at 200; shard 9 closed
    /// before the horizon at 50 and waits to expire.
    fn lives() -> Vec<Life> {
        let life = |shard, opened, closed: Option<u64>| Life {
            shard: ShardId(shard),
            opened: Millis(opened),
            closed: closed.map(Millis),
        };
        vec![
            life(9, 0, Some(49)),
            life(0, 0, Some(100)),
            life(1, 100, None),
            life(2, 100, Some(200)),
            life(3, 200, None),
            life(4, 200, None),
        ]
    }

    #[test]
    fn each_filter_returns_what_the_reference_says() {
        for (filter, expected) in [
            (ShardFilter::AfterShardId(ShardId(1)), &[2, 3, 4][..]),
            (ShardFilter::AfterShardId(ShardId(4)), &[]),
            (ShardFilter::AtTrimHorizon, &[0]),
            (ShardFilter::FromTrimHorizon, &[0, 1, 2, 3, 4]),
            (ShardFilter::AtLatest, &[1, 3, 4]),
            (ShardFilter::AtTimestamp(Millis(99)), &[0]),
            (ShardFilter::AtTimestamp(Millis(100)), &[0, 1, 2]),
            (ShardFilter::AtTimestamp(Millis(150)), &[1, 2]),
            (ShardFilter::AtTimestamp(Millis(999)), &[1, 3, 4]),
            (ShardFilter::FromTimestamp(Millis(0)), &[0, 1, 2, 3, 4]),
            (ShardFilter::FromTimestamp(Millis(100)), &[0, 1, 2, 3, 4]),
            (ShardFilter::FromTimestamp(Millis(101)), &[1, 2, 3, 4]),
            (ShardFilter::FromTimestamp(Millis(201)), &[1, 3, 4]),
        ] {
            let through = |life: &&Life| lets_through(filter, **life, Millis(50));
            let ids: Vec<u32> = lives().iter().filter(through).map(|life| life.shard.0).collect();
            assert_eq!(ids, expected, "{filter:?}");
        }
    }
}
