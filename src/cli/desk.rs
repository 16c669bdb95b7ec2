//! Files for the console: sessions to load, sessions and pictures to write.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::load;
use crate::console::app::Files;
use crate::session::{self, Session};

/// The user's files, from the working directory on.
#[derive(Default)]
pub(super) struct Desk {
    /// Files that were written since the start, which may be written over.
    written: RefCell<BTreeSet<PathBuf>>,
}

impl Files for Desk {
    fn sessions(&self) -> Vec<String> {
        session::builtin().iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn load(&self, name: &str) -> Result<Session, String> {
        load::session(name).map_err(|why| why.to_string())
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn write(&self, path: &str, text: &str) -> Result<String, String> {
        let shown = || format!("`{path}`");
        match fs::read(path) {
            Ok(old) if !is_ours(&old) && !self.written.borrow().contains(Path::new(path)) => {
                let why = "exists and was not written by watershed: name another file";
                return Err(format!("{} {why}", shown()));
            }
            Ok(_) => {}
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(format!("{} cannot be written: {why}", shown())),
        }
        replace(Path::new(path), text)
            .map_err(|why| format!("{} cannot be written: {why}", shown()))?;
        self.written.borrow_mut().insert(PathBuf::from(path));
        Ok(path.to_owned())
    }
}

/// A session or a picture: what the console writes, and so may write over.
fn is_ours(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.starts_with("<svg") || Session::parse("", &text).is_ok()
}

/// All or nothing: a full disk leaves the old file as it was.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // What could not be written is of no use to anybody.
        drop(fs::remove_file(&beside));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_not_written_over() {
        let folder = std::env::temp_dir().join(format!("watershed-desk-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let desk = Desk::default();
        let path = folder.join("notes.txt").display().to_string();
        fs::write(&path, "mine").expect("a file");
        let refused = desk.write(&path, "<svg/>").expect_err("it is not ours");
        assert!(refused.contains("notes.txt") && refused.contains("another file"), "{refused}");
        assert_eq!(fs::read_to_string(&path).expect("still there"), "mine");
        let path = folder.join("new.svg").display().to_string();
        assert!(desk.write(&path, "<svg>1").is_ok());
        assert!(desk.write(&path, "<svg>2").is_ok(), "a picture of before may go");
        let path = folder.join("new.csv").display().to_string();
        assert!(desk.write(&path, "a,b").is_ok());
        assert!(desk.write(&path, "a,c").is_ok(), "a table of this run may go");
        assert!(desk.write("/nowhere/at/all", "").is_err());
        fs::remove_dir_all(&folder).expect("it goes");
    }
}
