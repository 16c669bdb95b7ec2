//! A seeded life of an engine on a simulated disk: puts, splits, merges, scaling, retention,
//! streams that come and go, state that is kept, syncs that take their time, crashes; and the books
//! about it.

mod act;
mod push;

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use watershed::engine::{Engine, EngineError, EngineOptions};
use watershed::log::{LogOptions, MemStorage, Move, Storage, Unsynced};
use watershed::model::{Millis, Quotas, SubscriptionId};

use crate::books::{Books, Crash, Found, Marks, is_readable};
use crate::course::Tally;
use crate::device::{Device, Lie};
use push::Subscriber;

/// When lives begin.
const BEGIN: Millis = Millis(1_700_000_000_000);

/// Transitions are short, so that a life has many of them.
pub(crate) const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 20,
    update_delay_ms: 20,
    delete_delay_ms: 200,
    quotas: Quotas::OFF,
};

/// Sizes so small that a few dozen puts take every path of the log.
pub(crate) const SIZES: LogOptions = LogOptions {
    segment_bytes: 6_000,
    segments_max: 1,
    chunk_file_bytes: 9_000,
    tail_bytes: 4_000,
    tails_bytes: 16_000,
    cache_bytes: 6_000,
    manifest_every_ms: 400,
};

/// A sync that was begun and has not ended.
struct Syncing {
    unsynced: Unsynced,
    marks: Marks,
}

/// How records come to chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mover {
    /// The engine moves them when it is told the time.
    Engine,
    /// A driver writes them while other things happen.
    Driver,
}

/// An engine, its disk, and what should be in it.
pub(crate) struct Life {
    pub(crate) disk: MemStorage,
    device: Device,
    lie: Lie,
    pub(crate) engine: Engine,
    pub(crate) books: Books,
    chance: Pcg64Mcg,
    pub(crate) now: Millis,
    /// The number of the next record.
    number: u64,
    syncing: Option<Syncing>,
    mover: Mover,
    moving: Option<Move>,
    subscribers: BTreeMap<SubscriptionId, Subscriber>,
    /// Is somebody told when the disk does not give its bytes back?
    pub(crate) may_fail_reads: bool,
    pub(crate) tally: Tally,
}

/// Opens a disk as a process would that starts on it.
pub(crate) fn open(disk: &MemStorage, lie: Lie, now: Millis) -> Result<Engine, EngineError> {
    let device = Box::new(Device::new(disk, lie));
    Engine::open_with(now, device, OPTIONS, SIZES).map(|(engine, _)| engine)
}

impl Life {
    pub(crate) fn begin(seed: u64, lie: Lie) -> Self {
        let disk = MemStorage::restless(seed);
        let engine = open(&disk, lie, BEGIN).expect("an empty folder opens");
        let mut life = Self {
            device: Device::new(&disk, lie),
            disk,
            lie,
            engine,
            books: Books::default(),
            chance: Pcg64Mcg::seed_from_u64(seed),
            now: BEGIN,
            number: 0,
            syncing: None,
            mover: Mover::Engine,
            moving: None,
            subscribers: BTreeMap::new(),
            may_fail_reads: false,
            tally: Tally::default(),
        };
        life.choose_mover();
        life
    }

    fn choose_mover(&mut self) {
        let driver = self.chance.random_bool(0.5);
        self.mover = if driver { Mover::Driver } else { Mover::Engine };
        if driver {
            self.engine.let_driver_move();
        }
    }

    /// A driver begins to write records to a chunk file.
    fn begin_move(&mut self) {
        if self.mover == Mover::Driver && self.moving.is_none() {
            self.moving = self.engine.begin_move();
        }
    }

    /// It has written them, or could not.
    fn end_move(&mut self) {
        if let Some(batch) = self.moving.take() {
            self.engine.end_move(batch.run(&mut self.device, &mut Vec::new()));
        }
    }

    /// Some steps, until they are done or the machine crashes or the log takes no more.
    pub(crate) fn live(&mut self, steps: u64) -> Result<(), String> {
        for _ in 0..steps {
            self.step()?;
            self.hear()?;
            if self.disk.has_crashed() || self.engine.poisoned().is_some() {
                break;
            }
        }
        Ok(())
    }

    /// What waited for the disk counts when the disk has it, and may be pushed then.
    pub(crate) fn hear(&mut self) -> Result<(), String> {
        self.tally.acknowledged += self.books.durable(self.engine.durable());
        self.hear_pushes()
    }

