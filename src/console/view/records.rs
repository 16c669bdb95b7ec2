//! The newest records of a stream, and the chosen one in full.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{bytes, clock};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed, write_line};
use crate::model::StreamName;
use crate::snapshot::{Snapshot, TailRecord};

const COLUMNS: &[Column] = &[
    Column::words("ARRIVED", 8, 1),
    Column::words("SHARD", 5, 2),
    Column::words("KEY", 14, 0),
    Column::numbers("SIZE", 8, 3),
    Column::words("DATA", 12, 0).growing(1),
];

fn id(record: &TailRecord) -> String {
    format!("{} {}", record.shard, record.sequence)
}

/// Data as text on one line, or as hexadecimal digits when it is none.
fn one_line(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        // The data may be cut within a letter.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&data[..error.valid_up_to()]).into_owned()
        }
        Err(_) => data.iter().take(200).map(|byte| format!("{byte:02x} ")).collect(),
    }
}

fn row<'a>(record: &TailRecord, snapshot: &Snapshot, paint: Paint<'a>) -> Row<'a> {
    let cell = |text: String, meaning| cells::cell(text, meaning, paint);
    Row {
        id: id(record),
        mark: Span::raw(" "),
        cells: vec![
            cell(clock(record.arrival.since(snapshot.started)), Meaning::Muted),
            cell(record.shard.short(), Meaning::Text),
            cell(record.partition_key.clone(), Meaning::Accent),
            cell(bytes(record.data_bytes as f64), Meaning::Muted),
            cell(one_line(&record.data), Meaning::Text),
        ],
    }
}

/// JSON over several lines, each with its color; other data as it is.
fn unfolded(record: &TailRecord, paint: Paint<'_>) -> Vec<Line<'static>> {
    let style = |meaning| paint.theme.style(meaning);
    let parsed: Option<serde_json::Value> = serde_json::from_slice(&record.data).ok();
    let pretty = parsed.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = pretty.unwrap_or_else(|| one_line(&record.data));
    let line = |line: &str| match line.split_once("\": ") {
        Some((key, value)) => Line::from(vec![
            Span::styled(format!("{key}\": "), style(Meaning::Accent)),
            Span::styled(value.to_owned(), style(Meaning::Text)),
        ]),
        None => Line::styled(line.to_owned(), style(Meaning::Text)),
    };
    text.lines().map(line).collect()
}

fn detail(record: &TailRecord, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let title = format!("{} {}", record.shard, record.sequence);
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    for (line, row) in unfolded(record, paint).iter().zip(inner.rows()) {
        write_line(line, row, buffer, paint.symbols.ellipsis);
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    name: &StreamName,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let records = state.records(snapshot);
    let chosen = state.chosen.record.as_ref();
    let at = chosen.and_then(|(shard, sequence)| {
        records.iter().position(|r| r.shard == *shard && r.sequence.to_string() == *sequence)
    });
    let shown = at.or(records.len().checked_sub(1));
    let below = if area.height >= 18 { area.height / 3 } else { 0 };
    let [upper, lower] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
    let rate = snapshot.stream(name.as_str()).map_or(0.0, |stream| stream.rates.in_records);
    let sampled = if rate > 800.0 { ", a sample" } else { "" };
    let follow = if at.is_none() { "FOLLOWING" } else { "HELD, G follows" };
    let title = format!("{name}: newest {} records{sampled}  {follow}", records.len());
    let inner = framed(&title, Focus::Here, paint, upper, buffer);
    let selected = shown.map(|at| id(records[at]));
    let table = Table {
        columns: COLUMNS,
        rows: records.iter().map(|record| row(record, snapshot, paint)).collect(),
        selected: selected.as_deref(),
        focus: Focus::Here,
        sort: None,
        empty: "no records yet",
        paint,
    };
    table.render(inner, buffer);
    if let Some(record) = shown.map(|at| records[at]).filter(|_| below > 0) {
        detail(record, paint, lower, buffer);
    }
}
