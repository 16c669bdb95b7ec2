//! Floor 3: everything that lives under one clock.
//!
//! A [`World`] owns an engine, the parts that use its streams, the functions with their pool, the
//! meters and the timeline of a session. It is driven: `advance(now)` fires what is due,
//! `next_deadline` says when to come again, `run(now, command)` does what an operator asks, `look`
//! takes the picture that viewers read. The same step serves real and virtual time.
//!
//! Absent: the clock, threads, files. What must be written outside goes through the doors of
//! [`crate::pipeline::Outside`].

mod ages;
mod audit;
mod build;
mod checkpoints;
mod chronicle;
mod details;
mod fork;
mod gate;
mod held;
mod keep;
mod look;
mod meters;
mod mixes;
mod page;
mod parts;
mod policy;
mod port;
mod pushes;
mod registers;
pub mod report;
mod run;
mod sample;
mod service;
mod set;
mod splits;
mod taken;
pub mod timeline;
mod viewer;
mod watch;
mod workers;

use std::sync::Arc;

pub use audit::Finding;
pub use chronicle::Chronicle;
pub use keep::engine_options;
pub use page::{SHOWN_RECORDS, Wanted, shown};
pub use port::Port;
pub use report::Report;
pub use run::RunError;
pub use service::{Go, PATIENCE, Service, Subscriber, Taken, Told};
pub use taken::taken;
pub use timeline::{Cue, TimelineFailure};
pub use viewer::{FarWatch, LOOK_TARGET, read_picture, write_picture};
pub use watch::{HEAT_SPAN_S_MAX, HeatWatch, MeteredShard, RecordsWatch, Watch, heat_view};

use crate::api::{ApiError, Operation, PutRecords, PutRecordsAnswer, Reply, SubscribeToShard};
use crate::command::{Outcome, WorldCommand};
use crate::engine::{Engine, EngineOptions};
use crate::log::{Move, Moved, Unsynced};
use crate::model::{Event, JournalPosition, Millis, SubscriptionId};
use crate::pipeline::Outside;
use crate::session::Session;
use crate::snapshot::{ClockView, Snapshot};

use audit::Audit;
use checkpoints::Checkpoints;
use gate::Gate;
use held::Held;
use meters::Meters;
use mixes::Mixes;
use parts::{Parts, Reach};
use policy::Policies;
use pushes::Pushes;
use registers::Registers;
use splits::Splits;
use timeline::Timeline;

/// What a world is made with.
pub struct WorldOptions {
    /// Root of all chance.
    pub seed: u64,
    /// The streams, in memory or opened from a folder.
    pub engine: Engine,
    /// Doors to files, the standard input and the host.
    pub outside: Box<dyn Outside>,
    /// The session's title.
    pub title: String,
}

/// Everything that lives under one clock.
pub struct World {
    now: Millis,
    started: Millis,
    seed: u64,
    title: String,
    unsaved: bool,
    engine: Engine,
    parts: Parts,
    pushes: Pushes,
    registers: Registers,
    held: Held,
    meters: Meters,
    mixes: Mixes,
    splits: Splits,
    policies: Policies,
    timeline: Timeline,
    audit: Audit,
    frame: Option<Box<Session>>,
    chronicle: Chronicle,
    outside: Box<dyn Outside>,
    watched: Watch,
    checkpoints: Checkpoints,
    next_second: Millis,
}

impl World {
    /// An empty world that begins at `now`.
    #[must_use]
    pub fn new(now: Millis, options: WorldOptions) -> Self {
        let WorldOptions { seed, mut engine, outside, title } = options;
        let (checkpoints, trouble) = Checkpoints::load(&mut engine);
        let mut world = Self {
            now,
            started: now,
            seed,
            title,
            unsaved: false,
            engine,
            parts: Parts::default(),
            pushes: Pushes::default(),
            registers: Registers::new(),
            held: Held::default(),
            meters: Meters::default(),
            mixes: Mixes::default(),
            splits: Splits::default(),
            policies: Policies::default(),
            timeline: Timeline::default(),
            audit: Audit::default(),
            frame: None,
            chronicle: Chronicle::default(),
            outside,
            watched: Watch::default(),
            checkpoints,
            next_second: now.plus(1_000),
        };
        world.engine.advance(now);
        world.settle();
        if let Some(kind) = trouble {
            world.chronicle.push(Event { at: now, kind });
        }
        world
    }

