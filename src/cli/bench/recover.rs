//! Checking every byte of a folder, beside a plain read of the same files.
//!
//! What is timed is `watershed log verify` without its output: every checksum, and what opening
//! would make of the folder. The plain read goes through each file from its start in large pieces,
//! as `cat` does. Both take turns, first with the files in the system's cache, then with their pages
//! dropped from it before each turn (`posix_fadvise`).

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{Advice, fadvise};

use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::folder::Filled;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured, machine};
use crate::cli::log::check;
use crate::log::LogOptions;

const RECORD: usize = 1_024;
const SHARDS: u32 = 16;
/// Bytes of a plain read.
const READ: usize = 256 * 1024;
const GB: f64 = 1e9;

pub(super) fn run(task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let data = folder.path().join("data");
    let record = task.cell.record.unwrap_or(RECORD);
    let mut filled = Filled::open(&data, record, SHARDS, LogOptions::default())?;
    filled.put(task.gib * 1024 * 1024 * 1024, &mut Filled::keep_up)?;
    filled.sync()?;
    let records = filled.next;
    drop(filled);
    let both = [("cached", 0.3, false), ("cold", 1.2, true)];
    let measured = both.map(|(name, target, cold)| {
        let seconds = best_of(task.cell.rounds, &data, cold, records)?;
        figure(&format!("recover {record} B, {name}"), target, seconds, &data)
    });
    measured.into_iter().collect()
}

fn figure(name: &str, target: f64, best: [Took; 2], data: &Path) -> Result<Figure, String> {
    let bytes = bytes_of(data)? as f64;
    let [verify, read] = best;
    Ok(Figure {
        name: name.to_owned(),
        value: verify.wall * GB / bytes,
        unit: "s/GB",
        target: Some((Better::Lower, target)),
        detail: format!(
            "full verify of {:.2} GB in {:.3} s, {:.2} times a plain read of the same files; {:.3} s \
             of processor time, {:.2} times; load {:.1}; every record accounted for",
            bytes / GB,
            verify.wall,
            verify.wall / read.wall,
            verify.cpu,
            verify.cpu / read.cpu,
            machine::load(),
        ),
    })
}

/// Seconds that something took.
#[derive(Clone, Copy, Debug)]
struct Took {
    wall: f64,
    cpu: f64,
}

impl Took {
    const NEVER: Self = Self { wall: f64::INFINITY, cpu: f64::INFINITY };

    /// The better one, on the clock and of the processor, of this and of what `work` takes.
    fn or_of<T>(self, work: impl FnOnce() -> Result<T, String>) -> Result<(Self, T), String> {
        let (began, busy) = (Instant::now(), machine::cpu());
        let made = work()?;
        let (wall, cpu) = (began.elapsed().as_secs_f64(), (machine::cpu() - busy).as_secs_f64());
        Ok((Self { wall: self.wall.min(wall), cpu: self.cpu.min(cpu) }, made))
    }
}

/// The best verification and the best plain read.
fn best_of(rounds: u32, data: &Path, cold: bool, records: u64) -> Result<[Took; 2], String> {
    let mut best = [Took::NEVER; 2];
    let (files, mut buffer) = (files_of(data)?, vec![0; READ]);
    for _ in 0..rounds {
        forget(&files, cold)?;
        let (took, summary) = best[0].or_of(|| check(data).map_err(|why| why.to_string()))?;
        best[0] = took;
        if !summary.is_sound() || summary.records != records {
            return Err(format!("{} of {records} records are sound", summary.records));
        }
        forget(&files, cold)?;
        let (took, read) = best[1].or_of(|| read_all(&files, &mut buffer))?;
        best[1] = took;
        if read != bytes_of(data)? {
            return Err(format!("{read} bytes of {} were read", bytes_of(data)?));
        }
    }
    Ok(best)
}

fn files_of(data: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(data).map_err(|why| why.to_string())?;
    entries.map(|entry| Ok(entry.map_err(|why| why.to_string())?.path())).collect()
}

fn bytes_of(data: &Path) -> Result<u64, String> {
    let len = |file: &PathBuf| fs::metadata(file).map(|found| found.len());
    let lens: std::io::Result<Vec<u64>> = files_of(data)?.iter().map(len).collect();
    lens.map(|lens| lens.iter().sum()).map_err(|why| why.to_string())
}

/// Takes the files out of the system's cache, if they are to be cold.
fn forget(files: &[PathBuf], cold: bool) -> Result<(), String> {
    for path in files.iter().filter(|_| cold) {
        let file = File::open(path).map_err(|why| why.to_string())?;
        // Pages that wait to be written stay.
        file.sync_all().map_err(|why| why.to_string())?;
        fadvise(&file, 0, None, Advice::DontNeed).map_err(|why| why.to_string())?;
    }
    Ok(())
}

fn read_all(files: &[PathBuf], buffer: &mut [u8]) -> Result<u64, String> {
    let mut total = 0;
    for path in files {
        let (file, mut at) = (File::open(path).map_err(|why| why.to_string())?, 0);
        loop {
            match file.read_at(buffer, at).map_err(|why| why.to_string())? {
                0 => break,
                count => at += count as u64,
            }
        }
        total += at;
    }
    Ok(total)
}
