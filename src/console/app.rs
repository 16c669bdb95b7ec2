//! The loop: input and pictures to state, state to the screen. Draws only when something changed.

mod acts;
mod files;
mod news;
mod recorder;

use std::io;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::command::Motion;
use crate::console::desk::Desk;
use crate::console::keymap::Keymap;
use crate::console::message::{Effect, Message};
use crate::console::state::{Access, Act, Demo, State};
use crate::console::still::{self, Look};
use crate::console::target::Targets;
use crate::console::term::{Input, Mouse, Term, Woken};
use crate::console::theme::Theme;
use crate::console::update::{paste, update};
use crate::console::{Paint, keymap, logs, symbols, view};
use crate::snapshot::Snapshot;
use crate::world::{Port, Watch};

/// How the console is worked.
#[derive(Clone, Debug)]
pub struct Hands {
    /// Which keys call what.
    pub keys: Keymap,
    /// Is the mouse taken at the start?
    pub mouse: bool,
    /// Is the world locked at the start?
    pub read_only: bool,
    /// Is the session's story told from the start?
    pub demo: bool,
    /// The file of the session, if it is of one.
    pub file: Option<String>,
}

impl Default for Hands {
    /// The keys of the command table, with the mouse; the world may be changed.
    fn default() -> Self {
        Self { keys: Keymap::default(), mouse: true, read_only: false, demo: false, file: None }
    }
}

/// Inputs that are taken at once before a picture is drawn.
const BURST: u32 = 32;

struct App<'a> {
    port: &'a dyn Port,
    desk: &'a dyn Desk,
    look: Look,
    /// The look's themes, in the terminal's colors.
    themes: Vec<Theme>,
    state: State,
    /// What a click means in the picture that is shown.
    targets: Targets,
    /// The window has just got the focus: the click that gave it shall not act.
    focused: bool,
    /// What the world was last asked to show.
    watched: Watch,
}

/// Runs the console on `port` until the user leaves. Whoever takes pictures wakes it by `woken`'s
/// waker for each new one.
///
/// # Errors
/// When the terminal is none, or is gone.
pub fn run(
    port: &dyn Port,
    desk: &dyn Desk,
    look: &Look,
    hands: &Hands,
    woken: Woken,
) -> io::Result<()> {
    logs::begin();
    let mut term = Term::enter(woken)?;
    let mut app = App::new(port, desk, look);
    app.state.keys = Arc::new(hands.keys.clone());
    app.state.mouse = hands.mouse;
    app.state.access = if hands.read_only { Access::Read } else { Access::Write };
    app.state.demo = hands.demo.then(Demo::default);
    app.state.file.clone_from(&hands.file);
    term.mouse(app.state.mouse)?;
    let mut drawn: Option<Arc<Snapshot>> = None;
    let mut dirty = true;
    let mut burst = 0u32;
    loop {
        app.watch(&port.snapshot());
        let newest = port.snapshot();
        app.state.past.keep(&newest);
        app.state.wall_ms = term.wall_ms();
        app.log(&newest);
        app.look_on(&newest);
        let snapshot = app.state.frozen.clone().unwrap_or(newest);
        dirty |= app.hear_answers();
        dirty |= app.hear();
        let fresh = drawn.as_ref().is_none_or(|drawn| !Arc::ptr_eq(drawn, &snapshot));
        if (dirty || fresh) && (burst == 0 || burst.is_multiple_of(BURST)) {
            if fresh {
                for effect in update(&mut app.state, Message::Picture, &snapshot) {
                    app.act(effect);
                }
            }
            app.show(&mut term, &snapshot)?;
            drawn = Some(Arc::clone(&snapshot));
            dirty = false;
        }
        let Some(input) = term.wait()? else { continue };
        // Of a burst, as of a wheel that is turned, only the end is drawn.
        burst = if term.has_more()? { burst + 1 } else { 0 };
        dirty = true;
        for effect in app.take(&input, &snapshot) {
            match effect {
                Effect::Quit => {
                    app.end_recording();
                    return Ok(());
                }
                effect => app.show_or_act(effect, &mut term, &snapshot)?,
            }
        }
    }
}

impl<'a> App<'a> {
    fn new(port: &'a dyn Port, desk: &'a dyn Desk, look: &Look) -> Self {
        // A view of something that is gone by now is not worth a word.
        let opened = still::open(look, &port.snapshot());
        let mut state = opened.unwrap_or_else(|_| still::first(look));
        state.known.sessions = desk.sessions();
        let themes = look.themes.iter().map(|theme| theme.reduced(look.depth)).collect();
        Self {
            port,
            desk,
            look: look.clone(),
            themes,
            state,
            targets: Targets::default(),
            focused: false,
            watched: Watch::default(),
        }
    }

