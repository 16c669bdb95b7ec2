//! Moving records from memory and journal to chunks, and freeing what is behind.
//!
//! Order is everything: a chunk is written; the driver syncs it; then its records leave memory and
//! reads come from the chunk; then the manifest names it; then the journal segments and chunk files
//! that nobody needs are removed. A crash between any two steps leaves each record in the journal
//! or in a chunk that the manifest names, or in both. A step that fails loses nothing: the records
//! are where they were, the failure is told, and the next call tries again.

#[cfg(test)]
mod tests;

use crate::log::chunk::{self, Chunk};
use crate::log::chunk_files::{self, ChunkFiles, Origin, Pending};
use crate::log::disk::MovedBy;
use crate::log::disk::{Disk, corrupt};
use crate::log::flush::{Flush, Flushed};
use crate::log::manifest::Manifest;
use crate::log::memtables::Memtables;
use crate::log::moving::{Done, Save, Work};
use crate::log::report::SyncKind;
use crate::log::slot::Slot;
use crate::log::{Log, LogError, LogShard, Maintained, Move, Moved, StorageError, Unsynced};
use crate::model::Millis;

type Shards = [Option<Slot>];

/// How many times what tails may take they take before writers should wait,
const BEHIND: u64 = 2;
/// and before records are refused, when they cannot be moved at all.
const STUCK: u64 = 4;

impl Log {
    /// Does a bounded piece of the work that keeps memory and disk bounded: writes at most about
    /// `bytes_max` bytes of chunks, and the manifest if it is time. Costs little when there is
    /// nothing to do. Memory is freed when the driver has synced [`Self::unsynced_rest`].
    ///
    /// # Errors
    /// When the storage fails or a chunk is damaged. No record is lost, writes go on, and the next
    /// call tries again; every part of the work was tried.
    pub fn maintain(&mut self, now: Millis, bytes_max: u64) -> Result<Maintained, LogError> {
        let Self { shards, tables, pool, disk: Some(disk), .. } = self else {
            return Ok(Maintained::default());
        };
        if disk.journal.poisoned().is_some() {
            return Ok(Maintained::default());
        }
        pool.shrink();
        tables.shrink();
        let removed = disk.remove_strays();
        let by_step = disk.moved_by == MovedBy::Step;
        let moved = match by_step {
            true => disk.move_tables(tables, shards.len(), bytes_max),
            false => Ok(Maintained::default()),
        };
        let left = bytes_max.saturating_sub(moved.as_ref().map_or(bytes_max, |done| done.bytes));
        let copied = disk.empty_sparse(shards, left);
        let saved = if by_step { disk.keep_manifest(shards, now) } else { Ok(()) };
        disk.chunks.save_lists(disk.storage.as_mut());
        let marked = disk.journal.mark(disk.storage.as_mut());
        let result = moved.and_then(|moved| {
            let copied = copied?;
            removed.and(saved).and(marked)?;
            Ok(Maintained { bytes: moved.bytes + copied, more: moved.more })
        });
        disk.note(&result);
        result
    }

