//! Memory of blocks and frames that is free, to be used again.

use std::sync::Arc;

use crate::log::block::{Block, SPARE_SHARE};
use crate::log::parcel::Parcel;

/// A pool that nobody takes from gives so little of itself back at a time: 1 in so many.
const SHRINK_STEPS: usize = 64;

/// Blocks that were full and are free, and frames: their memory is used again. Without it each would
/// grow from nothing, and the system would clear each of its pages anew, which costs more than to
/// fill them. What is not wanted for some seconds goes back to the system.
#[derive(Debug, Default)]
pub(super) struct Pool {
    blocks: Vec<Block>,
    frames: Vec<Vec<u8>>,
    /// Bytes of memory of all these.
    bytes: u64,
    bytes_max: u64,
    /// Was one taken since the pool shrank last?
    wanted: bool,
}

impl Pool {
    /// A pool that keeps so much memory.
    pub(super) fn of(bytes_max: u64) -> Self {
        Self { bytes_max, ..Self::default() }
    }

    /// An empty block, with memory if there is some.
    pub(super) fn block(&mut self) -> Block {
        let block = self.blocks.pop().unwrap_or_default();
        self.bytes -= block.memory();
        self.wanted = true;
        block
    }

    /// Makes a parcel of a frame that was written: `frame` is empty then, or still to be cleared.
    pub(super) fn parcel(&mut self, frame: &mut Vec<u8>) -> Arc<Parcel> {
        if !Parcel::takes_memory_of(frame) {
            let copy = Parcel::copy_of(frame);
            Parcel::fit(frame);
            return Arc::new(copy);
        }
        self.wanted = true;
        let next = match self.frames.pop() {
            Some(next) => {
                self.bytes -= next.capacity() as u64;
                next
            }
            // The next one will be like it, and shall not grow little by little.
            None => Vec::with_capacity(frame.len() + frame.len() / SPARE_SHARE),
        };
        Arc::new(Parcel::new(std::mem::replace(frame, next)))
    }

    /// Takes a block that nobody reads any more.
    pub(super) fn give(&mut self, mut block: Block) {
        for parcel in block.clear() {
            // Other blocks may have records in it.
            if let Some(parcel) = Arc::into_inner(parcel) {
                self.give_frame(parcel.into_memory());
            }
        }
        if self.has_place_for(block.memory()) && block.is_large() {
            self.bytes += block.memory();
            self.blocks.push(block);
        }
    }

    fn give_frame(&mut self, mut frame: Vec<u8>) {
        if self.has_place_for(frame.capacity() as u64) {
            frame.clear();
            self.bytes += frame.capacity() as u64;
            self.frames.push(frame);
        }
    }

    fn has_place_for(&self, bytes: u64) -> bool {
        self.bytes + bytes <= self.bytes_max
    }

    /// Gives a share of the memory back that nobody wanted lately; to be called now and then.
    pub(super) fn shrink(&mut self) {
        if !std::mem::take(&mut self.wanted) {
            let blocks = self.blocks.drain(kept(self.blocks.len())..);
            blocks.for_each(|block| self.bytes -= block.memory());
            let frames = self.frames.drain(kept(self.frames.len())..);
            frames.for_each(|frame| self.bytes -= frame.capacity() as u64);
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
