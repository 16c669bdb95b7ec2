//! Writing past the system's cache, where the system lets us.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::log::storage::ALIGN;

/// Writes bytes to a file, which is created if need be, past the system's cache. `false` when that
/// cannot be done: the system does not do it, its file system does not, or the bytes lie where it could
/// not. Any part of them may have been written then.
///
/// # Errors
/// When the system refuses for another reason.
pub(super) fn write_all_at(path: &Path, at: u64, bytes: &[u8]) -> io::Result<bool> {
    let aligned = |place: usize| place.is_multiple_of(ALIGN as usize);
    let fits = at.is_multiple_of(ALIGN) && aligned(bytes.len()) && aligned(bytes.as_ptr().addr());
    match if fits { write(path, at, bytes) } else { Ok(false) } {
        Err(why) if matches!(why.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(false)
        }
        done => done,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn write(path: &Path, at: u64, bytes: &[u8]) -> io::Result<bool> {
    use std::os::unix::fs::{FileExt, OpenOptionsExt};

    use rustix::fs::OFlags;

    let flags = OFlags::DIRECT.bits().cast_signed();
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(flags)
        .open(path)?;
    file.write_all_at(bytes, at).map(|()| true)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn write(_path: &Path, _at: u64, _bytes: &[u8]) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::live::DiskStorage;
    use crate::log::Storage;

    const PAGE: usize = ALIGN as usize;

    /// Runs `test` on a storage in a folder of its own.
    fn with_storage(test: impl FnOnce(&mut DiskStorage)) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("watershed-direct-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        test(&mut DiskStorage::open(&folder).expect("a new folder"));
        std::fs::remove_dir_all(folder).expect("it is ours");
    }

    /// So many bytes that begin so many behind a multiple of [`ALIGN`] in memory.
    fn bytes(len: usize, behind: usize) -> (Vec<u8>, std::ops::Range<usize>) {
        let room: Vec<u8> = (0..len + 2 * PAGE).map(|at| (at % 251) as u8).collect();
        let begin = room.as_ptr().align_offset(PAGE) + behind;
        (room, begin..begin + len)
    }

    #[test]
    fn whatever_goes_past_the_cache_and_whatever_does_not_is_read_back() {
        with_storage(|storage| {
            let mut expected = Vec::new();
            for (len, behind) in [(2 * PAGE, 0), (10, 0), (PAGE, 0), (PAGE - 10, 0), (PAGE, 7)] {
                let (room, range) = bytes(len, behind);
                let at = expected.len() as u64;
                storage.write_past_cache("a", at, &room[range.clone()]).expect("there is room");
                expected.extend_from_slice(&room[range]);
                let mut found = vec![0; expected.len()];
                storage.read_at("a", 0, &mut found).expect("it was written");
                assert!(found == expected, "{len} bytes at {at}, {behind} behind");
                assert_eq!(storage.len("a"), Ok(expected.len() as u64));
            }
            storage.sync("a").expect("it is there");
        });
    }

    #[test]
    fn what_does_not_lie_as_it_must_is_left_to_the_cache() {
        with_storage(|storage| {
            let path = storage.folder.path.join("a");
            for (at, len, behind) in [(1, PAGE, 0), (0, PAGE - 1, 0), (0, PAGE, 1)] {
                let (room, range) = bytes(len, behind);
                assert!(!write_all_at(&path, at, &room[range]).expect("nothing was tried"));
            }
            assert!(!path.exists());
        });
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        let (room, range) = bytes(PAGE, 0);
        let gone = write_all_at(Path::new("/nonexistent/a"), 0, &room[range]);
        assert!(gone.is_err() || !cfg!(target_os = "linux"));
    }
}
