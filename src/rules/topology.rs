//! Split, merge and uniform scaling: what is allowed, and what becomes of the ranges.

use crate::model::{HashKey, HashKeyRange, ShardId};

/// Ranges of `count` equal shards: each of floor(2^128 / count) keys, the last with the rest.
#[must_use]
pub fn initial_ranges(count: u32) -> Vec<HashKeyRange> {
    assert!(count > 0, "a stream has a shard");
    let step = if count == 1 { 0 } else { exact_step(count) };
    (0..count)
        .map(|i| {
            let start = HashKey(step.wrapping_mul(u128::from(i)));
            let end = if i + 1 == count { u128::MAX } else { start.0 + (step - 1) };
            HashKeyRange { start, end: HashKey(end) }
        })
        .collect()
}

/// Ranges that begin at the lowest key and at each of these; `None` when they do not ascend from above it.
#[must_use]
pub fn ranges_between(cuts: &[HashKey]) -> Option<Vec<HashKeyRange>> {
    let starts = std::iter::once(HashKey::MIN).chain(cuts.iter().copied());
    let ends = cuts.iter().map(|cut| cut.0.checked_sub(1)).chain([Some(u128::MAX)]);
    starts.zip(ends).map(|(start, end)| HashKeyRange::new(start, HashKey(end?))).collect()
}

/// floor(2^128 / count) for count above 1, without leaving 128 bits.
fn exact_step(count: u32) -> u128 {
    let count = u128::from(count);
    let (quotient, rest) = (u128::MAX / count, u128::MAX % count);
    if rest + 1 == count { quotient + 1 } else { quotient }
}

/// The two halves of `range` when it is split at `at`; `None` when `at` is not above start + 1 and
/// below the end, as Kinesis demands.
#[must_use]
pub fn split(range: HashKeyRange, at: HashKey) -> Option<[HashKeyRange; 2]> {
    if at.0 <= range.start.0.saturating_add(1) || at >= range.end {
        return None;
    }
    let lower = HashKeyRange { start: range.start, end: HashKey(at.0 - 1) };
    Some([lower, HashKeyRange { start: at, end: range.end }])
}

/// The two halves of `range`, the lower one never the larger; `None` when it is too narrow.
#[must_use]
pub fn halves(range: HashKeyRange) -> Option<[HashKeyRange; 2]> {
    split(range, HashKey(range.middle().0.saturating_add(1)))
}

/// The union of two ranges that are merged; `None` when `lower` does not end right before `upper`
/// begins, as Kinesis demands of the order of its arguments.
#[must_use]
pub fn merge(lower: HashKeyRange, upper: HashKeyRange) -> Option<HashKeyRange> {
    lower.precedes(&upper).then_some(HashKeyRange { start: lower.start, end: upper.end })
}

/// A change of a stream's shards that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reshard {
    /// Divide a shard in two.
    Split {
        /// The shard.
        shard: ShardId,
        /// First key of the upper child.
        at: HashKey,
    },
    /// Unite two neighbors.
    Merge {
        /// The lower shard.
        lower: ShardId,
        /// The shard right above it.
        upper: ShardId,
    },
    /// Scale uniformly.
    Uniform {
        /// Open shards wanted, above 0.
        target: u32,
    },
}

impl Reshard {
    /// Shards by which a stream with `open` shards may exceed them while this goes on: short-lived
    /// ones count to the account's quota.
    #[must_use]
    pub fn growth(self, open: u32) -> u32 {
        match self {
            Self::Split { .. } => 1,
            Self::Merge { .. } => 0,
            // Unless each shard is split once, the upper part of one waits to be united with the next.
            Self::Uniform { target } if target > open => {
                target - open + u32::from(!target.is_multiple_of(open.max(1)))
            }
            Self::Uniform { .. } => 0,
        }
    }
}

