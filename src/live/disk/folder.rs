//! The folder that a storage and its syncers share: its lock, the handles by which files are synced, and
//! the room that is kept in it.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::syncer::Synced;
use crate::log::StorageError;

/// The file whose lock says that a process owns the folder.
pub(super) const LOCK: &str = "LOCK";
/// The file that takes room on the disk for the time when there is no more.
const RESERVE: &str = "RESERVE";
/// Its bytes: a list of the streams and a manifest of some thousand shards.
const RESERVE_BYTES: usize = 2 * 1024 * 1024;
/// Files of the folder that are not the log's.
pub(super) const OURS: [&str; 2] = [LOCK, RESERVE];

/// Files that a syncer keeps open: one of the journal and one of chunks are synced at a time.
const SYNCED_MAX: usize = 4;

/// Open files by name, the one that was opened first in front.
type Handles = VecDeque<(String, Arc<Synced>)>;

/// The folder and the lock on it, shared by the storage and its syncers.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// The folder itself, open as long as it is ours: syncing it shall not need a descriptor more.
    opened: Option<File>,
    /// The files that were synced last, kept open: a handle that was open all along is told of every
    /// failure to write, one that is opened afterwards may not be.
    synced: Mutex<Handles>,
    /// Is the reserve there?
    reserve: Mutex<bool>,
    /// The system releases the lock when this is closed, also after kill -9. A folder that is only
    /// looked at may have none.
    _lock: Option<File>,
}

impl Folder {
    pub(super) fn new(path: PathBuf, opened: Option<File>, lock: Option<File>) -> Self {
        let (synced, reserve) = (Mutex::default(), Mutex::default());
        Self { path, opened, synced, reserve, _lock: lock }
    }

    /// Makes names survive a power cut.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.opened.as_ref().map_or(Ok(()), File::sync_all)
    }

    /// A file is named without its folder; anything else is refused.
    pub(super) fn path_of(
        &self,
        operation: &'static str,
        file: &str,
    ) -> Result<PathBuf, StorageError> {
        let plain = !file.is_empty() && !file.contains(['/', '\\']) && file != "." && file != "..";
        if plain && !OURS.contains(&file) {
            return Ok(self.path.join(file));
        }
        let why = "a file of the log has a plain name, and `LOCK` and `RESERVE` are not for it";
        let why = why.to_owned();
        Err(StorageError { operation, file: file.to_owned(), why, full: false })
    }

    /// The handle by which a file is synced.
    pub(super) fn handle(&self, file: &str, path: &Path) -> io::Result<Arc<Synced>> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, handle)) = synced.iter().find(|(name, _)| name == file) {
            return Ok(Arc::clone(handle));
        }
        let opened = OpenOptions::new().write(true).open(path)?;
        let handle = Arc::new(Synced::new(opened));
        synced.push_back((file.to_owned(), Arc::clone(&handle)));
        if synced.len() > SYNCED_MAX {
            synced.pop_front();
        }
        Ok(handle)
    }

    /// The name will mean another file, or none: one that is kept open would keep its room.
    pub(super) fn forget(&self, file: &str) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        synced.retain(|(name, _)| name != file);
    }

    /// Takes room for the time when there is no more, if there is twice as much.
    pub(super) fn keep_reserve(&self) {
        let mut is_there = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path.join(RESERVE);
        if *is_there {
            return;
        }
        *is_there = fs::metadata(&path).is_ok_and(|file| file.len() >= RESERVE_BYTES as u64)
            || fs::write(&path, vec![0; 2 * RESERVE_BYTES])
                .and_then(|()| OpenOptions::new().write(true).open(&path))
                .and_then(|file| file.set_len(RESERVE_BYTES as u64))
                .is_ok();
        if !*is_there {
            let _ = fs::remove_file(path);
        }
    }

    pub(super) fn give_up_reserve(&self) -> bool {
        let mut is_there = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let given = std::mem::take(&mut *is_there);
        given && fs::remove_file(self.path.join(RESERVE)).is_ok()
    }
}
