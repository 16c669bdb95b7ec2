//! Event source mappings: a stream, a function, and the rules between them.
//!
//! * A poller a shard reads once a second, five times a second while behind. It stops while the
//!   shard's lanes hold a full batch each that is not yet sent, so a shard buffers at most two
//!   batches a lane and what one answer brought beyond.
//! * A shard has as many lanes as the parallelization factor. A record's lane is decided by its key,
//!   a lane has one invocation at a time: order is kept per key, and per shard with one lane.
//! * A lane's batch is sent when it is full, when its window has elapsed (at once with window 0),
//!   when it would pass the payload limit, or when the shard has ended.
//! * A failed batch is tried again after 1 s, doubling to 60 s, until its retries are used; then it
//!   is discarded. A refused one (no concurrency) is tried again after 100 ms, doubling to 5 s, for
//!   as long as it takes. Half of each pause is drawn. After seven days a failing batch is given up
//!   whatever its retries, as in Lambda. Of failures, one event a second is told; all are counted.
//! * The checkpoint of a shard is the lowest record that is not done in any lane; after a restart
//!   reading begins there (at least once).
//! * The children of a closed shard begin when all of it is done.
//! * A paused mapping reads nothing and begins no invocation; those that run come to their end. Its
//!   iterator age is the time since its last read, for who does not read cannot know better.
//! * The iterator age of a batch is the age of its last record when the invocation starts.
//!
//! Absent: bisecting, partial batch responses, filters, on-failure destinations, tumbling windows.

mod lane;
mod pieces;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

pub use crate::pipeline::follow::Checkpoint;
pub use lane::LaneStatus;

use crate::model::chance::salted;
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{ConsumerTally, Event, EventKind, Histogram, Millis, ShardId};
use crate::pipeline::follow::{Follower, MAPPING, News};
use crate::pipeline::function::Functions;
use crate::pipeline::settings::{MappingSettings, SettingError};
use crate::pipeline::{Call, Reply};
use lane::{Lane, Shared};

/// A lane at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneAt {
    /// The shard.
    pub shard: ShardId,
    /// The slot, from 0.
    pub lane: u32,
    /// What it is doing.
    pub status: LaneStatus,
    /// Records of the batch at hand.
    pub batch: usize,
    /// Age of the oldest record at hand, milliseconds.
    pub age_ms: u64,
    /// Failed tries of this batch.
    pub tries: u32,
    /// Why it waits, if it does.
    pub note: String,
}

/// An event source mapping.
///
/// Its verbs are those of [`crate::pipeline::Part`], but `advance` also needs the functions, which
/// belong to the world.
pub struct Mapping {
    settings: MappingSettings,
    follower: Follower,
    began: Millis,
    lanes: BTreeMap<ShardId, Vec<Lane>>,
    rng: Pcg64Mcg,
    tally: ConsumerTally,
    ages: Histogram,
    events: VecDeque<Event>,
    quiet_until: Millis,
    deadline: Millis,
    running_max: u32,
}

impl Mapping {
    /// A mapping that goes on at `checkpoints`, or begins at its starting position without any.
    #[must_use]
    pub fn new(
        settings: MappingSettings,
        checkpoints: BTreeMap<ShardId, Checkpoint>,
        seed: u64,
        now: Millis,
    ) -> Self {
        let stream = settings.stream.clone();
        let salt = salted(seed, &format!("mapping {}", settings.name));
        Self {
            follower: Follower::new(stream, settings.start, MAPPING, checkpoints, salt, now),
            began: now,
            settings,
            lanes: BTreeMap::new(),
            rng: Pcg64Mcg::seed_from_u64(salt),
            tally: ConsumerTally::default(),
            running_max: 0,
            ages: Histogram::default(),
            events: VecDeque::new(),
            quiet_until: Millis::ZERO,
            deadline: now,
        }
    }

    /// Fires whatever is due at `now`.
    pub fn advance(&mut self, now: Millis, functions: &mut Functions) {
        self.follower.advance(now);
        self.step_lanes(now, functions);
        self.finish_shards(now);
        self.follower.advance(now);
        self.read(now);
        self.deadline = self.find_deadline();
    }

