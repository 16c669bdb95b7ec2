//! The files that hold chunks, shared by all shards.
//!
//! A chunk file is `chunks-NNNNNNNNNN.dat`: chunks one after the other from byte 0. Shared, because
//! every file that is synced costs a commit of its own (measured: 13 times slower with a file per
//! shard for 16 shards), because a quiet shard's few records cost an append and no file, and
//! because thousands of shards then need no thousands of open files. The price is that a file holds
//! records of different ages: one of which little is still wanted is emptied by copying that little
//! (see `maintain.rs`), so dead bytes stay below three times the living ones, and a file.
//!
//! A closed file gets a list of its chunks (see `chunk_list.rs`).
//!
//! Numbers are never used again. Bytes count when the manifest names them, and it names only what
//! was synced; what a crash left behind them is cut off or removed when the folder is opened.

use std::collections::{BTreeMap, VecDeque};

use crate::log::chunk::{self, Chunk};
use crate::log::chunk_list::{self, Row};
use crate::log::manifest::{FILES_MAX, Manifest};
use crate::log::report::SyncKind;
use crate::log::{LogError, LogShard, Storage, StorageError, Unsynced};
use crate::model::Millis;

/// Bytes that the search for the next chunk behind damage reads at a time.
const WINDOW: usize = 1024 * 1024;

#[derive(Clone, Debug, Default)]
struct ChunkFile {
    /// Bytes that were written.
    len: u64,
    /// Bytes that survive a power cut.
    synced: u64,
    /// Bytes of chunks that are wanted.
    live: u64,
    /// What was written, until the list of it is.
    rows: Vec<Row>,
}

/// A chunk that was written and not yet synced: its records are still elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) shard: LogShard,
    pub(super) chunk: Chunk,
    pub(super) of: Origin,
}

/// Where the records of a chunk came from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin {
    /// Memtables with numbers below `end`, of which this chunk was written with the last ones.
    Tables { end: u32 },
    /// Another chunk.
    Copy(Chunk),
}

/// All chunk files.
#[derive(Debug, Default)]
pub(super) struct ChunkFiles {
    files: BTreeMap<u32, ChunkFile>,
    current: Option<u32>,
    next: u32,
    pending: VecDeque<Pending>,
}

/// What the named files hold.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) chunks: Vec<Row>,
    /// Where bytes are not what was written: file and byte.
    pub(super) damaged: Vec<(u32, u64)>,
}

pub(super) fn file_of(number: u32) -> String {
    format!("chunks-{number:010}.dat")
}

/// The number that a name tells. Those in the upper half of what a manifest may name are not ours:
/// whatever lies in a folder, there is room for the numbers that come next.
pub(super) fn number_of(file: &str) -> Option<u32> {
    let number = file.strip_prefix("chunks-")?.strip_suffix(".dat")?.parse().ok()?;
    (file_of(number) == file && number <= FILES_MAX / 2).then_some(number)
}

impl ChunkFiles {
    /// Takes the files that the manifest names, finds what they hold, and lists the files that it
    /// does not name.
    pub(super) fn open(
        storage: &mut dyn Storage,
        manifest: &Manifest,
    ) -> Result<(Self, Found, Vec<String>), LogError> {
        let mut files = Self { next: manifest.next_file.max(1), ..Self::default() };
        let mut found = Found::default();
        let mut strays = Vec::new();
        let is_named = |number| manifest.files.iter().any(|(named, _)| *named == number);
        for file in storage.list()? {
            if chunk_list::number_of(&file).is_some_and(|number| !is_named(number)) {
                strays.push(file);
                continue;
            }
            let Some(number) = number_of(&file) else { continue };
            files.next = files.next.max(number + 1);
            if !is_named(number) {
                strays.push(file);
            }
        }
        let mut room = Vec::new();
        for (number, named) in &manifest.files {
            let there = storage.len(&file_of(*number))?;
            let damaged = found.damaged.len();
            let mut file = ChunkFile { len: *named, synced: *named, ..ChunkFile::default() };
            let begin = found.chunks.len();
            let rows = &mut found.chunks;
            if there >= *named && chunk_list::load(storage, *number, *named, &mut room, rows) {
                // The last file may go on, and its list with it.
                let last = manifest.files.last().is_some_and(|(last, _)| last == number);
                file.rows = if last { found.chunks[begin..].to_vec() } else { Vec::new() };
            } else {
                file.rows = scan(storage, *number, (*named, there), &mut found)?;
            }
            files.files.insert(*number, file);
            // What is damaged takes no more chunks: they could stand in one that was lost.
            let sound = there >= *named && found.damaged.len() == damaged;
            files.current = sound.then_some(*number);
        }
        files.hold_all(&found.chunks);
        files.current = files.current.filter(|last| files.cut(storage, *last));
        Ok((files, found, strays))
    }

