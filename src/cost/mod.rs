//! Floor 3: what a world would cost as a managed service: a dated price list over a snapshot.
//!
//! It is a model, never called a bill. Rates are those of the last seconds, as if they went on.
//! Records are counted by their mean size: a payload unit or a kilobyte begun is paid whole, so a
//! mix of small and large records costs somewhat more than it says.

mod ahead;
mod prices;

use std::collections::BTreeMap;

pub use ahead::{Outlook, Trial};
pub use prices::Prices;

use crate::model::{StreamMode, StreamName};
use crate::snapshot::{FunctionView, Snapshot, StreamView};

/// Hours of the month that costs are told for: 30 days.
pub const MONTH_HOURS: f64 = 720.0;
const GB: f64 = 1_000_000_000.0;
const DAY_MS: u64 = 86_400_000;

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Open shards of provisioned streams.
    ShardHours,
    /// What is put into provisioned streams.
    PutUnits,
    /// Retention beyond a day.
    ExtendedRetention,
    /// Retention beyond a week, and beyond a day where streams are on-demand, each at its own price.
    LongRetention,
    /// Registered consumers, by shard.
    FanOutHours,
    /// What is pushed to registered consumers.
    FanOutData,
    /// On-demand streams.
    OnDemandHours,
    /// What is put into on-demand streams.
    OnDemandIn,
    /// What is read of on-demand streams.
    OnDemandOut,
    /// Invocations of functions.
    FunctionRequests,
    /// Time that functions run.
    FunctionTime,
}

impl Kind {
    /// What it is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ShardHours => "shard hours",
            Self::PutUnits => "PUT payload units",
            Self::ExtendedRetention => "extended retention",
            Self::LongRetention => "long-term retention",
            Self::FanOutHours => "enhanced fan-out hours",
            Self::FanOutData => "enhanced fan-out data",
            Self::OnDemandHours => "on-demand stream hours",
            Self::OnDemandIn => "on-demand data in",
            Self::OnDemandOut => "on-demand data out",
            Self::FunctionRequests => "function requests",
            Self::FunctionTime => "function GB-seconds",
        }
    }

    /// The item of a price list that it is paid by.
    #[must_use]
    pub const fn item(self) -> &'static str {
        match self {
            Self::ShardHours => "shard-hour",
            Self::PutUnits => "put-units-million",
            Self::ExtendedRetention => "extended-retention-shard-hour",
            Self::LongRetention => "long-retention-gb-month",
            Self::FanOutHours => "fan-out-shard-hour",
            Self::FanOutData => "fan-out-gb",
            Self::OnDemandHours => "on-demand-stream-hour",
            Self::OnDemandIn => "on-demand-in-gb",
            Self::OnDemandOut => "on-demand-out-gb",
            Self::FunctionRequests => "function-requests-million",
            Self::FunctionTime => "function-gb-second",
        }
    }

    /// What it is counted in.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ShardHours | Self::ExtendedRetention | Self::FanOutHours => "shard-hours",
            Self::PutUnits => "M units",
            Self::LongRetention => "GB-months",
            Self::FanOutData | Self::OnDemandIn | Self::OnDemandOut => "GB",
            Self::OnDemandHours => "stream-hours",
            Self::FunctionRequests => "M requests",
            Self::FunctionTime => "GB-s",
        }
    }
}

/// One thing that is paid for, in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What is paid for.
    pub kind: Kind,
    /// The stream; `None` for functions.
    pub stream: Option<StreamName>,
    /// How much of it in an hour, in the unit of its kind.
    pub amount: f64,
    /// Dollars for one of it.
    pub price: f64,
}

impl Item {
    /// Dollars an hour.
    #[must_use]
    pub fn per_hour(&self) -> f64 {
        self.amount * self.price
    }
}

/// What a world costs in an hour, as it is.
#[must_use]
pub fn bill(snapshot: &Snapshot, prices: &Prices) -> Vec<Item> {
    let stored = |stream: &StreamView| -> f64 {
        stream.shards.iter().map(|shard| shard.stored_records as f64).sum()
    };
    bill_of(snapshot, prices, stored)
}

