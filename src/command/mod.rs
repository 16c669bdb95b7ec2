//! Floor 3: what an operator can do. One enum, one table.
//!
//! The table feeds keys, hints, help, the command line, session timelines, scripts, undo and the
//! manual. A [`Command`] is plain data: the world runs [`WorldCommand`]s, the console runs
//! [`ViewCommand`]s, and nobody else can change either.

mod browse;
mod choice;
mod complete;
mod error;
mod layout;
mod line;
mod mention;
mod near;
mod one;
mod panel;
mod parse;
mod preview;
mod screen;
mod shorthand;
mod spec;
mod split_at;
mod table;
mod terms;
mod view_command;
mod words;
mod world_command;

pub use browse::{Browse, Place};
pub use choice::{Copied, Format, Glyphs, LogMove, Marking, Motion, Own, Sorting, Visit, Way};
pub use complete::{Candidate, Completion, Known, complete};
pub use error::{CommandError, ParseError};
pub use layout::{Layout, LayoutError};
pub use mention::Mention;
pub use near::{nearest, way_out};
pub use one::transform::settings_of;
pub use panel::{Panel, panels};
pub use preview::{Piece, Preview};
pub use screen::Screen;
pub use spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
pub use split_at::SplitAt;
pub use table::{ELSEWHERE, fits_elsewhere, spec_of, table};
pub use terms::{Asked, Terms};
pub use view_command::{Record, RecordLook, Span, TimeMove, ViewCommand};
pub use words::Words;
pub use world_command::{ClockCommand, Tune, WorldCommand};

pub use crate::pipeline::settings::MappingChanges;

pub(crate) use one::split_hot::splits as hot_splits;
pub(crate) use shorthand::Shortfall;
pub(crate) use shorthand::stage::print as stage_words;
pub(crate) use split_at::tighter;

/// Anything that an operator can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Changes the world; can stand in a timeline.
    World(WorldCommand),
    /// Changes what is looked at, or the program itself.
    View(ViewCommand),
}

/// What came of a world command.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was done, as a sentence.
    pub said: String,
    /// What takes it back, if anything does.
    pub undo: Option<WorldCommand>,
}
