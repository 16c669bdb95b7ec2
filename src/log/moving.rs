//! Work on its way to the disk: blocks that become chunks, and the manifest that names them.
//! Choosing it and taking note of what became of it are steps of the log; putting it together and
//! writing it needs no log, so a driver may do it outside its lock.

use std::sync::Arc;

use crate::log::block::Block;
use crate::log::chunk::{self, Chunk};
use crate::log::chunk_files::{Pending, file_of};
use crate::log::storage::ALIGN;
use crate::log::{LogShard, Storage, StorageError, manifest};

/// Bytes of a batch from which on it goes past the system's cache. Such batches come when more is
/// written than anyone follows at once, by the gigabyte: the cache would give up what is read for
/// them. Smaller ones are what readers that fell back by some seconds ask for next.
const LARGE_BYTES: u64 = 1024 * 1024;

/// A piece of work.
#[derive(Debug)]
pub struct Move(pub(super) Work);

#[derive(Debug)]
pub(super) enum Work {
    Blocks(Batch),
    Manifest(Save),
}

impl Move {
    /// Does it; `buffer` is room to put chunks together.
    ///
    /// # Errors
    /// When the storage fails; any part may have been written then.
    pub fn write(
        &self,
        storage: &mut dyn Storage,
        buffer: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        match &self.0 {
            Work::Blocks(batch) => batch.write(storage, buffer),
            Work::Manifest(save) => save.write(storage),
        }
    }

    /// Bytes that are written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.0 {
            Work::Blocks(batch) => batch.bytes,
            Work::Manifest(save) => save.encoded.len() as u64,
        }
    }
}

/// A batch of blocks and their place in a chunk file.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u32,
    begin: u64,
    bytes: u64,
    blocks: Vec<(LogShard, Chunk, Arc<Block>)>,
}

impl Batch {
    /// An empty batch for byte `begin` of a file.
    pub(super) fn to((number, begin): (u32, u64)) -> Self {
        Self { number, begin, bytes: 0, blocks: Vec::new() }
    }

    /// It takes no more.
    pub(super) fn close(&mut self) {
        if let Some((_, chunk, _)) = self.blocks.last_mut() {
            chunk.fill();
            self.bytes = chunk.until() - self.begin;
        }
    }

    /// Takes a block; gives the index behind it.
    pub(super) fn push(&mut self, shard: LogShard, block: Arc<Block>) -> u64 {
        let chunk = chunk::of(&block, (self.number, self.begin + self.bytes));
        self.bytes += u64::from(chunk.len);
        self.blocks.push((shard, chunk, block));
        chunk.end()
    }

    /// Bytes of chunks.
    pub(super) fn bytes(&self) -> u64 {
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

    /// Writes all chunks, with one call.
    pub(super) fn write(
        &self,
        storage: &mut dyn Storage,
        buffer: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        let begin = make_room(buffer, self.bytes);
        for (shard, chunk, block) in &self.blocks {
            chunk::encode(block, *shard, chunk, buffer);
        }
        let (file, bytes) = (file_of(self.number), &buffer[begin..]);
        if self.bytes >= LARGE_BYTES {
            storage.write_past_cache(&file, self.begin, bytes)?;
        } else {
            storage.write_at(&file, self.begin, bytes)?;
        }
        if self.begin == 0 {
            // Syncing the file alone would not keep its name.
            storage.sync_dir()?;
        }
        Ok(())
    }
}

/// Empties `buffer`, with room for so many bytes behind those that come before the place, told, where
/// they can go past a cache.
fn make_room(buffer: &mut Vec<u8>, bytes: u64) -> usize {
    let align = ALIGN as usize;
    buffer.clear();
    buffer.reserve(bytes as usize + align);
    let begin = buffer.as_ptr().align_offset(align);
    buffer.resize(begin, 0);
    begin
}

/// A manifest, and what is not needed any more once it is there.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) encoded: Vec<u8>,
    /// The oldest journal segment that it needs.
    pub(super) journal_first: u32,
    /// Chunk files that it does not name any more.
    pub(super) dead: Vec<u32>,
}

impl Save {
    pub(super) fn write(&self, storage: &mut dyn Storage) -> Result<(), StorageError> {
        manifest::save(storage, &self.encoded)
    }
}
