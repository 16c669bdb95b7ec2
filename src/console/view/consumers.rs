//! Who reads: mappings, transforms and readers; below, the lanes of the chosen mapping.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{count, duration, number};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::{absent, age, alarm, cell, mark};
use crate::console::widget::chart::Chart;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, bar, framed, write_line};
use crate::model::PartName;
use crate::snapshot::{LaneState, LaneView, MappingView, ReaderView, Snapshot, TransformView};

const COLUMNS: &[Column] = &[
    Column::words("CONSUMER", 14, 0).growing(1),
    Column::words("KIND", 9, 6),
    Column::words("STREAM", 12, 4),
    Column::words("FUNCTION / TO", 14, 5),
    Column::numbers("LANES", 7, 3),
    Column::numbers("AGE", 7, 0),
    Column::numbers("DONE/s", 7, 1),
    Column::numbers("ERR/s", 6, 2),
    Column::numbers("THR/s", 6, 2),
];

const LANES: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::numbers("LANE", 4, 4),
    Column::words("STATE", 9, 0),
    Column::numbers("BATCH", 6, 1),
    Column::numbers("AGE", 7, 0),
    Column::numbers("TRIES", 5, 3),
    Column::words("NOTE", 10, 2).growing(1),
];

fn mapping_row<'a>(mapping: &MappingView, paint: Paint<'a>) -> Row<'a> {
    Row {
        id: mapping.name.to_string(),
        mark: mark(mapping.errors_per_s + mapping.throttles_per_s > 0.0, paint),
        cells: vec![
            cell(mapping.name.as_str(), Meaning::Text, paint),
            cell("mapping", Meaning::Muted, paint),
            cell(mapping.stream.as_str(), Meaning::Text, paint),
            cell(mapping.function.as_str(), Meaning::Text, paint),
            cell(format!("{}/{}", mapping.running, mapping.lanes.len()), Meaning::Text, paint),
            age(mapping.iterator_age_ms, paint),
            cell(number(mapping.done_per_s), Meaning::Output, paint),
            alarm(mapping.errors_per_s, paint),
            alarm(mapping.throttles_per_s, paint),
        ],
    }
}

fn transform_row<'a>(transform: &TransformView, paint: Paint<'a>) -> Row<'a> {
    Row {
        id: transform.name.to_string(),
        mark: mark(false, paint),
        cells: vec![
            cell(transform.name.as_str(), Meaning::Text, paint),
            cell("transform", Meaning::Muted, paint),
            cell(transform.from.as_str(), Meaning::Text, paint),
            cell(format!("{} {}", paint.symbols.arrow, transform.to), Meaning::Text, paint),
            absent(paint),
            age(transform.iterator_age_ms, paint),
            cell(number(transform.out_per_s), Meaning::Output, paint),
            cell(count(transform.tally.failed_records), Meaning::Muted, paint),
            absent(paint),
        ],
    }
}

fn reader_row<'a>(reader: &ReaderView, paint: Paint<'a>) -> Row<'a> {
    Row {
        id: reader.name.to_string(),
        mark: mark(reader.throttled_per_s > 0.0, paint),
        cells: vec![
            cell(reader.name.as_str(), Meaning::Text, paint),
            cell("reader", Meaning::Muted, paint),
            cell(reader.stream.as_str(), Meaning::Text, paint),
            absent(paint),
            absent(paint),
            age(reader.behind_ms, paint),
            cell(number(reader.records_per_s), Meaning::Output, paint),
            absent(paint),
            alarm(reader.throttled_per_s, paint),
        ],
    }
}

pub(super) fn table(
    state: &State,
    snapshot: &Snapshot,
    focus: Focus,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let shown = |name: &PartName| focus == Focus::Elsewhere || state.passes(name.as_str());
    let mappings = snapshot.mappings.iter().filter(|m| shown(&m.name));
    let transforms = snapshot.transforms.iter().filter(|t| shown(&t.name));
    let readers = snapshot.readers.iter().filter(|r| shown(&r.name));
    let rows: Vec<Row<'_>> = mappings
        .map(|mapping| mapping_row(mapping, paint))
        .chain(transforms.map(|transform| transform_row(transform, paint)))
        .chain(readers.map(|reader| reader_row(reader, paint)))
        .collect();
    let title = format!("Consumers ({})", rows.len());
    let inner = framed(&title, focus, paint, area, buffer);
    let selected = state.chosen.consumer.as_ref().map(PartName::as_str);
    let empty = "no consumers: a or `:attach FUNCTION STREAM` makes one";
    Table { columns: COLUMNS, rows, selected, focus, sort: None, empty, paint }
        .render(inner, buffer);
}

fn lane_row<'a>(lane: &LaneView, paint: Paint<'a>) -> Row<'a> {
    let meaning = match lane.state {
        LaneState::Waiting | LaneState::Filling => Meaning::Muted,
        LaneState::Running => Meaning::Ok,
        LaneState::Throttled | LaneState::Retrying => Meaning::Crit,
    };
    Row {
        id: format!("{}/{}", lane.shard.short(), lane.lane),
        mark: Span::raw(" "),
        cells: vec![
            cell(lane.shard.short(), Meaning::Text, paint),
            cell(lane.lane.to_string(), Meaning::Text, paint),
            cell(lane.state.word(), meaning, paint),
            cell(count(lane.batch as u64), Meaning::Text, paint),
            age(lane.age_ms, paint),
            cell(lane.retries.to_string(), Meaning::Text, paint),
            cell(lane.note.as_str(), Meaning::Muted, paint),
        ],
    }
}

