//! Transforms: each stage with what it lets through, and what it makes of real records.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{clock, count, fit, nanos, number, percent};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{self, age, alarming, cell, mark};
use crate::console::widget::table::Row;
use crate::console::widget::{Frame, framed, write_line, write_lines};
use crate::model::{PartName, StageTally};
use crate::snapshot::sample::{SampleOutput, SampleRow, SampleStep, SampleView};
use crate::snapshot::{PartState, PutView, Snapshot, TransformView};

fn pass(out: u64, of: u64) -> String {
    if of == 0 { String::new() } else { percent(out as f64 / of as f64) }
}

fn row<'a>(transform: &TransformView, paint: Paint<'a>) -> Row<'a> {
    let tally = &transform.tally;
    let failed = tally.failed_records;
    let state = match transform.state {
        PartState::Running => Meaning::Ok,
        PartState::Paused | PartState::Ended => Meaning::Muted,
        PartState::Retrying => Meaning::Warn,
        PartState::Failed => Meaning::Crit,
    };
    let seen = tally.in_records;
    let kept = seen.saturating_sub(tally.dropped_records + failed);
    Row {
        id: transform.name.to_string(),
        mark: mark(failed > 0, paint),
        cells: vec![
            cell(transform.name.as_str(), Meaning::Text, paint),
            cell(transform.from.as_str(), Meaning::Text, paint),
            cell(transform.to.as_str(), Meaning::Text, paint),
            cell(transform.state.word(), state, paint),
            cell(number(transform.in_per_s), Meaning::Input, paint),
            cell(number(transform.out_per_s), Meaning::Output, paint),
            cell(pass(kept, seen), Meaning::Text, paint),
            cell(count(failed), alarming(failed as f64), paint),
            age(transform.iterator_age_ms, paint),
        ],
    }
}

fn table(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let shown = state.transforms(snapshot);
    let find = |name: &PartName| snapshot.transforms.iter().find(|t| t.name == *name);
    let rows: Vec<Row<'_>> = shown.iter().filter_map(find).map(|t| row(t, paint)).collect();
    let title = format!("Transforms ({})", rows.len());
    let here = "no transforms: t or `:transform NAME FROM TO STAGE...` makes one";
    let far = "not seen from here: an endpoint tells of streams alone";
    let empty = cells::no_parts(snapshot, here, far);
    cells::table(state, Panel::Transforms, (&title, empty), rows, paint, area, buffer);
}

/// One stage: how long a record takes, what came, what went on, what did not.
fn stage(
    (at, words): (usize, &String),
    tally: Option<&StageTally>,
    took_ns: Option<u64>,
    chosen: bool,
    paint: Paint<'_>,
) -> Line<'static> {
    let style = |meaning| paint.theme.style(meaning);
    let marker = if chosen { paint.symbols.selected } else { " " };
    let mut spans = vec![
        Span::styled(format!("{marker} "), style(Meaning::Accent)),
        Span::styled(format!("{} ", at + 1), style(Meaning::Muted)),
        Span::styled(
            format!("{:<30} ", fit(words, 30, paint.symbols.ellipsis)),
            style(Meaning::Text),
        ),
    ];
    if let Some(ns) = took_ns {
        spans.push(Span::styled(format!("{:>7} ", nanos(ns)), style(Meaning::Accent)));
    }
    if let Some(tally) = tally {
        let StageTally { in_records, dropped_records, failed_records } = *tally;
        let flow = format!(
            "{:>7} {} {:>7} ",
            count(in_records),
            paint.symbols.arrow,
            count(tally.out_records())
        );
        spans.push(Span::styled(flow, style(Meaning::Output)));
        if dropped_records > 0 {
            let text = format!("  {} dropped", count(dropped_records));
            spans.push(Span::styled(text, style(Meaning::Muted)));
        }
        if failed_records > 0 {
            let text = format!("  {} {} failed", paint.symbols.crit, count(failed_records));
            spans.push(Span::styled(text, style(Meaning::Crit)));
        }
    }
    Line::from(spans)
}

