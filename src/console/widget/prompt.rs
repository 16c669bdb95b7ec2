//! The line in which commands and filters are typed, and the list of what could be typed.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use super::{Focus, framed, write_line};
use crate::console::target::Click;
use crate::console::{Paint, format::fit, theme::Meaning};

/// Something that could be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The text.
    pub text: String,
    /// What it does.
    pub help: String,
}

/// A prompt, ready to be drawn: the list over the line.
#[derive(Clone, Debug)]
pub struct Prompt<'a> {
    /// `:` or `/`.
    pub sign: &'a str,
    /// What was typed.
    pub text: &'a str,
    /// What taking the best candidate would add.
    pub ghost: &'a str,
    /// Columns of the text before the cursor.
    pub cursor: u16,
    /// What Enter would do, or why it cannot.
    pub preview: Span<'a>,
    /// What could be typed.
    pub choices: &'a [Choice],
    /// Index of the chosen one.
    pub chosen: Option<usize>,
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

const LIST_ROWS_MAX: usize = 8;

impl Prompt<'_> {
    /// Columns of the text that are scrolled away on the left.
    fn scrolled(&self, row: Rect) -> u16 {
        (self.cursor + 4).saturating_sub(row.width)
    }

    /// Where the terminal's cursor stands.
    #[must_use]
    pub fn cursor(&self, row: Rect) -> Position {
        let x = row.x + 2 + self.cursor - self.scrolled(row);
        Position::new(x.min(row.right().saturating_sub(1)), row.y)
    }

    /// Draws the line into `row`, and the list over it as far as `above` has room.
    pub fn render(&self, row: Rect, above: Rect, buffer: &mut Buffer) {
        self.line(row.intersection(buffer.area), buffer);
        self.list(above.intersection(buffer.area), buffer);
    }

    fn line(&self, row: Rect, buffer: &mut Buffer) {
        if row.width < 4 || row.height == 0 {
            return;
        }
        let theme = self.paint.theme;
        Clear.render(row, buffer);
        buffer.set_style(row, theme.style(Meaning::Text));
        buffer.set_stringn(row.x + 1, row.y, self.sign, 1, theme.style(Meaning::Key));
        let mut hidden = usize::from(self.scrolled(row));
        let shown: String = Span::raw(self.text)
            .styled_graphemes(theme.style(Meaning::Text))
            .filter(|grapheme| {
                let wide = Span::raw(grapheme.symbol).width();
                let shown = hidden == 0;
                hidden = hidden.saturating_sub(wide);
                shown
            })
            .map(|grapheme| grapheme.symbol)
            .collect();
        let room = usize::from(row.width) - 2;
        let text = theme.style(Meaning::Text);
        let (end, _) = buffer.set_stringn(row.x + 2, row.y, shown, room, text);
        let room = usize::from(row.right() - end);
        let muted = theme.style(Meaning::Muted);
        let (end, _) = buffer.set_stringn(end, row.y, self.ghost, room, muted);
        let left = usize::from(row.right() - end);
        if left > 6 && !self.preview.content.is_empty() {
            let text = fit(&self.preview.content, left - 3, self.paint.symbols.ellipsis);
            let width = u16::try_from(Span::raw(text.as_str()).width()).unwrap_or(0);
            buffer.set_string(row.right() - 1 - width, row.y, text, self.preview.style);
        }
    }

    fn list(&self, above: Rect, buffer: &mut Buffer) {
        let rows =
            self.choices.len().min(LIST_ROWS_MAX).min(usize::from(above.height.saturating_sub(2)));
        if rows == 0 || above.width < 12 {
            return;
        }
        let texts = self.choices.iter().map(|c| Span::raw(c.text.as_str()).width());
        let texts = texts.max().unwrap_or(0);
        let helps = self.choices.iter().map(|c| Span::raw(c.help.as_str()).width());
        let width = texts + 3 + helps.max().unwrap_or(0) + 4;
        let width = u16::try_from(width).unwrap_or(u16::MAX).min(above.width);
        let height = u16::try_from(rows).unwrap_or(0) + 2;
        let place = Rect::new(above.x, above.bottom() - height, width, height);
        self.paint.targets.add(place, Click::Nothing);
        Clear.render(place, buffer);
        let inner = framed("Choices", Focus::Elsewhere, self.paint, place, buffer);
        let first = (self.chosen.unwrap_or(0) + 1).saturating_sub(rows);
        let theme = self.paint.theme;
        for (index, row) in (first..self.choices.len()).zip(inner.rows()) {
            let choice = &self.choices[index];
            let chosen = self.chosen == Some(index);
            let marker = if chosen { self.paint.symbols.selected } else { " " };
            let pad = texts - Span::raw(choice.text.as_str()).width() + 3;
            let line = Line::from(vec![
                Span::styled(marker, theme.style(Meaning::Accent)),
                Span::styled(choice.text.clone(), theme.style(Meaning::Text)),
                Span::raw(" ".repeat(pad)),
                Span::styled(choice.help.clone(), theme.style(Meaning::Muted)),
            ]);
            write_line(&line, row, buffer, self.paint.symbols.ellipsis);
            self.paint.targets.add(row, Click::Entry(index));
            if chosen {
                buffer.set_style(row, theme.style(Meaning::Selection));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn choices() -> Vec<Choice> {
        [("split", "divide a shard in two"), ("scale", "n equal shards")]
            .map(|(text, help)| Choice { text: text.to_owned(), help: help.to_owned() })
            .to_vec()
    }

    fn drawn(width: u16, height: u16, text: &str, cursor: u16) -> String {
        testing::drawn(width, height, |buffer, paint| {
            let row = Rect::new(0, height - 1, width, 1);
            let above = Rect::new(0, 0, width, height - 1);
            let (choices, preview) = (choices(), Span::raw("which stream?"));
            let prompt = Prompt {
                sign: ":",
                text,
                ghost: "",
                cursor,
                preview,
                choices: &choices,
                chosen: Some(1),
                paint,
            };
            prompt.render(row, above, buffer);
            assert!(row.contains(prompt.cursor(row)), "the cursor is on the line");
        })
    }

    #[test]
    fn the_list_stands_over_the_line_and_the_preview_at_its_right() {
        assert_eq!(
            drawn(40, 5, "s", 1),
            "╭ Choices ──────────────────────╮\n\
             │ split   divide a shard in two │\n\
             │▌scale   n equal shards        │\n\
             ╰───────────────────────────────╯\n :s                       which stream?\n"
        );
    }

    #[test]
    fn with_little_room_the_chosen_line_stays_and_the_text_scrolls_to_the_cursor() {
        assert_eq!(
            drawn(14, 4, "scale", 5),
            "╭ Choices ───╮\n│▌scale   n …│\n╰────────────╯\n :scale  whi…\n"
        );
        assert_eq!(drawn(10, 2, "abcdefghijkl", 12), "\n :ghijkl\n");
        assert_eq!(drawn(10, 1, "日本語日本語", 12), " :日本語\n");
    }
}
