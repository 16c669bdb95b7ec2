//! The shards of one stream over time: shards down, time across, one metric.

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{bytes, duration, many, mib, number, percent};
use crate::console::state::State;
use crate::console::state::heat::hottest;
use crate::console::theme::{Meaning, judge};
use crate::console::view::cells::{alarming, flow, mark};
use crate::console::view::endpoint;
use crate::console::widget::{Focus, Frame, framed, heat, write_line};
use crate::model::{Millis, StreamName};
use crate::snapshot::heat::{HeatView, Metric, folded};
use crate::snapshot::{ShardView, Snapshot, Source, StreamView};

/// Columns before the cells: marker, mark, label (`000`, or `0a3d x40` for many), blank.
const LABEL: u16 = 9;
const LABEL_MANY: u16 = 13;
/// Columns behind them: blank, newest value, refusals.
const VALUE: u16 = 8;
const REFUSED: u16 = 8;
/// Columns of the panel that tells of the cursor.
const DETAIL: u16 = 24;

/// What the metric is, in words.
pub(super) fn title(metric: Metric, is_share: bool) -> &'static str {
    match (metric, is_share) {
        (Metric::Write, true) => "IN of the write limit",
        (Metric::Write, false) => "IN, no limit",
        (Metric::Read, true) => "OUT of the read limit",
        (Metric::Read, false) => "OUT, no limit",
        (Metric::Age, _) => "AGE of the iterators",
        (Metric::Refused, _) => "REFUSED records/s",
    }
}

fn told(value: f32, heat: &HeatView) -> String {
    let value = f64::from(value);
    match (heat.metric, heat.is_share) {
        (Metric::Write | Metric::Read, true) => percent(value),
        (Metric::Write | Metric::Read, false) => bytes(value),
        (Metric::Age, _) => duration(value as u64),
        (Metric::Refused, _) => number(value),
    }
}

/// Whole seconds or minutes.
pub(super) fn time(seconds: u32) -> String {
    if seconds < 120 || !seconds.is_multiple_of(60) {
        format!("{seconds}s")
    } else {
        format!("{}m", seconds / 60)
    }
}

/// A picture of heat in an area: what is where.
struct Grid<'a> {
    heat: &'a HeatView,
    /// The picture that it is in.
    snapshot: &'a Snapshot,
    rows: Vec<Vec<usize>>,
    /// Row under the cursor.
    at: usize,
    /// Cells of the heat in a column.
    each: usize,
    /// Columns before the cells.
    label: u16,
    /// Columns of cells.
    width: u16,
    paint: Paint<'a>,
}

