//! Widgets: each draws one kind of thing into the area it is given, and keeps nothing.

pub mod bar;
pub mod chart;
pub mod dialog;
pub mod heat;
pub mod json;
pub mod lineage;
pub mod prompt;
pub mod shard_map;
pub mod sparkline;
pub mod table;

use ratatui::{
    buffer::Buffer,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::{Block, Widget},
};

use crate::console::format::{fit, squeezed};
use crate::console::{Paint, theme::Meaning};

/// Does a panel take the keys?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// It does: heavy border.
    Here,
    /// Another one does.
    Elsewhere,
}

/// The frame of a panel.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What the panel shows; it gives way to the remark above.
    pub title: &'a str,
    /// A remark at the right end of the upper border: the keys of this panel.
    pub above: &'a str,
    /// A remark at the right end of the lower border: how much of what there is is shown.
    pub below: &'a str,
    /// Does it take the keys?
    pub focus: Focus,
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

impl Frame<'_> {
    /// Draws it; answers the area inside.
    pub fn draw(self, area: Rect, buffer: &mut Buffer) -> Rect {
        let Self { title, above, below, focus, paint } = self;
        let (set, border) = match focus {
            Focus::Here => (paint.symbols.border_focus, Meaning::Focus),
            Focus::Elsewhere => (paint.symbols.border, Meaning::Muted),
        };
        let mut block = Block::bordered()
            .border_set(set)
            .border_style(paint.theme.style(border))
            .style(paint.theme.style(Meaning::Text));
        let remark = |text: &str| {
            let line = Line::styled(format!(" {text} "), paint.theme.style(Meaning::Muted));
            line.alignment(Alignment::Right)
        };
        let mut room = usize::from(area.width.saturating_sub(4));
        if !above.is_empty() {
            // The blank before it is the one behind the title.
            room = room.saturating_sub(above.len() + 1);
            block = block.title_top(remark(above));
        }
        if !below.is_empty() {
            block = block.title_bottom(remark(below));
        }
        let title = squeezed(title, room, paint.symbols.ellipsis);
        let title = Span::styled(format!(" {title} "), paint.theme.style(Meaning::Accent));
        block = block.title_top(title);
        let inner = block.inner(area);
        block.render(area, buffer);
        inner
    }
}

/// Draws the frame of a panel without remarks; answers the area inside.
pub fn framed(
    title: &str,
    focus: Focus,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    Frame { title, above: "", below: "", focus, paint }.draw(area, buffer)
}

/// Writes `line` into the first row of `area`, cut by columns, with an ellipsis where it was cut.
pub(crate) fn write_line(line: &Line<'_>, area: Rect, buffer: &mut Buffer, ellipsis: &str) {
    let mut x = area.x;
    let mut left = usize::from(area.width);
    if area.height == 0 {
        return;
    }
    let whole = line.width() <= left;
    for span in &line.spans {
        let room = if whole { left } else { left.min(span.width().max(1)) };
        let more = !whole && span.width() >= left;
        let text = if more {
            fit(&format!("{} ", span.content), room, ellipsis)
        } else {
            fit(&span.content, room, ellipsis)
        };
        let style = line.style.patch(span.style);
        let (next, _) = buffer.set_stringn(x, area.y, &text, left, style);
        left -= usize::from(next - x);
        x = next;
        if left == 0 {
            break;
        }
    }
}

/// Writes lines below each other, as many as there is room for.
pub(crate) fn write_lines<'a>(
    lines: impl IntoIterator<Item = Line<'a>>,
    area: Rect,
    buffer: &mut Buffer,
    ellipsis: &str,
) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        write_line(&line, row, buffer, ellipsis);
    }
}
