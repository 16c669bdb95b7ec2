//! A stream as the engine keeps it.

use std::collections::BTreeSet;

use crate::api::{CreateStream, ShardDescription, StreamDescription};
use crate::engine::account::Calls;
use crate::engine::consumers::Consumers;
use crate::engine::fan_out::Sleepers;
use crate::engine::recent::Recent;
use crate::log::LogShard;
use crate::model::{
    Encryption, EncryptionType, HashKeyRange, Lineage, Millis, SequenceNumber, ShardId,
    ShardLimits, ShardMetric, ShardState, ShardTally, StreamStatus,
};
use crate::rules::demand::{Demand, Taken};
use crate::rules::read_throttle::ReadGate;
use crate::rules::readers::Readers;
use crate::rules::routing::Router;
use crate::rules::sequencing::first_number;
use crate::rules::throttle::WriteGate;
use crate::rules::topology::Reshard;

/// A shard: what it is, where its records are, what it may still take. A put touches as many shards
/// as it has records: what it needs of each stands in one line of 64 bytes, but for what limits need,
/// and the rest elsewhere, so that these lines of all shards take little memory.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Shard {
    pub(super) log: LogShard,
    pub(super) id: ShardId,
    pub(super) first: SequenceNumber,
    pub(super) incoming: Incoming,
    pub(super) sleepers: Sleepers,
    pub(super) rest: Box<Rest>,
}

const _: () = assert!(size_of::<Option<Shard>>() == 64, "a shard is one line");

/// What a shard accepted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incoming {
    pub(super) records: u64,
    /// Keys included.
    pub(super) bytes: u64,
}

/// What puts do not need of a shard, unless they are limited.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) writes: WriteGate,
    pub(super) range: HashKeyRange,
    pub(super) lineage: Lineage,
    pub(super) created: Millis,
    pub(super) closed: Option<Millis>,
    pub(super) reads: ReadGate,
    /// Where readers are counted.
    pub(super) readers: Option<Box<Readers>>,
    pub(super) alarm: [Alarm; 2],
    /// What happened, but for what it accepted.
    pub(super) tally: ShardTally,
}

/// Whether refusals are going on, for the events that tell of their begin and end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarm {
    pub(super) seen: u64,
    pub(super) quiet_s: u32,
    pub(super) raised: bool,
}

impl Shard {
    pub(super) fn open(
        id: ShardId,
        range: HashKeyRange,
        lineage: Lineage,
        log: LogShard,
        limits: &ShardLimits,
        now: Millis,
    ) -> Self {
        let rest = Rest {
            writes: WriteGate::full(limits, now),
            range,
            lineage,
            created: now,
            closed: None,
            reads: ReadGate::full(limits, now),
            readers: None,
            alarm: [Alarm::default(); 2],
            tally: ShardTally::default(),
        };
        Self {
            log,
            id,
            first: first_number(id, lineage, now),
            incoming: Incoming::default(),
            sleepers: Sleepers::default(),
            rest: Box::new(rest),
        }
    }

    /// What happened on it.
    pub(super) fn tally(&self) -> ShardTally {
        let Incoming { records, bytes } = self.incoming;
        ShardTally { incoming_records: records, incoming_bytes: bytes, ..self.rest.tally }
    }

    /// New limits begin with full budgets, and with no readers.
    pub(super) fn set_limits(&mut self, limits: &ShardLimits, now: Millis) {
        self.rest.writes = WriteGate::full(limits, now);
        self.rest.reads = ReadGate::full(limits, now);
        self.rest.readers = None;
    }

    pub(super) fn state(&self) -> ShardState {
        if self.rest.closed.is_some() { ShardState::Closed } else { ShardState::Open }
    }

    pub(super) fn describe(&self) -> ShardDescription {
        ShardDescription {
            shard: self.id,
            state: self.state(),
            range: self.rest.range,
            lineage: self.rest.lineage,
            created: self.rest.created,
            closed: self.rest.closed,
            starting_sequence: self.first,
            ending_sequence: self.rest.closed.map(|at| self.first.end(at)),
        }
    }
}

