//! Following the shards of a stream: discovery, iterators, children after parents.
//!
//! * Shards are listed at the start and every 10 s; the children of a shard that was read out are
//!   known at once from the answer that ended it.
//! * A shard is read only when all its parents are finished. One that the list does not tell is gone;
//!   a child of one that no list has told of yet waits for the next list, which is asked at once.
//! * One call per shard is in flight at most. The owner says when to read ([`Follower::read`]).
//! * As a registered consumer it is pushed to instead (`pushed.rs`): a subscription a shard, which
//!   reading begins or lets go on, and which is renewed when its five minutes are over.
//! * Without checkpoints the starting position holds for the shards of the first listing (at
//!   `Latest`, closed ones are passed over); every later shard is read from its beginning. At a
//!   timestamp children whose parents are of the first listing begin there as well: what they have
//!   before it is older than what was asked for.

mod family;
mod pushed;
mod registration;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::api::{
    Answer, ApiError, GetRecords, GetShardIterator, IteratorType, ListShards, Operation,
    ShardDescription, ShardIterator,
};
use crate::model::chance::salted;
use crate::model::limits::{GET_RECORDS_MAX, MAPPING_POLL_MS};
use crate::model::{
    ConsumerTally, HashKeyRange, Millis, RecordBatch, SequenceNumber, ShardId, StreamName,
    SubscriptionId,
};
use crate::pipeline::agenda::Agenda;
use crate::pipeline::settings::StartingPosition;
use crate::pipeline::{Call, Reply, Wish};
pub use pushed::FanOut;
use registration::Registration;

const LIST_MS: u64 = 10_000;
const RETRY_MS: u64 = 1_000;
/// Pause after a refused read; up to as much again is drawn, so that readers take turns.
const THROTTLED_MS: u64 = 200;

/// How far a consumer has finished a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checkpoint {
    /// The index of the next record to process.
    At(u64),
    /// The shard is closed and everything in it is finished.
    ShardEnd,
}

/// How often shards are read.
#[derive(Clone, Copy, Debug)]
pub(in crate::pipeline) struct Rhythm {
    /// Pause when caught up, milliseconds.
    pub(in crate::pipeline) calm_ms: u64,
    /// Pause while behind, milliseconds.
    pub(in crate::pipeline) behind_ms: u64,
}

/// A mapping's rhythm: once a second, five times a second while behind.
pub(in crate::pipeline) const MAPPING: Rhythm = Rhythm { calm_ms: MAPPING_POLL_MS, behind_ms: 200 };

#[derive(Debug)]
enum Phase {
    /// Its parents are not finished.
    Blocked,
    /// Needs an iterator or a subscription, not before that time.
    Lost(Millis),
    /// A call is on its way.
    Asked,
    /// May be read from that time on.
    Ready(ShardIterator, Millis),
    /// Is pushed to.
    Subscribed(SubscriptionId, Flow),
    /// Read out, not finished.
    Ended,
    /// Finished.
    Finished,
}

/// Does a subscription bring anything?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Held,
}

impl Phase {
    fn subscription(&self) -> Option<SubscriptionId> {
        match self {
            Self::Subscribed(id, _) => Some(*id),
            Self::Blocked
            | Self::Lost(_)
            | Self::Asked
            | Self::Ready(..)
            | Self::Ended
            | Self::Finished => None,
        }
    }
}

#[derive(Debug)]
struct Followed {
    parents: Vec<ShardId>,
    /// The keys that it covers.
    range: HashKeyRange,
    /// Has the list told of it?
    is_listed: bool,
    phase: Phase,
    /// Where to begin while `next_index` is not known.
    from: IteratorType,
    /// The shard's first number, once it was listed or read.
    first: Option<SequenceNumber>,
    /// Index of the next record to read.
    next_index: Option<u64>,
    behind_ms: u64,
    answered: Millis,
}

impl Followed {
    /// These were read.
    fn on_read(&mut self, records: &RecordBatch) {
        let Some(last) = records.last() else { return };
        self.next_index = Some(last.sequence.index + 1);
        // A child is read before it is listed, and must be found again all the same.
        self.first.get_or_insert(last.sequence.start());
    }
}

/// The shards of one stream on their way through one consumer.
#[derive(Debug)]
pub(in crate::pipeline) struct Follower {
    stream: StreamName,
    start: StartingPosition,
    rhythm: Rhythm,
    restored: BTreeMap<ShardId, Checkpoint>,
    listed: bool,
    listing: bool,
    /// What the list has told so far.
    pages: Vec<ShardDescription>,
    list_at: Millis,
    shards: BTreeMap<ShardId, Followed>,
    /// When shards without an iterator or a subscription are to be asked for one.
    lost: Agenda,
    subscribed: BTreeMap<SubscriptionId, ShardId>,
    /// The shards that wait for a parent, by that.
    children: BTreeMap<ShardId, BTreeSet<ShardId>>,
    /// What the owner has not heard of yet.
    changed: BTreeSet<ShardId>,
    calls: VecDeque<Call>,
    next_id: u64,
    salt: u64,
    /// As whom it is pushed to, if it is.
    registration: Option<Registration>,
    wishes: VecDeque<Wish>,
}

