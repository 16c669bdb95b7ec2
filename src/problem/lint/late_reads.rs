//! Whoever reads a stream elsewhere is late: CloudWatch tells by how much, and not who it is.

use crate::command::{Command, WorldCommand};
use crate::model::Severity;
use crate::model::limits::RETENTION_HOURS_MAX;
use crate::problem::{Problem, Subject};
use crate::snapshot::{Snapshot, Source, StreamView};

use super::expiry::{NEAR, VERY_NEAR};
use super::time;

/// Below this age nothing is told, milliseconds: CloudWatch's minutes come that late themselves.
const LATE_MS: u64 = 300_000;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let Source::CloudWatch { .. } = stream.source else { continue };
        let late = stream.iterator_age_ms.filter(|age| *age >= LATE_MS);
        found.extend(late.map(|age| problem(stream, age)));
    }
}

fn problem(stream: &StreamView, age_ms: u64) -> Problem {
    let (age, kept) = (age_ms as f64, stream.retention_ms as f64);
    let near = age >= NEAR * kept;
    let critical = age >= VERY_NEAR * kept;
    Problem {
        lint: "late-reads",
        severity: if critical { Severity::Critical } else { Severity::Warning },
        subject: Subject::Stream(stream.name.clone()),
        word: if near { "EXPIRES" } else { "LATE" },
        sentence: match near {
            true => format!(
                "is read {} late: a reader that stands still loses records in {}",
                time(age),
                time((kept - age).max(0.0))
            ),
            false => format!("is read {} late", time(age)),
        },
        why: format!(
            "CloudWatch tells how old records are when GetRecords gives them, and not to whom: look at \
             the IteratorAge of the functions and at the lag of the applications that read it. It keeps \
             records for {}; what expires unread is gone for everyone.",
            time(kept)
        ),
        cure: near.then(|| longer(stream)).flatten(),
    }
}

/// Twice the time to read what is there, as far as there is more.
fn longer(stream: &StreamView) -> Option<Command> {
    let hours = u32::try_from(stream.retention_ms / 3_600_000).ok()?;
    let twice = hours.saturating_mul(2).min(RETENTION_HOURS_MAX);
    let stream = stream.name.clone();
    (twice > hours).then_some(Command::World(WorldCommand::Retention { stream, hours: twice }))
}
