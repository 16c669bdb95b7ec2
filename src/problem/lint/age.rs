//! A consumer falls behind: its iterator age grows.

use crate::model::Severity;
use crate::problem::cure;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Consumer, Snapshot, StreamView};

use super::{expiry, time};

/// Below this age nothing is told, milliseconds.
const AGE_MS: u64 = 10_000;
/// Growth of the age from which on it is told, milliseconds a second.
const GROWTH: f64 = 100.0;
/// From this age on whoever is behind is told of critically, milliseconds.
const LATE_MS: u64 = 60_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for consumer in snapshot.consumers() {
        let Some(stream) = snapshot.stream(consumer.stream().as_str()) else { continue };
        let expires = expiry::time_left_ms(consumer, stream).is_some();
        let slope = consumer.growth_held();
        let grows = consumer.age_ms() >= AGE_MS && slope >= GROWTH && !consumer.falls();
        if grows && !expires && !cure::is_paused(consumer) {
            found.push(problem(snapshot, consumer, stream, slope));
        }
    }
}

fn problem(
    snapshot: &Snapshot,
    consumer: Consumer<'_>,
    stream: &StreamView,
    slope: f64,
) -> Problem {
    let age = consumer.age_ms();
    let (lost_ms, lost) = consumer.lost_at(stream);
    let left = (lost_ms.saturating_sub(age)) as f64 / slope * 1e3;
    let (because, cure) = cure::behind(consumer, snapshot);
    Problem {
        lint: "age",
        severity: if age >= LATE_MS { Severity::Critical } else { Severity::Warning },
        subject: Subject::Consumer(consumer.name().clone()),
        word: "BEHIND",
        sentence: format!(
            "is {} behind and falls back {:.1} s each second; records {lost} in {}",
            time(age as f64),
            slope / 1e3,
            time(left)
        ),
        why: format!("It reads more slowly than records come, because {because}."),
        cure,
    }
}
