//! What the user is looking at: plain data. Drawing reads it, [`super::update`] changes it.

pub mod heat;
pub mod records;
mod transforms;

use std::sync::Arc;

use tui_input::Input;

use crate::command::{Command, Completion, Known, Preview, Screen, Spec, WorldCommand, table};
use crate::console::logs::LogView;
use crate::model::{PartName, ShardId, ShardState, StreamName};
use crate::snapshot::{ShardView, Snapshot, StreamView};
use crate::world::Watch;
use heat::HeatState;
use records::RecordsState;

/// Seconds of heat on the overview.
const OVERVIEW_S: u32 = 60;

/// A sentence at the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was done.
    Done(String),
    /// A command of the operator was run, and can be taken back.
    Undoable(String),
    /// Something was refused, and why.
    Refused(String),
}

/// A question that must be answered before anything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What would happen.
    pub preview: Preview,
    /// What is run by a yes.
    pub command: Command,
}

/// A line being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is for.
    pub sign: Sign,
    /// The line.
    pub input: Input,
    /// What may come next.
    pub completion: Completion,
    /// Index of the chosen candidate.
    pub chosen: Option<usize>,
    /// How far back in the history the line comes from.
    pub past: Option<usize>,
}

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A command.
    Command,
    /// A filter of the table in view.
    Filter,
}

/// A list to choose from.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What is chosen.
    pub of: PickOf,
    /// Index of the one under the cursor.
    pub at: usize,
}

/// What a list offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickOf {
    /// Themes; the one in use before is kept, to come back to.
    Theme {
        /// Name of the theme before.
        before: String,
    },
    /// Sessions.
    Session,
}

/// Keys and commands, searched.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// Only rows with this text.
    pub search: Input,
    /// Index of the row under the cursor.
    pub at: usize,
}

impl Help {
    /// The commands with this text in their name or their description.
    #[must_use]
    pub fn rows(&self) -> Vec<&'static Spec> {
        let typed = self.search.value().to_lowercase();
        let fits = |spec: &&&'static Spec| {
            spec.name.contains(&typed) || spec.summary.to_lowercase().contains(&typed)
        };
        table().iter().filter(fits).copied().collect()
    }
}

/// What stands over the screen and takes the keys.
#[derive(Clone, Debug, Default)]
pub enum Over {
    /// Nothing.
    #[default]
    None,
    /// A line being typed.
    Prompt(Prompt),
    /// A question.
    Ask(Box<Question>),
    /// A list.
    Pick(Pick),
    /// Keys and commands.
    Help(Help),
}

/// Selected things. Each holds on to the thing, not to its place.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The stream.
    pub stream: Option<StreamName>,
    /// The shard.
    pub shard: Option<ShardId>,
    /// The mapping, transform or reader.
    pub consumer: Option<PartName>,
    /// The stage of the transform, from 0.
    pub stage: usize,
    /// The producer.
    pub producer: Option<PartName>,
    /// The function.
    pub function: Option<PartName>,
    /// The record: shard and sequence number as text; none follows the newest.
    pub record: Option<(ShardId, String)>,
}

/// What the user is looking at.
#[derive(Clone, Debug)]
pub struct State {
    /// Where.
    pub screen: Screen,
    /// Where before, for the way back and forth.
    pub last: Screen,
    /// What is selected.
    pub chosen: Chosen,
    /// Only rows with this text.
    pub filter: String,
    /// The picture that is held while the view is paused.
    pub frozen: Option<Arc<Snapshot>>,
    /// What was last said.
    pub notice: Option<Notice>,
    /// What stands over the screen.
    pub over: Over,
    /// Name of the theme in use.
    pub theme: String,
    /// What takes the last acts back, newest last.
    pub undo: Vec<WorldCommand>,
    /// What does undone acts again, newest last.
    pub redo: Vec<WorldCommand>,
    /// Lines typed before, newest last.
    pub history: Vec<String>,
    /// Names for completion.
    pub known: Known,
    /// ctrl-c was pressed once.
    pub leaving: bool,
    /// The state of the log screen.
    pub logs: LogView,
    /// Where the heat screen stands.
    pub heat: HeatState,
    /// Where the record screen stands.
    pub records: RecordsState,
}

impl Default for State {
    fn default() -> Self {
        Self {
            screen: Screen::Overview,
            last: Screen::Overview,
            chosen: Chosen::default(),
            filter: String::new(),
            frozen: None,
            notice: None,
            over: Over::None,
            theme: "auto".to_owned(),
            undo: Vec::new(),
            redo: Vec::new(),
            history: Vec::new(),
            known: Known::default(),
            leaving: false,
            logs: LogView::default(),
            heat: HeatState::default(),
            records: RecordsState::default(),
        }
    }
}

