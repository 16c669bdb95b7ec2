//! Split, merge and uniform scaling.
//!
//! A change is kept when it is asked for and made when the stream has been UPDATING for a while:
//! until then the parents take records, and a second change is refused.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, MergeShards, ShardCounts, SplitShard, UpdateShardCount};
use crate::engine::stream::{Shard, Stream};
use crate::engine::{Engine, error};
use crate::log::{LogError, LogShard};
use crate::model::limits::{SCALINGS_PER_DAY, SHARDS_PER_STREAM_MAX};
use crate::model::{
    ACCOUNT, EventKind, HashKey, HashKeyRange, Level, Lineage, ShardId, StreamMode, StreamName,
    StreamStatus, Switch,
};
use crate::rules::quota::check_shards;
use crate::rules::scaling::{ScalingError, check_target};
use crate::rules::topology::{self, Reshard};

/// A shard of the list that uniform scaling works on.
type Piece = (HashKeyRange, ShardId);

impl Engine {
    /// The stream, if its shards may be changed by an operator now.
    fn changeable(&self, name: &StreamName) -> Result<&Stream, ApiError> {
        let stream = self.known(name)?;
        if stream.settings.mode == StreamMode::OnDemand {
            return Err(error::on_demand(name));
        }
        Ok(stream)
    }

    pub(super) fn split_shard(&mut self, split: &SplitShard) -> Result<(), ApiError> {
        let SplitShard { stream: name, shard: id, new_starting_hash_key: at } = split;
        let shard = open_shard(self.changeable(name)?, *id)?;
        if topology::split(shard.rest.range, *at).is_none() {
            return Err(bad_key(name, shard, *at));
        }
        self.reshard(name, vec![Reshard::Split { shard: *id, at: *at }])
    }

    pub(super) fn merge_shards(&mut self, merge: &MergeShards) -> Result<(), ApiError> {
        let MergeShards { stream: name, shard: lower, adjacent: upper } = merge;
        let stream = self.changeable(name)?;
        let (a, b) = (open_shard(stream, *lower)?, open_shard(stream, *upper)?);
        if topology::merge(a.rest.range, b.rest.range).is_none() {
            return Err(ApiError::InvalidArgument(format!(
                "Shards {lower} and {upper} in stream {name} under account {ACCOUNT} are not an \
                 adjacent pair of shards eligible for merging"
            )));
        }
        self.reshard(name, vec![Reshard::Merge { lower: *lower, upper: *upper }])
    }

    pub(super) fn scale(&mut self, update: &UpdateShardCount) -> Result<ShardCounts, ApiError> {
        let UpdateShardCount { stream: name, target } = update;
        let stream = self.changeable(name)?;
        let current = stream.open_count();
        check_target(current, *target)?;
        let often = stream.extras.recent.scalings.count(self.now) >= SCALINGS_PER_DAY;
        if often && self.options.quotas.per_day == Switch::On {
            return Err(ScalingError::TooOften.into());
        }
        let before = stream.extras.recent.scalings.clone();
        let now = self.now;
        self.stream_mut(name).extras.recent.scalings.note(now);
        let made = self.reshard(name, vec![Reshard::Uniform { target: *target }]);
        if made.is_err() {
            self.stream_mut(name).extras.recent.scalings = before;
        }
        made.map(|()| ShardCounts { current, target: *target })
    }

    /// Takes a change of topology that the rules allow, if the account has room for it: the stream
    /// is UPDATING until it is made.
    fn reshard(&mut self, name: &StreamName, plan: Vec<Reshard>) -> Result<(), ApiError> {
        let open = self.streams[name].open_count();
        let growth = plan.iter().map(|step| step.growth(open)).sum();
        check_shards(self.options.quotas.shards, self.shards_charged(), growth)?;
        self.begin_update(name, plan)
    }

    /// Lets a stream be UPDATING, and keeps what comes at the end of it.
    pub(super) fn begin_update(
        &mut self,
        name: &StreamName,
        plan: Vec<Reshard>,
    ) -> Result<(), ApiError> {
        self.check_log_shards()?;
        let ends = self.now.plus(self.options.update_delay_ms);
        let stream = self.stream_mut(name);
        stream.pending = plan;
        stream.status = StreamStatus::Updating;
        stream.transition_ends = Some(ends);
        if let Err(error) = self.save_catalog() {
            let stream = self.stream_mut(name);
            stream.pending.clear();
            stream.status = StreamStatus::Active;
            stream.transition_ends = None;
            return Err(error::log_failed(&error));
        }
        Ok(())
    }

    /// Makes the change that the end of UPDATING brings, and keeps it; or changes nothing.
    ///
    /// # Errors
    /// When the catalog cannot be written.
    pub(super) fn finish_update(&mut self, name: &StreamName) -> Result<(), LogError> {
        if self.streams[name].pending.is_empty() {
            return Ok(());
        }
        let before = self.streams[name].clone();
        let (next_log_shard, events) = (self.next_log_shard, self.events.len());
        for step in std::mem::take(&mut self.stream_mut(name).pending) {
            self.take_step(name, step);
        }
        self.stream_mut(name).reroute();
        let kept = self.save_catalog();
        if kept.is_err() {
            (next_log_shard..self.next_log_shard)
                .for_each(|shard| self.log.remove_shard(LogShard(shard)));
            self.events.truncate(events);
            self.streams.insert(name.clone(), before);
        }
        kept
    }

