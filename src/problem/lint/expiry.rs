//! Records will expire or be given up before a mapping has processed them: they are lost to it.

use crate::model::Severity;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{MappingView, Snapshot, StreamView};

use super::{age, time};

/// Share of the time that records have from which on an age is told.
pub(super) const NEAR: f64 = 0.5;
/// Share of that time from which on it is critical.
pub(super) const VERY_NEAR: f64 = 0.75;
/// Time to the end from which on it is critical, milliseconds.
const SOON_MS: f64 = 600_000.0;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for mapping in &snapshot.mappings {
        let Some(stream) = snapshot.stream(mapping.stream.as_str()) else { continue };
        if let Some(left_ms) = time_left_ms(mapping, stream) {
            found.push(problem(snapshot, mapping, stream, left_ms));
        }
    }
}

/// Milliseconds until records expire unread or are given up, when that is near: the age is more than
/// half of what they have and does not fall.
pub(super) fn time_left_ms(mapping: &MappingView, stream: &StreamView) -> Option<f64> {
    let (kept, _) = mapping.lost_at(stream.retention_ms);
    let (age, kept) = (mapping.iterator_age_ms as f64, kept as f64);
    let slope = age::growth_held(mapping);
    (age >= NEAR * kept && slope > 0.0).then(|| ((kept - age) / slope * 1e3).max(0.0))
}

fn problem(
    snapshot: &Snapshot,
    mapping: &MappingView,
    stream: &StreamView,
    left_ms: f64,
) -> Problem {
    let (kept, lost) = mapping.lost_at(stream.retention_ms);
    let (age, kept) = (mapping.iterator_age_ms as f64, kept as f64);
    let critical = age >= VERY_NEAR * kept || left_ms < SOON_MS.min(NEAR * kept);
    let catch_up = cure::catch_up(mapping, snapshot);
    let because = catch_up.as_ref().map_or("it does less than comes", |(why, _)| *why);
    Problem {
        lint: "expiry",
        severity: if critical { Severity::Critical } else { Severity::Warning },
        subject: Subject::Mapping(mapping.name.clone()),
        word: "EXPIRES",
        sentence: match left_ms > 0.0 {
            true => format!(
                "is {} behind: records of {} {lost} in {}",
                time(age),
                stream.name,
                time(left_ms)
            ),
            false => format!("is {} behind: records of {} {lost}", time(age), stream.name),
        },
        why: match mapping.record_age_max_ms {
            Some(age) if age < stream.retention_ms => format!(
                "{} gives records up that are older than {}. It is behind because {because}. Where \
                 that takes too long, a higher age (`:tune {} --age-s`) saves them.",
                mapping.name,
                time(kept),
                mapping.name
            ),
            Some(_) | None => format!(
                "{} keeps records for {} and then they are gone for everyone. The mapping is behind \
                 because {because}. Where that takes too long, a longer retention saves them.",
                stream.name,
                time(kept)
            ),
        },
        cure: catch_up.map(|(_, cure)| cure),
    }
}
