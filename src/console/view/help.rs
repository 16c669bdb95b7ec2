//! Keys and commands, from the table that runs them; searched by typing, Enter runs.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::command::Spec;
use crate::console::Paint;
use crate::console::keymap::MOTIONS;
use crate::console::state::{Help, State};
use crate::console::theme::Meaning;
use crate::console::view::cells;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed, write_line};

const COLUMNS: &[Column] = &[
    Column::words("KEY", 6, 1),
    Column::words("COMMAND", 14, 0),
    Column::words("WHAT IT DOES", 10, 0).growing(1),
];

fn row<'a>(spec: &Spec, state: &State, paint: Paint<'a>) -> Row<'a> {
    let kind = state.screen.kind();
    let here = spec.keys.iter().find(|binding| binding.on.contains(&kind));
    let key = here.map_or("", |binding| binding.key);
    let cell = |text: &str, meaning| cells::cell(text, meaning, paint);
    Row {
        id: spec.name.to_owned(),
        mark: Span::raw(" "),
        cells: vec![
            cell(key, Meaning::Key),
            cell(spec.name, Meaning::Accent),
            cell(spec.summary, Meaning::Text),
        ],
    }
}

/// Keys that are no commands, as many to a row as fit.
fn motions(paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let width = 36;
    let columns = (area.width / width).max(1);
    for (at, (key, does)) in (0..).zip(MOTIONS) {
        let (column, row) = (at % columns, at / columns);
        if row >= area.height {
            return;
        }
        let line = Line::from(vec![
            Span::styled(format!("{key:<14}"), paint.theme.style(Meaning::Key)),
            Span::styled(*does, paint.theme.style(Meaning::Muted)),
        ]);
        let place = Rect::new(area.x + column * width, area.y + row, width.min(area.width), 1);
        write_line(&line, place, buffer, paint.symbols.ellipsis);
    }
}

pub(super) fn draw(state: &State, help: &Help, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let width = area.width.min(110);
    let place = Rect::new(area.x + (area.width - width) / 2, area.y, width, area.height - 1);
    Clear.render(place, buffer);
    let inner =
        framed("Help: type to search, enter runs, esc closes", Focus::Here, paint, place, buffer);
    let specs = help.rows();
    let searched = Line::from(vec![
        Span::styled("search: ", paint.theme.style(Meaning::Muted)),
        Span::styled(help.search.value().to_owned(), paint.theme.style(Meaning::Text)),
    ]);
    write_line(&searched, Rect { height: 1, ..inner }, buffer, paint.symbols.ellipsis);
    let columns = (inner.width / 36).max(1);
    let below = u16::try_from(MOTIONS.len()).unwrap_or(0).div_ceil(columns);
    let below = if inner.height >= below + 8 { below } else { 0 };
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(below + 3), ..inner };
    let at = help.at.min(specs.len().saturating_sub(1));
    let table = Table {
        columns: COLUMNS,
        rows: specs.iter().map(|spec| row(spec, state, paint)).collect(),
        selected: specs.get(at).map(|spec| spec.name),
        focus: Focus::Here,
        sort: None,
        empty: "no command has this in its name or its description",
        paint,
    };
    table.render(list, buffer);
    if let Some(spec) = specs.get(at) {
        let syntax = Line::styled(format!(":{}", spec.syntax), paint.theme.style(Meaning::Key));
        let row = Rect { y: list.bottom(), height: 1, ..inner };
        write_line(&syntax, row, buffer, paint.symbols.ellipsis);
    }
    let foot = Rect { y: inner.bottom() - below, height: below, ..inner };
    motions(paint, foot, buffer);
}
