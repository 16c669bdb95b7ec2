//! A stream stays in a transition for long: it takes no other change meanwhile.

use crate::model::{Severity, StreamStatus};
use crate::problem::{Problem, Subject};
use crate::snapshot::Snapshot;

use super::time;

/// From so long a transition on it is told, milliseconds left.
const LONG_MS: u64 = 60_000;
/// So long after its end a transition should have ended, milliseconds.
const OVERDUE_MS: u64 = 5_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in snapshot.streams.iter().filter(|s| s.status != StreamStatus::Active) {
        let Some(ends) = stream.transition_ends else { continue };
        let (left, over) = (ends.since(snapshot.now), snapshot.now.since(ends));
        let word = stream.status.word();
        let sentence = if over > OVERDUE_MS {
            format!("is {word}, which should have ended {} ago", time(over as f64))
        } else if left > LONG_MS {
            format!("is {word} for {} more", time(left as f64))
        } else {
            continue;
        };
        found.push(Problem {
            lint: "transition",
            severity: Severity::Warning,
            subject: Subject::Stream(stream.name.clone()),
            word: "SLOW",
            sentence,
            why: "No shard can be split or merged and nothing scaled until it is ACTIVE again."
                .into(),
            cure: None,
        });
    }
}
