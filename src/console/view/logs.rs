//! What was said, by whom and how loud: followed, searched, wrapped.

use log::{Level, LevelFilter};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::{clock_ms, fit, grouped};
use crate::console::logs::Heard;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::logs::{self, LogState, Speaker};
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::view::cells::{cell, table};
use crate::console::widget::table::Row;
use crate::console::widget::{Frame, write_line};

/// Columns of the list of targets.
const TARGETS: u16 = 34;
/// Columns before the text: cursor, time, level.
const LEAD: usize = 20;
/// Columns of a target's name.
const NAME: usize = 15;

fn meaning(level: Level) -> Meaning {
    match level {
        Level::Error => Meaning::Crit,
        Level::Warn => Meaning::Warn,
        Level::Info => Meaning::Text,
        Level::Debug | Level::Trace => Meaning::Muted,
    }
}

fn filter_word(level: LevelFilter) -> &'static str {
    level.to_level().map_or("none", logs::word)
}

fn targets(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let only = state.logs.only.as_deref();
    let row = |(name, speaker): (&String, &Speaker)| {
        let shown = only.is_none_or(|only| only == name);
        let look = if shown { Meaning::Text } else { Meaning::Muted };
        Row {
            id: name.clone(),
            mark: Span::raw(" "),
            cells: vec![
                cell(name.clone(), look, paint),
                cell(filter_word(speaker.level), look, paint),
                cell(grouped(speaker.lines as u64), look, paint),
            ],
        }
    };
    let passing =
        state.logs.speakers().filter(|(name, _)| state.passes(Panel::Targets, name, name));
    let rows = passing.map(row).collect();
    table(state, Panel::Targets, ("Targets", "nobody said anything"), rows, paint, area, buffer);
}

/// The title: does it follow, what is shown, what is looked for.
fn title(log: &LogState, matches: &[usize], at: Option<usize>) -> String {
    let follows = if log.at.is_none() { "FOLLOWING" } else { "HELD" };
    let level = filter_word(log.level);
    let only = log.only.as_ref().map(|only| format!("  only {only}")).unwrap_or_default();
    let wrap = if log.wrap { "  wrapped" } else { "" };
    let search = match log.search.as_str() {
        "" => String::new(),
        search => {
            let nth = matches.iter().position(|place| Some(*place) == at).map_or(0, |nth| nth + 1);
            format!("  /{search} {nth} of {}", matches.len())
        }
    };
    format!("Log  {follows}  {level}+{only}{wrap}{search}")
}

/// A text with the places of `wanted` in it marked.
fn marked<'a>(text: &str, wanted: &str, look: Meaning, paint: Paint<'a>) -> Vec<Span<'a>> {
    let style = paint.theme.style(look);
    let found = paint.theme.style(Meaning::Key).add_modifier(Modifier::REVERSED);
    let (lower, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    // Letters that change their length with their case would shift all places behind them.
    if wanted.is_empty() || lower.len() != text.len() {
        return vec![Span::styled(text.to_owned(), style)];
    }
    let mut spans = Vec::new();
    let mut from = 0;
    for (at, _) in lower.match_indices(&wanted) {
        let (Some(before), Some(here)) = (text.get(from..at), text.get(at..at + wanted.len()))
        else {
            continue;
        };
        spans.push(Span::styled(before.to_owned(), style));
        spans.push(Span::styled(here.to_owned(), found));
        from = at + wanted.len();
    }
    spans.push(Span::styled(text.get(from..).unwrap_or_default().to_owned(), style));
    spans
}

/// A text in pieces that are `width` columns wide at most; one piece unless it may be wrapped.
fn pieces(text: &str, width: usize, wrap: bool) -> Vec<String> {
    if !wrap || width == 0 {
        return vec![text.to_owned()];
    }
    let mut all = vec![String::new()];
    let mut used = 0;
    for grapheme in Span::raw(text).styled_graphemes(ratatui::style::Style::new()) {
        let wide = Span::raw(grapheme.symbol).width();
        if used + wide > width {
            all.push(String::new());
            used = 0;
        }
        all.last_mut().expect("invariant: begun with one").push_str(grapheme.symbol);
        used += wide;
    }
    all
}

