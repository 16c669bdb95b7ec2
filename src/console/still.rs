//! A still: the console as it would look, without a terminal. Screenshots, snapshots and the
//! console's first picture begin here.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::{Command, Glyphs, ViewCommand};
use crate::console::state::{Layouts, Notice, State};
use crate::console::target::Targets;
use crate::console::theme::{Depth, Theme};
use crate::console::update::obey;
use crate::console::{Paint, export, symbols, view};
use crate::cost::Prices;
use crate::snapshot::Snapshot;

/// How the console looks.
#[derive(Clone, Debug)]
pub struct Look {
    /// The themes to choose from, in true color; at least one.
    pub themes: Vec<Theme>,
    /// Name of the theme to begin with.
    pub theme: String,
    /// Colors of the terminal.
    pub depth: Depth,
    /// Only ASCII glyphs.
    pub ascii: bool,
    /// The first screen, as a command.
    pub view: Option<String>,
    /// How the panels of the screens are placed.
    pub layouts: Layouts,
    /// What things cost.
    pub prices: Arc<Prices>,
}

/// The theme called `name`, or the first.
///
/// # Panics
/// When there are no themes.
#[must_use]
pub fn theme<'a>(themes: &'a [Theme], name: &str) -> &'a Theme {
    let named = themes.iter().find(|theme| theme.name == name);
    named.or(themes.first()).expect("invariant: a look has a theme")
}

/// The state before the first key: the streams.
#[must_use]
pub fn first(look: &Look) -> State {
    let glyphs = if look.ascii { Glyphs::Ascii } else { Glyphs::Braille };
    let prices = Arc::clone(&look.prices);
    let (theme, layouts) = (look.theme.clone(), look.layouts.clone());
    let mut state = State { theme, glyphs, prices, layouts, ..State::default() };
    state.known.themes = look.themes.iter().map(|theme| theme.name.clone()).collect();
    state
}

/// The state at the look's first screen.
///
/// # Errors
/// A sentence when the view is no view, or shows what is not there.
pub fn open(look: &Look, snapshot: &Snapshot) -> Result<State, String> {
    let mut state = first(look);
    let Some(line) = &look.view else { return Ok(state) };
    let command: Command = line.parse().map_err(|why| format!("{why}"))?;
    if !matches!(command, Command::View(ViewCommand::Go(_) | ViewCommand::Help)) {
        return Err(format!("`{line}` opens no screen: name one, as `streams` or `logs`"));
    }
    obey(&mut state, command, snapshot);
    match state.notice.take() {
        Some(Notice::Refused(why)) => Err(why),
        Some(Notice::Done(_) | Notice::Undoable(_)) | None => Ok(state),
    }
}

/// The cells of the screen.
#[must_use]
pub fn cells(state: &State, snapshot: &Snapshot, look: &Look, area: Rect) -> Buffer {
    drawn(state, snapshot, look, area).0
}

/// The cells of the screen, and what a click on them means.
#[must_use]
pub fn drawn(state: &State, snapshot: &Snapshot, look: &Look, area: Rect) -> (Buffer, Targets) {
    let theme = theme(&look.themes, &state.theme).reduced(look.depth);
    let targets = Targets::default();
    let paint = Paint { theme: &theme, symbols: symbols::of(state.glyphs), targets: &targets };
    let mut buffer = Buffer::empty(area);
    view::draw(state, snapshot, paint, area, &mut buffer);
    (buffer, targets)
}

/// The screen as an SVG file, in true color.
#[must_use]
pub fn svg(state: &State, snapshot: &Snapshot, look: &Look, area: Rect) -> String {
    let look = Look { depth: Depth::True, ..look.clone() };
    let buffer = cells(state, snapshot, &look, area);
    export::svg(&buffer, theme(&look.themes, &state.theme))
}