    /// Compares all that can be read.
    pub(crate) fn compare(&mut self) -> Result<(), String> {
        let books = std::mem::take(&mut self.books);
        let shards = books
            .streams
            .iter()
            .flat_map(|(name, stream)| stream.shards.keys().map(move |shard| (name, *shard)));
        let compared = shards.into_iter().try_for_each(|(name, shard)| {
            let readable = self.engine.stream(name).is_some_and(|info| is_readable(info.status()));
            if readable { self.look_at(&books, name, shard) } else { Ok(()) }
        });
        self.books = books;
        compared
    }

    /// The process ends, and another one goes on with what it finds.
    pub(crate) fn die(&mut self, crash: Crash) -> Result<(), String> {
        let disk = self.disk_after(crash);
        let opened = self.check(&disk, crash)?;
        self.go_on(disk, opened)
    }

    /// A whole sync of whatever waits.
    pub(crate) fn sync(&mut self) {
        for unsynced in self.engine.unsynced().into_iter().chain(self.engine.unsynced_rest()) {
            let marks =
                if unsynced.holds_acknowledged() { self.books.marks() } else { Marks::new() };
            self.syncing = Some(Syncing { unsynced, marks });
            self.end_sync();
        }
    }

    /// Everything that is due is moved to chunks.
    pub(crate) fn move_records(&mut self) -> Result<(), String> {
        self.begin_move();
        self.end_move();
        self.wait(1_000)
    }

    /// A log that takes no more writes says so to each; one that takes them goes on.
    pub(crate) fn refuse(&mut self) -> Result<(), String> {
        (0..4).try_for_each(|_| self.put())
    }

    /// What a driver does first: the sync takes its time, other things happen meanwhile.
    fn begin_sync(&mut self) {
        let (journal, chunks) = (self.engine.unsynced(), self.engine.unsynced_rest());
        let unsynced = if self.chance.random_bool(0.6) { journal } else { chunks };
        self.syncing = unsynced.map(|unsynced| {
            let marks = match unsynced.holds_acknowledged() {
                true => self.books.marks(),
                false => Marks::new(),
            };
            Syncing { unsynced, marks }
        });
    }

    fn end_sync(&mut self) {
        let Some(Syncing { unsynced, marks }) = self.syncing.take() else { return };
        match self.device.sync(&unsynced.file) {
            Ok(()) => {
                self.engine.on_synced(&unsynced);
                self.tally.acknowledged += self.books.synced(&marks);
            }
            Err(why) => self.engine.on_sync_failed(&unsynced, &why.to_string()),
        }
    }

    /// Everything that was written is synced, and maintained for as long as there is work.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        self.syncing = None;
        for _ in 0..12 {
            self.end_move();
            self.wait(500)?;
            self.begin_move();
            self.end_move();
            self.sync();
        }
        Ok(())
    }

    /// Streams that are going away are gone, those that are made are there.
    pub(crate) fn finish_transitions(&mut self) -> Result<(), String> {
        self.wait(OPTIONS.delete_delay_ms + 1)
    }

    /// The disk as it is found after a crash.
    pub(crate) fn disk_after(&mut self, crash: Crash) -> MemStorage {
        match crash {
            Crash::Kill => self.disk.copy(),
            Crash::PowerCut => self.disk.after_power_cut(self.chance.random()),
        }
    }

    /// Opens what is found after a crash, and compares it with the books.
    pub(crate) fn check(
        &mut self,
        disk: &MemStorage,
        crash: Crash,
    ) -> Result<(Engine, Found), String> {
        self.tally.cycles += 1;
        let mut engine = open(disk, self.lie, self.now)
            .map_err(|why| format!("after {crash:?} the folder does not open: {why}"))?;
        let found = self.books.check(&mut engine, self.now, crash)?;
        Ok((engine, found))
    }

    /// Goes on from what was found after a crash.
    pub(crate) fn go_on(
        &mut self,
        disk: MemStorage,
        (engine, found): (Engine, Found),
    ) -> Result<(), String> {
        disk.set_restless(self.chance.random());
        self.device = Device::new(&disk, self.lie);
        (self.disk, self.engine) = (disk, engine);
        self.syncing = None;
        self.moving = None;
        self.subscribers.clear();
        self.choose_mover();
        self.tally.within_promise += found.lost;
        self.books.adopt(found, &self.engine, self.now)
    }
}