/// What a reply brought.
pub(in crate::pipeline) enum News {
    /// Nothing for the owner.
    Nothing,
    /// Records of a shard, possibly none.
    Records(RecordBatch),
}

impl Follower {
    pub(in crate::pipeline) fn new(
        stream: StreamName,
        start: StartingPosition,
        rhythm: Rhythm,
        restored: BTreeMap<ShardId, Checkpoint>,
        salt: u64,
        now: Millis,
    ) -> Self {
        Self {
            salt,
            stream,
            start,
            rhythm,
            restored,
            listed: false,
            listing: false,
            pages: Vec::new(),
            list_at: now,
            shards: BTreeMap::new(),
            lost: Agenda::default(),
            subscribed: BTreeMap::new(),
            children: BTreeMap::new(),
            changed: BTreeSet::new(),
            calls: VecDeque::new(),
            next_id: 0,
            registration: None,
            wishes: VecDeque::new(),
        }
    }

    pub(in crate::pipeline) fn poll_call(&mut self) -> Option<Call> {
        self.calls.pop_front()
    }

    /// Lists and asks for iterators where that is due.
    pub(in crate::pipeline) fn advance(&mut self, now: Millis) {
        if self.list_at <= now && !self.listing {
            self.listing = true;
            self.call(Operation::ListShards(ListShards::of(self.stream.clone())));
        }
        if let Some(registration) = &mut self.registration {
            if let Some(question) = registration.ask(now) {
                self.call(question);
            }
            return; // Subscriptions are begun by reading.
        }
        for shard in self.lost.take(now) {
            let stream = self.stream.clone();
            let position = self.position(shard);
            self.set(shard, Phase::Asked);
            self.call(Operation::GetShardIterator(GetShardIterator {
                stream,
                shard,
                position: position.into(),
            }));
        }
    }

    /// When [`Follower::advance`] is due. Reads are the owner's business.
    pub(in crate::pipeline) fn next_deadline(&self) -> Millis {
        let list = if self.listing { Millis::NEVER } else { self.list_at };
        if let Some(registration) = &self.registration {
            return list.min(registration.next_deadline());
        }
        self.lost.next().min(list)
    }

    /// The shards that something has become of since this was asked last, for an owner that looks at
    /// no others. Those that it reads or finishes are among them.
    pub(in crate::pipeline) fn take_changed(&mut self) -> BTreeSet<ShardId> {
        std::mem::take(&mut self.changed)
    }

    /// From when on `shard` may be read, if it can be.
    pub(in crate::pipeline) fn ready_at(&self, shard: ShardId) -> Option<Millis> {
        match self.shards.get(&shard)?.phase {
            Phase::Ready(_, at) => Some(at),
            Phase::Lost(at) => self.arn().map(|_| at),
            Phase::Subscribed(_, Flow::Held) => Some(Millis::ZERO),
            Phase::Subscribed(_, Flow::On)
            | Phase::Blocked
            | Phase::Asked
            | Phase::Ended
            | Phase::Finished => None,
        }
    }

    /// Reads on.
    pub(in crate::pipeline) fn read(&mut self, shard: ShardId, limit: usize) {
        let Some(followed) = self.shards.get_mut(&shard) else { return };
        match std::mem::replace(&mut followed.phase, Phase::Asked) {
            Phase::Ready(iterator, _) => {
                let limit = limit.min(GET_RECORDS_MAX);
                self.call(Operation::GetRecords(GetRecords { iterator, limit }));
            }
            phase @ Phase::Lost(_) => {
                followed.phase = phase;
                self.subscribe(shard);
            }
            Phase::Subscribed(id, Flow::Held) => {
                followed.phase = Phase::Subscribed(id, Flow::On);
                self.wishes.push_back(Wish::LetGo(id));
            }
            phase @ (Phase::Blocked
            | Phase::Subscribed(_, Flow::On)
            | Phase::Asked
            | Phase::Ended
            | Phase::Finished) => followed.phase = phase,
        }
    }

    /// Reads a shard from this record on, by its index, or from where it began.
    pub(in crate::pipeline) fn go_back(
        &mut self,
        now: Millis,
        shard: ShardId,
        next_index: Option<u64>,
    ) {
        let Some(followed) = self.shards.get_mut(&shard) else { return };
        if !matches!(followed.phase, Phase::Blocked | Phase::Finished) {
            followed.next_index = next_index;
            self.set(shard, Phase::Lost(now));
        }
    }

