//! Moving records from memory and journal to chunks beside the world, and who waits for it.
//!
//! Nobody waits for a move as long as moving keeps up. Who writes faster than that would fill memory
//! and journal, so writers wait then, and go on as segments of the journal are freed.

#![allow(clippy::disallowed_methods, reason = "the edge where the log meets the disk")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::live::driver::{Shared, State};
use crate::live::sync::{Locked, SYNC_EVERY, sync};
use crate::log::Move;
use crate::world::{Go, PATIENCE};

/// How long records may wait to be moved when nothing was moved lately.
const MOVE_EVERY: Duration = Duration::from_millis(250);

/// Bytes that are moved before they are synced and their memory is freed.
const MOVED_BYTES: u64 = 32 * 1024 * 1024;

/// Whether records come faster than they can be moved, for those who do not hold the world and go on
/// with other things while they wait.
#[derive(Default)]
pub(super) struct Pressure {
    high: AtomicBool,
    waiting: Mutex<Vec<Go>>,
}

impl Pressure {
    pub(super) fn is_high(&self) -> bool {
        self.high.load(Ordering::Relaxed)
    }

    /// Calls `go` when it is not, or not any more.
    pub(super) fn when_low(&self, go: Go) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_high() {
            waiting.push(go);
        } else {
            drop(waiting);
            go();
        }
    }

    fn set(&self, high: bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.high.store(high, Ordering::Relaxed);
        let go = if high { Vec::new() } else { std::mem::take(&mut *waiting) };
        drop(waiting);
        go.into_iter().for_each(|go| go());
    }
}

/// Comes back when writing may go on.
pub(super) fn let_the_disk_catch_up<'a>(shared: &'a Shared, state: Locked<'a>) -> Locked<'a> {
    if !state.world.is_behind() {
        return state;
    }
    shared.wake.notify_all();
    let behind = |state: &mut State| !state.stopped && state.world.is_behind();
    shared.moved.wait_timeout_while(state, PATIENCE, behind).expect("the world panicked").0
}

/// Records leave memory and journal for chunks, and chunks reach the disk: nobody waits for it.
pub(super) fn keep_moving(shared: &Shared) {
    let mut buffer = Vec::new();
    let mut state = shared.lock();
    loop {
        state = shared.wake.wait_while(state, |state| state.is_calm()).expect("the world panicked");
        if state.stopped {
            shared.pressure.set(false);
            return;
        }
        let (mut bytes, mut worked, mut sound) = (0, false, true);
        while sound
            && bytes < MOVED_BYTES
            && let Some(work) = state.world.begin_move()
        {
            shared.pressure.set(state.world.is_behind());
            (bytes, worked) = (bytes + work.bytes(), true);
            (state, sound) = write(shared, state, work, &mut buffer);
            shared.moved.notify_all();
        }
        shared.pressure.set(state.world.is_behind());
        // Memory is freed by the sync.
        let unsynced = state.world.unsynced().find(|unsynced| !unsynced.holds_acknowledged());
        if let Some(unsynced) = unsynced {
            state = sync(shared, state, &unsynced);
        }
        let pause = match bytes {
            MOVED_BYTES.. if sound => continue,
            _ if sound && worked => SYNC_EVERY,
            _ => MOVE_EVERY,
        };
        buffer = Vec::new();
        // Where nothing was done nothing could be: that those behind it wait is no reason to hurry.
        let hurry = sound && worked;
        let idle = |state: &mut State| !(state.stopped || hurry && state.world.is_behind());
        let waited = shared.wake.wait_timeout_while(state, pause, idle);
        state = waited.expect("the world panicked").0;
    }
}

/// Does a piece of work outside the lock; says whether it could.
fn write<'a>(
    shared: &'a Shared,
    state: Locked<'a>,
    work: Move,
    buffer: &mut Vec<u8>,
) -> (Locked<'a>, bool) {
    let Some(syncer) = &shared.syncer else { return (state, false) };
    drop(state);
    // A storage of this work's own: one that is kept would hold on to files that are freed.
    let moved = work.run(&mut syncer.storage(), buffer);
    let mut state = shared.lock();
    let (now, written) = (state.clock.now(), moved.is_sound());
    state.world.end_move(now, moved);
    (state, written)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[test]
    fn those_who_wait_for_the_disk_go_on_once_when_it_has_caught_up() {
        let (pressure, gone) = (Pressure::default(), Arc::new(AtomicU32::new(0)));
        let wait = || {
            let gone = Arc::clone(&gone);
            pressure.when_low(Box::new(move || {
                gone.fetch_add(1, Ordering::Relaxed);
            }));
        };
        wait();
        assert_eq!(gone.load(Ordering::Relaxed), 1, "nothing holds it up");
        pressure.set(true);
        wait();
        wait();
        pressure.set(true);
        assert_eq!((gone.load(Ordering::Relaxed), pressure.is_high()), (1, true));
        pressure.set(false);
        pressure.set(false);
        assert_eq!((gone.load(Ordering::Relaxed), pressure.is_high()), (3, false));
    }
}