/// Where the shards begin, but for the first, of a stream that is scaled uniformly to `target` of
/// them: as in a stream that is created with so many. A boundary that is there stays when only the
/// rounding of ranges, at most a key for each shard, tells it from that. So every other one can be a
/// split, and doubling splits each shard of a uniform stream once.
///
/// `open` are the ranges of its shards in order.
#[must_use]
pub fn uniform_starts(open: &[HashKeyRange], target: u32) -> Vec<HashKey> {
    let rounding = u128::from(target).max(open.len() as u128);
    let kept = |wanted: HashKey| {
        let above = open.partition_point(|range| range.start < wanted);
        let near = open[above.saturating_sub(1)..].iter().take(2).map(|range| range.start);
        let nearest = near.min_by_key(|start| start.0.abs_diff(wanted.0));
        nearest.filter(|start| start.0.abs_diff(wanted.0) <= rounding).unwrap_or(wanted)
    };
    initial_ranges(target).iter().skip(1).map(|range| kept(range.start)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::routing::tiles;

    #[test]
    fn initial_ranges_match_the_documented_boundaries() {
        let starts: Vec<u128> = initial_ranges(4).iter().map(|range| range.start.0).collect();
        assert_eq!(
            starts,
            [
                0,
                85_070_591_730_234_615_865_843_651_857_942_052_864,
                170_141_183_460_469_231_731_687_303_715_884_105_728,
                255_211_775_190_703_847_597_530_955_573_826_158_592,
            ]
        );
        let [lower, upper] = initial_ranges(2)[..] else { panic!("there are two") };
        assert_eq!(upper.start.0, 170_141_183_460_469_231_731_687_303_715_884_105_728);
        assert_eq!(lower.end.0, 170_141_183_460_469_231_731_687_303_715_884_105_727);
        assert_eq!(upper.end.0, 340_282_366_920_938_463_463_374_607_431_768_211_455);
    }

    #[test]
    fn a_split_key_must_lie_strictly_inside() {
        let range = HashKeyRange { start: HashKey(10), end: HashKey(20) };
        for bad in [0, 9, 10, 11, 20, 21] {
            assert_eq!(split(range, HashKey(bad)), None, "{bad}");
        }
        let [lower, upper] = split(range, HashKey(12)).expect("12 is inside");
        assert_eq!((lower.end, upper.start), (HashKey(11), HashKey(12)));
    }

    #[test]
    fn the_halves_of_an_even_range_are_equal() {
        let [lower, upper] = halves(HashKeyRange::ALL).expect("it is wide");
        assert_eq!(upper.start, HashKey(1 << 127));
        assert_eq!(lower.end.0 - lower.start.0, upper.end.0 - upper.start.0);
        let narrow = |width: u128| HashKeyRange { start: HashKey(7), end: HashKey(7 + width) };
        assert_eq!([1, 2].map(|width| halves(narrow(width))), [None, None]);
        assert!(halves(narrow(3)).is_some());
    }

    #[test]
    fn only_the_lower_of_two_neighbors_comes_first_in_a_merge() {
        // The ranges of the example in the service's model.
        let range = |start, end| HashKeyRange { start: HashKey(start), end: HashKey(end) };
        let (lower, upper) = (range(276, 381), range(382, 454));
        assert_eq!(merge(lower, upper), Some(range(276, 454)));
        for (a, b) in [(upper, lower), (lower, lower), (lower, range(383, 454))] {
            assert_eq!(merge(a, b), None, "{a:?} {b:?}");
        }
    }

    #[test]
    fn uniform_scaling_of_a_uniform_stream_keeps_what_boundaries_it_can() {
        for (open, target, kept) in [(7, 14, 6), (5, 10, 4), (6, 3, 2), (4, 5, 0), (9, 6, 2)] {
            let ranges = initial_ranges(open);
            let starts = uniform_starts(&ranges, target);
            let there = |start: &&HashKey| ranges.iter().any(|range| range.start == **start);
            assert_eq!(starts.iter().filter(there).count(), kept, "{open} to {target}");
        }
    }

    #[test]
    fn short_lived_shards_count_while_a_stream_grows() {
        let split = Reshard::Split { shard: ShardId(0), at: HashKey(1) };
        let merge = Reshard::Merge { lower: ShardId(0), upper: ShardId(1) };
        let uniform = |target| Reshard::Uniform { target };
        for (reshard, growth) in [
            (split, 1),
            (merge, 0),
            (uniform(8), 4),
            (uniform(5), 2),
            (uniform(4), 0),
            (uniform(3), 0),
        ] {
            assert_eq!(reshard.growth(4), growth, "{reshard:?}");
        }
    }

    /// Where a shard may begin: anywhere, or near where one of equal shards does.
    fn cut() -> impl Strategy<Value = u128> {
        let near = |(count, nth, off): (u128, u128, u128)| u128::MAX / count * (nth % count) + off;
        prop_oneof![2..u128::MAX - 2, (2..80u128, 1..80u128, 2..100u128).prop_map(near)]
    }

    proptest! {
        #[test]
        fn ranges_between_the_cuts_of_a_stream_are_its_ranges(count in 1u32..100) {
            let ranges = initial_ranges(count);
            let mut cuts: Vec<HashKey> = ranges.iter().skip(1).map(|range| range.start).collect();
            prop_assert_eq!(ranges_between(&cuts), Some(ranges));
            cuts.push(HashKey::MIN);
            prop_assert_eq!(ranges_between(&cuts), None);
        }

        #[test]
        fn any_initial_ranges_tile_the_key_space(count in 1u32..5_000) {
            let ranges = initial_ranges(count);
            prop_assert_eq!(ranges.len(), count as usize);
            prop_assert!(tiles(ranges.into_iter()));
        }

        #[test]
        fn uniform_scaling_ends_in_equal_ranges_by_splits_that_the_service_takes(
            cuts in prop::collection::btree_set(cut(), 0..40),
            target in 1u32..80,
        ) {
            let mut cuts: Vec<u128> = cuts.into_iter().collect();
            cuts.dedup_by(|later, cut| *later - *cut < 2);
            let starts = [&[0], &cuts[..]].concat();
            let ends = cuts.iter().map(|cut| cut - 1).chain([u128::MAX]);
            let open: Vec<HashKeyRange> = starts.iter().zip(ends)
                .map(|(start, end)| HashKeyRange { start: HashKey(*start), end: HashKey(end) })
                .collect();
            let equal = initial_ranges(target);
            let scaled = uniform_starts(&open, target);
            prop_assert_eq!(scaled.len() + 1, equal.len());
            for (start, range) in scaled.iter().zip(&equal[1..]) {
                let rounding = start.0.abs_diff(range.start.0);
                prop_assert!(rounding <= u128::from(target).max(open.len() as u128));
                let there = open.iter().any(|range| range.start == *start);
                prop_assert!(there || open.iter().any(|range| split(*range, *start).is_some()));
            }
        }
    }
}