    /// Is the shard read out, but not finished?
    pub(in crate::pipeline) fn ended(&self, shard: ShardId) -> bool {
        self.shards.get(&shard).is_some_and(|followed| matches!(followed.phase, Phase::Ended))
    }

    /// Everything that arrived in the shard before was read.
    pub(in crate::pipeline) fn read_until(&self, shard: ShardId) -> Millis {
        let followed = self.shards.get(&shard);
        followed.map_or(Millis::ZERO, |followed| followed.answered.minus(followed.behind_ms))
    }

    /// The owner has finished everything of a shard that was read out: its children may begin. Answers
    /// those that wait for no other parent.
    pub(in crate::pipeline) fn finish(&mut self, now: Millis, shard: ShardId) -> Vec<ShardId> {
        self.set(shard, Phase::Finished);
        let children = self.children.remove(&shard).unwrap_or_default();
        self.unblock(now, children)
    }

    /// The shards that are neither blocked nor finished.
    pub(in crate::pipeline) fn live(&self) -> impl Iterator<Item = ShardId> {
        self.shards
            .iter()
            .filter(|(_, followed)| !matches!(followed.phase, Phase::Blocked | Phase::Finished))
            .map(|(id, _)| *id)
    }

    /// Index after the last record that was read of each known shard, or its end.
    pub(in crate::pipeline) fn read_to(&self) -> BTreeMap<ShardId, Checkpoint> {
        let mut known = if self.listed { BTreeMap::new() } else { self.restored.clone() };
        for (shard, followed) in &self.shards {
            match (&followed.phase, followed.next_index) {
                (Phase::Finished, _) => known.insert(*shard, Checkpoint::ShardEnd),
                (_, Some(index)) => known.insert(*shard, Checkpoint::At(index)),
                (_, None) => None,
            };
        }
        known
    }

    /// How far each shard that is read is behind, milliseconds.
    pub(in crate::pipeline) fn ages(&self, now: Millis) -> impl Iterator<Item = (ShardId, u64)> {
        let behind = move |followed: &Followed| match followed.phase {
            Phase::Finished | Phase::Blocked | Phase::Ended => None,
            Phase::Lost(_) | Phase::Asked | Phase::Ready(..) | Phase::Subscribed(..) => {
                Some(match followed.behind_ms {
                    0 => 0,
                    behind_ms => behind_ms + now.since(followed.answered),
                })
            }
        };
        self.shards.iter().filter_map(move |(shard, followed)| Some((*shard, behind(followed)?)))
    }

    /// How far the shard furthest behind is behind, milliseconds.
    pub(in crate::pipeline) fn behind_ms(&self, now: Millis) -> u64 {
        self.ages(now).map(|(_, age_ms)| age_ms).max().unwrap_or(0)
    }

    /// When a read was answered last, of the shard where that is longest ago.
    pub(in crate::pipeline) fn last_answer(&self) -> Option<Millis> {
        let open = self.shards.values().filter_map(|followed| match followed.phase {
            Phase::Lost(_) | Phase::Asked | Phase::Ready(..) | Phase::Subscribed(..) => {
                Some(followed.answered)
            }
            Phase::Blocked | Phase::Ended | Phase::Finished => None,
        });
        open.filter(|answered| *answered > Millis::ZERO).min()
    }

    /// The keys that a shard covers, once it is known.
    pub(in crate::pipeline) fn range(&self, shard: ShardId) -> Option<HashKeyRange> {
        self.shards.get(&shard).map(|followed| followed.range)
    }

    /// Has the stream told its shards?
    pub(in crate::pipeline) const fn listed(&self) -> bool {
        self.listed
    }

    /// From now on the owner reads at another pace.
    pub(in crate::pipeline) fn set_rhythm(&mut self, rhythm: Rhythm) {
        self.rhythm = rhythm;
    }

