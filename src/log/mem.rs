//! A storage in memory that keeps two images: what was written, and what would survive a power
//! cut. It can crash, be full and fail at a chosen call, so that every path of the log is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{Storage, StorageError};

#[derive(Clone, Debug, Default)]
struct Image {
    live: BTreeMap<String, Vec<u8>>,
    durable: BTreeMap<String, Vec<u8>>,
    named: BTreeSet<String>,
    room: Option<usize>,
    calls: u64,
    fail_at: Option<u64>,
    crash_at: Option<u64>,
    fail_truncate: bool,
}

/// A shared disk: clones see the same files.
#[derive(Clone, Debug, Default)]
pub struct MemStorage {
    image: Arc<Mutex<Image>>,
}

impl MemStorage {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn image(&self) -> MutexGuard<'_, Image> {
        self.image.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The power goes: what was not synced is gone.
    pub fn cut_power(&self) {
        let mut image = self.image();
        let Image { live, durable, named, .. } = &mut *image;
        durable.retain(|name, _| named.contains(name));
        *live = durable.clone();
    }

    /// A disk of its own with the files as they are now, as after `kill -9`.
    #[must_use]
    pub fn copy(&self) -> Self {
        let Image { live, durable, named, .. } = self.image().clone();
        let image = Image { live, durable, named, ..Image::default() };
        Self { image: Arc::new(Mutex::new(image)) }
    }

    /// Takes only `bytes` more.
    pub fn set_room(&self, bytes: Option<usize>) {
        self.image().room = bytes;
    }

    /// Fails the `n`-th changing call from now on, counted from 0, and none after it.
    pub fn fail_call(&self, n: u64) {
        let mut image = self.image();
        image.fail_at = Some(image.calls + n);
    }

    /// Crashes at the `n`-th changing call from now on, counted from 0: a write leaves half of
    /// its bytes, and no call after it does anything. See [`Self::copy`] for the disk afterwards.
    pub fn crash_at(&self, n: u64) {
        let mut image = self.image();
        image.crash_at = Some(image.calls + n);
    }

    /// Has the crash come that [`Self::crash_at`] set?
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        let image = self.image();
        image.crash_at.is_some_and(|at| image.calls > at)
    }

    /// Truncation fails from now on.
    pub fn fail_truncation(&self) {
        self.image().fail_truncate = true;
    }

    /// Changing calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.image().calls
    }

    /// The bytes of a file as they are now.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.image().live.get(name).cloned()
    }

    /// Replaces the bytes of a file: what a failing disk might do.
    pub fn set_file(&self, name: &str, bytes: Vec<u8>) {
        self.image().live.insert(name.to_owned(), bytes);
    }
}

impl Image {
    fn error(operation: &'static str, file: &str, why: &str) -> StorageError {
        StorageError { operation, file: file.to_owned(), why: why.to_owned(), full: false }
    }

    fn count(&mut self, operation: &'static str, file: &str) -> Result<(), StorageError> {
        self.calls += 1;
        if self.crash_at.is_some_and(|at| at < self.calls) {
            return Err(Self::error(operation, file, "the machine has crashed"));
        }
        if self.fail_at == Some(self.calls - 1) {
            return Err(Self::error(operation, file, "told to fail"));
        }
        Ok(())
    }
}

impl Storage for MemStorage {
    fn len(&self, file: &str) -> Result<u64, StorageError> {
        Ok(self.image().live.get(file).map_or(0, |bytes| bytes.len() as u64))
    }

    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        let image = self.image();
        let bytes = image.live.get(file).map_or(&[][..], Vec::as_slice);
        let begin = usize::try_from(at).unwrap_or(usize::MAX);
        let wanted = bytes.get(begin..begin.saturating_add(into.len()));
        let Some(wanted) = wanted else {
            return Err(Image::error("read", file, "the file ends before"));
        };
        into.copy_from_slice(wanted);
        Ok(())
    }

    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        let mut image = self.image();
        let failed = image.count("write_at", file);
        let room = image.room.unwrap_or(usize::MAX);
        let gone = image.crash_at.is_some_and(|at| at + 1 < image.calls);
        let at = usize::try_from(at).expect("a file in memory is small");
        let len = image.live.get(file).map_or(0, Vec::len);
        // What stands there already needs no room.
        let inside = len.saturating_sub(at);
        let taken = match failed {
            Err(_) if gone => return failed,
            Err(_) => bytes.len() / 2,
            Ok(()) => bytes.len().min(inside.saturating_add(room)),
        };
        image.room = image.room.map(|room| room.saturating_sub(taken.saturating_sub(inside)));
        let full = || {
            let full = Image::error("write_at", file, "no space left on device");
            Err(StorageError { full: true, ..full })
        };
        if image.room == Some(0) && taken == 0 && !image.live.contains_key(file) {
            return full();
        }
        let content = image.live.entry(file.to_owned()).or_default();
        content.resize(content.len().max(at + taken), 0);
        content[at..at + taken].copy_from_slice(&bytes[..taken]);
        failed?;
        if taken < bytes.len() { full() } else { Ok(()) }
    }

    fn sync(&mut self, file: &str) -> Result<(), StorageError> {
        let mut image = self.image();
        image.count("sync", file)?;
        if let Some(bytes) = image.live.get(file).cloned() {
            image.durable.insert(file.to_owned(), bytes);
        }
        Ok(())
    }

    fn sync_dir(&mut self) -> Result<(), StorageError> {
        let mut image = self.image();
        image.count("sync_dir", ".")?;
        let Image { live, durable, named, .. } = &mut *image;
        durable.retain(|name, _| live.contains_key(name));
        *named = live.keys().cloned().collect();
        Ok(())
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
        let mut image = self.image();
        image.count("truncate", file)?;
        if image.fail_truncate {
            return Err(Image::error("truncate", file, "told to fail"));
        }
        let Image { live, room, .. } = &mut *image;
        let Some(bytes) = live.get_mut(file) else {
            return Err(Image::error("truncate", file, "no such file"));
        };
        let before = bytes.len();
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        *room = room.map(|room| room + before - bytes.len());
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError> {
        let mut image = self.image();
        image.count("rename", from)?;
        let Some(bytes) = image.live.remove(from) else {
            return Err(Image::error("rename", from, "no such file"));
        };
        image.live.insert(to.to_owned(), bytes);
        if let Some(bytes) = image.durable.remove(from) {
            image.durable.insert(to.to_owned(), bytes);
        }
        Ok(())
    }

    fn list(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.image().live.keys().cloned().collect())
    }

    fn remove(&mut self, file: &str) -> Result<(), StorageError> {
        let mut image = self.image();
        image.count("remove", file)?;
        let freed = image.live.remove(file).map_or(0, |bytes| bytes.len());
        image.room = image.room.map(|room| room + freed);
        Ok(())
    }
}
