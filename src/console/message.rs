//! Everything that can happen to the state, and everything that it can ask for.

use crate::command::{Command, Format, Motion, Own, Record, Spec, WorldCommand};
use crate::console::panel::Panel;
use crate::console::target::Click;

/// Something that happened.
#[derive(Clone)]
pub enum Message {
    /// A key of the live key map: a command, with the words that the key gives it.
    Call(&'static Spec, String),
    /// Move along a list that stands over the screen.
    Along(Motion),
    /// One thing back.
    Back,
    /// Change the line.
    Edit(Edit),
    /// Enter: run the line, take the chosen.
    Accept,
    /// Take the next or last candidate.
    Complete(i8),
    /// An older (1) or newer (-1) line.
    History(i8),
    /// Yes or no.
    Answer(bool),
    /// The mouse was pressed on this.
    Click(Click),
    /// The mouse was pressed elsewhere.
    Miss,
    /// The wheel was turned over a panel, or over none.
    Wheel(Option<Panel>, Motion),
    /// The mouse was dragged.
    Drag,
    /// A new picture of the world is there.
    Picture,
    /// ctrl-c.
    Leave,
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
    /// Wait no longer for what is asked far away.
    GiveUp,
    /// Write the set-up to a file, or to the one it came from.
    Save(Option<String>),
    /// The same over a file that is there, which was asked.
    SaveOver(String),
    /// Put a session in the place of everything.
    Load(String),
    /// The same, and tell its story.
    Demo(String),
    /// Ask whether the session that this command opens shall take the place of everything, if there is
    /// one of that name.
    LookFor(Command),
    /// Begin to write down what is done.
    Record(Record),
    /// Write nothing down any more.
    RecordStop,
    /// Write the screen to a file.
    Screenshot(Option<String>),
    /// Run these courses ahead, each on a fork of its own.
    LookAhead(Vec<Vec<WorldCommand>>),
    /// Keep the prices as the user's own.
    KeepPrices,
    /// Put a text into the clipboard.
    Copy(String),
    /// Put the screen into the clipboard, as text.
    CopyScreen,
    /// Write the focused table, or the screen, to a file.
    Export(Format, Option<String>),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Open a file of the user's own in an editor.
    Edit(Own),
    /// Stop the process as ctrl-z does.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Leave.
    Quit,
}