    /// Takes the reply to one of its calls; counts what was read.
    pub(in crate::pipeline) fn on_reply(
        &mut self,
        now: Millis,
        call: &Call,
        reply: Reply,
        tally: &mut ConsumerTally,
    ) -> News {
        match (&call.operation, reply) {
            (Operation::ListShards(_), reply) => self.on_list(now, reply),
            (asked, reply) if Registration::asked(asked) => self.on_looked_up(now, asked, reply),
            (Operation::GetShardIterator(asked), Ok(Answer::Iterator(iterator))) => {
                if let Some(followed) = self.shards.get_mut(&asked.shard) {
                    followed.next_index = Some(iterator.next_index);
                }
                self.set(asked.shard, Phase::Ready(iterator, now));
            }
            (Operation::GetShardIterator(asked), Err(error)) => {
                self.on_lost(now, asked.shard, &error);
            }
            (Operation::GetRecords(asked), Ok(Answer::Records(answer))) => {
                tally.read_records += answer.records.len() as u64;
                tally.read_bytes += answer.records.bytes() as u64;
                let shard = asked.iterator.shard;
                let pause = match answer.millis_behind_latest {
                    0 => self.calm_pause(now),
                    _ => self.rhythm.behind_ms,
                };
                let Some(followed) = self.shards.get_mut(&shard) else { return News::Nothing };
                followed.behind_ms = answer.millis_behind_latest;
                followed.answered = now;
                followed.on_read(&answer.records);
                let phase = match answer.next {
                    Some(next) => {
                        followed.next_index = Some(next.next_index);
                        Phase::Ready(next, now.plus(pause))
                    }
                    None => Phase::Ended,
                };
                self.set(shard, phase);
                self.adopt(now, &answer.children);
                return News::Records(answer.records);
            }
            (
                Operation::GetRecords(asked),
                Err(ApiError::ProvisionedThroughputExceeded(_) | ApiError::LimitExceeded(_)),
            ) => {
                tally.read_throttled += 1;
                let iterator = asked.iterator.clone();
                let drawn = salted(self.salt ^ now.0, "refused read") % (THROTTLED_MS + 1);
                let pause = THROTTLED_MS + drawn;
                self.set(iterator.shard, Phase::Ready(iterator, now.plus(pause)));
            }
            (Operation::GetRecords(asked), Err(error)) => {
                self.on_lost(now, asked.iterator.shard, &error);
            }
            (_, Ok(_) | Err(_)) => {}
        }
        News::Nothing
    }

    /// The calm pause, a sixteenth shorter or longer. Without that, the first five consumers of a shard
    /// would hold its five reads a second for ever, and a sixth would never read.
    fn calm_pause(&self, now: Millis) -> u64 {
        let calm = self.rhythm.calm_ms;
        let sway = calm / 16;
        calm - sway + salted(self.salt ^ now.0, "calm read") % (2 * sway + 1)
    }

    fn on_lost(&mut self, now: Millis, shard: ShardId, error: &ApiError) {
        let pause = match error {
            ApiError::ExpiredIterator(_) => 0,
            ApiError::ResourceNotFound(_) => {
                self.registration.iter_mut().for_each(|registration| registration.doubt(now));
                self.list_at = self.list_at.min(now.plus(RETRY_MS));
                RETRY_MS
            }
            ApiError::InvalidArgument(_) => {
                if let Some(followed) = self.shards.get_mut(&shard) {
                    followed.next_index = None;
                    followed.from = IteratorType::TrimHorizon;
                }
                RETRY_MS
            }
            ApiError::ResourceInUse(_)
            | ApiError::LimitExceeded(_)
            | ApiError::Validation(_)
            | ApiError::ExpiredNextToken(_)
            | ApiError::ProvisionedThroughputExceeded(_)
            | ApiError::DryRunOperation(_)
            | ApiError::InternalFailure(_) => RETRY_MS,
        };
        self.set(shard, Phase::Lost(now.plus(pause)));
    }

    fn position(&self, shard: ShardId) -> IteratorType {
        let Some(followed) = self.shards.get(&shard) else { return IteratorType::TrimHorizon };
        match (followed.next_index, followed.first) {
            (Some(0), _) => IteratorType::TrimHorizon,
            (Some(index), Some(first)) => {
                // Of that record only the count is known; its second does not matter.
                IteratorType::AfterSequenceNumber(first.nth(index - 1, Millis::ZERO))
            }
            (Some(_) | None, _) => followed.from,
        }
    }

    fn set(&mut self, shard: ShardId, phase: Phase) {
        let Some(followed) = self.shards.get_mut(&shard) else { return };
        let lost = if let Phase::Lost(at) = phase { at } else { Millis::NEVER };
        let subscription = phase.subscription();
        let before = std::mem::replace(&mut followed.phase, phase);
        before.subscription().map(|id| self.subscribed.remove(&id));
        subscription.map(|id| self.subscribed.insert(id, shard));
        self.lost.set(shard, lost);
        self.changed.insert(shard);
    }

    /// One more shard, or another one in the place of one that is gone.
    fn insert(&mut self, shard: ShardId, followed: Followed) {
        self.set(shard, Phase::Blocked);
        for parent in &followed.parents {
            self.children.entry(*parent).or_default().insert(shard);
        }
        self.shards.insert(shard, followed);
        self.changed.insert(shard);
    }

    fn call(&mut self, operation: Operation) {
        self.calls.push_back(Call { id: self.next_id, operation });
        self.next_id += 1;
    }
}
