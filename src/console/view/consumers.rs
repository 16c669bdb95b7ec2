//! Who reads: mappings, transforms, readers and applications; below, the lanes of the chosen mapping or
//! the leases of the chosen application.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{count, many, number};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::shown::lane_id;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{self, absent, age, alarm, cell, mark};
use crate::console::view::{errors, lag, leases, problems, reads};
use crate::console::widget::table::Row;
use crate::console::widget::{bar, framed, write_line, write_lines};
use crate::problem::{self, Problem, Subject};
use crate::snapshot::{
    ApplicationView, Consumer, FanOutView, FunctionView, LaneState, LaneView, MappingView,
    ReaderView, Snapshot, TransformView,
};

/// What it is: whoever is pushed to is that before all else.
fn kind(fan_out: Option<&FanOutView>, polls: &'static str) -> &'static str {
    if fan_out.is_some() { "fan-out" } else { polls }
}

/// The column where a problem says its word.
const KIND: usize = 1;

fn mapping_row<'a>(mapping: &MappingView, paint: Paint<'a>) -> Row<'a> {
    Row {
        id: mapping.name.to_string(),
        mark: mark(false, paint),
        cells: vec![
            cell(mapping.name.as_str(), Meaning::Text, paint),
            cell(kind(mapping.fan_out.as_ref(), "mapping"), Meaning::Muted, paint),
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
            match transform.is_in_place() {
                true => cell("in place", Meaning::Muted, paint),
                false => {
                    cell(format!("{} {}", paint.symbols.arrow, transform.to), Meaning::Text, paint)
                }
            },
            absent(paint),
            age(transform.iterator_age_ms, paint),
            cell(number(transform.out_per_s), Meaning::Output, paint),
            alarm(transform.failed_per_s, paint),
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
            cell(kind(reader.fan_out.as_ref(), "reader"), Meaning::Muted, paint),
            cell(reader.stream.as_str(), Meaning::Text, paint),
            reader.fan_out.as_ref().map_or_else(
                || absent(paint),
                |fan_out| cell(fan_out.consumer.as_str(), Meaning::Muted, paint),
            ),
            absent(paint),
            age(reader.behind_ms, paint),
            cell(number(reader.records_per_s), Meaning::Output, paint),
            absent(paint),
            alarm(reader.throttled_per_s, paint),
        ],
    }
}

fn application_row<'a>(application: &ApplicationView, paint: Paint<'a>) -> Row<'a> {
    let alive = application.workers.iter().filter(|worker| worker.is_alive).count();
    let leases = application.leases.iter().filter(|lease| !lease.is_ended).count();
    Row {
        id: application.name.to_string(),
        mark: mark(alive == 0, paint),
        cells: vec![
            cell(application.name.as_str(), Meaning::Text, paint),
            cell("app", Meaning::Muted, paint),
            cell(application.stream.as_str(), Meaning::Text, paint),
            cell(many(alive, "worker"), Meaning::Text, paint),
            cell(leases.to_string(), Meaning::Text, paint),
            age(application.behind_ms, paint),
            cell(number(application.done_per_s), Meaning::Output, paint),
            absent(paint),
            absent(paint),
        ],
    }
}

fn row<'a>(consumer: Consumer<'_>, problems: &[Problem], paint: Paint<'a>) -> Row<'a> {
    let mut row = match consumer {
        Consumer::Mapping(mapping) => mapping_row(mapping, paint),
        Consumer::Transform(transform) => transform_row(transform, paint),
        Consumer::Reader(reader) => reader_row(reader, paint),
        Consumer::Application(application) => application_row(application, paint),
    };
    let subject = Subject::Consumer(consumer.name().clone());
    if problem::worst(problems, &subject).is_some() {
        row.mark = problems::mark(problems, &subject, paint);
    }
    let kind = std::mem::take(&mut row.cells[KIND]);
    row.cells[KIND] = problems::word(problems, &subject, kind, paint);
    row
}

pub(super) fn table(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let shown = state.consumers(snapshot);
    let problems = problem::find(snapshot);
    let rows: Vec<Row<'_>> = shown
        .iter()
        .filter_map(|name| snapshot.consumer(name))
        .map(|one| row(one, &problems, paint))
        .collect();
    let title = format!("Consumers ({})", rows.len());
    let here = "no consumers: a or `:attach FUNCTION STREAM` makes one";
    let far = "not seen from here: an endpoint does not tell who reads";
    let empty = cells::no_parts(snapshot, here, far);
    cells::table(state, Panel::Consumers, (&title, empty), rows, paint, area, buffer);
}

