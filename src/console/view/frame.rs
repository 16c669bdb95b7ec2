//! The rows around every screen: the first always says how the world is, the second where one is,
//! the last two what was said and which keys there are.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::command::{Binding, Screen, Spec, table};
use crate::console::Paint;
use crate::console::format::{clock, duration, mib, number};
use crate::console::state::{Notice, State};
use crate::console::theme::Meaning;
use crate::console::view::cells::{LATE_MS, alarming};
use crate::console::widget::write_line;
use crate::snapshot::Snapshot;

/// A piece of a row that goes whole or stays whole; the largest number goes first.
struct Item {
    priority: u8,
    span: Span<'static>,
}

fn item(priority: u8, text: impl Into<String>, meaning: Meaning, paint: Paint<'_>) -> Item {
    Item { priority, span: Span::styled(text.into(), paint.theme.style(meaning)) }
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The items that fit into `width`, in order.
fn fitting(mut items: Vec<Item>, width: u16) -> Line<'static> {
    let wide = |items: &[Item]| items.iter().map(|item| item.span.width()).sum::<usize>();
    while items.len() > 1 && wide(&items) > usize::from(width) {
        let Some(least) = (0..items.len()).max_by_key(|at| items[*at].priority) else { break };
        items.remove(least);
    }
    Line::from(items.into_iter().map(|item| item.span).collect::<Vec<_>>())
}

pub(super) fn header(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let symbols = paint.symbols;
    let totals = snapshot.totals();
    let (mark, word, meaning) = match (state.frozen.is_some(), snapshot.clock.paused) {
        (true, _) => (symbols.paused, "PICTURE PAUSED", Meaning::Warn),
        (false, true) => (symbols.paused, "CLOCK PAUSED", Meaning::Warn),
        (false, false) => (symbols.open, "LIVE", Meaning::Ok),
    };
    let refused = totals.write_throttled + totals.read_throttled;
    let alarm = alarming(refused);
    let oldest_ms = snapshot.iterator_age_max_ms();
    let late = if oldest_ms >= LATE_MS { Meaning::Warn } else { Meaning::Text };
    let text = Meaning::Text;
    let (taken, given) = (mib(totals.in_bytes), mib(totals.out_bytes));
    let flow = match row.width >= 70 {
        true => format!("  in {taken} out {given} MiB/s"),
        false => format!("  in {taken} MiB/s"),
    };
    let what = if row.width >= 100 { "refused " } else { "" };
    let items = vec![
        item(9, " watershed", Meaning::Accent, paint),
        item(0, format!(" {mark} {word}"), meaning, paint),
        item(4, format!(" {}{}", symbols.times, snapshot.clock.speed), text, paint),
        item(3, format!(" {}", clock(snapshot.elapsed_ms())), text, paint),
        item(7, format!("  {}", many(snapshot.streams.len(), "stream")), text, paint),
        item(6, format!(" {}", many(snapshot.open_shards(), "shard")), text, paint),
        item(5, flow, Meaning::Input, paint),
        item(1, format!("  {} {what}{}/s", symbols.crit, number(refused)), alarm, paint),
        item(2, format!("  age {}", duration(oldest_ms)), late, paint),
    ];
    write_line(&fitting(items, row.width), row, buffer, symbols.ellipsis);
}

/// Where one is, and what set-up this is.
pub(super) fn crumbs(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let step = format!(" {} ", paint.symbols.step);
    let place = match &state.screen {
        Screen::Overview => "streams".to_owned(),
        Screen::Stream(name) => format!("streams{step}{name}"),
        Screen::Heat(name) => format!("streams{step}{name}{step}heat"),
        Screen::Consumers(_) => "consumers".to_owned(),
        Screen::Concurrency => "concurrency".to_owned(),
        Screen::Transforms(_) => "transforms".to_owned(),
        Screen::Producers => "producers".to_owned(),
        Screen::Records(browse) => format!("streams{step}{}{step}records", browse.stream),
        Screen::Logs => "logs".to_owned(),
    };
    let filter = match state.filter.as_str() {
        "" => String::new(),
        filter => format!("  /{filter}"),
    };
    let unsaved = if snapshot.unsaved { "*" } else { "" };
    let mut items = vec![
        item(0, format!(" {place}"), Meaning::Accent, paint),
        item(1, filter, Meaning::Key, paint),
    ];
    let right = format!("{}{unsaved}  seed {} ", snapshot.session, snapshot.seed);
    let used: usize = items.iter().map(|item| item.span.width()).sum();
    let gap = usize::from(row.width).checked_sub(used + Span::raw(&right).width());
    if let Some(gap) = gap {
        items.push(item(3, " ".repeat(gap), Meaning::Text, paint));
        items.push(item(3, right, Meaning::Muted, paint));
    }
    write_line(&fitting(items, row.width), row, buffer, paint.symbols.ellipsis);
}

