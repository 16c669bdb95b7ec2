//! The engine's side: a live world on a folder, putters, and the proof that all is there.

use std::thread;
use std::time::{Duration, Instant};

use crate::api::{CreateStream, PutRecords};
use crate::cli::bench::numbered::{self, KEY_BYTES};
use crate::cli::bench::put::ceiling::timed;
use crate::cli::bench::put::{Load, Round, fill};
use crate::cli::bench::scratch::Scratch;
use crate::command::WorldCommand;
use crate::engine::{Engine, EngineOptions};
use crate::live::{DiskStorage, Live, LiveClock, LiveOutside};
use crate::log::inspect::{Piece, inspect};
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{
    EntryBatch, Level, Millis, PartName, Quotas, ShardLimits, StreamName, StreamStatus,
};
use crate::pipeline::settings::{ReaderSettings, StartingPosition};
use crate::snapshot::StreamView;
use crate::world::{Port, World, WorldOptions};

pub(super) const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas::OFF,
};
/// How long a new stream may take until it takes records.
const PATIENCE: Duration = Duration::from_secs(30);
/// A new picture of a live world is there after this.
const PICTURES: Duration = Duration::from_millis(300);
/// How long a round may wait for the disk to be quiet.
const SETTLED_BY: Duration = Duration::from_secs(5);
/// Shards that are read and never written.
const READ_SHARDS: u32 = 1_000;

/// The stream that records are put into.
pub(super) fn stream() -> StreamName {
    StreamName::new("bench").expect("invariant: a good name")
}

/// A stream that takes no record.
pub(super) fn idle_stream() -> StreamName {
    StreamName::new("idle").expect("invariant: a good name")
}

pub(super) fn create(stream: StreamName, shards: u32, level: Level) -> CreateStream {
    CreateStream { limits: ShardLimits::OFF, ..CreateStream::provisioned(stream, shards, level) }
}

/// A live world that records are put into.
pub(super) struct Putting {
    load: Load,
    folder: Scratch,
    live: Live,
    next: u64,
}

impl Putting {
    pub(super) fn start(load: &Load) -> Result<Self, String> {
        let folder = Scratch::new()?;
        let storage = DiskStorage::open(folder.path()).map_err(|why| why.to_string())?;
        let syncer = storage.syncer();
        let mut clock = LiveClock::start(Millis::ZERO);
        let now = clock.now();
        let (engine, _) =
            Engine::open(now, Box::new(storage), OPTIONS).map_err(|why| why.to_string())?;
        let outside = Box::new(LiveOutside::default());
        let world =
            World::new(now, WorldOptions { seed: 1, engine, outside, title: "bench".into() });
        let live = Live::start(world, clock, Some(syncer));
        let putting = Self { load: *load, folder, live, next: 0 };
        putting.create(create(stream(), load.shards, load.level))?;
        Ok(putting)
    }