fn lanes(mapping: &MappingView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let mut lanes: Vec<&LaneView> = mapping.lanes.iter().collect();
    lanes.sort_by_key(|lane| (std::cmp::Reverse(lane.age_ms), lane.shard, lane.lane));
    let MappingView { batch_size, window_ms, parallelization_factor, .. } = mapping;
    let title = format!(
        "{}: lanes ({}), batch {batch_size} / {}, {}{parallelization_factor} a shard",
        mapping.name,
        lanes.len(),
        duration(*window_ms),
        paint.symbols.times,
    );
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let rows = lanes.into_iter().map(|lane| lane_row(lane, paint)).collect();
    let (selected, focus, empty) = (None, Focus::Elsewhere, "no lanes yet");
    Table { columns: LANES, rows, selected, focus, sort: None, empty, paint }.render(inner, buffer);
}

fn milliseconds(ms: f64) -> String {
    duration(ms.max(0.0) as u64)
}

fn ages(mapping: &MappingView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let slope = mapping.age_slope / 1_000.0;
    let trend = if slope > 0.2 && mapping.iterator_age_ms > 2_000 {
        format!(", falls behind {slope:.1} s/s")
    } else if slope < -0.2 {
        format!(", catches up {:.1} s/s", -slope)
    } else {
        String::new()
    };
    let title = format!("Iterator age {}{trend}", duration(mapping.iterator_age_ms));
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let (values, meaning) = (&mapping.age_spark[..], Meaning::Warn);
    Chart { values, limit: None, label: milliseconds, meaning, paint }.render(inner, buffer);
}

/// What a counting function counted, as bars.
fn top(values: &[(String, u64)], title: &str, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let inner = framed(title, Focus::Elsewhere, paint, area, buffer);
    let most = values.iter().map(|(_, times)| *times).max().unwrap_or(1).max(1);
    let width = inner.width.saturating_sub(28).min(40);
    for ((value, times), row) in values.iter().zip(inner.rows()) {
        let share = *times as f64 / most as f64;
        let name = crate::console::format::fit(value, 16, paint.symbols.ellipsis);
        let line = Line::from(vec![
            Span::styled(format!("{name:<17}"), paint.theme.style(Meaning::Text)),
            Span::styled(format!("{:>8} ", count(*times)), paint.theme.style(Meaning::Output)),
            Span::styled(bar::glyphs(share, width, paint), paint.theme.style(Meaning::Output)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}

fn failures(transform: &TransformView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let title = format!("{}: {}", transform.name, transform.stages.join(", "));
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let tally = &transform.tally;
    let told = format!(
        "{} in, {} out, {} dropped, {} failed",
        count(tally.in_records),
        count(tally.out_records),
        count(tally.dropped_records),
        count(tally.failed_records),
    );
    let told = cell(told, Meaning::Text, paint);
    let failures = transform.failures.iter().rev().map(|why| cell(why, Meaning::Warn, paint));
    for (line, row) in std::iter::once(told).chain(failures).zip(inner.rows()) {
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.height < 16 {
        return table(state, snapshot, Focus::Here, paint, area, buffer);
    }
    let rows = snapshot.mappings.len() + snapshot.transforms.len() + snapshot.readers.len();
    let rows = u16::try_from(rows + 3).unwrap_or(u16::MAX).clamp(6, area.height / 2);
    let [upper, lower] =
        Layout::vertical([Constraint::Length(rows), Constraint::Fill(1)]).areas(area);
    table(state, snapshot, Focus::Here, paint, upper, buffer);
    let first = state.consumer(snapshot);
    let Some(name) = first else { return };
    if let Some(transform) = snapshot.transforms.iter().find(|t| t.name == name) {
        return failures(transform, paint, lower, buffer);
    }
    let Some(mapping) = snapshot.mappings.iter().find(|mapping| mapping.name == name) else {
        return;
    };
    let counted = snapshot.function(mapping.function.as_str()).filter(|f| !f.top.is_empty());
    if area.width < 100 {
        let half = [Constraint::Fill(1), Constraint::Fill(u16::from(counted.is_some()))];
        let [lanes_area, rest] = Layout::vertical(half).areas(lower);
        lanes(mapping, paint, lanes_area, buffer);
        if let Some(function) = counted {
            top(&function.top, &function.kind, paint, rest, buffer);
        }
        return;
    }
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(55), Constraint::Fill(1)]).areas(lower);
    lanes(mapping, paint, left, buffer);
    let half = [Constraint::Fill(1), Constraint::Fill(u16::from(counted.is_some()))];
    let [chart, rest] = Layout::vertical(half).areas(right);
    ages(mapping, paint, chart, buffer);
    if let Some(function) = counted {
        top(&function.top, &function.kind, paint, rest, buffer);
    }
}
