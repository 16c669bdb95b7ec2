//! The journal: segments of frames, shared by all shards, written one frame after the other.
//!
//! `segment.rs` says what a segment is and how it is read back, `frame.rs` what a frame is. A
//! closed segment remembers how far each shard had come: it is freed, oldest first, once all of
//! that was moved to chunks or trimmed and the manifest says so. A freed file becomes the next
//! segment: writing over bytes that the system still has in memory costs half of making a file longer.
//! For commits that wait for the disk zeros are written ahead, because a sync of bytes that go over
//! others costs two thirds of one that makes the file longer.
//!
//! A segment is closed when it has come to its length and nearly all of it is synced: closing syncs
//! the rest while everybody waits, so bytes that come faster than the disk takes them make a segment
//! longer, up to a bound, before they make anyone wait. The driver is told to hurry meanwhile: a sync
//! behind another leaves less each time.
//!
//! Three ends: frames go to `len`, the disk has `durable`, and between them only what is behind
//! `settled` needs a sync; a mark, which tells how far the disk has come, does not.

use std::collections::VecDeque;
use std::ops::Range;

use crate::log::frame::{self, FrameWriter, Kind, Place, Segment};
use crate::log::report::SyncKind;
use crate::log::segment::{self, Ends, Replay, file_of};
use crate::log::{LogError, LogShard, Storage, StorageError, Unsynced};
use crate::model::{JournalPosition, Millis};

/// Bytes of zeros that are written ahead at a time.
const AHEAD: usize = 1024 * 1024;
/// Bytes of a frame for which that is worth its price: of longer ones the zeros take the disk longer
/// than they spare it.
const AHEAD_FRAME_BYTES: usize = AHEAD / 8;
/// Milliseconds to which the age of unsynced frames is known.
const SINCE_MS: u64 = 10;
/// Segments' worth of freed files that wait to become segments again.
const SPARES: u64 = 4;
/// A full segment waits to be closed until all but this share of its bytes is synced, so that
/// closing it makes nobody wait long for the disk,
const SYNCED_BUT: u64 = 16;
/// or until it is so many times as long as wanted.
const OVERLONG: u64 = 3;

/// How soon a frame will be synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Haste {
    /// In its time.
    #[default]
    Later,
    /// At once: somebody waits for it.
    Now,
}

/// The segment of that number, of which there is no file yet.
fn next(storage: &mut dyn Storage, epoch: u32) -> Segment {
    Segment { epoch, salt: storage.salt() }
}

/// What reading the journal back found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replayed {
    pub(super) torn_bytes: u64,
}

/// A segment that takes no more frames.
#[derive(Debug)]
struct Closed {
    segment: Segment,
    /// Bytes of the file.
    bytes: u64,
    ends: Ends,
}

/// A file that held a segment.
#[derive(Debug)]
struct Spare {
    file: String,
    bytes: u64,
}

/// The journal: its closed segments, oldest first, and its end, where the next frame goes.
#[derive(Debug)]
pub(super) struct Journal {
    closed: VecDeque<Closed>,
    segment: Segment,
    file: String,
    /// Bytes of frames in the segment.
    len: u64,
    /// Bytes of the segment that survive a power cut.
    durable: u64,
    /// Bytes of the segment that need no sync.
    settled: u64,
    /// Bytes of the segment's file, frames and what stands behind them.
    reserved: u64,
    /// Bytes of frames in all segments before, since the folder was opened.
    before: u64,
    /// Where frames that wait for a sync begin, and when their records arrived.
    since: VecDeque<(u64, Millis)>,
    segment_bytes: u64,
    spares: Vec<Spare>,
    poisoned: Option<String>,
}

