//! Named state, replaced as a whole: the catalog of streams, the checkpoints of consumers.
//!
//! A blob is the file `NAME.blob`: 4 bytes magic `WSB1`, 4 bytes CRC-32 of the rest, the rest. It
//! is written under another name, synced, renamed; a crash leaves the old or the new, never a mix.
//! What is put often is put lightly: the file `NAME.next` counts more than `NAME.blob` if it is whole,
//! and takes its place when the driver has synced it. A name is put lightly always or never.
//! On a full disk it takes the place of the storage's reserve: deleting streams and records must be
//! possible there.

use crate::log::report::SyncKind;
use crate::log::{LogError, Storage, StorageError, Unsynced};
use crate::model::Millis;

const MAGIC: &[u8; 4] = b"WSB1";

pub(super) fn file_of(name: &str) -> String {
    format!("{name}.blob")
}

/// Where a state is that was put lightly and not synced yet.
pub(super) fn next_of(name: &str) -> String {
    format!("{name}.next")
}

/// Writes a blob that survives a power cut.
pub(super) fn put(storage: &mut dyn Storage, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
    match replace(storage, name, bytes) {
        Err(why) if why.full && storage.give_up_reserve() => replace(storage, name, bytes),
        Ok(()) => {
            storage.keep_reserve();
            Ok(())
        }
        Err(why) => Err(why),
    }
}

fn replace(storage: &mut dyn Storage, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
    let temporary = write(storage, name, bytes)?;
    storage.sync(&temporary)?;
    storage.rename(&temporary, &file_of(name))?;
    storage.sync_dir()
}

/// States that were put lightly, on their way to survive a power cut too: their name, and which put
/// it was.
#[derive(Debug, Default)]
pub(super) struct Light {
    waiting: Vec<(String, u32, u64)>,
    puts: u32,
}

impl Light {
    /// Writes a blob that survives the process, and a power cut when it was synced; until then that
    /// leaves an earlier one.
    pub(super) fn put(
        &mut self,
        storage: &mut dyn Storage,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), StorageError> {
        let temporary = write(storage, name, bytes)?;
        storage.rename(&temporary, &next_of(name))?;
        self.puts = self.puts.wrapping_add(1);
        self.waiting.retain(|(waiting, ..)| waiting != name);
        self.waiting.push((name.to_owned(), self.puts, bytes.len() as u64));
        Ok(())
    }

    /// What is to be synced.
    pub(super) fn unsynced(&self) -> Option<Unsynced> {
        self.waiting.first().map(|(name, put, bytes)| Unsynced {
            file: next_of(name),
            bytes: *bytes,
            since: Millis::NEVER,
            hurry: false,
            kind: SyncKind::State,
            number: *put,
            up_to: 0,
        })
    }

    /// It takes the place of the one before, unless a later one has come meanwhile.
    pub(super) fn on_synced(
        &mut self,
        storage: &mut dyn Storage,
        synced: &Unsynced,
    ) -> Result<(), StorageError> {
        match self.take(synced) {
            Some(name) => storage.rename(&next_of(&name), &file_of(&name)),
            None => Ok(()),
        }
    }

    /// It stays where it is, and the one before does too.
    pub(super) fn on_sync_failed(&mut self, failed: &Unsynced) {
        self.take(failed);
    }

    fn take(&mut self, unsynced: &Unsynced) -> Option<String> {
        let at = self.waiting.iter().position(|(_, put, _)| *put == unsynced.number)?;
        Some(self.waiting.remove(at).0)
    }
}

fn write(storage: &mut dyn Storage, name: &str, bytes: &[u8]) -> Result<String, StorageError> {
    let temporary = format!("{name}.new");
    storage.remove(&temporary)?;
    let sum = crc32fast::hash(bytes).to_le_bytes();
    storage.write_parts_at(&temporary, 0, &[MAGIC, &sum, bytes])?;
    Ok(temporary)
}

/// The state of that name, if there is one: what was put lightly last, or else what was synced.
pub(super) fn get(storage: &dyn Storage, name: &str) -> Result<Option<Vec<u8>>, LogError> {
    let (synced, next) = (file_of(name), next_of(name));
    match read(storage, &next) {
        Ok(Some(state)) => Ok(Some(state)),
        Ok(None) => read(storage, &synced),
        // A power cut leaves such a one; the one before it is whole, if there was one.
        Err(torn @ LogError::Corrupt { .. }) => match read(storage, &synced)? {
            Some(state) => Ok(Some(state)),
            None => Err(torn),
        },
        Err(why) => Err(why),
    }
}

/// What a file of state holds; `None` when it is not there.
pub(super) fn read(storage: &dyn Storage, file: &str) -> Result<Option<Vec<u8>>, LogError> {
    let len = storage.len(file)?;
    if len == 0 && !storage.list()?.iter().any(|there| there == file) {
        return Ok(None);
    }
    let mut content = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    storage.read_at(file, 0, &mut content)?;
    let sound = content.len() >= 8
        && &content[..4] == MAGIC
        && content[4..8] == crc32fast::hash(&content[8..]).to_le_bytes();
    if !sound {
        return Err(LogError::Corrupt {
            file: file.to_owned(),
            at: 0,
            what: "its checksum does not fit",
        });
    }
    content.drain(..8);
    Ok(Some(content))
}
