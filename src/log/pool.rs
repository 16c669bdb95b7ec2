//! Memory that is free, to be used again.

use std::ops::RangeInclusive;

/// A pool that nobody takes from gives so little of itself back at a time: 1 in so many.
const SHRINK_STEPS: usize = 64;

/// What holds memory that can be used again.
pub(super) trait Reuse: Default {
    /// Empties it and keeps its memory.
    fn clear(&mut self);
    /// Bytes of memory.
    fn memory(&self) -> u64;
}

/// Pieces of memory that were full and are free: they are used again. Without it each would
/// grow from nothing, and the system would clear each of its pages anew, which costs more than to
/// fill them. What is not wanted for some seconds goes back to the system.
#[derive(Debug)]
pub(super) struct Pool<T> {
    pieces: Vec<T>,
    /// Bytes of memory of all these.
    bytes: u64,
    bytes_max: u64,
    /// Bytes of a piece that is worth keeping.
    worth: RangeInclusive<u64>,
    /// Was one taken since the pool shrank last?
    wanted: bool,
}

impl<T: Reuse> Pool<T> {
    /// A pool that keeps so much memory, in pieces of such sizes.
    pub(super) fn of(bytes_max: u64, worth: RangeInclusive<u64>) -> Self {
        Self { pieces: Vec::new(), bytes: 0, bytes_max, worth, wanted: false }
    }

    /// An empty piece, with memory if there is some.
    pub(super) fn take(&mut self) -> T {
        let piece = self.pieces.pop().unwrap_or_default();
        self.bytes -= piece.memory();
        self.wanted = true;
        piece
    }

    /// Takes a piece that nobody reads any more.
    pub(super) fn give(&mut self, mut piece: T) {
        piece.clear();
        let bytes = piece.memory();
        if self.bytes + bytes <= self.bytes_max && self.worth.contains(&bytes) {
            self.bytes += bytes;
            self.pieces.push(piece);
        }
    }

    /// Gives a share of the memory back that nobody wanted lately; to be called now and then.
    pub(super) fn shrink(&mut self) {
        if !std::mem::take(&mut self.wanted) {
            let pieces = self.pieces.drain(kept(self.pieces.len())..);
            pieces.for_each(|piece| self.bytes -= piece.memory());
        }
    }

    pub(super) fn memory(&self) -> u64 {
        self.bytes
    }
}

/// How many of so many are kept by one step of shrinking.
fn kept(count: usize) -> usize {
    count - count.div_ceil(SHRINK_STEPS)
}
