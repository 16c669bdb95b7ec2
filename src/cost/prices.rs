//! A price list: RON, dated, with its region and where the figures come from.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::session::text::{Fault, read};

/// What things cost, in dollars.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
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

/// What a source says of a list that somebody changed.
const BY_HAND: &str = "; changed by hand";

impl Prices {
    /// The list that is compiled in.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        read(include_str!("us-east-1.ron")).expect("invariant: a test reads the built-in list")
    }

    /// What an item costs, as the command line calls it: `shard-hour`.
    #[must_use]
    pub fn of(&self, item: &str) -> Option<f64> {
        self.clone().item(item).copied()
    }

    /// The same list with another price of an item; `None` when there is no such item.
    #[must_use]
    pub fn with(&self, item: &str, dollars: f64) -> Option<Self> {
        let mut changed = self.clone();
        *changed.item(item)? = dollars;
        if !changed.source.ends_with(BY_HAND) {
            changed.source.push_str(BY_HAND);
        }
        Some(changed)
    }

    fn item(&mut self, item: &str) -> Option<&mut f64> {
        Some(match item {
            "shard-hour" => &mut self.shard_hour,
            "put-units-million" => &mut self.put_units_million,
            "extended-retention-shard-hour" => &mut self.extended_retention_shard_hour,
            "long-retention-gb-month" => &mut self.long_retention_gb_month,
            "fan-out-shard-hour" => &mut self.fan_out_shard_hour,
            "fan-out-gb" => &mut self.fan_out_gb,
            "on-demand-stream-hour" => &mut self.on_demand_stream_hour,
            "on-demand-in-gb" => &mut self.on_demand_in_gb,
            "on-demand-out-gb" => &mut self.on_demand_out_gb,
            "on-demand-fan-out-gb" => &mut self.on_demand_fan_out_gb,
            "on-demand-retention-gb-month" => &mut self.on_demand_retention_gb_month,
            "function-requests-million" => &mut self.function_requests_million,
            "function-gb-second" => &mut self.function_gb_second,
            "function-gb" => &mut self.function_gb,
            _ => return None,
        })
    }

    /// The list as RON, as [`Self::parse`] reads it.
    #[must_use]
    pub fn to_ron(&self) -> String {
        let pretty = PrettyConfig::new().indentor("    ").extensions(Extensions::IMPLICIT_SOME);
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let text = options
            .to_string_pretty(self, pretty)
            .expect("invariant: plain data is written without fail");
        format!("// What things cost, in dollars: a price list of watershed.\n{text}\n")
    }

    /// Reads a list of one's own.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let prices: Self = read(text)?;
        prices.check().map_err(|(field, rule)| {
            // In JSON names of fields are quoted.
            let names = [format!("{field}:"), format!("\"{field}\"")];
            let stands = |line: &str| {
                let line = line.trim_start().trim_start_matches(['{', '(']).trim_start();
                names.iter().any(|name| line.starts_with(name))
            };
            let found = text.lines().zip(1..).find(|(line, _)| stands(line)).unwrap_or(("", 1));
            let field = Some(field.to_owned());
            Fault { line: found.1, field, found: found.0.trim().to_owned(), rule }
        })?;
        Ok(prices)
    }

    /// Nothing costs less than nothing, and a unit holds something.
    fn check(&self) -> Result<(), (&'static str, String)> {
        let rates = [
            ("shard_hour", self.shard_hour),
            ("put_units_million", self.put_units_million),
            ("extended_retention_shard_hour", self.extended_retention_shard_hour),
            ("long_retention_gb_month", self.long_retention_gb_month),
            ("fan_out_shard_hour", self.fan_out_shard_hour),
            ("fan_out_gb", self.fan_out_gb),
            ("on_demand_stream_hour", self.on_demand_stream_hour),
            ("on_demand_in_gb", self.on_demand_in_gb),
            ("on_demand_out_gb", self.on_demand_out_gb),
            ("on_demand_fan_out_gb", self.on_demand_fan_out_gb),
            ("on_demand_retention_gb_month", self.on_demand_retention_gb_month),
            ("function_requests_million", self.function_requests_million),
            ("function_gb_second", self.function_gb_second),
            ("function_gb", self.function_gb),
        ];
        if self.put_unit_bytes == 0 {
            return Err(("put_unit_bytes", "`put_unit_bytes` is 0, allowed is 1 or more".into()));
        }
        match rates.into_iter().find(|(_, rate)| !rate.is_finite() || *rate < 0.0) {
            Some((field, rate)) => {
                Err((field, format!("`{field}` is {rate}, allowed is 0 or more")))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_list_says_so_and_reads_back() {
        let changed = Prices::built_in().with("shard-hour", 0.5).expect("an item");
        let twice = changed.with("fan-out-gb", 1.5).expect("an item");
        assert_eq!((twice.shard_hour, twice.of("fan-out-gb")), (0.5, Some(1.5)));
        assert_eq!(twice.source.matches("changed by hand").count(), 1);
        assert_eq!(Prices::parse(&twice.to_ron()), Ok(twice));
        assert_eq!(Prices::built_in().with("shard-our", 0.5), None);
    }

    #[test]
    fn the_built_in_list_is_dated_and_a_wrong_one_is_told() {
        let prices = Prices::built_in();
        assert_eq!((prices.region.as_str(), prices.date.as_str()), ("us-east-1", "2026-09"));
        let wrong = include_str!("us-east-1.ron").replace("shard_hour: 0.015,", "shard_our: 1,");
        let fault = Prices::parse(&wrong).expect_err("a field of that name does not exist");
        assert!(fault.rule.contains("did you mean `shard_hour`"), "{}", fault.rule);
    }

    #[test]
    fn a_wrong_price_in_json_is_told_with_its_line() {
        let wrong = Prices { shard_hour: -1.0, ..Prices::built_in() };
        let json = serde_json::to_string_pretty(&wrong).expect("plain data");
        let fault = Prices::parse(&json).expect_err("nothing costs less than nothing");
        assert_eq!((fault.line, fault.found.as_str()), (5, "\"shard_hour\": -1.0,"));
        assert!(fault.rule.contains("`shard_hour` is -1"), "{}", fault.rule);
    }
}