impl Grid<'_> {
    /// The rows that are seen in `height` rows.
    fn seen(&self, height: u16) -> Range<usize> {
        let height = usize::from(height);
        let first = (self.at + 1).saturating_sub(height);
        first..(first + height).min(self.rows.len())
    }

    fn column_s(&self) -> u32 {
        self.heat.cell_s * u32::try_from(self.each).unwrap_or(1)
    }

    /// How many columns the cursor is left of the newest.
    fn back(&self, state: &State) -> u16 {
        let back = u16::try_from(state.heat.back_s / self.column_s()).unwrap_or(u16::MAX);
        back.min(self.width.saturating_sub(1))
    }

    fn cells(&self, row: &[usize]) -> Vec<Option<f32>> {
        let lines = row.iter().map(|at| &self.heat.rows[*at].cells[..]);
        let cells = folded(&heat::largest(lines), self.each);
        cells[cells.len().saturating_sub(usize::from(self.width))..].to_vec()
    }

    fn label(&self, row: &[usize], stream: &StreamView) -> String {
        let Some(first) = row.first().map(|at| self.heat.rows[*at].shard) else {
            return String::new();
        };
        match row.len() {
            1 => first.short(),
            many => {
                let start = stream.shard(first).map(|shard| shard.range.start.short());
                let start: String = start.unwrap_or_default().chars().take(4).collect();
                format!("{start} {}{many}", self.paint.symbols.times)
            }
        }
    }

    fn line(&self, state: &State, at: usize, stream: &StreamView, y: Rect, buffer: &mut Buffer) {
        let (theme, symbols) = (self.paint.theme, self.paint.symbols);
        let row = &self.rows[at];
        let cells = self.cells(row);
        let now = cells.last().copied().flatten();
        let refused: f64 = row
            .iter()
            .filter_map(|at| stream.shard(self.heat.rows[*at].shard))
            .map(|shard| shard.rates().write_throttled)
            .sum();
        if at == self.at {
            buffer.set_stringn(y.x, y.y, symbols.selected, 1, theme.style(Meaning::Accent));
        }
        let hot = mark(refused > 0.0, self.paint);
        buffer.set_stringn(y.x + 1, y.y, &hot.content, 1, hot.style);
        let text = theme.style(Meaning::Text);
        let label = usize::from(self.label) - 3;
        buffer.set_stringn(y.x + 2, y.y, self.label(row, stream), label, text);
        let left = self.width.saturating_sub(u16::try_from(cells.len()).unwrap_or(self.width));
        let place = (y.x + self.label + left, y.y);
        heat::strip(cells.iter().copied(), self.heat.full, place, self.paint, buffer);
        let mut x = y.x + self.label + self.width;
        if x + VALUE <= y.right() {
            let share = now.map_or(0.0, |now| f64::from(now / self.heat.full));
            let value = now.map_or(symbols.absent.to_owned(), |now| told(now, self.heat));
            let width = usize::from(VALUE);
            let style = theme.style(judge(share));
            buffer.set_stringn(x, y.y, format!("{value:>width$}"), width, style);
            x += VALUE;
        }
        if x + REFUSED <= y.right() {
            let width = usize::from(REFUSED);
            let style = theme.style(alarming(refused));
            let refused = flow(self.snapshot, number(refused), self.paint);
            buffer.set_stringn(x, y.y, format!("{refused:>width$}"), width, style);
        }
        if at == self.at {
            buffer.set_style(y, theme.style(Meaning::Selection));
            let x = y.x + self.label + self.width.saturating_sub(1 + self.back(state));
            heat::mark((x, y.y), buffer);
        }
    }

    /// Times below the cells, and the cursor's own.
    fn axis(&self, state: &State, row: Rect, buffer: &mut Buffer) {
        let style = self.paint.theme.style(Meaning::Muted);
        let right = row.x + self.label + self.width;
        let mut x = right;
        let mut seconds = 0;
        while x > row.x + self.label {
            let text = match seconds {
                0 => "now".to_owned(),
                seconds => format!("-{}", time(seconds)),
            };
            let width = u16::try_from(text.len()).unwrap_or(0);
            if x < row.x + self.label + width {
                break;
            }
            buffer.set_string(x - width, row.y, text, style);
            let step = 20 * self.column_s();
            seconds = (seconds / step + 1) * step;
            let back = u16::try_from(seconds / self.column_s()).unwrap_or(u16::MAX);
            x = right.saturating_sub(back.min(right));
        }
        let back = self.back(state);
        if back > 0 {
            let style = self.paint.theme.style(Meaning::Accent);
            buffer.set_string(right - 1 - back, row.y, self.paint.symbols.ascending, style);
        }
        for (from, width, title) in [(right, VALUE, "NOW"), (right + VALUE, REFUSED, "W-THR/s")] {
            if from + width <= row.right() {
                let width = usize::from(width);
                let style = self.paint.theme.style(Meaning::Muted);
                buffer.set_stringn(from, row.y, format!("{title:>width$}"), width, style);
            }
        }
    }

    /// What each glyph means.
    fn scale(&self, row: Rect, buffer: &mut Buffer) {
        let glyphs = self.paint.symbols.heat;
        let full = match (self.heat.metric, self.heat.is_share) {
            (_, true) => "at the limit".to_owned(),
            (Metric::Refused, _) => format!("{} and more", number(f64::from(self.heat.full))),
            (_, false) => format!("{} and more", told(self.heat.full, self.heat)),
        };
        let line = Line::styled(
            format!(
                "  {} none  {} some  {} 40%  {} 80%  {} {full}  (blank: not measured)",
                glyphs[1], glyphs[2], glyphs[3], glyphs[4], glyphs[5]
            ),
            self.paint.theme.style(Meaning::Muted),
        );
        write_line(&line, row, buffer, self.paint.symbols.ellipsis);
    }
}