/// What it would cost in an hour with its retention full at the rate of the moment.
#[must_use]
pub fn bill_when_full(snapshot: &Snapshot, prices: &Prices) -> Vec<Item> {
    let full = |stream: &StreamView| stream.rates.in_records * stream.retention_ms as f64 / 1e3;
    bill_of(snapshot, prices, full)
}

/// With so many records stored in each stream.
fn bill_of(snapshot: &Snapshot, prices: &Prices, stored: impl Fn(&StreamView) -> f64) -> Vec<Item> {
    let of_one = |stream| of_stream(stream, stored(stream), prices);
    let mut items: Vec<Item> = snapshot.streams.iter().flat_map(of_one).collect();
    items.extend(snapshot.functions.iter().flat_map(|function| of_function(function, prices)));
    items.retain(|item| item.amount > 0.0);
    items
}

/// Dollars an hour for all of them.
#[must_use]
pub fn total(items: &[Item]) -> f64 {
    items.iter().map(Item::per_hour).sum()
}

/// Amount and dollars an hour of each kind, of all streams together; the dearest first.
#[must_use]
pub fn by_kind(items: &[Item]) -> Vec<(Kind, f64, f64)> {
    let mut sums: BTreeMap<Kind, (f64, f64)> = BTreeMap::new();
    for item in items {
        let (amount, cost) = sums.entry(item.kind).or_default();
        *amount += item.amount;
        *cost += item.per_hour();
    }
    let mut sums: Vec<_> =
        sums.into_iter().map(|(kind, (amount, cost))| (kind, amount, cost)).collect();
    sums.sort_by(|a, b| b.2.total_cmp(&a.2));
    sums
}

/// Records a second, each rounded up to whole pieces of that size by the mean, in pieces a second.
fn pieces(stream: &StreamView, piece_bytes: f64) -> f64 {
    let rates = &stream.rates;
    if rates.in_records <= 0.0 {
        return 0.0;
    }
    rates.in_records * (rates.in_bytes / rates.in_records / piece_bytes).ceil().max(1.0)
}

fn of_stream(stream: &StreamView, stored: f64, prices: &Prices) -> Vec<Item> {
    let item =
        |kind, amount, price| Item { kind, stream: Some(stream.name.clone()), amount, price };
    let hourly_gb = |bytes_per_s: f64| bytes_per_s * 3_600.0 / GB;
    let shards = stream.open_shards() as f64;
    let readers = f64::from(stream.registered_consumers);
    let rates = &stream.rates;
    let mean = if rates.in_records > 0.0 { rates.in_bytes / rates.in_records } else { 0.0 };
    // Of a store that is not all beyond a day, only the part that is.
    let beyond = |days: u64| {
        let kept = stream.retention_ms.max(1);
        1.0 - (days * DAY_MS).min(kept) as f64 / kept as f64
    };
    let gb_months = |days| stored * mean / GB * beyond(days) / MONTH_HOURS;
    let weekly = stream.retention_ms > 7 * DAY_MS;
    let mut items = match stream.mode {
        StreamMode::Provisioned => {
            let units = pieces(stream, prices.put_unit_bytes as f64) * 3_600.0 / 1e6;
            let extended = if stream.retention_ms > DAY_MS { shards } else { 0.0 };
            vec![
                item(Kind::ShardHours, shards, prices.shard_hour),
                item(Kind::PutUnits, units, prices.put_units_million),
                item(Kind::ExtendedRetention, extended, prices.extended_retention_shard_hour),
                item(Kind::FanOutHours, shards * readers, prices.fan_out_shard_hour),
                item(Kind::FanOutData, hourly_gb(rates.pushed_bytes), prices.fan_out_gb),
            ]
        }
        StreamMode::OnDemand => vec![
            item(Kind::OnDemandHours, 1.0, prices.on_demand_stream_hour),
            item(
                Kind::OnDemandIn,
                hourly_gb(pieces(stream, 1_000.0) * 1e3),
                prices.on_demand_in_gb,
            ),
            item(Kind::OnDemandOut, hourly_gb(rates.out_bytes), prices.on_demand_out_gb),
            item(Kind::FanOutData, hourly_gb(rates.pushed_bytes), prices.on_demand_fan_out_gb),
            // From a day to a week; what is older is paid below, as of every stream.
            item(
                Kind::LongRetention,
                gb_months(1) - if weekly { gb_months(7) } else { 0.0 },
                prices.on_demand_retention_gb_month,
            ),
        ],
    };
    if weekly {
        items.push(item(Kind::LongRetention, gb_months(7), prices.long_retention_gb_month));
    }
    items
}

