//! Values against a full one as cells: the glyph tells the level without color, the color more.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use crate::console::{Paint, theme::Meaning};

/// Levels that have a glyph of their own: nothing measured, nothing, some, much (from 40 %), a
/// warning (from 80 %), full.
pub const LEVELS: usize = 6;

/// The level of a value, 0 to 5.
#[must_use]
pub fn level(value: Option<f32>, full: f32) -> usize {
    let Some(value) = value.filter(|value| !value.is_nan()) else { return 0 };
    match value / full {
        share if share <= 0.0 => 1,
        share if share < 0.4 => 2,
        share if share < 0.8 => 3,
        share if share < 1.0 => 4,
        _ => 5,
    }
}

/// How a value looks.
#[must_use]
pub fn look<'a>(value: Option<f32>, full: f32, paint: Paint<'a>) -> (&'a str, Style) {
    let level = level(value, full);
    let style = match (level, value) {
        (0 | 1, _) | (_, None) => paint.theme.style(Meaning::Muted),
        (_, Some(value)) => paint.theme.heat(f64::from(value / full)),
    };
    (paint.symbols.heat[level], style)
}

/// Draws values from left to right.
pub fn strip(
    values: impl Iterator<Item = Option<f32>>,
    full: f32,
    (x, y): (u16, u16),
    paint: Paint<'_>,
    buffer: &mut Buffer,
) {
    for (value, x) in values.zip(x..buffer.area.right()) {
        let (glyph, style) = look(value, full, paint);
        buffer[(x, y)].set_symbol(glyph).set_style(style);
    }
}

/// Marks the cell under the cursor, whatever is in it.
pub fn mark((x, y): (u16, u16), buffer: &mut Buffer) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.set_style(Style::new().add_modifier(Modifier::REVERSED));
    }
}

/// The largest of several lines at each place, all aligned at their ends.
#[must_use]
pub fn largest<'a>(lines: impl Iterator<Item = &'a [Option<f32>]>) -> Vec<Option<f32>> {
    joined(lines, f32::max)
}

/// The sum of several lines at each place, all aligned at their ends.
#[must_use]
pub fn sum<'a>(lines: impl Iterator<Item = &'a [Option<f32>]>) -> Vec<Option<f32>> {
    joined(lines, |a, b| a + b)
}

fn joined<'a>(
    lines: impl Iterator<Item = &'a [Option<f32>]>,
    join: fn(f32, f32) -> f32,
) -> Vec<Option<f32>> {
    let mut all: Vec<Option<f32>> = Vec::new();
    for line in lines {
        if line.len() > all.len() {
            all.splice(0..0, std::iter::repeat_n(None, line.len() - all.len()));
        }
        for (one, value) in all.iter_mut().rev().zip(line.iter().rev()) {
            *one = match (*one, *value) {
                (Some(a), Some(b)) => Some(join(a, b)),
                (one, other) => one.or(other),
            };
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn cells(buffer: &mut Buffer, paint: Paint<'_>) {
        let values = [None, Some(0.0), Some(0.1), Some(0.5), Some(0.9), Some(1.0), Some(7.0)];
        strip(values.into_iter(), 1.0, (0, 0), paint, buffer);
    }

    #[test]
    fn every_level_has_its_glyph_with_and_without_unicode() {
        assert_eq!(testing::drawn(7, 1, cells), " ·░▒▓██\n");
        assert_eq!(testing::drawn_ascii(7, 1, cells), " .:+*##\n");
        assert_eq!(testing::drawn(3, 1, cells), " ·░\n", "what does not fit is left out");
    }

    #[test]
    fn something_is_never_drawn_as_nothing_and_nothing_never_as_a_gap() {
        assert_eq!(level(Some(1e-9), 1.0), 2);
        assert_eq!(level(Some(0.0), 1.0), 1);
        assert_eq!(level(Some(f32::NAN), 1.0), 0);
        assert_eq!(level(None, 1.0), 0);
    }

    #[test]
    fn lines_are_aligned_at_the_newest() {
        let (long, short) = ([Some(1.0), None, Some(3.0)], [Some(9.0)]);
        let most = largest([&long[..], &short[..]].into_iter());
        assert_eq!(most, [Some(1.0), None, Some(9.0)]);
        let all = sum([&long[..], &short[..]].into_iter());
        assert_eq!(all, [Some(1.0), None, Some(12.0)]);
    }
}
