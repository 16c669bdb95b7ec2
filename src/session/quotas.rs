//! What a session says of the account's quotas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Quotas, Switch};

/// What the account may have and ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum QuotaSettings {
    /// As Kinesis, but for what a set-up would hit that is made in one moment: streams in CREATING
    /// and calls a second are not counted.
    #[default]
    Desk,
    /// As Kinesis.
    Kinesis,
    /// None.
    Off,
    /// One by one; a quota that is left out is off.
    Each {
        /// Open shards of all provisioned streams together.
        #[serde(default)]
        shards: Option<u32>,
        /// On-demand streams.
        #[serde(default)]
        on_demand_streams: Option<u32>,
        /// Streams that are CREATING at the same time.
        #[serde(default)]
        creating_streams: Option<u32>,
        /// Registered consumers of one stream.
        #[serde(default)]
        consumers: Option<u32>,
        /// Registered consumers of one stream that are CREATING at the same time.
        #[serde(default)]
        creating_consumers: Option<u32>,
        /// Are calls a second of each control operation counted?
        #[serde(default)]
        api_rates: bool,
        /// Are changes of one kind in a rolling day counted?
        #[serde(default)]
        per_day: bool,
    },
}

impl QuotaSettings {
    /// The settings that mean these quotas.
    #[must_use]
    pub fn of(quotas: Quotas) -> Self {
        if quotas == Quotas::default() {
            return Self::Desk;
        }
        match quotas {
            Quotas::KINESIS => Self::Kinesis,
            Quotas::OFF => Self::Off,
            Quotas {
                shards,
                on_demand_streams,
                creating_streams,
                consumers,
                creating_consumers,
                api_rates,
                per_day,
            } => Self::Each {
                shards,
                on_demand_streams,
                creating_streams,
                consumers,
                creating_consumers,
                api_rates: api_rates == Switch::On,
                per_day: per_day == Switch::On,
            },
        }
    }

    /// The quotas.
    #[must_use]
    pub fn quotas(self) -> Quotas {
        let switch = |on| if on { Switch::On } else { Switch::Off };
        match self {
            Self::Desk => Quotas::default(),
            Self::Kinesis => Quotas::KINESIS,
            Self::Off => Quotas::OFF,
            Self::Each {
                shards,
                on_demand_streams,
                creating_streams,
                consumers,
                creating_consumers,
                api_rates,
                per_day,
            } => Quotas {
                shards,
                on_demand_streams,
                creating_streams,
                consumers,
                creating_consumers,
                api_rates: switch(api_rates),
                per_day: switch(per_day),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_survive_being_written_down() {
        let odd = Quotas { shards: Some(3), per_day: Switch::Off, ..Quotas::KINESIS };
        for quotas in [Quotas::default(), Quotas::KINESIS, Quotas::OFF, odd] {
            assert_eq!(QuotaSettings::of(quotas).quotas(), quotas);
        }
    }
}
