//! What happened to a world: the last events, how many of which kind mattered, and the digest.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::sync::Arc;

use twox_hash::XxHash64;

use crate::engine::Engine;
use crate::model::{Event, EventKind, Millis, ShardTally};
use crate::world::parts::Parts;

/// Events that are kept.
const KEPT: usize = 1_000;

/// The memory of a world.
pub struct Chronicle {
    /// Shared with the pictures that show them.
    events: VecDeque<Arc<Event>>,
    digest: XxHash64,
    total: u64,
    notifications: u64,
    missing_records: u64,
    caption: Option<String>,
}

impl Default for Chronicle {
    fn default() -> Self {
        Self {
            events: VecDeque::new(),
            digest: XxHash64::with_seed(0),
            total: 0,
            notifications: 0,
            missing_records: 0,
            caption: None,
        }
    }
}

impl Chronicle {
    /// An empty one, but that the disk does not give back what it did not give back before.
    pub(super) fn anew(&self) -> Self {
        Self { missing_records: self.missing_records, ..Self::default() }
    }

    /// Writes an event down.
    pub fn push(&mut self, event: Event) {
        self.digest.write_u64(event.at.0);
        self.digest.write(format!("{:?}", event.kind).as_bytes());
        self.total += 1;
        if let EventKind::Notification { .. } = event.kind {
            self.notifications += 1;
        }
        if let EventKind::RecordsMissing { records } = event.kind {
            self.missing_records = records;
        }
        if let EventKind::Caption { text } = &event.kind {
            self.caption = (!text.is_empty()).then(|| text.clone());
        }
        if self.events.len() == KEPT {
            self.events.pop_front();
        }
        self.events.push_back(Arc::new(event));
    }

    /// Folds every counter into the digest at the end of a second.
    pub(super) fn digest_second(&mut self, now: Millis, engine: &Engine, parts: &Parts) {
        self.digest.write_u64(now.0);
        for stream in engine.streams() {
            for shard in stream.shards() {
                digest_tally(&mut self.digest, &shard.tally);
            }
        }
        parts.digest(&mut self.digest);
    }

    /// A hash over all events and all counters of every second.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// The last `count` events, oldest first.
    pub fn last(&self, count: usize) -> impl Iterator<Item = &Arc<Event>> {
        self.events.iter().skip(self.events.len().saturating_sub(count))
    }

    /// How many events there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many notifications there were.
    #[must_use]
    pub fn notifications(&self) -> u64 {
        self.notifications
    }

    /// Records that the disk does not give back.
    #[must_use]
    pub fn missing_records(&self) -> u64 {
        self.missing_records
    }

    /// The caption that the timeline shows now.
    #[must_use]
    pub fn caption(&self) -> Option<&str> {
        self.caption.as_deref()
    }
}

fn digest_tally(digest: &mut XxHash64, tally: &ShardTally) {
    for count in [
        tally.incoming_records,
        tally.incoming_bytes,
        tally.outgoing_records,
        tally.outgoing_bytes,
        tally.write_throttled(),
        tally.read_throttled(),
        tally.read_calls,
    ] {
        digest.write_u64(count);
    }
}
