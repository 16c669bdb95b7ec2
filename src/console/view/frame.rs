//! The first row, which always says how the world is, and the last two: what was said, and keys.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{clock, duration, mib, number};
use crate::console::state::{Notice, Place, State};
use crate::console::theme::Meaning;
use crate::console::widget::write_line;
use crate::snapshot::Snapshot;

pub(super) fn header(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let (theme, symbols) = (paint.theme, paint.symbols);
    let totals = snapshot.totals();
    let frozen = state.frozen.is_some();
    let (mark, word, meaning) = match (frozen, snapshot.clock.paused) {
        (true, _) => (symbols.paused, "PICTURE PAUSED", Meaning::Warn),
        (false, true) => (symbols.paused, "CLOCK PAUSED", Meaning::Warn),
        (false, false) => (symbols.open, "LIVE", Meaning::Ok),
    };
    let refused = totals.write_throttled + totals.read_throttled;
    let age = snapshot.iterator_age_max_ms();
    let alarm = if refused > 0.0 { Meaning::Crit } else { Meaning::Muted };
    let text = theme.style(Meaning::Text);
    let line = Line::from(vec![
        Span::styled(format!(" {mark} {word} "), theme.style(meaning)),
        Span::styled(format!("{}{} ", symbols.times, snapshot.clock.speed), text),
        Span::styled(clock(snapshot.elapsed_ms()), text),
        Span::styled(
            format!("  {} streams {} shards", snapshot.streams.len(), snapshot.open_shards()),
            text,
        ),
        Span::styled(format!("  in {} MiB/s", mib(totals.in_bytes)), theme.style(Meaning::Input)),
        Span::styled(
            format!("  out {} MiB/s", mib(totals.out_bytes)),
            theme.style(Meaning::Output),
        ),
        Span::styled(format!("  {}{}/s", symbols.crit, number(refused)), theme.style(alarm)),
        Span::styled(format!("  age {}", duration(age)), text),
    ]);
    write_line(&line, row, buffer, symbols.ellipsis);
}

/// Keys with what they do, in the order of their use.
fn hints(place: &Place) -> &'static [(&'static str, &'static str)] {
    match place {
        Place::Overview => &[
            ("?", "help"),
            ("enter", "open"),
            ("s", "split hottest"),
            ("S", "scale x2"),
            ("D", "delete"),
            ("u", "undo"),
            ("p", "pause"),
            ("T", "theme"),
            ("q", "quit"),
        ],
        Place::Stream(_) => &[
            ("?", "help"),
            ("s", "split"),
            ("m", "merge"),
            ("S", "scale x2"),
            ("u", "undo"),
            ("p", "pause"),
            ("esc", "back"),
        ],
    }
}

pub(super) fn footer(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = paint.theme;
    let symbols = paint.symbols;
    let said = match (&state.notice, &snapshot.log_failure, &snapshot.caption) {
        (Some(Notice::Done(text)), ..) => {
            Line::styled(format!(" {} {text}", symbols.ok), theme.style(Meaning::Ok))
        }
        (Some(Notice::Refused(text)), ..) => {
            Line::styled(format!(" {} {text}", symbols.warn), theme.style(Meaning::Warn))
        }
        (None, Some(why), _) => {
            Line::styled(format!(" {} {why}", symbols.crit), theme.style(Meaning::Crit))
        }
        (None, None, Some(caption)) => {
            Line::styled(format!(" {caption}"), theme.style(Meaning::Accent))
        }
        (None, None, None) => {
            let said = format!(" {}  seed {}", snapshot.session, snapshot.seed);
            Line::styled(said, theme.style(Meaning::Muted))
        }
    };
    write_line(&said, Rect { height: 1, ..area }, buffer, symbols.ellipsis);
    let (mut x, y) = (area.x, area.y + 1);
    for (key, does) in hints(&state.place) {
        let width = u16::try_from(key.len() + does.len() + 3).unwrap_or(u16::MAX);
        if x + width > area.right() {
            break;
        }
        buffer.set_string(x + 1, y, key, theme.style(Meaning::Key));
        let at = x + 2 + u16::try_from(key.len()).unwrap_or(0);
        buffer.set_string(at, y, does, theme.style(Meaning::Muted));
        x += width;
    }
}
