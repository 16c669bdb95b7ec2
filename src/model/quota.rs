//! Quotas of the account: how much there may be, and how often things may be asked.

use crate::model::limits::{
    CONSUMERS_PER_STREAM_MAX, CREATING_CONSUMERS_MAX, CREATING_STREAMS_MAX, ON_DEMAND_STREAMS_MAX,
    SHARDS_PER_ACCOUNT,
};

/// Is a rule in force?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// What an account may have and ask for. `None` is without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Open shards of all provisioned streams together, 1 or more.
    pub shards: Option<u32>,
    /// On-demand streams.
    pub on_demand_streams: Option<u32>,
    /// Streams that are CREATING at the same time.
    pub creating_streams: Option<u32>,
    /// Registered consumers of one stream.
    pub consumers: Option<u32>,
    /// Registered consumers of one stream that are CREATING at the same time.
    pub creating_consumers: Option<u32>,
    /// Calls a second of each control operation.
    pub api_rates: Switch,
    /// Changes of one kind to a stream in a rolling day.
    pub per_day: Switch,
}

impl Quotas {
    /// Everything as Kinesis has it.
    pub const KINESIS: Self = Self {
        shards: Some(SHARDS_PER_ACCOUNT),
        on_demand_streams: Some(ON_DEMAND_STREAMS_MAX),
        creating_streams: Some(CREATING_STREAMS_MAX),
        consumers: Some(CONSUMERS_PER_STREAM_MAX),
        creating_consumers: Some(CREATING_CONSUMERS_MAX),
        api_rates: Switch::On,
        per_day: Switch::On,
    };

    /// None at all.
    pub const OFF: Self = Self {
        shards: None,
        on_demand_streams: None,
        creating_streams: None,
        consumers: None,
        creating_consumers: None,
        api_rates: Switch::Off,
        per_day: Switch::Off,
    };
}

impl Default for Quotas {
    /// As Kinesis, but for what a set-up would hit that is made in one moment: a session creates
    /// all its streams at once, and an operator at a desk is not a fleet of clients.
    fn default() -> Self {
        Self { creating_streams: None, api_rates: Switch::Off, ..Self::KINESIS }
    }
}
