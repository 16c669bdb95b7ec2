//! A function fails.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::Snapshot;

/// Share of failed invocations from which on it is critical.
const MANY: f64 = 0.5;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for function in snapshot.functions.iter().filter(|f| f.errors_held_per_s > 0.0) {
        let share = function.errors_held_per_s / function.invocations_per_s.max(1e-9);
        let share = share.min(1.0);
        found.push(Problem {
            lint: "errors",
            severity: if share >= MANY { Severity::Critical } else { Severity::Warning },
            subject: Subject::Function(function.name.clone()),
            word: "ERRORS",
            sentence: format!(
                "fails {:.1} times/s, {:.0}% of its invocations",
                function.errors_held_per_s,
                share * 100.0
            ),
            why: "A failed batch is tried again as a whole, so records before the bad one are \
                  processed twice, and the shard waits. The logs tell what it says."
                .into(),
            cure: None,
        });
    }
}
