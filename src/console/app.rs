//! The loop: input and pictures to state, state to the screen. Draws only when something changed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::console::state::{Notice, State};
use crate::console::symbols::{ASCII, Symbols, UNICODE};
use crate::console::term::{Input, Key, Term};
use crate::console::theme::{self, BUILT_IN, Depth, Theme};
use crate::console::update::{Effect, press};
use crate::console::{Paint, view};
use crate::snapshot::Snapshot;
use crate::world::Port;

/// How often the port is asked for a new picture.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How the console looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// Name of a built-in theme.
    pub theme: String,
    /// Colors of the terminal.
    pub depth: Depth,
    /// Only ASCII glyphs.
    pub ascii: bool,
}

/// Runs the console on `port` until the user leaves.
///
/// # Errors
/// When the terminal is none, or is gone.
pub fn run(port: &dyn Port, look: &Look) -> io::Result<()> {
    let mut term = Term::enter()?;
    let position = BUILT_IN.iter().position(|(name, _)| *name == look.theme);
    let mut state = State { theme: position.unwrap_or(0), ..State::default() };
    let mut drawn: Option<Arc<Snapshot>> = None;
    let mut dirty = true;
    loop {
        let snapshot = state.frozen.clone().unwrap_or_else(|| port.snapshot());
        let fresh = drawn.as_ref().is_none_or(|drawn| !Arc::ptr_eq(drawn, &snapshot));
        if dirty || fresh {
            show(&mut term, &state, &snapshot, look)?;
            drawn = Some(Arc::clone(&snapshot));
            dirty = false;
        }
        let Some(input) = term.poll(LOOK_EVERY)? else { continue };
        dirty = true;
        let effect = match input {
            Input::Key(Key::Char('p')) if state.question.is_none() => {
                state.frozen = if state.frozen.is_some() { None } else { Some(snapshot) };
                None
            }
            Input::Key(key) => press(&mut state, key, &snapshot),
            Input::Suspend => Some(Effect::Suspend),
            Input::Terminate => Some(Effect::Quit),
            Input::Paste(_) | Input::Resize(_) => None,
        };
        match effect {
            None => {}
            Some(Effect::Run(command)) => obey(port, &mut state, &command, true),
            Some(Effect::Undo(command)) => obey(port, &mut state, &command, false),
            Some(Effect::Suspend) => term.suspend()?,
            Some(Effect::Redraw) => term.redraw()?,
            Some(Effect::Quit) => return Ok(()),
        }
    }
}

fn obey(
    port: &dyn Port,
    state: &mut State,
    command: &crate::command::WorldCommand,
    undoable: bool,
) {
    state.notice = Some(match port.run(command) {
        Ok(outcome) => {
            if let Some(back) = outcome.undo.filter(|_| undoable) {
                state.undo.push(back);
            }
            Notice::Done(outcome.said)
        }
        Err(why) => Notice::Refused(why.to_string()),
    });
}

fn symbols(look: &Look) -> &'static Symbols {
    if look.ascii { &ASCII } else { &UNICODE }
}

fn theme_of(state: &State, look: &Look) -> Theme {
    let (name, _) = BUILT_IN[state.theme % BUILT_IN.len()];
    theme::built_in(name).expect("invariant: a test loads every built-in theme").reduced(look.depth)
}

fn show(term: &mut Term, state: &State, snapshot: &Snapshot, look: &Look) -> io::Result<()> {
    let theme = theme_of(state, look);
    let paint = Paint { theme: &theme, symbols: symbols(look) };
    term.draw(|frame| {
        let area = frame.area();
        view::draw(state, snapshot, paint, area, frame.buffer_mut());
    })
}
