//! The console on simulated worlds: every screen as text and style, and keys as users press them.

mod choosing;
mod costs;
mod elsewhere;
mod everywhere;
mod keys;
mod layouts;
mod logs;
mod mouse;
mod problems;
mod records;
mod screens;
mod split;
mod story;
mod time;
mod ways;

use std::ops::ControlFlow;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use watershed::command::WorldCommand;
use watershed::console::key::Key;
use watershed::console::keymap;
use watershed::console::message::{Effect, Message};
use watershed::console::state::{Layouts, Notice, State};
use watershed::console::still::{self, Look};
use watershed::console::theme::{self, Depth};
use watershed::console::update::update;
use watershed::cost::Trial;
use watershed::engine::{Engine, EngineOptions};
use watershed::session::{self, Session};
use watershed::sim::ahead::look_ahead;
use watershed::sim::{EPOCH, SimOutside, run_for};
use watershed::snapshot::machine::MachineView;
use watershed::snapshot::{ClockView, Snapshot};
use watershed::world::{World, WorldOptions};

/// How far courses are run: less far than the console does, for the sake of who waits.
const TRIED_MS: u64 = 12_000;

/// A console whose terminal is a buffer and whose world stands still between commands.
pub(crate) struct Console {
    pub(crate) state: State,
    pub(crate) world: World,
    pub(crate) look: Look,
    /// Effects that a world cannot take: files, the terminal, the end.
    pub(crate) effects: Vec<Effect>,
    /// What a driver would tell of its machine.
    pub(crate) machine: Option<Arc<MachineView>>,
    /// How its picture differs from that of its world.
    pub(crate) differs: Option<fn(&mut Snapshot)>,
}

impl Console {
    /// A built-in session, `seconds` after its beginning.
    pub(crate) fn on(name: &str, seconds: u64) -> Self {
        let built_in = session::builtin().iter().find(|(known, _)| *known == name);
        let (_, text) = built_in.expect("a built-in session");
        Self::of(&Session::parse(name, text).expect("a good session"), seconds)
    }

    pub(crate) fn of(session: &Session, seconds: u64) -> Self {
        let mut world = World::new(
            EPOCH,
            WorldOptions {
                seed: session.seed,
                engine: Engine::in_memory(EngineOptions::default()),
                outside: Box::new(SimOutside::default()),
                title: session.title.clone(),
            },
        );
        world.set_up(session).expect("it fits the simulation");
        run_for(&mut world, seconds * 1_000, &mut |_| ());
        let look = Look {
            themes: theme::wardrobe(),
            theme: "dark".into(),
            depth: Depth::True,
            ascii: false,
            view: None,
            layouts: Layouts::of(session),
            prices: Arc::new(watershed::cost::Prices::built_in()),
        };
        let (state, effects) = (still::first(&look), Vec::new());
        Self { state, world, look, effects, machine: None, differs: None }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        let mut snapshot = self.world.look(ClockView::default());
        if let Some(machine) = &self.machine {
            let picture = Arc::get_mut(&mut snapshot).expect("a fresh picture");
            picture.machine = Some(Arc::clone(machine));
            // How the log keeps records is no matter of screens.
            picture.log_memory_bytes = 5 << 20;
        }
        if let Some(differs) = self.differs {
            differs(Arc::get_mut(&mut snapshot).expect("a fresh picture"));
        }
        snapshot
    }