    /// From now on the driver moves records and keeps the manifest, with [`Self::begin_move`] and
    /// [`Self::end_move`].
    pub fn let_driver_move(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.moved_by = MovedBy::Driver;
        }
    }

    /// What should be done now, if there is something and nothing is on its way: the manifest
    /// when it is time, or about `bytes_max` bytes that are moved to chunks, or records that are sorted
    /// for that. The driver does it, wherever it likes, and tells [`Self::end_move`].
    pub fn begin_move(&mut self, now: Millis, bytes_max: u64) -> Option<Move> {
        let Self { shards, tables, disk: Some(disk), .. } = self else { return None };
        if disk.moving || disk.journal.poisoned().is_some() {
            return None;
        }
        let manifest = disk.plan_manifest(shards, now).map(Work::Manifest);
        let work = manifest
            .or_else(|| disk.plan(tables, shards.len(), bytes_max).map(Work::Flush))
            .or_else(|| tables.next_unsorted().map(|(table, room)| Work::Sort(table, room)));
        disk.moving = work.is_some();
        work.map(Move)
    }

    /// Do the tails take so much more than [`tails_bytes`](crate::log::LogOptions::tails_bytes) that
    /// writers should wait for the driver? When moving fails nobody waits: the disk answers writers
    /// itself, or [`Self::commit`] does.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| {
            disk.trouble.is_none() && self.tables.waiting() > BEHIND * disk.options.tails_bytes
        })
    }

    /// The driver has done it, or could not: then records and manifest stay where they are.
    ///
    /// # Errors
    /// What the storage said; no record is lost.
    pub fn end_move(&mut self, moved: Moved) -> Result<(), LogError> {
        let Self { tables, disk: Some(disk), .. } = self else { return Ok(()) };
        disk.moving = false;
        let result = match moved.0 {
            Done::Flush(flush, result) => disk.finish(tables, &flush, result).map(drop),
            Done::Manifest(save, result) => disk.finish_manifest(&save, result),
            Done::Sort(before, sorted) => {
                tables.on_sorted(before, sorted);
                return Ok(());
            }
        };
        disk.note(&result);
        result
    }

    /// State that was put lightly, or chunks that were written: the driver should sync it soon, after
    /// [`Self::unsynced`].
    #[must_use]
    pub fn unsynced_rest(&self) -> Option<Unsynced> {
        let disk = self.disk.as_ref()?;
        disk.light.unsynced().or_else(|| disk.chunks.unsynced())
    }

    /// The driver has synced what [`Self::unsynced`] or [`Self::unsynced_rest`] said.
    pub fn on_synced(&mut self, synced: &Unsynced) {
        let Self { shards, tables, disk: Some(disk), .. } = self else { return };
        match synced.kind {
            SyncKind::Journal => {
                disk.journal.on_synced(synced);
                self.release();
            }
            SyncKind::State => {
                if let Err(why) = disk.light.on_synced(disk.storage.as_mut(), synced) {
                    disk.trouble = Some(why.to_string());
                }
            }
            SyncKind::Chunks => {
                let mut left = 0;
                for pending in disk.chunks.on_synced(synced) {
                    disk.settle(slot_of(shards, pending.shard), &pending);
                    if let Origin::Tables { end } = pending.of {
                        left = left.max(end);
                    }
                }
                tables.leave(left);
            }
        }
    }

    /// The driver's sync failed: what was unsynced may be gone, whatever a second try would say.
    /// Of the journal that ends all writes; of chunks it means that they are written again, of state
    /// that an earlier one counts after a power cut.
    pub fn on_sync_failed(&mut self, failed: &Unsynced, why: &str) {
        let Self { tables, disk: Some(disk), .. } = self else { return };
        match failed.kind {
            SyncKind::Journal => disk.journal.on_sync_failed(failed, why),
            SyncKind::State => {
                disk.trouble = Some(why.to_owned());
                disk.light.on_sync_failed(failed);
            }
            SyncKind::Chunks => {
                disk.trouble = Some(why.to_owned());
                disk.changed = true;
                disk.chunks.abandon();
                tables.on_write_failed(0);
            }
        }
    }
}

impl Disk {
    /// Is there memory for records more? What cannot be moved stays there, and that must have an end.
    pub(super) fn has_memory(&self, tables: &Memtables) -> Result<(), LogError> {
        let full = tables.waiting() > STUCK * self.options.tails_bytes;
        let why = self.trouble.as_ref().filter(|_| full);
        why.map_or(Ok(()), |why| Err(LogError::Stuck(why.clone())))
    }
}

fn slot_of(shards: &mut Shards, shard: LogShard) -> Option<&mut Slot> {
    shards.get_mut(shard.0 as usize)?.as_mut()
}

impl Disk {
    /// Remembers what became of a piece of work; on a full disk spare files go.
    fn note<T>(&mut self, result: &Result<T, LogError>) {
        self.trouble = result.as_ref().err().map(ToString::to_string);
        if let Err(LogError::Storage(StorageError { full: true, .. })) = result {
            self.journal.give_up_spares(self.storage.as_mut());
        }
    }

    fn remove_strays(&mut self) -> Result<(), LogError> {
        while let Some(file) = self.strays.last() {
            self.storage.remove(file)?;
            self.strays.pop();
        }
        Ok(())
    }

