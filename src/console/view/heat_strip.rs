//! The heat of the chosen stream on the overview: shards across, time down. A hot shard is a line
//! down, a split two new columns.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::many;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::heat::{nothing, time, title};
use crate::console::widget::{Focus, Frame, heat};
use crate::snapshot::Snapshot;
use crate::snapshot::heat::{HeatRow, HeatView, folded};

/// Columns of the times.
const TIMES: u16 = 6;
/// Seconds that are shown.
const SPAN_S: usize = 60;

/// One column a shard, or for several where there are more shards than columns; cells from the
/// oldest to the newest.
fn columns(heat: &HeatView, width: u16, each_s: usize) -> (Vec<Vec<Option<f32>>>, usize) {
    let shards = heat.rows.len().div_ceil(usize::from(width.max(1))).max(1);
    let column =
        |rows: &[HeatRow]| folded(&heat::largest(rows.iter().map(|row| &row.cells[..])), each_s);
    (heat.rows.chunks(shards).map(column).collect(), shards)
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let shown = state.heat(snapshot);
    let title = shown.map_or("Heat".to_owned(), |heat| {
        format!("Heat of {}: {}", heat.stream, title(heat.metric, heat.is_share))
    });
    let (above, focus) = ("o metric", Focus::Elsewhere);
    let inner = Frame { title: &title, above, below: "", focus, paint }.draw(area, buffer);
    if let (None, Some(said)) = (shown, state.unseen(snapshot)) {
        nothing(&said, paint, inner, buffer);
    }
    let Some(heat) = shown.filter(|_| inner.height >= 3 && inner.width > TIMES + 4) else {
        return;
    };
    let style = paint.theme.style(Meaning::Muted);
    let rows = usize::from(inner.height - 1);
    let each_s = SPAN_S.div_ceil(rows);
    let width = inner.width - TIMES;
    let (columns, each) = columns(heat, width, each_s);
    // Few shards get more than one column each.
    let wide = (width / u16::try_from(columns.len().max(1)).unwrap_or(width)).clamp(1, 6);
    let told = match each {
        1 => format!("{} across, time down", many(heat.rows.len(), "shard")),
        each => format!("{} shards across, {each} a column, time down", heat.rows.len()),
    };
    buffer.set_stringn(inner.x, inner.y, told, usize::from(inner.width), style);
    for (row, y) in (0..rows).zip(inner.y + 1..inner.bottom()) {
        let back = rows - 1 - row;
        let seconds = u32::try_from(back * each_s).unwrap_or(0);
        let text = if back == 0 { "now".to_owned() } else { format!("-{}", time(seconds)) };
        buffer.set_stringn(inner.x, y, format!("{text:>5}"), 5, style);
        let values = columns.iter().flat_map(|column| {
            let value = column.iter().rev().nth(back).copied().flatten();
            std::iter::repeat_n(value, usize::from(wide))
        });
        let room = usize::from(inner.right().saturating_sub(inner.x + TIMES));
        heat::strip(values.take(room), heat.full, (inner.x + TIMES, y), paint, buffer);
    }
}
