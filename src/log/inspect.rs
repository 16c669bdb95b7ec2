//! Looking at a folder without changing it: what each file holds, and what is damaged.
//!
//! [`inspect`] goes through every byte that has a checksum and tells each piece in the order of
//! files. It needs no sound folder: damage is told like everything else, and what stands behind it
//! is looked for. What [`super::Log::open`] would make of the folder is another question; `ReadOnly`
//! lets it be asked without an answer on disk.

use std::collections::BTreeMap;

use crate::log::chunk::{self, Chunk};
use crate::log::chunk_list::Row;
use crate::log::frame::{Frame, Kind, Segment};
use crate::log::manifest::{self, Manifest};
use crate::log::segment::Frames;
use crate::log::window::Window;
use crate::log::{
    LogError, LogShard, Storage, StorageError, blob, chunk_files, chunk_list, segment, storage,
};
use crate::model::Millis;

/// Something that stands in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What the manifest says.
    Manifest {
        /// The oldest journal segment that is needed.
        journal_first: u32,
        /// Chunk files that count.
        chunk_files: usize,
        /// For each shard up to where it is trimmed, and up to where it was moved to chunks.
        shards: Vec<(LogShard, u64, u64)>,
    },
    /// Named state, whole.
    State {
        /// Its name.
        name: String,
        /// Bytes of it.
        bytes: usize,
    },
    /// A sound frame of the journal.
    Frame {
        /// What it is: `records`, `mark` or `end`.
        kind: &'static str,
        /// Its records: shard, index, arrival, bytes of the key and of the data.
        records: Vec<FrameRow>,
        /// Bytes that it takes.
        bytes: usize,
        /// Bytes of the segment that were synced when it was written.
        synced: u32,
    },
    /// A sound chunk.
    Chunk {
        /// The shard.
        shard: LogShard,
        /// Index of its first record.
        first: u64,
        /// How many records.
        count: u64,
        /// When the first and the last of them arrived.
        arrivals: (Millis, Millis),
        /// Bytes that it takes.
        bytes: u32,
    },
    /// The list of all chunks of a file.
    List {
        /// How many.
        chunks: usize,
        /// Bytes that the list takes.
        bytes: u64,
    },
    /// Bytes that mean nothing: zeros written ahead, an earlier use of the file, a file that nobody
    /// needs.
    Unused {
        /// How many.
        bytes: u64,
        /// Why.
        why: &'static str,
    },
    /// The end of the journal, which a crash tore: opening cuts it off.
    Torn {
        /// How many bytes.
        bytes: u64,
    },
    /// Bytes that are not what was written.
    Damage {
        /// What was found.
        what: &'static str,
    },
}

/// Bytes of a frame that a record takes at least, whatever the frame says of their number.
const RECORD_MIN: usize = 4;

/// A record of a frame: shard, index, arrival, bytes of the key and of the data.
pub type FrameRow = (LogShard, u64, Millis, usize, usize);

/// Told of each piece: its file, where it begins, and what it is.
pub type Found<'a> = dyn FnMut(&str, u64, &Piece) + 'a;

/// Goes through a folder.
///
/// # Errors
/// When the storage cannot be read at all.
pub fn inspect(storage: &dyn Storage, found: &mut Found<'_>) -> Result<(), StorageError> {
    let (files, mut room) = (storage.list()?, Vec::new());
    let named = inspect_manifest(storage, found)?;
    for file in &files {
        inspect_state(storage, file, &files, found)?;
    }
    let first = named.journal_first.max(1);
    let segments: Vec<Segment> = files.iter().filter_map(|file| segment::of_file(file)).collect();
    for segment in &segments {
        if segment.epoch < first {
            unused(storage, &segment::file_of(*segment), "nobody needs the segment", found)?;
        } else {
            let last = segments.last() == Some(segment);
            inspect_segment(storage, *segment, last, &mut room, found)?;
        }
    }
    for number in files.iter().filter_map(|file| chunk_files::number_of(file)) {
        match named.files.iter().find(|(file, _)| *file == number) {
            Some((_, len)) => inspect_chunks(storage, number, *len, &mut room, found)?,
            None => unused(storage, &chunk_files::file_of(number), "no manifest names it", found)?,
        }
    }
    for number in files.iter().filter_map(|file| chunk_list::number_of(file)) {
        inspect_list(storage, number, &named, found)?;
    }
    for (number, _) in &named.files {
        if !files.contains(&chunk_files::file_of(*number)) {
            let what = "the manifest names the file, and it is not there";
            found(&chunk_files::file_of(*number), 0, &Piece::Damage { what });
        }
    }
    Ok(())
}

