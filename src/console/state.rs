//! What the user is looking at: plain data. Drawing reads it, [`super::update`] changes it.

pub mod heat;
mod problems;
pub mod records;
mod transforms;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tui_input::Input;

use crate::command::{
    Command, Completion, Danger, Glyphs, Known, Preview, Screen, ScreenKind, Spec, WorldCommand,
    table,
};
use crate::console::key::Key;
use crate::console::keymap::Keymap;
use crate::console::logs::LogView;
use crate::console::order::Sort;
use crate::console::panel::Panel;
use crate::console::past::Past;
use crate::cost::Prices;
use crate::model::{PartName, ShardId, ShardState, StreamName};
use crate::problem::Problem;
use crate::snapshot::{ShardView, Snapshot, StreamView};
use crate::world::Watch;
use heat::HeatState;
use records::RecordsState;

/// Seconds of heat on the overview.
const OVERVIEW_S: u32 = 60;

/// Screens seen before that are remembered.
const VISITS_MAX: usize = 50;
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
#[derive(Clone, Debug)]
pub struct Question {
    /// What would happen.
    pub preview: Preview,
    /// What is run by a yes, in order.
    pub commands: Vec<Command>,
    /// What was typed of the phrase that a yes must be, where one must be.
    pub typed: Input,
}

/// May the world be changed?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Write,
    /// No.
    Read,
    /// Yes, until this wall time in milliseconds.
    WriteUntil(u64),
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

/// A row of help: a line that can be run, and the keys that call it.
#[derive(Clone)]
pub struct HelpRow {
    /// The keys; none for what is only typed.
    pub keys: Vec<Key>,
    /// The command.
    pub spec: &'static Spec,
    /// The words that the keys give it.
    pub words: String,
}

impl HelpRow {
    /// The line that it runs.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.spec.name, self.words).trim_end().to_owned()
    }
}

impl Help {
    /// What can be done on a screen, by keys of the live key map and by lines, as far as it has the
    /// searched text in its line, its description or its keys. What changes the world is left out
    /// unless it may be changed.
    #[must_use]
    pub fn rows(&self, keys: &Keymap, screen: ScreenKind, writable: bool) -> Vec<HelpRow> {
        let typed = self.search.value().to_lowercase();
        let mut rows: Vec<HelpRow> = Vec::new();
        let may = |spec: &&&Spec| writable || spec.danger == Danger::Harmless;
        for spec in table().iter().filter(may) {
            let first = rows.len();
            for bound in keys.on(screen).filter(|bound| bound.spec.name == spec.name) {
                match rows[first..].iter_mut().find(|row| row.words == bound.words) {
                    Some(row) => row.keys.push(bound.key),
                    None => rows.push(HelpRow {
                        keys: vec![bound.key],
                        spec,
                        words: bound.words.clone(),
                    }),
                }
            }
            if !rows[first..].iter().any(|row| row.words.is_empty()) {
                rows.push(HelpRow { keys: Vec::new(), spec, words: String::new() });
            }
        }
        rows.retain(|row| {
            row.line().contains(&typed)
                || row.spec.summary.to_lowercase().contains(&typed)
                || row.keys.iter().any(|key| key.to_string() == typed)
        });
        rows
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
    /// Why something is a problem.
    Why(Box<Problem>),
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
    /// Ids of rows of other panels.
    pub rows: BTreeMap<Panel, String>,
    /// The record: shard and sequence number as text; none follows the newest.
    pub record: Option<(ShardId, String)>,
}

/// What the user is looking at.
#[derive(Clone, Debug)]
pub struct State {
    /// Where.
    pub screen: Screen,
    /// Screens seen before, newest last.
    pub visited: Vec<Screen>,
    /// Screens gone back from, the next one last.
    pub future: Vec<Screen>,
    /// The panel with the focus, by screen, where it is not the first.
    pub focus: BTreeMap<ScreenKind, Panel>,
    /// Is the focused panel alone on the screen?
    pub zoomed: bool,
    /// By what tables are sorted, where they are.
    pub sorts: BTreeMap<Panel, Sort>,
    /// Ids of the rows of sorted tables as they were last arranged.
    pub held: BTreeMap<Panel, Vec<String>>,
    /// Ids of the marked rows of the focused panel.
    pub marks: BTreeSet<String>,
    /// What is selected.
    pub chosen: Chosen,
    /// Only rows with this text.
    pub filter: String,
    /// Is the mouse ours?
    pub mouse: bool,
    /// The glyphs to draw with.
    pub glyphs: Glyphs,
    /// May the world be changed?
    pub access: Access,
    /// Milliseconds of wall time, from any beginning; whoever runs the console sets it.
    pub wall_ms: u64,
    /// Pictures of the last quarter of an hour.
    pub past: Past,
    /// Is a picture of the past in view?
    pub replayed: bool,
    /// Commands that wait until the ones before them are through.
    pub queue: VecDeque<Command>,
    /// What was said once need not be said again.
    pub told: BTreeSet<&'static str>,
    /// Which keys call what.
    pub keys: Arc<Keymap>,
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
    /// The hash-key space is shown 2 to this power times larger, 0 to 20.
    pub map_zoom: u32,
    /// Where the record screen stands.
    pub records: RecordsState,
    /// What things cost.
    pub prices: Arc<Prices>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            screen: Screen::Overview,
            visited: Vec::new(),
            future: Vec::new(),
            focus: BTreeMap::new(),
            zoomed: false,
            sorts: BTreeMap::new(),
            held: BTreeMap::new(),
            marks: BTreeSet::new(),
            chosen: Chosen::default(),
            filter: String::new(),
            mouse: true,
            glyphs: Glyphs::Braille,
            access: Access::Write,
            wall_ms: 0,
            past: Past::default(),
            replayed: false,
            queue: VecDeque::new(),
            told: BTreeSet::new(),
            keys: Arc::default(),
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
            map_zoom: 0,
            records: RecordsState::default(),
            prices: Arc::new(Prices::built_in()),
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
        found.or_else(|| self.streams(snapshot).into_iter().next())
    }

