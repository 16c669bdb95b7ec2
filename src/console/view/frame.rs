//! The rows around every screen: the first always says how the world is, the second where one is,
//! the last two what was said and which keys there are.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::command::{Screen, ScreenKind};
use crate::console::format::{clock, duration, many, mib, number, squeezed};
use crate::console::key::Key;
use crate::console::state::{Notice, State};
use crate::console::symbols::Symbols;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{LATE_MS, alarming};
use crate::console::view::{cells, endpoint};
use crate::console::widget::write_line;
use crate::console::{Paint, format};
use crate::snapshot::{FarView, Snapshot};

/// A piece of a row that goes whole or stays whole; the largest number goes first.
struct Item {
    priority: u8,
    span: Span<'static>,
    click: Option<Click>,
}

impl Item {
    /// The same, as something to click.
    fn does(self, click: Click) -> Self {
        Self { click: Some(click), ..self }
    }

    /// The same, opening a screen by its line.
    fn opens(self, line: &str) -> Self {
        self.does(Click::Line(line.to_owned()))
    }
}

fn item(priority: u8, text: impl Into<String>, meaning: Meaning, paint: Paint<'_>) -> Item {
    Item { priority, span: Span::styled(text.into(), paint.theme.style(meaning)), click: None }
}

/// The items that fit into `width`, in order.
fn fitting(mut items: Vec<Item>, width: u16) -> Vec<Item> {
    let wide = |items: &[Item]| items.iter().map(|item| item.span.width()).sum::<usize>();
    while items.len() > 1 && wide(&items) > usize::from(width) {
        let Some(least) = (0..items.len()).max_by_key(|at| items[*at].priority) else { break };
        items.remove(least);
    }
    items
}

/// Draws the items that fit, and says what a click on each does.
fn draw(items: Vec<Item>, paint: Paint<'_>, row: Rect, buffer: &mut Buffer) {
    let mut x = row.x;
    let mut spans = Vec::new();
    for Item { span, click, .. } in fitting(items, row.width) {
        let width = u16::try_from(span.width()).unwrap_or(u16::MAX).min(row.right() - x);
        if let Some(click) = click {
            paint.targets.add(Rect { x, width, ..row }, click);
        }
        x += width;
        spans.push(span);
    }
    write_line(&Line::from(spans), row, buffer, paint.symbols.ellipsis);
}

/// Is it the present that is shown?
fn status(state: &State, snapshot: &Snapshot, paint: Paint<'_>) -> (&'static str, String, Meaning) {
    let symbols = paint.symbols;
    let behind = state.past.newest().map_or(0, |newest| newest.since(snapshot.now));
    let word = match (state.frozen.is_some(), state.replayed, snapshot.clock.paused) {
        (true, true, _) => format!("REPLAY -{}", clock(behind)),
        (true, false, _) => "PICTURE PAUSED".to_owned(),
        (false, _, true) => "CLOCK PAUSED".to_owned(),
        (false, _, false) => return running(snapshot, symbols),
    };
    (symbols.paused, word, Meaning::Warn)
}

/// What is said of a world that runs, or of an endpoint that is watched.
fn running(snapshot: &Snapshot, symbols: &Symbols) -> (&'static str, String, Meaning) {
    match &snapshot.far {
        None => (symbols.open, "LIVE".to_owned(), Meaning::Ok),
        Some(FarView { trouble: None, .. }) => (symbols.open, "REMOTE".to_owned(), Meaning::Ok),
        Some(FarView { trouble: Some(_), .. }) => {
            (symbols.crit, "REMOTE".to_owned(), Meaning::Crit)
        }
    }
}

