//! What a log on disk has beyond its shards: the storage, the journal, the chunk files.

use std::cell::RefCell;
use std::sync::Arc;

use crate::log::blob::Light;
use crate::log::block::Block;
use crate::log::cache::Cache;
use crate::log::chunk::{self, Chunk};
use crate::log::chunk_files::{self, ChunkFiles};
use crate::log::journal::Journal;
use crate::log::memtables::Memtables;
use crate::log::segment::Ends;
use crate::log::slot::Slot;
use crate::log::{LogError, LogOptions, LogShard, Storage};
use crate::model::Millis;

/// Who writes chunks and the manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MovedBy {
    /// Each step of maintenance.
    #[default]
    Step,
    /// The driver, outside of its lock.
    Driver,
}

/// The disk side of a log.
pub(super) struct Disk {
    pub(super) storage: Box<dyn Storage>,
    pub(super) options: LogOptions,
    pub(super) journal: Journal,
    pub(super) chunks: ChunkFiles,
    /// State that was put lightly.
    pub(super) light: Light,
    pub(super) cache: RefCell<Cache>,
    /// Where chunks are put together, kept while there is work so that its pages are touched once.
    pub(super) buffer: Vec<u8>,
    pub(super) moved_by: MovedBy,
    /// Does the driver write chunks or the manifest?
    pub(super) moving: bool,
    /// Files that nobody needs, to be removed.
    pub(super) strays: Vec<String>,
    /// Sparse chunk files that could not be emptied.
    pub(super) stuck: Vec<u32>,
    /// Did anything change that the manifest should tell?
    pub(super) changed: bool,
    pub(super) saved_at: Millis,
    pub(super) trouble: Option<String>,
}

impl Disk {
    /// A chunk's records, from the cache if they were read lately.
    pub(super) fn load(&self, shard: LogShard, chunk: &Chunk) -> Result<Arc<Block>, LogError> {
        if let Some(block) = self.cache.borrow_mut().get(chunk) {
            return Ok(block);
        }
        let bytes = self.bytes_of(chunk)?;
        let Some(block) = chunk::decode(bytes, shard, chunk) else {
            return Err(corrupt(chunk, "its checksum does not fit"));
        };
        let block = Arc::new(block);
        self.cache.borrow_mut().put(chunk, &block, self.options.cache_bytes);
        Ok(block)
    }

    /// The bytes of a chunk as they are on disk.
    pub(super) fn bytes_of(&self, chunk: &Chunk) -> Result<Vec<u8>, LogError> {
        if chunk.len == 0 {
            return Err(corrupt(chunk, "a chunk is missing"));
        }
        let file = chunk_files::file_of(chunk.file);
        let mut bytes = Vec::new();
        match self.storage.read_into(&file, chunk.at, chunk.len as usize, &mut bytes) {
            Ok(()) => Ok(bytes),
            Err(_) if self.storage.len(&file)? < chunk.until() => {
                Err(corrupt(chunk, "the file ends within a chunk"))
            }
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn corrupt(chunk: &Chunk, what: &'static str) -> LogError {
    LogError::Corrupt { file: chunk_files::file_of(chunk.file), at: chunk.at, what }
}

/// How far the acknowledged records of each shard on disk go.
pub(super) fn ends_of(shards: &[Option<Slot>], tables: &Memtables) -> Ends {
    let on_disk = |slot: &&Slot| slot.is_on_disk();
    let numbered = (0..).map(LogShard).zip(shards);
    let ends = numbered.filter_map(|(shard, slot)| {
        Some((shard, slot.as_ref().filter(on_disk)?.committed(tables)))
    });
    ends.filter(|(_, end)| *end > 0).collect()
}
