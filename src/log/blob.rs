//! Named state, replaced as a whole: the catalog of streams, the checkpoints of consumers.
//!
//! A blob is the file `NAME.blob`: 4 bytes magic `WSB1`, 4 bytes CRC-32 of the rest, the rest. It
//! is written under another name, synced, renamed; a crash leaves the old or the new, never a mix.
//! On a full disk it takes the place of the storage's reserve: deleting streams and records must be
//! possible there.

use crate::log::{LogError, Storage, StorageError};

const MAGIC: &[u8; 4] = b"WSB1";

pub(super) fn file_of(name: &str) -> String {
    format!("{name}.blob")
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

/// Writes a blob that survives the process; a power cut may leave it damaged, which is told when it
/// is read.
pub(super) fn put_lightly(
    storage: &mut dyn Storage,
    name: &str,
    bytes: &[u8],
) -> Result<(), StorageError> {
    let temporary = write(storage, name, bytes)?;
    storage.rename(&temporary, &file_of(name))
}

fn write(storage: &mut dyn Storage, name: &str, bytes: &[u8]) -> Result<String, StorageError> {
    let mut content = Vec::with_capacity(bytes.len() + 8);
    content.extend_from_slice(MAGIC);
    content.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    content.extend_from_slice(bytes);
    let temporary = format!("{name}.new");
    storage.remove(&temporary)?;
    storage.write_at(&temporary, 0, &content)?;
    Ok(temporary)
}

pub(super) fn get(storage: &dyn Storage, name: &str) -> Result<Option<Vec<u8>>, LogError> {
    let file = file_of(name);
    let len = storage.len(&file)?;
    if len == 0 && !storage.list()?.contains(&file) {
        return Ok(None);
    }
    let mut content = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    storage.read_at(&file, 0, &mut content)?;
    let sound = content.len() >= 8
        && &content[..4] == MAGIC
        && content[4..8] == crc32fast::hash(&content[8..]).to_le_bytes();
    if !sound {
        return Err(LogError::Corrupt { file, at: 0, what: "its checksum does not fit" });
    }
    content.drain(..8);
    Ok(Some(content))
}
