//! The last row: which keys there are, as far as they fit.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::command::{Scope, Screen, fits_elsewhere};
use crate::console::Paint;
use crate::console::key::Key;
use crate::console::keymap::Bound;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::snapshot::Snapshot;

/// How the command of a key is called among the hints of the focused panel; what every screen has
/// in common goes without saying.
fn hint(bound: &Bound, state: &State, snapshot: &Snapshot) -> Option<String> {
    let unfit = snapshot.far.is_some() && !fits_elsewhere(bound.spec);
    if unfit || !state.may(bound.spec) {
        return None;
    }
    let word = match bound.spec.name {
        "open" => match state.panel() {
            Panel::Streams | Panel::Flow | Panel::Producers => "open",
            Panel::Shards | Panel::Map | Panel::Lineage | Panel::Details => "records",
            Panel::Heat => "shard",
            Panel::Consumers
            | Panel::Lanes
            | Panel::Age
            | Panel::Top
            | Panel::Errors
            | Panel::Transforms
            | Panel::Stages
            | Panel::Sample
            | Panel::Producer => "stream",
            Panel::Problems => "why",
            Panel::Why if state.screen == Screen::Problems => "why",
            Panel::Functions | Panel::Account | Panel::Why | Panel::History => "consumers",
            Panel::Events => "log",
            Panel::Records => "look inside",
            Panel::Record => "fold",
            Panel::Costs | Panel::System | Panel::Log | Panel::Help => return None,
            Panel::Targets => "only this",
            Panel::Courses => "do it",
            Panel::Sessions | Panel::Session => "open it",
            Panel::Themes | Panel::ThemeSample => "keep it",
            Panel::Spent => return None,
        },
        "demo" => "play it",
        "what-if" if bound.words.is_empty() => "what-if",
        "what-if" => "your own",
        "price" => "price",
        "look" => return Some(bound.words.clone()),
        "fold" if matches!(state.panel(), Panel::Records | Panel::Record) => "fold all",
        "log" => return Some(bound.words.clone()),
        "move" if bound.words == "left" && state.screen == Screen::Logs => "level",
        "clock" if bound.words == "toggle" => "clock",
        "next-problem" | "cure" => bound.spec.name,
        "freeze" | "zoom" | "undo" | "metric" | "fold" => bound.spec.name,
        "span" if is_in_time(state.panel()) => {
            return Some(format!("span {}", bound.words));
        }
        // Digits open screens, as the tabs say.
        _ if matches!(bound.key, Key::Char('0'..='9')) => return None,
        name if bound.spec.scope == Scope::World && name != "clock" => name,
        _ => return None,
    };
    Some(word.to_owned())
}

/// Does a panel show time, so that its span can be changed?
fn is_in_time(panel: Panel) -> bool {
    matches!(panel, Panel::Flow | Panel::Heat | Panel::Age | Panel::Spent | Panel::History)
}

/// The keys of this place by the live key map, `open` first, the common ones last.
fn hints_of(state: &State, snapshot: &Snapshot) -> Vec<(Key, String)> {
    let mut told: Vec<(u8, Key, String)> = Vec::new();
    for bound in state.keys.on(state.screen.kind()) {
        let rank = match bound.spec.name {
            "open" => 0,
            "freeze" | "zoom" | "undo" | "clock" => 2,
            _ => 1,
        };
        if let Some(word) = hint(bound, state, snapshot)
            && !told.iter().any(|(_, _, other)| *other == word)
        {
            told.push((rank, bound.key, word));
        }
    }
    told.sort_by_key(|(rank, ..)| *rank);
    told.into_iter().map(|(_, key, word)| (key, word)).collect()
}

/// Draws a hint at `x`, as something to click; answers where it ends.
pub(super) fn draw_hint(
    (key, word): (Key, &str),
    x: u16,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) -> u16 {
    let theme = paint.theme;
    let room = |at: u16| usize::from(row.right().saturating_sub(at));
    let (at, _) = buffer.set_stringn(x, row.y, key.to_string(), room(x), theme.style(Meaning::Key));
    let word = format!(" {word}");
    let (end, _) = buffer.set_stringn(at, row.y, word, room(at), theme.style(Meaning::Muted));
    paint.targets.add(Rect { x, width: end - x, ..row }, Click::Press(key));
    end
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    row: Rect,
    buffer: &mut Buffer,
) {
    let kind = state.screen.kind();
    let out = if state.screen == Screen::Overview { ("out", "leave") } else { ("back", "back") };
    let search = if state.panel() == Panel::Log { "search" } else { "filter" };
    let common = [("search", search), ("line", "command"), ("help", "help"), out];
    let from = if row.width >= 100 { 0 } else { 2 };
    let last: Vec<(Key, &str)> = common[from..]
        .iter()
        .filter_map(|(name, word)| Some((state.keys.key_of(kind, name)?, *word)))
        .collect();
    let wide = |key: Key, word: &str| {
        u16::try_from(key.to_string().chars().count() + word.len() + 3).unwrap_or(u16::MAX)
    };
    let reserved: u16 = last.iter().map(|(key, word)| wide(*key, word)).sum();
    let mut x = row.x + 1;
    for (key, word) in hints_of(state, snapshot) {
        if x.saturating_add(wide(key, &word)) + reserved <= row.right() + 1 {
            draw_hint((key, &word), x, paint, row, buffer);
            x += wide(key, &word);
        }
    }
    let mut at = (row.right() + 1).saturating_sub(reserved).max(row.x);
    for (key, word) in last {
        draw_hint((key, word), at, paint, row, buffer);
        at += wide(key, word);
    }
}
