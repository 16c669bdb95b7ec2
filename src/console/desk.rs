//! What the console has at hand outside of its world: files, somebody who looks ahead, and news of
//! both. `cli` gives it a real one.

use std::sync::Arc;

use crate::command::{Own, WorldCommand};
use crate::console::keymap::Keymap;
use crate::console::theme::{Theme, ThemeError};
use crate::cost::{Outlook, Prices};
use crate::session::Session;

/// Something that came while nobody waited for it.
#[derive(Clone, Debug)]
pub enum News {
    /// What came of a course.
    Course {
        /// Of which round.
        round: u64,
        /// Which one of it, from 0.
        at: usize,
        /// What it came to, or why it could not be run.
        outcome: Result<Outlook, String>,
    },
    /// A theme file of the user is new, or was changed.
    Theme(Box<Result<Theme, ThemeError>>),
    /// The user's key file was changed.
    Keys(Result<Arc<Keymap>, String>),
}

/// A round of courses to be run ahead.
#[derive(Clone, Debug)]
pub struct Round {
    /// Its number.
    pub number: u64,
    /// What each course does first.
    pub courses: Vec<Vec<WorldCommand>>,
    /// How far each is run, milliseconds of engine time.
    pub ahead_ms: u64,
    /// What things cost.
    pub prices: Arc<Prices>,
}

/// What the console has at hand. Errors are sentences.
pub trait Desk {
    /// Names of the sessions that can be loaded by name.
    fn sessions(&self) -> Vec<String>;

    /// A session by name or path.
    ///
    /// # Errors
    /// When there is none, or it is wrong.
    fn load(&self, name: &str) -> Result<Session, String>;

    /// Is there a file of that path?
    fn exists(&self, path: &str) -> bool;

    /// Writes a text file; answers its path.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, path: &str, text: &str) -> Result<String, String>;

    /// Keeps a price list as the user's own; answers it with the date of today, and its path.
    ///
    /// # Errors
    /// When it cannot be written.
    fn keep_prices(&self, prices: &Prices) -> Result<(Prices, String), String>;

    /// Opens a file of the user's own in an editor, and waits until that is closed; what is new in it
    /// is told as news. Answers what was done.
    ///
    /// # Errors
    /// When there is no place for the file, or the editor cannot be started.
    fn edit(&self, what: Own, theme: &str) -> Result<String, String>;

    /// Remembers for the next time whether the mouse is taken. What cannot be written is forgotten.
    fn keep_mouse(&self, taken: bool);

    /// Begins to run courses; what runs is broken off. What comes of each is told as news.
    ///
    /// # Errors
    /// When the world cannot be forked.
    fn look_ahead(&self, round: Round) -> Result<(), String>;

    /// What came since the last time, one by one.
    fn news(&self) -> Option<News>;
}
