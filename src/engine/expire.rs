//! What time alone does: transitions end, records expire, runs of refusals begin and end.

use crate::engine::stream::{Alarm, Stream};
use crate::engine::{Engine, error};
use crate::model::{Event, EventKind, Millis, ShardId, StreamName, StreamStatus};

/// Seconds without a refusal after which throttling has ended.
const QUIET_S: u32 = 2;
/// Milliseconds until a change of topology that could not be kept is tried again.
const UPDATE_RETRY_MS: u64 = 1_000;

impl Engine {
    /// Fires what is due.
    pub fn advance(&mut self, now: Millis) {
        self.come_to(now);
        self.end_transitions();
        self.end_consumer_transitions();
        if now >= self.next_second {
            self.next_second = Millis(now.0 - now.0 % 1_000 + 1_000);
            self.trim();
            self.watch_throttling();
            self.watch_demand();
        }
        self.keep_up();
    }

    /// When to be called again.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let transitions = self.streams.values().filter_map(|stream| stream.transition_ends).min();
        let second = (!self.streams.is_empty()).then_some(self.next_second);
        let due = transitions.into_iter().chain(self.next_consumer_transition());
        due.chain(second).chain(self.next_upkeep()).min()
    }

    fn end_transitions(&mut self) {
        let now = self.now;
        let due = |stream: &&Stream| stream.transition_ends.is_some_and(|at| at <= now);
        let due: Vec<StreamName> =
            self.streams.values().filter(due).map(|s| s.settings.stream.clone()).collect();
        for name in due {
            match self.streams[&name].status {
                StreamStatus::Deleting => {
                    self.remove_stream(&name);
                    self.event(EventKind::StreamDeleted { stream: name });
                }
                StreamStatus::Creating | StreamStatus::Active | StreamStatus::Updating => {
                    self.end_transition(name);
                }
            }
        }
    }

    /// A stream becomes ACTIVE. It stays UPDATING while what that brings cannot be kept.
    fn end_transition(&mut self, name: StreamName) {
        if let Err(error) = self.finish_update(&name) {
            let again = self.now.plus(UPDATE_RETRY_MS);
            self.stream_mut(&name).transition_ends = Some(again);
            return self.upkeep_failed(&error.to_string());
        }
        let stream = self.stream_mut(&name);
        stream.transition_ends = None;
        stream.status = StreamStatus::Active;
        self.event(EventKind::StreamActive { stream: name });
    }

    pub(super) fn remove_stream(&mut self, name: &StreamName) {
        self.end_subscriptions(name, None, &error::no_stream(name));
        if let Some(stream) = self.streams.remove(name) {
            stream.live().for_each(|shard| self.log.remove_shard(shard.log));
        }
    }

    /// Records over their retention go; closed shards that have nothing left go with them.
    pub(super) fn trim(&mut self) {
        let now = self.now;
        let mut expired = Vec::new();
        for stream in self.streams.values_mut() {
            let horizon = now.minus(stream.settings.retention_ms);
            for shard in stream.shards.iter().flatten() {
                let records = self.log.trim(shard.log, horizon);
                if records > 0 {
                    let stream = stream.settings.stream.clone();
                    let kind = EventKind::Trimmed { stream, shard: shard.id, records };
                    // A steady trickle of trimming is no news: told when a closed shard empties.
                    if shard.rest.closed.is_some()
                        && self.log.first_index(shard.log) == self.log.next_index(shard.log)
                    {
                        self.events.push_back(Event { at: now, kind });
                    }
                }
                if shard.rest.closed.is_some_and(|closed| closed < horizon) {
                    expired.push((stream.settings.stream.clone(), shard.id));
                }
            }
        }
        self.expire(&expired);
    }

    /// Closed shards go from the catalog before their records do: the log would not know a shard
    /// again whose first records are gone. When the catalog cannot be written they wait.
    fn expire(&mut self, shards: &[(StreamName, ShardId)]) {
        if shards.is_empty() {
            return;
        }
        let mut taken = Vec::new();
        for (name, id) in shards {
            taken.extend(self.stream_mut(name).shards[id.index()].take());
        }
        if let Err(error) = self.save_catalog() {
            for ((name, id), shard) in shards.iter().zip(taken) {
                self.stream_mut(name).shards[id.index()] = Some(shard);
            }
            self.upkeep_failed(&error.to_string());
            return;
        }
        taken.iter().for_each(|shard| self.log.remove_shard(shard.log));
        for (name, id) in shards {
            for consumer in self.stream_mut(name).consumers.values_mut() {
                consumer.shards.remove(id);
            }
        }
    }

    fn watch_throttling(&mut self) {
        let mut told = Vec::new();
        for stream in self.streams.values_mut() {
            let name = &stream.settings.stream;
            for shard in stream.shards.iter_mut().flatten() {
                let refused =
                    [shard.rest.tally.write_throttled(), shard.rest.tally.read_throttled()];
                for (side, (alarm, refused)) in shard.rest.alarm.iter_mut().zip(refused).enumerate()
                {
                    told.extend(watch(alarm, refused, name, shard.id, side == 0));
                }
            }
        }
        told.into_iter().for_each(|kind| self.event(kind));
    }
}

fn watch(
    alarm: &mut Alarm,
    refused: u64,
    stream: &StreamName,
    shard: ShardId,
    writes: bool,
) -> Option<EventKind> {
    let stream = || stream.clone();
    if refused > alarm.seen {
        alarm.seen = refused;
        alarm.quiet_s = 0;
        let began = !std::mem::replace(&mut alarm.raised, true);
        return began.then(|| EventKind::ThrottlingBegan { stream: stream(), shard, writes });
    }
    alarm.quiet_s = alarm.quiet_s.saturating_add(1);
    let ended = alarm.raised && alarm.quiet_s >= QUIET_S;
    alarm.raised &= !ended;
    ended.then(|| EventKind::ThrottlingEnded { stream: stream(), shard, writes })
}
