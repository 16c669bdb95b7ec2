//! What the user is looking at: plain data. Drawing reads it, [`super::update`] changes it.

mod acts;
pub mod courses;
pub mod heat;
mod layouts;
pub mod logs;
mod over;
mod problems;
pub mod records;
pub mod shelf;
pub mod shown;
pub mod sieve;
mod stays;
mod transforms;
mod unseen;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use acts::{Act, Asked};
pub use layouts::Layouts;
pub use over::{Cut, Help, HelpRow, Over, Prompt, Question, Sign};

use crate::command::{Command, Danger, Glyphs, Known, Screen, ScreenKind, Spec, WorldCommand};
use crate::console::keymap::Keymap;
use crate::console::order::Sort;
use crate::console::panel::Panel;
use crate::console::past::Past;
use crate::console::recording::Recording;
use crate::cost::Prices;
use crate::model::{PartName, ShardId, StreamName};
use crate::snapshot::Snapshot;
use crate::world::{RecordsWatch, Watch};
use courses::Courses;
use heat::HeatState;
use logs::LogState;
use records::RecordsState;
use shelf::Shelved;
use sieve::Sieve;

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

/// A session that tells its story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demo {
    /// The last step whose screen was gone to, from 1; 0 before the first.
    pub shown: usize,
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
    /// How the panels of the screens are placed.
    pub layouts: Layouts,
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
    /// What the filter lets through.
    pub sieve: Sieve,
    /// Is the mouse ours?
    pub mouse: bool,
    /// Is the terminal too small for anything but a word about that?
    pub cramped: bool,
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
    /// Commands that are asked far away, the one that is answered next first.
    pub asked: VecDeque<Asked>,
    /// What was said once need not be said again.
    pub told: BTreeSet<&'static str>,
    /// Which keys call what.
    pub keys: Arc<Keymap>,
    /// The picture that is held while the view is paused.
    pub frozen: Option<Arc<Snapshot>>,
    /// Which records that picture was asked for.
    pub pictured: Option<RecordsWatch>,
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
    /// The log, and where one looks at it.
    pub logs: LogState,
    /// Where the heat screen stands.
    pub heat: HeatState,
    /// The hash-key space is shown 2 to this power times larger, 0 to 20.
    pub map_zoom: u32,
    /// Where the record screen stands.
    pub records: RecordsState,
    /// What things cost.
    pub prices: Arc<Prices>,
    /// The story that is told.
    pub demo: Option<Demo>,
    /// What is being written down.
    pub recording: Option<Box<Recording>>,
    /// Courses that are compared.
    pub courses: Courses,
    /// Sessions that can be opened, once somebody wants to see them.
    pub shelf: Vec<Shelved>,
    /// The file that the session was read from or written to, if there is one.
    pub file: Option<String>,
    /// Name of the theme to go back to, while another one is tried.
    pub worn: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            screen: Screen::Overview,
            visited: Vec::new(),
            future: Vec::new(),
            focus: BTreeMap::new(),
            layouts: Layouts::default(),
            zoomed: false,
            sorts: BTreeMap::new(),
            held: BTreeMap::new(),
            marks: BTreeSet::new(),
            chosen: Chosen::default(),
            filter: String::new(),
            sieve: Sieve::default(),
            mouse: true,
            cramped: false,
            glyphs: Glyphs::Braille,
            access: Access::Write,
            wall_ms: 0,
            past: Past::default(),
            replayed: false,
            queue: VecDeque::new(),
            asked: VecDeque::new(),
            told: BTreeSet::new(),
            keys: Arc::default(),
            frozen: None,
            pictured: None,
            notice: None,
            over: Over::None,
            theme: "auto".to_owned(),
            undo: Vec::new(),
            redo: Vec::new(),
            history: Vec::new(),
            known: Known::default(),
            leaving: false,
            logs: LogState::default(),
            heat: HeatState::default(),
            map_zoom: 0,
            records: RecordsState::default(),
            prices: Arc::new(Prices::built_in()),
            demo: None,
            recording: None,
            courses: Courses::default(),
            shelf: Vec::new(),
            file: None,
            worn: None,
        }
    }
}

impl State {
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
            | Screen::Logs
            | Screen::Sessions
            | Screen::Themes => none,
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
