//! Syncing the files of a storage from any thread.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::folder::Folder;
use super::{DiskStorage, failed};
use crate::log::StorageError;
use crate::snapshot::Volume;

/// How often, and how long apart, a file is tried to be opened for which there is no descriptor: it is
/// opened to be synced, and a sync that was not tried is none that failed.
const DESCRIPTOR_TRIES: u32 = 3_000;
const DESCRIPTOR_WAIT: Duration = Duration::from_millis(10);

/// A file that is synced.
#[derive(Debug)]
pub(super) struct Synced {
    file: File,
    /// Why it could not be synced once.
    failed: Mutex<Option<StorageError>>,
}

impl Synced {
    pub(super) fn new(file: File) -> Self {
        Self { file, failed: Mutex::new(None) }
    }

    /// One sync at a time, and none after one that failed: the system tells a failure once for each
    /// handle, then takes the bytes for written. Who syncs beside or behind the one who was told
    /// would be told that all is well.
    pub(super) fn sync(
        &self,
        sync: impl FnOnce(&File) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = &*failed {
            return Err(why.clone());
        }
        sync(&self.file).inspect_err(|why| *failed = Some(why.clone()))
    }
}

#[cfg(unix)]
fn lacks_descriptors(why: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    why.raw_os_error().is_some_and(|code| lacks.contains(&code))
}

#[cfg(not(unix))]
fn lacks_descriptors(_why: &io::Error) -> bool {
    false
}

/// Syncs files of a [`DiskStorage`] from any thread, and keeps its folder locked meanwhile.
#[derive(Clone, Debug)]
pub struct DiskSyncer {
    folder: Arc<Folder>,
}

impl DiskSyncer {
    pub(super) fn of(folder: Arc<Folder>) -> Self {
        Self { folder }
    }

    /// The disk that the folder is on; none when the system does not tell.
    #[must_use]
    pub fn volume(&self) -> Option<Volume> {
        let told = rustix::fs::statvfs(&self.folder.path).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(told.f_frsize);
        Some(Volume { bytes: bytes(told.f_blocks), free_bytes: bytes(told.f_bavail) })
    }

    /// Another storage of the same folder, for bytes that are written outside of the log's lock.
    #[must_use]
    pub fn storage(&self) -> DiskStorage {
        DiskStorage::of(Arc::clone(&self.folder))
    }

    /// Makes all bytes that were written to the file before this call survive a power cut.
    ///
    /// # Errors
    /// When the system refuses or the file is not there; the bytes may then be gone.
    pub fn sync(&self, file: &str) -> Result<(), StorageError> {
        self.handle(file)?.sync(|open| open.sync_data().map_err(failed("sync", file)))
    }

    /// A handle of its own: a sync covers the file, whichever handle wrote the bytes.
    /// While the system has no descriptor left it is waited for.
    pub(super) fn handle(&self, file: &str) -> Result<Arc<Synced>, StorageError> {
        let path = self.folder.path_of("sync", file)?;
        let mut tries = DESCRIPTOR_TRIES;
        loop {
            match self.folder.handle(file, &path) {
                Err(why) if lacks_descriptors(&why) && tries > 0 => tries -= 1,
                done => return done.map_err(failed("sync", file)),
            }
            thread::sleep(DESCRIPTOR_WAIT);
        }
    }
}
