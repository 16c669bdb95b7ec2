//! A disk that is nearly full: a log without room takes no writes.

use crate::command::{Command, WorldCommand};
use crate::model::{Level, Severity};
use crate::problem::{Problem, Subject};
use crate::snapshot::{Snapshot, StreamView, Volume};

/// Free room that is worth a look, bytes.
const SCARCE: u64 = 1 << 30;
/// Free room of a few journal segments, bytes.
const LAST: u64 = 256 << 20;
const DAY_MS: u64 = 86_400_000;

/// Is the disk so full that the log may have no room for a record?
pub(super) fn is_full(snapshot: &Snapshot) -> bool {
    snapshot.log_volume.is_some_and(|volume| volume.free_bytes < LAST)
}

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let Some(Volume { bytes, free_bytes: free }) = snapshot.log_volume else { return };
    let severity = match free {
        0..LAST => Severity::Critical,
        LAST..SCARCE => Severity::Warning,
        _ => return,
    };
    let mib = |bytes: u64| bytes >> 20;
    // The one with the most records that stay longer than they must.
    let longest =
        |stream: &&StreamView| stream.level != Level::Memory && stream.retention_ms > DAY_MS;
    let stored = |stream: &StreamView| -> u64 {
        stream.shards.iter().map(|shard| shard.stored_records).sum()
    };
    let largest = snapshot.streams.iter().filter(longest).max_by_key(|stream| stored(stream));
    let cure = largest.map(|stream| {
        Command::World(WorldCommand::Retention { stream: stream.name.clone(), hours: 24 })
    });
    let way_out = match &cure {
        Some(_) => "Records that stay longer than a day can go sooner.",
        None => {
            "No stream keeps records longer than a day: make room on the disk, or delete a stream."
        }
    };
    found.push(Problem {
        lint: "disk-full",
        severity,
        subject: Subject::Log,
        word: "NO ROOM",
        sentence: format!(
            "has {} MiB left of {} MiB on its disk, and holds {} MiB",
            mib(free),
            mib(bytes),
            mib(snapshot.log_disk_bytes)
        ),
        why: format!(
            "A log without room refuses all writes, and takes them again by itself when there is \
             some; nothing stored is lost. {way_out}"
        ),
        cure,
    });
}
