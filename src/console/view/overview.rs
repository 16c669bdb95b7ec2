//! All streams: one row each, every rate against its limit.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{duration, mib, number, percent};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::widget::sparkline::spark;
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, panel};
use crate::model::StreamStatus;
use crate::snapshot::{Snapshot, StreamView};

const SPARK: u16 = 20;

const COLUMNS: &[Column] = &[
    Column::words("NAME", 14, 0).growing(1),
    Column::numbers("SHARDS", 6, 3),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("REC/s", 6, 4),
    Column::numbers("OUT MiB/s", 9, 6),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("R-THR/s", 7, 7),
    Column::numbers("AGE", 8, 2),
    Column::numbers("CONS", 4, 8),
    Column::words("IN 60 s", SPARK, 5),
];

fn row<'a>(stream: &StreamView, paint: Paint<'a>) -> Row<'a> {
    let (theme, symbols) = (paint.theme, paint.symbols);
    let rates = &stream.rates;
    let share = stream.write_utilization();
    let refused = rates.write_throttled + rates.read_throttled > 0.0;
    let mark = if stream.status != StreamStatus::Active {
        Span::styled(symbols.transition, theme.style(Meaning::Warn))
    } else if refused {
        Span::styled(symbols.crit, theme.style(Meaning::Crit))
    } else {
        Span::raw(" ")
    };
    let text = |text: String| Line::styled(text, theme.style(Meaning::Text));
    let alarm = |rate: f64| {
        let meaning = if rate > 0.0 { Meaning::Crit } else { Meaning::Muted };
        Line::styled(number(rate), theme.style(meaning))
    };
    let name = match stream.status {
        StreamStatus::Active => stream.name.to_string(),
        StreamStatus::Creating | StreamStatus::Updating | StreamStatus::Deleting => {
            format!("{} {}", stream.name, stream.status.word())
        }
    };
    let age = stream.iterator_age_ms.map_or(symbols.absent.to_owned(), duration);
    Row {
        id: stream.name.to_string(),
        mark,
        cells: vec![
            text(name),
            text(stream.open_shards().to_string()),
            Line::styled(mib(rates.in_bytes), theme.style(Meaning::Input)),
            share.map_or(text(symbols.absent.to_owned()), |share| {
                Line::styled(percent(share), theme.judged(share))
            }),
            text(number(rates.in_records)),
            Line::styled(mib(rates.out_bytes), theme.style(Meaning::Output)),
            alarm(rates.write_throttled),
            alarm(rates.read_throttled),
            text(age),
            text(stream.consumers.to_string()),
            Line::styled(
                spark(&stream.in_bytes_spark, SPARK, None, paint),
                theme.style(Meaning::Input),
            ),
        ],
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = format!("Streams ({})", snapshot.streams.len());
    let block = panel(&title, Focus::Here, paint);
    let inner = block.inner(area);
    block.render(area, buffer);
    let table = Table {
        columns: COLUMNS,
        rows: snapshot.streams.iter().map(|stream| row(stream, paint)).collect(),
        selected: state.stream.as_ref().map(crate::model::StreamName::as_str),
        sort: None,
        empty: "no streams",
        paint,
    };
    table.render(inner, buffer);
}