/// The rows of one line of the log, without its cursor.
fn rows<'a>(line: &logs::Line, log: &LogState, width: u16, paint: Paint<'a>) -> Vec<Line<'a>> {
    let Heard { level, target, text } = &line.heard;
    let style = |look| paint.theme.style(look);
    let named = width >= 70; // else the text needs the room
    let lead = if named { LEAD + NAME + 1 } else { LEAD };
    let room = usize::from(width).saturating_sub(lead + 1);
    let texts = pieces(text, room, log.wrap);
    let row = |(nth, text): (usize, &String)| {
        let mut spans = match nth {
            0 => vec![
                Span::styled(format!(" {} ", clock_ms(line.at_ms)), style(Meaning::Muted)),
                Span::styled(format!("{:<5} ", logs::word(*level)), style(meaning(*level))),
            ],
            _ => vec![Span::raw(" ".repeat(lead))],
        };
        if named && nth == 0 {
            let name = fit(target, NAME, paint.symbols.ellipsis);
            let gap = " ".repeat((NAME + 1).saturating_sub(Span::raw(name.as_str()).width()));
            spans.extend(marked(&name, &log.search, Meaning::Accent, paint));
            spans.push(Span::raw(gap));
        }
        spans.extend(marked(text, &log.search, meaning(*level), paint));
        Line::from(spans)
    };
    texts.iter().enumerate().map(row).collect()
}

fn lines(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let log = &state.logs;
    let shown = log.shown();
    let at = log.place(&shown);
    let matches = log.matches(&shown);
    let (kept, dropped) = log.counts();
    let title = title(log, &matches, at);
    let counts = format!("{} kept, {} dropped", grouped(kept as u64), grouped(dropped));
    let focus = state.focus_of(Panel::Log);
    let inner = Frame { title: &title, above: "", below: &counts, focus, paint }.draw(area, buffer);
    let Some(at) = at else {
        let said = "nothing is shown: `l` shows more levels, `f` everybody";
        return write_line(&cell(said, Meaning::Muted, paint), inner, buffer, "");
    };
    // From the cursor upwards until the panel is full; below it what room is left.
    let height = usize::from(inner.height);
    let mut first = at;
    let mut taken = rows(shown[at], log, inner.width, paint).len();
    while let Some(above) = first.checked_sub(1) {
        taken += rows(shown[above], log, inner.width, paint).len();
        if taken > height {
            break;
        }
        first = above;
    }
    let mut places = inner.rows();
    for (nth, line) in shown.iter().enumerate().skip(first) {
        for (part, row) in rows(line, log, inner.width, paint).into_iter().enumerate() {
            let Some(place) = places.next() else { return };
            paint.targets.add(place, Click::Row(Panel::Log, line.serial.to_string()));
            write_line(&row, place, buffer, paint.symbols.ellipsis);
            if nth == at && part == 0 && log.at.is_some() {
                let style = paint.theme.style(Meaning::Accent);
                buffer.set_stringn(place.x, place.y, paint.symbols.selected, 1, style);
            }
            if nth == at && log.at.is_some() {
                buffer.set_style(place, paint.theme.style(Meaning::Selection));
            }
        }
    }
}

pub(super) fn draw(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let aside = if area.width >= 100 { TARGETS } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Length(aside), Constraint::Fill(1)]).areas(area);
    for (panel, place) in state.shown(area, &[(Panel::Log, right), (Panel::Targets, left)]) {
        paint.targets.add(place, Click::Focus(panel));
        match panel {
            Panel::Targets => targets(state, paint, place, buffer),
            _ => lines(state, paint, place, buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_in_whole_letters() {
        assert_eq!(pieces("abcdef", 4, true), ["abcd", "ef"]);
        assert_eq!(pieces("日本語", 3, true), ["日", "本", "語"]);
        assert_eq!(pieces("abcdef", 4, false), ["abcdef"]);
        assert_eq!(pieces("", 4, true), [""]);
    }
}
