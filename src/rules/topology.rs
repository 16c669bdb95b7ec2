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
            Self::Uniform { target } if target > open => open,
            Self::Uniform { .. } => 0,
        }
    }
}

/// One round of uniform scaling over the open shards in order of their ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Split every shard in halves.
    SplitAll,
    /// Merge the first two shards, the next two, and so on: so many pairs.
    MergePairs(usize),
}

/// The rounds from `open` to `target` shards, as observed on AWS: up by splitting every shard and
/// merging neighbors until the target is met, down by merging neighbors. When the target asks for
/// more than double or less than half, several rounds follow each other.
#[must_use]
pub fn uniform_rounds(open: usize, target: usize) -> Vec<Round> {
    assert!(open > 0 && target > 0, "a stream has a shard");
    let mut rounds = Vec::new();
    let mut count = open;
    while count < target {
        rounds.push(Round::SplitAll);
        count *= 2;
    }
    while count > target {
        let pairs = (count - target).min(count / 2);
        rounds.push(Round::MergePairs(pairs));
        count -= pairs;
    }
    rounds
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

    fn apply(ranges: &[HashKeyRange], round: Round) -> Vec<HashKeyRange> {
        match round {
            Round::SplitAll => {
                ranges.iter().flat_map(|range| halves(*range).expect("it is wide")).collect()
            }
            Round::MergePairs(pairs) => {
                let (merged, kept) = ranges.split_at(2 * pairs);
                let union = |pair: &[HashKeyRange]| merge(pair[0], pair[1]).expect("neighbors");
                merged.chunks(2).map(union).chain(kept.iter().copied()).collect()
            }
        }
    }

    #[test]
    fn uniform_scaling_goes_the_way_that_was_observed() {
        // Widths in sixteenths of the key space.
        for (open, target, widths) in [
            (2, 4, &[4, 4, 4, 4][..]),
            (2, 3, &[8, 4, 4]),
            (4, 5, &[4, 4, 4, 2, 2]),
            (4, 7, &[4, 2, 2, 2, 2, 2, 2]),
            (4, 3, &[8, 4, 4]),
            (4, 2, &[8, 8]),
            (8, 5, &[4, 4, 4, 2, 2]),
            (4, 4, &[4, 4, 4, 4]),
            (2, 1, &[16]),
        ] {
            let open_ranges = initial_ranges(u32::try_from(open).expect("it is small"));
            let rounds = uniform_rounds(open, target);
            let ranges = rounds.iter().fold(open_ranges, |ranges, round| apply(&ranges, *round));
            let width = |range: &HashKeyRange| ((range.end.0 - range.start.0) >> 124) + 1;
            assert_eq!(ranges.iter().map(width).collect::<Vec<_>>(), widths, "{open} to {target}");
        }
    }

    #[test]
    fn short_lived_shards_count_while_a_stream_grows() {
        let split = Reshard::Split { shard: ShardId(0), at: HashKey(1) };
        let merge = Reshard::Merge { lower: ShardId(0), upper: ShardId(1) };
        let uniform = |target| Reshard::Uniform { target };
        for (reshard, growth) in
            [(split, 1), (merge, 0), (uniform(5), 4), (uniform(4), 0), (uniform(2), 0)]
        {
            assert_eq!(reshard.growth(4), growth, "{reshard:?}");
        }
    }

    proptest! {
        #[test]
        fn any_initial_ranges_tile_the_key_space(count in 1u32..5_000) {
            let ranges = initial_ranges(count);
            prop_assert_eq!(ranges.len(), count as usize);
            prop_assert!(tiles(ranges.into_iter()));
        }

        #[test]
        fn uniform_scaling_reaches_its_target_and_tiles(open in 1usize..40, target in 1usize..80) {
            let mut ranges = initial_ranges(u32::try_from(open).expect("it is small"));
            for round in uniform_rounds(open, target) {
                ranges = apply(&ranges, round);
                prop_assert!(tiles(ranges.iter().copied()));
            }
            prop_assert_eq!(ranges.len(), target);
        }
    }
}
