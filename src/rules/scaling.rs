//! Uniform scaling: how far one UpdateShardCount may go, and how often.

use thiserror::Error;

use crate::model::limits::{SCALINGS_PER_DAY, SHARDS_PER_STREAM_MAX};

/// Why a target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScalingError {
    /// More than double the open shards.
    #[error(
        "UpdateShardCount cannot scale up over double your current open shard count. Current open \
         shard count: {open}, Target shard count: {target}"
    )]
    AboveDouble {
        /// Open shards.
        open: u32,
        /// The target.
        target: u32,
    },
    /// Less than half the open shards.
    #[error(
        "UpdateShardCount cannot scale down below half your current open shard count. Current open \
         shard count: {open}, Target shard count: {target}"
    )]
    BelowHalf {
        /// Open shards.
        open: u32,
        /// The target.
        target: u32,
    },
    /// More shards than a stream may have.
    #[error(
        "Target shard count or number of open shards cannot be greater than \
         {SHARDS_PER_STREAM_MAX}. Current open shard count: {open}, Target shard count: {target}"
    )]
    BeyondStream {
        /// Open shards.
        open: u32,
        /// The target.
        target: u32,
    },
    /// Too often on one day.
    #[error("Cannot run UpdateShardCount more than {SCALINGS_PER_DAY} times in a 24 hour period")]
    TooOften,
}

/// May a stream with `open` shards be scaled to `target` in one step? A stream that has more
/// shards than a stream may have can only be brought below that.
///
/// # Errors
/// The rule that forbids it.
pub fn check_target(open: u32, target: u32) -> Result<(), ScalingError> {
    let too_many = open > SHARDS_PER_STREAM_MAX && target >= SHARDS_PER_STREAM_MAX;
    if target > SHARDS_PER_STREAM_MAX || too_many {
        return Err(ScalingError::BeyondStream { open, target });
    }
    if target > open.saturating_mul(2) {
        return Err(ScalingError::AboveDouble { open, target });
    }
    if target.saturating_mul(2) < open {
        return Err(ScalingError::BelowHalf { open, target });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_lies_within_half_and_double() {
        for (open, targets) in [(1, 1..=2), (2, 1..=4), (5, 3..=10), (6_000, 3_000..=10_000)] {
            for target in 1..=10_001 {
                let fits = targets.contains(&target);
                assert_eq!(check_target(open, target).is_ok(), fits, "{open} to {target}");
            }
        }
    }

    #[test]
    fn a_stream_of_too_many_shards_can_only_be_brought_below_the_maximum() {
        assert!(check_target(12_000, 9_999).is_ok());
        let (open, target) = (12_000, 10_000);
        let beyond = Err(ScalingError::BeyondStream { open, target });
        assert_eq!(check_target(open, target), beyond);
    }

    #[test]
    fn refusals_say_what_the_service_says() {
        for (open, target, sentence) in [
            (
                2,
                6,
                "UpdateShardCount cannot scale up over double your current open shard count. \
                 Current open shard count: 2, Target shard count: 6",
            ),
            (
                6,
                2,
                "UpdateShardCount cannot scale down below half your current open shard count. \
                 Current open shard count: 6, Target shard count: 2",
            ),
            (
                6_000,
                10_001,
                "Target shard count or number of open shards cannot be greater than 10000. \
                 Current open shard count: 6000, Target shard count: 10001",
            ),
        ] {
            let error = check_target(open, target).expect_err("it is out of bounds");
            assert_eq!(error.to_string(), sentence);
        }
        let often = "Cannot run UpdateShardCount more than 10 times in a 24 hour period";
        assert_eq!(ScalingError::TooOften.to_string(), often);
    }
}