    /// What the mouse means at a place.
    fn pointed(&mut self, what: Mouse, place: Position) -> Option<Message> {
        let panel = || self.targets.panel(place);
        match what {
            // The click that brings the window to the front is not meant for what lies under it.
            Mouse::Press if std::mem::take(&mut self.focused) => None,
            Mouse::Press => Some(self.targets.at(place).map_or(Message::Miss, Message::Click)),
            Mouse::Drag => Some(Message::Drag),
            Mouse::WheelDown => Some(Message::Wheel(panel(), Motion::Down)),
            Mouse::WheelUp => Some(Message::Wheel(panel(), Motion::Up)),
        }
    }

    fn take(&mut self, input: &Input, snapshot: &Snapshot) -> Vec<Effect> {
        let state = &mut self.state;
        match input {
            Input::Key(key) => match keymap::message(state, *key) {
                Some(message) => update(state, message, snapshot),
                None => Vec::new(),
            },
            // What would come of them cannot be seen.
            Input::Paste(_) | Input::Mouse(..) if state.cramped => Vec::new(),
            Input::Paste(text) => {
                paste(state, text, snapshot);
                Vec::new()
            }
            Input::Mouse(what, place) => match self.pointed(*what, *place) {
                Some(message) => update(&mut self.state, message, snapshot),
                None => Vec::new(),
            },
            Input::Focus => {
                self.focused = true;
                Vec::new()
            }
            Input::Suspend => vec![Effect::Suspend],
            Input::Terminate => vec![Effect::Quit],
            // Larger, it is seen again with the next picture; smaller, it is not from now on.
            Input::Resize(size) => {
                state.cramped |= !view::has_room(Rect::new(0, 0, size.width, size.height));
                Vec::new()
            }
        }
    }

    /// What needs the terminal, or its size; anything else needs neither.
    fn show_or_act(
        &mut self,
        effect: Effect,
        term: &mut Term,
        snapshot: &Snapshot,
    ) -> io::Result<()> {
        match effect {
            Effect::Edit(what) => self.edit(what, term)?,
            Effect::Suspend => term.suspend()?,
            Effect::Redraw => term.redraw()?,
            Effect::Mouse(take) => {
                term.mouse(take)?;
                self.desk.keep_mouse(take);
            }
            Effect::Copy(text) => self.copied(term.copy(&text), &text),
            Effect::CopyScreen => {
                let text = self.still(snapshot, term.size()?);
                self.copied(term.copy(&text), "the screen");
            }
            Effect::Export(format, file) => self.export(format, file, snapshot, term.size()?),
            Effect::Screenshot(file) => {
                let size = term.size()?;
                let area = Rect::new(0, 0, size.width, size.height);
                self.screenshot(file.as_deref(), snapshot, area);
            }
            effect => self.act(effect),
        }
        Ok(())
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Run(command) => self.ask(command, Act::New),
            Effect::Undo(command) => self.ask(command, Act::Undo),
            Effect::Redo(command) => self.ask(command, Act::Redo),
            Effect::GiveUp => self.give_up(),
            Effect::LookAhead(courses) => self.look_ahead(courses),
            Effect::KeepPrices => self.keep_prices(),
            Effect::Save(file) => self.save(file),
            Effect::SaveOver(path) => self.save_over(&path),
            Effect::Load(name) => {
                self.load(&name);
            }
            Effect::Demo(name) => self.demo(&name),
            Effect::LookFor(command) => self.look_for(command),
            Effect::Record(record) => self.record(&record),
            Effect::RecordStop => self.end_recording(),
            Effect::Screenshot(_)
            | Effect::Copy(_)
            | Effect::CopyScreen
            | Effect::Export(..)
            | Effect::Mouse(_)
            | Effect::Edit(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Quit => {}
        }
    }

    /// Asks the world for what this screen shows, when that is something else than before.
    fn watch(&mut self, snapshot: &Snapshot) {
        let watch = self.state.watch(snapshot);
        if watch != self.watched {
            self.port.watch(watch.clone());
            self.watched = watch;
        }
        self.state.past.ask(self.watched.records.as_ref());
    }

    /// Writes events that are new, and what the process said, to the log.
    fn log(&mut self, snapshot: &Snapshot) {
        self.state.logs.follow(snapshot);
        for heard in logs::take() {
            self.state.logs.keep(snapshot.elapsed_ms(), heard);
        }
    }

    fn show(&mut self, term: &mut Term, snapshot: &Snapshot) -> io::Result<()> {
        let theme = still::theme(&self.themes, &self.state.theme);
        let paint =
            Paint { theme, symbols: symbols::of(self.state.glyphs), targets: &self.targets };
        let mut typed = false;
        let mut cramped = false;
        term.draw(|frame| {
            let area = frame.area();
            cramped = !view::has_room(area);
            let cursor = view::draw(&self.state, snapshot, paint, area, frame.buffer_mut());
            if let Some(cursor) = cursor {
                typed = true;
                frame.set_cursor_position(cursor);
            }
        })?;
        self.state.cramped = cramped;
        match self.targets.row().filter(|_| !typed) {
            Some(row) => term.point(row),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
