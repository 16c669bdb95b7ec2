//! The only door to a disk: a flat folder of named files.

use thiserror::Error;

/// What disks and their drivers move as a whole, in bytes: none in use today wants more.
pub const ALIGN: u64 = 4_096;

/// A storage call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{operation}` on `{file}` failed: {why}")]
pub struct StorageError {
    /// Which call: `write_at`, `sync`, ...
    pub operation: &'static str,
    /// Which file, without its folder.
    pub file: String,
    /// The system's words.
    pub why: String,
    /// Was it for want of space?
    pub full: bool,
}

/// A flat folder of files, as the log needs it. Real on disk (`live`), simulated in memory.
pub trait Storage: Send {
    /// Length of a file in bytes; 0 when it does not exist.
    ///
    /// # Errors
    /// When the system refuses.
    fn len(&self, file: &str) -> Result<u64, StorageError>;
    /// Reads exactly `into.len()` bytes at `at`.
    ///
    /// # Errors
    /// When the system refuses or the file ends before.
    fn read_at(&self, file: &str, at: u64, into: &mut [u8]) -> Result<(), StorageError>;
    /// Reads exactly `len` bytes at `at` and puts them behind what `into` holds, without the cost of
    /// zeros in their place first where the system lets it. After an error `into` may hold a part.
    ///
    /// # Errors
    /// When the system refuses or the file ends before.
    fn read_into(
        &self,
        file: &str,
        at: u64,
        len: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        let begin = into.len();
        into.resize(begin + len, 0);
        self.read_at(file, at, &mut into[begin..])
    }
    /// Writes bytes at `at`, over what stands there, creating the file if need be; a gap before
    /// `at` reads as zeros. After an error any part of the bytes may be there.
    ///
    /// # Errors
    /// When the system refuses.
    fn write_at(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError>;
    /// Writes parts one behind the other, as [`Self::write_at`] does all of them as one.
    ///
    /// # Errors
    /// As [`Self::write_at`].
    fn write_parts_at(&mut self, file: &str, at: u64, parts: &[&[u8]]) -> Result<(), StorageError> {
        self.write_at(file, at, &parts.concat())
    }
    /// Writes bytes as [`Self::write_at`] does, for which the system's cache had better keep no place:
    /// they are many, and will hardly be read soon. That is a hint. Only what begins at a multiple of
    /// [`ALIGN`], in the file and in memory, and is a multiple of it long, can go past a cache.
    ///
    /// # Errors
    /// As [`Self::write_at`].
    fn write_past_cache(&mut self, file: &str, at: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.write_at(file, at, bytes)
    }
    /// Makes a file's bytes survive a power cut.
    ///
    /// # Errors
    /// When the system refuses; the bytes may then be gone.
    fn sync(&mut self, file: &str) -> Result<(), StorageError>;
    /// Makes creations, renames and removals survive a power cut.
    ///
    /// # Errors
    /// When the system refuses.
    fn sync_dir(&mut self) -> Result<(), StorageError>;
    /// Cuts a file to `len` bytes.
    ///
    /// # Errors
    /// When the system refuses.
    fn truncate(&mut self, file: &str, len: u64) -> Result<(), StorageError>;
    /// Renames a file, replacing the target in one step.
    ///
    /// # Errors
    /// When the system refuses.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), StorageError>;
    /// Names of all files, sorted.
    ///
    /// # Errors
    /// When the system refuses.
    fn list(&self) -> Result<Vec<String>, StorageError>;
    /// A number that nobody who puts records can know, for the checksums of a new file; 0 where they
    /// need none.
    fn salt(&mut self) -> u32 {
        0
    }
    /// Frees room that was kept for the time when there is no more; `false` when there is none. What
    /// says which records are not wanted any more must be written before their room is free.
    fn give_up_reserve(&mut self) -> bool {
        false
    }
    /// Keeps such room again, if there is some.
    fn keep_reserve(&mut self) {}
    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// When the system refuses.
    fn remove(&mut self, file: &str) -> Result<(), StorageError>;
}

/// Reads a whole file into `bytes`, in the place of what it holds. Room that is used for one file
/// after the other is cleared by the system once; new room for each costs more than the reading.
pub(super) fn read_whole(
    storage: &dyn Storage,
    file: &str,
    bytes: &mut Vec<u8>,
) -> Result<(), StorageError> {
    bytes.clear();
    let len = usize::try_from(storage.len(file)?).unwrap_or(usize::MAX);
    storage.read_into(file, 0, len, bytes)
}
