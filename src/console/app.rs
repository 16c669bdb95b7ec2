//! The loop: input and pictures to state, state to the screen. Draws only when something changed.

use std::io;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Command, Outcome, WorldCommand};
use crate::console::message::Effect;
use crate::console::state::{Notice, State};
use crate::console::symbols::{ASCII, Symbols, UNICODE};
use crate::console::term::{Input, Term, Woken};
use crate::console::theme::{self, Depth, Theme};
use crate::console::update::{obey, paste, update};
use crate::console::{Paint, export, keymap, logs, view};
use crate::model::Event;
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::world::{Port, RunError};

/// How the console looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Name of a built-in theme.
    pub theme: String,
    /// Colors of the terminal.
    pub depth: Depth,
    /// Only ASCII glyphs.
    pub ascii: bool,
    /// The first screen, as a command.
    pub view: Option<String>,
}

/// Files, as the console needs them. Errors are sentences.
pub trait Files {
    /// Names of the sessions that can be loaded by name.
    fn sessions(&self) -> Vec<String>;

    /// A session by name or path.
    ///
    /// # Errors
    /// When there is none, or it is wrong.
    fn load(&self, name: &str) -> Result<Session, String>;

    /// Writes a text file; answers its path.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, path: &str, text: &str) -> Result<String, String>;
}

struct App<'a> {
    port: &'a dyn Port,
    files: &'a dyn Files,
    look: &'a Look,
    state: State,
    /// Events that were written to the log.
    told: Option<Event>,
}

/// Runs the console on `port` until the user leaves. Whoever takes pictures wakes it by `woken`'s
/// waker for each new one.
///
/// # Errors
/// When the terminal is none, or is gone.
pub fn run(port: &dyn Port, files: &dyn Files, look: &Look, woken: Woken) -> io::Result<()> {
    logs::begin();
    let mut term = Term::enter(woken)?;
    let mut app = App { port, files, look, state: first_state(files, look), told: None };
    app.open_first_screen();
    let mut drawn: Option<Arc<Snapshot>> = None;
    let mut dirty = true;
    loop {
        let newest = port.snapshot();
        app.log(&newest);
        let snapshot = app.state.frozen.clone().unwrap_or(newest);
        let fresh = drawn.as_ref().is_none_or(|drawn| !Arc::ptr_eq(drawn, &snapshot));
        if dirty || fresh {
            app.show(&mut term, &snapshot)?;
            drawn = Some(Arc::clone(&snapshot));
            dirty = false;
        }
        let Some(input) = term.wait()? else { continue };
        dirty = true;
        let watched = app.state.watched().cloned();
        for effect in app.take(&input, &snapshot) {
            match effect {
                Effect::Suspend => term.suspend()?,
                Effect::Redraw => term.redraw()?,
                Effect::Quit => return Ok(()),
                Effect::Screenshot(file) => {
                    let size = term.size()?;
                    let area = Rect::new(0, 0, size.width, size.height);
                    app.screenshot(file.as_deref(), &snapshot, area);
                }
                effect => app.act(effect),
            }
        }
        if app.state.watched() != watched.as_ref() {
            port.watch(app.state.watched().cloned());
        }
    }
}

fn first_state(files: &dyn Files, look: &Look) -> State {
    let mut state = State { theme: look.theme.clone(), ..State::default() };
    state.known.sessions = files.sessions();
    state.known.themes = theme::BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    state
}

/// The theme called `name`, in the terminal's colors.
#[must_use]
pub fn theme_of(name: &str, depth: Depth) -> Theme {
    let known = theme::built_in(name).or_else(|| theme::built_in("auto"));
    known.expect("invariant: a test loads every built-in theme").reduced(depth)
}