    /// Chooses tables that are due, for the current chunk file.
    fn plan(&mut self, tables: &mut Memtables, shards: usize, max: u64) -> Option<Flush> {
        let shards = shards as u64;
        let limit = self.options.tail_bytes.saturating_mul(shards).min(self.options.tails_bytes);
        let overdue = self.journal.overdue(self.options.segments_max);
        let due = tables.due((limit, shards), overdue, max);
        if due.is_empty() {
            return None;
        }
        Some(Flush::to(self.chunks.begin(self.options.chunk_file_bytes), due))
    }

    /// Takes note of what became of tables. When they were not written they are due again. Gives the
    /// bytes of their chunks.
    fn finish(
        &mut self,
        tables: &mut Memtables,
        flush: &Flush,
        result: Result<Flushed, StorageError>,
    ) -> Result<u64, LogError> {
        let written = |flushed: &Flushed, chunks: &mut ChunkFiles| {
            chunks.on_written(flush.number, flushed.bytes, &flush.pending(flushed))
        };
        match result {
            Ok(flushed) if written(&flushed, &mut self.chunks) => Ok(flushed.bytes),
            other => {
                self.chunks.on_write_failed(self.storage.as_mut(), flush.number);
                tables.on_write_failed(flush.first());
                other.map_or_else(|why| Err(why.into()), |_| Ok(0))
            }
        }
    }

    /// The same where nobody else sorts.
    fn plan_sorted(&mut self, tables: &mut Memtables, shards: usize, max: u64) -> Option<Flush> {
        loop {
            if let Some(flush) = self.plan(tables, shards, max) {
                return Some(flush);
            }
            let (table, room) = tables.next_unsorted()?;
            let sorted = table.sorted_into(room);
            tables.on_sorted(table, sorted);
        }
    }

    /// Tables that are due, in one step.
    fn move_tables(
        &mut self,
        tables: &mut Memtables,
        shards: usize,
        max: u64,
    ) -> Result<Maintained, LogError> {
        let Some(flush) = self.plan_sorted(tables, shards, max) else {
            self.buffer = Vec::new();
            return Ok(Maintained::default());
        };
        let result = flush.write(self.storage.as_mut(), &mut self.buffer);
        let bytes = self.finish(tables, &flush, result)?;
        Ok(Maintained { bytes, more: bytes >= max })
    }

    /// A chunk was synced: reads come from it from now on.
    fn settle(&mut self, slot: Option<&mut Slot>, pending: &Pending) {
        let Pending { chunk, of, .. } = pending;
        let taken = slot.is_some_and(|slot| match of {
            Origin::Copy(old) => slot.on_copied(old, *chunk),
            Origin::Tables { .. } => slot.on_moved(*chunk),
        });
        match of {
            Origin::Copy(old) if taken => self.chunks.release(old),
            Origin::Tables { .. } if taken => {}
            Origin::Copy(_) | Origin::Tables { .. } => self.chunks.release(chunk),
        }
        self.changed = true;
    }

    /// Copies what is wanted of a file that is mostly dead, so that the file can go.
    fn empty_sparse(&mut self, shards: &mut Shards, bytes_max: u64) -> Result<u64, LogError> {
        if bytes_max == 0 || self.moving || self.chunks.copying() {
            return Ok(0);
        }
        let Some(sparse) = self.chunks.sparse(&self.stuck) else { return Ok(0) };
        let (file, begin) = self.chunks.begin(self.options.chunk_file_bytes);
        let (mut bytes, mut written) = (Vec::new(), Vec::new());
        let mut damage = None;
        for (shard, old) in wanted_of(shards, sparse) {
            if bytes.len() as u64 >= bytes_max {
                break;
            }
            match self.sound_bytes_of(shard, &old) {
                Ok(copy) => {
                    let at = bytes.len();
                    let chunk = Chunk { file, at: begin + at as u64, ..old };
                    bytes.extend_from_slice(&copy);
                    chunk::seal(&mut bytes, at, &chunk);
                    written.push(Pending { shard, chunk, of: Origin::Copy(old) });
                }
                // It stays where it is, and so does its file.
                Err(error) => damage = Some(error),
            }
        }
        if let Some(Pending { chunk, .. }) = written.last_mut() {
            let at = bytes.len() - chunk.len as usize;
            chunk.fill();
            chunk::seal(&mut bytes, at, chunk);
        }
        self.write_copies((file, begin), &bytes, &written)?;
        match damage {
            Some(error) => {
                if written.is_empty() {
                    self.stuck.push(sparse);
                }
                Err(error)
            }
            None => Ok(bytes.len() as u64),
        }
    }

