//! A box over the screen that asks: a title, lines, and the keys that answer.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
    widgets::{Clear, Widget},
};

use super::{Focus, framed, write_line};
use crate::console::key::Key;
use crate::console::target::Click;
use crate::console::{Paint, theme::Meaning};

/// A dialog, ready to be drawn in the middle of its area.
#[derive(Clone, Debug)]
pub struct Dialog<'a> {
    /// What it is about.
    pub title: &'a str,
    /// What it says, a line a row.
    pub lines: Vec<Line<'a>>,
    /// Key and what it does, left to right.
    pub answers: &'a [(&'a str, &'a str)],
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

impl Dialog<'_> {
    fn answer_width(&self) -> usize {
        self.answers.iter().map(|(key, does)| Line::raw(*key).width() + does.len() + 6).sum()
    }

    /// Where it is drawn within `area`.
    #[must_use]
    pub fn place(&self, area: Rect) -> Rect {
        let widest = self.lines.iter().map(Line::width).max().unwrap_or(0);
        let title = Line::raw(self.title).width() + 4;
        let width = widest.max(self.answer_width()).max(title) + 4;
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(area.width);
        let height = u16::try_from(self.lines.len() + 4).unwrap_or(u16::MAX).min(area.height);
        let (x, y) = ((area.width - width) / 2, (area.height - height) / 2);
        Rect::new(area.x + x, area.y + y, width, height)
    }

    fn answers(&self, row: Rect, buffer: &mut Buffer) {
        let theme = self.paint.theme;
        let width = u16::try_from(self.answer_width()).unwrap_or(u16::MAX).min(row.width);
        let mut x = row.right() - width;
        for (key, does) in self.answers {
            let from = x;
            let room = usize::from(row.right() - x);
            let (next, _) =
                buffer.set_stringn(x, row.y, format!("  {key}"), room, theme.style(Meaning::Key));
            let room = usize::from(row.right() - next);
            let text = format!(" {does}   ");
            (x, _) = buffer.set_stringn(next, row.y, text, room, theme.style(Meaning::Text));
            if let Some(pressed) = Key::parse(key) {
                let place = Rect { x: from, width: x - from, height: 1, ..row };
                self.paint.targets.add(place, Click::Press(pressed));
            }
        }
    }
}

impl Widget for &Dialog<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let place = self.place(area.intersection(buffer.area));
        if place.width < 3 || place.height < 3 {
            return;
        }
        self.paint.targets.add(area, Click::Nothing);
        Clear.render(place, buffer);
        let inner = framed(self.title, Focus::Here, self.paint, place, buffer);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let text_rows = usize::from(inner.height.saturating_sub(1));
        for (line, row) in self.lines.iter().zip(inner.rows().take(text_rows)) {
            write_line(line, row, buffer, self.paint.symbols.ellipsis);
        }
        if let Some(last) = inner.rows().next_back() {
            self.answers(last, buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn drawn(width: u16, height: u16) -> String {
        testing::drawn(width, height, |buffer, paint| {
            for row in buffer.area.rows() {
                buffer.set_string(
                    0,
                    row.y,
                    "x".repeat(usize::from(row.width)),
                    paint.theme.style(Meaning::Text),
                );
            }
            let lines = vec![Line::raw("Delete stream orders?"), Line::raw("41,000 records go.")];
            let answers = &[("esc", "cancel"), ("y", "delete")];
            Dialog { title: "Delete", lines, answers, paint }.render(buffer.area, buffer);
        })
    }

    #[test]
    fn a_dialog_stands_in_the_middle_and_shows_its_keys() {
        assert_eq!(
            drawn(37, 8),
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n\
             xx┏ Delete ━━━━━━━━━━━━━━━━━━━━━━┓xxx\n\
             xx┃ Delete stream orders?        ┃xxx\n\
             xx┃ 41,000 records go.           ┃xxx\n\
             xx┃                              ┃xxx\n\
             xx┃   esc cancel     y delete    ┃xxx\n\
             xx┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛xxx\n\
             xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
        );
    }

    #[test]
    fn on_a_small_screen_the_keys_stay_and_lines_are_cut() {
        assert_eq!(
            drawn(16, 4),
            "┏ Delete ━━━━━━┓\n┃ Delete stre… ┃\n┃   esc cancel ┃\n┗━━━━━━━━━━━━━━┛\n"
        );
        assert_eq!(drawn(2, 2), "xx\nxx\n");
    }
}
