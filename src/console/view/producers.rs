//! What feeds the streams: one row a producer.

use ratatui::{buffer::Buffer, layout::Rect, text::Span, widgets::Widget};

use crate::console::Paint;
use crate::console::format::{count, number};
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, alarming, cell};
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed};
use crate::snapshot::{PartState, ProducerView, Snapshot};

const COLUMNS: &[Column] = &[
    Column::words("PRODUCER", 12, 0).growing(1),
    Column::words("STREAM", 10, 4),
    Column::words("STATE", 8, 2),
    Column::numbers("RATE", 6, 3),
    Column::numbers("OK/s", 6, 1),
    Column::numbers("REFUSED/s", 9, 2),
    Column::numbers("BACKLOG", 7, 5),
    Column::numbers("DROPPED", 7, 5),
];

fn row<'a>(producer: &ProducerView, paint: Paint<'a>) -> Row<'a> {
    let text = |text: String| cell(text, Meaning::Text, paint);
    let state = match producer.state {
        PartState::Running => Meaning::Ok,
        PartState::Paused | PartState::Ended => Meaning::Muted,
        PartState::Retrying => Meaning::Warn,
        PartState::Failed => Meaning::Crit,
    };
    let dropped = producer.tally.dropped_records;
    Row {
        id: producer.name.to_string(),
        mark: Span::raw(" "),
        cells: vec![
            text(producer.name.to_string()),
            text(producer.stream.to_string()),
            cell(producer.state.word(), state, paint),
            text(format!("{}{}", paint.symbols.times, producer.rate_factor)),
            cell(number(producer.accepted_per_s), Meaning::Input, paint),
            alarm(producer.refused_per_s, paint),
            text(count(producer.backlog as u64)),
            cell(count(dropped), alarming(dropped as f64), paint),
        ],
    }
}

pub(super) fn draw<'a>(
    snapshot: &'a Snapshot,
    wanted: impl Fn(&ProducerView) -> bool,
    paint: Paint<'a>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let rows: Vec<Row<'_>> =
        snapshot.producers.iter().filter(|p| wanted(p)).map(|p| row(p, paint)).collect();
    let title = format!("Producers ({})  ( ) less, more", rows.len());
    let inner = framed(&title, Focus::Elsewhere, paint, area, buffer);
    let table = Table {
        columns: COLUMNS,
        rows,
        selected: None,
        focus: Focus::Elsewhere,
        sort: None,
        empty: "none: L or `:produce` attaches one",
        paint,
    };
    table.render(inner, buffer);
}