/// Where results go: all together, and into each stream where there are several.
fn outputs(transform: &TransformView, paint: Paint<'_>) -> Vec<Line<'static>> {
    let style = |meaning| paint.theme.style(meaning);
    let share = pass(transform.tally.out_records, transform.tally.in_records);
    let rate = number(transform.out_per_s);
    let mut lines = match &transform.outputs[..] {
        [_, _, ..] => {
            let into = |put: &PutView| format!("{} {}", put.stream, count(put.records));
            let into: Vec<String> = transform.outputs.iter().map(into).collect();
            vec![Line::styled(
                format!("  OUT {rate}/s  {share}  {}", into.join("  ")),
                style(Meaning::Output),
            )]
        }
        _ => {
            let place = if transform.is_in_place() { " in place" } else { "" };
            let text = format!("  OUT {}{place} {rate}/s  {share}", transform.to);
            vec![Line::styled(text, style(Meaning::Output))]
        }
    };
    if let Some(PutView { stream, records }) = &transform.errors {
        let meaning = if *records > 0 { Meaning::Warn } else { Meaning::Muted };
        lines.push(Line::styled(format!("  ERR {stream} {}", count(*records)), style(meaning)));
    }
    lines
}

/// The stages in view: those tried, with counts where they are the transform's own.
fn pipeline(
    state: &State,
    transform: Option<&TransformView>,
    sample: Option<&SampleView>,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let typed = state.tries_typed();
    let name = transform.map_or(String::new(), |transform| transform.name.to_string());
    let timed = sample.is_some_and(|sample| sample.stage_ns.iter().any(Option::is_some));
    let timed = if timed { ", time a record by the sample" } else { "" };
    let title = match typed {
        true => format!("Stages being typed{timed}"),
        false => format!("Pipeline {name}{timed}"),
    };
    let (above, focus) = ("h l stage  e change", state.focus_of(Panel::Stages));
    let inner = Frame { title: &title, above, below: "", focus, paint }.draw(area, buffer);
    let own = transform.map(|transform| &transform.stages);
    let words = sample.map(|sample| &sample.stages).or(own);
    let Some(words) = words else { return };
    let tallies = transform.filter(|_| !typed).map(|transform| &transform.stage_tallies);
    let style = |meaning| paint.theme.style(meaning);
    let mut lines = Vec::new();
    if let Some(transform) = transform.filter(|_| !typed) {
        let text = format!("  IN  {} {}/s", transform.from, number(transform.in_per_s));
        lines.push(Line::styled(text, style(Meaning::Input)));
    }
    let chosen = state.chosen.stage.min(words.len().saturating_sub(1));
    lines.extend(words.iter().enumerate().map(|(at, words)| {
        let tally = tallies.and_then(|tallies| tallies.get(at));
        let took = sample.and_then(|sample| sample.stage_ns.get(at).copied().flatten());
        stage((at, words), tally, took, at == chosen, paint)
    }));
    if let Some(transform) = transform.filter(|_| !typed) {
        lines.extend(outputs(transform, paint));
    }
    // What stands behind the stages is seen with the last of them.
    let last = chosen + 1 == words.len();
    let chosen = if last { lines.len().saturating_sub(3) } else { chosen };
    let first = (chosen + 3).saturating_sub(usize::from(inner.height)).min(lines.len());
    write_lines(lines.into_iter().skip(first), inner, buffer, paint.symbols.ellipsis);
}

/// What a program put out, one behind the other, each with where it is routed to and its key.
fn made(before: Option<&str>, outputs: &[SampleOutput], paint: Paint<'_>) -> Line<'static> {
    let style = |meaning| paint.theme.style(meaning);
    if let [SampleOutput { to: None, key: None, data }] = outputs
        && Some(data.as_str()) == before
    {
        return Line::styled(format!("{} kept as it is", paint.symbols.ok), style(Meaning::Ok));
    }
    let mut spans = Vec::new();
    for (nth, SampleOutput { to, key, data }) in outputs.iter().enumerate() {
        if nth > 0 {
            spans.push(Span::raw("  "));
        }
        if let Some(to) = to {
            let text = format!("{} {to} ", paint.symbols.arrow);
            spans.push(Span::styled(text, style(Meaning::Accent)));
        }
        if let Some(key) = key {
            spans.push(Span::styled("key ", style(Meaning::Muted)));
            spans.push(Span::styled(format!("{key} "), style(Meaning::Accent)));
        }
        spans.push(Span::styled(data.clone(), style(Meaning::Output)));
    }
    Line::from(spans)
}

/// What became of a record at the stage in view.
fn after(row: &SampleRow, at: usize, paint: Paint<'_>) -> Line<'static> {
    let style = |meaning| paint.theme.style(meaning);
    let key_before = match at.checked_sub(1).and_then(|at| row.behind(at)) {
        Some(SampleStep::Kept { key, .. }) => key,
        Some(
            SampleStep::Made(_) | SampleStep::Dropped | SampleStep::Failed(_) | SampleStep::Unknown,
        )
        | None => &row.key,
    };
    match row.behind(at) {
        Some(SampleStep::Kept { key, .. }) if key != key_before => Line::from(vec![
            Span::styled("key ", style(Meaning::Muted)),
            Span::styled(key.clone(), style(Meaning::Accent)),
        ]),
        Some(SampleStep::Kept { data, .. }) if Some(data.as_str()) == row.before(at) => {
            Line::styled(format!("{} kept as it is", paint.symbols.ok), style(Meaning::Ok))
        }
        Some(SampleStep::Kept { data, .. }) => Line::styled(data.clone(), style(Meaning::Output)),
        Some(SampleStep::Made(outputs)) => made(row.before(at), outputs, paint),
        Some(SampleStep::Dropped) => {
            Line::styled(format!("{} dropped", paint.symbols.absent), style(Meaning::Muted))
        }
        Some(SampleStep::Failed(why)) => {
            Line::styled(format!("{} {why}", paint.symbols.crit), style(Meaning::Crit))
        }
        Some(SampleStep::Unknown) => {
            Line::styled("a function is not invoked for a look", style(Meaning::Muted))
        }
        None => Line::raw(""),
    }
}

fn sample(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<()> {
    let sample = snapshot.sample.as_deref()?;
    let at = state.chosen.stage.min(sample.stages.len().checked_sub(1)?);
    let reach: Vec<&SampleRow> =
        sample.rows.iter().filter(|row| row.before(at).is_some()).collect();
    let title = format!(
        "Live sample, dry run: {} of {} records reach stage {}, {}",
        reach.len(),
        sample.rows.len(),
        at + 1,
        sample.stages[at],
    );
    let taken = format!("up to {}", clock(sample.taken.since(snapshot.started)));
    let focus = state.focus_of(Panel::Sample);
    let inner = Frame { title: &title, above: "", below: &taken, focus, paint }.draw(area, buffer);
    let muted = paint.theme.style(Meaning::Muted);
    let half =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]);
    let mut rows = inner.rows();
    let [left, _, right] = half.areas(rows.next()?);
    write_line(&Line::styled("BEFORE", muted), left, buffer, paint.symbols.ellipsis);
    write_line(&Line::styled("AFTER", muted), right, buffer, paint.symbols.ellipsis);
    for (row, place) in reach.into_iter().rev().zip(rows) {
        let [left, _, right] = half.areas(place);
        let before = row.before(at).unwrap_or_default().to_owned();
        let before = Line::styled(before, paint.theme.style(Meaning::Text));
        write_line(&before, left, buffer, paint.symbols.ellipsis);
        write_line(&after(row, at, paint), right, buffer, paint.symbols.ellipsis);
    }
    Some(())
}

fn failures(
    state: &State,
    transform: &TransformView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = format!("Last failures ({})", count(transform.tally.failed_records));
    let inner = framed(&title, state.focus_of(Panel::Lanes), paint, area, buffer);
    let failures = transform.failures.iter().rev().map(|why| cell(why, Meaning::Warn, paint));
    write_lines(failures, inner, buffer, paint.symbols.ellipsis);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let transform = state.transform(snapshot);
    let tried = snapshot.sample.as_deref();
    for (panel, place) in state.shown(area, &layout(snapshot, area)) {
        paint.targets.add(place, Click::Focus(panel));
        match (panel, transform) {
            (Panel::Stages, _) => pipeline(state, transform, tried, paint, place, buffer),
            (Panel::Lanes, Some(transform)) => failures(state, transform, paint, place, buffer),
            (Panel::Lanes, None) => {}
            (Panel::Sample, _) => {
                sample(state, snapshot, paint, place, buffer);
            }
            _ => table(state, snapshot, paint, place, buffer),
        }
    }
}

/// What has room where, the transforms first.
fn layout(snapshot: &Snapshot, area: Rect) -> Vec<(Panel, Rect)> {
    let tried = snapshot.sample.as_deref();
    if area.height < 16 || (snapshot.transforms.is_empty() && tried.is_none()) {
        return vec![(Panel::Transforms, area)];
    }
    let length = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    let rows = length(snapshot.transforms.len()).saturating_add(3).clamp(4, area.height / 3);
    let stages = tried.map_or(1, |sample| sample.stages.len());
    let errors = u16::from(snapshot.transforms.iter().any(|part| part.errors.is_some()));
    let stages = length(stages).saturating_add(4 + errors).clamp(5 + errors, area.height / 3);
    let parts = [Constraint::Length(rows), Constraint::Length(stages), Constraint::Fill(1)];
    let [top, middle, bottom] = Layout::vertical(parts).areas(area);
    let aside = if area.width >= 110 { area.width * 2 / 5 } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(middle);
    vec![
        (Panel::Transforms, top),
        (Panel::Stages, left),
        (Panel::Lanes, right),
        (Panel::Sample, bottom),
    ]
}
