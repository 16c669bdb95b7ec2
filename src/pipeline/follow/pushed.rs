//! Following shards as a registered consumer: subscriptions instead of calls (enhanced fan-out).

use crate::api::{
    ApiError, Operation, Push, Pushed, SubscribeToShard, SubscribeToShardEvent, SubscriptionEnd,
};
use crate::model::{
    ConsumerArn, ConsumerName, ConsumerStatus, ConsumerTally, Histogram, Millis, ShardId,
    SubscriptionId,
};
use crate::pipeline::{Reply, Wish};

use super::{Flow, Followed, Follower, News, Phase, Registration};

/// How a consumer is pushed to.
#[derive(Debug)]
pub struct FanOut<'a> {
    /// The registered consumer.
    pub consumer: &'a ConsumerName,
    /// Where that is in its life, or why nobody is pushed to.
    pub status: &'a str,
    /// Shards that push.
    pub subscriptions: usize,
    /// How old the newest record of each push was, milliseconds.
    pub latencies_ms: &'a Histogram,
}

impl Follower {
    /// From now on it is pushed to as that consumer, or polls. It goes on where it is.
    pub(in crate::pipeline) fn be_pushed_as(
        &mut self,
        now: Millis,
        consumer: Option<ConsumerName>,
    ) {
        let stream = self.stream.clone();
        self.registration = consumer.map(|consumer| Registration::new(stream, consumer, now));
        let mut again = Vec::new();
        for (shard, followed) in &self.shards {
            match followed.phase {
                Phase::Subscribed(id, _) => self.wishes.push_back(Wish::Unsubscribe(id)),
                Phase::Ready(..) | Phase::Asked | Phase::Lost(_) => {}
                Phase::Blocked | Phase::Ended | Phase::Finished => continue,
            }
            again.push(*shard);
        }
        again.into_iter().for_each(|shard| self.set(shard, Phase::Lost(now)));
    }

    /// How it is pushed to, if it is.
    pub(in crate::pipeline) fn fan_out(&self) -> Option<FanOut<'_>> {
        let registration = self.registration.as_ref()?;
        let is_live = |followed: &&Followed| matches!(followed.phase, Phase::Subscribed(..));
        Some(FanOut {
            consumer: registration.consumer(),
            status: match (registration.trouble(), registration.arn()) {
                (Some(why), _) => why,
                (None, Some(_)) => ConsumerStatus::Active.word(),
                (None, None) => ConsumerStatus::Creating.word(),
            },
            subscriptions: self.shards.values().filter(is_live).count(),
            latencies_ms: registration.latencies_ms(),
        })
    }

    /// Why there is nobody to be pushed to, when that will not pass by itself.
    pub(in crate::pipeline) fn push_trouble(&self) -> Option<&str> {
        self.registration.as_ref().and_then(Registration::trouble)
    }

    pub(in crate::pipeline) fn poll_wish(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// A shard brings nothing until it is read again.
    pub(in crate::pipeline) fn hold(&mut self, shard: ShardId) {
        let Some(followed) = self.shards.get_mut(&shard) else { return };
        if let Phase::Subscribed(id, flow @ Flow::On) = &mut followed.phase {
            *flow = Flow::Held;
            self.wishes.push_back(Wish::Hold(*id));
        }
    }

    pub(in crate::pipeline) fn on_subscribed(
        &mut self,
        now: Millis,
        shard: ShardId,
        made: Result<SubscriptionId, ApiError>,
    ) {
        match made {
            Ok(id) => self.set(shard, Phase::Subscribed(id, Flow::On)),
            Err(error) => self.on_lost(now, shard, &error),
        }
    }

    /// Takes what was pushed; counts what was read.
    pub(in crate::pipeline) fn on_push(
        &mut self,
        now: Millis,
        push: Push,
        tally: &mut ConsumerTally,
    ) -> News {
        let found = self.subscribed.get(&push.subscription).copied();
        let Some(shard) = found else { return News::Nothing };
        self.changed.insert(shard);
        match push.what {
            Pushed::Event(event) => {
                tally.read_records += event.records.len() as u64;
                tally.read_bytes += event.records.bytes() as u64;
                return self.on_event(now, shard, event);
            }
            Pushed::End(SubscriptionEnd::Expired) => self.set(shard, Phase::Lost(now)),
            Pushed::End(SubscriptionEnd::ShardEnd) => self.set(shard, Phase::Ended),
            Pushed::End(SubscriptionEnd::Failed(error)) => self.on_lost(now, shard, &error),
        }
        News::Nothing
    }

    fn on_event(&mut self, now: Millis, shard: ShardId, event: SubscribeToShardEvent) -> News {
        self.adopt(now, &event.child_shards);
        if let (Some(registration), Some(last)) = (&mut self.registration, event.records.last()) {
            registration.on_records(now.since(last.arrival));
        }
        let Some(followed) = self.shards.get_mut(&shard) else { return News::Nothing };
        followed.behind_ms = event.millis_behind_latest;
        followed.answered = now;
        followed.on_read(&event.records);
        match event.continuation_sequence_number {
            Some(number) if number.is_start() => followed.next_index = Some(0),
            Some(number) => followed.next_index = Some(number.index + 1),
            None => self.set(shard, Phase::Ended),
        }
        News::Records(event.records)
    }

    pub(super) fn arn(&self) -> Option<&ConsumerArn> {
        self.registration.as_ref().and_then(Registration::arn)
    }

    /// Asks for what the shard has from here on.
    pub(super) fn subscribe(&mut self, shard: ShardId) {
        let Some(consumer) = self.arn().cloned() else { return };
        let position = self.position(shard).into();
        self.set(shard, Phase::Asked);
        self.wishes.push_back(Wish::Subscribe(SubscribeToShard { consumer, shard, position }));
    }

    pub(super) fn on_looked_up(&mut self, now: Millis, asked: &Operation, reply: Reply) {
        let registration = self.registration.as_mut();
        let next = registration.and_then(|found| found.on_reply(now, asked, reply));
        if let Some(operation) = next {
            self.call(operation);
        }
        // From now on all of them may be subscribed to.
        if self.arn().is_some() {
            self.changed.extend(self.shards.keys());
        }
    }
}
