//! Pushing records to subscribers.
//!
//! A subscription is in one of five places: in the queue of those that are ready, under a timer
//! until its budget is refilled, asleep at the tip of its shard, waiting for a sync that makes
//! written records readable, or held by its subscriber. A put wakes those that sleep at its shard
//! and looks at no other. The driver asks [`Engine::poll_push`] until there is nothing left, and then
//! again when [`Engine::next_push`] has come or records were put. What is ready is served in turn:
//! after an event a subscription stands behind all others, for [`PUSH_GAP_MS`] at least.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::api::{
    ApiError, ConsumerRef, Push, Pushed, SubscribeToShard, SubscribeToShardEvent, SubscriptionEnd,
};
use crate::engine::consumers::Demand;
use crate::engine::read::{children, take};
use crate::engine::stream::{Shard, Stream};
use crate::engine::{Engine, error};
use crate::log::{Log, LogError, Stretch};
use crate::model::limits::{GET_RECORDS_MAX, PUSH_HEARTBEAT_MS, SUBSCRIPTION_MS};
use crate::model::{
    ConsumerArn, ConsumerName, ConsumerStatus, Encryption, Millis, RecordBatch, ShardId,
    StreamName, SubscriptionId,
};
use crate::rules::fan_out::{SubscribeError, in_use};

/// Where a subscription waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the queue.
    Ready,
    /// For a time.
    Timed(Millis),
    /// For a record, or until it is told that there is none.
    Asleep(Millis),
    /// For a sync, or until it is told that there is nothing.
    Unsettled(Millis),
    /// For its subscriber, or until it ends.
    Held(Millis),
}

impl Place {
    /// When time alone makes it ready.
    fn timer(self) -> Option<Millis> {
        match self {
            Self::Ready => None,
            Self::Timed(at) | Self::Asleep(at) | Self::Unsettled(at) | Self::Held(at) => Some(at),
        }
    }
}

#[derive(Debug)]
struct Subscription {
    consumer: ConsumerArn,
    shard: ShardId,
    /// Index of the next record to push.
    next_index: u64,
    ends: Millis,
    /// When the next event is due even without a record.
    heartbeat: Millis,
    /// When the next event is allowed.
    not_before: Millis,
    place: Place,
}

/// All subscriptions.
#[derive(Debug, Default)]
pub(super) struct FanOut {
    last: u64,
    live: BTreeMap<SubscriptionId, Subscription>,
    pub(super) ready: VecDeque<SubscriptionId>,
    timers: BTreeSet<(Millis, SubscriptionId)>,
    unsettled: BTreeSet<SubscriptionId>,
    /// Ends that their subscribers do not know yet.
    ended: VecDeque<Push>,
}

/// The subscriptions that wait for a record of a shard. A put looks here, and few shards have any: so
/// that nobody is there is told by one word.
#[derive(Clone, Debug, Default)]
pub(super) struct Sleepers(Option<Box<Asleep>>);

#[derive(Clone, Debug, Default)]
struct Asleep {
    ids: Vec<SubscriptionId>,
}

impl Sleepers {
    fn add(&mut self, id: SubscriptionId) {
        let ids = &mut self.0.get_or_insert_default().ids;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    fn remove(&mut self, id: SubscriptionId) {
        if let Some(asleep) = &mut self.0 {
            asleep.ids.retain(|sleeper| *sleeper != id);
        }
    }
}

impl FanOut {
    /// Records were put where these sleep.
    #[inline]
    pub(super) fn wake(&mut self, now: Millis, sleepers: &mut Sleepers) {
        if let Some(asleep) = &mut sleepers.0 {
            asleep.ids.drain(..).for_each(|id| self.rouse(now, id));
        }
    }

    /// Written records have become readable.
    pub(super) fn settle(&mut self, now: Millis) {
        for id in std::mem::take(&mut self.unsettled) {
            self.rouse(now, id);
        }
    }

    fn rouse(&mut self, now: Millis, id: SubscriptionId) {
        let Some(subscription) = self.live.get(&id) else { return };
        let not_before = subscription.not_before.min(subscription.ends);
        match subscription.place {
            Place::Asleep(_) | Place::Unsettled(_) if not_before > now => {
                self.put(id, Place::Timed(not_before));
            }
            Place::Asleep(_) | Place::Unsettled(_) => self.put(id, Place::Ready),
            Place::Ready | Place::Timed(_) | Place::Held(_) => {}
        }
    }