/// What was said last, or what there is to tell.
pub(super) fn notice(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let symbols = paint.symbols;
    let (text, meaning) = match (&state.notice, &snapshot.log_failure, &snapshot.caption) {
        (Some(Notice::Done(text)), ..) => (format!(" {} {text}", symbols.ok), Meaning::Ok),
        (Some(Notice::Undoable(text)), ..) => {
            (format!(" {} {text}   u undo", symbols.ok), Meaning::Ok)
        }
        (Some(Notice::Refused(text)), ..) => (format!(" {} {text}", symbols.warn), Meaning::Warn),
        (None, Some(why), _) => {
            (format!(" {} the log refuses writes: {why}", symbols.crit), Meaning::Crit)
        }
        (None, None, Some(caption)) => (format!(" {caption}"), Meaning::Accent),
        (None, None, None) => return,
    };
    let line = Line::styled(text, paint.theme.style(meaning));
    write_line(&line, row, buffer, symbols.ellipsis);
}

/// Keys of this screen: those of the table, in its order, then the common ones.
fn hints_of(screen: &Screen) -> Vec<(&'static str, String)> {
    let open = match screen {
        Screen::Overview => Some("open"),
        Screen::Stream(_) => Some("records"),
        Screen::Heat(_) => Some("shard"),
        Screen::Consumers(_) => Some("stream"),
        Screen::Concurrency => Some("consumers"),
        Screen::Transforms(_) | Screen::Producers => Some("stream"),
        Screen::Records(_) | Screen::Logs => None,
    };
    let mut hints: Vec<(&str, String)> =
        open.into_iter().map(|does| ("enter", does.to_owned())).collect();
    if *screen == Screen::Logs {
        let own = [("h l", "level"), ("f", "only this"), ("F", "follow"), ("PgUp", "older")];
        hints.extend(own.map(|(key, does)| (key, does.to_owned())));
    }
    let kind = screen.kind();
    let here = |binding: &&Binding| {
        let digit = binding.key.chars().all(|letter| letter.is_ascii_digit());
        binding.on.contains(&kind) && !digit && binding.key != "?"
    };
    let told = |spec: &&'static Spec| {
        let binding = spec.keys.iter().find(here)?;
        Some((binding.key, spec.name.to_owned()))
    };
    hints.extend(table().iter().filter_map(told));
    hints.extend([("/", "filter".to_owned()), (":", "command".to_owned())]);
    hints
}

pub(super) fn hints(state: &State, paint: Paint<'_>, row: Rect, buffer: &mut Buffer) {
    let theme = paint.theme;
    let (key, muted) = (theme.style(Meaning::Key), theme.style(Meaning::Muted));
    let last =
        if state.screen == Screen::Overview { "? help  q leave" } else { "? help  esc back" };
    let reserved = u16::try_from(last.len() + 1).unwrap_or(0);
    let mut x = row.x + 1;
    for (name, does) in hints_of(&state.screen) {
        let width = u16::try_from(name.len() + does.len() + 3).unwrap_or(u16::MAX);
        if x + width + reserved > row.right() {
            continue;
        }
        buffer.set_string(x, row.y, name, key);
        let at = x + u16::try_from(name.len()).unwrap_or(0) + 1;
        buffer.set_string(at, row.y, does, muted);
        x += width;
    }
    let mut at = row.right().saturating_sub(reserved).max(row.x);
    for (place, word) in last.split_whitespace().enumerate() {
        let style = if place % 2 == 0 { key } else { muted };
        let room = usize::from(row.right().saturating_sub(at));
        (at, _) = buffer.set_stringn(at, row.y, word, room, style);
        at += if place % 2 == 0 { 1 } else { 2 };
    }
}
