//! Records of a stream, the newest as they come or those at a place, and one of them in full.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use crate::command::{Browse, Place, RecordLook};
use crate::console::format::{bytes, clock, clock_from, duration, many, number};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::records::json_of;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells;
use crate::console::widget::table::{Row, Table};
use crate::console::widget::{Focus, Frame, json, write_line};
use crate::console::{Paint, columns};
use crate::snapshot::{Aggregated, Snapshot, TailRecord, TailView};

fn id(record: &TailRecord) -> String {
    format!("{} {}", record.shard, record.sequence)
}

/// Data as text on one line, or as hexadecimal digits when it is none; of an aggregated record how many
/// are inside, and the first of them.
fn one_line(record: &TailRecord) -> String {
    let TailRecord { data, data_bytes, aggregated, .. } = record;
    match aggregated {
        Some(Aggregated { records, shown }) => {
            let first = shown
                .first()
                .map(|(key, data)| format!(": {key} {}", text_or_digits(data, data.len())));
            format!("aggregated, {records} inside{}", first.unwrap_or_default())
        }
        None => text_or_digits(data, *data_bytes),
    }
}

fn text_or_digits(data: &[u8], data_bytes: usize) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        // The data may be cut within a letter.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&data[..error.valid_up_to()]).into_owned()
        }
        Err(_) => {
            let digits: String = data.iter().take(100).map(|byte| format!("{byte:02x} ")).collect();
            format!("<{data_bytes} B binary  {digits}>")
        }
    }
}

fn row<'a>(record: &TailRecord, snapshot: &Snapshot, paint: Paint<'a>) -> Row<'a> {
    let cell = |text: String, meaning| cells::cell(text, meaning, paint);
    Row {
        id: id(record),
        mark: Span::raw(" "),
        cells: vec![
            cell(clock_from(snapshot.started, record.arrival), Meaning::Muted),
            cell(record.shard.short(), Meaning::Text),
            cell(record.partition_key.clone(), Meaning::Accent),
            cell(bytes(record.data_bytes as f64), Meaning::Muted),
            cell(one_line(record), Meaning::Text),
        ],
    }
}

/// Which records these are.
fn title(state: &State, snapshot: &Snapshot, browse: &Browse) -> String {
    let Browse { stream, place, shard, key } = browse;
    let whose = shard.map_or("all shards".to_owned(), |shard| format!("shard {}", shard.short()));
    let key = key.as_ref().map(|key| format!(" key {key}")).unwrap_or_default();
    let since = |at: crate::model::Millis| match snapshot.started <= at {
        true => clock(at.since(snapshot.started)),
        // What came before the last start is told as its row tells it.
        false => clock_from(snapshot.started, at),
    };
    let rate = snapshot.stream(stream.as_str()).map_or(0.0, |stream| stream.rates.in_records);
    let how = match place {
        Place::Newest if state.records.held.is_some() => "HELD, F follows".to_owned(),
        // Nothing is followed where nothing comes.
        Place::Newest if state.frozen.is_some() => "the newest then".to_owned(),
        Place::Newest if snapshot.is_silent() => "SILENT".to_owned(),
        Place::Newest => format!("FOLLOWING {}/s", number(rate)),
        Place::Oldest => "from the oldest".to_owned(),
        Place::From(at) => format!("from {}", since(*at)),
        Place::Until(at) => format!("until {}", since(*at)),
        Place::Ago(ms) => format!("from {} ago", duration(*ms)),
        Place::Elapsed(ms) => format!("from {}", clock(*ms)),
        Place::Sequence(number) => format!("from sequence number {number}"),
    };
    format!("{stream}, {whose}{key}  {how}")
}

/// How many of the records are here.
fn drawn(tail: &TailView, shown: usize) -> String {
    match (tail.one_in, tail.looked_at) {
        (0 | 1, 0) => many(shown, "record"),
        (0 | 1, looked) => format!("{shown} found in {} looked through", number(looked as f64)),
        (one_in, _) => format!("1 of {one_in} drawn"),
    }
}

fn size(record: &TailRecord) -> String {
    let size = bytes(record.data_bytes as f64);
    match &record.aggregated {
        Some(Aggregated { records, .. }) => format!("{size}   aggregated, {records} inside"),
        None => size,
    }
}

/// What is known of a record besides its data.
fn facts(record: &TailRecord, snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let age = duration(snapshot.now.since(record.arrival));
    let arrived = clock_from(snapshot.started, record.arrival);
    vec![
        ("shard", record.shard.to_string()),
        ("sequence", record.sequence.to_string()),
        ("key", format!("{}   hash {}", record.partition_key, record.hash_key.short())),
        ("arrived", format!("{arrived}   {age} ago")),
        ("size", size(record)),
    ]
}

