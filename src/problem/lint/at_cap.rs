//! A shard is about to refuse records: it takes nearly all that its limits allow.

use crate::model::{Severity, ShardState};
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{ShardView, Snapshot, StreamView};

/// Share of the tighter write limit from which on a shard is at its cap.
const CAP: f64 = 0.95;
/// A younger shard is not judged, milliseconds: what its parent refused still comes to it.
const YOUNG_MS: u64 = 30_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let full = |shard: &&ShardView| {
            shard.state == ShardState::Open
                && shard.held().write_throttled <= 0.0
                && snapshot.now.since(shard.created) >= YOUNG_MS
                && share(stream, shard) >= CAP
        };
        let hot: Vec<&ShardView> = stream.shards.iter().filter(full).collect();
        match cure::together(stream, &hot) {
            true => found.push(problem(
                Subject::Stream(stream.name.clone()),
                format!("{} of {} shards are at their write cap", hot.len(), stream.open_shards()),
                (snapshot, stream, &hot),
            )),
            false => found.extend(hot.iter().map(|shard| {
                let subject = Subject::Shard(stream.name.clone(), shard.id);
                let percent = share(stream, shard) * 100.0;
                problem(
                    subject,
                    format!("takes {percent:.0}% of its write limit"),
                    (snapshot, stream, &[shard]),
                )
            })),
        }
    }
}

fn share(stream: &StreamView, shard: &ShardView) -> f64 {
    shard.held().write_utilization(&stream.limits, 1).unwrap_or(0.0)
}

fn problem(
    subject: Subject,
    sentence: String,
    (snapshot, stream, hot): (&Snapshot, &StreamView, &[&ShardView]),
) -> Problem {
    Problem {
        lint: "at-cap",
        severity: Severity::Warning,
        subject,
        word: "AT CAP",
        sentence,
        why: "Nothing is refused yet, but a little more will be. A split where the load halves \
              makes room beforehand."
            .into(),
        cure: cure::room(snapshot, stream, hot),
    }
}
