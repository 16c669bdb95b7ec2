//! All streams: one row each, every rate against its limit; below, what the chosen one does.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::columns::STREAM_SPARK;
use crate::console::format::{bytes, duration, mib, number, percent};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, cell, flow, flowing, of_others, table};
use crate::console::view::history::History;
use crate::console::view::{consumers, endpoint, events, heat_strip, problems, producers};
use crate::console::widget::sparkline::spark;
use crate::console::widget::table::Row;
use crate::console::widget::{framed, write_line};
use crate::model::StreamStatus;
use crate::problem::{self, Problem, Subject};
use crate::snapshot::{Snapshot, StreamView};

fn mark(stream: &StreamView, problems: &[Problem], paint: Paint<'_>) -> Span<'static> {
    if stream.status == StreamStatus::Active {
        return problems::mark(problems, &Subject::Stream(stream.name.clone()), paint);
    }
    Span::styled(paint.symbols.transition, paint.theme.style(Meaning::Warn))
}

fn name(stream: &StreamView, snapshot: &Snapshot) -> String {
    match (stream.status, stream.transition_ends) {
        (StreamStatus::Active, _) => stream.name.to_string(),
        (status, Some(ends)) => {
            format!("{} {} {}", stream.name, status.word(), duration(ends.since(snapshot.now)))
        }
        (status, None) => format!("{} {}", stream.name, status.word()),
    }
}

fn row<'a>(
    stream: &StreamView,
    snapshot: &Snapshot,
    problems: &[Problem],
    paint: Paint<'a>,
) -> Row<'a> {
    let (theme, symbols) = (paint.theme, paint.symbols);
    let rates = &stream.rates;
    let text = |text: String| cell(text, Meaning::Text, paint);
    let flows = |line| flowing(snapshot, line, paint);
    let others = |line| flows(of_others(Some(stream.source), line, paint));
    let share = stream.write_utilization();
    let subject = Subject::Stream(stream.name.clone());
    Row {
        id: stream.name.to_string(),
        mark: mark(stream, problems, paint),
        cells: vec![
            text(name(stream, snapshot)),
            text(stream.mode.word().to_owned()),
            problems::word(problems, &subject, Line::default(), paint),
            text(stream.open_shards().to_string()),
            flows(cell(mib(rates.in_bytes), Meaning::Input, paint)),
            flows(share.map_or(text(symbols.absent.to_owned()), |share| {
                Line::styled(percent(share), theme.judged(share))
            })),
            flows(text(number(rates.in_records))),
            others(cell(mib(rates.out_bytes), Meaning::Output, paint)),
            flows(text(number(rates.read_calls))),
            others(alarm(rates.write_throttled, paint)),
            flows(alarm(rates.read_throttled, paint)),
            flows(text(stream.iterator_age_ms.map_or(symbols.absent.to_owned(), duration))),
            text(stream.consumers.to_string()),
            Line::styled(
                spark(&stream.in_bytes_spark, STREAM_SPARK, None, paint),
                theme.style(Meaning::Input),
            ),
        ],
    }
}

/// What the log holds, where there is a disk: what a power cut could still take is said too.
fn log_note(snapshot: &Snapshot) -> String {
    let Snapshot { log_disk_bytes, log_unsynced_bytes, log_unsynced_ms, .. } = snapshot;
    match (log_disk_bytes, log_unsynced_bytes) {
        (0, _) => String::new(),
        (disk, 0) => format!("  disk {}, all synced", bytes(*disk as f64)),
        (disk, unsynced) => format!(
            "  disk {}, unsynced {} for {}",
            bytes(*disk as f64),
            bytes(*unsynced as f64),
            duration(*log_unsynced_ms)
        ),
    }
}

fn streams(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let shown = state.streams(snapshot);
    let problems = problem::find(snapshot);
    let rows: Vec<Row<'_>> =
        shown.iter().map(|stream| row(stream, snapshot, &problems, paint)).collect();
    let by = endpoint::sources(shown.iter().map(|stream| stream.source), snapshot.now);
    let by = by.map(|by| format!("  {by}")).unwrap_or_default();
    let title = format!("Streams ({}){}{by}", rows.len(), log_note(snapshot));
    let empty = "no streams: n or `:create NAME` makes one";
    table(state, Panel::Streams, (&title, empty), rows, paint, area, buffer);
}

