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
/// Seconds over which growth is looked at.
const OVER_S: usize = 20;
/// Seconds for which the greatest growth is held.
const HELD_S: usize = 10;
/// Seconds after which an age that fell in each of them is one that falls,
const FALLS_S: usize = 3;
/// if it fell so many times as fast as it had grown: it goes up and down by what batches take.
const FALLS_BY: f64 = 3.0;
/// Seconds after which one that is lower falls, however slowly.
const LOWER_S: usize = 20;
/// From this age on whoever is behind is told of critically, milliseconds.
const LATE_MS: u64 = 60_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for consumer in snapshot.consumers() {
        let Some(stream) = snapshot.stream(consumer.stream().as_str()) else { continue };
        let expires = expiry::time_left_ms(consumer, stream).is_some();
        let slope = growth_held(consumer);
        let grows = consumer.age_ms() >= AGE_MS && slope >= GROWTH && !falls(consumer);
        if grows && !expires && !cure::is_paused(consumer) {
            found.push(problem(snapshot, consumer, stream, slope));
        }
    }
}

/// The greatest growth of the age, milliseconds a second, of the last seconds.
pub(super) fn growth_held(consumer: Consumer<'_>) -> f64 {
    let ages: Vec<f64> = consumer.ages().iter().flatten().map(|age| f64::from(*age)).collect();
    let growth = |window: &[f64]| (window[OVER_S] - window[0]) / OVER_S as f64;
    let last = &ages[ages.len().saturating_sub(OVER_S + HELD_S)..];
    match last.len() > OVER_S {
        true => last.windows(OVER_S + 1).map(growth).fold(f64::NEG_INFINITY, f64::max),
        false => consumer.age_slope(),
    }
}

/// Does the age fall now, though it has grown before? It fell in each of the last seconds and fast, or
/// is lower than some time ago; a little lower for a moment is neither.
pub(super) fn falls(consumer: Consumer<'_>) -> bool {
    let ages: Vec<f32> = consumer.ages().iter().flatten().copied().collect();
    let ago = |seconds: usize| ages.len().checked_sub(seconds + 1).map(|at| f64::from(ages[at]));
    let fell = |seconds| Some(ago(seconds)? - ago(0)?);
    let in_each = (0..FALLS_S).all(|nth| ago(nth) < ago(nth + 1));
    let fast = FALLS_BY * growth_held(consumer) * FALLS_S as f64;
    in_each && fell(FALLS_S).is_some_and(|by| by > fast) || fell(LOWER_S).is_some_and(|by| by > 0.0)
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
