//! Streams, shards and records as viewers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::meter::{KeyMix, Load};
use crate::model::{
    HashKeyRange, Level, Lineage, Millis, RecordDistribution, ShardId, ShardLimits, ShardState,
    ShardTally, StreamMode, StreamName, StreamStatus,
};
use crate::snapshot::{Source, Spark};

/// What flows, per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Records accepted.
    pub in_records: f64,
    /// Bytes accepted.
    pub in_bytes: f64,
    /// Records read.
    pub out_records: f64,
    /// Bytes read.
    pub out_bytes: f64,
    /// Bytes pushed to registered consumers.
    pub pushed_bytes: f64,
    /// GetRecords calls answered.
    pub read_calls: f64,
    /// Records refused for throughput.
    pub write_throttled: f64,
    /// Those of them that had been refused before, as far as their producers are known.
    pub write_retried: f64,
    /// Calls refused for throughput.
    pub read_throttled: f64,
}

impl Rates {
    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            in_records: self.in_records + other.in_records,
            in_bytes: self.in_bytes + other.in_bytes,
            out_records: self.out_records + other.out_records,
            out_bytes: self.out_bytes + other.out_bytes,
            pushed_bytes: self.pushed_bytes + other.pushed_bytes,
            read_calls: self.read_calls + other.read_calls,
            write_throttled: self.write_throttled + other.write_throttled,
            write_retried: self.write_retried + other.write_retried,
            read_throttled: self.read_throttled + other.read_throttled,
        }
    }

    /// The same with refused records as if they had been taken, each once: as many bytes as the others
    /// on the average.
    #[must_use]
    pub fn offered(&self) -> Self {
        let mean = if self.in_records > 0.0 { self.in_bytes / self.in_records } else { 0.0 };
        let refused = (self.write_throttled - self.write_retried).max(0.0);
        Self {
            in_records: self.in_records + refused,
            in_bytes: self.in_bytes + mean * refused,
            ..*self
        }
    }

    /// Share of the tighter write limit in use, 0 and up; `None` when both are off.
    #[must_use]
    pub fn write_utilization(&self, limits: &ShardLimits, open_shards: usize) -> Option<f64> {
        let shards = open_shards.max(1) as f64;
        let share = |rate: f64, limit: Option<u64>| limit.map(|l| rate / (l as f64 * shards));
        let records = share(self.in_records, limits.write_records_per_s);
        let bytes = share(self.in_bytes, limits.write_bytes_per_s);
        match (records, bytes) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (one, other) => one.or(other),
        }
    }
}

/// What is known of a stream besides its shards and what flows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamDetails {
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The key that its records are said to be encrypted with.
    pub key: Option<String>,
    /// MiB a second for which it is always ready.
    pub warm_mib_per_s: Option<u32>,
    /// Largest record, KiB.
    pub record_kib_max: u32,
    /// What decides the shard of a record.
    pub distribution: RecordDistribution,
    /// Registered consumers, each with its status.
    pub registered: Vec<(String, String)>,
    /// Has it a resource policy?
    pub has_policy: bool,
}

/// A stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamView {
    /// Its name.
    pub name: StreamName,
    /// Provisioned or on-demand.
    pub mode: StreamMode,
    /// Where it is in its life.
    pub status: StreamStatus,
    /// When the present transition ends, while in one.
    pub transition_ends: Option<Millis>,
    /// What an acknowledged record survives.
    pub level: Level,
    /// Who scales it, in words; `None` is the operator.
    pub policy: Option<String>,
    /// How long records stay, milliseconds.
    pub retention_ms: u64,
    /// Limits of each shard.
    pub limits: ShardLimits,
    /// When it was created.
    pub created: Millis,
    /// Every shard within retention, in order of numbers.
    pub shards: Arc<Vec<ShardView>>,
    /// What flows.
    pub rates: Rates,
    /// Where that and what follows is known from.
    pub source: Source,
    /// Bytes accepted a second, 60 seconds.
    pub in_bytes_spark: Spark,
    /// Bytes read a second, 60 seconds.
    pub out_bytes_spark: Spark,
    /// Records refused a second, 60 seconds.
    pub throttled_spark: Spark,
    /// How far its readers are behind at most, as far as they are known, milliseconds; `None` without any.
    pub iterator_age_ms: Option<u64>,
    /// Mappings, transforms and plain readers on it.
    pub consumers: usize,
    /// Registered consumers, those that come and go too.
    pub registered_consumers: u32,
    /// What else is known of it.
    pub details: Arc<StreamDetails>,
}

