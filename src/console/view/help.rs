//! Keys and commands, from the table that runs them; searched by typing, Enter runs.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::console::Paint;
use crate::console::panel::Panel;
use crate::console::state::{Help, HelpRow, State};
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed, write_line, write_lines};

const COLUMNS: &[Column] = &[
    Column::words("KEY", 15, 1),
    Column::words("COMMAND", 20, 0),
    Column::words("WHAT IT DOES", 10, 0).growing(1),
];

fn row<'a>(told: &HelpRow, paint: Paint<'a>) -> Row<'a> {
    let cell = |text: &str, meaning| cells::cell(text, meaning, paint);
    let keys: Vec<String> = told.keys.iter().map(ToString::to_string).collect();
    Row {
        id: told.line(),
        mark: Span::raw(" "),
        cells: vec![
            cell(&keys.join(" "), Meaning::Key),
            cell(&told.line(), Meaning::Accent),
            cell(told.spec.summary, Meaning::Text),
        ],
    }
}

pub(super) fn draw(state: &State, help: &Help, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let width = area.width.min(110);
    let place = Rect::new(area.x + (area.width - width) / 2, area.y, width, area.height - 1);
    paint.targets.add(area, Click::Nothing);
    Clear.render(place, buffer);
    let inner =
        framed("Help: type to search, enter runs, esc closes", Focus::Here, paint, place, buffer);
    let writable = state.writable();
    let told = help.rows(&state.keys, state.screen.kind(), writable);
    let searched = Line::from(vec![
        Span::styled("search: ", paint.theme.style(Meaning::Muted)),
        Span::styled(help.search.value().to_owned(), paint.theme.style(Meaning::Text)),
    ]);
    write_line(&searched, Rect { height: 1, ..inner }, buffer, paint.symbols.ellipsis);
    let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(3), ..inner };
    let at = help.at.min(told.len().saturating_sub(1));
    let selected = told.get(at).map(HelpRow::line);
    let shown = Table {
        panel: Panel::Help,
        columns: COLUMNS,
        rows: told.iter().map(|told| row(told, paint)).collect(),
        selected: selected.as_deref(),
        marks: &BTreeSet::new(),
        focus: Focus::Here,
        sort: None,
        empty: "no command has this in its name or its description",
        paint,
    };
    shown.render(list, buffer);
    if let Some(HelpRow { spec, .. }) = told.get(at) {
        let syntax = cells::cell(format!(":{}", spec.syntax), Meaning::Key, paint);
        let whole = cells::cell(spec.summary, Meaning::Muted, paint);
        let below = Rect { y: list.bottom(), height: 2, ..inner };
        write_lines([syntax, whole], below, buffer, paint.symbols.ellipsis);
    }
}
