//! Syncing the log: in the background within 50 ms, and at once when somebody waits for it.
//!
//! Group commit falls out of waiting: while one sync is under way others write, and the next sync
//! is for all of them. Whoever waits first does the sync itself, outside the lock: waking another
//! thread for it would cost as much as half a sync. The others are parked one by one, and only those
//! whose records the disk has are woken: waking is what many writers spend their time on.

#![allow(clippy::disallowed_methods, reason = "the edge where the log meets the disk")]

use std::collections::VecDeque;
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::thread::{self, Thread};
use std::time::Duration;

use crate::api::{ApiError, PutRecords, PutRecordsAnswer};
use crate::live::driver::{Live, Shared, State};
use crate::live::moving::let_the_disk_catch_up;
use crate::log::Unsynced;
use crate::model::JournalPosition;
use crate::world::Told;

/// How long written bytes may wait to be synced.
pub(super) const SYNC_EVERY: Duration = Duration::from_millis(50);

pub(super) type Locked<'a> = MutexGuard<'a, State>;

/// Who waits for the disk.
enum Waiter {
    /// A thread that is parked.
    Parked(Thread),
    /// Somebody who goes on with other things until told.
    Call(Told),
}

impl Waiter {
    fn go_on(self, told: &Result<(), ApiError>) {
        match self {
            // A thread looks for itself what became of what it waits for.
            Self::Parked(thread) => {
                if thread.id() != thread::current().id() {
                    thread.unpark();
                }
            }
            Self::Call(call) => call(told.clone()),
        }
    }
}

/// Who waits for the disk, in the order of what they wait for. While one of the parked threads syncs
/// the others sleep on, and while none does the first is awake or has been woken, to sync for all;
/// for the others [`keep_synced`] does.
#[derive(Default)]
pub(super) struct Waiting {
    queue: VecDeque<(JournalPosition, Waiter)>,
    calls: usize,
}

impl Waiting {
    fn add(&mut self, until: JournalPosition, waiter: Waiter) {
        let at = self.queue.partition_point(|(other, _)| *other <= until);
        self.queue.insert(at, (until, waiter));
    }

    /// Calls `told` when the disk has everything up to `until`.
    pub(super) fn add_call(&mut self, until: JournalPosition, told: Told) {
        self.calls += 1;
        self.add(until, Waiter::Call(told));
    }

    /// Does anybody wait who does not sync himself?
    fn has_calls(&self) -> bool {
        self.calls > 0
    }

    /// Lets those go that wait for no more than `durable`.
    fn release(&mut self, durable: JournalPosition) -> Vec<Waiter> {
        let count = self.queue.partition_point(|(until, _)| *until <= durable);
        let released: Vec<Waiter> = self.queue.drain(..count).map(|(_, waiter)| waiter).collect();
        self.calls -= released.iter().filter(|one| matches!(one, Waiter::Call(_))).count();
        released
    }

    /// The thread that came first.
    fn leader(&self) -> Option<Thread> {
        self.queue.iter().find_map(|(_, waiter)| match waiter {
            Waiter::Parked(thread) => Some(thread.clone()),
            Waiter::Call(_) => None,
        })
    }
}

impl Live {
    /// Puts records from any thread, and comes back when the answer counts.
    ///
    /// # Errors
    /// As the engine's; and when the disk fails before the records are safe on it.
    pub fn put_records(&self, put: &PutRecords) -> Result<PutRecordsAnswer, ApiError> {
        let mut state = let_the_disk_catch_up(&self.shared, self.shared.lock());
        let (now, was_calm) = (state.clock.now(), state.is_calm());
        let answer = state.world.put_records(now, put)?;
        self.shared.stir(&state, was_calm);
        if let Some(until) = answer.waits_for {
            wait_for_disk(&self.shared, state, until)?;
        }
        Ok(answer)
    }
}

/// Comes back when the disk has everything up to `until`; syncs for all when nobody does so.
fn wait_for_disk<'a>(
    shared: &'a Shared,
    mut state: Locked<'a>,
    until: JournalPosition,
) -> Result<(), ApiError> {
    let durable = || shared.durable.load(Ordering::Acquire) >= until.0;
    state.waiting.add(until, Waiter::Parked(thread::current()));
    loop {
        if state.world.durable() >= until {
            go_on(shared, state);
            return Ok(());
        }
        if let Some(why) = state.world.poisoned() {
            let why = failure(why);
            go_on(shared, state);
            return Err(why);
        }
        match state.world.unsynced().find(Unsynced::holds_acknowledged) {
            Some(unsynced) if !state.syncing => {
                state.syncing = true;
                let mut state = sync(shared, state, &unsynced);
                state.syncing = false;
                go_on(shared, state);
            }
            Some(_) | None => {
                drop(state);
                // The limit is for a world that panicked, whose lock tells.
                thread::park_timeout(SYNC_EVERY);
            }
        }
        if durable() {
            return Ok(());
        }
        state = shared.lock();
    }
}

