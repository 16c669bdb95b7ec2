//! What feeds the streams: one row a producer.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use crate::console::Paint;
use crate::console::format::{bytes, count, number, percent};
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, alarming, cell};
use crate::console::widget::table::{Column, Row, Table};
use crate::console::widget::{Focus, framed, write_line};
use crate::model::PartName;
use crate::snapshot::{PartState, ProducerView, Snapshot};

const COLUMNS: &[Column] = &[
    Column::words("PRODUCER", 12, 0).growing(1),
    Column::words("STREAM", 10, 4),
    Column::words("STATE", 8, 2),
    Column::numbers("RATE", 6, 3),
    Column::numbers("MADE/s", 6, 6),
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
            text(number(producer.offered_per_s)),
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

/// What is known of one producer.
fn facts(producer: &ProducerView, paint: Paint<'_>) -> Vec<(&'static str, String, Meaning)> {
    let tally = &producer.tally;
    let offered = tally.offered_records.max(1) as f64;
    let share = |part: u64| format!("{}  {}", count(part), percent(part as f64 / offered));
    let waiting = producer.backlog as u64;
    let error = producer.last_error.clone();
    vec![
        ("feeds", producer.stream.to_string(), Meaning::Text),
        ("source", producer.kind.clone(), Meaning::Text),
        ("rate", format!("{}{}", paint.symbols.times, producer.rate_factor), Meaning::Text),
        ("made", count(tally.offered_records), Meaning::Text),
        ("accepted", share(tally.accepted_records), Meaning::Input),
        ("  bytes", bytes(tally.accepted_bytes as f64), Meaning::Text),
        ("refused", count(tally.refused_records), alarming(tally.refused_records as f64)),
        ("sent again", count(tally.retried_records), Meaning::Text),
        ("waiting", share(waiting), if waiting > 0 { Meaning::Warn } else { Meaning::Text }),
        ("given up", share(tally.dropped_records), alarming(tally.dropped_records as f64)),
        ("bad lines", count(tally.bad_lines), alarming(tally.bad_lines as f64)),
        ("last error", error.unwrap_or(paint.symbols.absent.to_owned()), Meaning::Warn),
    ]
}

/// All producers, and below what became of the records of the chosen one.
pub(super) fn screen(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let below = if area.height >= 16 { 14.min(area.height - 6) } else { 0 };
    let parts = [Constraint::Fill(1), Constraint::Length(below)];
    let [upper, lower] = Layout::vertical(parts).areas(area);
    let shown = state.producers(snapshot);
    let chosen = state.producer(snapshot);
    let rows: Vec<Row<'_>> = snapshot
        .producers
        .iter()
        .filter(|producer| shown.contains(&producer.name))
        .map(|producer| row(producer, paint))
        .collect();
    let title = format!("Producers ({})", rows.len());
    let inner = framed(&title, Focus::Here, paint, upper, buffer);
    let selected = chosen.as_ref().map(PartName::as_str);
    let (focus, empty) = (Focus::Here, "none: L or `:produce` attaches one");
    Table { columns: COLUMNS, rows, selected, focus, sort: None, empty, paint }
        .render(inner, buffer);
    let of_chosen = |producer: &&ProducerView| Some(&producer.name) == chosen.as_ref();
    let Some(producer) = snapshot.producers.iter().find(of_chosen).filter(|_| below > 0) else {
        return;
    };
    let inner = framed(producer.name.as_str(), Focus::Elsewhere, paint, lower, buffer);
    for ((name, value, meaning), row) in facts(producer, paint).into_iter().zip(inner.rows()) {
        let line = Line::from(vec![
            Span::styled(format!(" {name:<12}"), paint.theme.style(Meaning::Muted)),
            Span::styled(value, paint.theme.style(meaning)),
        ]);
        write_line(&line, row, buffer, paint.symbols.ellipsis);
    }
}
