//! A bar against a limit.

use ratatui::text::Span;

use crate::console::Paint;

/// A bar of `width` columns filled to `share` (1 is the limit; more fills it and is shown as
/// critical), in eighths of a column.
#[must_use]
pub fn bar<'a>(share: f64, width: u16, paint: Paint<'_>) -> Span<'a> {
    Span::styled(glyphs(share, width, paint), paint.theme.judged(share))
}

/// The same bar as plain glyphs, padded with blanks to its width.
#[must_use]
pub fn glyphs(share: f64, width: u16, paint: Paint<'_>) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mut eighths = (share * f64::from(width) * 8.0).round() as usize;
    if share > 0.0 {
        eighths = eighths.max(1).min(usize::from(width) * 8);
    }
    let parts = paint.symbols.parts;
    let mut text = parts[7].repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push_str(parts[eighths % 8 - 1]);
    }
    text + &" ".repeat(usize::from(width) - eighths.div_ceil(8))
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;
    use crate::console::{testing, theme::Meaning};

    fn bars(buffer: &mut Buffer, paint: Paint<'_>) {
        for (y, share) in (0..).zip([0.0, 0.001, 0.25, 0.99, 1.0, 3.0, f64::NAN]) {
            let text = format!("{}|", bar(share, 6, paint).content);
            buffer.set_string(0, y, text, ratatui::style::Style::new());
        }
    }

    #[test]
    fn a_bar_without_room_is_nothing() {
        testing::drawn(1, 1, |_, paint| assert_eq!(glyphs(0.5, 0, paint), ""));
    }

    #[test]
    fn a_bar_fills_in_eighths_and_shows_the_least_of_something() {
        assert_eq!(
            testing::drawn(7, 7, bars),
            "      |\n▏     |\n█▌    |\n██████|\n██████|\n██████|\n      |\n"
        );
        assert_eq!(
            testing::drawn_ascii(7, 3, |b, p| {
                let full = Buffer::empty(Rect::new(0, 0, 7, 7));
                let mut all = full;
                bars(&mut all, p);
                b.set_string(
                    0,
                    0,
                    crate::console::export::text(&all).lines().nth(2).expect("row"),
                    ratatui::style::Style::new(),
                );
            }),
            "#=    |\n\n\n"
        );
    }

    #[test]
    fn a_bar_at_its_limit_is_critical() {
        let theme = crate::console::theme::built_in("dark").expect("built in");
        let targets = crate::console::target::Targets::default();
        let symbols = &crate::console::symbols::UNICODE;
        let paint = Paint { theme: &theme, symbols, targets: &targets };
        assert_eq!(bar(1.2, 4, paint).style, theme.style(Meaning::Crit));
        assert_eq!(bar(0.85, 4, paint).style, theme.style(Meaning::Warn));
        assert_eq!(bar(0.2, 4, paint).style, theme.style(Meaning::Ok));
    }
}
