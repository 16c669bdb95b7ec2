//! Floor 4: eyes and hands. A picture of the world becomes a frame; keys become commands.
//!
//! Invariants: everything but [`term`] is a pure function of its arguments and draws into a
//! buffer, so a test, a screenshot and the terminal show the same cells. Widgets never look at the
//! clock, never keep state between frames and never draw outside the area they were given.
//!
//! Absent on purpose: no color is named outside [`theme`], no glyph outside [`symbols`], no escape
//! sequence outside [`term`].

pub mod app;
pub mod columns;
pub mod desk;
pub mod export;
pub mod format;
pub mod key;
pub mod key_file;
pub mod keymap;
pub mod logs;
pub mod message;
pub mod order;
pub mod panel;
pub mod past;
pub mod recording;
pub mod rows;
pub mod sheet;
pub mod state;
pub mod still;
pub mod symbols;
pub mod target;
pub mod term;
pub mod theme;
pub mod theme_file;
pub mod update;
pub mod view;
pub mod widget;

use symbols::Symbols;
use target::Targets;
use theme::Theme;

/// What every widget draws with.
#[derive(Clone, Copy, Debug)]
pub struct Paint<'a> {
    /// Colors and attributes.
    pub theme: &'a Theme,
    /// Glyphs.
    pub symbols: &'a Symbols,
    /// Where to say what a click means.
    pub targets: &'a Targets,
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) mod testing {
    //! A small screen for tests: draw, then read it as text.

    use ratatui::{buffer::Buffer, layout::Rect};

    use super::{Paint, export, symbols, target::Targets, theme};

    /// Draws with the theme `dark` and Unicode glyphs.
    pub(crate) fn drawn(
        width: u16,
        height: u16,
        draw: impl FnOnce(&mut Buffer, Paint<'_>),
    ) -> String {
        export::text(&buffer(width, height, &symbols::UNICODE, draw))
    }

    /// Draws with the theme `mono` and ASCII glyphs.
    pub(crate) fn drawn_ascii(
        width: u16,
        height: u16,
        draw: impl FnOnce(&mut Buffer, Paint<'_>),
    ) -> String {
        let text = export::text(&buffer(width, height, &symbols::ASCII, draw));
        assert!(text.is_ascii(), "not ASCII:\n{text}");
        text
    }

    /// The cells themselves.
    pub(crate) fn buffer(
        width: u16,
        height: u16,
        symbols: &symbols::Symbols,
        draw: impl FnOnce(&mut Buffer, Paint<'_>),
    ) -> Buffer {
        let theme = theme::built_in("dark").expect("built in");
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw(&mut buffer, Paint { theme: &theme, symbols, targets: &Targets::default() });
        buffer
    }
}
