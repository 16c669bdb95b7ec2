//! Everything that can happen to the state, and everything that it can ask for.

use crate::command::{Spec, WorldCommand};
use crate::console::state::Sign;

/// Something that the user did.
#[derive(Clone, Copy)]
pub enum Message {
    /// Move the cursor.
    Move(Motion),
    /// Open what is under the cursor.
    Open,
    /// One thing back.
    Back,
    /// One thing back, and out of the program at its root.
    BackOrLeave,
    /// The screen before this one.
    LastScreen,
    /// The next screen.
    NextScreen,
    /// A key of the command table, with the words that it gives.
    Call(&'static Spec, &'static str),
    /// Begin a line.
    Type(Sign),
    /// Change the line.
    Edit(Edit),
    /// Enter: run the line, take the chosen.
    Accept,
    /// Take the next or last candidate.
    Complete(i8),
    /// An older (1) or newer (-1) line.
    History(i8),
    /// Only the selected target of the log, or all again.
    LogFocus,
    /// The newest of the log.
    LogFollow,
    /// Yes or no.
    Answer(bool),
    /// ctrl-c.
    Leave,
    /// Stop the process for a while.
    Suspend,
    /// Draw every cell anew.
    Redraw,
}

/// Where the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Rows down, or up below 0.
    By(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
}

/// A change of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// A letter before the cursor.
    Insert(char),
    /// Erase before the cursor.
    Backspace,
    /// Erase under the cursor.
    Delete,
    /// Left.
    Left,
    /// Right.
    Right,
    /// To the start.
    Start,
    /// To the end.
    End,
    /// Erase the word before the cursor.
    EraseWord,
    /// Erase the line.
    EraseLine,
}

/// What the loop must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Run a command of the operator.
    Run(WorldCommand),
    /// Run what takes an act back.
    Undo(WorldCommand),
    /// Run an undone act again.
    Redo(WorldCommand),
    /// Write the set-up to a file, or to the one it came from.
    Save(Option<String>),
    /// Put a session in the place of everything.
    Load(String),
    /// Write the screen to a file.
    Screenshot(Option<String>),
    /// Stop the process as ctrl-z does.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Leave.
    Quit,
}
