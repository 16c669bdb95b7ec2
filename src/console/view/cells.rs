//! What tables have in common: how a text, a rate of refusals, an age and a mark look.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::console::format::{duration, number};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::widget::framed;
use crate::console::widget::table::{Row, Table};
use crate::console::{Paint, columns};
use crate::snapshot::{Sight, Snapshot, Source};

/// From this iterator age on a reader is late, milliseconds.
pub(super) const LATE_MS: u64 = 10_000;

pub(super) fn cell<'a>(text: impl Into<String>, meaning: Meaning, paint: Paint<'a>) -> Line<'a> {
    Line::styled(text.into(), paint.theme.style(meaning))
}

/// The meaning of a count of bad things: none is no news.
pub(super) fn alarming(value: f64) -> Meaning {
    if value > 0.0 { Meaning::Crit } else { Meaning::Muted }
}

/// Bad things a second.
pub(super) fn alarm<'a>(rate: f64, paint: Paint<'a>) -> Line<'a> {
    cell(number(rate), alarming(rate), paint)
}

/// The mark of a row that needs a look.
pub(super) fn mark<'a>(bad: bool, paint: Paint<'a>) -> Span<'a> {
    match bad {
        true => Span::styled(paint.symbols.crit, paint.theme.style(Meaning::Crit)),
        false => Span::raw(" "),
    }
}

/// An iterator age.
pub(super) fn age<'a>(ms: u64, paint: Paint<'a>) -> Line<'a> {
    cell(duration(ms), if ms >= LATE_MS { Meaning::Warn } else { Meaning::Text }, paint)
}

/// A fact: its name in so many columns, then its value.
pub(super) fn fact<'a>(
    (name, columns): (&str, usize),
    value: impl Into<String>,
    meaning: Meaning,
    paint: Paint<'a>,
) -> Line<'a> {
    Line::from(vec![
        Span::styled(format!("{name:<columns$}"), paint.theme.style(Meaning::Muted)),
        Span::styled(value.into(), paint.theme.style(meaning)),
    ])
}

/// What is not there.
pub(super) fn absent<'a>(paint: Paint<'a>) -> Line<'a> {
    cell(paint.symbols.absent, Meaning::Muted, paint)
}

/// What flows at an endpoint that is silent is not known: nothing is not the word for it.
pub(super) fn flowing<'a>(snapshot: &Snapshot, line: Line<'a>, paint: Paint<'a>) -> Line<'a> {
    if snapshot.is_silent() { absent(paint) } else { line }
}

/// The same as a text.
pub(super) fn flow(snapshot: &Snapshot, text: String, paint: Paint<'_>) -> String {
    if snapshot.is_silent() { paint.symbols.absent.to_owned() } else { text }
}

/// What reading alone does not tell: what others read, and what is refused to them.
pub(super) fn of_others<'a>(source: Option<Source>, line: Line<'a>, paint: Paint<'a>) -> Line<'a> {
    if source == Some(Source::Sampled) { absent(paint) } else { line }
}

/// Parts of an endpoint are made by who serves it: nobody is told here how to make some.
pub(super) fn no_parts<'a>(snapshot: &Snapshot, here: &'a str, far: &'a str) -> &'a str {
    match &snapshot.far {
        Some(far) if far.sight == Sight::Whole => "none there: who serves the endpoint makes them",
        Some(_) | None => empty(snapshot, here, far),
    }
}

/// What an empty table says: how something comes into it, or why it is not seen what is in it.
pub(super) fn empty<'a>(snapshot: &Snapshot, here: &'a str, far: &'a str) -> &'a str {
    if snapshot.shows_streams_alone() { far } else { here }
}

/// The table of a panel, in its frame: columns, selection, marks and order are those of the state.
pub(super) fn table<'a>(
    state: &'a State,
    panel: Panel,
    (title, empty): (&str, &'a str),
    rows: Vec<Row<'a>>,
    paint: Paint<'a>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let focus = state.focus_of(panel);
    let inner = framed(title, focus, paint, area, buffer);
    let filtered = panel == state.panel() && !state.filter.is_empty();
    let empty = if filtered { "nothing here passes the filter: esc clears it" } else { empty };
    let selected = state.row_of(panel);
    let table = Table {
        panel,
        columns: columns::of(panel),
        rows,
        selected: selected.as_deref(),
        marks: if panel == state.panel() { &state.marks } else { &NO_MARKS },
        focus,
        sort: state.sort_of(panel),
        empty,
        paint,
    };
    table.render(inner, buffer);
}

static NO_MARKS: BTreeSet<String> = BTreeSet::new();