impl Journal {
    /// Reads every segment from `first` on back, in order, and stands ready at the end. What was
    /// read back survives a power cut from then on.
    pub(super) fn open(
        storage: &mut dyn Storage,
        segment_bytes: u64,
        first: u32,
        replay: &mut dyn Replay,
    ) -> Result<(Self, Replayed), LogError> {
        let mut journal = Self::new(storage, first, segment_bytes);
        let mut replayed = Replayed::default();
        let segments = segment::all_from(storage, first)?;
        let last = segments.last().copied();
        let mut room = Vec::new();
        for segment in segments {
            let content = segment::read(storage, segment, replay, &mut room)?;
            journal.begin(segment);
            if Some(segment) == last {
                journal.resume(storage, content)?;
                replayed.torn_bytes = content.torn;
            } else if !content.ended {
                let what = "the segment has no end and later ones follow";
                return Err(LogError::Corrupt { file: file_of(segment), at: content.whole, what });
            }
            if content.ended {
                let (bytes, ends) = (content.whole, replay.ends());
                journal.closed.push_back(Closed { segment, bytes, ends });
                journal.begin(next(storage, segment.epoch + 1));
            }
        }
        Ok((journal, replayed))
    }

    fn new(storage: &mut dyn Storage, first: u32, segment_bytes: u64) -> Self {
        assert!(
            segment_bytes <= u64::from(u32::MAX) / (OVERLONG + 1),
            "a place in a segment fits 32 bits"
        );
        let segment = next(storage, first);
        Self {
            closed: VecDeque::new(),
            segment,
            file: file_of(segment),
            len: 0,
            durable: 0,
            settled: 0,
            reserved: 0,
            before: 0,
            since: VecDeque::new(),
            segment_bytes,
            spares: Vec::new(),
            poisoned: None,
        }
    }

    /// The next frame is the first of that segment.
    fn begin(&mut self, segment: Segment) {
        (self.segment, self.file) = (segment, file_of(segment));
        (self.len, self.durable, self.settled, self.reserved) = (0, 0, 0, 0);
        self.since.clear();
    }

    /// Goes on behind the last segment that was found: cuts what stands behind its frames and syncs
    /// it, also when it is closed, because the sync that closes a segment may have failed. A system
    /// whose sync has failed may take the bytes for written ever after, and sync nothing: so what no
    /// frame tells to be synced is written once more.
    fn resume(
        &mut self,
        storage: &mut dyn Storage,
        content: segment::Content,
    ) -> Result<(), LogError> {
        if content.file > content.whole {
            storage.truncate(&self.file, content.whole)?;
        }
        self.write_again(storage, content.synced..content.whole)?;
        storage.sync(&self.file)?;
        (self.len, self.durable) = (content.whole, content.whole);
        (self.settled, self.reserved) = (content.whole, content.whole);
        Ok(())
    }

    fn write_again(
        &self,
        storage: &mut dyn Storage,
        bytes: Range<u64>,
    ) -> Result<(), StorageError> {
        let mut piece = Vec::new();
        for at in bytes.clone().step_by(AHEAD) {
            let len = (bytes.end - at).min(AHEAD as u64);
            piece.resize(usize::try_from(len).expect("a piece is small"), 0);
            storage.read_at(&self.file, at, &mut piece)?;
            storage.write_at(&self.file, at, &piece)?;
        }
        Ok(())
    }

    /// Files of segments before `first`, which nobody needs.
    pub(super) fn strays(storage: &dyn Storage, first: u32) -> Result<Vec<String>, LogError> {
        let mut files = storage.list()?;
        files.retain(|file| segment::of_file(file).is_some_and(|segment| segment.epoch < first));
        Ok(files)
    }

    /// Must [`Self::roll`] come before the next frame?
    pub(super) fn is_full(&self) -> bool {
        let synced = self.len - self.durable <= self.segment_bytes / SYNCED_BUT;
        let wanted = if synced { self.segment_bytes } else { OVERLONG * self.segment_bytes };
        self.len >= wanted
    }

    /// Where the next frame goes.
    fn place(&self) -> Place {
        let byte = |at: u64| u32::try_from(at).expect("a segment is closed long before 4 GiB");
        Place { segment: self.segment, at: byte(self.len), synced: byte(self.durable) }
    }

    fn sound(&self) -> Result<(), LogError> {
        self.poisoned.as_ref().map_or(Ok(()), |why| Err(LogError::Poisoned(why.clone())))
    }