    /// Puts a subscription where it waits, and tells those who will wake it.
    fn settle_down(&mut self, id: SubscriptionId, place: Place, shard: &mut Shard) {
        match place {
            Place::Asleep(_) => shard.sleepers.add(id),
            Place::Unsettled(_) => drop(self.unsettled.insert(id)),
            Place::Timed(_) | Place::Held(_) | Place::Ready => {}
        }
        self.put(id, place);
    }

    fn put(&mut self, id: SubscriptionId, place: Place) {
        let Some(subscription) = self.live.get_mut(&id) else { return };
        let before = std::mem::replace(&mut subscription.place, place);
        if let Some(at) = before.timer() {
            self.timers.remove(&(at, id));
        }
        match place.timer() {
            Some(at) => drop(self.timers.insert((at, id))),
            None => self.ready.push_back(id),
        }
    }

    /// The next that is ready, if one is.
    fn next_ready(&mut self, now: Millis) -> Option<SubscriptionId> {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.put(id, Place::Ready);
        }
        while let Some(id) = self.ready.pop_front() {
            // One that was held meanwhile, or has ended, stands there still.
            if self.live.get(&id).is_some_and(|live| live.place == Place::Ready) {
                return Some(id);
            }
        }
        None
    }
}

/// What became of a subscription that was ready.
enum Turn {
    /// It is told something.
    Event(SubscribeToShardEvent),
    /// It is told that the shard is read out.
    Last(SubscribeToShardEvent),
    /// There was nothing to tell.
    Nothing,
    /// It is over.
    End(SubscriptionEnd),
}

impl Engine {
    /// SubscribeToShard: from now on [`Self::poll_push`] gives what there is for the subscription
    /// that is returned, for five minutes at most.
    ///
    /// # Errors
    /// When there is no such consumer or shard, the position makes no sense, or the same consumer
    /// subscribed to the shard within the last five seconds.
    pub fn subscribe(
        &mut self,
        now: Millis,
        subscribe: &SubscribeToShard,
    ) -> Result<SubscriptionId, ApiError> {
        self.come_to(now);
        let SubscribeToShard { consumer: arn, shard: id, position } = subscribe;
        let status = self.find_consumer(&ConsumerRef::Arn(arn.clone()))?.status;
        if status != ConsumerStatus::Active {
            return Err(SubscribeError::NotActive(arn.clone()).into());
        }
        let gone = || error::shard_gone(&arn.stream, *id);
        self.known(&arn.stream)?.shard(*id).ok_or_else(gone)?;
        self.demand_mut(arn, *id).calls.ask(now, arn, *id)?;
        let shard = self.known(&arn.stream)?.shard(*id).ok_or_else(gone)?;
        let next_index = self.index_of("SubscribeToShard", &arn.stream, shard, position)?;
        self.fan_out.last += 1;
        let new = SubscriptionId(self.fan_out.last);
        let demand = self.demand_mut(arn, *id);
        demand.calls.give(now);
        if let Some(old) = demand.live.replace(new) {
            let taken_over = ApiError::ResourceInUse(in_use(arn, *id));
            self.forget(old, Some(SubscriptionEnd::Failed(taken_over)));
        }
        let subscription = Subscription {
            consumer: arn.clone(),
            shard: *id,
            next_index,
            ends: now.plus(SUBSCRIPTION_MS),
            heartbeat: now,
            not_before: now,
            place: Place::Ready,
        };
        self.fan_out.live.insert(new, subscription);
        self.fan_out.ready.push_back(new);
        Ok(new)
    }

    /// The subscriber has gone away.
    pub fn unsubscribe(&mut self, subscription: SubscriptionId) {
        self.forget(subscription, None);
    }

    /// The subscriber takes nothing more for now: it is told nothing but the end.
    pub fn hold(&mut self, subscription: SubscriptionId) {
        if let Some(Subscription { ends, .. }) = self.fan_out.live.get(&subscription) {
            self.fan_out.put(subscription, Place::Held(*ends));
        }
    }

