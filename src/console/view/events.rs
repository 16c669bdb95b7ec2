//! What happened last, newest first.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{clock, squeezed};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::widget::{framed, write_line};
use crate::model::{Event, Severity};
use crate::snapshot::Snapshot;

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    about: impl Fn(&Event) -> bool,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let inner = framed("Events", state.focus_of(Panel::Events), paint, area, buffer);
    let theme = paint.theme;
    let mut events = snapshot.events.iter().rev().filter(|event| about(event)).peekable();
    if events.peek().is_none() {
        let line = Line::styled(" nothing has happened yet", theme.style(Meaning::Muted));
        return write_line(&line, inner, buffer, paint.symbols.ellipsis);
    }
    for (event, row) in events.zip(inner.rows()) {
        let meaning = match event.kind.severity() {
            Severity::Info => Meaning::Text,
            Severity::Warning => Meaning::Warn,
            Severity::Critical => Meaning::Crit,
        };
        let at = format!("{} ", clock(event.at.since(snapshot.started)));
        let room = usize::from(row.width).saturating_sub(at.len());
        let said = squeezed(&event.kind.to_string(), room, paint.symbols.ellipsis);
        let line = Line::from(vec![
            Span::styled(at, theme.style(Meaning::Muted)),
            Span::styled(said, theme.style(meaning)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}