    /// An engine in memory with the default delays, for those who need nothing special.
    #[must_use]
    pub fn engine_in_memory() -> Engine {
        Engine::in_memory(EngineOptions::default())
    }

    /// Engine time.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// When something is due next. A world always has something due: the end of the second.
    #[must_use]
    pub fn next_deadline(&self) -> Millis {
        let push = self.next_part_push();
        let (parts, timeline) = (self.parts.next_deadline(), self.timeline.next_deadline());
        let all = [self.engine.next_deadline(), parts, timeline, push];
        all.into_iter().flatten().fold(self.next_second, Millis::min)
    }

    /// Fires all that is due up to and at `now`, in the order of time.
    pub fn advance(&mut self, now: Millis) {
        let now = now.max(self.now);
        loop {
            let due = self.next_deadline();
            if due > now {
                break;
            }
            // A part that asks to be called in the past is called now: time never decreases.
            self.now = due.max(self.now);
            self.step();
        }
        self.now = now;
    }

    /// One moment: engine, timeline, parts, then the meters when a second ends.
    fn step(&mut self) {
        self.engine.advance(self.now);
        self.advance_splits();
        self.run_timeline();
        let Self { engine, held, chronicle, mixes, pushes, .. } = self;
        self.parts.advance(self.now, Reach { engine, held, chronicle, mixes, pushes });
        self.deliver_pushes();
        self.settle();
        if self.now >= self.next_second {
            self.next_second = self.next_second.plus(1_000);
            self.register_waiting();
            self.meters.tick(self.now, &self.engine, &self.parts);
            self.mixes.tick(&self.engine);
            self.tell_splits();
            self.advance_policies();
            self.audit_second();
            self.keep_checkpoints();
            self.chronicle.digest_second(self.now, &self.engine, &self.parts);
        }
    }