fn damage_of(error: LogError) -> Result<Piece, StorageError> {
    match error {
        LogError::Corrupt { what, .. } => Ok(Piece::Damage { what }),
        LogError::Storage(error) => Err(error),
        LogError::Poisoned(_) | LogError::Stuck(_) => unreachable!("nothing was written"),
    }
}

fn unused(
    storage: &dyn Storage,
    file: &str,
    why: &'static str,
    found: &mut Found<'_>,
) -> Result<(), StorageError> {
    found(file, 0, &Piece::Unused { bytes: storage.len(file)?, why });
    Ok(())
}

fn inspect_state(
    storage: &dyn Storage,
    file: &str,
    files: &[String],
    found: &mut Found<'_>,
) -> Result<(), StorageError> {
    let (synced, next) = (file.strip_suffix(".blob"), file.strip_suffix(".next"));
    let Some(name) = synced.or(next).filter(|name| *name != manifest::BLOB) else { return Ok(()) };
    let has_another = next.is_some() && files.contains(&blob::file_of(name));
    let piece = match blob::read(storage, file) {
        Ok(state) => {
            Piece::State { name: name.to_owned(), bytes: state.map_or(0, |bytes| bytes.len()) }
        }
        Err(LogError::Corrupt { .. }) if has_another => Piece::Unused {
            bytes: storage.len(file)?,
            why: "it was never whole; the one before counts",
        },
        Err(error) => damage_of(error)?,
    };
    found(file, 0, &piece);
    Ok(())
}

fn inspect_manifest(
    storage: &dyn Storage,
    found: &mut Found<'_>,
) -> Result<Manifest, StorageError> {
    let file = blob::file_of(manifest::BLOB);
    match Manifest::load(storage) {
        Ok(Some(manifest)) => {
            let shards = manifest.shards.iter();
            let piece = Piece::Manifest {
                journal_first: manifest.journal_first,
                chunk_files: manifest.files.len(),
                shards: shards.map(|(shard, told)| (*shard, told.first, told.moved)).collect(),
            };
            found(&file, 0, &piece);
            Ok(manifest)
        }
        Ok(None) => Ok(Manifest::default()),
        Err(error) => {
            found(&file, 0, &damage_of(error)?);
            Ok(Manifest::default())
        }
    }
}

fn inspect_segment(
    storage: &dyn Storage,
    segment: Segment,
    last: bool,
    room: &mut Vec<u8>,
    found: &mut Found<'_>,
) -> Result<(), StorageError> {
    let file = segment::file_of(segment);
    let mut frames = Frames::of(storage, segment, room)?;
    let mut ended = false;
    while let (false, Some((at, frame))) = (ended, frames.next()?) {
        ended = frame.kind == Kind::End;
        found(&file, at, &piece_of_frame(&frame));
    }
    let (at, behind) = (frames.at, frames.file() - frames.at);
    let torn = if ended { Some(0) } else { frames.torn()? };
    let piece = match (ended, last, torn) {
        (true, ..) | (false, true, Some(0)) if behind == 0 => return Ok(()),
        (true, ..) | (false, true, Some(0)) => {
            Piece::Unused { bytes: behind, why: "written ahead, or an earlier use" }
        }
        (false, true, Some(bytes)) => Piece::Torn { bytes },
        (false, true, None) => Piece::Damage { what: "a frame is bad that was synced before" },
        (false, false, _) => Piece::Damage { what: "the segment has no end and later ones follow" },
    };
    found(&file, at, &piece);
    Ok(())
}

fn piece_of_frame(frame: &Frame<'_>) -> Piece {
    let mut records = Vec::with_capacity((frame.count as usize).min(frame.len / RECORD_MIN));
    let filled = frame.records(&mut |record| {
        let stored = record.stored;
        let (key, data) = (stored.key_len(), stored.data_len());
        records.push((record.shard, record.index, record.arrival, key, data));
    });
    let (kind, bytes, synced) = (frame.kind.word(), frame.len, frame.synced);
    match filled {
        Some(()) => Piece::Frame { kind, records, bytes, synced },
        None => Piece::Damage { what: "records do not fill their frame" },
    }
}

fn inspect_chunks(
    storage: &dyn Storage,
    number: u32,
    named: u64,
    room: &mut Vec<u8>,
    found: &mut Found<'_>,
) -> Result<(), StorageError> {
    let file = chunk_files::file_of(number);
    let mut window = Window::over(storage, file.clone(), room)?;
    let len = window.len();
    let (mut at, end) = (0, named.min(len));
    while at < end {
        let header = window.at(at, chunk::HEADER)?;
        let chunk = chunk::header(up_to(header, end - at), number, at);
        let Some((shard, chunk)) = chunk.filter(|(_, chunk)| chunk.until() <= named) else {
            found(&file, at, &Piece::Damage { what: "no chunk begins here" });
            at = chunk_files::next_header(storage, number, at + 1, end)?.unwrap_or(end);
            continue;
        };
        let body = up_to(window.at(at, chunk.len as usize)?, u64::from(chunk.len));
        found(&file, at, &piece_of(shard, &chunk, chunk::is_whole(body, shard, &chunk)));
        at = chunk.until();
    }
    if len < named {
        found(&file, len, &Piece::Damage { what: "the file ends too early" });
    }
    if len > end {
        let bytes = len - end;
        found(&file, named, &Piece::Unused { bytes, why: "no manifest names it" });
    }
    Ok(())
}

