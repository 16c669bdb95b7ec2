//! Streams as the catalog keeps them, and back.

use serde::{Deserialize, Serialize};

use crate::api::{CreateStream, Tags};
use crate::engine::account::Calls;
use crate::engine::consumers::ConsumerEntry;
use crate::engine::recent::RecentEntry;
use crate::engine::reshard::ReshardEntry;
use crate::engine::stream::{Extras, Shard, Stream};
use crate::log::LogShard;
use crate::model::{
    Encryption, EncryptionType, HashKey, HashKeyRange, Level, Lineage, Millis, RecordDistribution,
    SequenceNumber, ShardId, ShardLimits, ShardMetric, StreamMode, StreamName, StreamStatus,
};
use crate::rules::routing::{Router, tiles};

/// A stream in the catalog. What older catalogs do not have is as it was then.
#[derive(Serialize, Deserialize)]
pub(super) struct StreamEntry {
    pub(super) name: String,
    on_demand: bool,
    shards_at_creation: u32,
    retention_ms: u64,
    #[serde(default = "level_before")]
    pub(super) level: String,
    /// As [`kept_limits`] orders them; those that an older catalog does not have are off.
    limits: Vec<Option<u64>>,
    record_bytes_max: u32,
    created: u64,
    shards: Vec<Option<ShardEntry>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pending: Vec<ReshardEntry>,
    #[serde(default, skip_serializing_if = "RecentEntry::is_empty")]
    recent: RecentEntry,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    consumers: Vec<ConsumerEntry>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    auto_distribution: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warm_mib_per_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// From when on records were encrypted (`true`), or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encryption: Vec<(u64, bool)>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    monitored: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct ShardEntry {
    log: u32,
    start: String,
    end: String,
    parent: Option<u32>,
    adjacent_parent: Option<u32>,
    created: u64,
    closed: Option<u64>,
    /// When its sequence numbers begin; with its creation unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starts: Option<u64>,
}

/// The level of streams in a catalog that says none: the only one on disk at that time.
fn level_before() -> String {
    Level::Process.word().to_owned()
}

impl StreamEntry {
    pub(super) fn of(stream: &Stream) -> Self {
        let Stream { settings, extras, .. } = stream;
        let kept = |(from, kind): &(Millis, EncryptionType)| (from.0, *kind == EncryptionType::Kms);
        Self {
            name: settings.stream.to_string(),
            on_demand: settings.mode == StreamMode::OnDemand,
            shards_at_creation: settings.shards,
            retention_ms: settings.retention_ms,
            level: settings.level.word().to_owned(),
            limits: kept_limits(&settings.limits).to_vec(),
            record_bytes_max: settings.record_kib_max * 1_024,
            created: stream.created.0,
            shards: stream.shards.iter().map(|shard| shard.as_ref().map(shard_entry)).collect(),
            pending: stream.pending.iter().map(ReshardEntry::of).collect(),
            recent: RecentEntry::of(&extras.recent),
            consumers: ConsumerEntry::of(&stream.consumers),
            auto_distribution: settings.distribution == RecordDistribution::Auto,
            warm_mib_per_s: settings.warm_mib_per_s,
            key: settings.key.clone(),
            encryption: extras.encryption.changes().iter().map(kept).collect(),
            tags: settings.tags.clone(),
            policy: extras.policy.clone(),
            monitored: extras.monitored.iter().map(|metric| metric.name().to_owned()).collect(),
        }
    }

    /// The stream, ACTIVE; `None` when it is not sound.
    pub(super) fn restore(&self, now: Millis) -> Option<Stream> {
        let settings = self.settings()?;
        let mut shards = Vec::new();
        for (number, shard) in (0..).zip(&self.shards) {
            shards.push(match shard {
                Some(shard) => Some(shard_of(ShardId(number), shard, &settings.limits, now)?),
                None => None,
            });
        }
        let mut open: Vec<HashKeyRange> = shards
            .iter()
            .flatten()
            .filter(|s| s.rest.closed.is_none())
            .map(|s| s.rest.range)
            .collect();
        open.sort_unstable();
        if !tiles(open.into_iter()) {
            return None;
        }
        let mut stream = Stream {
            settings,
            extras: self.extras()?,
            status: StreamStatus::Active,
            created: Millis(self.created),
            transition_ends: None,
            pending: self.pending.iter().map(ReshardEntry::step).collect::<Option<_>>()?,
            demand: None,
            calls: Calls::new(),
            shards,
            router: Router::default(),
            spread: 0,
            consumers: ConsumerEntry::restore(&self.consumers)?,
        };
        stream.reroute();
        Some(stream)
    }