fn body(state: &State, record: &TailRecord, width: u16, paint: Paint<'_>) -> Vec<Line<'static>> {
    let data = &record.data;
    let raw = || json::raw(data, width, paint);
    match state.records.look {
        RecordLook::Json => match json::json(&json_of(record), &state.records.folds) {
            Some(lines) => lines.iter().map(|line| line.painted(paint)).collect(),
            None => raw(),
        },
        RecordLook::Hex => json::hex(data, paint),
        RecordLook::Raw => raw(),
    }
}

fn detail(
    state: &State,
    record: &TailRecord,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let (above, focus) = ("J json  H hex  R raw  w fold", state.focus_of(Panel::Record));
    let inner = Frame { title: "Record", above, below: "", focus, paint }.draw(area, buffer);
    let style = |meaning| paint.theme.style(meaning);
    let mut lines: Vec<Line<'_>> = match inner.height {
        0..8 => vec![Line::styled(
            format!("{} {}", record.shard.short(), record.sequence),
            style(Meaning::Muted),
        )],
        _ => facts(record, snapshot)
            .into_iter()
            .map(|(name, value)| cells::fact((name, 9), value, Meaning::Text, paint))
            .chain([Line::raw("")])
            .collect(),
    };
    let body = body(state, record, inner.width, paint);
    let first = lines.len();
    let at = first + state.records.line.min(body.len().saturating_sub(1));
    lines.extend(body);
    if record.data.len() < record.data_bytes {
        let said = format!("the first {} of it", bytes(record.data.len() as f64));
        lines.push(Line::styled(said, style(Meaning::Muted)));
    }
    let here = state.focus_of(Panel::Record) == Focus::Here;
    let height = usize::from(inner.height);
    // The line under the cursor is in view, and what is above it as far as there is room.
    let from = if here { (at + 1).saturating_sub(height) } else { 0 };
    let hidden = lines.len().saturating_sub(from + height);
    if hidden > 0 && height > 0 && !here {
        lines.truncate(height - 1);
        let said = format!("{} {} lines more", paint.symbols.ellipsis, hidden + 1);
        lines.push(Line::styled(said, style(Meaning::Muted)));
    }
    for ((nth, line), row) in lines.iter().enumerate().skip(from).zip(inner.rows()) {
        write_line(line, row, buffer, paint.symbols.ellipsis);
        if here && nth == at {
            buffer.set_style(row, style(Meaning::Selection));
        }
    }
}

/// Beside each other where there is room, else above each other, else only the table.
fn layout(area: Rect) -> [Rect; 2] {
    let (aside, below) = match (area.width, area.height) {
        (110.., 12..) => (area.width * 2 / 5, 0),
        (_, 16..) => (0, area.height * 2 / 5),
        _ => (0, 0),
    };
    match below {
        0 => Layout::horizontal([Constraint::Fill(1), Constraint::Length(aside)]).areas(area),
        _ => Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area),
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    browse: &Browse,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let records = state.records(snapshot);
    let shown = state.record_at(&records);
    let [table, beside] = match shown {
        Some(_) => layout(area),
        None => [area, Rect::default()],
    };
    let parts = [(Panel::Records, table), (Panel::Record, beside)];
    for (panel, place) in state.shown(area, &parts) {
        paint.targets.add(place, Click::Focus(panel));
        match (panel, shown) {
            (Panel::Record, Some(at)) => detail(state, records[at], snapshot, paint, place, buffer),
            // Nothing is chosen yet.
            (Panel::Record, None) => {}
            _ => page(state, snapshot, browse, (&records, shown), paint, place, buffer),
        }
    }
}

/// The records and which of them is chosen.
fn page(
    state: &State,
    snapshot: &Snapshot,
    browse: &Browse,
    (records, shown): (&[&TailRecord], Option<usize>),
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = title(state, snapshot, browse);
    let focus = state.focus_of(Panel::Records);
    let unseen = state.records_unseen(snapshot);
    let drawn = match unseen {
        Some(_) => String::new(),
        None => drawn(state.tail(snapshot), records.len()),
    };
    let frame = Frame { title: &title, above: "", below: &drawn, focus, paint };
    let inner = frame.draw(area, buffer);
    let selected = shown.map(|at| id(records[at]));
    let table = Table {
        panel: Panel::Records,
        columns: columns::of(Panel::Records),
        rows: records.iter().map(|record| row(record, snapshot, paint)).collect(),
        selected: selected.as_deref(),
        marks: &state.marks,
        focus,
        sort: None,
        empty: unseen.as_deref().unwrap_or(match state.filter.is_empty() {
            true => "no records here",
            false => "no record passes the filter",
        }),
        paint,
    };
    table.render(inner, buffer);
}