    /// Takes the engine's events.
    fn settle(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.chronicle.push(event);
        }
    }

    /// Does what an operator asks.
    ///
    /// # Errors
    /// A sentence that names the thing, the value, the rule and the way out; nothing was changed.
    pub fn run(&mut self, now: Millis, command: &WorldCommand) -> Result<Outcome, RunError> {
        self.advance(now);
        let outcome = self.apply(command)?;
        self.settle();
        self.unsaved = true;
        Ok(outcome)
    }

    /// Shows this in snapshots from now on, beside what each of them holds.
    pub fn watch(&mut self, watch: Watch) {
        self.watched = watch;
    }

    /// Does a viewer look at the machine? The driver knows what to show.
    #[must_use]
    pub fn watches_machine(&self) -> bool {
        self.watched.machine
    }

    /// The picture as it stands. The clock's state is the driver's.
    #[must_use]
    pub fn look(&self, clock: ClockView) -> Arc<Snapshot> {
        self.look_at(clock, &self.watched)
    }

    /// The same behind another one: lists of shards on which nothing happened since are shared with it.
    #[must_use]
    pub fn look_after(&self, before: &Snapshot, clock: ClockView) -> Arc<Snapshot> {
        Arc::new(look::snapshot(self, clock, &self.watched, Some(before)))
    }

    /// The picture for a viewer who wants to see this, whatever others watch.
    #[must_use]
    pub fn look_at(&self, clock: ClockView, watch: &Watch) -> Arc<Snapshot> {
        Arc::new(look::snapshot(self, clock, watch, None))
    }

    /// What happened so far.
    #[must_use]
    pub fn chronicle(&self) -> &Chronicle {
        &self.chronicle
    }

    /// Puts records for somebody who is no part of this world. The answer counts when the journal
    /// is [`Self::durable`] up to where it waits for.
    ///
    /// # Errors
    /// As the engine's.
    pub fn put_records(
        &mut self,
        now: Millis,
        put: &PutRecords,
    ) -> Result<PutRecordsAnswer, ApiError> {
        self.advance(now);
        let now = self.now;
        let answer = self.gate().put_records(now, put);
        self.push_to_parts();
        answer
    }

    fn gate(&mut self) -> Gate<'_> {
        let Self { engine, mixes, chronicle, parts, .. } = self;
        Gate { engine, in_place: &mut parts.in_place, mixes, chronicle }
    }

    /// Answers operations of somebody who is no part of this world, one behind the other. What a put
    /// waits for is as with [`Self::put_records`].
    pub fn handle_all(&mut self, now: Millis, operations: &[Operation]) -> Vec<Reply> {
        self.advance(now);
        let now = self.now;
        let replies = self.gate().handle_all(now, operations);
        if operations.iter().any(|operation| operation.control().is_some()) {
            self.settle();
        }
        self.push_to_parts();
        replies
    }

    /// Answers one operation as [`Self::handle_all`] does.
    ///
    /// # Errors
    /// As the engine's.
    pub fn handle(&mut self, now: Millis, operation: &Operation) -> Reply {
        let reply = self.handle_all(now, std::slice::from_ref(operation)).pop();
        reply.expect("invariant: each operation has a reply")
    }

    /// SubscribeToShard: from now on [`Self::poll_push`] gives what there is.
    ///
    /// # Errors
    /// As the engine's.
    pub fn subscribe(
        &mut self,
        now: Millis,
        subscribe: &SubscribeToShard,
    ) -> Result<SubscriptionId, ApiError> {
        self.advance(now);
        self.engine.subscribe(self.now, subscribe)
    }

    /// The subscriber has gone away.
    pub fn unsubscribe(&mut self, subscription: SubscriptionId) {
        self.engine.unsubscribe(subscription);
    }

    /// A function that runs outside has answered, or failed.
    pub fn on_invoked(&mut self, now: Millis, outcome: crate::pipeline::outside::Invoked) {
        self.advance(now);
        self.parts.on_invoked(outcome);
        self.advance(now);
    }

    /// What the driver should sync within 50 ms, in this order: acknowledged records, then the rest.
    pub fn unsynced(&self) -> impl Iterator<Item = Unsynced> + use<> {
        self.engine.unsynced().into_iter().chain(self.engine.unsynced_rest())
    }

    /// From now on the driver moves records to chunks and keeps the log's manifest.
    pub fn let_driver_move(&mut self) {
        self.engine.let_driver_move();
    }

    /// Records or a manifest that should be written now, or work for that: the driver does so outside
    /// of its lock.
    pub fn begin_move(&mut self) -> Option<Move> {
        self.engine.begin_move()
    }

    /// Was so much written and not moved yet that writers should wait for the driver?
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.engine.is_behind()
    }

    /// The driver has done it, or could not.
    pub fn end_move(&mut self, now: Millis, moved: Moved) {
        self.advance(now);
        self.engine.end_move(moved);
        self.settle();
    }

    /// Does a reply wait for the disk, so that the driver should sync at once?
    #[must_use]
    pub fn waits_for_disk(&self) -> bool {
        self.held.waits()
    }

    /// How far the journal survives a power cut.
    #[must_use]
    pub fn durable(&self) -> JournalPosition {
        self.engine.durable()
    }

    /// Why the log takes no more writes, if so.
    #[must_use]
    pub fn poisoned(&self) -> Option<&str> {
        self.engine.poisoned()
    }

    /// Why records are refused at present, if they are.
    #[must_use]
    pub fn refuses_writes(&self) -> Option<&str> {
        self.engine.refuses_writes()
    }

    /// The driver has synced: replies that waited for it are told.
    pub fn on_synced(&mut self, now: Millis, synced: &Unsynced) {
        self.advance(now);
        self.engine.on_synced(synced);
        self.held.release(self.now, self.engine.durable(), &mut self.parts);
        self.push_to_parts();
    }

    /// Tells those who wait for the disk what is known without a sync: that the log takes no more writes,
    /// or that closing a segment has synced what they wait for.
    pub fn settle_waits(&mut self, now: Millis) {
        self.advance(now);
        match self.engine.poisoned().map(str::to_owned) {
            Some(why) => self.held.fail(self.now, &why, &mut self.parts),
            None => self.held.release(self.now, self.engine.durable(), &mut self.parts),
        }
        self.push_to_parts();
    }

    /// The driver's sync failed. Of acknowledged records that means that no write is acknowledged
    /// any more, of chunks that they are written again.
    pub fn on_sync_failed(&mut self, now: Millis, failed: &Unsynced, why: &str) {
        self.advance(now);
        self.engine.on_sync_failed(failed, why);
        if failed.holds_acknowledged() {
            self.held.fail(self.now, why, &mut self.parts);
        }
        self.settle();
    }
}

#[cfg(test)]
mod tests;
