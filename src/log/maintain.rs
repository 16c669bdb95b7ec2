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
use crate::log::chunk_files::{self, Pending};
use crate::log::disk::MovedBy;
use crate::log::disk::{Disk, corrupt};
use crate::log::manifest::Manifest;
use crate::log::moving::{Batch, Save, Work};
use crate::log::pool::Pool;
use crate::log::report::SyncKind;
use crate::log::slot::Slot;
use crate::log::{Log, LogError, LogShard, Maintained, Move, StorageError, Unsynced};
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
        let Self { shards, pool, disk: Some(disk), .. } = self else {
            return Ok(Maintained::default());
        };
        if disk.journal.poisoned().is_some() {
            return Ok(Maintained::default());
        }
        pool.shrink();
        let removed = disk.remove_strays();
        let by_step = disk.moved_by == MovedBy::Step;
        let moved = match by_step {
            true => disk.move_blocks(shards, bytes_max),
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

    /// From now on the driver moves blocks and keeps the manifest, with [`Self::begin_move`] and
    /// [`Self::end_move`].
    pub fn let_driver_move(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.moved_by = MovedBy::Driver;
        }
    }

    /// What should be written now, if there is something and nothing is on its way: the manifest
    /// when it is time, or about `bytes_max` bytes that are moved to chunks. The driver writes it,
    /// wherever it likes, and tells [`Self::end_move`].
    pub fn begin_move(&mut self, now: Millis, bytes_max: u64) -> Option<Move> {
        let Self { shards, disk: Some(disk), .. } = self else { return None };
        if disk.moving || disk.journal.poisoned().is_some() {
            return None;
        }
        let manifest = disk.plan_manifest(shards, now).map(Work::Manifest);
        let work = manifest.or_else(|| disk.plan(shards, bytes_max).map(Work::Blocks));
        disk.moving = work.is_some();
        work.map(Move)
    }

    /// Do the tails take so much more than [`tails_bytes`](crate::log::LogOptions::tails_bytes) that
    /// writers should wait for the driver? As of the last [`Self::begin_move`]. When moving fails
    /// nobody waits: the disk answers writers itself, or [`Self::commit`] does.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| {
            disk.trouble.is_none() && disk.unwritten > BEHIND * disk.options.tails_bytes
        })
    }

    /// The driver has written it, or could not: then records and manifest stay where they are.
    ///
    /// # Errors
    /// What the driver was told; no record is lost.
    pub fn end_move(
        &mut self,
        done: &Move,
        result: Result<(), StorageError>,
    ) -> Result<(), LogError> {
        let Self { shards, disk: Some(disk), .. } = self else { return Ok(()) };
        disk.moving = false;
        let result = match &done.0 {
            Work::Blocks(batch) => disk.finish(shards, batch, result),
            Work::Manifest(save) => disk.finish_manifest(save, result),
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
        let Self { shards, pool, disk: Some(disk), .. } = self else { return };
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
                for pending in disk.chunks.on_synced(synced) {
                    disk.settle(slot_of(shards, pending.shard), pool, &pending);
                }
            }
        }
    }

    /// The driver's sync failed: what was unsynced may be gone, whatever a second try would say.
    /// Of the journal that ends all writes; of chunks it means that they are written again, of state
    /// that an earlier one counts after a power cut.
    pub fn on_sync_failed(&mut self, failed: &Unsynced, why: &str) {
        let Self { shards, disk: Some(disk), .. } = self else { return };
        match failed.kind {
            SyncKind::Journal => disk.journal.on_sync_failed(failed, why),
            SyncKind::State => {
                disk.trouble = Some(why.to_owned());
                disk.light.on_sync_failed(failed);
            }
            SyncKind::Chunks => {
                disk.trouble = Some(why.to_owned());
                disk.changed = true;
                for pending in disk.chunks.abandon() {
                    if let Some(slot) = slot_of(shards, pending.shard) {
                        slot.on_abandoned();
                    }
                }
            }
        }
    }
}

impl Disk {
    /// Is there memory for records more? What cannot be moved stays there, and that must have an end.
    pub(super) fn has_memory(&self) -> Result<(), LogError> {
        let full = self.unwritten > STUCK * self.options.tails_bytes;
        let why = self.trouble.as_ref().filter(|_| full);
        why.map_or(Ok(()), |why| Err(LogError::Stuck(why.clone())))
    }
}