    /// Makes a stream and waits until it takes records.
    pub(super) fn create(&self, create: CreateStream) -> Result<(), String> {
        self.run(&WorldCommand::Create(Box::new(create)))?;
        let began = Instant::now();
        let ready = |stream: &StreamView| stream.status == StreamStatus::Active;
        while !self.live.snapshot().streams.iter().all(ready) {
            if began.elapsed() > PATIENCE {
                return Err("the stream did not become ACTIVE".to_owned());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn run(&self, command: &WorldCommand) -> Result<(), String> {
        self.live.run(command).map(drop).map_err(|why| why.to_string())
    }

    /// Many shards of another stream are there, and a reader asks each of them again and again.
    pub(super) fn read_idle_shards(&self) -> Result<(), String> {
        self.create(create(idle_stream(), READ_SHARDS, Level::Process))?;
        self.run(&WorldCommand::Read(Box::new(ReaderSettings {
            name: PartName::new("waits").expect("invariant: a good name"),
            stream: idle_stream(),
            interval_ms: 1_000,
            limit: GET_RECORDS_MAX,
            start: StartingPosition::Latest,
            consumer: None,
        })))
    }

    /// Waits until the disk has everything and nothing more is moved: a round begins with a quiet
    /// disk, on either side.
    fn settle(&self) {
        let began = Instant::now();
        let state = || {
            let picture = self.live.snapshot();
            (picture.log_unsynced_bytes, picture.log_disk_bytes)
        };
        let mut last = state();
        while began.elapsed() < SETTLED_BY {
            thread::sleep(PICTURES);
            let now = state();
            if last.0 == 0 && last == now {
                return;
            }
            last = now;
        }
    }

    /// Puts the records of a round. Of several writers the wall counts, of one its calls alone.
    pub(super) fn round(&mut self) -> Result<Round, String> {
        self.settle();
        let first = self.next;
        self.next += self.load.records;
        if self.load.writers == 1 {
            return self.put(first);
        }
        let share = self.load.records / u64::from(self.load.writers);
        let began = Instant::now();
        let rounds: Vec<Result<Round, String>> = thread::scope(|scope| {
            let this = &*self;
            let firsts = (0..this.load.writers).map(|writer| first + u64::from(writer) * share);
            let writers: Vec<_> =
                firsts.map(|first| scope.spawn(move || this.put(first))).collect();
            let joined = writers.into_iter().map(thread::ScopedJoinHandle::join);
            joined.map(|put| put.unwrap_or_else(|_| Err("a writer panicked".to_owned()))).collect()
        });
        let wall = began.elapsed().as_secs_f64();
        let mut all = Round::default();
        rounds.into_iter().try_for_each(|round| round.map(|round| all.add(round)))?;
        Ok(Round { seconds: wall, ..all })
    }

    fn put(&self, first: u64) -> Result<Round, String> {
        let mut round = Round::default();
        let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
        for batch in 0..self.load.batches() {
            fill(&mut put.entries, &self.load, first + batch * self.load.batch as u64);
            let answer = timed(&mut round, || self.live.put_records(&put));
            let answer = answer.map_err(|why| why.to_string())?;
            if answer.failed > 0 {
                return Err(format!("{} records of a batch were refused", answer.failed));
            }
        }
        Ok(round)
    }

    /// Stops the world, reads everything back from the folder, and gives the bytes that a record
    /// takes above its key and data in the journal and in chunks.
    pub(super) fn finish(self) -> Result<(f64, f64), String> {
        let Self { load, folder, live, next } = self;
        live.stop();
        if load.level == Level::Memory {
            return Ok((0.0, 0.0));
        }
        let storage = DiskStorage::open(folder.path()).map_err(|why| why.to_string())?;
        let overhead = overhead(&storage, (load.record + KEY_BYTES) as f64)?;
        let (engine, _) = Engine::open(Millis::ZERO, Box::new(storage), OPTIONS)
            .map_err(|why| why.to_string())?;
        check(&engine, &load, next)?;
        Ok(overhead)
    }
}

/// Every number is there once, with its key and data, and in the order of each writer.
pub(super) fn check(engine: &Engine, load: &Load, count: u64) -> Result<(), String> {
    let mut seen = vec![false; usize::try_from(count).map_err(|why| why.to_string())?];
    let (mut wrong, mut last) = (None, (None, 0));
    engine.each(&stream(), &mut |shard, record| {
        let number = numbered::of(record.data);
        let same = numbered::is(number, load.record, record.partition_key, record.data);
        let follows = load.writers > 1 || last.0 != Some(shard) || last.1 < number;
        last = (Some(shard), number);
        match usize::try_from(number).ok().and_then(|at| seen.get_mut(at)) {
            Some(seen) if same && follows && !*seen => *seen = true,
            Some(_) | None => {
                wrong.get_or_insert(format!("record {number} is altered, out of order or double"));
            }
        }
    })?;
    match (wrong, seen.iter().filter(|seen| !**seen).count()) {
        (Some(wrong), _) => Err(wrong),
        (None, 0) => Ok(()),
        (None, missing) => Err(format!("{missing} of {count} acknowledged records are missing")),
    }
}

fn overhead(storage: &DiskStorage, payload: f64) -> Result<(f64, f64), String> {
    let (mut journal, mut chunks) = ((0, 0), (0, 0));
    inspect(storage, &mut |_, _, piece| match piece {
        Piece::Frame { records, bytes, .. } => {
            journal = (journal.0 + records.len() as u64, journal.1 + *bytes as u64);
        }
        Piece::Chunk { count, bytes, .. } => {
            chunks = (chunks.0 + count, chunks.1 + u64::from(*bytes));
        }
        _ => {}
    })
    .map_err(|why| why.to_string())?;
    let above = |(records, bytes): (u64, u64)| match records {
        0 => 0.0,
        records => bytes as f64 / records as f64 - payload,
    };
    Ok((above(journal), above(chunks)))
}