/// What flows, what is throttled, and how far readers are behind, as far as that is known.
fn rates(snapshot: &Snapshot, paint: Paint<'_>, width: u16) -> [Item; 3] {
    let symbols = paint.symbols;
    let told = |text: String| cells::flow(snapshot, text, paint);
    let totals = snapshot.totals();
    let all = snapshot.sees_others();
    let (taken, given) = (told(mib(totals.in_bytes)), told(mib(totals.out_bytes)));
    let flow = match width >= 70 && all {
        true => format!("  in {taken} out {given} MiB/s"),
        false => format!("  in {taken} MiB/s"),
    };
    let throttled = totals.write_throttled + totals.read_throttled;
    let oldest_ms = snapshot.iterator_age_max_ms();
    let (alarm, late) = match snapshot.is_silent() {
        true => (Meaning::Muted, Meaning::Text),
        false if oldest_ms >= LATE_MS => (alarming(throttled), Meaning::Warn),
        false => (alarming(throttled), Meaning::Text),
    };
    let what = if width >= 110 { "throttled " } else { "" };
    let throttled = format!(" {} {what}{}/s", symbols.crit, told(number(throttled)));
    let age = if all { told(duration(oldest_ms)) } else { symbols.absent.to_owned() };
    [
        item(6, flow, Meaning::Input, paint).opens("streams"),
        item(2, throttled, alarm, paint).opens("logs"),
        item(3, format!("  age {age}"), late, paint).opens("consumers"),
    ]
}

pub(super) fn header(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let (symbols, text) = (paint.symbols, Meaning::Text);
    let (mark, word, meaning) = status(state, snapshot, paint);
    let [flow, throttled, age] = rates(snapshot, paint, row.width);
    let unsynced = match snapshot.log_unsynced_bytes {
        0 => String::new(),
        bytes => format!(" unsynced {}", format::bytes(bytes as f64)),
    };
    let toggle = match state.frozen.is_some() {
        true if state.replayed => "time live",
        true => "freeze",
        false => "clock toggle",
    };
    // An endpoint has no clock that runs faster.
    let speed = match snapshot.shows_streams_alone() {
        true => String::new(),
        false => format!(" {}{}", symbols.times, snapshot.clock.speed),
    };
    let items = vec![
        item(10, " watershed", Meaning::Accent, paint).opens("help"),
        item(0, format!(" {mark} {word}"), meaning, paint).opens(toggle),
        item(5, speed, text, paint),
        item(4, format!(" {}", clock(snapshot.elapsed_ms())), text, paint),
        item(8, format!("  {}", many(snapshot.streams.len(), "stream")), text, paint)
            .opens("streams"),
        item(7, format!(" {}", many(snapshot.open_shards(), "shard")), text, paint)
            .opens("streams"),
        flow,
        throttled,
        age,
        item(9, unsynced, Meaning::Warn, paint),
    ];
    let badges = badges(state, paint);
    let width = badges.iter().map(|item| item.span.width()).sum::<usize>();
    let width = u16::try_from(width).unwrap_or(u16::MAX).min(row.width);
    let right = Rect { x: row.right() - width, width, ..row };
    draw(items, paint, Rect { width: row.width - width, ..row }, buffer);
    draw(badges, paint, right, buffer);
}

/// What is always told at the right: is it recorded, may the world be changed?
fn badges(state: &State, paint: Paint<'_>) -> Vec<Item> {
    let (word, meaning, line) = match state.writable() {
        true => ("RW", Meaning::Muted, "ro"),
        false => ("RO", Meaning::Warn, "rw"),
    };
    let recorded = state.recording.iter().map(|_| {
        let text = format!(" {} REC", paint.symbols.open);
        item(0, text, Meaning::Crit, paint).opens("record stop")
    });
    recorded.chain([item(1, format!(" {word} "), meaning, paint).opens(line)]).collect()
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
        Screen::Costs => "costs".to_owned(),
        Screen::System => "system".to_owned(),
        Screen::Records(browse) => format!("streams{step}{}{step}records", browse.stream),
        Screen::Problems => "problems".to_owned(),
        Screen::Logs => "logs".to_owned(),
        Screen::Sessions => "sessions".to_owned(),
        Screen::Themes => "themes".to_owned(),
    };
    let (filter, look) = match (state.filter.as_str(), state.filter_fault()) {
        ("", _) => (String::new(), Meaning::Key),
        (filter, None) => (format!("  /{filter}"), Meaning::Key),
        // What there is instead stands in the prompt; here it would push the filter itself away.
        (filter, Some(why)) => {
            let what = why.split_once(": ").map_or(why, |(what, _)| what);
            (format!("  /{filter}  {what}"), Meaning::Warn)
        }
    };
    let marks = match (state.queue.len(), state.marks.len()) {
        (0, 0) => String::new(),
        (0, count) => format!("  {count} marked"),
        (count, _) => format!("  {count} to do, esc stops"),
    };
    let shown = squeezed(&place, usize::from(row.width) / 2, paint.symbols.ellipsis);
    let unsaved = if snapshot.unsaved { "*" } else { "" };
    let mut items = vec![
        item(0, format!(" {shown}"), Meaning::Accent, paint).opens("streams"),
        item(1, filter, look, paint),
        item(1, marks, Meaning::Key, paint),
    ];
    let used = |items: &[Item]| items.iter().map(|item| item.span.width()).sum::<usize>();
    let title = format!("  {}{unsaved} ", snapshot.session);
    let seed = format!(" seed {} ", snapshot.seed);
    let right = Span::raw(&title).width();
    let mut room = usize::from(row.width).saturating_sub(used(&items) + right);
    let tabs = tabs(state, paint);
    // The tab of this screen says where one is as well as the place does, if it is seen.
    let kind = state.screen.kind();
    let told = place == kind.spec().name && state.keys.key_of(kind, &place).is_some();
    let without = room + used(&items[..1]);
    if told && used(&tabs) > room && used(&tabs) <= without {
        room = without;
        items.remove(0);
    }
    if used(&tabs) <= room {
        room -= used(&tabs);
        items.extend(tabs);
    }
    let seeded = !snapshot.shows_streams_alone() && room >= seed.len();
    let seed = if seeded { seed } else { String::new() };
    items.push(item(3, " ".repeat(room - seed.len()), Meaning::Text, paint));
    items.push(item(3, title, Meaning::Muted, paint).opens("sessions"));
    items.push(item(4, seed, Meaning::Muted, paint));
    draw(items, paint, row, buffer);
}

