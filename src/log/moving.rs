//! Blocks on their way to a chunk file. Choosing them and taking note of what became of them are
//! steps of the log; putting them together and writing them needs no log, so a driver may do it
//! outside its lock.

use std::sync::Arc;

use crate::log::block::Block;
use crate::log::chunk::{self, Chunk};
use crate::log::chunk_files::{Pending, file_of};
use crate::log::{LogShard, Storage, StorageError};

/// A batch of blocks and their place in a chunk file.
#[derive(Debug)]
pub struct Move {
    pub(super) number: u32,
    begin: u64,
    bytes: u64,
    blocks: Vec<(LogShard, Chunk, Arc<Block>)>,
}

impl Move {
    /// An empty batch for byte `begin` of a file.
    pub(super) fn to((number, begin): (u32, u64)) -> Self {
        Self { number, begin, bytes: 0, blocks: Vec::new() }
    }

    /// Takes a block; gives the index behind it.
    pub(super) fn push(&mut self, shard: LogShard, block: Arc<Block>) -> u64 {
        let chunk = chunk::of(&block, (self.number, self.begin + self.bytes));
        self.bytes += u64::from(chunk.len);
        self.blocks.push((shard, chunk, block));
        chunk.end()
    }

    /// Bytes of chunks.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What waits to be synced once it is written.
    pub(super) fn pending(&self) -> Vec<Pending> {
        let pending = |(shard, chunk, _): &(LogShard, Chunk, Arc<Block>)| Pending {
            shard: *shard,
            chunk: *chunk,
            copy_of: None,
        };
        self.blocks.iter().map(pending).collect()
    }

    /// Writes all chunks, with one call; `buffer` is room to put them together.
    ///
    /// # Errors
    /// When the storage fails; any part may have been written then.
    pub fn write(
        &self,
        storage: &mut dyn Storage,
        buffer: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        buffer.clear();
        for (shard, _, block) in &self.blocks {
            chunk::encode(block, *shard, self.number, buffer);
        }
        storage.write_at(&file_of(self.number), self.begin, buffer)?;
        if self.begin == 0 {
            // Syncing the file alone would not keep its name.
            storage.sync_dir()?;
        }
        Ok(())
    }
}
