//! Creating, changing and deleting streams, and keeping the list of durable ones.
//!
//! The catalog is the blob `catalog`: JSON, version 1. It is written before a change is
//! acknowledged, and before the first record of a new shard. Streams of level `memory` are not in
//! it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::api::{
    ApiError, ConsumerDeletion, CreateStream, DeleteStream, SetRetention, SetShardLimits,
    UpdateMaxRecordSize,
};
use crate::engine::account::Calls;
use crate::engine::consumers::{ConsumerEntry, Consumers};
use crate::engine::recent::{Recent, RecentEntry};
use crate::engine::reshard::ReshardEntry;
use crate::engine::stream::{Shard, Stream};
use crate::engine::{Engine, EngineError, EngineOptions, error};
use crate::log::{LogError, LogShard, SHARDS_MAX};
use crate::model::limits::{ON_DEMAND_SHARDS, SHARDS_PER_STREAM_MAX};
use crate::model::{
    ACCOUNT, EventKind, HashKey, HashKeyRange, Level, Lineage, Millis, SequenceNumber, ShardId,
    ShardLimits, StreamMode, StreamName, StreamStatus,
};
use crate::rules::record::check_record_kib;
use crate::rules::routing::{Router, tiles};
use crate::rules::topology::initial_ranges;

const BLOB: &str = "catalog";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Catalog {
    version: u32,
    next_log_shard: u32,
    streams: Vec<StreamEntry>,
}

#[derive(Serialize, Deserialize)]
struct StreamEntry {
    name: String,
    on_demand: bool,
    shards_at_creation: u32,
    retention_ms: u64,
    #[serde(default = "level_before")]
    level: String,
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

impl Engine {
    pub(super) fn create_stream(&mut self, create: &CreateStream) -> Result<(), ApiError> {
        let name = &create.stream;
        if self.streams.contains_key(name) {
            let why = format!("Stream {name} under account {ACCOUNT} already exists.");
            return Err(ApiError::ResourceInUse(why));
        }
        let shards = match create.mode {
            StreamMode::Provisioned => create.shards,
            StreamMode::OnDemand => ON_DEMAND_SHARDS,
        };
        error::check_range("shardCount", shards, 1, SHARDS_PER_STREAM_MAX)?;
        check_record_kib(create.record_kib_max)?;
        self.check_room(create.mode, shards)?;
        self.check_log_shards()?;
        let stream = Stream {
            settings: CreateStream { shards, ..create.clone() },
            status: StreamStatus::Creating,
            created: self.now,
            transition_ends: Some(self.now.plus(self.options.create_delay_ms)),
            pending: Vec::new(),
            recent: Recent::default(),
            demand: None,
            calls: Calls::new(),
            shards: Vec::new(),
            router: Router::default(),
            consumers: Consumers::new(),
        };
        let first_log_shard = self.next_log_shard;
        self.streams.insert(name.clone(), stream);
        for range in initial_ranges(shards) {
            self.add_shard(name, range, Lineage::default());
        }
        self.stream_mut(name).reroute();
        if let Err(error) = self.save_catalog() {
            self.streams.remove(name);
            (first_log_shard..self.next_log_shard)
                .for_each(|shard| self.log.remove_shard(LogShard(shard)));
            return Err(error::log_failed(&error));
        }
        self.event(EventKind::StreamCreating { stream: name.clone(), shards });
        Ok(())
    }

    pub(super) fn delete_stream(&mut self, delete: &DeleteStream) -> Result<(), ApiError> {
        let DeleteStream { stream: name, consumers } = delete;
        let registered = self.known(name)?.consumer_count();
        if registered > 0 && *consumers == ConsumerDeletion::Refused {
            return Err(error::has_consumers(name, registered));
        }
        let ends = self.now.plus(self.options.delete_delay_ms);
        let stream = self.stream_mut(name);
        let before = (stream.status, stream.transition_ends);
        stream.status = StreamStatus::Deleting;
        stream.transition_ends = Some(ends);
        if let Err(error) = self.save_catalog() {
            let stream = self.stream_mut(name);
            (stream.status, stream.transition_ends) = before;
            return Err(error::log_failed(&error));
        }
        self.event(EventKind::StreamDeleting { stream: name.clone() });
        Ok(())
    }

