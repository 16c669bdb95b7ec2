//! Memory of blocks that is free, to be used again.

use crate::log::block::Block;

/// A pool that nobody takes from gives so little of itself back at a time: 1 in so many.
const SHRINK_STEPS: usize = 64;

/// Blocks that were full and are free: their memory is used again. Without it each would
/// grow from nothing, and the system would clear each of its pages anew, which costs more than to
/// fill them. What is not wanted for some seconds goes back to the system.
#[derive(Debug, Default)]
pub(super) struct Pool {
    blocks: Vec<Block>,
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

    /// Takes a block that nobody reads any more.
    pub(super) fn give(&mut self, mut block: Block) {
        block.clear();
        if self.has_place_for(block.memory()) && block.is_large() {
            self.bytes += block.memory();
            self.blocks.push(block);
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