impl State {
    /// The stream in view: the screen's own, else the selected, else the first.
    #[must_use]
    pub fn stream<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a StreamView> {
        if let Some(name) = self.screen.stream() {
            return snapshot.stream(name.as_str());
        }
        let chosen = self.chosen.stream.as_ref();
        let found = chosen.and_then(|name| snapshot.stream(name.as_str()));
        found.or_else(|| self.streams(snapshot).next())
    }

    /// The streams that the filter lets through.
    pub fn streams<'a>(&self, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a StreamView> {
        let here = self.screen == Screen::Overview;
        let filter = if here { self.filter.clone() } else { String::new() };
        snapshot.streams.iter().filter(move |stream| passes(&filter, stream.name.as_str()))
    }

    /// The shards of `stream` that the filter lets through: open ones in order of their ranges, then
    /// closed ones, newest first.
    #[must_use]
    pub fn shards<'a>(&self, stream: &'a StreamView) -> Vec<&'a ShardView> {
        let closed = stream.shards.iter().rev().filter(|shard| shard.state == ShardState::Closed);
        let all = stream.open_by_range().into_iter().chain(closed);
        all.filter(|shard| shard.id.to_string().contains(&self.filter)).collect()
    }

    /// The consumers that the filter lets through, in the order of their screen.
    #[must_use]
    pub fn consumers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        let mappings = snapshot.mappings.iter().map(|mapping| &mapping.name);
        let transforms = snapshot.transforms.iter().map(|transform| &transform.name);
        let readers = snapshot.readers.iter().map(|reader| &reader.name);
        let all = mappings.chain(transforms).chain(readers);
        all.filter(|name| self.passes(name.as_str())).cloned().collect()
    }

    /// The selected consumer, or the first.
    #[must_use]
    pub fn consumer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.consumers(snapshot), self.chosen.consumer.as_ref())
    }

    /// The producers that the filter lets through, in the order of their screen.
    #[must_use]
    pub fn producers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        let all = snapshot.producers.iter().map(|producer| &producer.name);
        all.filter(|name| self.passes(name.as_str())).cloned().collect()
    }

    /// The selected producer, or the first.
    #[must_use]
    pub fn producer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.producers(snapshot), self.chosen.producer.as_ref())
    }

    /// The functions that the filter lets through, in the order of their screen.
    #[must_use]
    pub fn functions(&self, snapshot: &Snapshot) -> Vec<PartName> {
        let all = snapshot.functions.iter().map(|function| &function.name);
        all.filter(|name| self.passes(name.as_str())).cloned().collect()
    }

    /// The selected function, or the first.
    #[must_use]
    pub fn function(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.functions(snapshot), self.chosen.function.as_ref())
    }

    /// Does a row with this text pass the filter?
    #[must_use]
    pub fn passes(&self, text: &str) -> bool {
        passes(&self.filter, text)
    }

    /// What this screen shows beyond what every picture holds.
    #[must_use]
    pub fn watch(&self, snapshot: &Snapshot) -> Watch {
        let none = Watch::default();
        match &self.screen {
            Screen::Records(_) => Watch { records: self.records_watch(), ..none },
            Screen::Heat(_) => {
                Watch { heat: self.heat_watch(snapshot, self.heat.span_s()), ..none }
            }
            Screen::Overview => Watch { heat: self.heat_watch(snapshot, OVERVIEW_S), ..none },
            Screen::Transforms(_) => self.sample_watch(snapshot),
            Screen::Stream(_)
            | Screen::Consumers(_)
            | Screen::Concurrency
            | Screen::Producers
            | Screen::Logs => none,
        }
    }

    /// Goes to a screen; the filter stays behind.
    pub fn go(&mut self, screen: Screen) {
        if screen != self.screen {
            self.last = std::mem::replace(&mut self.screen, screen);
            self.filter.clear();
        }
    }
}

/// The selected one while it is shown, else the first.
fn selected_of(shown: Vec<PartName>, selected: Option<&PartName>) -> Option<PartName> {
    let selected = selected.filter(|name| shown.contains(name)).cloned();
    selected.or_else(|| shown.into_iter().next())
}

fn passes(filter: &str, text: &str) -> bool {
    filter.is_empty() || text.to_lowercase().contains(&filter.to_lowercase())
}