fn slot_of(shards: &mut Shards, shard: LogShard) -> Option<&mut Slot> {
    shards.get_mut(shard.0 as usize)?.as_mut()
}

fn on_disk(shards: &Shards) -> impl Iterator<Item = &Slot> {
    shards.iter().flatten().filter(|slot| slot.is_on_disk())
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

    /// Bytes of memory that each tail may take, so that all together stay within theirs.
    fn tail_bytes(&mut self, shards: &Shards) -> u64 {
        let (count, total) = on_disk(shards)
            .map(Slot::unwritten_memory)
            .filter(|bytes| *bytes > 0)
            .fold((0, 0), |(count, total), bytes| (count + 1, total + bytes));
        self.unwritten = total;
        let even = self.options.tails_bytes / u64::max(count, 1);
        let limit = self.options.tail_bytes;
        if total > self.options.tails_bytes { limit.min(even) } else { limit }
    }

    /// Chooses blocks that are due, for the current chunk file.
    fn plan(&mut self, shards: &mut Shards, max: u64) -> Option<Batch> {
        let tail_bytes = self.tail_bytes(shards);
        let mut batch = Batch::to(self.chunks.begin(self.options.chunk_file_bytes));
        let overdue = self.journal.overdue(self.options.segments_max);
        let count = shards.len();
        for at in (self.turn..count).chain(0..self.turn.min(count)) {
            if batch.bytes() >= max {
                self.turn = at;
                break;
            }
            let Some(slot) = shards[at].as_mut().filter(|slot| slot.is_on_disk()) else { continue };
            let shard = LogShard(u32::try_from(at).expect("shards are fewer than 2^32"));
            let found = overdue.binary_search_by_key(&shard, |(shard, _)| *shard);
            let end = found.map_or(0, |at| overdue[at].1);
            while batch.bytes() < max
                && let Some(block) = slot.due(tail_bytes, end)
            {
                slot.on_written(batch.push(shard, block));
            }
        }
        batch.close();
        (batch.bytes() > 0).then_some(batch)
    }

    /// Takes note of what became of a batch. When it was not written its blocks are due again.
    fn finish(
        &mut self,
        shards: &mut Shards,
        batch: &Batch,
        result: Result<(), StorageError>,
    ) -> Result<(), LogError> {
        let pending = batch.pending();
        if result.is_ok() && self.chunks.on_written(batch.number, batch.bytes(), &pending) {
            return Ok(());
        }
        self.chunks.on_write_failed(self.storage.as_mut(), batch.number);
        // Newest first, so that each shard ends where its oldest block of these began.
        for pending in pending.iter().rev() {
            if let Some(slot) = slot_of(shards, pending.shard) {
                slot.on_write_failed(pending.chunk.first);
            }
        }
        Ok(result?)
    }

    /// A whole batch in one step.
    fn move_blocks(&mut self, shards: &mut Shards, max: u64) -> Result<Maintained, LogError> {
        let Some(batch) = self.plan(shards, max) else {
            self.buffer = Vec::new();
            return Ok(Maintained::default());
        };
        let result = batch.write(self.storage.as_mut(), &mut self.buffer);
        self.finish(shards, &batch, result)?;
        Ok(Maintained { bytes: batch.bytes(), more: batch.bytes() >= max })
    }

    /// A chunk was synced: reads come from it from now on.
    fn settle(&mut self, slot: Option<&mut Slot>, pool: &mut Pool, pending: &Pending) {
        let Pending { chunk, copy_of, .. } = pending;
        let taken = slot.is_some_and(|slot| match copy_of {
            Some(old) => slot.cold.replace(old, *chunk),
            None => slot.on_moved(*chunk, pool),
        });
        // Either the original is not wanted any more, or the new chunk never was.
        let unwanted = if taken { copy_of.as_ref() } else { Some(chunk) };
        if let Some(unwanted) = unwanted {
            self.chunks.release(unwanted);
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
                    written.push(Pending { shard, chunk, copy_of: Some(old) });
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
    let chunks = rows.flat_map(|(shard, slot)| slot.cold.iter().map(move |chunk| (shard, *chunk)));
    chunks.filter(|(_, chunk)| chunk.file == file && chunk.len > 0).collect()
}
