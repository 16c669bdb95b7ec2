//! The list of keys.

use ratatui::{buffer::Buffer, layout::Rect, text::Line, text::Span, widgets::Widget};

use crate::console::Paint;
use crate::console::theme::Meaning;
use crate::console::widget::dialog::Dialog;

const KEYS: &[(&str, &str)] = &[
    ("j k g G", "next, previous, first, last"),
    ("enter", "open the selected stream"),
    ("esc q", "back; at the overview q quits"),
    ("s", "split a shard, shown first"),
    ("m", "merge with the neighbor, shown first"),
    ("S", "scale to twice the shards, shown first"),
    ("D", "delete the stream, asked first"),
    ("u", "undo the last act"),
    ("p", "pause the picture; the engine runs on"),
    ("ctrl-p", "pause the engine's clock"),
    ("T", "next theme"),
    ("ctrl-l", "draw anew"),
    ("ctrl-z", "suspend"),
    ("ctrl-c", "quit"),
];

pub(super) fn draw(paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let line = |(key, does): &(&str, &'static str)| {
        Line::from(vec![
            Span::styled(format!("{key:<8} "), paint.theme.style(Meaning::Key)),
            Span::styled(*does, paint.theme.style(Meaning::Text)),
        ])
    };
    let lines = KEYS.iter().map(line).collect();
    let answers = &[("any key", "closes")];
    Dialog { title: "Keys", lines, answers, paint }.render(area, buffer);
}
