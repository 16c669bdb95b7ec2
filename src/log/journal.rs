//! The journal: segments of frames, shared by all shards, append only.
//!
//! A segment is the file `journal-NNNNNNNNNN.log`; its number is the epoch of its frames. Frames
//! follow each other from byte 0. After a crash the last segment may end in a torn frame, which
//! is cut; a bad frame with a sound one behind it is corruption, which is reported and left alone.
//! A closed segment remembers how far each shard had come: it is freed, oldest first, once all of
//! that was moved to chunks or trimmed and the manifest says so.

use std::collections::VecDeque;

use crate::log::frame::{self, FrameRecord, FrameWriter};
use crate::log::report::SyncKind;
use crate::log::{LogError, LogShard, Storage, StorageError, Unsynced};

/// How far each shard has come, sorted by shard: the index behind its last record.
pub(super) type Ends = Vec<(LogShard, u64)>;

/// Who is told of what the journal holds.
pub(super) trait Replay {
    /// The next record.
    fn record(&mut self, record: FrameRecord<'_>);
    /// How far each shard has come by the records told so far.
    fn ends(&self) -> Ends;
}

/// What reading the journal back found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replayed {
    pub(super) torn_bytes: u64,
}

/// A segment that takes no more frames.
#[derive(Debug)]
struct Closed {
    epoch: u32,
    bytes: u64,
    ends: Ends,
}

/// The journal: its closed segments, oldest first, and its end, where the next frame goes.
#[derive(Debug)]
pub(super) struct Journal {
    closed: VecDeque<Closed>,
    epoch: u32,
    len: u64,
    synced: u64,
    segment_bytes: u64,
    poisoned: Option<String>,
}

fn file_of(epoch: u32) -> String {
    format!("journal-{epoch:010}.log")
}

fn epoch_of(file: &str) -> Option<u32> {
    file.strip_prefix("journal-")?.strip_suffix(".log")?.parse().ok()
}

impl Journal {
    /// Reads every segment from `first` on back, in order, and stands ready at the end.
    pub(super) fn open(
        storage: &mut dyn Storage,
        segment_bytes: u64,
        first: u32,
        replay: &mut dyn Replay,
    ) -> Result<(Self, Replayed), LogError> {
        let epochs = epochs_from(storage, first)?;
        let last = epochs.last().copied();
        let mut journal = Self {
            closed: VecDeque::new(),
            epoch: last.unwrap_or(first),
            len: 0,
            synced: 0,
            segment_bytes,
            poisoned: None,
        };
        let mut replayed = Replayed::default();
        for epoch in epochs {
            let (whole, torn) = read_segment(storage, epoch, replay)?;
            if Some(epoch) != last {
                if torn > 0 {
                    let file = file_of(epoch);
                    let what = "a frame is bad and later segments follow";
                    return Err(LogError::Corrupt { file, at: whole, what });
                }
                journal.closed.push_back(Closed { epoch, bytes: whole, ends: replay.ends() });
                continue;
            }
            journal.len = whole;
            if torn > 0 {
                storage.truncate(&file_of(epoch), whole)?;
                storage.sync(&file_of(epoch))?;
                journal.synced = whole;
                replayed.torn_bytes = torn;
            }
        }
        // What survived kill -9 need not survive a power cut: only a cut tail was synced here.
        Ok((journal, replayed))
    }

    /// Files of segments before `first`, which nobody needs.
    pub(super) fn strays(storage: &dyn Storage, first: u32) -> Result<Vec<String>, LogError> {
        let mut files = storage.list()?;
        files.retain(|file| epoch_of(file).is_some_and(|epoch| epoch < first));
        Ok(files)
    }

    /// Must [`Self::roll`] come before the next frame?
    pub(super) fn is_full(&self) -> bool {
        self.len >= self.segment_bytes
    }