    /// The streams that the filter lets through, in the order shown.
    #[must_use]
    pub fn streams<'a>(&self, snapshot: &'a Snapshot) -> Vec<&'a StreamView> {
        let all = snapshot.streams.iter();
        let mut shown: Vec<_> =
            all.filter(|stream| self.passes(Panel::Streams, stream.name.as_str())).collect();
        self.arrange(Panel::Streams, &mut shown, |stream| stream.name.to_string());
        shown
    }

    /// The shards of `stream` that the filter lets through, in the order shown: unless sorted, open
    /// ones in order of their ranges, then closed ones, newest first.
    #[must_use]
    pub fn shards<'a>(&self, stream: &'a StreamView) -> Vec<&'a ShardView> {
        let closed = stream.shards.iter().rev().filter(|shard| shard.state == ShardState::Closed);
        let all = stream.open_by_range().into_iter().chain(closed);
        let mut shown: Vec<_> =
            all.filter(|shard| self.passes(Panel::Shards, &shard.id.to_string())).collect();
        self.arrange(Panel::Shards, &mut shown, |shard| shard.id.short());
        shown
    }

    /// The consumers that the filter lets through, in the order shown.
    #[must_use]
    pub fn consumers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        let mappings = snapshot.mappings.iter().map(|mapping| &mapping.name);
        let transforms = snapshot.transforms.iter().map(|transform| &transform.name);
        let readers = snapshot.readers.iter().map(|reader| &reader.name);
        let all = mappings.chain(transforms).chain(readers);
        self.named(Panel::Consumers, all)
    }

    /// Names that the filter lets through, in the order shown.
    fn named<'a>(&self, panel: Panel, all: impl Iterator<Item = &'a PartName>) -> Vec<PartName> {
        let mut shown: Vec<_> =
            all.filter(|name| self.passes(panel, name.as_str())).cloned().collect();
        self.arrange(panel, &mut shown, ToString::to_string);
        shown
    }

    /// The producers that the filter lets through, in the order shown.
    #[must_use]
    pub fn producers(&self, snapshot: &Snapshot) -> Vec<PartName> {
        self.named(Panel::Producers, snapshot.producers.iter().map(|producer| &producer.name))
    }

    /// The selected consumer, or the first.
    #[must_use]
    pub fn consumer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.consumers(snapshot), self.chosen.consumer.as_ref())
    }

    /// The selected producer, or the first.
    #[must_use]
    pub fn producer(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.producers(snapshot), self.chosen.producer.as_ref())
    }

    /// The functions that the filter lets through, in the order shown.
    #[must_use]
    pub fn functions(&self, snapshot: &Snapshot) -> Vec<PartName> {
        self.named(Panel::Functions, snapshot.functions.iter().map(|function| &function.name))
    }

    /// The selected function, or the first.
    #[must_use]
    pub fn function(&self, snapshot: &Snapshot) -> Option<PartName> {
        selected_of(self.functions(snapshot), self.chosen.function.as_ref())
    }

    /// Does a row of `panel` with this text pass? The filter is that of the focused panel.
    #[must_use]
    pub fn passes(&self, panel: Panel, text: &str) -> bool {
        panel != self.panel()
            || self.filter.is_empty()
            || text.to_lowercase().contains(&self.filter.to_lowercase())
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
            | Screen::Problems
            | Screen::Costs
            | Screen::Logs => none,
            Screen::System => Watch { machine: true, ..none },
        }
    }

    /// May the world be changed now?
    #[must_use]
    pub fn writable(&self) -> bool {
        match self.access {
            Access::Write => true,
            Access::Read => false,
            Access::WriteUntil(until_ms) => self.wall_ms < until_ms,
        }
    }

    /// Lets the world be changed, for so many minutes or for good.
    pub fn unlock(&mut self, minutes: Option<u32>) {
        let until = |minutes: u32| self.wall_ms + u64::from(minutes) * 60_000;
        self.access = minutes.map_or(Access::Write, |m| Access::WriteUntil(until(m)));
    }

    /// May a command be run now? What changes nothing always may.
    #[must_use]
    pub fn may(&self, spec: &Spec) -> bool {
        spec.danger == Danger::Harmless || self.writable()
    }

    /// Goes to a screen.
    pub fn go(&mut self, screen: Screen) {
        if screen != self.screen {
            self.future.clear();
            let before = self.enter(screen);
            self.visited.push(before);
            if self.visited.len() > VISITS_MAX {
                self.visited.remove(0);
            }
        }
    }

    /// Shows a screen; answers the one before. Filter, marks and zoom stay behind.
    pub(super) fn enter(&mut self, screen: Screen) -> Screen {
        self.filter.clear();
        self.marks.clear();
        self.zoomed = false;
        std::mem::replace(&mut self.screen, screen)
    }
}

/// The selected one while it is shown, else the first.
fn selected_of(shown: Vec<PartName>, selected: Option<&PartName>) -> Option<PartName> {
    let selected = selected.filter(|name| shown.contains(name)).cloned();
    selected.or_else(|| shown.into_iter().next())
}
