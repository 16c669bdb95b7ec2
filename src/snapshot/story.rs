//! How far a session's timeline is.

use serde::{Deserialize, Serialize};

use crate::model::Millis;

/// A timeline, as a speaker needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryView {
    /// Steps that are done.
    pub step: usize,
    /// All steps; 0 without a timeline.
    pub steps: usize,
    /// The last of the done steps that asks for a screen.
    pub shown: Option<ShownView>,
    /// The step that comes.
    pub next: Option<StepView>,
}

/// A step of a timeline that asks for a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownView {
    /// Which one, from 1.
    pub step: usize,
    /// The screen, as a line.
    pub line: String,
}

/// A step of a timeline that comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// When, engine time.
    pub at: Millis,
    /// The command, or the caption of a step without one.
    pub what: String,
}
