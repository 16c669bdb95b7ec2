//! The user's themes and keys, watched while the console runs: a folder of theme files, a theme file
//! that was named, the key file. What is wrong is told, and what held before stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::cli::ahead::Herald;
use crate::cli::{home, keys};
use crate::console::desk::News;
use crate::console::keymap::Keymap;
use crate::console::theme::{Theme, ThemeError};

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What a file was when it was last read: when it was written, and how long it was.
type Stamp = (SystemTime, u64);

/// Theme files and what they were.
#[derive(Default)]
pub(super) struct Wardrobe {
    named: Option<PathBuf>,
    /// The key file, and what it was.
    keys: Option<(PathBuf, Stamp)>,
    seen: BTreeMap<PathBuf, Stamp>,
}

impl Wardrobe {
    /// The user's folder, and a file that was named.
    pub(super) fn new(named: Option<PathBuf>) -> Self {
        Self { named, keys: None, seen: BTreeMap::new() }
    }

    /// The key file as well, which was read already.
    pub(super) fn with_keys(mut self, file: Option<PathBuf>) -> Self {
        self.keys = file.and_then(|file| stamp(&file).map(|stamp| (file, stamp)));
        self
    }

    /// The keys, when their file is other than it was.
    fn look_at_keys(&mut self) -> Option<Result<Arc<Keymap>, String>> {
        let (file, seen) = self.keys.as_mut()?;
        let now = stamp(file).filter(|now| now != seen)?;
        *seen = now;
        Some(keys::keymap(Some(file)).map(Arc::new).map_err(|why| why.to_string()))
    }

    /// Is there anything to watch?
    fn is_empty(&self) -> bool {
        self.named.is_none()
            && self.keys.is_none()
            && !home::themes().is_some_and(|folder| folder.is_dir())
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = home::themes().and_then(|folder| fs::read_dir(folder).ok());
        let files = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|end| end == "ron")).collect();
        files.sort();
        files.extend(self.named.clone());
        files
    }

    /// The themes of files that are new, or other than they were.
    pub(super) fn look(&mut self) -> Vec<Result<Theme, ThemeError>> {
        let mut found = Vec::new();
        for path in self.files() {
            let Some(stamp) = stamp(&path) else { continue };
            if self.seen.get(&path) == Some(&stamp) {
                continue;
            }
            // A file that is being written is read again when it has changed once more.
            let Ok(text) = fs::read_to_string(&path) else { continue };
            found.push(Theme::parse(&path.display().to_string(), &text));
            self.seen.insert(path, stamp);
        }
        found
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len()))
}

/// A thread that watches.
pub(super) struct Watcher {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Watches the files of a wardrobe; what is wrong with them now is told as well.
    pub(super) fn start(mut wardrobe: Wardrobe, herald: Herald) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        if wardrobe.is_empty() {
            return Self { stop, thread: None };
        }
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                for theme in wardrobe.look() {
                    herald.tell(News::Theme(Box::new(theme)));
                }
                if let Some(keys) = wardrobe.look_at_keys() {
                    herald.tell(News::Keys(keys));
                }
                thread::park_timeout(EVERY);
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of it was told when it happened.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_file_is_read_when_it_is_new_and_when_it_is_another() {
        let path = std::env::temp_dir().join(format!("watershed-theme-{}.ron", std::process::id()));
        let dark = crate::console::theme::BUILT_IN.iter().find(|(name, _)| *name == "dark");
        let (_, dark) = dark.expect("built in");
        fs::write(&path, dark).expect("a file");
        let mut wardrobe = Wardrobe { named: Some(path.clone()), ..Wardrobe::default() };
        let of = |found: Vec<Result<Theme, ThemeError>>| {
            let own = path.display().to_string();
            let mine = |theme: &Result<Theme, ThemeError>| match theme {
                Ok(theme) => theme.name == "dark",
                Err(why) => why.file == own,
            };
            found.into_iter().filter(mine).collect::<Vec<_>>()
        };
        assert!(matches!(&of(wardrobe.look())[..], [Ok(_)]));
        assert!(of(wardrobe.look()).is_empty(), "nothing changed");
        fs::write(&path, dark.replace("name:", "nam:")).expect("a file");
        let found = of(wardrobe.look());
        assert!(matches!(&found[..], [Err(why)] if why.line > 0), "{found:?}");
        fs::remove_file(&path).expect("it goes");
        assert!(of(wardrobe.look()).is_empty(), "gone is no news");
    }
}
