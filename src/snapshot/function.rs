//! Functions and the concurrency of the account, as viewers see them.

use serde::{Deserialize, Serialize};

use crate::model::limits::REQUESTS_PER_INSTANCE;
use crate::model::{FunctionTally, Millis, PartName};
use crate::snapshot::Spark;

/// A function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionView {
    /// Its name.
    pub name: PartName,
    /// What it is: `simulated`, `count /hashtags`, `archive posts.jsonl`.
    pub kind: String,
    /// Invocations running now.
    pub in_use: u32,
    /// Most invocations that ran at once.
    pub in_use_max: u32,
    /// Concurrency set apart for it.
    pub reserved: Option<u32>,
    /// Instances kept ready for it.
    pub provisioned: Option<u32>,
    /// Of them, those in use.
    pub provisioned_in_use: u32,
    /// When they are ready, if they are not.
    pub ready_at: Option<Millis>,
    /// What its mappings could use: open shards (and closed ones being read) times factor.
    pub needs: u32,
    /// Invocations a second.
    pub invocations_per_s: f64,
    /// Refusals a second.
    pub throttles_per_s: f64,
    /// Refusals since it was created, by reason; those that there were.
    pub throttles: Vec<(String, u64)>,
    /// Failures a second.
    pub errors_per_s: f64,
    /// Refusals a second, at the worst of the last seconds.
    pub throttles_held_per_s: f64,
    /// Of them, those because it is invoked too often, and not because too many run at once.
    pub request_throttles_held_per_s: f64,
    /// Failures a second, at the worst of the last seconds.
    pub errors_held_per_s: f64,
    /// Cold starts a second.
    pub cold_starts_per_s: f64,
    /// Half of all invocations took no longer, milliseconds.
    pub p50_ms: u64,
    /// 99 of 100 invocations took no longer, milliseconds.
    pub p99_ms: u64,
    /// Counters since it was created.
    pub tally: FunctionTally,
    /// Most frequent values with their counts, for functions that count.
    pub top: Vec<(String, u64)>,
    /// Invocations running, 60 seconds.
    pub in_use_spark: Spark,
}

impl FunctionView {
    /// Concurrency with which nothing of it is refused: what it needs at once, or a tenth of how often
    /// its lanes can invoke it a second where that is what it is refused for.
    #[must_use]
    pub fn wants(&self) -> u32 {
        let for_each = match self.request_throttles_held_per_s > 0.0 {
            // Of a shorter one there may be as many as of one that is so long.
            true => (1_000 / u64::from(REQUESTS_PER_INSTANCE)).div_ceil(self.p50_ms.max(1)),
            false => 1,
        };
        self.needs.saturating_mul(u32::try_from(for_each).unwrap_or(u32::MAX))
    }
}

/// Concurrency of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Concurrent invocations allowed.
    pub limit: u32,
    /// Running now.
    pub in_use: u32,
    /// Set apart for functions, reserved or provisioned.
    pub reserved: u32,
    /// Running now in functions without a reservation.
    pub unreserved_in_use: u32,
}
