//! What the process does that is to be killed.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{process, thread};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use watershed::api::{CreateStream, PutRecords};
use watershed::command::WorldCommand;
use watershed::engine::{Engine, EngineOptions};
use watershed::live::{DiskStorage, Live, LiveClock};
use watershed::log::LogOptions;
use watershed::model::{EntryBatch, Level, Millis, Quotas, ShardLimits, StreamName};
use watershed::sim::SimOutside;
use watershed::world::{Port, World, WorldOptions};

use crate::payload::{data_of, key_of};
use crate::real::Writer;

/// The first word of a command line that asks for it.
pub(crate) const FLAG: &str = "--putter";
/// Threads that put.
const THREADS: u64 = 3;
/// Time between changes of the shards.
const RESHAPE_EVERY: Duration = Duration::from_millis(12);
/// Sizes that are gone through in a fraction of a second.
pub(super) const SIZES: LogOptions = LogOptions {
    segment_bytes: 1 << 20,
    segments_max: 1,
    chunk_file_bytes: 1 << 20,
    tail_bytes: 128 << 10,
    tails_bytes: 1 << 20,
    cache_bytes: 1 << 20,
    manifest_every_ms: 20,
};
/// Transitions end at once: a kill soon after the start finds a stream that takes records.
pub(super) const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas::OFF,
};

/// The stream that is put to.
pub(super) fn stream() -> StreamName {
    StreamName::new("kill").expect("it is a name")
}

/// Puts until it is killed; comes back with what went wrong.
pub(crate) fn run(mut words: impl Iterator<Item = String>) -> Result<(), String> {
    let folder = words.next().ok_or("a folder is wanted")?;
    let cycle: u64 = words.next().and_then(|word| word.parse().ok()).ok_or("a cycle is wanted")?;
    let level = words.next().and_then(|word| Level::parse(&word)).ok_or("a level is wanted")?;
    let live = Arc::new(start(Path::new(&folder), cycle, level)?);
    for thread in 0..THREADS {
        let live = Arc::clone(&live);
        thread::spawn(move || {
            if let Err(why) = put(&live, Writer { cycle, thread }) {
                // A disk that fails takes no more; whoever waits for the end sees it.
                eprintln!("{why}");
                process::exit(3);
            }
        });
    }
    let mut chance = Pcg64Mcg::seed_from_u64(cycle);
    loop {
        thread::sleep(RESHAPE_EVERY);
        let shards = chance.random_range(1..10);
        // More than double or less than half is refused, and so is a change during a change.
        let _ = live.run(&WorldCommand::Scale { stream: stream(), shards });
    }
}

fn start(folder: &Path, cycle: u64, level: Level) -> Result<Live, String> {
    let storage = DiskStorage::open(folder).map_err(|why| why.to_string())?;
    let syncer = storage.syncer();
    let (engine, recovery) = Engine::open_with(Millis::ZERO, Box::new(storage), OPTIONS, SIZES)
        .map_err(|why| why.to_string())?;
    let mut clock = LiveClock::start(recovery.last_arrival);
    let known = engine.stream(&stream()).is_some();
    let outside = Box::new(SimOutside::default());
    let options = WorldOptions { seed: cycle, engine, outside, title: "putter".to_owned() };
    let mut world = World::new(clock.now(), options);
    if !known {
        let create = CreateStream {
            limits: ShardLimits::OFF,
            ..CreateStream::provisioned(stream(), 4, level)
        };
        let create = WorldCommand::Create(Box::new(create));
        world.run(clock.now(), &create).map_err(|why| why.to_string())?;
        world.advance(clock.now());
    }
    Ok(Live::start(world, clock, Some(syncer)))
}

/// Puts batches of any size, and tells of each how many records of this thread count by now.
fn put(live: &Live, writer: Writer) -> Result<(), String> {
    let mut chance = Pcg64Mcg::seed_from_u64(writer.number(0));
    let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
    let mut nth = 0;
    loop {
        put.entries.clear();
        let count = [1, 10, 100, 500][chance.random_range(0..4)];
        for number in (nth..nth + count).map(|nth| writer.number(nth)) {
            put.entries.push(&key_of(number), &data_of(number));
        }
        let answer = live.put_records(&put).map_err(|why| why.to_string())?;
        if answer.failed > 0 {
            return Err(format!("{} records were refused", answer.failed));
        }
        nth += count;
        let line = format!("{} {nth}\n", writer.thread);
        let mut out = io::stdout().lock();
        let told = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        told.map_err(|why| why.to_string())?;
    }
}