    pub(super) fn set_retention(&mut self, set: &SetRetention) -> Result<(), ApiError> {
        if set.retention_ms == 0 {
            let why = "the retention period must be above 0";
            return Err(ApiError::InvalidArgument(why.into()));
        }
        let what = format!("retention {}", Millis(set.retention_ms));
        let SetRetention { stream, retention_ms } = set;
        self.set(stream, what, |settings| settings.retention_ms = *retention_ms)
    }

    pub(super) fn set_record_size(&mut self, update: &UpdateMaxRecordSize) -> Result<(), ApiError> {
        let UpdateMaxRecordSize { stream, kib } = update;
        check_record_kib(*kib)?;
        let what = format!("records of up to {kib} KiB");
        self.set(stream, what, |settings| settings.record_kib_max = *kib)
    }

    pub(super) fn set_limits(&mut self, set: &SetShardLimits) -> Result<(), ApiError> {
        let SetShardLimits { stream, limits } = set;
        self.set(stream, "limits".into(), |settings| settings.limits = *limits)?;
        let now = self.now;
        for shard in self.stream_mut(stream).shards.iter_mut().flatten() {
            shard.set_limits(limits, now);
        }
        Ok(())
    }

    fn set(
        &mut self,
        name: &StreamName,
        what: String,
        change: impl FnOnce(&mut CreateStream),
    ) -> Result<(), ApiError> {
        let before = self.known(name)?.settings.clone();
        change(&mut self.stream_mut(name).settings);
        if let Err(error) = self.save_catalog() {
            self.stream_mut(name).settings = before;
            return Err(error::log_failed(&error));
        }
        self.event(EventKind::StreamChanged { stream: name.clone(), what });
        Ok(())
    }

    /// Begins anew: streams that live in memory are gone at once, those on disk stay.
    pub fn renew(&mut self, options: EngineOptions) {
        self.options = options;
        self.calls.clear();
        let on_disk = self.log.has_disk();
        let stays = |stream: &Stream| on_disk && stream.settings.level != Level::Memory;
        let streams = self.streams.values().filter(|stream| !stays(stream));
        let gone: Vec<StreamName> = streams.map(|stream| stream.settings.stream.clone()).collect();
        gone.iter().for_each(|name| self.remove_stream(name));
    }

    /// Writes the catalog, if there is a disk to write it to.
    pub(super) fn save_catalog(&mut self) -> Result<(), LogError> {
        if !self.log.has_disk() {
            return Ok(());
        }
        let durable = |stream: &&Stream| {
            stream.settings.level != Level::Memory && stream.status != StreamStatus::Deleting
        };
        let catalog = Catalog {
            version: VERSION,
            next_log_shard: self.next_log_shard,
            streams: self.streams.values().filter(durable).map(stream_entry).collect(),
        };
        let bytes = serde_json::to_vec(&catalog).expect("plain data is written without fail");
        let result = self.log.put_blob(BLOB, &bytes);
        match &result {
            Ok(()) => self.catalog_doubtful = false,
            Err(error) => self.catalog_doubtful |= may_have_happened(error),
        }
        result
    }

    /// Makes sure that the catalog on disk is the one in memory. A deletion that failed late may be
    /// on disk all the same, and what is put to its stream must not go with it.
    pub(super) fn settle_catalog(&mut self, stream: &StreamName) -> Result<(), ApiError> {
        let durable = |stream: &Stream| stream.settings.level != Level::Memory;
        if self.catalog_doubtful && self.streams.get(stream).is_some_and(durable) {
            self.save_catalog().map_err(|why| error::log_failed(&why))?;
        }
        Ok(())
    }