/// Cells of the heat in a column, so that the span fits, or 1 where the newest are enough.
fn each(state: &State, heat: &HeatView, width: u16) -> usize {
    let cells = heat.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let asked = (state.heat.span_s() / heat.cell_s) as usize;
    match state.heat.span_s {
        Some(_) => asked.max(cells).div_ceil(usize::from(width.max(1))).max(1),
        None => 1,
    }
}

/// The figures of the shard under the cursor.
fn figures(
    shard: &ShardView,
    stream: &StreamView,
    snapshot: &Snapshot,
    many: usize,
    paint: Paint<'_>,
) -> Vec<(String, String, Meaning)> {
    let rates = &shard.rates();
    let limit =
        |limit: Option<u64>| limit.map_or(paint.symbols.absent.to_owned(), |l| mib(l as f64));
    let plain = |name: &str, value: String| (name.to_owned(), value, Meaning::Text);
    let share = rates.write_utilization(&stream.limits, 1);
    let flows = |value: String| flow(snapshot, value, paint);
    let of_cap = flows(share.map_or(paint.symbols.absent.to_owned(), percent));
    let (refused, age) = (alarming(rates.write_throttled), shard.iterator_age_ms());
    let others = |value: String| match shard.source() {
        Some(Source::Sampled) => paint.symbols.absent.to_owned(),
        Some(Source::Counted | Source::CloudWatch { .. }) | None => flows(value),
    };
    let mut lines = vec![
        plain("IN MiB/s", flows(mib(rates.in_bytes))),
        plain("  of", limit(stream.limits.write_bytes_per_s)),
        plain("REC/s", flows(number(rates.in_records))),
        ("CAP%".to_owned(), of_cap, share.map_or(Meaning::Text, judge)),
        plain("OUT MiB/s", others(mib(rates.out_bytes))),
        plain("  of", limit(stream.limits.read_bytes_per_s)),
        plain("GET/s", flows(number(rates.read_calls))),
        ("W-THR/s".to_owned(), others(number(rates.write_throttled)), refused),
        plain("AGE", flows(age.map_or(paint.symbols.absent.to_owned(), duration))),
    ];
    if many > 1 {
        lines.insert(0, plain("hottest of", many.to_string()));
    }
    lines
}

/// What the cells of a row say over the whole span.
fn summary(cells: &[Option<f32>], grid: &Grid<'_>, state: &State) -> Vec<(String, String)> {
    let mut values: Vec<f32> = cells.iter().flatten().copied().collect();
    values.sort_by(f32::total_cmp);
    let tell = |value: Option<f32>| {
        value.map_or(grid.paint.symbols.absent.to_owned(), |value| told(value, grid.heat))
    };
    let back = usize::from(grid.back(state));
    let under = cells.iter().rev().nth(back).copied().flatten();
    let p95 = values.get((values.len() * 95 / 100).min(values.len().saturating_sub(1)));
    let ago = grid.column_s() as usize * back;
    vec![
        ("cursor".to_owned(), if ago == 0 { "now".to_owned() } else { format!("-{ago}s") }),
        ("  value".to_owned(), tell(under)),
        ("p95".to_owned(), tell(p95.copied())),
        ("max".to_owned(), tell(values.last().copied())),
    ]
}

