//! A price list: RON, dated, with its region and where the figures come from.

use serde::Deserialize;

use crate::session::text::{Fault, read};

/// What things cost, in dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Where these prices hold.
    pub region: String,
    /// When they were looked up: a year and a month.
    pub date: String,
    /// Where they were found.
    pub source: String,
    /// An open shard, an hour.
    pub shard_hour: f64,
    /// A million payload units put.
    pub put_units_million: f64,
    /// Bytes of a payload unit.
    pub put_unit_bytes: u64,
    /// Retention from a day to a week, a shard and an hour.
    pub extended_retention_shard_hour: f64,
    /// Retention beyond a week, a gigabyte and a month.
    pub long_retention_gb_month: f64,
    /// A registered consumer, a shard and an hour.
    pub fan_out_shard_hour: f64,
    /// A gigabyte pushed.
    pub fan_out_gb: f64,
    /// An on-demand stream, an hour.
    pub on_demand_stream_hour: f64,
    /// A gigabyte put into one.
    pub on_demand_in_gb: f64,
    /// A gigabyte read of one.
    pub on_demand_out_gb: f64,
    /// A gigabyte pushed by one.
    pub on_demand_fan_out_gb: f64,
    /// Retention of one from a day to a week, a gigabyte and a month.
    pub on_demand_retention_gb_month: f64,
    /// A million invocations.
    pub function_requests_million: f64,
    /// A second of a function with a gigabyte of memory.
    pub function_gb_second: f64,
    /// Gigabytes of memory that every function is taken to have.
    pub function_gb: f64,
}

impl Prices {
    /// The list that is compiled in.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        read(include_str!("us-east-1.ron")).expect("invariant: a test reads the built-in list")
    }

    /// Reads a list of one's own.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_dated_and_a_wrong_one_is_told() {
        let prices = Prices::built_in();
        assert_eq!((prices.region.as_str(), prices.date.as_str()), ("us-east-1", "2026-09"));
        let wrong = include_str!("us-east-1.ron").replace("shard_hour: 0.015,", "shard_our: 1,");
        let fault = Prices::parse(&wrong).expect_err("a field of that name does not exist");
        assert!(fault.rule.contains("did you mean `shard_hour`"), "{}", fault.rule);
    }
}
