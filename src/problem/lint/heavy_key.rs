//! One key alone brings what a shard takes: no split can help it.

use crate::model::{Severity, ShardState};
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{HeavyKey, ShardView, Snapshot, StreamView};

/// Share of a shard's limit from which on one key is too much for it.
const TOO_MUCH: f64 = 0.95;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let open = stream.shards.iter().filter(|shard| shard.state == ShardState::Open);
        for shard in open {
            let heavy = shard.mix().and_then(|mix| mix.heavy.first());
            let Some(key) = heavy.filter(|key| fills_a_shard(stream, shard, key)) else { continue };
            found.push(problem(stream, shard, key));
        }
    }
}

/// Does the key alone bring all that a shard takes?
pub(super) fn fills_a_shard(stream: &StreamView, shard: &ShardView, key: &HeavyKey) -> bool {
    own(stream, shard, key) >= TOO_MUCH
}

/// What the key brings, as a share of what a shard takes.
fn own(stream: &StreamView, shard: &ShardView, key: &HeavyKey) -> f64 {
    let share = f64::from(key.share.records.max(key.share.bytes));
    cure::offered(stream, shard) * share
}

fn problem(stream: &StreamView, shard: &ShardView, key: &HeavyKey) -> Problem {
    let percent = own(stream, shard, key) * 100.0;
    Problem {
        lint: "heavy-key",
        severity: Severity::Critical,
        subject: Subject::Shard(stream.name.clone(), shard.id),
        word: "HOT KEY",
        sentence: format!("key {} alone brings {percent:.0}% of what a shard takes", key.key),
        why: format!(
            "All records of one key go to one shard, so no split and no scaling divides {}. The \
             producer must: by a suffix to the key, by batching its records, or by less of them.",
            key.key
        ),
        cure: None,
    }
}
