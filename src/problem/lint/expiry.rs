//! Records will expire or be given up before a consumer has processed them: they are lost to it.

use crate::model::Severity;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Consumer, Snapshot, StreamView};

use super::time;

/// Share of the time that records have from which on an age is told.
pub(super) const NEAR: f64 = 0.5;
/// Share of that time from which on it is critical.
pub(super) const VERY_NEAR: f64 = 0.75;
/// Time to the end from which on it is critical, milliseconds.
const SOON_MS: f64 = 600_000.0;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for consumer in snapshot.consumers() {
        let Some(stream) = snapshot.stream(consumer.stream().as_str()) else { continue };
        if let Some(left_ms) = time_left_ms(consumer, stream) {
            found.push(problem(snapshot, consumer, stream, left_ms));
        }
    }
}

/// Milliseconds until records expire unread or are given up, when that is near: the age is more than
/// half of what they have and does not fall.
pub(super) fn time_left_ms(consumer: Consumer<'_>, stream: &StreamView) -> Option<f64> {
    let (kept, _) = consumer.lost_at(stream);
    let slope = consumer.growth_held();
    // Where what is oldest expires, the age of who is paused may fall; it catches up on nothing.
    let falls = consumer.falls() && !cure::is_paused(consumer);
    let (age, kept) = (consumer.age_ms() as f64, kept as f64);
    (age >= NEAR * kept && slope > 0.0 && !falls).then(|| ((kept - age) / slope * 1e3).max(0.0))
}

fn problem(
    snapshot: &Snapshot,
    consumer: Consumer<'_>,
    stream: &StreamView,
    left_ms: f64,
) -> Problem {
    let name = consumer.name();
    let (kept_ms, lost) = consumer.lost_at(stream);
    let (age, kept) = (consumer.age_ms() as f64, kept_ms as f64);
    let critical = age >= VERY_NEAR * kept || left_ms < SOON_MS.min(NEAR * kept);
    let (because, cure) = cure::behind(consumer, snapshot);
    Problem {
        lint: "expiry",
        severity: if critical { Severity::Critical } else { Severity::Warning },
        subject: Subject::Consumer(name.clone()),
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
        why: match kept_ms < stream.retention_ms {
            true => format!(
                "{name} gives records up that are older than {}. It is behind because {because}. \
                 Where that takes too long, a higher age (`:tune {name} --age-s`) saves them.",
                time(kept),
            ),
            false => format!(
                "{} keeps records for {} and then they are gone for everyone. It is behind because \
                 {because}. Where that takes too long, a longer retention saves them.",
                stream.name,
                time(kept)
            ),
        },
        cure,
    }
}
