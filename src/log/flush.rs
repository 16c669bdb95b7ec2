//! Writing memtables out: what sorted tables hold of a shard becomes its next chunks.

use std::sync::Arc;

use crate::log::block::{BLOCK_BYTES, Entry};
use crate::log::by_shard::by_shard;
use crate::log::chunk::{self, Chunk};
use crate::log::chunk_files::{Origin, Pending, file_of};
use crate::log::memtable::{Memtable, Run};
use crate::log::storage::ALIGN;
use crate::log::{LogShard, Storage, StorageError};

/// Bytes of chunks that are put together before they are written.
const PIECE_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a piece from which on it goes past the system's cache. Such pieces come when more is
/// written than anyone follows at once, by the gigabyte: the cache would give up what is read for
/// them. Smaller ones are what readers that fell back by some seconds ask for next.
const LARGE_BYTES: usize = 1024 * 1024;

/// Sorted tables and where their chunks go.
#[derive(Debug)]
pub(super) struct Flush {
    pub(super) number: u32,
    begin: u64,
    tables: Vec<Arc<Memtable>>,
}

/// The chunks that tables became, in their order in the file.
#[derive(Debug, Default)]
pub(super) struct Flushed {
    pub(super) bytes: u64,
    pub(super) chunks: Vec<(LogShard, Chunk)>,
}

impl Flush {
    /// Some tables, one at least, to byte `begin` of a file.
    pub(super) fn to((number, begin): (u32, u64), tables: Vec<Arc<Memtable>>) -> Self {
        Self { number, begin, tables }
    }

    /// Bytes of what the tables hold.
    pub(super) fn size(&self) -> u64 {
        self.tables.iter().map(|table| table.size()).sum()
    }

    /// The number of the first table.
    pub(super) fn first(&self) -> u32 {
        self.tables.first().map_or(0, |table| table.number)
    }

    /// What waits to be synced once it is written.
    pub(super) fn pending(&self, flushed: &Flushed) -> Vec<Pending> {
        let of = Origin::Tables { end: self.tables.last().map_or(0, |table| table.number + 1) };
        let pending =
            |(shard, chunk): &(LogShard, Chunk)| Pending { shard: *shard, chunk: *chunk, of };
        flushed.chunks.iter().map(pending).collect()
    }

    /// Writes all chunks; `buffer` is room to put them together.
    pub(super) fn write(
        &self,
        storage: &mut dyn Storage,
        buffer: &mut Vec<u8>,
    ) -> Result<Flushed, StorageError> {
        let mut writer = Writer::new(self, buffer);
        let runs = self.runs();
        let at = |place: &u32| &runs[*place as usize];
        let order = by_shard(runs.iter().map(|(_, run, _)| run.shard));
        for places in order.chunk_by(|place, next| at(place).1.shard == at(next).1.shard) {
            let (_, first, _) = at(&places[0]);
            let runs = places.iter().map(at);
            let records = runs.flat_map(|(table, _, entries)| records(table, entries));
            writer.push_all((first.shard, first.first), records, storage)?;
        }
        writer.write(storage)?;
        if self.begin == 0 {
            // Syncing the file alone would not keep its name.
            storage.sync_dir()?;
        }
        Ok(writer.flushed)
    }

    /// The runs of all tables, table by table, with their records.
    fn runs(&self) -> Vec<(&Memtable, Run, &[Entry])> {
        let count = self.tables.iter().map(|table| table.runs().len()).sum();
        let mut all = Vec::with_capacity(count);
        for table in &self.tables {
            all.extend(table.runs().map(|(run, entries)| (table.as_ref(), run, entries)));
        }
        all
    }
}

/// What is known of the records of a run, and their keys and data.
fn records<'a>(
    table: &'a Memtable,
    entries: &'a [Entry],
) -> impl Iterator<Item = (&'a Entry, &'a [u8])> + Clone + use<'a> {
    entries.iter().map(|entry| (entry, table.stored(entry)))
}

/// Chunks on their way to the file, piece by piece.
struct Writer<'a> {
    flush: &'a Flush,
    buffer: &'a mut Vec<u8>,
    /// Where the piece begins in the buffer, and in the file.
    begin: usize,
    at: u64,
    flushed: Flushed,
}

impl<'a> Writer<'a> {
    fn new(flush: &'a Flush, buffer: &'a mut Vec<u8>) -> Self {
        let begin = make_room(buffer, flush.size());
        Self { flush, buffer, begin, at: flush.begin, flushed: Flushed::default() }
    }

    /// Takes records of one shard from an index on, as chunks.
    fn push_all<'r>(
        &mut self,
        (shard, mut index): (LogShard, u64),
        mut records: impl Iterator<Item = (&'r Entry, &'r [u8])> + Clone,
        storage: &mut dyn Storage,
    ) -> Result<(), StorageError> {
        loop {
            let mut bytes = 0;
            let fits = |(entry, _): &(&Entry, &[u8])| {
                let fits = bytes < BLOCK_BYTES;
                bytes += entry.len as usize;
                fits
            };
            let count = records.clone().take_while(fits).count();
            if count == 0 {
                return Ok(());
            }
            let at = self.at + (self.buffer.len() - self.begin) as u64;
            let block = records.clone().take(count);
            let chunk = chunk::encode((shard, index), (self.flush.number, at), block, self.buffer);
            self.flushed.chunks.push((shard, chunk));
            index += count as u64;
            records.nth(count - 1);
            if self.buffer.len() - self.begin >= PIECE_BYTES {
                self.write(storage)?;
            }
        }
    }

    /// Writes what there is with one call. The last chunk gets the zeros that it ends with.
    fn write(&mut self, storage: &mut dyn Storage) -> Result<(), StorageError> {
        let Some((_, last)) = self.flushed.chunks.last_mut() else { return Ok(()) };
        if self.buffer.len() == self.begin {
            return Ok(());
        }
        let begin = self.buffer.len() - last.len as usize;
        last.fill();
        chunk::seal(self.buffer, begin, last);
        let (file, bytes) = (file_of(self.flush.number), &self.buffer[self.begin..]);
        if bytes.len() >= LARGE_BYTES {
            storage.write_past_cache(&file, self.at, bytes)?;
        } else {
            storage.write_at(&file, self.at, bytes)?;
        }
        self.at += bytes.len() as u64;
        self.flushed.bytes += bytes.len() as u64;
        self.buffer.truncate(self.begin);
        Ok(())
    }
}

/// Empties `buffer`, with room for a piece of so many bytes behind those bytes that come before a place, told, where
/// it can go past a cache. A piece that is so long that the buffer moves goes through the cache.
fn make_room(buffer: &mut Vec<u8>, bytes: u64) -> usize {
    let align = ALIGN as usize;
    buffer.clear();
    let piece = PIECE_BYTES + 2 * BLOCK_BYTES;
    buffer.reserve(usize::try_from(bytes).map_or(piece, |bytes| piece.min(bytes)) + 2 * align);
    let begin = buffer.as_ptr().align_offset(align);
    buffer.resize(begin, 0);
    begin
}