/// The first `len` bytes, or all when there are fewer.
fn up_to(bytes: &[u8], len: u64) -> &[u8] {
    &bytes[..usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len())]
}

/// Does the chunk that a list tells of begin where it says?
fn stands_there(storage: &dyn Storage, number: u32, (shard, chunk): &Row) -> bool {
    let mut header = [0; chunk::HEADER];
    let read = storage.read_at(&chunk_files::file_of(number), chunk.at, &mut header);
    let found = read.ok().and_then(|()| chunk::header(&header, number, chunk.at));
    found == Some((*shard, *chunk))
}

/// A list is what opening goes by, so it must say what stands in its file.
fn inspect_list(
    storage: &dyn Storage,
    number: u32,
    named: &Manifest,
    found: &mut Found<'_>,
) -> Result<(), StorageError> {
    let (file, mut bytes) = (chunk_list::file_of(number), Vec::new());
    storage::read_whole(storage, &file, &mut bytes)?;
    let of = named.files.iter().find(|(file, _)| *file == number).map(|(_, len)| *len);
    let len = bytes.len() as u64;
    let piece = match (of, chunk_list::look(&bytes, number)) {
        (None, _) => Piece::Unused { bytes: len, why: "no manifest names its file" },
        (Some(_), None) => {
            Piece::Damage { what: "the list of chunks is damaged; opening does without it" }
        }
        (Some(of), Some((meant, rows))) if of == meant => {
            match rows.iter().find(|row| !stands_there(storage, number, row)) {
                Some(_) => Piece::Damage { what: "the list tells of a chunk that is not there" },
                None => Piece::List { chunks: rows.len(), bytes: len },
            }
        }
        (Some(_), Some(_)) => Piece::Unused { bytes: len, why: "its file has grown since" },
    };
    found(&file, 0, &piece);
    Ok(())
}

fn piece_of(shard: LogShard, chunk: &Chunk, sound: bool) -> Piece {
    if !sound {
        return Piece::Damage { what: "the checksum of the chunk does not fit" };
    }
    let Chunk { first, count, oldest, newest, len, .. } = *chunk;
    Piece::Chunk { shard, first, count, arrivals: (oldest, newest), bytes: len }
}

/// A storage that is read, and for whoever asks seems to have been cut: nothing reaches the disk.
pub struct ReadOnly<S> {
    storage: S,
    cut: BTreeMap<String, u64>,
}

impl<S: Storage> ReadOnly<S> {
    /// Over a storage that stays as it is.
    #[must_use]
    pub fn over(storage: S) -> Self {
        Self { storage, cut: BTreeMap::new() }
    }
}

fn refused(operation: &'static str, file: &str) -> StorageError {
    let why = "the folder is only looked at".to_owned();
    StorageError { operation, file: file.to_owned(), why, full: false }
}

impl<S: Storage> Storage for ReadOnly<S> {
    fn len(&self, file: &str) -> Result<u64, StorageError> {
        let len = self.storage.len(file)?;
        Ok(self.cut.get(file).map_or(len, |cut| len.min(*cut)))
    }

    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        self.storage.read_at(file, at, into)
    }

    fn read_into(
        &self,
        file: &str,
        at: u64,
        len: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        self.storage.read_into(file, at, len, into)
    }

    /// Writing what stands there already changes nothing.
    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let mut there = vec![0; bytes.len()];
        let same = self.storage.read_at(file, at, &mut there).is_ok() && there == bytes;
        if same { Ok(()) } else { Err(refused("write_at", file)) }
    }

    fn sync(&mut self, _: &str) -> Result<(), StorageError> {
        Ok(())
    }

    fn sync_dir(&mut self) -> Result<(), StorageError> {
        Ok(())
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
        self.cut.insert(file.to_owned(), len);
        Ok(())
    }

    fn rename(&mut self, from: &str, _: &str) -> Result<(), StorageError> {
        Err(refused("rename", from))
    }

    fn list(&self) -> Result<Vec<String>, StorageError> {
        self.storage.list()
    }

    fn remove(&mut self, file: &str) -> Result<(), StorageError> {
        Err(refused("remove", file))
    }
}