/// What is kept of a stream besides the settings that it can be created with.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    /// A JSON object; here nobody is refused for it.
    pub(super) policy: Option<String>,
    /// Since when records are encrypted.
    pub(super) encryption: Encryption,
    /// Metrics of shards that are switched on.
    pub(super) monitored: BTreeSet<ShardMetric>,
    /// What may be done so often a day.
    pub(super) recent: Recent,
}

impl Extras {
    /// Of a stream that is created with that key, or none.
    pub(super) fn new(now: Millis, key: Option<&str>) -> Self {
        let mut extras = Self::default();
        if key.is_some() {
            extras.encryption.change(now, EncryptionType::Kms, now);
        }
        extras
    }
}

/// A stream: its settings, its life, its shards.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// As they are now, but for the number of shards.
    pub(super) settings: CreateStream,
    pub(super) extras: Extras,
    pub(super) status: StreamStatus,
    pub(super) created: Millis,
    pub(super) transition_ends: Option<Millis>,
    /// What the end of UPDATING brings.
    pub(super) pending: Vec<Reshard>,
    /// What the service knows of its traffic, while it is on-demand.
    pub(super) demand: Option<Demand>,
    /// What is left of the rates of calls about it.
    pub(super) calls: Calls,
    /// Every shard ever, by number; expired ones are `None`.
    pub(super) shards: Vec<Option<Shard>>,
    pub(super) router: Router,
    /// Whose turn it is, while the service distributes records.
    pub(super) spread: usize,
    pub(super) consumers: Consumers,
}

impl Stream {
    pub(super) fn live(&self) -> impl Iterator<Item = &Shard> {
        // Not `flatten`, which does not tell how many there may be.
        self.shards.iter().filter_map(Option::as_ref)
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Shard> {
        self.live().filter(|shard| shard.rest.closed.is_none())
    }

    /// What its open shards took, in order of their ranges.
    pub(super) fn taken(&self) -> Vec<Taken> {
        let taken = |shard: &Shard| Taken {
            shard: shard.id,
            range: shard.rest.range,
            bytes: shard.incoming.bytes,
            records: shard.incoming.records,
        };
        let mut open: Vec<Taken> = self.open().map(taken).collect();
        open.sort_unstable_by_key(|taken| taken.range);
        open
    }

    /// Counts from now on, as if its folder had just been opened.
    pub(super) fn count_anew(&mut self) {
        // The service measures by what was counted.
        self.demand = None;
        for shard in self.shards.iter_mut().flatten() {
            shard.incoming = Incoming::default();
            shard.rest.alarm = [Alarm::default(); 2];
            shard.rest.tally = ShardTally::default();
        }
    }

    /// Registered consumers, CREATING and DELETING ones too.
    pub(super) fn consumer_count(&self) -> u32 {
        u32::try_from(self.consumers.len()).expect("consumers are few")
    }

    pub(super) fn open_count(&self) -> u32 {
        u32::try_from(self.open().count()).expect("shards are fewer than 2^32")
    }

    pub(super) fn shard(&self, id: ShardId) -> Option<&Shard> {
        self.shards.get(id.index())?.as_ref()
    }

    pub(super) fn shard_mut(&mut self, id: ShardId) -> Option<&mut Shard> {
        self.shards.get_mut(id.index())?.as_mut()
    }

    pub(super) fn next_id(&self) -> ShardId {
        ShardId(u32::try_from(self.shards.len()).expect("shards are fewer than 2^32"))
    }

    pub(super) fn reroute(&mut self) {
        let router = Router::new(self.open().map(|shard| (shard.rest.range, shard.id)));
        self.router = router;
    }

    pub(super) fn describe(&self) -> StreamDescription {
        StreamDescription {
            settings: self.settings.clone(),
            status: self.status,
            created: self.created,
            transition_ends: self.transition_ends,
            shards: self.live().map(Shard::describe).collect(),
            has_more_shards: false,
            consumers: self.consumer_count(),
            monitored: self.extras.monitored.clone(),
        }
    }
}
