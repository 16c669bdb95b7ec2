//! One file of the journal: its name, and how it is read back.
//!
//! A segment is the file `journal-NNNNNNNNNN-SSSSSSSS.log`: its number is the epoch of its frames,
//! and eight digits in base 16 are the salt of their checksums; without them that is 0. Frames
//! follow each other from byte 0, up to an end frame when the segment is closed. What stands behind
//! the last frame means nothing: zeros that were written ahead, or frames of an earlier use.
//!
//! At the first byte X where no sound frame stands there are two cases. When a sound frame behind X
//! says that more than X was synced before it was written, X was safe once and is damaged now: that
//! is corruption, reported and left alone. Otherwise nothing from X on was ever synced: a crash
//! tore it, whatever order the disk wrote its parts in, and it is cut off.

use crate::log::frame::{self, Frame, FrameRecord, Kind, Segment};
use crate::log::window::Window;
use crate::log::{LogError, LogShard, Storage, StorageError};

/// How far each shard has come, sorted by shard: the index behind its last record.
pub(super) type Ends = Vec<(LogShard, u64)>;

/// Who is told of what the journal holds.
pub(super) trait Replay {
    /// Records of a segment come next.
    fn begin(&mut self, segment: Segment);
    /// The next record.
    fn record(&mut self, record: FrameRecord<'_>);
    /// How far each shard has come by the records told so far.
    fn ends(&self) -> Ends;
}

/// What a segment holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// Bytes of sound frames.
    pub(super) whole: u64,
    /// Bytes of these that were synced, as a frame among them tells.
    pub(super) synced: u64,
    /// Is the last of them an end?
    pub(super) ended: bool,
    /// Bytes behind them that belong to a torn frame.
    pub(super) torn: u64,
    /// Bytes of the file.
    pub(super) file: u64,
}

pub(super) fn file_of(segment: Segment) -> String {
    match segment {
        Segment { epoch, salt: 0 } => format!("journal-{epoch:010}.log"),
        Segment { epoch, salt } => format!("journal-{epoch:010}-{salt:08x}.log"),
    }
}

pub(super) fn of_file(file: &str) -> Option<Segment> {
    let name = file.strip_prefix("journal-")?.strip_suffix(".log")?;
    let (epoch, salt) = name.split_once('-').unwrap_or((name, "0"));
    let (epoch, salt) = (epoch.parse().ok()?, u32::from_str_radix(salt, 16).ok()?);
    Some(Segment { epoch, salt }).filter(|segment| file_of(*segment) == file)
}

/// The segments from `first` on, of which none may be missing.
pub(super) fn all_from(storage: &dyn Storage, first: u32) -> Result<Vec<Segment>, LogError> {
    let files = storage.list()?;
    let mut segments: Vec<Segment> = files.iter().filter_map(|file| of_file(file)).collect();
    segments.retain(|segment| segment.epoch >= first);
    segments.sort_unstable();
    let gap = (first..).zip(&segments).find(|(expected, segment)| *expected != segment.epoch);
    let (file, what) = match gap {
        None => return Ok(segments),
        Some((expected, segment)) if expected > segment.epoch => {
            (file_of(*segment), "another file is the same segment")
        }
        Some((epoch, _)) => {
            let expected = file_of(Segment { epoch, salt: 0 });
            (expected, "the segment is missing and later ones are there")
        }
    };
    Err(LogError::Corrupt { file, at: 0, what })
}

/// Goes through the frames of one segment.
pub(super) struct Frames<'a> {
    window: Window<'a>,
    segment: Segment,
    /// The byte behind the frames so far.
    pub(super) at: u64,
}

impl<'a> Frames<'a> {
    /// From the beginning; `room` is what the file is read into, piece by piece.
    pub(super) fn of(
        storage: &'a dyn Storage,
        segment: Segment,
        room: &'a mut Vec<u8>,
    ) -> Result<Self, StorageError> {
        Ok(Self { window: Window::over(storage, file_of(segment), room)?, segment, at: 0 })
    }

    /// Bytes of the file.
    pub(super) fn file(&self) -> u64 {
        self.window.len()
    }

    /// The next sound frame and where it begins.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Frame<'_>)>, StorageError> {
        let begin = self.at;
        let found = frame_at(&mut self.window, self.segment, begin)?;
        Ok(found.inspect(|frame| self.at += frame.len as u64).map(|frame| (begin, frame)))
    }

    fn is_version_1(&mut self) -> Result<bool, StorageError> {
        let claim = frame::claim_of_version_1(self.window.at(0, frame::HEADER)?);
        Ok(match claim {
            Some(len) => frame::is_version_1(self.window.at(0, len)?),
            None => false,
        })
    }

    /// Bytes behind the frames so far that belong to unfinished ones; `None` when a frame behind
    /// says that they were finished once.
    pub(super) fn torn(&mut self) -> Result<Option<u64>, StorageError> {
        let Self { window, segment, at } = self;
        let (end, rest) = (window.len(), window.len() - *at);
        let header = window.at(*at, frame::HEADER)?;
        let claim = match header.len() {
            frame::HEADER.. => frame::claim(header, *segment, *at).unwrap_or(0) as u64,
            _ => rest,
        };
        let mut torn = claim.min(rest);
        let mut later = *at + frame::ALIGN as u64;
        while later < end {
            let rest = window.at(later, frame::HEADER)?;
            later += frame::skip_to_claim(rest, segment.epoch, later) as u64;
            if let Some(frame) = frame_at(window, *segment, later)? {
                if u64::from(frame.synced) > *at {
                    return Ok(None);
                }
                torn = torn.max(later + frame.len as u64 - *at);
            }
            later += frame::ALIGN as u64;
        }
        Ok(Some(torn))
    }
}

/// The frame at byte `at`, if there is a whole and sound one.
fn frame_at<'w>(
    window: &'w mut Window<'_>,
    segment: Segment,
    at: u64,
) -> Result<Option<Frame<'w>>, StorageError> {
    let claim = frame::sound_claim(window.at(at, frame::HEADER)?, segment, at);
    Ok(match claim {
        Some(len) => frame::frame(window.at(at, len)?, segment, at),
        None => None,
    })
}

/// Reads one segment and tells its records; `room` is what it is read into, piece by piece.
pub(super) fn read(
    storage: &dyn Storage,
    segment: Segment,
    replay: &mut dyn Replay,
    room: &mut Vec<u8>,
) -> Result<Content, LogError> {
    let mut frames = Frames::of(storage, segment, room)?;
    let damaged = |at: u64, what| LogError::Corrupt { file: file_of(segment), at, what };
    if frames.is_version_1()? {
        return Err(damaged(0, "it is of format version 1, which only an older watershed reads"));
    }
    replay.begin(segment);
    let (mut synced, mut ended) = (0, false);
    while let (false, Some((at, frame))) = (ended, frames.next()?) {
        if frame.records(&mut |record| replay.record(record)).is_none() {
            return Err(damaged(at, "records do not fill their frame"));
        }
        synced = synced.max(u64::from(frame.synced));
        ended = frame.kind == Kind::End;
    }
    let whole = frames.at;
    let torn = if ended { Some(0) } else { frames.torn()? };
    let torn = torn.ok_or_else(|| damaged(whole, "a frame is bad that was synced before"))?;
    Ok(Content { whole, synced: synced.min(whole), ended, torn, file: frames.file() })
}
