//! What a log is told when it is opened, and what it tells.

use crate::model::Millis;

/// What can be set on a log.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Bytes after which a journal segment is closed.
    pub segment_bytes: u64,
    /// Closed journal segments that may wait; records of older ones are moved to chunks however
    /// few they are.
    pub segments_max: usize,
    /// Bytes after which a chunk file is closed.
    pub chunk_file_bytes: u64,
    /// Bytes of memory that records may take for each shard that there is or was, all together, before
    /// the oldest are moved.
    pub tail_bytes: u64,
    /// Bytes of memory that the records of all shards on disk may take, however many these are.
    pub tails_bytes: u64,
    /// Bytes of memory for chunks that were read last.
    pub cache_bytes: u64,
    /// Milliseconds that a trim may wait to be written down, when nothing is freed by it.
    pub manifest_every_ms: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            segments_max: 1,
            chunk_file_bytes: 64 * 1024 * 1024,
            tail_bytes: 4 * 1024 * 1024,
            tails_bytes: 128 * 1024 * 1024,
            cache_bytes: 8 * 1024 * 1024,
            manifest_every_ms: 5_000,
        }
    }
}

/// What opening a folder found.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// Records that are there.
    pub records: u64,
    /// Bytes of an unfinished frame that were cut from the end.
    pub torn_bytes: u64,
    /// The newest arrival of all records.
    pub last_arrival: Millis,
    /// Records that should be in chunks and are not: reading them is an error, reading others is
    /// not.
    pub missing: u64,
}

/// What is to be synced, and so what a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SyncKind {
    /// Acknowledged records.
    Journal,
    /// Records that the journal has too.
    Chunks,
    /// Named state, of which an earlier one is safe.
    State,
}

/// Bytes that were written and not yet synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsynced {
    /// The file to sync.
    pub file: String,
    /// How many bytes.
    pub bytes: u64,
    /// When the oldest of their records arrived, to 10 ms; of what nobody waits for, never.
    pub since: Millis,
    /// Should it be synced now, and again until nothing is left? A journal segment is full and waits to
    /// be closed until little of it is unsynced.
    pub hurry: bool,
    pub(super) kind: SyncKind,
    pub(super) number: u32,
    pub(super) up_to: u64,
}

impl Unsynced {
    /// Would a failure to sync it lose acknowledged records?
    #[must_use]
    pub fn holds_acknowledged(&self) -> bool {
        self.kind == SyncKind::Journal
    }
}

/// What a step of maintenance did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Bytes of chunks that were written.
    pub bytes: u64,
    /// Is there more to do at once? `false` also when a sync must come first.
    pub more: bool,
}

/// What the log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogUsage {
    /// Bytes of memory: tails, the index of chunks, chunks that were read last, a buffer.
    pub memory_bytes: u64,
    /// Bytes on disk: journal and chunks.
    pub disk_bytes: u64,
    /// Bytes of these in files that wait to become journal segments again.
    pub spare_bytes: u64,
    /// Journal segments.
    pub segments: usize,
    /// Chunk files.
    pub chunk_files: usize,
    /// Why the log takes no more writes, if so.
    pub poisoned: Option<String>,
    /// Why the last step of maintenance failed, if so; it is tried again, and no record is lost.
    pub maintenance: Option<String>,
}
