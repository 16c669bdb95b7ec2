//! Checkpoints of mappings and applications, kept beside the streams that they read: once a second
//! when they moved, and when the world closes. After a crash at most that second is processed again.
//!
//! A power cut may take records that a checkpoint has passed, when they were not synced: it goes back
//! to the end of what is there, because others will come in their places.
//!
//! Only streams that outlive the process are worth it. A checkpoint belongs to a consumer's name, to
//! a stream's name and to that stream's birth: what has only the old name begins anew. A mapping
//! that is detached loses its own, as in Lambda.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, StreamInfo};
use crate::model::{Event, EventKind, Level, Millis, PartName, ShardId, StreamName};
use crate::pipeline::mapping::Checkpoint;
use crate::world::World;

/// The name of the state in the log.
const STATE: &str = "checkpoints";

/// How far one consumer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Or application: names are shared.
    mapping: String,
    stream: String,
    created_ms: u64,
    /// Shard, and the index of the next record; none when the shard is finished.
    shards: Vec<(u32, Option<u64>)>,
}

impl Kept {
    fn is_of(&self, consumer: &PartName, stream: &StreamName, created: Millis) -> bool {
        self.mapping == consumer.as_str()
            && self.stream == stream.as_str()
            && self.created_ms == created.0
    }

    /// Goes back to the records that are there.
    fn go_back(&mut self, engine: &Engine) {
        let stream = StreamName::new(&self.stream).ok().and_then(|name| engine.stream(&name));
        for shard in stream.iter().flat_map(StreamInfo::shards) {
            for (_, next) in self.shards.iter_mut().filter(|(id, _)| *id == shard.id.0) {
                *next = next.map(|next| next.min(shard.next_index));
            }
        }
    }

    fn checkpoints(&self) -> BTreeMap<ShardId, Checkpoint> {
        let at = |next: Option<u64>| next.map_or(Checkpoint::ShardEnd, Checkpoint::At);
        self.shards.iter().map(|(shard, next)| (ShardId(*shard), at(*next))).collect()
    }
}

/// What is kept, also of mappings that this session does not have.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    kept: Vec<Kept>,
    /// Was one forgotten that is still on disk?
    forgotten: bool,
    failing: bool,
}

impl Checkpoints {
    /// What an earlier process left. What cannot be read is an event, and everything begins anew.
    pub(super) fn load(engine: &mut Engine) -> (Self, Option<EventKind>) {
        match read(engine).and_then(|kept| gone_back(engine, kept)) {
            Ok(kept) => (Self { kept, ..Self::default() }, None),
            Err(why) => (Self::default(), Some(EventKind::CheckpointsFailed { why })),
        }
    }

    /// Where a consumer that is attached now goes on.
    pub(super) fn of(
        &self,
        consumer: &PartName,
        stream: &StreamName,
        engine: &Engine,
    ) -> BTreeMap<ShardId, Checkpoint> {
        let Some(info) = engine.stream(stream) else { return BTreeMap::new() };
        let found = self.kept.iter().find(|kept| kept.is_of(consumer, stream, info.created()));
        found.map(Kept::checkpoints).unwrap_or_default()
    }

    pub(super) fn forget(&mut self, mapping: &PartName) {
        let before = self.kept.len();
        self.kept.retain(|kept| kept.mapping != mapping.as_str());
        self.forgotten |= self.kept.len() < before;
    }
}

fn read(engine: &Engine) -> Result<Vec<Kept>, String> {
    let bytes = engine.state(STATE).map_err(|why| why.to_string())?;
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    serde_json::from_slice(&bytes).map_err(|why| why.to_string())
}

/// What went back is written at once: the next process would find more records, and could not tell.
fn gone_back(engine: &mut Engine, mut kept: Vec<Kept>) -> Result<Vec<Kept>, String> {
    let before = kept.clone();
    kept.iter_mut().for_each(|kept| kept.go_back(engine));
    if kept != before {
        write(engine, &kept)?;
    }
    Ok(kept)
}

fn write(engine: &mut Engine, kept: &[Kept]) -> Result<(), String> {
    let text = serde_json::to_vec(kept).map_err(|why| why.to_string())?;
    engine.keep_state(STATE, &text).map_err(|why| why.to_string())
}

impl World {
    /// Keeps checkpoints that moved, and no longer those of consumers that were detached.
    pub(super) fn keep_checkpoints(&mut self) {
        if !self.engine.has_disk() {
            return;
        }
        let mut kept = self.checkpoints.kept.clone();
        let mappings = self
            .parts
            .mappings
            .values()
            .map(|part| (&part.settings().name, &part.settings().stream, part.checkpoints()));
        let applications =
            self.parts.applications.values().map(|part| {
                (&part.unchanging().name, &part.unchanging().stream, part.checkpoints())
            });
        for (consumer, name, shards) in mappings.chain(applications) {
            let Some(stream) = self.engine.stream(name) else { continue };
            if stream.settings().level == Level::Memory {
                continue;
            }
            kept.retain(|kept| kept.mapping != consumer.as_str());
            let next = |checkpoint: Checkpoint| match checkpoint {
                Checkpoint::At(index) => Some(index),
                Checkpoint::ShardEnd => None,
            };
            kept.push(Kept {
                mapping: consumer.to_string(),
                stream: name.to_string(),
                created_ms: stream.created().0,
                shards: shards.into_iter().map(|(shard, at)| (shard.0, next(at))).collect(),
            });
        }
        kept.sort_by(|a, b| a.mapping.cmp(&b.mapping));
        if self.checkpoints.forgotten || kept != self.checkpoints.kept {
            self.write_checkpoints(kept);
        }
    }

    fn write_checkpoints(&mut self, kept: Vec<Kept>) {
        match write(&mut self.engine, &kept) {
            Ok(()) => self.checkpoints = Checkpoints { kept, ..Checkpoints::default() },
            Err(why) if !self.checkpoints.failing => {
                self.checkpoints.failing = true;
                let kind = EventKind::CheckpointsFailed { why };
                self.chronicle.push(Event { at: self.now, kind });
            }
            Err(_) => {}
        }
    }

    /// The driver is about to leave: what can be kept is kept.
    pub fn close(&mut self) {
        self.keep_checkpoints();
    }
}
