//! Split, merge and uniform scaling.
//!
//! Children exist at once and take writes at once; the stream is UPDATING for a while, in which a
//! second change is refused.

use crate::api::{ApiError, MergeShards, SplitShard, UpdateShardCount};
use crate::engine::stream::{Shard, Stream};
use crate::engine::{ACCOUNT, Engine, error};
use crate::log::LogShard;
use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::model::{
    EventKind, HashKey, HashKeyRange, Level, Lineage, ShardId, StreamMode, StreamName, StreamStatus,
};
use crate::rules::topology::{self, Step};

impl Engine {
    /// The stream, if its shards may be changed by an operator now.
    fn changeable(&self, name: &StreamName) -> Result<&Stream, ApiError> {
        let stream = self.known(name)?;
        if stream.settings.mode == StreamMode::OnDemand {
            return Err(error::on_demand(name));
        }
        if stream.status != StreamStatus::Active {
            return Err(error::not_active(name, stream.status));
        }
        Ok(stream)
    }

    pub(super) fn split_shard(&mut self, split: &SplitShard) -> Result<(), ApiError> {
        let SplitShard { stream: name, shard: id, new_starting_hash_key: at } = split;
        let shard = open_shard(self.changeable(name)?, *id)?;
        let range = shard.range;
        let Some(halves) = topology::split(range, *at) else {
            return Err(ApiError::InvalidArgument(format!(
                "NewStartingHashKey {at} used in SplitShard() on shard {id} in stream {name} under \
                 account {ACCOUNT} is not both greater than one plus the shard's StartingHashKey \
                 {} and less than the shard's EndingHashKey {}.",
                range.start, range.end
            )));
        };
        self.change(name, |engine| engine.do_split(name, *id, halves))
    }

    pub(super) fn merge_shards(&mut self, merge: &MergeShards) -> Result<(), ApiError> {
        let MergeShards { stream: name, shard: lower, adjacent: upper } = merge;
        let stream = self.changeable(name)?;
        let (a, b) = (open_shard(stream, *lower)?, open_shard(stream, *upper)?);
        if !a.range.precedes(&b.range) {
            return Err(ApiError::InvalidArgument(format!(
                "Shards {lower} and {upper} in stream {name} under account {ACCOUNT} are not an \
                 adjacent pair of shards eligible for merging"
            )));
        }
        self.change(name, |engine| engine.do_merge(name, *lower, *upper))
    }

    pub(super) fn scale(&mut self, update: &UpdateShardCount) -> Result<(), ApiError> {
        let UpdateShardCount { stream: name, target } = update;
        let now = self.changeable(name)?.open().count();
        let wanted = *target as usize;
        if wanted == 0 || wanted > SHARDS_PER_STREAM_MAX as usize {
            return Err(ApiError::InvalidArgument(format!(
                "TargetShardCount {target} for stream {name} is not within 1 to \
                 {SHARDS_PER_STREAM_MAX}"
            )));
        }
        if wanted > 2 * now || 2 * wanted < now {
            return Err(ApiError::InvalidArgument(format!(
                "TargetShardCount {target} for stream {name} is not within half ({}) and double \
                 ({}) of the {now} open shards: scale in steps",
                now.div_ceil(2),
                2 * now
            )));
        }
        let steps = topology::uniform_steps(now, wanted);
        self.change(name, |engine| steps.iter().for_each(|step| engine.do_step(name, *step)))
    }

    /// Makes a change of topology, keeps it, and lets the stream be UPDATING for a while.
    fn change(&mut self, name: &StreamName, act: impl FnOnce(&mut Self)) -> Result<(), ApiError> {
        let before = self.streams[name].clone();
        let (next_log_shard, events) = (self.next_log_shard, self.events.len());
        act(self);
        let ends = self.now.plus(self.options.update_delay_ms);
        let stream = self.stream_mut(name);
        stream.status = StreamStatus::Updating;
        stream.transition_ends = Some(ends);
        stream.reroute();
        if let Err(error) = self.save_catalog() {
            (next_log_shard..self.next_log_shard)
                .for_each(|shard| self.log.remove_shard(LogShard(shard)));
            self.events.truncate(events);
            self.streams.insert(name.clone(), before);
            return Err(error::log_failed(&error));
        }
        Ok(())
    }

    fn do_step(&mut self, name: &StreamName, step: Step) {
        let mut open: Vec<(HashKeyRange, ShardId)> =
            self.streams[name].open().map(|shard| (shard.range, shard.id)).collect();
        open.sort_unstable();
        match step {
            Step::Split(at) => {
                let (range, id) = open[at];
                let middle = HashKey(range.middle().0 + 1);
                let halves = topology::split(range, middle).expect("ranges stay wide");
                self.do_split(name, id, halves);
            }
            Step::Merge(at) => self.do_merge(name, open[at].1, open[at + 1].1),
        }
    }

    fn do_split(&mut self, name: &StreamName, parent: ShardId, halves: [HashKeyRange; 2]) {
        let lineage = Lineage { parent: Some(parent), adjacent_parent: None };
        self.close(name, parent);
        let children = halves.map(|range| self.add_shard(name, range, lineage));
        self.event(EventKind::ShardSplit { stream: name.clone(), parent, children });
    }

    fn do_merge(&mut self, name: &StreamName, lower: ShardId, upper: ShardId) {
        let lineage = Lineage { parent: Some(lower), adjacent_parent: Some(upper) };
        let start = self.close(name, lower).start;
        let end = self.close(name, upper).end;
        let child = self.add_shard(name, HashKeyRange { start, end }, lineage);
        let parents = [lower, upper];
        self.event(EventKind::ShardsMerged { stream: name.clone(), parents, child });
    }

    fn close(&mut self, name: &StreamName, id: ShardId) -> HashKeyRange {
        let now = self.now;
        let shard = self.stream_mut(name).shard_mut(id).expect("it was checked to be open");
        shard.closed = Some(now);
        shard.range
    }

    /// Opens a new shard; the caller reroutes when all changes are made.
    pub(super) fn add_shard(
        &mut self,
        name: &StreamName,
        range: HashKeyRange,
        lineage: Lineage,
    ) -> ShardId {
        let log = LogShard(self.next_log_shard);
        self.next_log_shard += 1;
        let now = self.now;
        let stream = self.stream_mut(name);
        let id = stream.next_id();
        let shard = Shard::open(id, range, lineage, log, &stream.settings.limits, now);
        stream.shards.push(Some(shard));
        let level = stream.settings.level;
        self.log.create_shard(log, self.effective(level));
        id
    }

    /// What a record of a stream survives here: without a disk every stream lives in memory.
    pub(super) fn effective(&self, level: Level) -> Level {
        if self.log.has_disk() { level } else { Level::Memory }
    }

    pub(super) fn stream_mut(&mut self, name: &StreamName) -> &mut Stream {
        self.streams.get_mut(name).expect("the caller has looked it up")
    }
}

fn open_shard(stream: &Stream, id: ShardId) -> Result<&Shard, ApiError> {
    let name = &stream.settings.stream;
    let shard = stream.shard(id).ok_or_else(|| error::no_shard(name, id))?;
    if shard.closed.is_some() {
        return Err(error::already_closed(name, id));
    }
    Ok(shard)
}
