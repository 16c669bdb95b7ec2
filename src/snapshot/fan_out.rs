//! How a consumer is pushed to.

use serde::{Deserialize, Serialize};

use crate::model::ConsumerName;
use crate::model::limits::PUSH_BYTES_PER_S;

/// A mapping or a reader as a registered consumer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FanOutView {
    /// The registered consumer.
    pub consumer: ConsumerName,
    /// Where that is in its life, or why nobody is pushed to.
    pub status: String,
    /// Shards that push to it.
    pub subscriptions: usize,
    /// Bytes pushed a second, of all shards together.
    pub bytes_per_s: f64,
    /// How old the newest record was in half of all pushes at most, milliseconds.
    pub latency_p50_ms: u64,
    /// The same of 99 of 100 pushes.
    pub latency_p99_ms: u64,
}

impl FanOutView {
    /// What is pushed of what its shards could push to it, the mean of all.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.bytes_per_s / (self.subscriptions.max(1) as f64 * PUSH_BYTES_PER_S as f64)
    }

    /// Is it pushed to?
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.subscriptions > 0
    }
}
