//! A tumbling window of a lane: a span of arrival time, and the state that the function hands on.

use crate::model::Millis;
use crate::model::limits::WINDOW_STATE_BYTES_MAX;

use super::event::WindowPart;

/// The window at hand. It ends when a record of a later one has come, when its shard has ended,
/// when nothing came for a while, or early: when its state is too large, or when the mapping
/// changes. The last invocation of a window has no records.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The first record of it, from which everything is processed again after a restart.
    pub(super) from: u64,
    start: Millis,
    end: Millis,
    state: Vec<u8>,
    /// Ends before its time.
    pub(super) is_early: bool,
}

impl Window {
    /// The window of `length_ms` in which a record arrived.
    pub(super) fn of(from: u64, arrival: Millis, length_ms: u64) -> Self {
        let start = Millis(arrival.0 / length_ms * length_ms);
        let end = start.plus(length_ms);
        Self { from, start, end, state: b"{}".to_vec(), is_early: false }
    }

    pub(super) fn end(&self) -> Millis {
        self.end
    }

    /// Milliseconds.
    pub(super) fn length(&self) -> u64 {
        self.end.since(self.start)
    }

    /// What the function handed on, as JSON.
    pub(super) fn state(&self) -> &[u8] {
        &self.state
    }

    /// Takes what the function hands on.
    pub(super) fn hand_on(&mut self, state: Vec<u8>) {
        self.is_early |= state.len() > WINDOW_STATE_BYTES_MAX;
        self.state = state;
    }

    pub(super) fn part(&self, is_final: bool) -> WindowPart<'_> {
        let Self { start, end, state, is_early, .. } = self;
        WindowPart { start: *start, end: *end, state, is_final, is_early: *is_early && is_final }
    }
}
