//! A shard is blocked: one batch fails again and again, and nothing behind it is processed.

use crate::model::{Severity, many};
use crate::problem::cure::{give_up, is_stuck};
use crate::problem::{Problem, Subject};
use crate::snapshot::{LaneView, Snapshot};

use super::time;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for mapping in &snapshot.mappings {
        let stuck = mapping.lanes.iter().filter(|lane| is_stuck(lane.retries));
        let stuck: Vec<&LaneView> = stuck.collect();
        let Some(worst) = stuck.iter().max_by_key(|lane| (lane.retries, lane.age_ms)) else {
            continue;
        };
        let end = match mapping.retries {
            none if none < 0 => "until it succeeds or expires".to_owned(),
            most => format!("up to {most} times"),
        };
        found.push(Problem {
            lint: "blocked",
            severity: Severity::Critical,
            subject: Subject::Consumer(mapping.name.clone()),
            word: "BLOCKED",
            sentence: format!(
                "{} blocked: the batch of shard {} failed {} times, {} old",
                many(stuck.len(), "lane"),
                worst.shard.short(),
                worst.retries,
                time(worst.age_ms as f64)
            ),
            why: format!(
                "A batch that fails is tried again {end}, and what is behind it waits. Fewer \
                 retries let it go on; the batch is then given up. Last: {}",
                worst.note
            ),
            cure: give_up(mapping),
        });
    }
}