    /// When to be called again; `None` when nothing is due by time alone.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        (self.deadline != Millis::NEVER).then_some(self.deadline)
    }

    /// What the driver must ask a stream service.
    pub fn poll_call(&mut self) -> Option<Call> {
        self.follower.poll_call()
    }

    /// The reply to a call. Work that it brings is due at once, in `advance`.
    #[allow(clippy::needless_pass_by_value)] // The grammar of `Part`: the call comes back.
    pub fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        self.deadline = now;
        match self.follower.on_reply(now, &call, reply, &mut self.tally) {
            News::Records(answer) => {
                let factor = self.settings.parallelization_factor as usize;
                let lanes = self
                    .lanes
                    .entry(answer.shard)
                    .or_insert_with(|| (0..factor).map(|_| Lane::default()).collect());
                for (lane, piece) in lanes.iter_mut().zip(pieces::deal(answer, factor)) {
                    if let Some(piece) = piece {
                        lane.push(now, piece);
                    }
                }
            }
            News::Nothing => {}
        }
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &MappingSettings {
        &self.settings
    }

    /// Changes batch size, window and retries while running; everything else stays as it is.
    ///
    /// # Errors
    /// When a value is outside its bounds; nothing has changed then.
    pub fn change(
        &mut self,
        batch_size: u32,
        window_ms: u64,
        retries: i32,
    ) -> Result<(), SettingError> {
        let settings = MappingSettings { batch_size, window_ms, retries, ..self.settings.clone() };
        settings.check()?;
        self.settings = settings;
        self.deadline = Millis::ZERO;
        Ok(())
    }

    /// Stops reading and invoking, or goes on.
    pub fn set_paused(&mut self, paused: bool) {
        self.settings.paused = paused;
        self.deadline = Millis::ZERO;
    }

    /// Is it stopped?
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.settings.paused
    }

    /// What it did.
    #[must_use]
    pub const fn tally(&self) -> &ConsumerTally {
        &self.tally
    }

    /// Iterator ages of all invocations, milliseconds.
    #[must_use]
    pub const fn ages(&self) -> &Histogram {
        &self.ages
    }

    /// Iterator age now, milliseconds: of the oldest record that was read and is not done, or how
    /// far reading itself is behind.
    #[must_use]
    pub fn age_ms(&self, now: Millis) -> u64 {
        let oldest = self.lanes.values().flatten().filter_map(Lane::oldest);
        let age = oldest.map(|record| now.since(record.arrival)).max().unwrap_or(0);
        let unread = match self.settings.paused {
            true => now.since(self.follower.last_answer().unwrap_or(self.began)),
            false => self.follower.behind_ms(now),
        };
        age.max(unread)
    }

    /// Invocations that run now.
    #[must_use]
    pub fn running(&self) -> u32 {
        let lanes = self.lanes.values().flatten();
        let running = lanes.filter(|lane| lane.status() == LaneStatus::Running).count();
        u32::try_from(running).unwrap_or(u32::MAX)
    }

    /// The most invocations that ever ran at once.
    #[must_use]
    pub const fn running_max(&self) -> u32 {
        self.running_max
    }

    /// The lanes, in order of shards.
    #[must_use]
    pub fn lanes(&self, now: Millis) -> Vec<LaneAt> {
        let mut all = Vec::new();
        for (shard, lanes) in &self.lanes {
            for (slot, lane) in (0..).zip(lanes) {
                let (batch, tries, note) = lane.at_hand();
                all.push(LaneAt {
                    shard: *shard,
                    lane: slot,
                    status: lane.status(),
                    batch,
                    age_ms: lane.oldest().map_or(0, |record| now.since(record.arrival)),
                    tries,
                    note: note.to_owned(),
                });
            }
        }
        all
    }

    /// How far each shard is done.
    #[must_use]
    pub fn checkpoints(&self) -> BTreeMap<ShardId, Checkpoint> {
        let mut done = self.follower.read_to();
        for (shard, lanes) in &self.lanes {
            let lowest = lanes.iter().filter_map(Lane::oldest).map(|r| r.sequence.index).min();
            if let Some(index) = lowest {
                done.insert(*shard, Checkpoint::At(index));
            }
        }
        done
    }

    /// Gives back what running invocations hold of the pool; for a mapping that is detached.
    pub fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        for lane in self.lanes.values_mut().flatten() {
            lane.abandon(now, functions);
        }
    }

    fn step_lanes(&mut self, now: Millis, functions: &mut Functions) {
        let mut shared = Shared {
            now,
            settings: &self.settings,
            functions,
            rng: &mut self.rng,
            tally: &mut self.tally,
            ages: &mut self.ages,
            events: &mut self.events,
            quiet_until: &mut self.quiet_until,
        };
        let mut running = 0;
        for (shard, lanes) in &mut self.lanes {
            let ended = self.follower.ended(*shard);
            for lane in lanes {
                lane.step(*shard, ended, &mut shared);
                running += u32::from(lane.status() == LaneStatus::Running);
            }
        }
        self.running_max = self.running_max.max(running);
    }

    fn finish_shards(&mut self, now: Millis) {
        let done: Vec<_> = self
            .follower
            .live()
            .filter(|shard| self.follower.ended(*shard))
            .filter(|shard| {
                let mut lanes = self.lanes.get(shard).into_iter().flatten();
                lanes.all(|lane| lane.oldest().is_none())
            })
            .collect();
        for shard in done {
            self.lanes.remove(&shard);
            self.follower.finish(now, shard);
            let consumer = self.settings.name.clone();
            self.events
                .push_back(Event { at: now, kind: EventKind::ShardFinished { consumer, shard } });
        }
    }

    fn has_room(&self, shard: ShardId) -> bool {
        if self.settings.paused {
            return false;
        }
        let MappingSettings { batch_size, parallelization_factor, .. } = self.settings;
        let held: usize =
            self.lanes.get(&shard).into_iter().flatten().map(Lane::pending_records).sum();
        held < batch_size as usize * parallelization_factor as usize
    }

    fn read(&mut self, now: Millis) {
        let due: Vec<_> = self
            .follower
            .live()
            .filter(|shard| self.follower.ready_at(*shard).is_some_and(|at| at <= now))
            .filter(|shard| self.has_room(*shard))
            .collect();
        due.into_iter().for_each(|shard| self.follower.read(shard, GET_RECORDS_MAX));
    }

    fn find_deadline(&self) -> Millis {
        let mut earliest = self.follower.next_deadline();
        for (shard, lanes) in &self.lanes {
            let ended = self.follower.ended(*shard);
            for lane in lanes {
                earliest =
                    lane.deadline(ended, &self.settings).map_or(earliest, |at| at.min(earliest));
            }
        }
        let ready = |shard| self.follower.ready_at(shard).filter(|_| self.has_room(shard));
        self.follower.live().filter_map(ready).fold(earliest, Millis::min)
    }
}
