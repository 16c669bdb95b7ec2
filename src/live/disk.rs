//! A real folder as the log's [`Storage`]: flat, locked by one process, files kept open for writing.
//!
//! Invariants: the folder is ours from [`DiskStorage::open`] until the storage and all of its
//! syncers are dropped; a path never leaves the folder. Absent on purpose: caching and retries. A
//! failed sync is told, not repeated, because the system may have dropped the bytes already.
#![allow(clippy::disallowed_methods, reason = "live is an edge: here the disk is real")]

// Told where, because `tests/peers` takes this file by its path.
#[path = "disk/direct.rs"]
mod direct;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::log::{Storage, StorageError};
use crate::snapshot::Volume;

/// The file whose lock says that a process owns the folder.
const LOCK: &str = "LOCK";

/// Files kept open for writing at most: the log writes to a few at a time.
const OPEN_MAX: usize = 32;
/// Files kept open for reading at most: a reader goes through one after the other.
const READ_MAX: usize = 16;
/// Files that a syncer keeps open: one of the journal and one of chunks are synced at a time.
const SYNCED_MAX: usize = 4;

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process owns it.
    #[error(
        "the data folder `{}` is in use by another watershed: stop that one, name another folder \
         with `--data DIR`, or keep everything in memory with `--memory`", .folder.display()
    )]
    InUse {
        /// The folder as it was given.
        folder: PathBuf,
    },
    /// The system refuses it.
    #[error(
        "the data folder `{}` cannot be used, {step} failed: {why}; name another folder with \
         `--data DIR`, or keep everything in memory with `--memory`", .folder.display()
    )]
    Refused {
        /// The folder as it was given.
        folder: PathBuf,
        /// What was tried.
        step: &'static str,
        /// The system's words.
        why: io::Error,
    },
}

/// The folder and the lock on it, shared by the storage and its syncers.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// The system releases the lock when this is closed, also after kill -9.
    _lock: File,
}

impl Folder {
    /// A file is named without its folder; anything else is refused.
    fn path_of(&self, operation: &'static str, file: &str) -> Result<PathBuf, StorageError> {
        let plain = !file.is_empty() && !file.contains(['/', '\\']) && file != "." && file != "..";
        if plain && file != LOCK {
            return Ok(self.path.join(file));
        }
        let why = "a file of the log has a plain name, and `LOCK` is not for it".to_owned();
        Err(StorageError { operation, file: file.to_owned(), why, full: false })
    }
}

/// Puts the call and the file to what the system said.
fn failed(operation: &'static str, file: &str) -> impl Fn(io::Error) -> StorageError {
    move |why| StorageError {
        operation,
        file: file.to_owned(),
        full: matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded),
        why: why.to_string(),
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Moves the handle's position, which nothing else relies on.
#[cfg(not(unix))]
fn read_exact_at(mut file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    use io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(into)
}

/// Reads into memory that was not cleared first, which for a chunk costs as much as the checksum.
#[cfg(unix)]
fn append_exact_at(file: &File, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let end = into.len() + len;
    let begin = into.len();
    into.reserve_exact(len);
    while into.len() < end {
        let from = at + (into.len() - begin) as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(into), from) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
    }
    into.truncate(end);
    Ok(())
}

#[cfg(not(unix))]
fn append_exact_at(file: &File, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let begin = into.len();
    into.resize(begin + len, 0);
    read_exact_at(file, at, &mut into[begin..])
}

#[cfg(unix)]
fn write_all_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
fn write_all_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// The log's files in one folder of this machine.
#[derive(Debug)]
pub struct DiskStorage {
    folder: Arc<Folder>,
    open: BTreeMap<String, File>,
    /// Files that were only read, the one used last at the end.
    read: RefCell<VecDeque<(String, File)>>,
}