fn detail(
    state: &State,
    grid: &Grid<'_>,
    stream: &StreamView,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<()> {
    let paint = grid.paint;
    let row = grid.rows.get(grid.at)?;
    let shard = stream.shard(hottest(grid.heat, row)?)?;
    let title = format!("shard {}", shard.id.short());
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let cells = grid.cells(row);
    let mut lines = figures(shard, stream, grid.snapshot, row.len(), paint);
    lines.push((String::new(), String::new(), Meaning::Text));
    let told = summary(&cells, grid, state).into_iter();
    lines.extend(told.map(|(name, value)| (name, value, Meaning::Accent)));
    for ((name, value, meaning), row) in lines.into_iter().zip(inner.rows()) {
        let gap = usize::from(row.width).saturating_sub(name.chars().count() + 1);
        let line = Line::from(vec![
            Span::styled(format!("{name} "), paint.theme.style(Meaning::Muted)),
            Span::styled(format!("{value:>gap$}"), paint.theme.style(meaning)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
    Some(())
}

pub(super) fn nothing(said: &str, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let line = Line::styled(format!(" {said}"), paint.theme.style(Meaning::Muted));
    write_line(&line, area, buffer, paint.symbols.ellipsis);
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    name: &StreamName,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(stream) = snapshot.stream(name.as_str()) else {
        return nothing(&format!("stream {name} is gone; esc goes back"), paint, area, buffer);
    };
    let Some(heat) = state.heat(snapshot) else {
        let unseen = state.unseen(snapshot);
        let said = unseen.as_deref().unwrap_or("nothing measured yet");
        return nothing(said, paint, area, buffer);
    };
    let aside = if area.width >= 100 && area.height >= 18 { DETAIL } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(area);
    let rows = state.heat_rows(heat);
    let label = if rows.iter().any(|row| row.len() > 1) { LABEL_MANY } else { LABEL };
    let columns = left.width.saturating_sub(2 + label);
    let values = if columns >= 40 { VALUE } else { 0 } + if columns >= 70 { REFUSED } else { 0 };
    let width = columns.saturating_sub(values);
    let at = state.heat_at(heat, &rows);
    let each = each(state, heat, width);
    let grid = Grid { heat, snapshot, rows, at, each, label, width, paint };
    map(state, &grid, (stream, snapshot.now), left, buffer);
    if aside > 0 {
        detail(state, &grid, stream, right, buffer);
    }
}

fn map(
    state: &State,
    grid: &Grid<'_>,
    (stream, now): (&StreamView, Millis),
    area: Rect,
    buffer: &mut Buffer,
) {
    let paint = grid.paint;
    let shown: usize = grid.rows.iter().map(Vec::len).sum();
    let seconds = grid.column_s() * u32::from(grid.width);
    let by = endpoint::sources(stream.shards.iter().filter_map(ShardView::source), now);
    let by = by.map(|by| format!(", {by}")).unwrap_or_default();
    let title = format!(
        "Heat of {}: {}, {} {} {}{by}",
        stream.name,
        title(grid.heat.metric, grid.heat.is_share),
        many(shown, "shard"),
        paint.symbols.times,
        time(seconds.min(state.heat.span_s())),
    );
    let height = area.height.saturating_sub(2);
    let body = height.saturating_sub(1 + u16::from(height >= 8));
    let seen = grid.seen(body);
    let below = format!("{}-{}/{}", seen.start + 1, seen.end, grid.rows.len());
    let (above, focus) = ("o metric", Focus::Here);
    let inner = Frame { title: &title, above, below: &below, focus, paint }.draw(area, buffer);
    if grid.rows.is_empty() {
        return nothing("no shard passes the filter: esc clears it", paint, inner, buffer);
    }
    let mut lines = inner.rows();
    for (at, row) in seen.zip(lines.by_ref().take(usize::from(body))) {
        grid.line(state, at, stream, row, buffer);
    }
    let mut foot = inner.rows().skip(usize::from(body));
    if let Some(row) = foot.next() {
        grid.axis(state, row, buffer);
    }
    if let Some(row) = foot.next() {
        grid.scale(row, buffer);
    }
}
