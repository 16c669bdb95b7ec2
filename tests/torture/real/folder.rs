//! What is in a real folder after its process was killed, and what must be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use watershed::engine::Engine;
use watershed::live::DiskStorage;
use watershed::model::{Millis, RecordRef, ShardId};

use crate::books::read;
use crate::payload::{data_of, key_of};
use crate::real::child::{OPTIONS, SIZES, stream};
use crate::real::{Told, Writer};

/// A new folder that goes when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("watershed-torture-{name}-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(|why| format!("`{}`: {why}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What may be lost of what was acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    /// Nothing.
    Nothing,
    /// An end of each key's records, told after that moment.
    EndSince(Instant),
}

/// What a folder held when it was looked at last: the places of each writer's records, in order.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    known: BTreeMap<Writer, Vec<u64>>,
    /// Acknowledged records, of all processes.
    pub(crate) acknowledged: u64,
    /// Acknowledged records that are gone, as it may be.
    pub(crate) lost: u64,
}

impl Folder {
    /// Opens the folder and compares: what was there is there, and so is what was told since.
    pub(crate) fn check(&mut self, path: &Path, told: &Told, loss: Loss) -> Result<(), String> {
        let found = found_in(path)?;
        for (writer, before) in &self.known {
            if found.get(writer) != Some(before) {
                return Err(format!("records of {writer:?} could be read and are others now"));
            }
        }
        for (writer, moments) in told {
            let there = found.get(writer).map_or(&[][..], Vec::as_slice);
            let all = moments.last().map_or(0, |(_, count)| *count);
            let missing: Vec<u64> = (0..all).filter(|nth| !contains(there, *nth)).collect();
            self.acknowledged += all;
            self.lost += missing.len() as u64;
            judge(*writer, there, &missing, moments, loss)?;
        }
        self.known = found;
        Ok(())
    }
}

fn contains(sorted: &[u64], nth: u64) -> bool {
    // Nearly always everything is there, and then it stands at its own place.
    let at = usize::try_from(nth).ok();
    at.and_then(|at| sorted.get(at)) == Some(&nth) || sorted.binary_search(&nth).is_ok()
}

fn judge(
    writer: Writer,
    there: &[u64],
    missing: &[u64],
    moments: &[(Instant, u64)],
    loss: Loss,
) -> Result<(), String> {
    let Some(first) = missing.first() else { return Ok(()) };
    let Loss::EndSince(since) = loss else {
        return Err(format!(
            "{} records of {writer:?} are missing, from {first} on",
            missing.len()
        ));
    };
    let safe = moments.iter().filter(|(at, _)| *at < since).map(|(_, count)| *count).max();
    if safe.is_some_and(|safe| *first < safe) {
        return Err(format!("record {first} of {writer:?} is missing, told long before"));
    }
    let mut gone: BTreeMap<String, u64> = BTreeMap::new();
    for nth in missing {
        gone.entry(key_of(writer.number(*nth))).or_insert(*nth);
    }
    for nth in there {
        if gone.get(&key_of(writer.number(*nth))).is_some_and(|gone| gone < nth) {
            return Err(format!("record {nth} of {writer:?} is there, earlier ones are not"));
        }
    }
    Ok(())
}

/// Everything that is in a folder; an error when a byte, an order or a count is wrong.
fn found_in(path: &Path) -> Result<BTreeMap<Writer, Vec<u64>>, String> {
    let storage = DiskStorage::open(path).map_err(|why| why.to_string())?;
    let opened = Engine::open_with(Millis::ZERO, Box::new(storage), OPTIONS, SIZES);
    let (mut engine, recovery) = opened.map_err(|why| why.to_string())?;
    let now = recovery.last_arrival.plus(1);
    engine.advance(now);
    let shards: Vec<ShardId> = match engine.stream(&stream()) {
        Some(stream) => stream.shards().map(|shard| shard.id).collect(),
        None => Vec::new(),
    };
    let mut found: BTreeMap<Writer, Vec<u64>> = BTreeMap::new();
    for shard in shards {
        let (mut last, mut next) = (BTreeMap::new(), 0);
        let mut visit = |record: &RecordRef<'_>| {
            let number = record.data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
            let whole = |number: &u64| {
                data_of(*number) == record.data && key_of(*number) == record.partition_key
            };
            let number = number
                .filter(whole)
                .ok_or_else(|| format!("{} of {shard} is altered", record.sequence))?;
            let (writer, nth) = Writer::of(number);
            let rises = last.insert(writer, nth).is_none_or(|last| last < nth);
            if !rises || record.sequence.index != next {
                return Err(format!("{} of {shard} is out of order", record.sequence));
            }
            next += 1;
            found.entry(writer).or_default().push(nth);
            Ok(())
        };
        read(&mut engine, now, (&stream(), shard), &mut visit)?;
    }
    for (writer, places) in &mut found {
        places.sort_unstable();
        if let Some(twice) = places.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("record {} of {writer:?} is there twice", twice[0]));
        }
    }
    Ok(found)
}

/// The window of level `process`: a sync is begun within 50 ms and takes its time.
pub(crate) const WINDOW: Duration = Duration::from_millis(1_000);
