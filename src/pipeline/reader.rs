//! Plain readers: a GetRecords loop on every shard, at a fixed interval.
//!
//! Readers of a shard share its five calls and two mebibytes a second; one too many and they are
//! refused in turn, which the tally shows. A reader keeps no checkpoint and does nothing with what
//! it reads.

use std::collections::{BTreeMap, VecDeque};

use crate::model::chance::salted;
use crate::model::{ConsumerTally, Event, EventKind, Millis, ShardId};
use crate::pipeline::follow::{Follower, News, Rhythm};
use crate::pipeline::settings::ReaderSettings;
use crate::pipeline::{Call, Part, Reply};

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
        let ReaderSettings { stream, start, interval_ms, .. } = settings.clone();
        let rhythm = Rhythm { calm_ms: interval_ms, behind_ms: interval_ms };
        let salt = salted(seed, &format!("reader {}", settings.name));
        Self {
            settings,
            follower: Follower::new(stream, start, rhythm, BTreeMap::new(), salt, now),
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
        match self.follower.on_reply(now, &call, reply, &mut self.tally) {
            News::Records(records) => self.tally.done_records += records.len() as u64,
            News::Nothing => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
