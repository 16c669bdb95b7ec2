//! Looking at streams without copying them: for meters, snapshots and the digest.

use std::cell::Cell;

use crate::api::{CreateStream, StreamDescription, Tags};
use crate::engine::Engine;
use crate::engine::stream::{Shard, Stream};
use crate::log::{Log, Stretch};
use crate::model::{
    ConsumerName, ConsumerStatus, HashKeyRange, Lineage, Millis, RecordRef, ShardId, ShardState,
    ShardTally, StreamName, StreamStatus,
};

/// A stream, looked at.
#[derive(Clone, Copy)]
pub struct StreamInfo<'a> {
    stream: &'a Stream,
    log: &'a Log,
}

/// A shard, looked at.
#[derive(Clone, Copy, Debug)]
pub struct ShardInfo {
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
    /// What happened on it.
    pub tally: ShardTally,
    /// Records stored now.
    pub stored_records: u64,
    /// Index of the next record.
    pub next_index: u64,
}

impl<'a> StreamInfo<'a> {
    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &'a CreateStream {
        &self.stream.settings
    }

    /// Where it is in its life.
    #[must_use]
    pub fn status(&self) -> StreamStatus {
        self.stream.status
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Millis {
        self.stream.created
    }

    /// Registered consumers, those that come and go too.
    #[must_use]
    pub fn registered_consumers(&self) -> u32 {
        self.stream.consumer_count()
    }

    /// The registered consumers that are not on their way out, each with its tags.
    pub fn tagged_consumers(&self) -> impl Iterator<Item = (&ConsumerName, &Tags)> {
        let stays = |status: ConsumerStatus| status != ConsumerStatus::Deleting;
        let all = self.stream.consumers.iter();
        all.filter(move |(_, consumer)| stays(consumer.status))
            .map(|(name, consumer)| (name, &consumer.tags))
    }

    /// Registered consumers by name, with their status in the service's words.
    #[must_use]
    pub fn consumers(&self) -> Vec<(String, &'static str)> {
        let told = self.stream.consumers.iter();
        told.map(|(name, consumer)| (name.to_string(), consumer.status.word())).collect()
    }

    /// Has it a resource policy?
    #[must_use]
    pub fn has_policy(&self) -> bool {
        self.stream.extras.policy.is_some()
    }

    /// When the present transition ends.
    #[must_use]
    pub fn transition_ends(&self) -> Option<Millis> {
        self.stream.transition_ends
    }

    /// Every shard within retention, in order of numbers.
    pub fn shards(&self) -> impl Iterator<Item = ShardInfo> + use<'a> {
        let log = self.log;
        self.stream.live().map(move |shard| ShardInfo {
            id: shard.id,
            state: shard.state(),
            range: shard.rest.range,
            lineage: shard.rest.lineage,
            created: shard.rest.created,
            closed: shard.rest.closed,
            tally: shard.tally(),
            stored_records: log.next_index(shard.log) - log.first_index(shard.log),
            next_index: log.next_index(shard.log),
        })
    }

    /// The index of the first record of a shard that arrived at or after `at`; the end where there
    /// is none, or the shard is gone.
    #[must_use]
    pub fn index_at(&self, shard: ShardId, at: Millis) -> u64 {
        let Some(shard) = self.stream.shard(shard) else { return 0 };
        // A viewer sees nothing of a damaged chunk; a reader of it is told.
        self.log.index_at(shard.log, at).unwrap_or_else(|_| self.log.next_index(shard.log))
    }

    /// Calls `visit` with the index and the record for each of a shard from index `from` on, at
    /// most `count`. Viewers use it: it counts against nobody's read limits.
    pub fn peek(
        &self,
        shard: ShardId,
        from: u64,
        count: usize,
        visit: &mut dyn FnMut(u64, RecordRef<'_>),
    ) {
        let Some(shard) = self.stream.shard(shard) else { return };
        let mut told = |stretch: Stretch<'_>| {
            tell(shard, &stretch, &mut |_, record| visit(record.sequence.index, record));
        };
        // A viewer sees nothing of a damaged chunk; a reader of it is told.
        let _ = self.log.read(shard.log, from, count, usize::MAX, &mut told);
    }
}

impl Engine {
    /// All streams, sorted by name.
    pub fn streams(&self) -> impl Iterator<Item = StreamInfo<'_>> {
        self.streams.values().map(|stream| StreamInfo { stream, log: &self.log })
    }

    /// The stream called `name`.
    #[must_use]
    pub fn stream(&self, name: &StreamName) -> Option<StreamInfo<'_>> {
        self.streams.get(name).map(|stream| StreamInfo { stream, log: &self.log })
    }

    /// The description of the stream called `name`.
    #[must_use]
    pub fn description(&self, name: &StreamName) -> Option<StreamDescription> {
        self.streams.get(name).map(Stream::describe)
    }

    /// Calls `visit` for every readable record of a stream, shard by shard. It counts against
    /// nobody's read limits.
    ///
    /// # Errors
    /// A sentence, when records cannot be read.
    pub fn each(
        &self,
        name: &StreamName,
        visit: &mut dyn FnMut(ShardId, RecordRef<'_>),
    ) -> Result<(), String> {
        let Some(stream) = self.streams.get(name) else { return Ok(()) };
        for shard in stream.live() {
            // A read ends before damage; the one that begins there tells of it.
            let next = Cell::new(self.log.first_index(shard.log));
            let mut told = |stretch: Stretch<'_>| {
                tell(shard, &stretch, visit);
                next.set(stretch.end());
            };
            while next.get() < self.log.readable_end(shard.log) {
                self.log
                    .read(shard.log, next.get(), usize::MAX, usize::MAX, &mut told)
                    .map_err(|why| why.to_string())?;
            }
        }
        Ok(())
    }
}

/// Tells each record of a stretch.
fn tell(shard: &Shard, stretch: &Stretch<'_>, visit: &mut dyn FnMut(ShardId, RecordRef<'_>)) {
    for (index, arrival, partition_key, data) in stretch.records() {
        let sequence = shard.first.nth(index, arrival);
        visit(shard.id, RecordRef { sequence, arrival, partition_key, data });
    }
}
