//! Split, merge and uniform scaling: what is allowed, and what becomes of the ranges.

use crate::model::{HashKey, HashKeyRange};

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

/// One step of uniform scaling, in terms of positions in the list of open shards by range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Split the shard at this position at its middle.
    Split(usize),
    /// Merge the shards at this position and the next.
    Merge(usize),
}

/// The steps from `now` to `target` equal-ish shards: up by splitting every shard and merging
/// neighbors until the target is met, down by merging neighbors in rounds. When the target asks
/// for more than double or less than half, several rounds follow each other.
///
/// Positions refer to the list as it is after the steps before.
#[must_use]
pub fn uniform_steps(now: usize, target: usize) -> Vec<Step> {
    assert!(now > 0 && target > 0, "a stream has a shard");
    let mut steps = Vec::new();
    let mut count = now;
    while count < target {
        (0..count).for_each(|i| steps.push(Step::Split(2 * i)));
        count *= 2;
    }
    while count > target {
        let merges = (count - target).min(count / 2);
        (0..merges).for_each(|i| steps.push(Step::Merge(i)));
        count -= merges;
    }
    steps
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

    fn apply(ranges: &mut Vec<HashKeyRange>, step: Step) {
        match step {
            Step::Split(at) => {
                let middle = HashKey(ranges[at].middle().0 + 1);
                let halves = split(ranges[at], middle).expect("the range is wide");
                ranges.splice(at..=at, halves);
            }
            Step::Merge(at) => {
                assert!(ranges[at].precedes(&ranges[at + 1]));
                let union = HashKeyRange { start: ranges[at].start, end: ranges[at + 1].end };
                ranges.splice(at..=at + 1, [union]);
            }
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
        fn uniform_scaling_reaches_its_target_and_tiles(now in 1usize..40, target in 1usize..80) {
            let mut ranges = initial_ranges(u32::try_from(now).expect("it is small"));
            for step in uniform_steps(now, target) {
                apply(&mut ranges, step);
                prop_assert!(tiles(ranges.iter().copied()));
            }
            prop_assert_eq!(ranges.len(), target);
        }
    }
}
