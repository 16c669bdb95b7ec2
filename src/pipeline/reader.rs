//! Plain readers: a GetRecords loop on every shard, at a fixed interval.
//!
//! Readers of a shard share its five calls and two mebibytes a second; one too many and they are
//! refused in turn, which the tally shows. As a registered consumer a reader is pushed to instead, and
//! takes no part in that. A reader keeps no checkpoint and does nothing with what it reads.

use std::collections::{BTreeMap, VecDeque};

use crate::api::{ApiError, Push};
use crate::model::chance::salted;
use crate::model::{
    ConsumerName, ConsumerTally, Event, EventKind, Millis, PartName, ShardId, SubscriptionId,
};
use crate::pipeline::follow::{FanOut, Follower, News, Rhythm};
use crate::pipeline::settings::ReaderSettings;
use crate::pipeline::{Call, Part, Reply, Subscriber, Wish};

/// A plain reader.
pub struct Reader {
    settings: ReaderSettings,
    follower: Follower,
    tally: ConsumerTally,
    events: VecDeque<Event>,
    deadline: Millis,
}

impl Reader {
    /// A reader that begins at its starting position; `seed` is the world's.
    #[must_use]
    pub fn new(settings: ReaderSettings, seed: u64, now: Millis) -> Self {
        let ReaderSettings { stream, start, interval_ms, consumer, .. } = settings.clone();
        let rhythm = Rhythm { calm_ms: interval_ms, behind_ms: interval_ms };
        let salt = salted(seed, &format!("reader {}", settings.name));
        let mut follower = Follower::new(stream, start, rhythm, BTreeMap::new(), salt, now);
        follower.be_pushed_as(now, consumer);
        Self {
            settings,
            follower,
            tally: ConsumerTally::default(),
            events: VecDeque::new(),
            deadline: now,
        }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &ReaderSettings {
        &self.settings
    }

    /// From now on it pauses so long between two calls on a shard, milliseconds.
    pub fn set_interval_ms(&mut self, interval_ms: u64) {
        self.settings.interval_ms = interval_ms;
        self.follower.set_rhythm(Rhythm { calm_ms: interval_ms, behind_ms: interval_ms });
    }

    /// From now on it is pushed to as that registered consumer, or polls. It goes on where it is.
    pub fn set_consumer(&mut self, now: Millis, consumer: Option<ConsumerName>) {
        self.follower.be_pushed_as(now, consumer.clone());
        self.settings.consumer = consumer;
        self.deadline = now;
    }

    /// How it is pushed to, if it is.
    #[must_use]
    pub fn fan_out(&self) -> Option<FanOut<'_>> {
        self.follower.fan_out()
    }

    /// What it did.
    #[must_use]
    pub const fn tally(&self) -> &ConsumerTally {
        &self.tally
    }

    /// How far the shard furthest behind is behind its tip, milliseconds.
    #[must_use]
    pub fn behind_ms(&self, now: Millis) -> u64 {
        self.follower.behind_ms(now)
    }

    /// How far each shard that is read is behind, milliseconds.
    pub fn ages(&self, now: Millis) -> impl Iterator<Item = (ShardId, u64)> {
        self.follower.ages(now)
    }

    fn take(&mut self, news: News) {
        match news {
            News::Records(records) => self.tally.done_records += records.len() as u64,
            News::Nothing => {}
        }
    }

    fn due(&self, now: Millis) -> Vec<ShardId> {
        let due = |shard: &ShardId| self.follower.ready_at(*shard).is_some_and(|at| at <= now);
        self.follower.live().filter(due).collect()
    }
}

impl Part for Reader {
    fn advance(&mut self, now: Millis) {
        let ended: Vec<_> =
            self.follower.live().filter(|shard| self.follower.ended(*shard)).collect();
        for shard in ended {
            self.follower.finish(now, shard);
            let consumer = self.settings.name.clone();
            let kind = EventKind::ShardFinished { consumer, shard };
            self.events.push_back(Event { at: now, kind });
        }
        self.follower.advance(now);
        for shard in self.due(now) {
            self.follower.read(shard, self.settings.limit);
        }
        let ready = self.follower.live().filter_map(|shard| self.follower.ready_at(shard));
        self.deadline = ready.fold(self.follower.next_deadline(), Millis::min);
    }

    fn next_deadline(&self) -> Option<Millis> {
        (self.deadline != Millis::NEVER).then_some(self.deadline)
    }

    fn poll_call(&mut self) -> Option<Call> {
        self.follower.poll_call()
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        self.deadline = now;
        let news = self.follower.on_reply(now, &call, reply, &mut self.tally);
        self.take(news);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

impl Subscriber for Reader {
    fn name(&self) -> &PartName {
        &self.settings.name
    }

    fn poll_wish(&mut self) -> Option<Wish> {
        self.follower.poll_wish()
    }

    fn on_subscribed(
        &mut self,
        now: Millis,
        shard: ShardId,
        made: Result<SubscriptionId, ApiError>,
    ) {
        self.deadline = now;
        self.follower.on_subscribed(now, shard, made);
    }

    fn on_push(&mut self, now: Millis, push: Push) {
        self.deadline = now;
        let news = self.follower.on_push(now, push, &mut self.tally);
        self.take(news);
    }
}
