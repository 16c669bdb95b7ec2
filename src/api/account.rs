//! Operations on the account.

use crate::model::{CommitmentStatus, Millis};

/// Answer to DescribeLimits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountLimits {
    /// Open shards that there may be; as many as can be counted where the quota is off.
    pub shard_limit: u32,
    /// Open shards of all streams.
    pub open_shards: u32,
    /// On-demand streams.
    pub on_demand_streams: u32,
    /// On-demand streams that there may be.
    pub on_demand_limit: u32,
}

/// What UpdateAccountSettings asks of the minimum throughput billing commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitmentWish {
    /// Begin it, or go on with it.
    Enabled,
    /// End it as soon as may be.
    Disabled,
}

/// Answer to DescribeAccountSettings and UpdateAccountSettings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Where the commitment is.
    pub status: CommitmentStatus,
    /// When it began last.
    pub started: Option<Millis>,
    /// When it ended last.
    pub ended: Option<Millis>,
    /// When it may end at the earliest, while it is there.
    pub earliest_end: Option<Millis>,
}