/// What to do where there is nothing.
fn first_steps(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    // An endpoint has streams and records: producers and sessions are for who serves it.
    let elsewhere = [
        ("n", "create a stream"),
        (":put", "put a record into it"),
        (":system", "how the endpoint is watched"),
        ("?", "every key and command"),
    ];
    let here = [
        ("n", "create a stream, then L attaches a producer to it"),
        (":sessions", "play a set-up that is built in"),
        (":session load FILE", "load one of your own"),
        ("?", "every key and command"),
    ];
    let steps = if snapshot.far.is_some() { elsewhere } else { here };
    let inner = framed("Begin here", state.focus_of(Panel::Flow), paint, area, buffer);
    for ((key, does), row) in steps.iter().zip(inner.rows()) {
        let line = Line::from(vec![
            Span::styled(format!("{key:<20}"), paint.theme.style(Meaning::Key)),
            Span::styled(*does, paint.theme.style(Meaning::Text)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}

/// Bytes taken by the chosen stream, against its limit.
fn chart(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(stream) = state.stream(snapshot) else {
        if snapshot.streams.is_empty() {
            return first_steps(state, snapshot, paint, area, buffer);
        }
        let focus = state.focus_of(Panel::Flow);
        framed("no stream passes the filter", focus, paint, area, buffer);
        return;
    };
    let limit = stream.limits.write_bytes_per_s.map(|l| (l * stream.open_shards() as u64) as f32);
    let taken = flow(snapshot, bytes(stream.rates.in_bytes), paint);
    let title = match limit {
        Some(limit) => format!("{}: in {taken}/s of {}/s", stream.name, bytes(f64::from(limit))),
        None => format!("{}: in {taken}/s, no limit", stream.name),
    };
    let name = stream.name.as_str();
    let line =
        |picture: &Snapshot| picture.stream(name).map(|stream| stream.in_bytes_spark.clone());
    let (panel, label, meaning) = (Panel::Flow, bytes, Meaning::Input);
    History { panel, title: &title, limit, label, meaning }
        .draw(state, snapshot, line, paint, area, buffer);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    for (panel, place) in state.shown(area, &layout(snapshot, area)) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Flow => chart(state, snapshot, paint, place, buffer),
            Panel::Problems => problems::panel(state, snapshot, paint, place, buffer),
            Panel::Events => events::draw(state, snapshot, |_| true, paint, place, buffer),
            Panel::Heat => heat_strip::draw(state, snapshot, paint, place, buffer),
            Panel::Consumers => consumers::table(state, snapshot, paint, place, buffer),
            Panel::Producers => producers::draw(state, snapshot, paint, place, buffer),
            _ => streams(state, snapshot, paint, place, buffer),
        }
    }
}

/// What has room where, the streams first.
fn layout(snapshot: &Snapshot, area: Rect) -> Vec<(Panel, Rect)> {
    if area.height < 16 || area.width < 70 {
        return vec![(Panel::Streams, area)];
    }
    if area.height < 28 || area.width < 110 {
        let parts = [Constraint::Fill(1), Constraint::Length(7)];
        let [top, strip] = Layout::vertical(parts).areas(area);
        let wrong = problem::find(snapshot).iter().any(Problem::is_urgent);
        let below = if wrong { Panel::Problems } else { Panel::Events };
        return vec![(Panel::Streams, top), (below, strip)];
    }
    let rows = u16::try_from(snapshot.streams.len()).unwrap_or(u16::MAX).saturating_add(3);
    let top = rows.clamp(7, area.height / 3);
    let parts = [Constraint::Length(top), Constraint::Fill(1), Constraint::Fill(1)];
    let [top, middle, bottom] = Layout::vertical(parts).areas(area);
    let halves = Layout::horizontal([Constraint::Percentage(58), Constraint::Fill(1)]);
    let [left, right] = halves.areas(middle);
    let [low_left, low_right] = halves.areas(bottom);
    let tall = low_right.height >= 20;
    let happened = if low_right.height >= 11 { low_right.height / 3 } else { 0 };
    let fed = if tall { happened } else { 0 };
    let parts = [Constraint::Fill(1), Constraint::Length(fed), Constraint::Length(happened)];
    let [who_reads, who_feeds, happened] = Layout::vertical(parts).areas(low_right);
    vec![
        (Panel::Streams, top),
        (Panel::Flow, left),
        (Panel::Problems, right),
        (Panel::Heat, low_left),
        (Panel::Consumers, who_reads),
        (Panel::Producers, who_feeds),
        (Panel::Events, happened),
    ]
}