    /// Appends a frame. After an error nothing of it is there, or the journal is poisoned.
    pub(super) fn append(
        &mut self,
        storage: &mut dyn Storage,
        frame: &mut FrameWriter,
    ) -> Result<(), LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        let bytes = frame.seal(self.epoch);
        match storage.write_at(&file_of(self.epoch), self.len, bytes) {
            Ok(()) if self.len == 0 => self.name_segment(storage, bytes.len() as u64),
            Ok(()) => {
                self.len += bytes.len() as u64;
                Ok(())
            }
            Err(error) => Err(self.take_back(storage, error)),
        }
    }

    /// The first frame of a segment made its file: syncing the file alone would not keep its name.
    fn name_segment(&mut self, storage: &mut dyn Storage, bytes: u64) -> Result<(), LogError> {
        if let Err(error) = storage.sync_dir() {
            let told = self.take_back(storage, error.clone());
            self.poison(&error.to_string());
            return Err(told);
        }
        self.len = bytes;
        Ok(())
    }

    /// A failed append may have left any prefix: cut it, or write no more. It may also have left
    /// nothing, not even the file, and what is not there cannot be cut.
    fn take_back(&mut self, storage: &mut dyn Storage, error: StorageError) -> LogError {
        if storage.len(&file_of(self.epoch)) == Ok(self.len) {
            return LogError::Storage(error);
        }
        if let Err(worse) = storage.truncate(&file_of(self.epoch), self.len) {
            self.poisoned = Some(format!("{error}; then {worse}"));
        }
        LogError::Storage(error)
    }

    /// Closes the segment for good and begins the next; `ends` is how far its records go.
    pub(super) fn roll(&mut self, storage: &mut dyn Storage, ends: Ends) -> Result<(), LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Poisoned(why.clone()));
        }
        if let Err(error) = storage.sync(&file_of(self.epoch)) {
            self.poisoned = Some(error.to_string());
            return Err(LogError::Storage(error));
        }
        self.closed.push_back(Closed { epoch: self.epoch, bytes: self.len, ends });
        self.epoch += 1;
        self.len = 0;
        self.synced = 0;
        Ok(())
    }

    /// How far the records go that must be moved so that only `segments_max` closed segments wait.
    pub(super) fn overdue(&self, segments_max: usize) -> &[(LogShard, u64)] {
        let last = self.closed.len().checked_sub(segments_max + 1);
        last.map_or(&[], |last| &self.closed[last].ends)
    }

    /// The oldest segment with a record at or behind what `moved` says of its shard.
    pub(super) fn needed_from(&self, moved: &dyn Fn(LogShard) -> u64) -> u32 {
        let needed = |closed: &&Closed| closed.ends.iter().any(|(shard, end)| moved(*shard) < *end);
        self.closed.iter().find(needed).map_or(self.epoch, |closed| closed.epoch)
    }

    /// The oldest segment that is there.
    pub(super) fn first(&self) -> u32 {
        self.closed.front().map_or(self.epoch, |closed| closed.epoch)
    }

    /// Forgets the closed segments before `epoch`; gives their files.
    pub(super) fn forget_before(&mut self, epoch: u32) -> Vec<String> {
        let count = self.closed.partition_point(|closed| closed.epoch < epoch);
        self.closed.drain(..count).map(|closed| file_of(closed.epoch)).collect()
    }

    pub(super) fn unsynced(&self) -> Option<Unsynced> {
        let bytes = self.len - self.synced;
        (bytes > 0 && self.poisoned.is_none()).then(|| Unsynced {
            file: file_of(self.epoch),
            bytes,
            kind: SyncKind::Journal,
            number: self.epoch,
            up_to: self.len,
        })
    }

    pub(super) fn on_synced(&mut self, synced: &Unsynced) {
        if synced.number == self.epoch {
            self.synced = self.synced.max(synced.up_to);
        }
    }

    /// A segment that was freed while the driver synced it needs no sync.
    pub(super) fn on_sync_failed(&mut self, failed: &Unsynced, why: &str) {
        if failed.number >= self.first() {
            self.poison(why);
        }
    }

    pub(super) fn poison(&mut self, why: &str) {
        self.poisoned.get_or_insert_with(|| why.to_owned());
    }

    pub(super) fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    pub(super) fn segments(&self) -> usize {
        self.closed.len() + 1
    }

    /// Bytes that the journal holds on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.closed.iter().map(|closed| closed.bytes).sum::<u64>() + self.len
    }
}

/// The segments from `first` on, of which none may be missing.
fn epochs_from(storage: &dyn Storage, first: u32) -> Result<Vec<u32>, LogError> {
    let files = storage.list()?;
    let mut epochs: Vec<u32> = files.iter().filter_map(|file| epoch_of(file)).collect();
    epochs.retain(|epoch| *epoch >= first);
    epochs.sort_unstable();
    match (first..).zip(&epochs).find(|(expected, epoch)| expected != *epoch) {
        None => Ok(epochs),
        Some((expected, _)) => {
            let what = "the segment is missing and later ones are there";
            Err(LogError::Corrupt { file: file_of(expected), at: 0, what })
        }
    }
}

/// Reads one segment: bytes of whole frames, and of what follows them.
fn read_segment(
    storage: &dyn Storage,
    epoch: u32,
    replay: &mut dyn Replay,
) -> Result<(u64, u64), LogError> {
    let file = file_of(epoch);
    let mut bytes = vec![0; usize::try_from(storage.len(&file)?).unwrap_or(usize::MAX)];
    storage.read_at(&file, 0, &mut bytes)?;
    let mut at = 0;
    while at < bytes.len() {
        let Some((len, body)) = frame::frame(&bytes[at..], epoch) else { break };
        let filled = frame::records(body, &mut |record| replay.record(record));
        if filled.is_none() {
            let what = "records do not fill their frame";
            return Err(LogError::Corrupt { file, at: at as u64, what });
        }
        at += len;
    }
    let torn = &bytes[at..];
    if (1..torn.len()).any(|skip| frame::frame(&torn[skip..], epoch).is_some()) {
        let what = "a frame is bad and sound ones follow";
        return Err(LogError::Corrupt { file, at: at as u64, what });
    }
    Ok((at as u64, torn.len() as u64))
}