    /// The last file goes on where the manifest ends it, if what stands behind can be cut off. A list
    /// that tells of that goes first: the file may come to the same length again with other chunks.
    fn cut(&self, storage: &mut dyn Storage, last: u32) -> bool {
        let (name, len) = (file_of(last), self.files[&last].len);
        let cut = |storage: &mut dyn Storage| {
            storage.remove(&chunk_list::file_of(last))?;
            storage.truncate(&name, len)
        };
        storage.len(&name) == Ok(len) || cut(storage).is_ok()
    }

    /// Counts all that were found as wanted: who gives them to shards releases those that none wants.
    /// Each counts in the file that it names itself, whatever named that file, and how often.
    fn hold_all(&mut self, found: &[(LogShard, Chunk)]) {
        for chunks in found.chunk_by(|(_, one), (_, next)| one.file == next.file) {
            if let Some(file) = self.files.get_mut(&chunks[0].1.file) {
                file.live += chunks.iter().map(|(_, chunk)| u64::from(chunk.len)).sum::<u64>();
            }
        }
    }

    /// Counts a chunk as wanted.
    pub(super) fn hold(&mut self, chunk: &Chunk) {
        if let Some(file) = self.files.get_mut(&chunk.file) {
            file.live += u64::from(chunk.len);
        }
    }

    /// A chunk is not wanted any more.
    pub(super) fn release(&mut self, chunk: &Chunk) {
        if let Some(file) = self.files.get_mut(&chunk.file) {
            file.live -= u64::from(chunk.len);
        }
    }

    /// The file and the byte where the next chunks go.
    pub(super) fn begin(&mut self, file_bytes: u64) -> (u32, u64) {
        let room = |number: &u32| self.files[number].len < file_bytes;
        let number = self.current.filter(room).unwrap_or(self.next);
        if number == self.next {
            self.next += 1;
            self.files.insert(number, ChunkFile::default());
        }
        self.current = Some(number);
        (number, self.files[&number].len)
    }

    /// Whole chunks were written where [`Self::begin`] said. `false` when the file was given up
    /// meanwhile: then they do not count.
    pub(super) fn on_written(&mut self, number: u32, bytes: u64, written: &[Pending]) -> bool {
        if self.current != Some(number) {
            return false;
        }
        let file = self.files.get_mut(&number).expect("invariant: the current file is known");
        file.len += bytes;
        file.rows.extend(written.iter().map(|pending| (pending.shard, pending.chunk)));
        written.iter().for_each(|pending| self.hold(&pending.chunk));
        self.pending.extend(written);
        true
    }

    /// Chunks could not be written. What a failed write left is cut off, or the file takes no more.
    pub(super) fn on_write_failed(&mut self, storage: &mut dyn Storage, number: u32) {
        let (name, len) = (file_of(number), self.files.get(&number).map_or(0, |file| file.len));
        let same = storage.len(&name) == Ok(len);
        if !same && storage.truncate(&name, len).is_err() && self.current == Some(number) {
            self.current = None;
        }
    }

    /// The oldest file with chunks that wait to be synced.
    pub(super) fn unsynced(&self) -> Option<Unsynced> {
        let number = self.pending.front()?.chunk.file;
        let file = self.files.get(&number)?;
        Some(Unsynced {
            file: file_of(number),
            bytes: file.len - file.synced,
            since: Millis::NEVER,
            hurry: false,
            kind: SyncKind::Chunks,
            number,
            up_to: file.len,
        })
    }

    /// The chunks that a sync made safe, oldest first.
    pub(super) fn on_synced(&mut self, synced: &Unsynced) -> Vec<Pending> {
        let Some(file) = self.files.get_mut(&synced.number) else { return Vec::new() };
        file.synced = file.synced.max(synced.up_to.min(file.len));
        let safe = |pending: &Pending| {
            pending.chunk.file == synced.number && pending.chunk.until() <= file.synced
        };
        let count = self.pending.iter().take_while(|pending| safe(pending)).count();
        self.pending.drain(..count).collect()
    }