    /// A subscriber that was held takes what there is again.
    pub fn let_go(&mut self, subscription: SubscriptionId) {
        let Some(found) = self.fan_out.live.get(&subscription) else { return };
        if matches!(found.place, Place::Held(_)) {
            self.fan_out.put(subscription, Place::Timed(found.not_before.min(found.ends)));
        }
    }

    /// When [`Self::poll_push`] has something to give if nothing is put; `None` when nobody
    /// subscribes.
    #[must_use]
    pub fn next_push(&self) -> Option<Millis> {
        let FanOut { ready, timers, ended, .. } = &self.fan_out;
        let at_once = !ended.is_empty() || !ready.is_empty();
        if at_once { Some(self.now) } else { timers.first().map(|(at, _)| *at) }
    }

    /// What a subscriber is told next.
    pub fn poll_push(&mut self, now: Millis) -> Option<Push> {
        self.come_to(now);
        loop {
            if let Some(end) = self.fan_out.ended.pop_front() {
                return Some(end);
            }
            let subscription = self.fan_out.next_ready(now)?;
            match self.turn(subscription) {
                Some(Turn::Event(event)) => {
                    return Some(Push { subscription, what: Pushed::Event(event) });
                }
                Some(Turn::Last(event)) => {
                    self.forget(subscription, Some(SubscriptionEnd::ShardEnd));
                    return Some(Push { subscription, what: Pushed::Event(event) });
                }
                Some(Turn::End(why)) => self.forget(subscription, Some(why)),
                Some(Turn::Nothing) | None => {}
            }
        }
    }

    /// Serves a subscription that is ready and puts it where it waits on; `None` when it ended
    /// meanwhile.
    fn turn(&mut self, id: SubscriptionId) -> Option<Turn> {
        let Self { fan_out, streams, log, now, .. } = self;
        let now = *now;
        let subscription = fan_out.live.get_mut(&id)?;
        if now >= subscription.ends {
            return Some(Turn::End(SubscriptionEnd::Expired));
        }
        let ConsumerArn { stream: name, consumer, .. } = &subscription.consumer;
        let Stream { shards, consumers, extras, .. } =
            streams.get_mut(name).expect("it ends them first");
        let encryption = extras.encryption.clone();
        let demands = &mut consumers.get_mut(consumer).expect("it ends them first").shards;
        let Some(shard) = shards.get_mut(subscription.shard.index()).and_then(Option::as_mut)
        else {
            let gone = error::shard_gone(name, subscription.shard);
            return Some(Turn::End(SubscriptionEnd::Failed(gone)));
        };
        let gate = &mut demands.get_mut(&shard.id).expect("it has asked for the shard").gate;
        let from = subscription.next_index.max(log.first_index(shard.log));
        let records = match read(log, shard, from, gate.room(now)) {
            Ok(records) => records,
            Err(why) => return Some(Turn::End(SubscriptionEnd::Failed(error::log_failed(&why)))),
        };
        subscription.next_index = records.last().map_or(from, |last| last.sequence.index + 1);
        let tip = Tip::of(log, shard);
        if records.is_empty() && tip.is_end(subscription.next_index) {
            let parent = shard.id;
            return Some(Turn::Last(SubscribeToShardEvent {
                records,
                encryption,
                continuation_sequence_number: None,
                millis_behind_latest: 0,
                child_shards: children(shards.iter().flatten(), parent),
            }));
        }
        if records.is_empty() && now < subscription.heartbeat {
            let place = rest(subscription, tip);
            fan_out.settle_down(id, place, shard);
            return Some(Turn::Nothing);
        }
        shard.rest.tally.pushed_records += records.len() as u64;
        shard.rest.tally.pushed_bytes += records.bytes() as u64;
        subscription.not_before = gate.charge(now, records.bytes());
        subscription.heartbeat = now.plus(PUSH_HEARTBEAT_MS);
        let event = event((records, encryption), shard, subscription.next_index, tip, now);
        let place = rest(subscription, tip);
        fan_out.settle_down(id, place, shard);
        Some(Turn::Event(event))
    }

