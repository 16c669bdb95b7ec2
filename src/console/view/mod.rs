//! (state, snapshot) to a frame, one file per screen. Nothing here changes anything.

mod cells;
mod concurrency;
mod consumers;
mod costs;
mod details;
mod endpoint;
mod errors;
mod events;
mod frame;
mod heat;
mod heat_strip;
mod help;
mod hints;
mod history;
mod lag;
mod leases;
mod logs;
mod over;
mod overview;
mod problems;
mod producers;
mod reads;

mod records;
mod sessions;
mod story;
mod stream;
mod system;
mod themes;
mod transforms;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::Screen;
use crate::console::Paint;
use crate::console::format::{fit, wrapped};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::snapshot::Snapshot;

/// The smallest screen that is drawn.
const LEAST: (u16, u16) = (40, 8);
/// From this height on there is a row that says where one is.
const CRUMBS_FROM: u16 = 20;

/// Is there room for a screen, or only for a word about that?
#[must_use]
pub fn has_room(area: Rect) -> bool {
    area.width >= LEAST.0 && area.height >= LEAST.1
}

/// Draws the whole screen; answers where the cursor of a line being typed stands.
pub fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    paint.targets.clear();
    buffer.set_style(area, paint.theme.style(Meaning::Text));
    if !has_room(area) {
        too_small(state, snapshot, paint, area, buffer);
        return None;
    }
    let crumbs = u16::from(area.height >= CRUMBS_FROM);
    frame::header(state, snapshot, paint, Rect { height: 1, ..area }, buffer);
    if crumbs > 0 {
        let row = Rect { y: area.y + 1, height: 1, ..area };
        frame::crumbs(state, snapshot, paint, row, buffer);
    }
    let bar = story::height(state, area);
    let said = Rect { y: area.bottom() - 2, height: 1, ..area };
    let keys = Rect { y: area.bottom() - 1, height: 1, ..area };
    let body = Rect { y: area.y + 1 + crumbs, height: area.height - 3 - crumbs - bar, ..area };
    let told = Rect { y: body.bottom(), height: bar, ..area };
    match &state.screen {
        Screen::Overview => overview::draw(state, snapshot, paint, body, buffer),
        Screen::Stream(name) => stream::draw(state, snapshot, name, paint, body, buffer),
        Screen::Heat(name) => heat::draw(state, snapshot, name, paint, body, buffer),
        Screen::Consumers(_) => consumers::draw(state, snapshot, paint, body, buffer),
        Screen::Concurrency => concurrency::draw(state, snapshot, paint, body, buffer),
        Screen::Transforms(_) => transforms::draw(state, snapshot, paint, body, buffer),
        Screen::Producers => producers::screen(state, snapshot, paint, body, buffer),
        Screen::Costs => costs::draw(state, snapshot, paint, body, buffer),
        Screen::System => system::draw(snapshot, paint, body, buffer),
        Screen::Records(browse) => records::draw(state, snapshot, browse, paint, body, buffer),
        Screen::Problems => problems::draw(state, snapshot, paint, body, buffer),
        Screen::Logs => logs::draw(state, paint, body, buffer),
        Screen::Sessions => sessions::draw(state, snapshot, paint, body, buffer),
        Screen::Themes => themes::draw(state, paint, body, buffer),
    }
    story::draw(state, snapshot, paint, told, buffer);
    // A demo with room for its bar tells the caption there.
    let caption = snapshot.caption.as_deref().filter(|_| bar == 0);
    frame::notice(state, snapshot, caption, paint, said, buffer);
    hints::draw(state, snapshot, paint, keys, buffer);
    over::draw(state, snapshot, paint, area, buffer)
}

/// What little room is needed for, in as many rows as it takes.
fn too_small(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (width, height) = LEAST;
    let key = state.keys.key_of(state.screen.kind(), "out");
    let way_out = match key.filter(|_| !snapshot.unsaved) {
        _ if state.leaving => "ctrl-c again leaves".to_owned(),
        Some(key) => format!("{key} leaves"),
        // A key would ask whether changes are to be lost, and nobody could see the question.
        None => "ctrl-c twice leaves".to_owned(),
    };
    let here = format!("{}x{} here;", area.width, area.height);
    let said = format!("{width}x{height} needed, {here} {way_out}");
    let room = usize::from(area.width);
    for (line, row) in wrapped(&said, room).iter().zip(area.rows()) {
        let line = fit(line, room, paint.symbols.ellipsis);
        buffer.set_stringn(row.x, row.y, line, room, paint.theme.style(Meaning::Text));
    }
}
