//! What was done to a stream in the last day: some changes are allowed so often and no more.

use serde::{Deserialize, Serialize};

use crate::model::Millis;
use crate::rules::rolling::Rolling;

/// When a stream was changed lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    pub(super) scalings: Rolling,
    pub(super) mode_switches: Rolling,
    pub(super) encryption_starts: Rolling,
    pub(super) encryption_stops: Rolling,
}

/// The same as the catalog keeps it: milliseconds since the epoch.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RecentEntry {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scalings: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mode_switches: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    encryption_starts: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    encryption_stops: Vec<u64>,
}

impl RecentEntry {
    pub(super) fn of(recent: &Recent) -> Self {
        let Recent { scalings, mode_switches, encryption_starts, encryption_stops } = recent;
        Self {
            scalings: kept(scalings),
            mode_switches: kept(mode_switches),
            encryption_starts: kept(encryption_starts),
            encryption_stops: kept(encryption_stops),
        }
    }

    pub(super) fn recent(&self) -> Recent {
        Recent {
            scalings: rolling(&self.scalings),
            mode_switches: rolling(&self.mode_switches),
            encryption_starts: rolling(&self.encryption_starts),
            encryption_stops: rolling(&self.encryption_stops),
        }
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
