//! How the shards of a stream follow its load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::pipeline::settings::{SettingError, require};

/// Share of the target that half of the shards must stay below before the others are taken away, so
/// that a load around the target moves nothing to and fro.
const SLACK: f64 = 0.75;

/// Who scales a stream, and by which rule. Loads are in shards: 3.5 is what three and a half shards
/// take of the tighter limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ScalingPolicy {
    /// So many shards that none carries more than this share of its limit, on the average.
    Target {
        /// Percent of the write limit, 1 to 100.
        percent: f64,
        /// Fewest shards, 1 or more.
        #[serde(default = "default_min")]
        min: u32,
        /// Most shards, `min` to 10,000.
        #[serde(default = "default_max")]
        max: u32,
        /// Time between two acts, seconds.
        #[serde(default = "default_cooldown_s")]
        cooldown_s: u32,
    },
    /// On-demand's rule: room for twice the highest load so far, and nothing taken away.
    OnDemand {
        /// Most shards, 1 to 10,000.
        #[serde(default = "default_max")]
        max: u32,
    },
}

fn default_min() -> u32 {
    1
}

fn default_max() -> u32 {
    SHARDS_PER_STREAM_MAX
}

fn default_cooldown_s() -> u32 {
    60
}

impl ScalingPolicy {
    /// Time between two acts of on-demand's rule, seconds: ours.
    const ON_DEMAND_COOLDOWN_S: u32 = 10;

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let shards = 1..=SHARDS_PER_STREAM_MAX;
        let rule = format!("1 to {SHARDS_PER_STREAM_MAX}");
        match *self {
            Self::Target { percent, min, max, .. } => {
                require((1.0..=100.0).contains(&percent), "percent", percent, "1 to 100")?;
                require(shards.contains(&min), "min", min, rule)?;
                let rule = format!("{min} to {SHARDS_PER_STREAM_MAX}");
                require((min..=SHARDS_PER_STREAM_MAX).contains(&max), "max", max, rule)
            }
            Self::OnDemand { max } => require(shards.contains(&max), "max", max, rule),
        }
    }

    /// Time between two acts, seconds.
    #[must_use]
    pub const fn cooldown_s(&self) -> u32 {
        match self {
            Self::Target { cooldown_s, .. } => *cooldown_s,
            Self::OnDemand { .. } => Self::ON_DEMAND_COOLDOWN_S,
        }
    }

    /// How many shards a stream with `open` ones should have, with this load now and at its highest
    /// so far: as many, twice or half as many. Any other number would leave shards of different size.
    #[must_use]
    pub fn wanted(&self, open: u32, load: f64, peak: f64) -> u32 {
        let share = |shards: u32| load / f64::from(shards.max(1)) * 100.0;
        let half = open / 2;
        let (grow, shrink, min, max) = match *self {
            Self::Target { percent, min, max, .. } => {
                (share(open) > percent, share(half) < SLACK * percent, min, max)
            }
            Self::OnDemand { max } => (2.0 * peak > f64::from(open), false, 1, max),
        };
        if open < min || (grow && open <= max / 2) {
            open.saturating_mul(2)
        } else if (shrink || open > max) && open.is_multiple_of(2) && half >= min {
            half
        } else {
            open
        }
    }

    /// In words: `target 70%`, `on-demand's rule`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Target { percent, .. } => format!("target {percent}%"),
            Self::OnDemand { .. } => "on-demand's rule".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: ScalingPolicy =
        ScalingPolicy::Target { percent: 70.0, min: 2, max: 64, cooldown_s: 60 };

    #[test]
    fn a_target_is_followed_within_its_bounds_by_double_and_half() {
        for (open, load, wanted) in [
            (4, 2.8, 4),
            (4, 3.2, 8),
            (4, 9.0, 8),
            (4, 2.2, 4),
            (4, 1.0, 2),
            (5, 1.0, 5),
            (16, 0.1, 8),
            (2, 0.0, 2),
            (64, 90.0, 64),
            (100, 60.0, 50),
            (1, 0.1, 2),
        ] {
            assert_eq!(TARGET.wanted(open, load, load), wanted, "{open} shards, load {load}");
        }
    }

    #[test]
    fn on_demand_has_room_for_twice_the_peak_and_takes_nothing_away() {
        let policy = ScalingPolicy::OnDemand { max: 20 };
        assert_eq!(policy.wanted(4, 1.0, 1.0), 4);
        assert_eq!(policy.wanted(4, 3.0, 3.0), 8);
        assert_eq!(policy.wanted(8, 0.1, 3.0), 8);
        assert_eq!(policy.wanted(16, 15.0, 15.0), 16, "twice as many are above its bound");
    }

    #[test]
    fn values_out_of_bounds_are_named() {
        let wrong = |percent, min, max| {
            let policy = ScalingPolicy::Target { percent, min, max, cooldown_s: 60 };
            policy.check().expect_err("out of bounds").field
        };
        assert_eq!(wrong(0.0, 1, 2), "percent");
        assert_eq!(wrong(70.0, 0, 2), "min");
        assert_eq!(wrong(70.0, 4, 2), "max");
        assert!(TARGET.check().is_ok());
    }
}
