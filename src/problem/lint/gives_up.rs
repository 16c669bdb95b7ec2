//! A producer gives up records: they are lost.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::Snapshot;

use super::writes_refused;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for producer in snapshot.producers.iter().filter(|p| p.dropped_held_per_s > 0.0) {
        // What cures the stream cures the producer.
        let mut refusals = Vec::new();
        writes_refused::check(snapshot, &mut refusals);
        let of_stream = |problem: &Problem| problem.subject.stream() == Some(&producer.stream);
        let cure = refusals.into_iter().find(of_stream).and_then(|problem| problem.cure);
        found.push(Problem {
            lint: "gives-up",
            severity: Severity::Critical,
            subject: Subject::Producer(producer.name.clone()),
            word: "GIVES UP",
            sentence: format!(
                "gives up {:.0} records/s: {} refused them to the last try",
                producer.dropped_held_per_s, producer.stream
            ),
            why: "A refused record is tried again a number of times and then lost. Room on the \
                  stream ends that; more retries only put it off."
                .into(),
            cure,
        });
    }
}
