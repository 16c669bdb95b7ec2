//! A real folder as the log's [`Storage`]: flat, locked by one process, files kept open for writing.
//!
//! Invariants: the folder is ours from [`DiskStorage::open`] until the storage and all of its
//! syncers are dropped, and nobody's to write from [`DiskStorage::look`]; a path never leaves the
//! folder. Absent on purpose: caching and retries. A failed sync is told, not repeated, because the
//! system may have dropped the bytes already.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "live is an edge: here disk and chance are real"
)]

// Told where they are, because `tests/peers` takes this file by its path.
#[path = "disk/direct.rs"]
mod direct;
#[path = "disk/folder.rs"]
mod folder;
#[path = "disk/syncer.rs"]
mod syncer;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::log::{Storage, StorageError};
use folder::{Folder, LOCK, OURS};
pub use syncer::DiskSyncer;

/// Files kept open for writing at most: the log writes to a few at a time.
const OPEN_MAX: usize = 32;
/// Files kept open for reading at most: a reader goes through one after the other.
const READ_MAX: usize = 16;

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
    /// Another process owns it, and it was only to be looked at.
    #[error(
        "the data folder `{}` is in use by another watershed: stop that one, or copy the folder and \
         look at the copy", .folder.display()
    )]
    Busy {
        /// The folder as it was given.
        folder: PathBuf,
    },
    /// The system does not let it be looked at.
    #[error(
        "the data folder `{}` cannot be looked at, {step} failed: {why}; look at a copy that you \
         may read", .folder.display()
    )]
    Hidden {
        /// The folder as it was given.
        folder: PathBuf,
        /// What was tried.
        step: &'static str,
        /// The system's words.
        why: io::Error,
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

/// Parts that the system is given at once.
#[cfg(target_os = "linux")]
const PARTS_AT_ONCE: usize = 64;

#[cfg(target_os = "linux")]
fn write_parts_at(file: &File, mut at: u64, parts: &[&[u8]]) -> io::Result<()> {
    use std::io::IoSlice;
    for parts in parts.chunks(PARTS_AT_ONCE) {
        let mut room = [IoSlice::new(&[]); PARTS_AT_ONCE];
        room.iter_mut().zip(parts).for_each(|(slice, part)| *slice = IoSlice::new(part));
        let mut left = &mut room[..parts.len()];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match rustix::io::pwritev(file, left, at) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    at += written as u64;
                    IoSlice::advance_slices(&mut left, written);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(why) => return Err(why.into()),
            }
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn write_parts_at(file: &File, at: u64, parts: &[&[u8]]) -> io::Result<()> {
    write_all_at(file, at, &parts.concat())
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
        // Only Unix lets a folder be opened as a file; elsewhere its entries are synced with it.
        let opened = cfg!(unix).then(|| File::open(dir)).transpose();
        let opened = opened.map_err(refused("opening it"))?;
        let folder = Folder::new(dir.to_owned(), opened, Some(lock));
        folder.keep_reserve();
        Ok(DiskStorage::of(Arc::new(folder)))
    }

    /// Takes a folder that is there to look at it, which several may do at once. Nothing is made in it,
    /// so it need not be one that may be written: without a lock file nobody else has it.
    ///
    /// # Errors
    /// When another process writes it, or the system refuses.
    pub fn look(dir: &Path) -> Result<DiskStorage, OpenError> {
        let hidden = |step| move |why| OpenError::Hidden { folder: dir.to_owned(), step, why };
        let lock = match File::open(dir.join(LOCK)) {
            Ok(lock) => Some(lock),
            Err(why) if why.kind() == ErrorKind::NotFound => None,
            Err(why) => return Err(hidden("opening its lock file")(why)),
        };
        match lock.as_ref().map_or(Ok(()), File::try_lock_shared) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Busy { folder: dir.to_owned() });
            }
            Err(TryLockError::Error(why)) => return Err(hidden("locking it")(why)),
        }
        Ok(DiskStorage::of(Arc::new(Folder::new(dir.to_owned(), None, lock))))
    }

    fn of(folder: Arc<Folder>) -> Self {
        DiskStorage { folder, open: BTreeMap::new(), read: RefCell::default() }
    }

    /// A handle that syncs from another thread while this one writes.
    #[must_use]
    pub fn syncer(&self) -> DiskSyncer {
        DiskSyncer::of(Arc::clone(&self.folder))
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
        self.folder.forget(name);
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

    fn write_parts_at(&mut self, file: &str, at: u64, parts: &[&[u8]]) -> Result<(), StorageError> {
        match self.file("write_at", file, true)? {
            Some(open) => write_parts_at(open, at, parts).map_err(failed("write_at", file)),
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
        self.folder.sync().map_err(failed("sync_dir", "."))
    }

    fn give_up_reserve(&mut self) -> bool {
        self.folder.give_up_reserve()
    }

    fn salt(&mut self) -> u32 {
        // The standard library's keys are the system's chance.
        let [_, _, _, _, salt @ ..] = RandomState::new().build_hasher().finish().to_be_bytes();
        u32::from_be_bytes(salt)
    }

    fn keep_reserve(&mut self) {
        self.folder.keep_reserve();
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
                && !OURS.contains(&&*name)
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
    fn the_reserve_is_given_up_once_kept_again_and_nobody_sees_it() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        let is_there = || temp.0.join("RESERVE").exists();
        assert!(is_there() && storage.list().expect("list").is_empty());
        assert!(storage.give_up_reserve() && !is_there());
        assert!(!storage.give_up_reserve(), "it was given up already");
        storage.keep_reserve();
        drop(storage);
        let mut storage = DiskStorage::open(&temp.0).expect("reopen");
        assert!(is_there() && storage.give_up_reserve());
    }

    /// A file that is removed keeps its room on the disk as long as somebody has it open.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_is_removed_or_renamed_is_not_kept_open() {
        let temp = Temp::new();
        let mut storage = DiskStorage::open(&temp.0).expect("open");
        let syncer = storage.syncer();
        for name in ["a", "b"] {
            storage.write_at(name, 0, b"x").expect("write");
            syncer.sync(name).expect("sync");
        }
        storage.remove("a").expect("remove");
        storage.rename("b", "c").expect("rename");
        let open = fs::read_dir("/proc/self/fd").expect("there is one");
        let open = open.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
        let kept: Vec<PathBuf> = open.filter(|path| path.starts_with(&temp.0)).collect();
        assert!(kept.iter().all(|path| path.is_dir() || path.ends_with("LOCK")), "{kept:?}");
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

    /// A folder of another user's, or one that was mounted read-only, could not be verified: its lock
    /// file was to be made.
    #[test]
    fn a_folder_that_is_looked_at_stays_as_it_is_and_nobody_writes_it() {
        let temp = Temp::new();
        let mut owner = DiskStorage::open(&temp.0).expect("open");
        owner.write_at("a", 0, b"x").expect("write");
        let said = DiskStorage::look(&temp.0).expect_err("in use").to_string();
        assert!(said.contains("stop that one") && !said.contains("--data"), "{said}");
        drop(owner);
        let first = DiskStorage::look(&temp.0).expect("free");
        let second = DiskStorage::look(&temp.0).expect("to be looked at by several");
        assert!(DiskStorage::open(&temp.0).is_err(), "it is looked at");
        drop((first, second));
        for file in OURS {
            let _ = fs::remove_file(temp.0.join(file));
        }
        let storage = DiskStorage::look(&temp.0).expect("without a lock file");
        assert_eq!(text_of(&storage, "a"), "x");
        drop(storage);
        assert_eq!(fs::read_dir(&temp.0).expect("it is there").count(), 1, "nothing was made");
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
