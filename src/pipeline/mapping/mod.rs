//! Event source mappings: a stream, a function, and the rules between them.
//!
//! * A poller a shard reads once a second, five times a second while behind. It stops while the
//!   shard's lanes hold a full batch each that is not yet sent, so a shard buffers at most two
//!   batches a lane and what one answer brought beyond.
//! * With a registered consumer it polls nothing and is pushed to, 2 MiB a second and shard of its
//!   own; it lets a shard wait by the same measure. A consumer that is deregistered is told, and
//!   waited for.
//! * Records that no filter lets pass are done as soon as they are read.
//! * A shard has as many lanes as the parallelization factor. A record's lane is decided by its key,
//!   a lane has one invocation at a time: order is kept per key, and per shard with one lane. When
//!   the factor changes, what runs comes to its end, and what waits is dealt anew.
//! * A lane's batch is sent when it is full, when its window has elapsed (at once with window 0),
//!   when its event would pass 6 MB, or when the shard has ended.
//! * What becomes of a batch after an invocation is a table of its own (`verdict.rs`). A failed one
//!   is tried again after 1 s, doubling to 60 s; a refused one (no concurrency) after 100 ms,
//!   doubling to 5 s, for as long as it takes. Half of each pause is drawn. Of failures, one event a
//!   second is told; all are counted.
//! * Before each try, records that are older than the record age (seven days unless said otherwise)
//!   are given up.
//! * What is given up is told to the on-failure destination (`failure.rs`).
//! * Inside of a tumbling window the function hands a state from batch to batch (`window.rs`). Each
//!   lane has windows of its own.
//! * The checkpoint of a shard is the lowest record that is not done in any lane, that is in a window
//!   at hand, or that was given up and not told yet; after a restart reading begins there (at least
//!   once).
//! * The children of a closed shard begin when all of it is done.
//! * A paused mapping reads nothing and begins no invocation; those that run come to their end. Its
//!   iterator age is the time since its last read, for who does not read cannot know better; so is
//!   that of one whose consumer is gone.
//! * The iterator age of a batch is the age of its last record when the invocation starts.

mod event;
mod failure;
mod flight;
mod lane;
mod part;
mod pieces;
mod response;
mod schedule;
mod shared;
#[cfg(test)]
mod tests;
mod verdict;
mod window;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

pub use crate::pipeline::follow::Checkpoint;
pub use failure::FailureDoor;
pub use lane::LaneStatus;

use crate::model::chance::salted;
use crate::model::limits::{EVENT_BYTES_MAX, GET_RECORDS_MAX};
use crate::model::{
    ConsumerTally, Event, EventKind, Histogram, MappingState, Millis, RecordBatch, ShardId,
};
use crate::pipeline::agenda::Agenda;
use crate::pipeline::filter::Filters;
use crate::pipeline::follow::{Follower, MAPPING};
use crate::pipeline::function::{Functions, RequestIds};
use crate::pipeline::settings::{MappingSettings, SettingError};
use crate::pipeline::{Call, FanOut};
use event::Frame;
use failure::Deliveries;
use lane::Lane;
use shared::{Of, Shared};

/// Events' worth of bytes that may wait in a lane before no more is read.
const HELD_EVENTS: usize = 2;

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
pub struct Mapping {
    settings: MappingSettings,
    follower: Follower,
    began: Millis,
    filters: Filters,
    shards: BTreeMap<ShardId, Lanes>,
    agenda: Agenda,
    deliveries: Deliveries,
    rng: Pcg64Mcg,
    requests: RequestIds,
    tally: ConsumerTally,
    ages: Histogram,
    events: VecDeque<Event>,
    quiet_until: Millis,
    deadline: Millis,
    /// Did lanes begin nothing because too much was undelivered?
    held_up: bool,
    /// Invocations that run now.
    running: u32,
    running_max: u32,
    /// When it was enabled again.
    resumed: Option<Millis>,
    last_result: String,
    /// Why it cannot be pushed to.
    trouble: Option<String>,
}

/// The lanes of one shard.
struct Lanes {
    frame: Frame,
    lanes: Vec<Lane>,
}