/// The screens that a key opens, that key before each.
fn tabs(state: &State, paint: Paint<'_>) -> Vec<Item> {
    let here = state.screen.kind();
    let mut items = vec![item(2, "  ", Meaning::Muted, paint)];
    for kind in ScreenKind::ALL {
        let spec = kind.spec();
        let Some(key @ Key::Char('0'..='9')) = state.keys.key_of(here, spec.name) else { continue };
        let meaning = if kind == here { Meaning::Accent } else { Meaning::Muted };
        items.push(item(2, format!(" {key}"), Meaning::Key, paint).does(Click::Press(key)));
        items.push(item(2, format!(" {}", spec.name), meaning, paint).does(Click::Press(key)));
    }
    items
}

/// What was said last, or what there is to tell.
pub(super) fn notice(
    state: &State,
    snapshot: &Snapshot,
    caption: Option<&str>,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let symbols = paint.symbols;
    let far = snapshot.far.as_ref();
    let troubled = far.filter(|far| far.trouble.is_some());
    let (text, meaning) = match (&state.notice, troubled, &snapshot.log_failure, caption) {
        (Some(Notice::Refused(text)), ..) => (format!(" {} {text}", symbols.warn), Meaning::Warn),
        (None, ..) if !state.asked.is_empty() => waits_for(state, far, symbols),
        // What was done before does not hide that nothing can be done now.
        (_, Some(far), ..) => endpoint::told(far, snapshot, symbols),
        (Some(Notice::Done(text)), ..) => (format!(" {} {text}", symbols.ok), Meaning::Ok),
        (Some(Notice::Undoable(text)), ..) => {
            (format!(" {} {text}   u undo", symbols.ok), Meaning::Ok)
        }
        (None, None, Some(why), _) => {
            (format!(" {} the log refuses writes: {why}", symbols.crit), Meaning::Crit)
        }
        (None, None, None, Some(caption)) => (format!(" {caption}"), Meaning::Accent),
        (None, None, None, None) => match far {
            Some(far) => endpoint::told(far, snapshot, symbols),
            None => return,
        },
    };
    let line = Line::styled(text, paint.theme.style(meaning));
    write_line(&line, row, buffer, symbols.ellipsis);
}

/// What was asked and is not answered yet.
fn waits_for(state: &State, far: Option<&FarView>, symbols: &Symbols) -> (String, Meaning) {
    let first = state.asked.front().map(|asked| asked.command.to_string()).unwrap_or_default();
    let more = match state.asked.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let whom = far.map_or("an answer", |far| &far.url);
    let back = state.keys.key_of(state.screen.kind(), "back").unwrap_or(Key::Esc);
    let text = format!(" {} waiting for {whom}: `{first}`{more}   {back} gives up", symbols.open);
    (text, Meaning::Accent)
}
