//! A producer gives up records: they are lost.

use crate::model::Severity;
use crate::problem::{Problem, Subject};
use crate::snapshot::{ExpiredView, ProducerView, Snapshot};

use super::{volume, writes_refused};

/// What a producer is told when the log takes nothing: it is not the stream that is too small.
const NOT_TAKEN: &str = "InternalFailure";

fn no_room(snapshot: &Snapshot, producer: &ProducerView) -> bool {
    let fails = snapshot.log_failure.is_some() || volume::is_full(snapshot);
    let told = producer.last_error.as_deref();
    fails && told.is_none_or(|told| told.starts_with(NOT_TAKEN))
}

/// What became of the records before they were given up: the end of a sentence, and why.
fn fate(expired: Option<ExpiredView>, by: &str) -> (String, &'static str) {
    match expired {
        Some(expired) if expired.is_all => (
            "they waited 30 s behind a retry budget".to_owned(),
            "A refused record waits for its turn: so that retries do not crowd out fresh records, \
             there are few of them, 10/s and a tenth of what is accepted. After 30 s it is lost.",
        ),
        Some(_) => (
            format!("{by} refused them to the last try or for 30 s"),
            "A refused record is tried again a number of times, for 30 s at most, and then lost.",
        ),
        None => (
            format!("{by} refused them to the last try"),
            "A refused record is tried again a number of times and then lost.",
        ),
    }
}

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for producer in snapshot.producers.iter().filter(|p| p.dropped_held_per_s > 0.0) {
        // What cures the stream cures the producer.
        let mut refusals = Vec::new();
        writes_refused::check(snapshot, &mut refusals);
        let of_stream = |problem: &Problem| problem.subject.stream() == Some(&producer.stream);
        let refused = refusals.into_iter().find(of_stream);
        let by_log = refused.is_none() && no_room(snapshot, producer);
        let is_refused = refused.is_some() || producer.refused_per_s > 0.0;
        let is_over = !is_refused && producer.accepted_per_s > 0.0;
        let by = if by_log { "the log" } else { producer.stream.as_str() };
        let way_out = if is_over {
            "Nothing is refused any more: it ends by itself once no such record waits."
        } else if by_log {
            "Room on the disk of the log ends that; more retries only put it off."
        } else if is_refused {
            "Room on the stream ends that; more retries only put it off."
        } else {
            "Its calls are refused as a whole: it ends when they are taken again."
        };
        let (fate, why) = fate(producer.expired, by);
        found.push(Problem {
            lint: "gives-up",
            severity: if is_over { Severity::Warning } else { Severity::Critical },
            subject: Subject::Producer(producer.name.clone()),
            word: "GIVES UP",
            sentence: format!("gives up {:.0} records/s: {fate}", producer.dropped_held_per_s),
            why: format!("{why} {way_out}"),
            cure: refused.and_then(|problem| problem.cure),
        });
    }
}