impl App<'_> {
    fn open_first_screen(&mut self) {
        let Some(command) = self.look.view.as_ref().and_then(|line| line.parse().ok()) else {
            return;
        };
        let snapshot = self.port.snapshot();
        // A view of something that is gone by now is not worth a word.
        obey(&mut self.state, command, &snapshot);
        self.state.notice = None;
        self.port.watch(self.state.watched().cloned());
    }

    fn take(&mut self, input: &Input, snapshot: &Snapshot) -> Vec<Effect> {
        let state = &mut self.state;
        match input {
            Input::Key(key) => match keymap::message(state, *key) {
                Some(message) => update(state, message, snapshot),
                None => Vec::new(),
            },
            Input::Paste(text) => {
                paste(state, text, snapshot);
                Vec::new()
            }
            Input::Suspend => vec![Effect::Suspend],
            Input::Terminate => vec![Effect::Quit],
            Input::Resize(_) => Vec::new(),
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Run(command) => self.run(&command),
            Effect::Undo(command) => self.again(&command, true),
            Effect::Redo(command) => self.again(&command, false),
            Effect::Save(file) => self.save(file),
            Effect::Load(name) => self.load(&name),
            Effect::Screenshot(_) | Effect::Suspend | Effect::Redraw | Effect::Quit => {}
        }
    }

    fn run(&mut self, command: &WorldCommand) {
        let result = self.port.run(command);
        if let Some(back) = result.as_ref().ok().and_then(|outcome| outcome.undo.clone()) {
            self.state.undo.push(back);
            self.state.redo.clear();
        }
        self.say(result);
    }

    fn again(&mut self, command: &WorldCommand, undo: bool) {
        let result = self.port.run(command);
        if let Some(back) = result.as_ref().ok().and_then(|outcome| outcome.undo.clone()) {
            let stack = if undo { &mut self.state.redo } else { &mut self.state.undo };
            stack.push(back);
        }
        self.say(result);
    }

    fn say(&mut self, result: Result<Outcome, RunError>) {
        self.state.notice = Some(match result {
            Ok(outcome) => Notice::Done(outcome.said),
            Err(why) => Notice::Refused(why.to_string()),
        });
    }

    fn save(&mut self, file: Option<String>) {
        let session = self.port.session();
        let path = file.unwrap_or_else(|| format!("{}.ron", slug(&session.title)));
        self.state.notice = Some(match self.files.write(&path, &session.to_ron()) {
            Ok(path) => {
                self.port.on_saved();
                Notice::Done(format!("session written to {path}"))
            }
            Err(why) => Notice::Refused(why),
        });
    }

    fn load(&mut self, name: &str) {
        let result = self.files.load(name).and_then(|session| {
            self.port
                .load(&session)
                .map_err(|why| why.to_string())
                .map(|outcome| (session, outcome))
        });
        match result {
            Err(why) => self.state.notice = Some(Notice::Refused(why)),
            Ok((session, outcome)) => {
                let State { known, theme, history, logs, .. } = std::mem::take(&mut self.state);
                let theme = session.theme.unwrap_or(theme);
                self.state = State { known, theme, history, logs, ..State::default() };
                self.state.notice = Some(Notice::Done(outcome.said));
                let view = session.view.and_then(|line| line.parse::<Command>().ok());
                if let Some(command) = view {
                    obey(&mut self.state, command, &self.port.snapshot());
                }
            }
        }
    }

    fn screenshot(&mut self, file: Option<&str>, snapshot: &Snapshot, area: Rect) {
        let path = file.unwrap_or("watershed.svg");
        let text = picture(&self.state, snapshot, self.look, area);
        self.state.notice = Some(match self.files.write(path, &text) {
            Ok(path) => Notice::Done(format!("picture written to {path}")),
            Err(why) => Notice::Refused(why),
        });
    }

    /// Writes events that are new to the log.
    fn log(&mut self, snapshot: &Snapshot) {
        let last = self.told.as_ref();
        let seen = last.and_then(|last| snapshot.events.iter().rposition(|event| event == last));
        for event in &snapshot.events[seen.map_or(0, |at| at + 1)..] {
            logs::tell(event);
        }
        self.told = snapshot.events.last().cloned().or(self.told.take());
    }

    fn show(&self, term: &mut Term, snapshot: &Snapshot) -> io::Result<()> {
        logs::settle();
        let theme = theme_of(&self.state.theme, self.look.depth);
        let paint = Paint { theme: &theme, symbols: symbols(self.look) };
        term.draw(|frame| {
            let area = frame.area();
            let cursor = view::draw(&self.state, snapshot, paint, area, frame.buffer_mut());
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
        })
    }
}

/// The screen as an SVG file.
#[must_use]
pub fn picture(state: &State, snapshot: &Snapshot, look: &Look, area: Rect) -> String {
    let theme = theme_of(&state.theme, Depth::True);
    let paint = Paint { theme: &theme, symbols: symbols(look) };
    let mut buffer = Buffer::empty(area);
    view::draw(state, snapshot, paint, area, &mut buffer);
    export::svg(&buffer, &theme)
}

/// A title as the name of a file.
fn slug(title: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    title.chars().map(letter).collect()
}

fn symbols(look: &Look) -> &'static Symbols {
    if look.ascii { &ASCII } else { &UNICODE }
}