    /// Presses keys, each named as in the command table: `s`, `enter`, `ctrl-p`, `:`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ') {
            let key = Key::parse(name).expect("a key");
            if let Some(message) = keymap::message(&self.state, key) {
                self.tell(message);
            }
        }
        self
    }

    /// Types a text, letter by letter.
    pub(crate) fn write(&mut self, text: &str) -> &mut Self {
        let snapshot = self.snapshot();
        for letter in text.chars() {
            let key = Key::Char(letter);
            let message = keymap::message(&self.state, key).expect("letters can be typed here");
            update(&mut self.state, message, &snapshot);
        }
        self.watch();
        self
    }

    /// Runs a line of the command line.
    pub(crate) fn line(&mut self, line: &str) -> &mut Self {
        self.press(":").write(line).press("enter")
    }

    /// Lets so many seconds pass, with a picture each.
    pub(crate) fn wait(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            run_for(&mut self.world, 1_000, &mut |_| ());
            self.tell(Message::Picture);
        }
        self
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Run(command) => {
                let back = self.run(&command);
                self.state.undo.extend(back);
            }
            Effect::Undo(command) => {
                let back = self.run(&command);
                self.state.redo.extend(back);
            }
            Effect::LookAhead(courses) => self.look_ahead(&courses),
            effect => self.effects.push(effect),
        }
    }

    /// As the desk of a live console does, but at once.
    fn look_ahead(&mut self, courses: &[Vec<WorldCommand>]) {
        for (at, commands) in courses.iter().enumerate() {
            let fork = self.world.fork(Box::new(SimOutside::default())).expect("it fits");
            let mut trial = Trial::default();
            let outcome = look_ahead(fork, commands, TRIED_MS, &mut |snapshot| {
                trial.see(snapshot, &self.state.prices);
                ControlFlow::Continue(())
            });
            let outcome = outcome.map_err(|why| why.to_string());
            let outcome = outcome.map(|_| trial.outlook().expect("seen"));
            self.state.courses.answer(self.state.courses.round, at, outcome);
        }
    }

    /// As the loop of the console does: what happened is in the log.
    pub(crate) fn hear(&mut self) -> &mut Self {
        let snapshot = self.snapshot();
        snapshot.events.iter().for_each(|event| self.state.logs.tell(event, snapshot.started));
        self
    }

    /// As the loop of the console does: the world shows what the screen asks for.
    fn watch(&mut self) {
        let watch = self.state.watch(&self.snapshot());
        self.world.watch(watch);
    }

    fn run(&mut self, command: &WorldCommand) -> Option<WorldCommand> {
        let now = self.world.now();
        match self.world.run(now, command) {
            Ok(outcome) => {
                self.state.notice = Some(Notice::Done(outcome.said));
                outcome.undo
            }
            Err(why) => {
                self.state.notice = Some(Notice::Refused(why.to_string()));
                None
            }
        }
    }

    /// The words of the last notice.
    pub(crate) fn said(&self) -> &str {
        match &self.state.notice {
            Some(Notice::Done(said) | Notice::Undoable(said) | Notice::Refused(said)) => said,
            None => "",
        }
    }

    pub(crate) fn cells(&mut self, width: u16, height: u16) -> Buffer {
        self.watch();
        still::cells(&self.state, &self.snapshot(), &self.look, Rect::new(0, 0, width, height))
    }

    /// Clicks on the first cell of a text of the screen, at 120x40.
    pub(crate) fn click(&mut self, text: &str) -> &mut Self {
        let area = Rect::new(0, 0, 120, 40);
        let (cells, targets) = still::drawn(&self.state, &self.snapshot(), &self.look, area);
        let lines = watershed::console::export::text(&cells);
        let place = lines.lines().zip(0..).find_map(|(line, y)| {
            let (before, _) = line.split_once(text)?;
            Some(Position::new(u16::try_from(before.chars().count()).expect("a column"), y))
        });
        let place = place.unwrap_or_else(|| panic!("no `{text}` in\n{lines}"));
        let message = targets.at(place).map_or(Message::Miss, Message::Click);
        self.tell(message)
    }

    /// Takes a message, and does what it asks for.
    pub(crate) fn tell(&mut self, message: Message) -> &mut Self {
        let snapshot = self.snapshot();
        let effects = update(&mut self.state, message, &snapshot);
        effects.into_iter().for_each(|effect| self.act(effect));
        self.watch();
        self
    }

    pub(crate) fn text(&mut self, width: u16, height: u16) -> String {
        watershed::console::export::text(&self.cells(width, height))
    }
}