impl DiskStorage {
    /// Creates the folder if need be and takes it for this process.
    ///
    /// # Errors
    /// When another process has it, or the system refuses.
    pub fn open(dir: &Path) -> Result<DiskStorage, OpenError> {
        let refused = |step| move |why| OpenError::Refused { folder: dir.to_owned(), step, why };
        fs::create_dir_all(dir).map_err(refused("creating it"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK))
            .map_err(refused("creating its lock file"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: dir.to_owned() });
            }
            Err(TryLockError::Error(why)) => return Err(refused("locking it")(why)),
        }
        let folder = Arc::new(Folder { path: dir.to_owned(), _lock: lock });
        Ok(DiskStorage::of(folder))
    }

    fn of(folder: Arc<Folder>) -> Self {
        DiskStorage { folder, open: BTreeMap::new(), read: RefCell::default() }
    }

    /// A handle that syncs from another thread while this one writes.
    #[must_use]
    pub fn syncer(&self) -> DiskSyncer {
        DiskSyncer { folder: Arc::clone(&self.folder), recent: Arc::default() }
    }

    /// The open file; opened, and created if `create`, on first use. `None` when there is none.
    fn file(
        &mut self,
        operation: &'static str,
        name: &str,
        create: bool,
    ) -> Result<Option<&File>, StorageError> {
        if !self.open.contains_key(name) {
            let path = self.folder.path_of(operation, name)?;
            // Names carry numbers: the first is the oldest file of its kind, done with for longest.
            if self.open.len() >= OPEN_MAX {
                self.open.pop_first();
            }
            match OpenOptions::new()
                .read(true)
                .write(true)
                .create(create)
                .truncate(false)
                .open(path)
            {
                Ok(file) => self.open.insert(name.to_owned(), file),
                Err(why) if why.kind() == ErrorKind::NotFound && !create => return Ok(None),
                Err(why) => return Err(failed(operation, name)(why)),
            };
        }
        Ok(self.open.get(name))
    }

    /// Lets `read` have the open file; one that is only read is opened on first use.
    fn reading<T>(
        &self,
        operation: &'static str,
        name: &str,
        read: impl FnOnce(&File) -> io::Result<T>,
    ) -> Result<T, StorageError> {
        if let Some(open) = self.open.get(name) {
            return read(open).map_err(failed(operation, name));
        }
        let mut files = self.read.borrow_mut();
        let file = match files.iter().position(|(file, _)| file == name) {
            Some(at) => files.remove(at).expect("invariant: it was just found").1,
            None => File::open(self.folder.path_of(operation, name)?)
                .map_err(failed(operation, name))?,
        };
        let done = read(&file).map_err(failed(operation, name));
        files.push_back((name.to_owned(), file));
        if files.len() > READ_MAX {
            files.pop_front();
        }
        done
    }

    /// The name will mean another file, or none.
    fn close(&mut self, name: &str) {
        self.open.remove(name);
        self.read.get_mut().retain(|(file, _)| file != name);
    }
}

impl Storage for DiskStorage {
    fn len(&self, file: &str) -> Result<u64, StorageError> {
        let found = match self.open.get(file) {
            Some(open) => open.metadata(),
            None => fs::metadata(self.folder.path_of("len", file)?),
        };
        match found {
            Ok(found) => Ok(found.len()),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(0),
            Err(why) => Err(failed("len", file)(why)),
        }
    }

    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError> {
        self.reading("read_at", file, |open| read_exact_at(open, at, into))
    }

