//! A mapping is paused while records come.

use crate::model::Severity;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Consumer, MappingView, Snapshot};

use super::{expiry, time};

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    let paused = |mapping: &&MappingView| cure::is_paused(Consumer::Mapping(mapping));
    for mapping in snapshot.mappings.iter().filter(paused) {
        let Some(stream) = snapshot.stream(mapping.stream.as_str()) else { continue };
        if stream.minute_in_records() <= 0.0
            || expiry::time_left_ms(Consumer::Mapping(mapping), stream).is_some()
        {
            continue;
        }
        let age = mapping.iterator_age_ms as f64;
        let left = stream.retention_ms as f64 - age;
        found.push(Problem {
            lint: "paused",
            severity: Severity::Warning,
            subject: Subject::Consumer(mapping.name.clone()),
            word: "PAUSED",
            sentence: format!(
                "reads nothing since {}; records expire in {}",
                time(age),
                time(left.max(0.0))
            ),
            why: format!(
                "It was paused, and {} goes on. What it does not read within the retention is \
                 lost to it.",
                stream.name
            ),
            cure: Some(cure::resume(&mapping.name)),
        });
    }
}
