//! What benches start again as a process of its own: `watershed bench-child`, hidden in the help.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Subcommand;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustix::process::{ioctl_tiocsctty, setsid};

use crate::api::{ApiError, CreateStream, Operation, PutRecords, SplitShard};
use crate::cli::arguments::Place;
use crate::cli::bench::kill::{OPTIONS, data_of, stream};
use crate::cli::bench::{invoke, memory, put, reopen, serve};
use crate::cli::{CliError, load, report};
use crate::engine::Engine;
use crate::live::{DiskSyncer, LiveClock};
use crate::model::{EntryBatch, HashKey, Level, Millis, ShardLimits, ShardState};

/// As often as the live world syncs its log.
const SYNC_EVERY: Duration = Duration::from_millis(50);
const SHARDS: u32 = 8;
/// Splits stop here, so that records stay many to a shard.
const SHARDS_MAX: usize = 32;
/// The batch after which a shard is split: the catalog is written while records are.
const SPLIT_AFTER: u32 = 20;
const BATCH_MAX: u64 = 50;
const KEYS: u32 = 1_000;

/// `watershed bench-child`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ChildTask {
    /// Put numbered records into a folder until killed, and tell what was acknowledged
    Load {
        /// The data folder
        folder: PathBuf,
        /// The first number
        from: u64,
    },
    /// Tell how many bytes of memory each of many idle shards takes
    Idle {
        /// Where they live
        home: put::Home,
    },
    /// Fill a folder with so many bytes of records, say `full`, and go on until killed
    Fill {
        /// The data folder
        folder: PathBuf,
        /// Bytes of keys and data
        bytes: u64,
    },
    /// Tell how many bytes of memory an hour of a session takes: at its end, and at most
    Hour {
        /// Name or path
        session: String,
    },
    /// Serve bytes that mean nothing, until killed
    Hello,
    /// Answer each invocation with its event, as a function that Lambda starts
    Function,
    /// Become the leader of a session on the terminal at standard input, then the program
    Terminal {
        /// Of the program
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
}

/// Does as a bench wants.
pub(in crate::cli) fn child(task: ChildTask) -> Result<ExitCode, CliError> {
    let failed = |why: String| CliError::Bench { bench: "bench-child", why };
    match task {
        ChildTask::Load { folder, from } => {
            put_forever(folder, from).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        ChildTask::Idle { home } => {
            let bytes = put::shard_bytes(home).map_err(failed)?;
            report::data(&format!("{bytes}\n")).map(|()| ExitCode::SUCCESS)
        }
        ChildTask::Hour { session } => {
            let [now, most] = memory::hour(&session).map_err(failed)?;
            report::data(&format!("{now} {most}\n")).map(|()| ExitCode::SUCCESS)
        }
        ChildTask::Fill { folder, bytes } => {
            reopen::fill_forever(&folder, bytes).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        ChildTask::Function => invoke::echo().map(|()| ExitCode::SUCCESS).map_err(failed),
        ChildTask::Hello => serve::hello().map(|()| ExitCode::SUCCESS).map_err(failed),
        ChildTask::Terminal { arguments } => Err(failed(become_console(&arguments).to_string())),
    }
}

/// Comes back only when it could not be done.
fn become_console(arguments: &[OsString]) -> io::Error {
    let ready = setsid()
        .and_then(|_| ioctl_tiocsctty(io::stdin()))
        .map_err(io::Error::from)
        .and_then(|()| env::current_exe());
    match ready {
        Ok(program) => Command::new(program).args(arguments).exec(),
        Err(why) => why,
    }
}

fn put_forever(folder: PathBuf, from: u64) -> Result<(), String> {
    let place = Place { data: Some(folder), memory: false };
    let (mut engine, syncer, begin) =
        load::engine(&place, OPTIONS, Millis::ZERO).map_err(|why| why.to_string())?;
    let mut clock = LiveClock::start(begin);
    engine.advance(clock.now());
    prepare(&mut engine, clock.now()).map_err(|why| why.to_string())?;
    let mut chance = Pcg64Mcg::seed_from_u64(from);
    let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
    let (mut number, mut batches, mut synced) = (from, 0, Instant::now());
    loop {
        let now = clock.now();
        engine.advance(now);
        put.entries.clear();
        let first = number;
        for _ in 0..chance.random_range(1..=BATCH_MAX) {
            let key = format!("key-{}", chance.random_range(0..KEYS));
            put.entries.push(&key, data_of(number).as_bytes());
            number += 1;
        }
        put_and_tell(&mut engine, now, &put, first)?;
        batches += 1;
        if batches == SPLIT_AFTER {
            split(&mut engine, now, &mut chance).map_err(|why| why.to_string())?;
        }
        if synced.elapsed() >= SYNC_EVERY {
            sync(&mut engine, syncer.as_ref())?;
            synced = Instant::now();
        }
    }
}

fn prepare(engine: &mut Engine, now: Millis) -> Result<(), ApiError> {
    if engine.stream(&stream()).is_none() {
        let create = CreateStream {
            limits: ShardLimits::OFF,
            ..CreateStream::provisioned(stream(), SHARDS, Level::Process)
        };
        engine.handle(now, &Operation::CreateStream(create))?;
    }
    engine.advance(now);
    Ok(())
}

/// One line a record: shard, index, number. Only whole lines count, and only after the engine said
/// that the record is safe.
fn put_and_tell(
    engine: &mut Engine,
    now: Millis,
    put: &PutRecords,
    first: u64,
) -> Result<(), String> {
    let answer = engine.put_records(now, put).map_err(|why| why.to_string())?;
    let mut told = String::new();
    for (number, outcome) in (first..).zip(&answer.outcomes) {
        let sequence = outcome.result.map_err(|why| why.code().to_owned())?;
        told.push_str(&format!("{} {} {number}\n", outcome.shard.0, sequence.index));
    }
    let mut out = io::stdout().lock();
    out.write_all(told.as_bytes()).and_then(|()| out.flush()).map_err(|why| why.to_string())
}

fn split(engine: &mut Engine, now: Millis, chance: &mut Pcg64Mcg) -> Result<(), ApiError> {
    let name = stream();
    let shards = engine.stream(&name).into_iter().flat_map(|stream| stream.shards());
    let open: Vec<_> = shards.filter(|shard| shard.state == ShardState::Open).collect();
    if open.len() >= SHARDS_MAX {
        return Ok(());
    }
    let shard = open[chance.random_range(0..open.len())];
    let middle = shard.range.start.0 + (shard.range.end.0 - shard.range.start.0) / 2;
    let order =
        SplitShard { stream: name, shard: shard.id, new_starting_hash_key: HashKey(middle) };
    engine.handle(now, &Operation::SplitShard(order)).map(|_| ())
}

fn sync(engine: &mut Engine, syncer: Option<&DiskSyncer>) -> Result<(), String> {
    let Some(syncer) = syncer else { return Ok(()) };
    let (unsynced, chunks) = (engine.unsynced(), engine.unsynced_rest());
    for unsynced in unsynced.into_iter().chain(chunks) {
        syncer.sync(&unsynced.file).map_err(|why| why.to_string())?;
        engine.on_synced(&unsynced);
    }
    Ok(())
}
