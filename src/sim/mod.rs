//! Floor 4: a world in virtual time. A day of traffic passes as fast as the processor can step.
//!
//! The clock jumps from one deadline to the next; nothing waits. Doors lead to seeded stand-ins:
//! files whose text was given beforehand, sinks that keep what they get, a host that is made up.

pub mod ahead;
mod host;
pub mod outside;

pub use outside::SimOutside;

use crate::model::Millis;
use crate::world::World;

/// Steps `world` through `length_ms` of virtual time, and tells the share done about once in each
/// virtual second.
pub fn run_for(world: &mut World, length_ms: u64, progress: &mut dyn FnMut(f64)) {
    let begin = world.now();
    let end = begin.plus(length_ms);
    let mut told = begin;
    while world.now() < end {
        let next = world.next_deadline().min(end);
        world.advance(next.max(world.now()));
        if world.now().since(told) >= 1_000 {
            told = world.now();
            progress(told.since(begin) as f64 / length_ms.max(1) as f64);
        }
    }
}

/// Where virtual time begins unless a session says otherwise: 2026-01-01T00:00:00Z.
pub const EPOCH: Millis = Millis(1_767_225_600_000);
