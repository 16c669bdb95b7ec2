//! The chunks that were read last, so that readers beside each other read the disk once.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::log::block::Block;
use crate::log::chunk::Chunk;
use crate::log::pool::Reuse;

/// Chunks in memory, the one used last at the end.
#[derive(Debug, Default)]
pub(super) struct Cache {
    blocks: VecDeque<(u32, u64, Arc<Block>)>,
    bytes: u64,
}

impl Cache {
    pub(super) fn get(&mut self, chunk: &Chunk) -> Option<Arc<Block>> {
        let wanted = (chunk.file, chunk.at);
        let at = self.blocks.iter().rposition(|(file, at, _)| (*file, *at) == wanted)?;
        let found = self.blocks.remove(at)?;
        let block = Arc::clone(&found.2);
        self.blocks.push_back(found);
        Some(block)
    }

    /// Keeps a chunk; the ones unused for longest go when there are more than `bytes_max`.
    pub(super) fn put(&mut self, chunk: &Chunk, block: &Arc<Block>, bytes_max: u64) {
        self.bytes += block.memory();
        self.blocks.push_back((chunk.file, chunk.at, Arc::clone(block)));
        while self.bytes > bytes_max {
            let Some((_, _, oldest)) = self.blocks.pop_front() else { break };
            self.bytes -= oldest.memory();
        }
    }

    /// Forgets the chunks of a file that is going.
    pub(super) fn forget(&mut self, gone: u32) {
        self.blocks.retain(|(file, _, _)| *file != gone);
        self.bytes = self.blocks.iter().map(|(_, _, block)| block.memory()).sum();
    }

    pub(super) fn memory(&self) -> u64 {
        self.bytes
    }
}
