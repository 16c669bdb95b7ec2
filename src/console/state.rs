//! What the user is looking at: plain data. Drawing reads it, [`super::update`] changes it.

use std::sync::Arc;

use crate::command::WorldCommand;
use crate::model::{ShardId, StreamName};
use crate::snapshot::{Snapshot, StreamView};

/// A place in the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// All streams.
    #[default]
    Overview,
    /// One stream: its shards.
    Stream(StreamName),
}

/// A sentence at the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was done.
    Done(String),
    /// Something was refused, and why.
    Refused(String),
}

/// A question that must be answered before anything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What it is about.
    pub title: &'static str,
    /// What would happen.
    pub lines: Vec<String>,
    /// What is run by a yes.
    pub command: WorldCommand,
}

/// What the user is looking at.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Where.
    pub place: Place,
    /// The selected stream.
    pub stream: Option<StreamName>,
    /// The selected shard.
    pub shard: Option<ShardId>,
    /// The picture that is held while the view is paused.
    pub frozen: Option<Arc<Snapshot>>,
    /// What was last said.
    pub notice: Option<Notice>,
    /// What is asked.
    pub question: Option<Question>,
    /// Is the list of keys shown?
    pub help: bool,
    /// Index of the theme in use.
    pub theme: usize,
    /// What takes the last acts back, newest last.
    pub undo: Vec<WorldCommand>,
}

impl State {
    /// The selected stream, or the first when that is gone.
    #[must_use]
    pub fn selected_stream<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a StreamView> {
        let name = match &self.place {
            Place::Stream(name) => Some(name),
            Place::Overview => self.stream.as_ref(),
        };
        let found = name.and_then(|name| snapshot.stream(name.as_str()));
        match self.place {
            Place::Stream(_) => found,
            Place::Overview => found.or(snapshot.streams.first()),
        }
    }
}