    /// Appends a frame, of which `own` are bytes that are in no batch. After an error nothing of it is there, or the journal is poisoned.
    pub(super) fn append(
        &mut self,
        storage: &mut dyn Storage,
        (frame, own): (&mut FrameWriter, &[u8]),
        haste: Haste,
    ) -> Result<(), LogError> {
        self.sound()?;
        frame.seal(self.place(), own);
        if self.reserved == 0 {
            self.take_spare(storage);
        }
        let (begin, bytes) = (self.len, frame.len());
        let short = bytes <= AHEAD_FRAME_BYTES;
        if haste == Haste::Now && short && begin + bytes as u64 > self.reserved {
            self.write_ahead(storage, bytes);
        }
        frame.parts(own, |parts| self.write(storage, parts))?;
        let news = |(_, last): &(u64, Millis)| frame.arrival().since(*last) >= SINCE_MS;
        if self.since.back().is_none_or(news) {
            self.since.push_back((begin, frame.arrival()));
        }
        Ok(())
    }

    /// Writes a frame behind the others; the first one makes a name, which must be synced as well.
    fn write(&mut self, storage: &mut dyn Storage, parts: &[&[u8]]) -> Result<(), LogError> {
        if let Err(error) = storage.write_parts_at(&self.file, self.len, parts) {
            let again = error.full && self.give_up_spares(storage);
            let told = self.take_back(storage, error);
            if !again || self.poisoned.is_some() {
                return Err(told);
            }
            if let Err(error) = storage.write_parts_at(&self.file, self.len, parts) {
                return Err(self.take_back(storage, error));
            }
        }
        if self.len == 0
            && let Err(error) = storage.sync_dir()
        {
            let told = self.take_back(storage, error.clone());
            self.poison(&error.to_string());
            return Err(told);
        }
        self.len += parts.iter().map(|part| part.len() as u64).sum::<u64>();
        self.reserved = self.reserved.max(self.len);
        Ok(())
    }

    /// A disk is full: files that only wait to be used again go. Were there any?
    pub(super) fn give_up_spares(&mut self, storage: &mut dyn Storage) -> bool {
        let before = self.spares.len();
        self.spares.retain(|spare| storage.remove(&spare.file).is_err());
        self.spares.len() < before
    }

    /// A file that held an earlier segment becomes this one, if there is one and it can be renamed.
    fn take_spare(&mut self, storage: &mut dyn Storage) {
        if let Some(spare) = self.spares.pop()
            && storage.rename(&spare.file, &self.file).is_ok()
        {
            self.reserved = spare.bytes;
        }
    }

    /// Zeros where the next frames go, so that their sync makes no file longer. A disk that is too
    /// full for it may still have room for the frames.
    fn write_ahead(&mut self, storage: &mut dyn Storage, bytes: usize) {
        let ahead = usize::try_from(self.segment_bytes).map_or(AHEAD, |segment| segment.min(AHEAD));
        let zeros = vec![0; bytes + ahead];
        let from = self.len.max(self.reserved);
        match storage.write_at(&self.file, from, &zeros) {
            Ok(()) => self.reserved = from + zeros.len() as u64,
            Err(_) if from > 0 => {
                let _ = storage.truncate(&self.file, from);
            }
            Err(_) => {
                let _ = storage.remove(&self.file);
            }
        }
    }

    /// A failed write may have left any part: cut it, or write no more. It may also have left
    /// nothing, not even the file, and what is not there cannot be cut.
    fn take_back(&mut self, storage: &mut dyn Storage, error: StorageError) -> LogError {
        if storage.len(&self.file) == Ok(self.len) {
            return LogError::Storage(error);
        }
        match storage.truncate(&self.file, self.len) {
            Ok(()) => self.reserved = self.len,
            Err(worse) => self.poisoned = Some(format!("{error}; then {worse}")),
        }
        LogError::Storage(error)
    }

