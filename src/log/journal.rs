//! The journal: segments of frames, shared by all shards, append only.
//!
//! A segment is the file `journal-NNNNNNNNNN.log`; its number is the epoch of its frames. Frames
//! follow each other from byte 0. After a crash the last segment may end in a torn frame, which
//! is cut; a bad frame with a sound one behind it is corruption, which is reported and left alone.

use crate::log::frame::{self, FrameRecord, FrameWriter};
use crate::log::{LogError, Storage, StorageError, Unsynced};

/// What reading the journal back found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replayed {
    pub(super) torn_bytes: u64,
}

/// The journal's end: where the next frame goes.
#[derive(Debug)]
pub(super) struct Journal {
    epoch: u32,
    len: u64,
    synced: u64,
    segment_bytes: u64,
    segments: usize,
    poisoned: Option<String>,
}

fn file_of(epoch: u32) -> String {
    format!("journal-{epoch:010}.log")
}

fn epoch_of(file: &str) -> Option<u32> {
    file.strip_prefix("journal-")?.strip_suffix(".log")?.parse().ok()
}

impl Journal {
    /// Reads every segment back, in order, and stands ready at the end.
    pub(super) fn open(
        storage: &mut dyn Storage,
        segment_bytes: u64,
        visit: &mut dyn FnMut(FrameRecord<'_>),
    ) -> Result<(Self, Replayed), LogError> {
        let files = storage.list()?;
        let mut epochs: Vec<u32> = files.iter().filter_map(|file| epoch_of(file)).collect();
        epochs.sort_unstable();
        let last = epochs.last().copied();
        let mut journal = Self {
            epoch: last.unwrap_or(1),
            len: 0,
            synced: 0,
            segment_bytes,
            segments: epochs.len().max(1),
            poisoned: None,
        };
        let mut replayed = Replayed::default();
        for epoch in epochs {
            let (whole, torn) = replay(storage, epoch, visit)?;
            if torn == 0 {
                journal.len = whole;
                continue;
            }
            if Some(epoch) != last {
                let file = file_of(epoch);
                let what = "a frame is bad and later segments follow";
                return Err(LogError::Corrupt { file, at: whole, what });
            }
            storage.truncate(&file_of(epoch), whole)?;
            storage.sync(&file_of(epoch))?;
            journal.len = whole;
            journal.synced = whole;
            replayed.torn_bytes = torn;
        }
        // What survived kill -9 need not survive a power cut: only a cut tail was synced here.
        Ok((journal, replayed))
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
        if self.len >= self.segment_bytes {
            self.roll(storage)?;
        }
        let bytes = frame.seal(self.epoch);
        match storage.append(&file_of(self.epoch), bytes) {
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

    /// Closes the segment for good and begins the next.
    fn roll(&mut self, storage: &mut dyn Storage) -> Result<(), LogError> {
        if let Err(error) = storage.sync(&file_of(self.epoch)) {
            self.poisoned = Some(error.to_string());
            return Err(LogError::Storage(error));
        }
        self.epoch += 1;
        self.segments += 1;
        self.len = 0;
        self.synced = 0;
        Ok(())
    }

    pub(super) fn unsynced(&self) -> Option<Unsynced> {
        let bytes = self.len - self.synced;
        (bytes > 0 && self.poisoned.is_none()).then(|| Unsynced {
            file: file_of(self.epoch),
            bytes,
            epoch: self.epoch,
            up_to: self.len,
        })
    }

    pub(super) fn on_synced(&mut self, synced: &Unsynced) {
        if synced.epoch == self.epoch {
            self.synced = self.synced.max(synced.up_to);
        }
    }

    pub(super) fn poison(&mut self, why: &str) {
        self.poisoned.get_or_insert_with(|| why.to_owned());
    }

    pub(super) fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    pub(super) fn segments(&self) -> usize {
        self.segments
    }

    /// Bytes that the journal holds on disk, to the nearest segment.
    pub(super) fn bytes(&self) -> u64 {
        (self.segments as u64 - 1) * self.segment_bytes + self.len
    }
}

/// Reads one segment: bytes of whole frames, and of what follows them.
fn replay(
    storage: &dyn Storage,
    epoch: u32,
    visit: &mut dyn FnMut(FrameRecord<'_>),
) -> Result<(u64, u64), LogError> {
    let file = file_of(epoch);
    let mut bytes = vec![0; usize::try_from(storage.len(&file)?).unwrap_or(usize::MAX)];
    storage.read_at(&file, 0, &mut bytes)?;
    let mut at = 0;
    while at < bytes.len() {
        let Some((len, body)) = frame::frame(&bytes[at..], epoch) else { break };
        let filled = frame::records(body, &mut |record| visit(record));
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
