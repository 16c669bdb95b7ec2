//! Opening a folder: the manifest first, then the lists of the chunks in the files that it names, or
//! the headers of these chunks, then what the journal has beyond them.
//!
//! 1. A chunk that the manifest does not name is not looked at: the journal has its records.
//! 2. A record that the manifest says was moved or trimmed is skipped when the journal has it too.
//! 3. Records that were moved and are in no sound chunk are missing: the shard opens, reading them
//!    is an error that names the file, and the rest is read as ever.
//! 4. A shard that the manifest does not know begins with index 0 and has no gap. One that begins
//!    later was removed before its first records were freed, one with a gap was removed after a
//!    power cut took records that had been moved; a caller that keeps it all the same is told.

use std::cell::RefCell;

use crate::log::blob::Light;
use crate::log::cache::Cache;
use crate::log::chunk::Chunk;
use crate::log::chunk_files::{ChunkFiles, Found};
use crate::log::chunk_list::Row;
use crate::log::cold::Cold;
use crate::log::disk::{Disk, MovedBy, ends_of};
use crate::log::frame::{FrameRecord, Segment};
use crate::log::journal::Journal;
use crate::log::manifest::{Manifest, Progress};
use crate::log::memtables::Memtables;
use crate::log::segment::{Ends, Replay};
use crate::log::slot::Slot;
use crate::log::{Log, LogError, LogOptions, Recovery, Storage};
use crate::model::{Level, Millis};

/// A log that grows by what is read back.
struct Rebuild {
    log: Log,
    last_arrival: Millis,
    /// Does the manifest tell which shards there are?
    told: bool,
    /// The journal segment that is read.
    epoch: u32,
}

impl Replay for Rebuild {
    fn begin(&mut self, segment: Segment) {
        self.epoch = segment.epoch;
    }

    fn record(&mut self, record: FrameRecord<'_>) {
        self.last_arrival = self.last_arrival.max(record.arrival);
        let known = self.log.shards.get(record.shard.0 as usize).is_some_and(Option::is_some);
        if !known && record.index > 0 && self.told {
            self.log.incomplete.insert(record.shard);
        }
        if self.log.incomplete.contains(&record.shard) {
            return;
        }
        if !known {
            self.log.create_shard(record.shard, Level::Process);
        }
        let Log { shards, tables, .. } = &mut self.log;
        let slot = shards[record.shard.0 as usize].as_mut().expect("it was just created");
        let Slot::Disk(recent) = slot else { return };
        if record.index == recent.next {
            tables.push(record.shard, recent, (record.arrival, record.stored), None);
            tables.commit(self.epoch);
        } else if record.index > recent.next {
            self.log.incomplete.insert(record.shard);
        }
    }

    fn ends(&self) -> Ends {
        ends_of(&self.log.shards, &self.log.tables)
    }
}

/// Opens a folder, new or old.
pub(super) fn open(
    mut storage: Box<dyn Storage>,
    options: LogOptions,
) -> Result<(Log, Recovery), LogError> {
    let manifest = Manifest::load(storage.as_ref())?;
    let told = manifest.is_some();
    let manifest = manifest.unwrap_or_default();
    let (mut chunks, found, mut strays) = ChunkFiles::open(storage.as_mut(), &manifest)?;
    let first = manifest.journal_first.max(1);
    let log = Log { tables: Memtables::new(&options), ..Log::in_memory() };
    let mut rebuild = Rebuild { log, last_arrival: Millis::ZERO, told, epoch: first };
    let missing = place(&mut rebuild, &mut chunks, &manifest, &found);
    let (journal, replayed) =
        Journal::open(storage.as_mut(), options.segment_bytes, first, &mut rebuild)?;
    // Names that were found are taken for true, so they must stay.
    storage.sync_dir()?;
    strays.extend(Journal::strays(storage.as_ref(), first)?);
    let mut log = rebuild.log;
    let present = log.shards.iter().flatten();
    let records = present.map(|slot| slot.next_index() - slot.first_index());
    let recovery = Recovery {
        records: records.fold(0, u64::saturating_add) - missing,
        torn_bytes: replayed.torn_bytes,
        last_arrival: rebuild.last_arrival,
        missing,
    };
    log.disk = Some(Disk {
        storage,
        options,
        journal,
        chunks,
        light: Light::default(),
        cache: RefCell::new(Cache::default()),
        buffer: Vec::new(),
        moved_by: MovedBy::default(),
        moving: false,
        strays,
        stuck: Vec::new(),
        changed: false,
        saved_at: Millis::ZERO,
        trouble: None,
    });
    Ok((log, recovery))
}

/// Gives each shard of the manifest its chunks; says how many records are in none.
fn place(
    rebuild: &mut Rebuild,
    chunks: &mut ChunkFiles,
    manifest: &Manifest,
    found: &Found,
) -> u64 {
    let mut unwanted = |chunk: &Chunk| chunks.release(chunk);
    let mut of_shard = by_shard(manifest, &found.chunks, &mut unwanted);
    let newest = found.chunks.iter().map(|(_, chunk)| chunk.newest).max();
    rebuild.last_arrival = rebuild.last_arrival.max(newest.unwrap_or_default());
    let slots = &mut rebuild.log.shards;
    slots.resize_with(of_shard.len(), || None);
    let mut missing = 0;
    for (shard, progress) in &manifest.shards {
        let at = shard.0 as usize;
        let candidates = std::mem::take(&mut of_shard[at]);
        let row = row_of(*progress, candidates, found, rebuild.last_arrival, &mut unwanted);
        let holes = row.iter().filter(|chunk| chunk.len == 0).map(|hole| hole.count);
        missing = holes.fold(missing, u64::saturating_add);
        slots[at] = Some(Slot::recovered(*progress, Cold::of(row)));
    }
    of_shard.iter().flatten().for_each(unwanted);
    missing
}

