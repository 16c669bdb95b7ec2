//! A producer gives up records: they are lost.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::{ProducerView, Snapshot};

use super::{volume, writes_refused};

/// What a producer is told when the log takes nothing: it is not the stream that is too small.
const NOT_TAKEN: &str = "InternalFailure";

fn no_room(snapshot: &Snapshot, producer: &ProducerView) -> bool {
    let fails = snapshot.log_failure.is_some() || volume::is_full(snapshot);
    let told = producer.last_error.as_deref();
    fails && told.is_none_or(|told| told.starts_with(NOT_TAKEN))
}

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for producer in snapshot.producers.iter().filter(|p| p.dropped_held_per_s > 0.0) {
        // What cures the stream cures the producer.
        let mut refusals = Vec::new();
        writes_refused::check(snapshot, &mut refusals);
        let of_stream = |problem: &Problem| problem.subject.stream() == Some(&producer.stream);
        let refused = refusals.into_iter().find(of_stream);
        let by_log = refused.is_none() && no_room(snapshot, producer);
        let (by, why) = match by_log {
            true => ("the log", "Room on the disk of the log ends that"),
            false => (producer.stream.as_str(), "Room on the stream ends that"),
        };
        let cure = refused.and_then(|problem| problem.cure);
        found.push(Problem {
            lint: "gives-up",
            severity: Severity::Critical,
            subject: Subject::Producer(producer.name.clone()),
            word: "GIVES UP",
            sentence: format!(
                "gives up {:.0} records/s: {by} refused them to the last try",
                producer.dropped_held_per_s
            ),
            why: format!(
                "A refused record is tried again a number of times and then lost. {why}; more \
                 retries only put it off."
            ),
            cure,
        });
    }
}