fn lane_row<'a>(lane: &LaneView, paint: Paint<'a>) -> Row<'a> {
    let meaning = match lane.state {
        LaneState::Waiting | LaneState::Filling => Meaning::Muted,
        LaneState::Running => Meaning::Ok,
        LaneState::Throttled | LaneState::Retrying => Meaning::Crit,
    };
    Row {
        id: lane_id(lane),
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

fn lanes(state: &State, mapping: &MappingView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let area = reads::above(mapping, paint, area, buffer);
    let all = state.lanes(mapping);
    let chosen = state.row_of(Panel::Lanes);
    let at = all.iter().position(|lane| Some(lane_id(lane)) == chosen).unwrap_or(0);
    // Of thousands only those near the selected one can be seen.
    let height = usize::from(area.height);
    let near = at.saturating_sub(height)..(at + height).min(all.len());
    let title = format!("{} {}: lanes ({})", mapping.name, mapping.life.word(), all.len());
    let rows = all[near].iter().map(|lane| lane_row(lane, paint)).collect();
    cells::table(state, Panel::Lanes, (&title, "no lanes yet"), rows, paint, area, buffer);
}

/// What a counting function counted, as bars.
fn top(state: &State, function: &FunctionView, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let values = &function.top;
    let inner = framed(&function.kind, state.focus_of(Panel::Top), paint, area, buffer);
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

fn failures(
    state: &State,
    transform: &TransformView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = format!("{}: {}", transform.name, transform.stages.join(", "));
    let inner = framed(&title, state.focus_of(Panel::Lanes), paint, area, buffer);
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
    write_lines(std::iter::once(told).chain(failures), inner, buffer, paint.symbols.ellipsis);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let chosen = state.consumer(snapshot);
    let chosen = chosen.and_then(|name| snapshot.consumer(&name));
    let function = match chosen {
        Some(Consumer::Mapping(mapping)) => snapshot.function(mapping.function.as_str()),
        Some(_) | None => None,
    };
    let counted = function.filter(|function| !function.top.is_empty());
    let parts = layout(snapshot, chosen, counted.is_some(), area);
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match (panel, chosen) {
            (Panel::Lanes, Some(consumer)) => work(state, consumer, paint, place, buffer),
            (Panel::Errors, Some(Consumer::Mapping(mapping))) => {
                errors::draw(state, snapshot, mapping, paint, place, buffer);
            }
            (Panel::Age, Some(consumer)) => {
                lag::draw(state, snapshot, consumer, paint, place, buffer);
            }
            (Panel::Top, _) if counted.is_some() => {
                counted.iter().for_each(|function| top(state, function, paint, place, buffer));
            }
            (Panel::Lanes | Panel::Age | Panel::Errors | Panel::Top, _) => {
                let title = "Nothing of this kind here";
                framed(title, state.focus_of(panel), paint, place, buffer);
            }
            _ => table(state, snapshot, paint, place, buffer),
        }
    }
}

/// What a consumer does at present.
fn work(state: &State, consumer: Consumer<'_>, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    match consumer {
        Consumer::Mapping(mapping) => lanes(state, mapping, paint, area, buffer),
        Consumer::Transform(transform) => failures(state, transform, paint, area, buffer),
        Consumer::Reader(reader) => reads::reading(state, reader, paint, area, buffer),
        Consumer::Application(application) => {
            leases::draw(state, application, paint, area, buffer);
        }
    }
}

/// Rows that tell how a plain reader reads, with their frame.
const READING_ROWS: u16 = 6;

/// What has room where, the consumers first.
fn layout(
    snapshot: &Snapshot,
    chosen: Option<Consumer<'_>>,
    counts: bool,
    area: Rect,
) -> Vec<(Panel, Rect)> {
    let rows = snapshot.consumers().count();
    if area.height < 16 || rows == 0 {
        return vec![(Panel::Consumers, area)];
    }
    let rows = u16::try_from(rows + 3).unwrap_or(u16::MAX).clamp(6, area.height / 2);
    let parts = [Constraint::Length(rows), Constraint::Fill(1)];
    let [upper, lower] = Layout::vertical(parts).areas(area);
    let Places { left, age, rest, wrong } = places(chosen, counts, lower);
    vec![
        (Panel::Consumers, upper),
        (Panel::Lanes, left),
        (Panel::Age, age),
        (Panel::Top, rest),
        (Panel::Errors, wrong),
    ]
}

/// Where the panels of the chosen consumer are.
#[derive(Default)]
struct Places {
    left: Rect,
    age: Rect,
    rest: Rect,
    wrong: Rect,
}

fn places(chosen: Option<Consumer<'_>>, counts: bool, lower: Rect) -> Places {
    let wide = lower.width >= 100;
    let halves = [Constraint::Percentage(55), Constraint::Fill(1)];
    let counted = Constraint::Fill(u16::from(counts));
    match chosen {
        Some(Consumer::Mapping(_)) if wide => {
            let [left, right] = Layout::horizontal(halves).areas(lower);
            let told = Constraint::Length(if right.height >= 20 { 7 } else { 0 });
            let parts = [Constraint::Fill(1), counted, told];
            let [age, rest, wrong] = Layout::vertical(parts).areas(right);
            Places { left, age, rest, wrong }
        }
        Some(Consumer::Mapping(mapping)) => {
            let told = errors::are_there(mapping) && lower.height >= 12;
            let told = Constraint::Length(if told { 6 } else { 0 });
            let [upper, wrong] = Layout::vertical([Constraint::Fill(1), told]).areas(lower);
            let [left, rest] = Layout::vertical([Constraint::Fill(1), counted]).areas(upper);
            Places { left, rest, wrong, ..Places::default() }
        }
        // What is changed before it is readable is never late.
        Some(Consumer::Transform(transform)) if transform.is_in_place() => {
            Places { left: lower, ..Places::default() }
        }
        Some(_) if wide => {
            let [left, age] = Layout::horizontal(halves).areas(lower);
            Places { left, age, ..Places::default() }
        }
        // It has little to tell: what is left is its age's.
        Some(Consumer::Reader(_)) if lower.height >= 2 * READING_ROWS => {
            let parts = [Constraint::Length(READING_ROWS), Constraint::Fill(1)];
            let [left, age] = Layout::vertical(parts).areas(lower);
            Places { left, age, ..Places::default() }
        }
        Some(_) | None => Places { left: lower, ..Places::default() },
    }
}