fn of_function(function: &FunctionView, prices: &Prices) -> [Item; 2] {
    let item = |kind, amount, price| Item { kind, stream: None, amount, price };
    let tally = &function.tally;
    let mean_s = tally.duration_ms as f64 / 1e3 / tally.invocations.max(1) as f64;
    let hourly = function.invocations_per_s * 3_600.0;
    [
        item(Kind::FunctionRequests, hourly / 1e6, prices.function_requests_million),
        item(Kind::FunctionTime, hourly * mean_s * prices.function_gb, prices.function_gb_second),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Level, Millis, ShardLimits, StreamStatus};
    use crate::snapshot::{Rates, Source};

    fn stream(mode: StreamMode, records: f64, bytes: f64) -> StreamView {
        let rates = Rates { in_records: records, in_bytes: bytes, ..Rates::default() };
        StreamView {
            name: StreamName::new("orders").expect("a name"),
            mode,
            status: StreamStatus::Active,
            transition_ends: None,
            level: Level::Memory,
            retention_ms: DAY_MS,
            limits: ShardLimits::KINESIS,
            created: Millis(0),
            shards: Arc::default(),
            rates,
            source: Source::Counted,
            in_bytes_spark: Vec::new(),
            out_bytes_spark: Vec::new(),
            throttled_spark: Vec::new(),
            iterator_age_ms: None,
            consumers: 0,
            registered_consumers: 0,
            details: std::sync::Arc::default(),
            policy: None,
        }
    }

    fn cost(stream: StreamView) -> f64 {
        let snapshot = Snapshot { streams: vec![stream], ..Snapshot::default() };
        total(&bill(&snapshot, &Prices::built_in()))
    }

    #[test]
    fn a_unit_begun_is_paid_whole() {
        // 1,000 records/s of 100 bytes, and of 30,000 bytes: 3.6 and 7.2 million units an hour.
        let small = cost(stream(StreamMode::Provisioned, 1_000.0, 100_000.0));
        let large = cost(stream(StreamMode::Provisioned, 1_000.0, 30_000_000.0));
        assert!((small - 3.6 * 0.014).abs() < 1e-9, "{small}");
        assert!((large - 7.2 * 0.014).abs() < 1e-9, "{large}");
    }

    #[test]
    fn on_demand_is_paid_by_the_stream_and_the_kilobyte() {
        // 1,000 records/s of 100 bytes count as 1,000 kB/s: 3.6 GB an hour.
        let cost = cost(stream(StreamMode::OnDemand, 1_000.0, 100_000.0));
        assert!((cost - (0.04 + 3.6 * 0.08)).abs() < 1e-9, "{cost}");
    }

    #[test]
    fn an_hour_more_of_retention_never_costs_less() {
        let kept = |hours: u64| {
            let retention_ms = hours * 3_600_000;
            let stream =
                StreamView { retention_ms, ..stream(StreamMode::OnDemand, 1_000.0, 100_000.0) };
            let snapshot = Snapshot { streams: vec![stream], ..Snapshot::default() };
            total(&bill_when_full(&snapshot, &Prices::built_in()))
        };
        assert!(kept(24) < kept(168) && kept(168) < kept(169), "{} {}", kept(168), kept(169));
        // 100 kB/s for an hour at $0.023 a GB and a month.
        let hour = 100_000.0 * 3_600.0 / GB * 0.023 / MONTH_HOURS;
        assert!((kept(169) - kept(168) - hour).abs() < 1e-9, "{}", kept(169) - kept(168));
    }

    #[test]
    fn an_idle_world_without_streams_costs_nothing() {
        assert!(total(&bill(&Snapshot::default(), &Prices::built_in())).abs() < f64::EPSILON);
    }
}