/// Tells those who wait how far the disk has come. Whoever is done needs no lock to see it, so that
/// many can go on at once.
fn go_on(shared: &Shared, mut state: Locked<'_>) {
    let failed = state.world.poisoned().map(failure);
    let durable = state.world.durable();
    shared.durable.store(durable.0, Ordering::Release);
    let until = if failed.is_some() { JournalPosition(u64::MAX) } else { durable };
    let released = state.waiting.release(until);
    let leader = if state.syncing { None } else { state.waiting.leader() };
    drop(state);
    // Who syncs next goes first: the disk shall not wait for the others.
    let this = thread::current().id();
    leader.into_iter().filter(|thread| thread.id() != this).for_each(|thread| thread.unpark());
    let told = failed.map_or(Ok(()), Err);
    released.into_iter().for_each(|waiter| waiter.go_on(&told));
}

/// What is told when the disk will never have it.
pub(super) fn failure(why: &str) -> ApiError {
    ApiError::InternalFailure(format!("Internal Service Failure: {why}"))
}

/// Syncs one file outside the lock.
pub(super) fn sync<'a>(shared: &'a Shared, state: Locked<'a>, unsynced: &Unsynced) -> Locked<'a> {
    let Some(syncer) = &shared.syncer else { return state };
    drop(state);
    let result = syncer.sync(&unsynced.file);
    let mut state = shared.lock();
    let now = state.clock.now();
    match result {
        Ok(()) => state.world.on_synced(now, unsynced),
        Err(why) => state.world.on_sync_failed(now, unsynced, &why.to_string()),
    }
    // What was synced may be what subscribers wait for.
    state.push();
    state
}

impl State {
    /// Does anybody wait for the disk who does not sync himself: a part of the world, or a call?
    pub(super) fn somebody_waits(&self) -> bool {
        self.waiting.has_calls() || self.world.waits_for_disk()
    }

    /// Tells parts of the world what there is to tell where nothing can be synced.
    fn settle_waits(&mut self) {
        let now = self.clock.now();
        self.world.settle_waits(now);
        self.push();
    }
}

/// Syncs what is left when nobody writes any more.
pub(super) fn sync_rest<'a>(shared: &'a Shared, mut state: Locked<'a>) -> Locked<'a> {
    while shared.syncer.is_some()
        && let Some(unsynced) = state.world.unsynced().find(Unsynced::holds_acknowledged)
    {
        state = sync(shared, state, &unsynced);
    }
    state
}