    fn settings(&self) -> Option<CreateStream> {
        Some(CreateStream {
            stream: StreamName::new(&self.name).ok()?,
            mode: if self.on_demand { StreamMode::OnDemand } else { StreamMode::Provisioned },
            shards: self.shards_at_creation,
            cuts: None,
            retention_ms: self.retention_ms,
            level: Level::parse(&self.level)?,
            limits: limits_of(&self.limits),
            record_kib_max: self.record_bytes_max / 1_024,
            distribution: match self.auto_distribution {
                true => RecordDistribution::Auto,
                false => RecordDistribution::UserPartitionKey,
            },
            warm_mib_per_s: self.warm_mib_per_s,
            key: self.key.clone(),
            tags: self.tags.clone(),
        })
    }

    fn extras(&self) -> Option<Extras> {
        let change = |(from, encrypted): &(u64, bool)| {
            let kind = if *encrypted { EncryptionType::Kms } else { EncryptionType::None };
            (Millis(*from), kind)
        };
        let metric = |name: &String| Some(ShardMetric::named(name)?.iter().copied());
        Some(Extras {
            policy: self.policy.clone(),
            encryption: Encryption::of(self.encryption.iter().map(change).collect()),
            monitored: self
                .monitored
                .iter()
                .map(metric)
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect(),
            recent: self.recent.recent(),
        })
    }
}

fn kept_limits(limits: &ShardLimits) -> [Option<u64>; 7] {
    let ShardLimits {
        write_records_per_s,
        write_bytes_per_s,
        read_bytes_per_s,
        read_calls_per_s,
        read_records_per_s,
        iterator_calls_per_s,
        readers_per_shard,
    } = *limits;
    [
        write_records_per_s,
        write_bytes_per_s,
        read_bytes_per_s,
        read_calls_per_s,
        read_records_per_s,
        iterator_calls_per_s,
        readers_per_shard,
    ]
}

fn limits_of(kept: &[Option<u64>]) -> ShardLimits {
    let nth = |n: usize| kept.get(n).copied().flatten();
    ShardLimits {
        write_records_per_s: nth(0),
        write_bytes_per_s: nth(1),
        read_bytes_per_s: nth(2),
        read_calls_per_s: nth(3),
        read_records_per_s: nth(4),
        iterator_calls_per_s: nth(5),
        readers_per_shard: nth(6),
    }
}

fn shard_entry(shard: &Shard) -> ShardEntry {
    ShardEntry {
        log: shard.log.0,
        start: shard.rest.range.start.to_string(),
        end: shard.rest.range.end.to_string(),
        parent: shard.rest.lineage.parent.map(|id| id.0),
        adjacent_parent: shard.rest.lineage.adjacent_parent.map(|id| id.0),
        created: shard.rest.created.0,
        closed: shard.rest.closed.map(|at| at.0),
        starts: Some(u64::from(shard.first.created_s) * 1_000),
    }
}

fn shard_of(id: ShardId, entry: &ShardEntry, limits: &ShardLimits, now: Millis) -> Option<Shard> {
    let range = HashKeyRange::new(HashKey::parse(&entry.start)?, HashKey::parse(&entry.end)?)?;
    let lineage = Lineage {
        parent: entry.parent.map(ShardId),
        adjacent_parent: entry.adjacent_parent.map(ShardId),
    };
    let created = Millis(entry.created);
    let mut shard = Shard::open(id, range, lineage, LogShard(entry.log), limits, created);
    shard.set_limits(limits, now);
    shard.first = SequenceNumber::first(id, entry.starts.map_or(created, Millis));
    shard.rest.closed = entry.closed.map(Millis);
    Some(shard)
}
