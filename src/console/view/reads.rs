//! How consumers read: how they are set, how they are pushed to, and what a plain reader does.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use crate::console::Paint;
use crate::console::format::{bytes, counted, duration, many, percent, wrapped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::cell;
use crate::console::widget::{framed, write_lines};
use crate::snapshot::{FanOutView, MappingView, ReaderView};

/// How a consumer is pushed to, as a line.
fn line(fan_out: &FanOutView) -> (Meaning, String) {
    let FanOutView { consumer, status, subscriptions, bytes_per_s, .. } = fan_out;
    if !fan_out.is_live() {
        return (Meaning::Warn, format!("fan-out {consumer}: {status}"));
    }
    let text = format!(
        "fan-out {consumer} {status}, pushed to by {}: {}/s, {} of 2 MiB/s each; put to push {} (p99 {})",
        many(*subscriptions, "shard"),
        bytes(*bytes_per_s),
        percent(fan_out.share()),
        duration(fan_out.latency_p50_ms),
        duration(fan_out.latency_p99_ms),
    );
    (Meaning::Text, text)
}

/// Rows that lanes need, with their frame, before what is said above them may have a second one.
const LANES_ROWS: u16 = 8;

/// How a mapping is set, above its lanes, and how it is pushed to; answers what is left of the area.
pub(super) fn above(
    mapping: &MappingView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let MappingView { batch_size, window_ms, parallelization_factor, rules, fan_out, .. } = mapping;
    let times = paint.symbols.times;
    let window = duration(*window_ms);
    let set = format!("batch {batch_size} / {window}, {times}{parallelization_factor} a shard");
    let set = rules.iter().fold(set, |set, rule| format!("{set}, {rule}"));
    let width = usize::from(area.width);
    let said = fan_out.as_ref().map(line).into_iter().chain([(Meaning::Muted, set)]);
    let lines = said.flat_map(|(meaning, text)| {
        wrapped(&text, width).into_iter().map(move |line| cell(line, meaning, paint))
    });
    let lines: Vec<_> = lines.collect();
    let most = area.height.saturating_sub(LANES_ROWS).max(1 + u16::from(fan_out.is_some()));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(most);
    let parts = [Constraint::Length(height), Constraint::Fill(1)];
    let [above, below] = Layout::vertical(parts).areas(area);
    write_lines(lines, above, buffer, paint.symbols.ellipsis);
    below
}

/// How a plain reader reads.
pub(super) fn reading(
    state: &State,
    reader: &ReaderView,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let ReaderView { name, stream, interval_ms, fan_out, tally, .. } = reader;
    let title = format!("{name}: reads {stream}");
    let inner = framed(&title, state.focus_of(Panel::Lanes), paint, area, buffer);
    let asks = || {
        let calls = 1_000.0 / (*interval_ms).max(1) as f64;
        let text = format!(
            "asks each shard {calls:.1} times a second, and shares what it gives with others"
        );
        (Meaning::Text, text)
    };
    let (meaning, how) = fan_out.as_ref().map_or_else(asks, line);
    let read = format!(
        "{} read, {}; {} refused",
        counted(tally.read_records, "record"),
        bytes(tally.read_bytes as f64),
        counted(tally.read_throttled, "call")
    );
    let width = usize::from(inner.width);
    let how = wrapped(&how, width).into_iter().map(|line| (meaning, line));
    let lines = how.chain([(Meaning::Muted, read)]);
    let lines = lines.map(|(meaning, line)| cell(line, meaning, paint));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}
