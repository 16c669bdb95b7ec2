//! A shard refuses reads: its shared readers ask too often, or for too much.

use crate::command::{Command, WorldCommand};
use crate::model::{Severity, StreamMode, StreamName};
use crate::problem::{Problem, Subject};
use crate::snapshot::{MappingView, ReaderView, ShardView, Snapshot, StreamView};

use super::many;

/// Calls a second of a mapping on each shard: calm, and behind.
const MAPPING_CALLS: [f64; 2] = [1.0, 5.0];
/// From this age on a mapping asks as often as one that is behind, milliseconds.
const BEHIND_MS: u64 = 5_000;
/// Share of the calls that a cure leaves in use.
const HEADROOM: f64 = 0.8;
/// Longest pause of a reader, milliseconds.
const INTERVAL_MS_MAX: f64 = 60_000.0;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let refuses = |shard: &&ShardView| shard.held().read_throttled > 0.0;
        let hot = stream.shards.iter().filter(refuses).count();
        if hot > 0 {
            found.push(problem(snapshot, stream, hot));
        }
    }
}

/// Who shares a stream's reads, and how often all of them together ask each shard.
struct Askers<'a> {
    readers: Vec<&'a ReaderView>,
    mappings: usize,
    calls_per_s: f64,
}

impl<'a> Askers<'a> {
    fn of(snapshot: &'a Snapshot, stream: &StreamName) -> Self {
        let readers: Vec<_> = snapshot.readers.iter().filter(|r| r.stream == *stream).collect();
        let mappings: Vec<_> = snapshot.mappings.iter().filter(|m| m.stream == *stream).collect();
        let behind = |mapping: &MappingView| usize::from(mapping.iterator_age_ms > BEHIND_MS);
        let by_readers: f64 = readers.iter().map(|reader| calls(reader)).sum();
        let by_mappings: f64 = mappings.iter().map(|m| MAPPING_CALLS[behind(m)]).sum();
        Self { readers, mappings: mappings.len(), calls_per_s: by_readers + by_mappings }
    }
}

fn calls(reader: &ReaderView) -> f64 {
    1_000.0 / reader.interval_ms.max(1) as f64
}

fn problem(snapshot: &Snapshot, stream: &StreamView, hot: usize) -> Problem {
    let askers = Askers::of(snapshot, &stream.name);
    let refused: f64 = stream.shards.iter().map(|shard| shard.held().read_throttled).sum();
    let limit = stream.limits.read_calls_per_s.map(|limit| limit as f64);
    let too_often = limit.filter(|limit| askers.calls_per_s > *limit);
    let who = many(askers.readers.len() + askers.mappings, "consumer");
    let (why, cure) = match too_often {
        Some(limit) => (
            format!(
                "{who} ask each shard {:.1} times a second; all of them together may ask \
                 {limit:.0} times. Who asks most should ask less often.",
                askers.calls_per_s
            ),
            less_often(&askers, limit),
        ),
        None => {
            (format!("{who} share what a shard gives. More shards give more."), more_shards(stream))
        }
    };
    Problem {
        lint: "reads-refused",
        severity: Severity::Warning,
        subject: Subject::Stream(stream.name.clone()),
        word: "READS",
        sentence: match too_often {
            Some(limit) => format!(
                "{} refuse {refused:.0} reads/s: {:.0} calls/s asked of each, {limit:.0} allowed",
                many(hot, "shard"),
                askers.calls_per_s
            ),
            None => format!("{} refuse {refused:.0} reads/s", many(hot, "shard")),
        },
        why,
        cure,
    }
}

/// A longer pause for the reader that asks most, long enough for all with some to spare; without room
/// for it, its end.
fn less_often(askers: &Askers<'_>, limit: f64) -> Option<Command> {
    let most = askers.readers.iter().max_by(|a, b| calls(a).total_cmp(&calls(b)))?;
    let left = HEADROOM * limit - (askers.calls_per_s - calls(most));
    let reader = most.name.clone();
    let pause = (1_000.0 / left.max(1e-9) / 250.0).ceil() * 250.0;
    Some(Command::World(match left > 0.0 && pause <= INTERVAL_MS_MAX {
        true => WorldCommand::Interval { reader, interval_ms: pause as u64 },
        false => WorldCommand::Detach(reader),
    }))
}

fn more_shards(stream: &StreamView) -> Option<Command> {
    let shards = u32::try_from(2 * stream.open_shards()).ok()?;
    let cure = WorldCommand::Scale { stream: stream.name.clone(), shards };
    (stream.mode == StreamMode::Provisioned).then_some(Command::World(cure))
}