/// The chunks of each shard that the manifest tells of, by its number, in order of their records.
fn by_shard(
    manifest: &Manifest,
    chunks: &[Row],
    unwanted: &mut dyn FnMut(&Chunk),
) -> Vec<Vec<Chunk>> {
    let mut counts =
        vec![0; manifest.shards.last_key_value().map_or(0, |(last, _)| last.0 as usize + 1)];
    for (shard, _) in chunks {
        if let Some(count) = counts.get_mut(shard.0 as usize) {
            *count += 1;
        }
    }
    let mut of_shard: Vec<Vec<Chunk>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (shard, chunk) in chunks {
        match of_shard.get_mut(shard.0 as usize) {
            Some(row) => row.push(*chunk),
            None => unwanted(chunk),
        }
    }
    for row in &mut of_shard {
        // Files are in order, so only a copy may stand behind a chunk with later records.
        row.sort_by_key(|chunk| chunk.first);
        // A copy stands in a later file than what it is a copy of, and counts alone.
        row.dedup_by(|later, chunk| {
            let same = later.first == chunk.first;
            if same {
                unwanted(chunk);
                *chunk = *later;
            }
            same
        });
    }
    of_shard
}

/// Do the chunks follow each other from a shard's first index to its moved index?
fn is_whole(row: &[Chunk], progress: Progress) -> bool {
    let Progress { first, moved } = progress;
    match (row.first(), row.last()) {
        (Some(oldest), Some(newest)) => {
            let begins = oldest.first <= first && first < oldest.end();
            begins && newest.end() == moved && row.is_sorted_by(|a, b| a.end() == b.first)
        }
        (None, _) | (_, None) => first == moved,
    }
}

/// The chunks from a shard's first index to its moved index, with a row for each hole; those that do
/// not count are told to `unwanted`.
fn row_of(
    progress: Progress,
    candidates: Vec<Chunk>,
    found: &Found,
    newest: Millis,
    unwanted: &mut dyn FnMut(&Chunk),
) -> Vec<Chunk> {
    if is_whole(&candidates, progress) {
        return candidates;
    }
    let mut row: Vec<Chunk> = Vec::new();
    let mut next = progress.first;
    let hole = |row: &[Chunk], first: u64, until: u64, newest: Millis| {
        let before = row.last().map_or((0, 0), |chunk| (chunk.file, chunk.until()));
        let damage = found.damaged.iter().find(|damage| **damage >= before);
        let (file, at) = damage.or(found.damaged.first()).copied().unwrap_or(before);
        let oldest = row.last().map_or(Millis::ZERO, |chunk| chunk.newest);
        Chunk { first, count: until - first, oldest, newest, file, at, len: 0 }
    };
    for chunk in candidates {
        // Chunks follow each other up to where the tail begins; one that overlaps was not written
        // here.
        let overlaps = row.last().is_some_and(|last| chunk.first < last.end());
        if overlaps || chunk.end() <= next || chunk.end() > progress.moved {
            unwanted(&chunk);
            continue;
        }
        if chunk.first > next {
            row.push(hole(&row, next, chunk.first, chunk.oldest));
        }
        next = chunk.end();
        row.push(chunk);
    }
    if next < progress.moved {
        row.push(hole(&row, next, progress.moved, newest));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_that_overlap_do_not_count_both() {
        let chunk = |first, count, at| Chunk {
            first,
            count,
            oldest: Millis(1),
            newest: Millis(2),
            file: 1,
            at,
            len: 100,
        };
        let progress = Progress { first: 0, moved: 30 };
        let (candidates, mut gone) = (vec![chunk(0, 10, 0), chunk(5, 20, 100)], Vec::new());
        let mut unwanted = |chunk: &Chunk| gone.push(*chunk);
        let row = row_of(progress, candidates, &Found::default(), Millis(2), &mut unwanted);
        assert_eq!(gone, [chunk(5, 20, 100)]);
        assert_eq!(row[0], chunk(0, 10, 0));
        assert_eq!((row[1].first, row[1].count, row[1].len), (10, 20, 0), "the rest is missing");
    }

    /// Found by fuzzing: readers got such a chunk, then the tail from its middle on.
    #[test]
    fn a_chunk_that_goes_beyond_what_was_moved_does_not_count() {
        let beyond = Chunk {
            first: 20,
            count: 20,
            oldest: Millis(1),
            newest: Millis(2),
            file: 1,
            at: 0,
            len: 100,
        };
        let row = |first| {
            let progress = Progress { first, moved: 27 };
            row_of(progress, vec![beyond], &Found::default(), Millis(2), &mut |_| {})
        };
        assert_eq!(row(27), []);
        assert_eq!((row(20)[0].first, row(20)[0].end(), row(20)[0].len), (20, 27, 0));
    }
}
