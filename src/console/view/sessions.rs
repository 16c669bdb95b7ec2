//! The sessions that can be opened: what each shows, how large it is, what happens in it.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use crate::console::Paint;
use crate::console::format::{clock, grouped, number, wrapped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::shelf::{Part, Shelved};
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{cell, table};
use crate::console::widget::table::Row;
use crate::console::widget::{framed, write_line};
use crate::snapshot::{Snapshot, Verdict};

fn row<'a>(one: &Shelved, snapshot: &Snapshot, paint: Paint<'a>) -> Row<'a> {
    let session = &one.session;
    let here = one.runs(snapshot);
    let text = |text: String| cell(text, Meaning::Text, paint);
    Row {
        id: one.name.clone(),
        mark: Span::styled(
            if here { paint.symbols.open } else { " " },
            paint.theme.style(Meaning::Ok),
        ),
        cells: vec![
            cell(one.name.clone(), Meaning::Accent, paint),
            text(session.title.clone()),
            text(grouped(session.streams.len() as u64)),
            text(grouped(session.shards())),
            text(number(session.rate())),
            text(grouped(session.timeline.len() as u64)),
            text(clock(u64::from(session.length_s) * 1_000)),
        ],
    }
}

fn judge(verdict: Verdict) -> Meaning {
    match verdict {
        Verdict::Open => Meaning::Muted,
        Verdict::Held => Meaning::Ok,
        Verdict::Failed => Meaning::Crit,
    }
}

fn list(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let rows = state.sessions().into_iter().map(|one| row(one, snapshot, paint)).collect();
    let title = format!("Sessions: `{}` runs", snapshot.session);
    table(state, Panel::Sessions, (&title, "no session of that name"), rows, paint, area, buffer);
}

fn summary(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(one) = state.session() else {
        framed("Session", state.focus_of(Panel::Session), paint, area, buffer);
        return;
    };
    let inner = framed(&one.name, state.focus_of(Panel::Session), paint, area, buffer);
    let width = usize::from(inner.width);
    let from = state.row_of(Panel::Session).and_then(|row| row.parse().ok()).unwrap_or(0);
    let mut rows = inner.rows();
    for (part, text) in one.summary(snapshot).into_iter().skip(from) {
        let (meaning, texts) = match part {
            Part::Head => (Meaning::Accent, vec![text]),
            Part::Words => (Meaning::Text, wrapped(&text, width)),
            Part::Line => (Meaning::Key, vec![text]),
            Part::Promise(verdict) => (judge(verdict), wrapped(&text, width)),
        };
        for text in texts {
            let Some(row) = rows.next() else { return };
            write_line(&cell(text, meaning, paint), row, buffer, paint.symbols.ellipsis);
        }
    }
}

fn layout(count: usize, area: Rect) -> Vec<(Panel, Rect)> {
    if area.height < 14 {
        return vec![(Panel::Sessions, area)];
    }
    let rows = u16::try_from(count).unwrap_or(u16::MAX).saturating_add(3);
    let parts = match area.width >= 150 {
        true => Layout::horizontal([Constraint::Percentage(50), Constraint::Fill(1)]),
        false => {
            Layout::vertical([Constraint::Length(rows.min(area.height / 2)), Constraint::Fill(1)])
        }
    };
    let [list, summary] = parts.areas(area);
    vec![(Panel::Sessions, list), (Panel::Session, summary)]
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    for (panel, place) in state.shown(area, &layout(state.shelf.len(), area)) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Session => summary(state, snapshot, paint, place, buffer),
            _ => list(state, snapshot, paint, place, buffer),
        }
    }
}
