//! How consumers are pushed to, and how plain readers read.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
};

use crate::console::Paint;
use crate::console::format::{bytes, count, duration, many, percent, wrapped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::cell;
use crate::console::widget::{framed, write_lines};
use crate::snapshot::{FanOutView, ReaderView};

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

/// The same above what is drawn below it; answers what is left of the area.
pub(super) fn above(
    fan_out: Option<&FanOutView>,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let Some((meaning, text)) = fan_out.map(line) else { return area };
    let lines = wrapped(&text, usize::from(area.width));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let parts = [Constraint::Length(height), Constraint::Fill(1)];
    let [above, below] = Layout::vertical(parts).areas(area);
    let lines = lines.into_iter().map(|line| cell(line, meaning, paint));
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
        "{} records read, {}; {} calls refused",
        count(tally.read_records),
        bytes(tally.read_bytes as f64),
        count(tally.read_throttled)
    );
    let width = usize::from(inner.width);
    let how = wrapped(&how, width).into_iter().map(|line| (meaning, line));
    let lines = how.chain([(Meaning::Muted, read)]);
    let lines = lines.map(|(meaning, line)| cell(line, meaning, paint));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}
