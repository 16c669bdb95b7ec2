//! What changes the view, or the program itself.

use crate::command::{
    Copied, Format, Glyphs, Layout, LogMove, Marking, Motion, Own, Screen, Sorting, Visit, Way,
};
use crate::snapshot::heat::Metric;

/// What changes the view.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewCommand {
    /// Go to a screen.
    Go(Screen),
    /// Keys and commands.
    Help,
    /// Change the theme.
    Theme(String),
    /// Save the set-up as a session file.
    SessionSave(Option<String>),
    /// Load a session by name or path.
    SessionLoad(String),
    /// Play a session and tell its story; choose one without a name.
    Demo(Option<String>),
    /// Tell the story no longer; the world goes on.
    DemoStop,
    /// Write down as a session what is done from now on.
    Record(Record),
    /// Write nothing down any more.
    RecordStop,
    /// Filter the table in view.
    Filter(String),
    /// Run courses ahead and compare them: those that the console proposes, and this one.
    WhatIf(Option<String>),
    /// Change what a thing costs.
    Price {
        /// An item of a price list: `shard-hour`.
        item: &'static str,
        /// Dollars, 0 and up.
        dollars: f64,
    },
    /// What the heat of a shard is; the next one without a word.
    Metric(Option<Metric>),
    /// How far back time is shown.
    Span(Span),
    /// Many shards in a row of the heat, or one; objects inside of a record as a count, or whole.
    Fold,
    /// A smaller part of the hash-key space (1), a larger one (-1), all of it (0).
    Map(i8),
    /// How a record is shown.
    Look(RecordLook),
    /// To what is newest, and on with it.
    Follow,
    /// Stop or start the picture.
    Freeze,
    /// Go to the next thing that is wrong.
    NextProblem,
    /// Run what cures the problem at hand.
    Cure,
    /// Undo the last act.
    Undo,
    /// Do the undone act again.
    Redo,
    /// Write the screen as a picture (SVG).
    Screenshot(Option<String>),
    /// Move the cursor.
    Move(Motion),
    /// Open what is under the cursor.
    Open,
    /// One thing back.
    Back,
    /// One thing back; at the root leave.
    Out,
    /// Begin a command line.
    Line,
    /// Begin to type a filter.
    Search,
    /// Another screen.
    Tab(Way),
    /// Another panel of the screen.
    Panel(Way),
    /// The focused panel alone, or all again.
    Zoom,
    /// Place the panels of the screen; the next preset without a layout.
    Layout(Option<Layout>),
    /// A screen that was seen before.
    Visit(Visit),
    /// Sort the focused table.
    Sort(Sorting),
    /// Mark rows.
    Mark(Marking),
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Move the log screen.
    Log(LogMove),
    /// Copy something to the clipboard.
    Copy(Copied),
    /// Write the table in focus, or the screen, to a file.
    Export(Format, Option<String>),
    /// Open a file of the user's own in an editor.
    Config(Own),
    /// Change the glyphs; the next set without a word.
    Symbols(Option<Glyphs>),
    /// Let nothing change the world.
    Lock,
    /// Let the world be changed again, for so many minutes or for good.
    Unlock(Option<u32>),
    /// Show the world as it was.
    Time(TimeMove),
    /// Stop the process for a while.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Leave.
    Quit,
}

/// How a record is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordLook {
    /// JSON over several lines, with colors; as it is where it is none.
    #[default]
    Json,
    /// Hexadecimal digits.
    Hex,
    /// As it is.
    Raw,
}

/// How far back time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One notch less.
    Closer,
    /// One notch more.
    Wider,
    /// As far as suits the screen.
    Auto,
    /// So many seconds, 10 to 900.
    Seconds(u32),
}

/// What is recorded where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Title of the session, and path of its file but for the extension.
    pub name: String,
    /// May a file that is there be written over?
    pub replace: bool,
}

/// Through the last quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMove {
    /// One picture back.
    Back,
    /// One picture on; at the newest, one second of the clock.
    On,
    /// To the newest.
    Live,
    /// As it was so many milliseconds ago.
    Ago(u64),
    /// As it was so many milliseconds after the session began.
    At(u64),
}
