//! Creating and deleting streams, and keeping the list of durable ones.
//!
//! The catalog is the blob `catalog`: JSON, version 2. It is written before a change is
//! acknowledged, and before the first record of a new shard. Streams of level `memory` are not in
//! it. Version 1 had neither tags, policies, encryption, metrics and warm throughput of streams
//! nor the account's commitment: it is read as if nobody had asked for any.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ConsumerDeletion, CreateStream, DeleteStream};
use crate::engine::account::{Calls, CommitmentEntry};
use crate::engine::consumers::Consumers;
use crate::engine::entry::StreamEntry;
use crate::engine::stream::{Extras, Stream};
use crate::engine::{Engine, EngineError, EngineOptions, error};
use crate::log::{LogError, LogShard, SHARDS_MAX};
use crate::model::limits::{ON_DEMAND_SHARDS, SHARDS_PER_STREAM_MAX};
use crate::model::{
    ACCOUNT, EventKind, HashKeyRange, Level, Lineage, Resource, StreamMode, StreamName,
    StreamStatus,
};
use crate::rules::commitment::Commitment;
use crate::rules::quota::check_stream_shards;
use crate::rules::routing::Router;
use crate::rules::setting::{check_distribution, check_warm};
use crate::rules::tag;
use crate::rules::topology::{initial_ranges, ranges_between};

const BLOB: &str = "catalog";
const VERSION: u32 = 2;
/// What is read.
const VERSIONS: RangeInclusive<u32> = 1..=VERSION;

#[derive(Serialize, Deserialize)]
struct Catalog {
    version: u32,
    next_log_shard: u32,
    streams: Vec<StreamEntry>,
    #[serde(default, skip_serializing_if = "CommitmentEntry::is_empty")]
    commitment: CommitmentEntry,
}

/// How many shards a stream begins with.
fn first_shards(create: &CreateStream) -> u32 {
    match (&create.cuts, create.mode) {
        (Some(cuts), _) => u32::try_from(cuts.len() + 1).unwrap_or(u32::MAX),
        (None, StreamMode::Provisioned) => create.shards,
        (None, StreamMode::OnDemand) => {
            let warm = create.warm_mib_per_s.unwrap_or(0);
            warm.clamp(ON_DEMAND_SHARDS, SHARDS_PER_STREAM_MAX)
        }
    }
}

/// The ranges of so many shards, which a stream begins with.
fn first_ranges(create: &CreateStream, shards: u32) -> Result<Vec<HashKeyRange>, ApiError> {
    let Some(cuts) = &create.cuts else { return Ok(initial_ranges(shards)) };
    let why = "The hash keys at which shards begin must ascend from above 0.";
    ranges_between(cuts).ok_or_else(|| ApiError::InvalidArgument(why.to_owned()))
}

impl Engine {
    pub(super) fn create_stream(&mut self, create: &CreateStream) -> Result<(), ApiError> {
        let name = &create.stream;
        if self.streams.contains_key(name) {
            let why = format!("Stream {name} under account {ACCOUNT} already exists.");
            return Err(ApiError::ResourceInUse(why));
        }
        let CreateStream { mode, warm_mib_per_s: warm, .. } = *create;
        if let Some(asked) = warm {
            check_warm(name, mode, self.committed(), asked)?;
        }
        check_distribution(name, mode, create.distribution)?;
        let (resource, none) = (Resource::Stream(name.clone()), crate::api::Tags::new());
        tag::check_added(&resource, &none, &create.tags)?;
        let shards = first_shards(create);
        self.check_room(mode, shards)?;
        check_stream_shards(shards)?;
        self.check_log_shards()?;
        let ranges = first_ranges(create, shards)?;
        let stream = Stream {
            settings: CreateStream { shards, cuts: None, ..create.clone() },
            extras: Extras::new(self.now, create.key.as_deref()),
            status: StreamStatus::Creating,
            created: self.now,
            transition_ends: Some(self.now.plus(self.options.create_delay_ms)),
            pending: Vec::new(),
            demand: None,
            calls: Calls::new(),
            shards: Vec::new(),
            router: Router::default(),
            spread: 0,
            consumers: Consumers::new(),
        };
        let first_log_shard = self.next_log_shard;
        self.streams.insert(name.clone(), stream);
        // They stand at the beginnings of cache lines, and such a row is copied when it grows.
        self.stream_mut(name).shards.reserve_exact(shards as usize);
        self.log.expect_shards(shards as usize);
        for range in ranges {
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

    /// Begins anew: streams that live in memory are gone at once, those on disk stay. What is counted
    /// begins at 0, as what meters them does.
    pub fn renew(&mut self, options: EngineOptions) {
        self.options = options;
        self.calls.clear();
        let on_disk = self.log.has_disk();
        if !on_disk {
            self.commitment = Commitment::default();
        }
        let stays = |stream: &Stream| on_disk && stream.settings.level != Level::Memory;
        let streams = self.streams.values().filter(|stream| !stays(stream));
        let gone: Vec<StreamName> = streams.map(|stream| stream.settings.stream.clone()).collect();
        gone.iter().for_each(|name| self.remove_stream(name));
        self.streams.values_mut().for_each(Stream::count_anew);
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
            streams: self.streams.values().filter(durable).map(StreamEntry::of).collect(),
            commitment: CommitmentEntry::of(self.commitment),
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
            None => Catalog {
                version: VERSION,
                next_log_shard: 0,
                streams: Vec::new(),
                commitment: CommitmentEntry::default(),
            },
        };
        if !VERSIONS.contains(&catalog.version) {
            let why = format!("it is of version {}, this is {VERSION}", catalog.version);
            return Err(EngineError::Catalog(why));
        }
        if catalog.next_log_shard > SHARDS_MAX {
            let why = format!("{} shards are more than there can be", catalog.next_log_shard);
            return Err(EngineError::Catalog(why));
        }
        self.next_log_shard = catalog.next_log_shard;
        self.commitment = catalog.commitment.commitment();
        let mut known = BTreeSet::new();
        for entry in &catalog.streams {
            if Level::parse(&entry.level).is_none() {
                let (name, level) = (&entry.name, &entry.level);
                let why = format!("stream `{name}` has the level `{level}`, which is none of ours");
                return Err(EngineError::Catalog(why));
            }
            let mut stream = entry.restore(self.now).ok_or_else(|| {
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

/// May the new state be there although it could not be kept?
fn may_have_happened(error: &LogError) -> bool {
    matches!(error, LogError::Storage(why) if ["rename", "sync_dir"].contains(&why.operation))
}
