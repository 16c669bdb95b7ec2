//! What the console has at hand: sessions to load, sessions, pictures and prices to write, themes
//! that are watched, courses that are run ahead.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use crate::cli::ahead::{Ahead, Ground, Herald};
use crate::cli::home::{self, Remembered};
use crate::cli::wardrobe::{Wardrobe, Watcher};
use crate::cli::{editor, keys, load};
use crate::command::Own;
use crate::console::desk::{Desk, News, Round};
use crate::console::keymap::Keymap;
use crate::console::term::Waker;
use crate::console::theme::{BUILT_IN, Theme};
use crate::cost::Prices;
use crate::session::{self, Session};

/// Files that the console may write: new ones, its own, and those it wrote since the start.
#[derive(Default)]
struct Drawer(RefCell<BTreeSet<PathBuf>>);

/// The desk of a console; files count from the working directory on.
pub(super) struct OwnDesk<'a> {
    /// What courses are run ahead of.
    ground: Ground<'a>,
    drawer: Drawer,
    ahead: Ahead,
    herald: Herald,
    news: Receiver<News>,
    /// Watches until the desk is gone.
    _watcher: Watcher,
}

impl<'a> OwnDesk<'a> {
    /// A desk for a console that `waker` wakes.
    pub(super) fn new(ground: Ground<'a>, waker: Arc<Waker>, wardrobe: Wardrobe) -> Self {
        let (sender, news) = mpsc::channel();
        let herald = Herald { news: sender, waker };
        let watcher = Watcher::start(wardrobe, herald.clone());
        let (drawer, ahead) = (Drawer::default(), Ahead::default());
        Self { ground, drawer, ahead, herald, news, _watcher: watcher }
    }
}

impl Drop for OwnDesk<'_> {
    fn drop(&mut self) {
        self.ahead.end();
    }
}

impl Desk for OwnDesk<'_> {
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
        self.drawer.write(path, text)
    }

    fn keep_prices(&self, prices: &Prices) -> Result<(Prices, String), String> {
        let path = home::prices().ok_or("neither XDG_CONFIG_HOME nor HOME is set")?;
        let dated = Prices { date: home::today(), ..prices.clone() };
        let shown = path.display().to_string();
        home::write(&path, &dated.to_ron())
            .map_err(|why| format!("`{shown}` cannot be written: {why}"))?;
        Ok((dated, shown))
    }

    fn edit(&self, what: Own, theme: &str) -> Result<String, String> {
        let nowhere = "neither XDG_CONFIG_HOME nor HOME is set";
        let path = match what {
            Own::Keys => home::keys().ok_or(nowhere)?,
            Own::Theme => home::themes().ok_or(nowhere)?.join(format!("{theme}.ron")),
        };
        let file = path.display().to_string();
        let news = match what {
            Own::Keys => {
                let in_use = keys::keymap(None).unwrap_or_default();
                let text = editor::edit(&path, || in_use.to_ron())?;
                let read = Keymap::default().with_file(&file, &text);
                News::Keys(read.map(Arc::new).map_err(|why| why.to_string()))
            }
            Own::Theme => {
                let built_in = BUILT_IN.iter().find(|(name, _)| *name == theme);
                let first = built_in.map_or("", |(_, text)| text);
                let text = editor::edit(&path, || first.to_owned())?;
                News::Theme(Box::new(Theme::parse(&file, &text)))
            }
        };
        self.herald.tell(news);
        Ok(format!("`{file}` is as the editor left it"))
    }

    fn keep_mouse(&self, taken: bool) {
        if let Err(why) = (Remembered { mouse: taken }).write() {
            log::warn!(target: "console", "what the mouse does is not remembered: {why}");
        }
    }

    fn look_ahead(&self, round: Round) -> Result<(), String> {
        self.ahead.begin(self.ground, round, self.herald.clone())
    }

    fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
    }
}

impl Drawer {
    fn write(&self, path: &str, text: &str) -> Result<String, String> {
        let shown = || format!("`{path}`");
        match fs::read(path) {
            Ok(old) if !is_ours(&old) && !self.0.borrow().contains(Path::new(path)) => {
                let why = "exists and was not written by watershed: name another file";
                return Err(format!("{} {why}", shown()));
            }
            Ok(_) => {}
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(format!("{} cannot be written: {why}", shown())),
        }
        home::replace(Path::new(path), text)
            .map_err(|why| format!("{} cannot be written: {why}", shown()))?;
        self.0.borrow_mut().insert(PathBuf::from(path));
        Ok(path.to_owned())
    }
}

/// A session or a picture: what the console writes, and so may write over.
fn is_ours(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.starts_with("<svg") || Session::parse("", &text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_not_written_over() {
        let folder = std::env::temp_dir().join(format!("watershed-desk-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let desk = Drawer::default();
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
