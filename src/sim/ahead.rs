//! What would come: a fork of a world, run ahead in virtual time with some commands done first.
//!
//! Courses are compared side by side: each has a fork of its own of the same world
//! ([`World::fork`]), so what differs comes from the commands alone.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::command::WorldCommand;
use crate::snapshot::{ClockView, Snapshot};
use crate::world::{RunError, World};

use super::run_for;

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

/// Runs a fork ahead: first these commands, then so much virtual time. `seen` is shown a picture of
/// each second, and may break off.
///
/// # Errors
/// When a command does not fit the world.
pub fn look_ahead(
    mut fork: World,
    commands: &[WorldCommand],
    ahead_ms: u64,
    seen: &mut dyn FnMut(&Snapshot) -> ControlFlow<()>,
) -> Result<Vec<StreamOutlook>, RunError> {
    for command in commands {
        fork.run(fork.now(), command)?;
    }
    let mut outlooks: Vec<StreamOutlook> = Vec::new();
    let end = fork.now().plus(ahead_ms);
    while fork.now() < end {
        let step_ms = end.since(fork.now()).min(1_000);
        run_for(&mut fork, step_ms, &mut |_| ());
        let snapshot = fork.look(ClockView::default());
        if seen(&snapshot).is_break() {
            break;
        }
        for stream in &snapshot.streams {
            let at = outlooks.iter().position(|known| known.stream == stream.name.as_str());
            let at = at.unwrap_or_else(|| {
                outlooks.push(StreamOutlook {
                    stream: stream.name.to_string(),
                    taken: 0,
                    refused: 0,
                    reads_refused: 0,
                    open_shards: 0,
                    shard_hours: 0.0,
                    age_max_ms: 0,
                });
                outlooks.len() - 1
            });
            let outlook = &mut outlooks[at];
            outlook.open_shards = stream.open_shards();
            outlook.shard_hours += stream.open_shards() as f64 * step_ms as f64 / 3.6e6;
            outlook.age_max_ms = outlook.age_max_ms.max(stream.iterator_age_ms.unwrap_or(0));
        }
    }
    for report in fork.report().streams {
        if let Some(outlook) = outlooks.iter_mut().find(|known| known.stream == report.stream) {
            outlook.taken = report.totals.incoming_records;
            outlook.refused = report.totals.write_provisioned_throughput_exceeded;
            outlook.reads_refused = report.totals.read_provisioned_throughput_exceeded;
        }
    }
    Ok(outlooks)
}