    fn read_into(
        &self,
        file: &str,
        at: u64,
        len: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        self.reading("read_into", file, |open| append_exact_at(open, at, len, into))
    }

    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        match self.file("write_at", file, true)? {
            Some(open) => write_all_at(open, at, bytes).map_err(failed("write_at", file)),
            None => Ok(()),
        }
    }

    fn write_past_cache(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        match direct::write_all_at(&self.folder.path_of("write_past_cache", file)?, at, bytes) {
            Ok(true) => Ok(()),
            Ok(false) => self.write_at(file, at, bytes),
            Err(why) => Err(failed("write_past_cache", file)(why)),
        }
    }

    fn sync(&mut self, file: &str) -> Result<(), StorageError> {
        match self.file("sync", file, false)? {
            Some(open) => open.sync_data().map_err(failed("sync", file)),
            None => Err(failed("sync", file)(ErrorKind::NotFound.into())),
        }
    }

    fn sync_dir(&mut self) -> Result<(), StorageError> {
        // Only Unix lets a folder be opened as a file; elsewhere its entries are synced with it.
        if !cfg!(unix) {
            return Ok(());
        }
        File::open(&self.folder.path)
            .and_then(|dir| dir.sync_all())
            .map_err(failed("sync_dir", "."))
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError> {
        match self.file("truncate", file, false)? {
            Some(open) => open.set_len(len).map_err(failed("truncate", file)),
            None => Err(failed("truncate", file)(ErrorKind::NotFound.into())),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError> {
        let (source, target) =
            (self.folder.path_of("rename", from)?, self.folder.path_of("rename", to)?);
        // Both handles go first: Windows renames no open file, and the target's would go stale.
        self.close(from);
        self.close(to);
        fs::rename(source, target).map_err(failed("rename", from))
    }

    fn list(&self) -> Result<Vec<String>, StorageError> {
        let failed = failed("list", ".");
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder.path).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let is_file = entry.file_type().map_err(&failed)?.is_file();
            // A name that is not UTF-8 is none of ours.
            if let (true, Ok(name)) = (is_file, entry.file_name().into_string())
                && name != LOCK
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn remove(&mut self, file: &str) -> Result<(), StorageError> {
        let path = self.folder.path_of("remove", file)?;
        self.close(file);
        match fs::remove_file(path) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(failed("remove", file)(why)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// A file that is synced.
#[derive(Debug)]
struct Synced {
    file: File,
    /// Why it could not be synced once.
    failed: Mutex<Option<StorageError>>,
}

impl Synced {
    /// One sync at a time, and none after one that failed: the system tells a failure once for each
    /// handle, then takes the bytes for written. Who syncs beside or behind the one who was told
    /// would be told that all is well.
    fn sync(
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

/// Open files by name, the one that was opened first in front.
type Handles = VecDeque<(String, Arc<Synced>)>;

/// Syncs files of a [`DiskStorage`] from any thread, and keeps its folder locked meanwhile.
#[derive(Clone, Debug)]
pub struct DiskSyncer {
    folder: Arc<Folder>,
    /// The files that were synced last, kept open: a handle that was open all along is told of every
    /// failure to write, one that is opened afterwards may not be.
    recent: Arc<Mutex<Handles>>,
}

impl DiskSyncer {
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
    fn handle(&self, file: &str) -> Result<Arc<Synced>, StorageError> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, handle)) = recent.iter().find(|(name, _)| name == file) {
            return Ok(Arc::clone(handle));
        }
        let path = self.folder.path_of("sync", file)?;
        let opened = OpenOptions::new().write(true).open(path).map_err(failed("sync", file))?;
        let handle = Arc::new(Synced { file: opened, failed: Mutex::new(None) });
        recent.push_back((file.to_owned(), Arc::clone(&handle)));
        if recent.len() > SYNCED_MAX {
            recent.pop_front();
        }
        Ok(handle)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A folder of this test's own, gone at its end.
    struct Temp(PathBuf);

    impl Temp {
        fn new() -> Temp {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("watershed-disk-{}-{number}", std::process::id());
            Temp(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Temp {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn text_of(storage: &DiskStorage, file: &str) -> String {
        let mut bytes = vec![0; usize::try_from(storage.len(file).expect("len")).expect("small")];
        storage.read_at(file, 0, &mut bytes).expect("read");
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn written_bytes_are_there_after_reopening() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0.join("new/folders")).expect("open");
        storage.write_at("b", 0, b"one ").expect("write");
        let mut middle = [0; 2];
        storage.read_at("b", 1, &mut middle).expect("read");
        assert_eq!(&middle, b"ne");
        storage.write_at("b", 4, b"two").expect("write");
        storage.write_at("a", 0, b"x").expect("write");
        storage.sync("b").expect("sync");
        storage.sync_dir().expect("sync_dir");
        drop(storage);
        let storage = DiskStorage::open(&temp.0.join("new/folders")).expect("reopen");
        assert_eq!(storage.list().expect("list"), ["a", "b"]);
        assert_eq!(text_of(&storage, "b"), "one two");
        assert_eq!(storage.len("c"), Ok(0));
        assert!(storage.read_at("b", 6, &mut middle).is_err(), "the file ends before");
    }

    #[test]
    fn more_files_than_are_kept_open_are_written_and_read() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        let names: Vec<String> = (0..2 * OPEN_MAX).map(|n| format!("file-{n:03}")).collect();
        for at in [0, 8] {
            for name in &names {
                storage.write_at(name, at, name.as_bytes()).expect("write");
            }
        }
        assert!(storage.open.len() <= OPEN_MAX);
        assert!(names.iter().all(|name| text_of(&storage, name) == format!("{name}{name}")));
    }

    #[test]
    fn a_truncated_file_goes_on_at_its_new_end() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        storage.write_at("a", 0, b"whole torn").expect("write");
        storage.truncate("a", 6).expect("truncate");
        storage.write_at("a", 6, b"again").expect("write");
        assert_eq!(text_of(&storage, "a"), "whole again");
    }

    #[test]
    fn a_rename_replaces_its_target_and_a_removed_file_starts_anew() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        storage.write_at("state", 0, b"old").expect("write");
        storage.write_at("state.tmp", 0, b"new").expect("write");
        storage.rename("state.tmp", "state").expect("rename");
        assert_eq!(text_of(&storage, "state"), "new");
        storage.write_at("state", 3, b"er").expect("write");
        assert_eq!(text_of(&storage, "state"), "newer");
        storage.remove("state").expect("remove");
        storage.remove("state").expect("no error");
        assert_eq!(storage.list().expect("list"), Vec::<String>::new());
        storage.write_at("state", 0, b"1").expect("write");
        assert_eq!(text_of(&storage, "state"), "1");
    }

    #[test]
    fn a_second_owner_is_told_which_folder_and_the_ways_out() {
        let temp = Temp::new();
        let first = DiskStorage::open(&temp.0).expect("open");
        let said = DiskStorage::open(&temp.0).expect_err("taken").to_string();
        let folder = temp.0.display().to_string();
        for part in [folder.as_str(), "another watershed", "--data DIR", "--memory"] {
            assert!(said.contains(part), "{said}");
        }
        let syncer = first.syncer();
        drop(first);
        assert!(DiskStorage::open(&temp.0).is_err(), "a syncer still works there");
        drop(syncer);
        DiskStorage::open(&temp.0).expect("free again");
    }

    #[test]
    fn a_syncer_works_from_another_thread() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        storage.write_at("a", 0, b"x").expect("write");
        let syncer = storage.syncer();
        let thread = std::thread::spawn(move || (syncer.sync("a"), syncer.sync("missing")));
        let (there, missing) = thread.join().expect("joined");
        assert_eq!(there, Ok(()));
        assert_eq!(missing.map_err(|why| (why.file, why.full)), Err(("missing".into(), false)));
    }

    /// Two threads sync the journal, one for all who wait, one in the background: when the first was
    /// told of a failure, the second was told that everything is safe, and acknowledged it.
    #[test]
    fn a_file_that_could_not_be_synced_is_never_told_to_be() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        storage.write_at("a", 0, b"x").expect("write");
        let handle = storage.syncer().handle("a").expect("it is there");
        assert_eq!(handle.sync(|_| Ok(())), Ok(()));
        let lost = failed("sync", "a")(ErrorKind::Other.into());
        assert_eq!(handle.sync(|_| Err(lost.clone())), Err(lost.clone()));
        assert_eq!(handle.sync(|_| Ok(())), Err(lost));
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        for bad in ["", "..", "../a", "a/b", "/etc/passwd", LOCK] {
            assert!(storage.write_at(bad, 0, b"x").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_full_disk_is_told_as_full() {
        assert!(failed("write_at", "a")(ErrorKind::StorageFull.into()).full);
        assert!(!failed("write_at", "a")(ErrorKind::PermissionDenied.into()).full);
        let full = Path::new("/dev/full");
        if full.exists() {
            let mut device = OpenOptions::new().append(true).open(full).expect("device");
            let why = device.write_all(b"x").map_err(failed("write_at", "a"));
            assert!(why.expect_err("full").full);
        }
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused_with_its_name() {
        let temp = Temp::new();
        fs::write(&temp.0, "x").expect("file");
        let said = DiskStorage::open(&temp.0).expect_err("a file").to_string();
        assert!(said.contains(&temp.0.display().to_string()), "{said}");
        fs::remove_file(&temp.0).expect("removed");
    }
}