impl Lanes {
    /// Do they wait to be dealt anew?
    fn draining(&self, factor: usize) -> bool {
        self.lanes.len() != factor
    }
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
        let mut follower = Follower::new(stream, settings.start, MAPPING, checkpoints, salt, now);
        follower.be_pushed_as(now, settings.consumer.clone());
        Self {
            follower,
            began: now,
            filters: Filters::new(&settings.filters),
            settings,
            shards: BTreeMap::new(),
            agenda: Agenda::default(),
            deliveries: Deliveries::default(),
            rng: Pcg64Mcg::seed_from_u64(salt),
            requests: RequestIds::new(salt),
            tally: ConsumerTally::default(),
            held_up: false,
            running: 0,
            running_max: 0,
            ages: Histogram::default(),
            events: VecDeque::new(),
            quiet_until: Millis::ZERO,
            deadline: now,
            resumed: None,
            last_result: "No records processed".to_owned(),
            trouble: None,
        }
    }

    /// The next document of what was given up, if its destination is a stream; to a file or an endpoint
    /// it goes at once.
    fn deliver(&mut self, now: Millis) -> Option<Call> {
        let to = self.settings.on_failure.as_ref();
        match self.deliveries.advance(now, to, &mut self.tally) {
            Ok(call) => call,
            Err(why) => {
                self.lost(now, why);
                None
            }
        }
    }

    fn lost(&mut self, now: Millis, why: String) {
        let (mapping, to) = (self.settings.name.clone(), self.settings.on_failure.as_ref());
        let to = to.map_or_else(String::new, ToString::to_string);
        let kind = EventKind::DeliveryFailed { mapping, to, why };
        self.events.push_back(Event { at: now, kind });
    }

    fn on_records(&mut self, now: Millis, answer: RecordBatch) {
        let factor = self.settings.parallelization_factor as usize;
        let (stream, shard) = (&self.settings.stream, answer.shard);
        let Lanes { frame, lanes } = self.shards.entry(shard).or_insert_with(|| Lanes {
            frame: Frame::new(stream, shard),
            lanes: (0..factor).map(|_| Lane::default()).collect(),
        });
        let read = answer.len();
        let mut passed = 0;
        let dealt = pieces::deal(answer, lanes.len(), &self.filters);
        for (lane, piece) in lanes.iter_mut().zip(dealt) {
            if let Some(piece) = piece {
                passed += piece.len();
                lane.take(now, piece, frame, &self.settings);
            }
        }
        self.tally.filtered_records += (read - passed) as u64;
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &MappingSettings {
        &self.settings
    }

    /// Goes on by other settings; the name, the stream and the start stay. What waits to be tried
    /// again is tried at once. Records that were read go by the filters of that time. `door` is for
    /// those that tell a file or an endpoint what they give up.
    ///
    /// # Errors
    /// When a value is outside its bounds; nothing has changed then.
    pub fn change(
        &mut self,
        now: Millis,
        settings: MappingSettings,
        door: Option<FailureDoor>,
    ) -> Result<(), SettingError> {
        settings.check()?;
        self.filters = Filters::new(&settings.filters);
        if settings.on_failure != self.settings.on_failure {
            self.deliveries.set_door(door);
        }
        if settings.consumer != self.settings.consumer {
            self.follower.be_pushed_as(now, settings.consumer.clone());
        }
        self.settings = MappingSettings {
            name: self.settings.name.clone(),
            stream: self.settings.stream.clone(),
            start: self.settings.start,
            ..settings
        };
        for lane in self.shards.values_mut().flat_map(|shard| &mut shard.lanes) {
            lane.hurry();
        }
        self.hurry();
        Ok(())
    }

    /// Lets it tell a file or an endpoint what it gives up.
    pub fn set_door(&mut self, door: Option<FailureDoor>) {
        self.deliveries.set_door(door);
    }

    /// Stops reading and invoking, or goes on.
    pub fn set_paused(&mut self, now: Millis, paused: bool) {
        self.resumed = (self.settings.paused && !paused).then_some(now);
        self.settings.paused = paused;
        if paused {
            self.hold(&self.follower.live().collect());
        }
        self.hurry();
    }

    /// Holds those of these shards that are pushed and have no room.
    fn hold(&mut self, shards: &BTreeSet<ShardId>) {
        if self.settings.consumer.is_none() {
            return;
        }
        let full = shards.iter().copied().filter(|shard| !self.has_room(*shard));
        full.collect::<Vec<_>>().into_iter().for_each(|shard| self.follower.hold(shard));
    }

    /// Tells when there is no registered consumer to be pushed to as, and when there is one again.
    fn tell_of_consumer(&mut self, now: Millis) {
        let trouble = self.follower.push_trouble();
        if trouble.is_some() == self.trouble.is_some() {
            return;
        }
        self.trouble = trouble.map(|why| format!("PROBLEM: {why}"));
        let (mapping, stream) = (self.settings.name.clone(), self.settings.stream.clone());
        let kind = match trouble {
            Some(why) => EventKind::ConsumerLost { mapping, stream, why: why.to_owned() },
            None => EventKind::ConsumerFound { mapping, stream },
        };
        self.events.push_back(Event { at: now, kind });
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> MappingState {
        let factor = self.settings.parallelization_factor as usize;
        let read_since = |resumed| self.follower.last_answer().is_none_or(|last| last >= resumed);
        match self.settings.paused {
            true if self.running() > 0 => MappingState::Disabling,
            true => MappingState::Disabled,
            false if !self.follower.listed() => MappingState::Creating,
            false if self.shards.values().any(|shard| shard.draining(factor)) => {
                MappingState::Updating
            }
            false if !self.resumed.is_none_or(read_since) => MappingState::Enabling,
            false => MappingState::Enabled,
        }
    }

    /// What came of its last invocation, in Lambda's words.
    #[must_use]
    pub fn last_result(&self) -> &str {
        self.trouble.as_ref().unwrap_or(&self.last_result)
    }

    /// Is it stopped?
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.settings.paused
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

    /// Iterator ages of all invocations, milliseconds.
    #[must_use]
    pub const fn ages(&self) -> &Histogram {
        &self.ages
    }

    /// Iterator age now, milliseconds: of the oldest record that was read and is not done, or how
    /// far reading itself is behind.
    #[must_use]
    pub fn age_ms(&self, now: Millis) -> u64 {
        let oldest = self.all_lanes().filter_map(Lane::oldest);
        let age = oldest.map(|record| now.since(record.arrival)).max().unwrap_or(0);
        let unread = match self.settings.paused || self.trouble.is_some() {
            true => now.since(self.follower.last_answer().unwrap_or(self.began)),
            false => self.follower.behind_ms(now),
        };
        age.max(unread)
    }

    /// Invocations that run now.
    #[must_use]
    pub const fn running(&self) -> u32 {
        self.running
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
        for (shard, Lanes { lanes, .. }) in &self.shards {
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
        for (shard, Lanes { lanes, .. }) in &self.shards {
            let held = lanes.iter().filter_map(Lane::holds_from);
            if let Some(index) = held.chain(self.deliveries.oldest(*shard)).min() {
                done.insert(*shard, Checkpoint::At(index));
            }
        }
        done
    }

    fn all_lanes(&self) -> impl Iterator<Item = &Lane> {
        self.shards.values().flat_map(|shard| &shard.lanes)
    }

    fn step_lanes(&mut self, now: Millis, functions: &mut Functions, due: &BTreeSet<ShardId>) {
        let factor = self.settings.parallelization_factor as usize;
        let mut shared = Shared {
            now,
            settings: &self.settings,
            functions,
            rng: &mut self.rng,
            requests: &mut self.requests,
            tally: &mut self.tally,
            ages: &mut self.ages,
            events: &mut self.events,
            quiet_until: &mut self.quiet_until,
            deliveries: &mut self.deliveries,
            last_result: &mut self.last_result,
        };
        let running = |lanes: &[Lane]| {
            u32::try_from(lanes.iter().filter(|lane| lane.is_running()).count()).unwrap_or(u32::MAX)
        };
        for shard in due {
            let Some(lanes) = self.shards.get_mut(shard) else { continue };
            let draining = lanes.draining(factor);
            let Lanes { frame, lanes } = lanes;
            let (ended, read_until) =
                (self.follower.ended(*shard), self.follower.read_until(*shard));
            let of = Of { shard: *shard, frame, ended, read_until, draining };
            self.running -= running(lanes);
            lanes.iter_mut().for_each(|lane| lane.step(&of, &mut shared));
            self.running += running(lanes);
        }
        self.running_max = self.running_max.max(self.running);
    }

    /// Deals what waits to as many lanes as there shall be, where nothing runs any more.
    fn deal_again(&mut self, now: Millis, due: &BTreeSet<ShardId>) -> bool {
        let factor = self.settings.parallelization_factor as usize;
        let mut dealt = false;
        for shard in due {
            let Some(shard) = self.shards.get_mut(shard) else { continue };
            if shard.draining(factor) && shard.lanes.iter().all(Lane::is_drained) {
                let pieces: Vec<_> = shard.lanes.iter_mut().flat_map(Lane::drain).collect();
                let lanes = pieces::deal_again(&pieces, factor).into_iter();
                shard.lanes = lanes.map(|pending| Lane::with(now, pending)).collect();
                let Lanes { frame, lanes } = shard;
                lanes.iter_mut().for_each(|lane| lane.weigh(frame, &self.settings));
                dealt = true;
            }
        }
        dealt
    }

    fn finish_shards(&mut self, now: Millis, due: &BTreeSet<ShardId>) {
        let done = due.iter().copied().filter(|shard| {
            let mut lanes = self.shards.get(shard).into_iter().flat_map(|shard| &shard.lanes);
            self.follower.ended(*shard)
                && lanes.all(Lane::is_done)
                && self.deliveries.oldest(*shard).is_none()
        });
        for shard in done.collect::<Vec<_>>() {
            self.shards.remove(&shard);
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
        let lanes = self.shards.get(&shard).into_iter().flat_map(|shard| &shard.lanes);
        let held = lanes.fold((0, 0), |(records, bytes), lane| {
            (records + lane.pending_records(), bytes + lane.held_bytes())
        });
        let factor = parallelization_factor as usize;
        held.0 < batch_size as usize * factor && held.1 < HELD_EVENTS * EVENT_BYTES_MAX * factor
    }

    fn read(&mut self, now: Millis, due: &BTreeSet<ShardId>) {
        let is_ready = |shard: &ShardId| self.follower.ready_at(*shard).is_some_and(|at| at <= now);
        let ready = due.iter().copied().filter(is_ready).filter(|shard| self.has_room(*shard));
        for shard in ready.collect::<Vec<_>>() {
            self.follower.read(shard, GET_RECORDS_MAX);
        }
        self.hold(due);
    }
}
