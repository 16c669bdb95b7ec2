//! What feeds the streams: one row a producer.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use crate::console::Paint;
use crate::console::format::{bytes, count, counted, number, percent};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{alarm, alarming, cell, fact, flowing, no_parts, table};
use crate::console::widget::table::Row;
use crate::console::widget::{framed, write_lines};
use crate::model::{PartName, ProducerTally};
use crate::snapshot::{PartState, ProducerView, Snapshot};

fn row<'a>(producer: &ProducerView, snapshot: &Snapshot, paint: Paint<'a>) -> Row<'a> {
    let text = |text: String| cell(text, Meaning::Text, paint);
    let state = match producer.state {
        PartState::Running => Meaning::Ok,
        PartState::Paused | PartState::Ended => Meaning::Muted,
        PartState::Retrying => Meaning::Warn,
        PartState::Failed => Meaning::Crit,
    };
    let dropped = producer.tally.dropped_records;
    let flows = |line| flowing(snapshot, line, paint);
    Row {
        id: producer.name.to_string(),
        mark: Span::raw(" "),
        cells: vec![
            text(producer.name.to_string()),
            text(producer.stream.to_string()),
            cell(producer.state.word(), state, paint),
            text(format!("{}{}", paint.symbols.times, producer.rate_factor)),
            flows(text(number(producer.offered_per_s))),
            flows(cell(number(producer.accepted_per_s), Meaning::Input, paint)),
            flows(alarm(producer.refused_per_s, paint)),
            text(count(producer.backlog as u64)),
            cell(count(dropped), alarming(dropped as f64), paint),
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
    let shown = state.producers(snapshot);
    let find = |name: &PartName| snapshot.producers.iter().find(|producer| producer.name == *name);
    let rows: Vec<Row<'_>> =
        shown.iter().filter_map(find).map(|p| row(p, snapshot, paint)).collect();
    let title = format!("Producers ({})  ( ) less, more", rows.len());
    let here = "none: L or `:produce` attaches one";
    let empty = no_parts(snapshot, here, "not seen from here: an endpoint does not tell who puts");
    table(state, Panel::Producers, (&title, empty), rows, paint, area, buffer);
}

/// Columns of the names of facts.
const NAME: usize = 13;

/// Bytes that were put, and in how many records of how many user records where they are aggregated.
fn put_bytes(tally: &ProducerTally) -> String {
    let ProducerTally { accepted_records, kinesis_records, accepted_bytes, .. } = *tally;
    let size = bytes(accepted_bytes as f64);
    if kinesis_records == accepted_records {
        return size;
    }
    let each = accepted_records as f64 / kinesis_records.max(1) as f64;
    format!("{size} in {} of {each:.1} each", counted(kinesis_records, "record"))
}

/// What is known of one producer.
fn facts(producer: &ProducerView, paint: Paint<'_>) -> Vec<(&'static str, String, Meaning)> {
    let tally = &producer.tally;
    let offered = tally.offered_records.max(1) as f64;
    let share = |part: u64| format!("{}  {}", count(part), percent(part as f64 / offered));
    let waiting = producer.backlog as u64;
    let error = producer.last_error.clone();
    vec![
        (" feeds", producer.stream.to_string(), Meaning::Text),
        (" source", producer.kind.clone(), Meaning::Text),
        (" rate", format!("{}{}", paint.symbols.times, producer.rate_factor), Meaning::Text),
        (" made", count(tally.offered_records), Meaning::Text),
        (" accepted", share(tally.accepted_records), Meaning::Input),
        ("   bytes", put_bytes(tally), Meaning::Text),
        (" refused", count(tally.refused_records), alarming(tally.refused_records as f64)),
        (" sent again", count(tally.retried_records), Meaning::Text),
        (" waiting", share(waiting), if waiting > 0 { Meaning::Warn } else { Meaning::Text }),
        (" given up", share(tally.dropped_records), alarming(tally.dropped_records as f64)),
        (" bad lines", count(tally.bad_lines), alarming(tally.bad_lines as f64)),
        (" last error", error.unwrap_or(paint.symbols.absent.to_owned()), Meaning::Warn),
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
    let any = !snapshot.producers.is_empty();
    let below = if area.height >= 16 && any { 14.min(area.height - 6) } else { 0 };
    let parts = [Constraint::Fill(1), Constraint::Length(below)];
    let [upper, lower] = Layout::vertical(parts).areas(area);
    let parts = [(Panel::Producers, upper), (Panel::Producer, lower)];
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Producer => one(state, snapshot, paint, place, buffer),
            _ => draw(state, snapshot, paint, place, buffer),
        }
    }
}

/// What became of the records of the chosen one.
fn one(state: &State, snapshot: &Snapshot, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let chosen = state.producer(snapshot);
    let of_chosen = |producer: &&ProducerView| Some(&producer.name) == chosen.as_ref();
    let Some(producer) = snapshot.producers.iter().find(of_chosen) else { return };
    let focus = state.focus_of(Panel::Producer);
    let inner = framed(producer.name.as_str(), focus, paint, area, buffer);
    let lines = facts(producer, paint).into_iter();
    let lines = lines.map(|(name, value, meaning)| fact((name, NAME), value, meaning, paint));
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}
