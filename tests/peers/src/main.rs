//! watershed's log beside the embedded stores that others would take for one, on the same work.
//!
//! `cargo run --release --manifest-path tests/peers/Cargo.toml` prints a table. Batches of records are
//! appended over 16 shards, unsynced and with an fdatasync for each batch; then each store is closed,
//! opened again, and every record it holds is compared with what was appended. `log` is our log
//! alone, as the peers are; `engine` is PutRecords with all of its rules, MD5 routing included. Rounds
//! of all stores take turns in one process, and the best round of each counts.
//!
//! Absent: what runs beside. Neither our moving of records to chunks nor raft-engine's purging is
//! part of a round; the threads of fjall and rocksdb run as they like.
//!
//! RocksDB is opt-in, because its sources compile for ten minutes. With Debian's librocksdb-dev and
//! libclang-dev: `ROCKSDB_LIB_DIR=/usr/lib/x86_64-linux-gnu cargo run --release --features rocksdb
//! --manifest-path tests/peers/Cargo.toml`.

#[path = "../../../src/live/disk.rs"]
#[allow(dead_code, reason = "the product's own disk, of which the rounds need a part")]
mod disk;
mod ours;
mod peer;
mod raft;
#[cfg(feature = "rocksdb")]
mod rocks;
mod table;
mod trees;
mod work;

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, process};

use peer::{Failure, Open};
use table::Row;
use watershed::{log, snapshot};
use work::{Check, Load};

/// Bytes of keys and data in a round without syncs: less than a segment of our journal or a file of
/// raft-engine, at whose end each of them waits for the disk. Our driver keeps that wait short.
const ROUND: u64 = 48 * 1024 * 1024;
/// Batches of a round with syncs.
const SYNCED: u64 = 400;
const ROUNDS: usize = 3;

fn peers() -> Vec<(&'static str, Open)> {
    vec![
        ("log", ours::log as Open),
        ("engine", ours::engine),
        ("fjall", trees::fjall),
        ("redb", trees::redb),
        ("raft-engine", raft::open),
        #[cfg(feature = "rocksdb")]
        ("rocksdb", rocks::open),
    ]
}

fn main() -> Result<(), Failure> {
    let folder = env::temp_dir().join(format!("watershed-peers-{}", process::id()));
    let result = run(&folder);
    let _ = fs::remove_dir_all(&folder);
    result
}

fn run(folder: &Path) -> Result<(), Failure> {
    let peers = peers();
    let names: Vec<&str> = peers.iter().map(|(name, _)| *name).collect();
    print!("{}", table::head(&names));
    for sync in [false, true] {
        for record in [100, 1_024] {
            for batch in [100, 500] {
                let bytes = ((record + work::KEY_BYTES) * batch) as u64;
                let batches = if sync { SYNCED } else { ROUND / bytes };
                let load = Load { record, batch, batches, sync };
                print!("{}", measure(&peers, &load, folder)?.line());
            }
        }
    }
    println!("\nload {}; every record of every round was read back", load_average());
    Ok(())
}

/// The best round of each store, in records a second.
fn measure(peers: &[(&str, Open)], load: &Load, folder: &Path) -> Result<Row, Failure> {
    let mut best = vec![0.0; peers.len()];
    for round in 0..ROUNDS {
        for (best, (name, open)) in best.iter_mut().zip(peers) {
            let place: PathBuf = folder.join(format!("{name}-{round}"));
            fs::create_dir_all(&place)?;
            let rate = one(*open, load, &place).map_err(|why| format!("{name}: {why}"))?;
            *best = f64::max(*best, rate);
            fs::remove_dir_all(&place)?;
        }
    }
    Ok(Row { load: *load, rates: best })
}

fn one(open: Open, load: &Load, place: &Path) -> Result<f64, Failure> {
    let mut store = open(place, load)?;
    let mut work = work::Work::new(load);
    let mut seconds = 0.0;
    for _ in 0..load.batches {
        let batch = work.next();
        let began = Instant::now();
        store.append(batch)?;
        seconds += began.elapsed().as_secs_f64();
    }
    store.close()?;
    let mut check = Check::new(load);
    let mut store = open(place, load)?;
    store.read_back(&mut check)?;
    check.finish()?;
    Ok(load.records() as f64 / seconds)
}

fn load_average() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().unwrap_or_default().to_owned()
}