    /// A step that does not fit the shards any more, which only a damaged catalog can ask for, is
    /// left out: the ranges tile whatever comes.
    fn take_step(&mut self, name: &StreamName, step: Reshard) {
        let stream = &self.streams[name];
        let range =
            |id| stream.shard(id).filter(|shard| shard.rest.closed.is_none()).map(|s| s.rest.range);
        match step {
            Reshard::Split { shard, at } => {
                if let Some(halves) = range(shard).and_then(|range| topology::split(range, at)) {
                    self.do_split(name, shard, halves);
                }
            }
            Reshard::Merge { lower, upper } => {
                let ranges = range(lower).zip(range(upper));
                if let Some(union) = ranges.and_then(|(a, b)| topology::merge(a, b)) {
                    self.do_merge(name, [lower, upper], union);
                }
            }
            Reshard::Uniform { target } => {
                if (1..=SHARDS_PER_STREAM_MAX).contains(&target) {
                    self.scale_uniformly(name, target);
                }
            }
        }
    }

    /// Shard by shard of those that there will be: an old one that goes on beyond its end is split
    /// there, and the pieces within it are merged.
    fn scale_uniformly(&mut self, name: &StreamName, target: u32) {
        let mut open: Vec<Piece> =
            self.streams[name].open().map(|shard| (shard.rest.range, shard.id)).collect();
        open.sort_unstable();
        let ranges: Vec<HashKeyRange> = open.iter().map(|(range, _)| *range).collect();
        let starts = topology::uniform_starts(&ranges, target);
        let mut pieces = VecDeque::from(open);
        for next in starts.into_iter().map(Some).chain([None]) {
            let mut whole: Option<Piece> = None;
            let within = |piece: &mut Piece| next.is_none_or(|next| piece.0.start < next);
            while let Some((range, id)) = pieces.pop_front_if(within) {
                let mut piece = (range, id);
                if let Some(halves) = next.and_then(|next| topology::split(range, next)) {
                    let [lower, upper] = self.do_split(name, id, halves);
                    pieces.push_front((halves[1], upper));
                    piece = (halves[0], lower);
                }
                whole = Some(whole.map_or(piece, |lower| self.unite(name, lower, piece)));
            }
        }
    }

    fn unite(&mut self, name: &StreamName, lower: Piece, upper: Piece) -> Piece {
        let union = topology::merge(lower.0, upper.0).expect("open ranges tile in their order");
        (union, self.do_merge(name, [lower.1, upper.1], union))
    }

    fn do_split(
        &mut self,
        name: &StreamName,
        parent: ShardId,
        halves: [HashKeyRange; 2],
    ) -> [ShardId; 2] {
        let lineage = Lineage { parent: Some(parent), adjacent_parent: None };
        self.close(name, parent);
        let children = halves.map(|range| self.add_shard(name, range, lineage));
        self.event(EventKind::ShardSplit { stream: name.clone(), parent, children });
        children
    }

    fn do_merge(
        &mut self,
        name: &StreamName,
        parents: [ShardId; 2],
        union: HashKeyRange,
    ) -> ShardId {
        let [lower, upper] = parents;
        let lineage = Lineage { parent: Some(lower), adjacent_parent: Some(upper) };
        parents.iter().for_each(|parent| self.close(name, *parent));
        let child = self.add_shard(name, union, lineage);
        self.event(EventKind::ShardsMerged { stream: name.clone(), parents, child });
        child
    }

    fn close(&mut self, name: &StreamName, id: ShardId) {
        let now = self.now;
        let shard = self.stream_mut(name).shard_mut(id).expect("it was seen to be open");
        shard.rest.closed = Some(now);
        // Those at the tip are told that nothing follows.
        let mut sleepers = std::mem::take(&mut shard.sleepers);
        self.fan_out.wake(now, &mut sleepers);
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
    if shard.rest.closed.is_some() {
        return Err(error::already_closed(name, id));
    }
    Ok(shard)
}

fn bad_key(name: &StreamName, shard: &Shard, at: HashKey) -> ApiError {
    let (id, range) = (shard.id, shard.rest.range);
    ApiError::InvalidArgument(format!(
        "NewStartingHashKey {at} used in SplitShard() on shard {id} in stream {name} under account \
         {ACCOUNT} is not both greater than one plus the shard's StartingHashKey {} and less than \
         the shard's EndingHashKey {}.",
        range.start, range.end
    ))
}

/// A change that is to be made, as the catalog keeps it.
#[derive(Serialize, Deserialize)]
pub(super) enum ReshardEntry {
    Split { shard: u32, at: String },
    Merge { lower: u32, upper: u32 },
    Uniform { target: u32 },
}

impl ReshardEntry {
    pub(super) fn of(step: &Reshard) -> Self {
        match *step {
            Reshard::Split { shard, at } => Self::Split { shard: shard.0, at: at.to_string() },
            Reshard::Merge { lower, upper } => Self::Merge { lower: lower.0, upper: upper.0 },
            Reshard::Uniform { target } => Self::Uniform { target },
        }
    }

    pub(super) fn step(&self) -> Option<Reshard> {
        Some(match self {
            Self::Split { shard, at } => {
                Reshard::Split { shard: ShardId(*shard), at: HashKey::parse(at)? }
            }
            Self::Merge { lower, upper } => {
                Reshard::Merge { lower: ShardId(*lower), upper: ShardId(*upper) }
            }
            Self::Uniform { target } => Reshard::Uniform { target: *target },
        })
    }
}