/// Acknowledged records reach the disk within 50 ms. Replies that wait are the only reason to hurry.
pub(super) fn keep_synced(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        let calm = |state: &mut State| state.is_calm();
        state = shared.unsynced.wait_while(state, calm).expect("the world panicked");
        let stopped = state.stopped;
        let unsynced = state.world.unsynced().find(Unsynced::holds_acknowledged);
        if unsynced.is_some() || state.somebody_waits() {
            match unsynced {
                Some(unsynced) => state = sync(shared, state, &unsynced),
                None => state.settle_waits(),
            }
            go_on(shared, state);
            // A reply may have made something due earlier than the driver knows.
            shared.wake.notify_all();
            state = shared.lock();
        }
        if stopped {
            return;
        }
        // Who waits is a reason to hurry only where a sync helps: this lets go of the lock.
        let pause = |state: &mut State| {
            let waits = state.somebody_waits();
            let urgent = |one: Unsynced| one.hurry || waits && one.holds_acknowledged();
            !state.stopped && !state.world.unsynced().any(urgent)
        };
        let waited = shared.unsynced.wait_timeout_while(state, SYNC_EVERY, pause);
        state = waited.expect("the world panicked").0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use std::path::{Path, PathBuf};
    use std::sync::{Arc, mpsc};
    use std::time::Instant;

    use super::*;
    use crate::api::{Answer, CreateStream, Operation};
    use crate::command::{ClockCommand, Command, WorldCommand};
    use crate::engine::{Engine, EngineOptions};
    use crate::live::{DiskStorage, DiskSyncer, LiveClock, LiveOutside};
    use crate::log::{Storage, StorageError};
    use crate::model::{EntryBatch, Level, Millis, ShardLimits, StreamName};
    use crate::world::{Port, Service, World, WorldOptions};

    fn orders() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    /// A folder of one test's own.
    fn folder() -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("watershed-sync-{}-{number}", std::process::id());
        std::env::temp_dir().join(name)
    }

    fn live_on(storage: Box<dyn Storage>, syncer: DiskSyncer) -> Live {
        let mut clock = LiveClock::start(Millis::ZERO);
        let options = EngineOptions { create_delay_ms: 0, ..EngineOptions::default() };
        let now = clock.now();
        let (engine, _) = Engine::open(now, storage, options).expect("it opens");
        let outside = Box::new(LiveOutside::default());
        let world = World::new(now, WorldOptions { seed: 1, engine, outside, title: "t".into() });
        Live::start(world, clock, Some(syncer))
    }

    /// A live world on a folder that fails once it is told to.
    fn live_failing(folder: &Path) -> (Live, Arc<AtomicU32>) {
        let disk = DiskStorage::open(folder).expect("the folder is free");
        let (syncer, fate) = (disk.syncer(), Arc::new(AtomicU32::new(0)));
        let failing = Failing { disk, fate: Arc::clone(&fate) };
        (live_on(Box::new(failing), syncer), fate)
    }

    /// A live world on a folder, with one stream of level `power`.
    fn started(folder: &Path) -> Live {
        let storage = DiskStorage::open(folder).expect("the folder is free");
        let syncer = storage.syncer();
        let live = live_on(Box::new(storage), syncer);
        let mut create = CreateStream::provisioned(orders(), 4, Level::Power);
        create.limits = ShardLimits::OFF;
        live.run(&WorldCommand::Create(Box::new(create))).expect("the name is free");
        live
    }

    #[test]
    fn many_writers_share_a_sync_and_each_is_told_when_it_is_done() {
        let folder = folder();
        let live = started(&folder);
        while live.put_records(&put("first", 0)).is_err() {
            thread::yield_now();
        }
        thread::scope(|scope| {
            for writer in 0..8 {
                let live = &live;
                scope.spawn(move || {
                    for n in 0..20 {
                        let answer = live.put_records(&put(&format!("{writer}-{n}"), n));
                        let answer = answer.expect("the disk is sound");
                        let durable = live.shared.lock().world.durable();
                        assert!(answer.waits_for.is_some_and(|until| until <= durable));
                    }
                });
            }
        });
        live.stop();
        let storage = Box::new(DiskStorage::open(&folder).expect("the folder is free again"));
        let opened = Engine::open(Millis::ZERO, storage, EngineOptions::default());
        assert_eq!(opened.expect("it opens").1.records, 161);
        let _ = std::fs::remove_dir_all(folder);
    }

    /// A disk of which one write to the journal fails, and so does cutting what it left: that is how a
    /// log fails without a sync.
    struct Failing {
        disk: DiskStorage,
        /// 0 while all is well, 1 when the next write shall fail, 2 from then on.
        fate: Arc<AtomicU32>,
    }

    impl Failing {
        fn refusal(operation: &'static str, file: &str) -> StorageError {
            StorageError { operation, file: file.to_owned(), why: "EIO".into(), full: false }
        }
    }

    impl Storage for Failing {
        fn len(&self, file: &str) -> Result<u64, StorageError> {
            // Part of what could not be written is there.
            let more = u64::from(self.fate.load(Ordering::SeqCst) == 2);
            self.disk.len(file).map(|len| len + more)
        }
        fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
            self.disk.read_at(file, at, into)
        }
        fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
            let is_frame = file.starts_with("journal") && bytes.len() > 500;
            let armed = self.fate.load(Ordering::SeqCst) > 0;
            if is_frame && armed && bytes.iter().any(|byte| *byte != 0) {
                self.fate.store(2, Ordering::SeqCst);
                return Err(Self::refusal("write_at", file));
            }
            self.disk.write_at(file, at, bytes)
        }
        fn sync(&mut self, file: &str) -> Result<(), StorageError> {
            self.disk.sync(file)
        }
        fn sync_dir(&mut self) -> Result<(), StorageError> {
            self.disk.sync_dir()
        }
        fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
            match self.fate.load(Ordering::SeqCst) {
                2 => Err(Self::refusal("truncate", file)),
                _ => self.disk.truncate(file, len),
            }
        }
        fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError> {
            self.disk.rename(from, to)
        }
        fn list(&self) -> Result<Vec<String>, StorageError> {
            self.disk.list()
        }
        fn remove(&mut self, file: &str) -> Result<(), StorageError> {
            self.disk.remove(file)
        }
    }

    /// The thread that syncs had held the lock for good: it hurried for replies that waited, and there was
    /// nothing to sync.
    #[test]
    fn a_log_that_fails_by_a_write_is_told_to_those_who_wait_and_stops_nobody() {
        let folder = folder();
        let (live, fate) = live_failing(&folder);
        for line in [
            "create clicks --level power --limits off --shards 2",
            "produce p clicks synthetic --rate 1000",
            "produce q clicks synthetic --rate 1000",
        ] {
            let Ok(Command::World(command)) = line.parse() else { panic!("{line} is no command") };
            live.run(&command).expect(line);
        }
        let has = |wanted: fn(&World) -> bool| {
            let patience = Instant::now() + Duration::from_secs(20);
            while !live.with(wanted) {
                assert!(Instant::now() < patience, "it never comes to it");
                thread::sleep(Duration::from_millis(10));
            }
        };
        has(|world| world.durable() > JournalPosition(10_000));
        fate.store(1, Ordering::SeqCst);
        has(|world| world.poisoned().is_some());
        has(|world| !world.waits_for_disk());
        live.stop();
        let _ = std::fs::remove_dir_all(folder);
    }

    /// Nothing can be synced any more, so the thread that syncs slept on, and a put was told nothing
    /// until the clock ran again.
    #[test]
    fn a_call_is_told_when_the_log_fails_by_a_write_while_the_clock_stands() {
        let folder = folder();
        let (live, fate) = live_failing(&folder);
        let mut create = CreateStream::provisioned(orders(), 1, Level::Power);
        create.limits = ShardLimits::OFF;
        live.run(&WorldCommand::Create(Box::new(create))).expect("the name is free");
        while live.put_records(&put("first", 0)).is_err() {
            thread::yield_now();
        }
        live.run(&WorldCommand::Clock(ClockCommand::Pause)).expect("it pauses");
        let (tell, told) = mpsc::channel();
        let mut state = live.shared.lock();
        let now = state.clock.now();
        let answer = state.world.put_records(now, &put("waits", 1)).expect("the disk is sound");
        let until = answer.waits_for.expect("the level is power");
        let call = move |result: Result<(), ApiError>| drop(tell.send(result));
        state.waiting.add_call(until, Box::new(call));
        live.shared.unsynced.notify_all();
        // Before the thread that syncs has the lock another write fails.
        fate.store(1, Ordering::SeqCst);
        let mut entries = EntryBatch::new();
        entries.push("fails", &[1; 1_000]);
        let _ = state.world.put_records(now, &PutRecords { stream: orders(), entries });
        assert!(state.world.poisoned().is_some(), "the log has failed");
        drop(state);
        let told = told.recv_timeout(Duration::from_secs(20)).expect("it is told");
        assert!(told.is_err(), "the disk will never have it");
        live.stop();
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn what_is_put_while_the_clock_stands_is_synced_all_the_same() {
        let folder = folder();
        let live = started(&folder);
        let mut create = CreateStream::provisioned(other(), 1, Level::Process);
        create.limits = ShardLimits::OFF;
        live.run(&WorldCommand::Create(Box::new(create))).expect("the name is free");
        let put = || PutRecords { stream: other(), ..put("k", 1) };
        while live.put_records(&put()).is_err() {
            thread::yield_now();
        }
        live.run(&WorldCommand::Clock(ClockCommand::Pause)).expect("it pauses");
        let is_synced = || live.with(|world| world.unsynced().next().is_none());
        let wait = || {
            let patience = Instant::now() + Duration::from_secs(20);
            while !is_synced() {
                assert!(Instant::now() < patience, "nobody syncs it");
                thread::sleep(Duration::from_millis(10));
            }
        };
        wait();
        // The thread that syncs goes to sleep.
        thread::sleep(4 * SYNC_EVERY);
        let reply = live.handle(&Operation::PutRecords(put())).expect("there is room");
        assert!(matches!(reply, Answer::Put(answer) if answer.failed == 0));
        wait();
        live.stop();
        let _ = std::fs::remove_dir_all(folder);
    }

    fn other() -> StreamName {
        StreamName::new("clicks").expect("it is a name")
    }

    fn put(key: &str, n: u8) -> PutRecords {
        let mut entries = EntryBatch::new();
        entries.push(key, &[n; 100]);
        PutRecords { stream: orders(), entries }
    }
}