    /// Ends a subscription; its subscriber is told why, unless it went away itself.
    fn forget(&mut self, id: SubscriptionId, why: Option<SubscriptionEnd>) {
        let Some(subscription) = self.fan_out.live.remove(&id) else { return };
        if let Some(at) = subscription.place.timer() {
            self.fan_out.timers.remove(&(at, id));
        }
        if let Some(why) = why {
            let end = Push { subscription: id, what: Pushed::End(why) };
            self.fan_out.ended.push_back(end);
        }
        let Subscription { consumer: arn, shard, .. } = subscription;
        let Some(stream) = self.streams.get_mut(&arn.stream) else { return };
        if let Some(shard) = stream.shard_mut(shard) {
            shard.sleepers.remove(id);
        }
        let consumer = stream.consumers.get_mut(&arn.consumer);
        if let Some(demand) = consumer.and_then(|consumer| consumer.shards.get_mut(&shard)) {
            demand.live = demand.live.filter(|live| *live != id);
        }
    }

    /// Ends the subscriptions to a stream, or those of one consumer of it.
    pub(super) fn end_subscriptions(
        &mut self,
        stream: &StreamName,
        consumer: Option<&ConsumerName>,
        why: &ApiError,
    ) {
        let of = |subscription: &Subscription| {
            let arn = &subscription.consumer;
            arn.stream == *stream && consumer.is_none_or(|consumer| arn.consumer == *consumer)
        };
        let live = self.fan_out.live.iter();
        let ended: Vec<SubscriptionId> =
            live.filter(|(_, subscription)| of(subscription)).map(|(id, _)| *id).collect();
        for id in ended {
            self.forget(id, Some(SubscriptionEnd::Failed(why.clone())));
        }
    }

    /// What a consumer wants of a shard, from the first time that it asks.
    fn demand_mut(&mut self, arn: &ConsumerArn, shard: ShardId) -> &mut Demand {
        let now = self.now;
        let demands = &mut self.consumer_mut(arn).shards;
        demands.entry(shard).or_insert_with(|| Demand::new(now))
    }
}

/// Where a shard's records end.
#[derive(Clone, Copy)]
struct Tip {
    /// Index after the last record that may be read.
    readable: u64,
    /// Index after the last record.
    written: u64,
    /// When the newest record arrived.
    newest: Millis,
    closed: bool,
}

impl Tip {
    fn of(log: &Log, shard: &Shard) -> Self {
        Self {
            readable: log.readable_end(shard.log),
            written: log.next_index(shard.log),
            newest: log.last_arrival(shard.log).unwrap_or(Millis::ZERO),
            closed: shard.rest.closed.is_some(),
        }
    }

    /// Will no record ever stand at this index?
    fn is_end(self, index: u64) -> bool {
        self.closed && index >= self.written
    }
}

/// Where a subscription waits on.
fn rest(subscription: &Subscription, tip: Tip) -> Place {
    let Subscription { next_index, not_before, heartbeat, ends, .. } = *subscription;
    let timer = heartbeat.min(ends);
    if next_index < tip.readable || tip.is_end(next_index) {
        Place::Timed(not_before.min(ends))
    } else if next_index < tip.written {
        Place::Unsettled(timer)
    } else {
        Place::Asleep(timer)
    }
}

fn read(log: &Log, shard: &Shard, from: u64, bytes_max: usize) -> Result<RecordBatch, LogError> {
    let mut records = RecordBatch::new(shard.id);
    let mut visit = |stretch: Stretch<'_>| take(shard.first, &stretch, &mut records);
    log.read(shard.log, from, GET_RECORDS_MAX, bytes_max, &mut visit)?;
    Ok(records)
}

fn event(
    (records, encryption): (RecordBatch, Encryption),
    shard: &Shard,
    next_index: u64,
    tip: Tip,
    now: Millis,
) -> SubscribeToShardEvent {
    let last = records.last().map(|last| (last.sequence, last.arrival));
    // Before the first record stands the number that the shard starts with. Of a record that was
    // not read only the count is known, and its second does not matter.
    let before = || match next_index {
        0 => shard.first,
        next => shard.first.nth(next - 1, now),
    };
    let behind = match last {
        // 0 says that there is nothing more, also of records that came in one millisecond.
        Some((_, arrival)) if next_index < tip.readable => tip.newest.since(arrival).max(1),
        Some(_) | None => 0,
    };
    SubscribeToShardEvent {
        encryption,
        continuation_sequence_number: Some(last.map_or_else(before, |(number, _)| number)),
        millis_behind_latest: behind,
        child_shards: Vec::new(),
        records,
    }
}
