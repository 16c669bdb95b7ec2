//! What was done to a stream in the last day: some changes are allowed so often and no more.

use serde::{Deserialize, Serialize};

use crate::model::Millis;
use crate::rules::rolling::Rolling;

/// When a stream was changed lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    pub(super) scalings: Rolling,
}

/// The same as the catalog keeps it: milliseconds since the epoch.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RecentEntry {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scalings: Vec<u64>,
}

impl RecentEntry {
    pub(super) fn of(recent: &Recent) -> Self {
        Self { scalings: kept(&recent.scalings) }
    }

    pub(super) fn recent(&self) -> Recent {
        Recent { scalings: rolling(&self.scalings) }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn kept(rolling: &Rolling) -> Vec<u64> {
    rolling.times().iter().map(|at| at.0).collect()
}

fn rolling(kept: &[u64]) -> Rolling {
    Rolling::of(kept.iter().map(|at| Millis(*at)).collect())
}
