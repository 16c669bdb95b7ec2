//! The bar of a demo: what is told, how far the story is, what comes next.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::console::Paint;
use crate::console::format::duration;
use crate::console::key::Key;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::hints::draw_hint;
use crate::console::widget::{bar, write_line};
use crate::snapshot::Snapshot;

/// From this height on the bar has two rows.
const TWO_ROWS_FROM: u16 = 20;
/// From this height on it has one.
const ONE_ROW_FROM: u16 = 12;
/// Columns of the bar that fills as the story goes on.
const BAR_COLUMNS: u16 = 16;

/// Rows that the bar takes from a screen.
pub(super) fn height(state: &State, area: Rect) -> u16 {
    match (state.demo, area.height) {
        (None, _) => 0,
        (Some(_), TWO_ROWS_FROM..) => 2,
        (Some(_), ONE_ROW_FROM..) => 1,
        (Some(_), _) => 0,
    }
}

pub(super) fn draw(
    state: &State,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.height == 0 {
        return;
    }
    let told = Rect { height: 1, ..area };
    let (text, meaning) = match &snapshot.caption {
        Some(caption) => (caption.clone(), Meaning::Accent),
        None => (snapshot.session.clone(), Meaning::Muted),
    };
    let styled = |text: String, meaning| Span::styled(text, paint.theme.style(meaning));
    let folded = styled(format!(" {} ", paint.symbols.folded), Meaning::Key);
    let line = Line::from(vec![folded, styled(text, meaning)]);
    write_line(&line, told, buffer, paint.symbols.ellipsis);
    if area.height > 1 {
        progress(state, snapshot, paint, Rect { y: area.y + 1, ..told }, buffer);
    }
}

/// How far the story is, what comes next, and the keys for it.
fn progress(state: &State, snapshot: &Snapshot, paint: Paint<'_>, row: Rect, buffer: &mut Buffer) {
    let story = &snapshot.story;
    let share = story.step as f64 / story.steps.max(1) as f64;
    let next = match &story.next {
        Some(next) => {
            let left = duration(next.at.since(snapshot.now));
            format!("next in {left}: {}", next.what)
        }
        None => "the end".to_owned(),
    };
    let styled = |text: String, meaning| Span::styled(text, paint.theme.style(meaning));
    let line = Line::from(vec![
        styled(format!("   {}", bar::glyphs(share, BAR_COLUMNS, paint)), Meaning::Accent),
        styled(format!(" {} of {}  ", story.step, story.steps), Meaning::Text),
        styled(next, Meaning::Muted),
    ]);
    let hints = hints(state, snapshot);
    let wide = |(key, word): &(Key, &str)| key.to_string().chars().count() + word.len() + 3;
    let wanted: usize = hints.iter().map(wide).sum();
    let reserved = u16::try_from(wanted).unwrap_or(u16::MAX).min(row.width / 2);
    write_line(&line, Rect { width: row.width - reserved, ..row }, buffer, paint.symbols.ellipsis);
    let mut x = row.right() - reserved + 1;
    for (key, word) in hints {
        if x < row.right() {
            x = draw_hint((key, word), x, paint, row, buffer) + 2;
        }
    }
}

/// The keys of who tells the story.
fn hints(state: &State, snapshot: &Snapshot) -> Vec<(Key, &'static str)> {
    let kind = state.screen.kind();
    let clock = if snapshot.clock.paused { "go on" } else { "pause" };
    let lines = [("clock next", "next"), ("clock toggle", clock), ("back", "end")];
    let told = if snapshot.story.next.is_some() { &lines[..2] } else { &lines[2..] };
    let key =
        |(line, word): &(&str, &'static str)| Some((state.keys.key_of_line(kind, line)?, *word));
    told.iter().filter_map(key).collect()
}