    fn write_copies(
        &mut self,
        (number, begin): (u32, u64),
        bytes: &[u8],
        written: &[Pending],
    ) -> Result<(), LogError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let name = chunk_files::file_of(number);
        let named = self.storage.write_at(&name, begin, bytes).and_then(|()| match begin {
            0 => self.storage.sync_dir(),
            _ => Ok(()),
        });
        if named.is_err() {
            self.chunks.on_write_failed(self.storage.as_mut(), number);
        } else {
            self.chunks.on_written(number, bytes.len() as u64, written);
        }
        Ok(named?)
    }

    fn sound_bytes_of(&self, shard: LogShard, chunk: &Chunk) -> Result<Vec<u8>, LogError> {
        let bytes = self.bytes_of(chunk)?;
        match chunk::sound(&bytes, shard, chunk) {
            Some(_) => Ok(bytes),
            None => Err(corrupt(chunk, "its checksum does not fit")),
        }
    }

    /// Writes the manifest when it is time, in one step.
    fn keep_manifest(&mut self, shards: &Shards, now: Millis) -> Result<(), LogError> {
        let Some(save) = self.plan_manifest(shards, now) else { return Ok(()) };
        let result = save.write(self.storage.as_mut());
        self.finish_manifest(&save, result)
    }

    /// The manifest, when there is news and something can be freed by it, or when it is time.
    fn plan_manifest(&mut self, shards: &Shards, now: Millis) -> Option<Save> {
        if !self.changed {
            return None;
        }
        let moved = |shard: LogShard| {
            let slot = shards.get(shard.0 as usize).and_then(Option::as_ref);
            // A shard that was removed needs nothing.
            slot.map_or(u64::MAX, |slot| slot.progress().map_or(0, |progress| progress.moved))
        };
        let journal_first = self.journal.needed_from(&moved);
        let dead: Vec<u32> = self.chunks.dead().collect();
        let frees = journal_first > self.journal.first() || !dead.is_empty();
        if !frees && now.since(self.saved_at) < self.options.manifest_every_ms {
            return None;
        }
        let numbered = (0..).map(LogShard).zip(shards);
        let told = |(shard, slot): (LogShard, &Option<Slot>)| {
            slot.as_ref().and_then(Slot::progress).map(|progress| (shard, progress))
        };
        let manifest = Manifest {
            journal_first,
            next_file: self.chunks.next(),
            files: self.chunks.named(),
            shards: numbered.filter_map(told).collect(),
        };
        (self.changed, self.saved_at) = (false, now);
        Some(Save { encoded: manifest.encode(), journal_first, dead })
    }

    /// The manifest was written: what it does not need is freed. When it was not it is wanted again.
    fn finish_manifest(
        &mut self,
        save: &Save,
        result: Result<(), StorageError>,
    ) -> Result<(), LogError> {
        if let Err(error) = result {
            self.changed = true;
            return Err(LogError::Storage(error));
        }
        self.strays.extend(self.journal.forget_before(save.journal_first));
        for number in &save.dead {
            self.cache.borrow_mut().forget(*number);
            self.strays.extend(self.chunks.forget(*number));
        }
        self.remove_strays()
    }
}

/// The chunks of a file that shards still want.
fn wanted_of(shards: &Shards, file: u32) -> Vec<(LogShard, Chunk)> {
    let numbered = (0..).map(LogShard).zip(shards);
    let rows = numbered.filter_map(|(shard, slot)| Some((shard, slot.as_ref()?)));
    let chunks = rows.flat_map(|(shard, slot)| slot.chunks().map(move |chunk| (shard, *chunk)));
    chunks.filter(|(_, chunk)| chunk.file == file && chunk.len > 0).collect()
}
