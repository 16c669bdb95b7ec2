//! What would come: a fork of a world, run ahead in virtual time with some commands done first.
//!
//! Courses are compared side by side: each has a fork of its own of the same world
//! ([`World::fork`]), so what differs comes from the commands alone.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::command::WorldCommand;
use crate::model::{Millis, StreamStatus};
use crate::snapshot::{ClockView, Snapshot};
use crate::world::{RunError, World};

use super::run_for;

/// Longest wait for a stream that changes, before the next command of a course: virtual seconds.
const SETTLE_S_MAX: u32 = 10;

/// What would come of a stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StreamOutlook {
    /// Its name.
    pub stream: String,
    /// Records taken.
    pub taken: u64,
    /// Records refused for throughput.
    pub refused: u64,
    /// Reads refused.
    pub reads_refused: u64,
    /// Open shards at the end.
    pub open_shards: usize,
    /// Hours of all open shards together.
    pub shard_hours: f64,
    /// The highest iterator age of its mappings, milliseconds.
    pub age_max_ms: u64,
}

/// Runs a fork ahead for so much virtual time, these commands first. Where a stream changes, the next
/// command waits for it, as an operator would. `seen` is shown a picture of each second, and may
/// break off.
///
/// # Errors
/// When a command does not fit the world.
pub fn look_ahead(
    fork: World,
    commands: &[WorldCommand],
    ahead_ms: u64,
    seen: &mut dyn FnMut(&Snapshot) -> ControlFlow<()>,
) -> Result<Vec<StreamOutlook>, RunError> {
    let end = fork.now().plus(ahead_ms);
    let mut trip = Trip { fork, end, outlooks: Vec::new() };
    for command in commands {
        if trip.settle(seen).is_break() {
            return Ok(trip.outcome());
        }
        trip.fork.run(trip.fork.now(), command)?;
    }
    while trip.fork.now() < trip.end {
        if trip.step(seen).is_break() {
            break;
        }
    }
    Ok(trip.outcome())
}

/// A fork on its way, and what was seen of it.
struct Trip {
    fork: World,
    end: Millis,
    outlooks: Vec<StreamOutlook>,
}

impl Trip {
    /// Goes on until no stream changes any more. Bounded: where one stays so, the next command is
    /// refused as it would be. It counts as a part of the way, so that all courses are as long.
    fn settle(&mut self, seen: &mut dyn FnMut(&Snapshot) -> ControlFlow<()>) -> ControlFlow<()> {
        for _ in 0..SETTLE_S_MAX {
            let snapshot = self.fork.look(ClockView::default());
            let mut streams = snapshot.streams.iter();
            let changes = streams.any(|stream| stream.status != StreamStatus::Active);
            if !changes || self.fork.now() >= self.end {
                break;
            }
            self.step(seen)?;
        }
        ControlFlow::Continue(())
    }

    /// One second more, or what is left.
    fn step(&mut self, seen: &mut dyn FnMut(&Snapshot) -> ControlFlow<()>) -> ControlFlow<()> {
        let step_ms = self.end.since(self.fork.now()).min(1_000);
        run_for(&mut self.fork, step_ms, &mut |_| ());
        let snapshot = self.fork.look(ClockView::default());
        seen(&snapshot)?;
        for stream in &snapshot.streams {
            let outlook = self.outlook(stream.name.as_str());
            outlook.open_shards = stream.open_shards();
            outlook.shard_hours += stream.open_shards() as f64 * step_ms as f64 / 3.6e6;
            outlook.age_max_ms = outlook.age_max_ms.max(stream.iterator_age_ms.unwrap_or(0));
        }
        ControlFlow::Continue(())
    }

    fn outlook(&mut self, stream: &str) -> &mut StreamOutlook {
        let at = self.outlooks.iter().position(|known| known.stream == stream);
        let at = at.unwrap_or_else(|| {
            self.outlooks.push(StreamOutlook {
                stream: stream.to_owned(),
                taken: 0,
                refused: 0,
                reads_refused: 0,
                open_shards: 0,
                shard_hours: 0.0,
                age_max_ms: 0,
            });
            self.outlooks.len() - 1
        });
        &mut self.outlooks[at]
    }

    fn outcome(mut self) -> Vec<StreamOutlook> {
        for report in self.fork.report().streams {
            if let Some(outlook) = self.outlooks.iter_mut().find(|it| it.stream == report.stream) {
                outlook.taken = report.totals.incoming_records;
                outlook.refused = report.totals.write_provisioned_throughput_exceeded;
                outlook.reads_refused = report.totals.read_provisioned_throughput_exceeded;
            }
        }
        self.outlooks
    }
}
