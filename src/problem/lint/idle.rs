//! Shards that do nearly nothing: each costs its hours, and two neighbors can become one.

use crate::command::{Command, WorldCommand};
use crate::model::{Severity, StreamMode, StreamStatus};
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Load, MappingView, Rates, ShardView, Snapshot, StreamView};

/// Load of two neighbors together, of one's limit, below which they are idle.
const IDLE: f64 = 0.1;
/// A younger shard is not judged, milliseconds: it must have had a whole minute.
const YOUNG_MS: u64 = 60_000;
/// Age from which on a mapping is behind and needs its lanes, milliseconds.
const BEHIND_MS: f32 = 5_000.0;
/// Seconds for which the greatest age is held.
const BEHIND_HELD_S: usize = 15;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let judged =
            stream.mode == StreamMode::Provisioned && stream.status == StreamStatus::Active;
        if judged && !lanes_are_needed(snapshot, stream) {
            found.extend(problem(snapshot, stream));
        }
    }
}

/// Does a mapping need the shards for their lanes, however little they carry? It does while most of
/// them are busy, and while it is behind or was so a moment ago.
fn lanes_are_needed(snapshot: &Snapshot, stream: &StreamView) -> bool {
    let of_stream = |mapping: &&MappingView| mapping.stream == stream.name;
    snapshot.mappings.iter().filter(of_stream).any(|mapping| {
        let ages = mapping.age_spark.iter().rev().take(BEHIND_HELD_S).flatten();
        let oldest = ages.copied().fold(mapping.iterator_age_ms as f32, f32::max);
        oldest > BEHIND_MS || 2 * cure::busy(mapping) > mapping.lanes.len()
    })
}

fn problem(snapshot: &Snapshot, stream: &StreamView) -> Option<Problem> {
    let open = stream.open_by_range();
    let load = |shard: &ShardView| {
        let old =
            snapshot.now.since(shard.created) >= YOUNG_MS && snapshot.elapsed_ms() >= YOUNG_MS;
        let Load { records, bytes } = shard.minute();
        let rates = Rates {
            in_records: f64::from(records),
            in_bytes: f64::from(bytes),
            ..Rates::default()
        };
        let minute = rates.write_utilization(&stream.limits, 1);
        minute.filter(|_| old).unwrap_or(f64::INFINITY)
    };
    let pairs = || open.windows(2).map(|pair| (load(pair[0]) + load(pair[1]), pair));
    let idle = open.iter().filter(|shard| load(shard) < IDLE / 2.0).count();
    let (_, pair) =
        pairs().filter(|(load, _)| *load < IDLE).min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    let name = stream.name.clone();
    let all = idle == open.len() && idle >= 4;
    let cure = match all {
        true => WorldCommand::Scale { stream: name, shards: u32::try_from(idle / 2).ok()? },
        false => WorldCommand::Merge { stream: name, first: pair[0].id, second: pair[1].id },
    };
    Some(Problem {
        lint: "idle",
        severity: Severity::Info,
        subject: Subject::Stream(stream.name.clone()),
        word: "IDLE",
        sentence: match all {
            true => format!("all {idle} shards carry less than 5% of what they could"),
            false => format!(
                "shards {} and {} carry less than a tenth of one",
                pair[0].id.short(),
                pair[1].id.short()
            ),
        },
        why: "Each open shard costs its hours whatever it carries. Neighbors can be merged, and \
              split again when the load comes back."
            .into(),
        cure: Some(Command::World(cure)),
    })
}