    /// A sync failed, and what was not synced cannot be trusted, whatever a second try would say:
    /// it is written again, to another file. Gives the chunks that do not count.
    pub(super) fn abandon(&mut self) -> Vec<Pending> {
        self.current = None;
        let gone: Vec<Pending> = self.pending.drain(..).collect();
        gone.iter().for_each(|pending| self.release(&pending.chunk));
        gone
    }

    /// Does a copy wait to be synced?
    pub(super) fn copying(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.of, Origin::Copy(_)))
    }

    /// A closed file of which less than a quarter is wanted, and some.
    pub(super) fn sparse(&self, stuck: &[u32]) -> Option<u32> {
        let waits = |number| self.pending.iter().any(|pending| pending.chunk.file == number);
        let sparse = |(number, file): &(&u32, &ChunkFile)| {
            let wanted = file.live > 0 && file.live < file.len / 4;
            wanted && self.current != Some(**number) && !stuck.contains(number) && !waits(**number)
        };
        self.files.iter().find(sparse).map(|(number, _)| *number)
    }

    /// Closed files without a wanted chunk.
    pub(super) fn dead(&self) -> impl Iterator<Item = u32> {
        let dead =
            |(number, file): &(&u32, &ChunkFile)| file.live == 0 && self.current != Some(**number);
        self.files.iter().filter(dead).map(|(number, _)| *number)
    }

    /// Forgets a file; gives the names of it and of its list.
    pub(super) fn forget(&mut self, number: u32) -> [String; 2] {
        self.files.remove(&number);
        [file_of(number), chunk_list::file_of(number)]
    }

    /// Writes the lists of files that are closed and safe. One that cannot be written is not missed.
    pub(super) fn save_lists(&mut self, storage: &mut dyn Storage) {
        let current = self.current;
        let closed = self.files.iter_mut().filter(|(number, _)| current != Some(**number));
        for (number, file) in closed.filter(|(_, file)| file.synced == file.len) {
            let rows = std::mem::take(&mut file.rows);
            let whole = rows.last().is_some_and(|(_, last)| last.until() == file.len);
            if whole && chunk_list::save(storage, *number, file.len, &rows).is_err() {
                let _ = storage.remove(&chunk_list::file_of(*number));
            }
        }
    }

    /// What a manifest says of the files: those with wanted chunks, and how far they count.
    pub(super) fn named(&self) -> Vec<(u32, u64)> {
        let counts = |(number, file): &(&u32, &ChunkFile)| {
            file.synced > 0 && (file.live > 0 || self.current == Some(**number))
        };
        self.files.iter().filter(counts).map(|(number, file)| (*number, file.synced)).collect()
    }

    /// The number that no file had yet.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.len).sum()
    }
}

/// Finds the chunks of one file by their headers, and goes on behind damage. Gives the rows of its
/// list, unless something is damaged.
fn scan(
    storage: &dyn Storage,
    number: u32,
    (named, there): (u64, u64),
    found: &mut Found,
) -> Result<Vec<Row>, StorageError> {
    let name = file_of(number);
    let end = named.min(there);
    let mut header = [0; chunk::HEADER];
    let (mut at, before) = (0, (found.chunks.len(), found.damaged.len()));
    while at + chunk::HEADER as u64 <= end {
        storage.read_at(&name, at, &mut header)?;
        match chunk::header(&header, number, at) {
            Some((shard, chunk)) if chunk.until() <= named => {
                found.chunks.push((shard, chunk));
                at = chunk.until();
            }
            // Or one goes beyond what the manifest names, which ends where a chunk does.
            _ => {
                found.damaged.push((number, at));
                at = next_header(storage, number, at + 1, end)?.unwrap_or(end);
            }
        }
    }
    if at < named {
        found.damaged.push((number, at));
    }
    let sound = found.damaged.len() == before.1;
    Ok(if sound { found.chunks[before.0..].to_vec() } else { Vec::new() })
}

/// The first byte at or behind `at` where a sound header stands.
pub(super) fn next_header(
    storage: &dyn Storage,
    number: u32,
    mut at: u64,
    end: u64,
) -> Result<Option<u64>, StorageError> {
    while at + chunk::HEADER as u64 <= end {
        let len = usize::try_from(end - at).unwrap_or(WINDOW).min(WINDOW);
        let mut window = vec![0; len];
        storage.read_at(&file_of(number), at, &mut window)?;
        let starts = 0..=len - chunk::HEADER;
        let sound = |skip: &usize| chunk::header(&window[*skip..], number, 0).is_some();
        if let Some(skip) = starts.clone().find(sound) {
            return Ok(Some(at + skip as u64));
        }
        at += starts.count() as u64;
    }
    Ok(None)
}