    /// Closes the segment for good and begins the next; `ends` is how far its records go.
    pub(super) fn roll(&mut self, storage: &mut dyn Storage, ends: Ends) -> Result<(), LogError> {
        self.sound()?;
        let end = frame::bare(Kind::End, self.place());
        self.write(storage, &[&end])?;
        if let Err(error) = storage.sync(&self.file) {
            self.poison(&error.to_string());
            return Err(LogError::Storage(error));
        }
        self.closed.push_back(Closed { segment: self.segment, bytes: self.reserved, ends });
        self.before += self.len;
        self.begin(next(storage, self.segment.epoch + 1));
        Ok(())
    }

    /// Tells the disk how far it was synced, once after each sync that nothing followed: with a
    /// mark behind them the last frames are known to have been safe.
    pub(super) fn mark(&mut self, storage: &mut dyn Storage) -> Result<(), LogError> {
        let news = self.durable == self.len && self.len > 0;
        if !news || self.poisoned.is_some() {
            return Ok(());
        }
        let mark = frame::bare(Kind::Mark, self.place());
        self.write(storage, &[&mark])?;
        self.settled = self.len;
        Ok(())
    }

    /// The segment up to which records must be moved so that only `segments_max` closed ones wait.
    pub(super) fn overdue(&self, segments_max: usize) -> Option<u32> {
        let last = self.closed.len().checked_sub(segments_max.saturating_add(1))?;
        Some(self.closed[last].segment.epoch)
    }

    /// The segment that the last frame went to, and the next one may go to.
    pub(super) fn epoch(&self) -> u32 {
        self.segment.epoch
    }

    /// The oldest segment with a record at or behind what `moved` says of its shard.
    pub(super) fn needed_from(&self, moved: &dyn Fn(LogShard) -> u64) -> u32 {
        let needed = |closed: &&Closed| closed.ends.iter().any(|(shard, end)| moved(*shard) < *end);
        self.closed.iter().find(needed).map_or(self.segment.epoch, |closed| closed.segment.epoch)
    }

    /// The oldest segment that is there.
    pub(super) fn first(&self) -> u32 {
        self.closed.front().map_or(self.segment.epoch, |closed| closed.segment.epoch)
    }

    /// Forgets the closed segments before `epoch`, which the manifest does not need any more. Some
    /// of their files wait to be used again; gives the others.
    pub(super) fn forget_before(&mut self, epoch: u32) -> Vec<String> {
        let count = self.closed.partition_point(|closed| closed.segment.epoch < epoch);
        let freed = self.closed.drain(..count);
        let freed =
            freed.map(|Closed { segment, bytes, .. }| Spare { file: file_of(segment), bytes });
        self.spares.extend(freed);
        let mut surplus = Vec::new();
        while self.spare_bytes() > SPARES * self.segment_bytes {
            surplus.push(self.spares.remove(0).file);
        }
        surplus
    }

    /// How far frames were written.
    pub(super) fn written(&self) -> JournalPosition {
        JournalPosition(self.before + self.len)
    }

    /// How far frames survive a power cut.
    pub(super) fn durable(&self) -> JournalPosition {
        JournalPosition(self.before + self.durable)
    }

    pub(super) fn unsynced(&self) -> Option<Unsynced> {
        let bytes = self.len - self.settled;
        (bytes > 0 && self.poisoned.is_none()).then(|| Unsynced {
            file: self.file.clone(),
            bytes,
            since: self.since.front().map_or(Millis::NEVER, |(_, at)| *at),
            hurry: self.len >= self.segment_bytes,
            kind: SyncKind::Journal,
            number: self.segment.epoch,
            up_to: self.len,
        })
    }

    pub(super) fn on_synced(&mut self, synced: &Unsynced) {
        if synced.number == self.segment.epoch {
            self.durable = self.durable.max(synced.up_to);
            self.settled = self.settled.max(synced.up_to);
            let settled = self.settled;
            while self.since.get(1).is_some_and(|(begin, _)| *begin <= settled)
                || (settled == self.len && !self.since.is_empty())
            {
                self.since.pop_front();
            }
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
        let closed = self.closed.iter().map(|closed| closed.bytes).sum::<u64>();
        closed + self.spare_bytes() + self.reserved
    }

    /// Bytes of files that wait to become segments again.
    pub(super) fn spare_bytes(&self) -> u64 {
        self.spares.iter().map(|spare| spare.bytes).sum()
    }
}
