//! One file of the journal: its name, and how it is read back.
//!
//! A segment is the file `journal-NNNNNNNNNN.log`; its number is the epoch of its frames. Frames
//! follow each other from byte 0, up to an end frame when the segment is closed. What stands behind
//! the last frame means nothing: zeros that were written ahead, or frames of an earlier use.
//!
//! At the first byte X where no sound frame stands there are two cases. When a sound frame behind X
//! says that more than X was synced before it was written, X was safe once and is damaged now: that
//! is corruption, reported and left alone. Otherwise nothing from X on was ever synced: a crash
//! tore it, whatever order the disk wrote its parts in, and it is cut off.

use crate::log::frame::{self, FrameRecord, Kind};
use crate::log::{LogError, LogShard, Storage, storage};

/// How far each shard has come, sorted by shard: the index behind its last record.
pub(super) type Ends = Vec<(LogShard, u64)>;

/// Who is told of what the journal holds.
pub(super) trait Replay {
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

pub(super) fn file_of(epoch: u32) -> String {
    format!("journal-{epoch:010}.log")
}

pub(super) fn epoch_of(file: &str) -> Option<u32> {
    let epoch = file.strip_prefix("journal-")?.strip_suffix(".log")?.parse().ok()?;
    (file_of(epoch) == file).then_some(epoch)
}

/// The segments from `first` on, of which none may be missing.
pub(super) fn epochs_from(storage: &dyn Storage, first: u32) -> Result<Vec<u32>, LogError> {
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

/// Reads one segment and tells its records; `bytes` is room for it.
pub(super) fn read(
    storage: &dyn Storage,
    epoch: u32,
    replay: &mut dyn Replay,
    bytes: &mut Vec<u8>,
) -> Result<Content, LogError> {
    let file = file_of(epoch);
    storage::read_whole(storage, &file, bytes)?;
    let damaged = |at: usize, what| LogError::Corrupt { file: file.clone(), at: at as u64, what };
    if frame::is_version_1(bytes) {
        return Err(damaged(0, "it is of format version 1, which only an older watershed reads"));
    }
    let (mut at, mut synced, mut ended) = (0, 0, false);
    while let (false, Some(frame)) = (ended, frame::frame(bytes, epoch, at)) {
        if frame.records(&mut |record| replay.record(record)).is_none() {
            return Err(damaged(at, "records do not fill their frame"));
        }
        at += frame.len;
        synced = synced.max(u64::from(frame.synced));
        ended = frame.kind == Kind::End;
    }
    let torn = if ended { Some(0) } else { torn_bytes(bytes, epoch, at) };
    let torn = torn.ok_or_else(|| damaged(at, "a frame is bad that was synced before"))? as u64;
    let whole = at as u64;
    Ok(Content { whole, synced: synced.min(whole), ended, torn, file: bytes.len() as u64 })
}

/// Bytes behind the last sound frame that belong to unfinished ones; `None` when a frame behind
/// says that they were finished once.
pub(super) fn torn_bytes(bytes: &[u8], epoch: u32, at: usize) -> Option<usize> {
    let mut torn = frame::claimed(bytes, epoch, at);
    for later in (at..bytes.len()).step_by(frame::ALIGN).skip(1) {
        if let Some(frame) = frame::frame(bytes, epoch, later) {
            if frame.synced as usize > at {
                return None;
            }
            torn = torn.max(later + frame.len - at);
        }
    }
    Some(torn)
}