    /// Reads the catalog back and forgets shards that it does not name.
    pub(super) fn load_catalog(&mut self) -> Result<(), EngineError> {
        let catalog = match self.log.blob(BLOB)? {
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|why| EngineError::Catalog(why.to_string()))?,
            None if self.log.has_shards() => {
                let why = "it is missing, and there are records of streams".to_owned();
                return Err(EngineError::Catalog(why));
            }
            None => Catalog { version: VERSION, next_log_shard: 0, streams: Vec::new() },
        };
        if catalog.version != VERSION {
            let why = format!("it is of version {}, this is {VERSION}", catalog.version);
            return Err(EngineError::Catalog(why));
        }
        if catalog.next_log_shard > SHARDS_MAX {
            let why = format!("{} shards are more than there can be", catalog.next_log_shard);
            return Err(EngineError::Catalog(why));
        }
        self.next_log_shard = catalog.next_log_shard;
        let mut known = BTreeSet::new();
        for entry in &catalog.streams {
            if Level::parse(&entry.level).is_none() {
                let (name, level) = (&entry.name, &entry.level);
                let why = format!("stream `{name}` has the level `{level}`, which is none of ours");
                return Err(EngineError::Catalog(why));
            }
            let mut stream = stream_of(entry, self.now).ok_or_else(|| {
                EngineError::Catalog(format!("stream `{}` is not sound", entry.name))
            })?;
            if !stream.pending.is_empty() {
                stream.status = StreamStatus::Updating;
                stream.transition_ends = Some(self.now.plus(self.options.update_delay_ms));
            }
            for shard in stream.live() {
                if !known.insert(shard.log) || shard.log.0 >= self.next_log_shard {
                    let why = format!("a shard of stream `{}` has no place of its own", entry.name);
                    return Err(EngineError::Catalog(why));
                }
                self.log.create_shard(shard.log, stream.settings.level);
            }
            self.streams.insert(stream.settings.stream.clone(), stream);
        }
        self.log.retain_shards(&|shard| known.contains(&shard))?;
        Ok(())
    }
}

/// The level of streams in a catalog that says none: the only one on disk at that time.
fn level_before() -> String {
    Level::Process.word().to_owned()
}

/// May the new state be there although it could not be kept?
fn may_have_happened(error: &LogError) -> bool {
    matches!(error, LogError::Storage(why) if ["rename", "sync_dir"].contains(&why.operation))
}

fn stream_entry(stream: &Stream) -> StreamEntry {
    StreamEntry {
        name: stream.settings.stream.to_string(),
        on_demand: stream.settings.mode == StreamMode::OnDemand,
        shards_at_creation: stream.settings.shards,
        retention_ms: stream.settings.retention_ms,
        level: stream.settings.level.word().to_owned(),
        limits: kept_limits(&stream.settings.limits).to_vec(),
        record_bytes_max: stream.settings.record_kib_max * 1_024,
        created: stream.created.0,
        shards: stream.shards.iter().map(|shard| shard.as_ref().map(shard_entry)).collect(),
        pending: stream.pending.iter().map(ReshardEntry::of).collect(),
        recent: RecentEntry::of(&stream.recent),
        consumers: ConsumerEntry::of(&stream.consumers),
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
        start: shard.range.start.to_string(),
        end: shard.range.end.to_string(),
        parent: shard.lineage.parent.map(|id| id.0),
        adjacent_parent: shard.lineage.adjacent_parent.map(|id| id.0),
        created: shard.created.0,
        closed: shard.closed.map(|at| at.0),
        starts: Some(u64::from(shard.first.created_s) * 1_000),
    }
}

fn stream_of(entry: &StreamEntry, now: Millis) -> Option<Stream> {
    let limits = limits_of(&entry.limits);
    let settings = CreateStream {
        stream: StreamName::new(&entry.name).ok()?,
        mode: if entry.on_demand { StreamMode::OnDemand } else { StreamMode::Provisioned },
        shards: entry.shards_at_creation,
        retention_ms: entry.retention_ms,
        level: Level::parse(&entry.level)?,
        limits,
        record_kib_max: entry.record_bytes_max / 1_024,
    };
    let mut shards = Vec::new();
    for (number, shard) in (0..).zip(&entry.shards) {
        shards.push(match shard {
            Some(shard) => Some(shard_of(ShardId(number), shard, &limits, now)?),
            None => None,
        });
    }
    let mut open: Vec<HashKeyRange> =
        shards.iter().flatten().filter(|s| s.closed.is_none()).map(|s| s.range).collect();
    open.sort_unstable();
    if !tiles(open.into_iter()) {
        return None;
    }
    let mut stream = Stream {
        settings,
        status: StreamStatus::Active,
        created: Millis(entry.created),
        transition_ends: None,
        pending: entry.pending.iter().map(ReshardEntry::step).collect::<Option<_>>()?,
        recent: entry.recent.recent(),
        demand: None,
        calls: Calls::new(),
        shards,
        router: Router::default(),
        consumers: ConsumerEntry::restore(&entry.consumers)?,
    };
    stream.reroute();
    Some(stream)
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
    shard.closed = entry.closed.map(Millis);
    Some(shard)
}
