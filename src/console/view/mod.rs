//! (state, snapshot) to a frame, one file per screen. Nothing here changes anything.

mod frame;
mod help;
mod overview;
mod stream;

use ratatui::{buffer::Buffer, layout::Rect, text::Line, widgets::Widget};

use crate::console::Paint;
use crate::console::format::fit;
use crate::console::state::{Place, State};
use crate::console::theme::Meaning;
use crate::console::widget::dialog::Dialog;
use crate::snapshot::Snapshot;

/// The smallest screen that is drawn.
const LEAST: (u16, u16) = (40, 8);

/// Draws the whole screen.
pub fn draw(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, paint.theme.style(Meaning::Text));
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let said =
            format!("{}x{} needed, {}x{} here; q quits", LEAST.0, LEAST.1, area.width, area.height);
        let said = fit(&said, usize::from(area.width), paint.symbols.ellipsis);
        buffer.set_stringn(
            area.x,
            area.y,
            said,
            usize::from(area.width),
            paint.theme.style(Meaning::Text),
        );
        return;
    }
    frame::header(state, snapshot, paint, Rect { height: 1, ..area }, buffer);
    let foot = Rect { y: area.bottom() - 2, height: 2, ..area };
    frame::footer(state, snapshot, paint, foot, buffer);
    let body = Rect { y: area.y + 1, height: area.height - 3, ..area };
    match &state.place {
        Place::Overview => overview::draw(state, snapshot, paint, body, buffer),
        Place::Stream(name) => stream::draw(state, snapshot, name, paint, body, buffer),
    }
    if state.help {
        help::draw(paint, area, buffer);
    }
    if let Some(question) = &state.question {
        let lines = question.lines.iter().map(|line| Line::raw(line.as_str())).collect();
        let answers = &[("esc", "cancel"), ("y", "yes, do it")];
        Dialog { title: question.title, lines, answers, paint }.render(area, buffer);
    }
}