impl StreamView {
    /// How many shards take writes.
    #[must_use]
    pub fn open_shards(&self) -> usize {
        self.shards.iter().filter(|shard| shard.state == ShardState::Open).count()
    }

    /// The shard with that number.
    #[must_use]
    pub fn shard(&self, id: ShardId) -> Option<&ShardView> {
        self.shards.iter().find(|shard| shard.id == id)
    }

    /// Open shards in order of their ranges.
    #[must_use]
    pub fn open_by_range(&self) -> Vec<&ShardView> {
        let mut open: Vec<_> =
            self.shards.iter().filter(|shard| shard.state == ShardState::Open).collect();
        open.sort_by_key(|shard| shard.range.start);
        open
    }

    /// What is offered to it, refused records included, in shards: 3.5 is what three and a half take
    /// of the tighter limit; 0 without limits.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.rates.offered().write_utilization(&self.limits, 1).unwrap_or(0.0)
    }

    /// Records taken a second on the mean of the last minute.
    #[must_use]
    pub fn minute_in_records(&self) -> f64 {
        self.shards.iter().map(|shard| f64::from(shard.minute().records)).sum()
    }

    /// Share of the write limits of all open shards together that is in use.
    #[must_use]
    pub fn write_utilization(&self) -> Option<f64> {
        self.rates.write_utilization(&self.limits, self.open_shards())
    }
}

/// A shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShardView {
    /// Its number.
    pub id: ShardId,
    /// Does it take writes?
    pub state: ShardState,
    /// The keys that it covers, or covered.
    pub range: HashKeyRange,
    /// Where it came from.
    pub lineage: Lineage,
    /// When it was created.
    pub created: Millis,
    /// When it was closed.
    pub closed: Option<Millis>,
    /// Records stored now.
    pub stored_records: u64,
    /// What happens on it; `None` while nothing ever did.
    pub traffic: Option<Box<Traffic>>,
}

/// What happens on a shard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Where it is known from.
    pub source: Source,
    /// What flows.
    pub rates: Rates,
    /// The same at the worst of the last 15 seconds.
    pub held: Rates,
    /// What it took a second, on the mean of the last minute.
    pub minute: Load<f32>,
    /// Who brings it its load, when that is known.
    pub mix: Option<Arc<KeyMix>>,
    /// Counters since it was opened.
    pub tally: ShardTally,
    /// Oldest iterator age of the readers of this shard, as far as they are known, milliseconds.
    pub iterator_age_ms: Option<u64>,
}

impl ShardView {
    fn of<T: Default>(&self, part: impl FnOnce(&Traffic) -> T) -> T {
        self.traffic.as_deref().map_or_else(T::default, part)
    }

    /// What flows.
    #[must_use]
    pub fn rates(&self) -> Rates {
        self.of(|traffic| traffic.rates)
    }

    /// The same at the worst of the last 15 seconds.
    #[must_use]
    pub fn held(&self) -> Rates {
        self.of(|traffic| traffic.held)
    }

    /// What it took a second, on the mean of the last minute.
    #[must_use]
    pub fn minute(&self) -> Load<f32> {
        self.of(|traffic| traffic.minute)
    }

    /// Where its figures are known from; `None` while nothing ever happened on it.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.traffic.as_ref().map(|traffic| traffic.source)
    }

    /// Who brings it its load, when that is known.
    #[must_use]
    pub fn mix(&self) -> Option<&KeyMix> {
        self.traffic.as_ref()?.mix.as_deref()
    }

    /// Counters since it was opened.
    #[must_use]
    pub fn tally(&self) -> ShardTally {
        self.of(|traffic| traffic.tally)
    }

    /// Oldest iterator age of the readers of this shard, as far as they are known, milliseconds.
    #[must_use]
    pub fn iterator_age_ms(&self) -> Option<u64> {
        self.of(|traffic| traffic.iterator_age_ms)
    }
}
