//! A series over time as an area: braille where the font has it, blocks of text where not.
//!
//! One series an area, on purpose: two braille lines that meet in a cell share one color, and one
//! of them seems to vanish. Gaps in the series are gaps in the picture.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::console::{Paint, theme::Meaning};

/// A chart, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// One value a second, oldest first.
    pub values: &'a [Option<f32>],
    /// How many of them fill the width; without it each has half a column.
    pub span: Option<usize>,
    /// The limit, drawn as a line when it is in view.
    pub limit: Option<f32>,
    /// How an axis value is written.
    pub label: fn(f64) -> String,
    /// Its color.
    pub meaning: Meaning,
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

impl Chart<'_> {
    fn top(&self, shown: &[Option<f32>]) -> f32 {
        let largest = shown.iter().flatten().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
        let limit = self.limit.filter(|limit| *limit > 0.0 && largest >= limit * 0.5);
        let top = limit.map_or(largest, |limit| largest.max(limit));
        if top > 0.0 { top } else { self.limit.filter(|limit| *limit > 0.0).unwrap_or(1.0) }
    }

    /// Dots that a value fills, of `height`; `None` where nothing was measured.
    fn dots(value: Option<f32>, top: f32, height: u16) -> Option<u16> {
        let value = value.filter(|value| value.is_finite())?;
        let share = (value / top).clamp(0.0, 1.0);
        let dots = (share * f32::from(height)).round() as u16;
        Some(if value > 0.0 { dots.max(1) } else { 0 })
    }

    fn axis(&self, area: Rect, top: f32, width: u16, buffer: &mut Buffer) {
        let style = self.paint.theme.style(Meaning::Muted);
        let last = area.height - 1;
        let label = |share: f64| (self.label)(f64::from(top) * share);
        // In whole units a half can look like one of the ends.
        let halves = area.height >= 7 && ![label(0.0), label(1.0)].contains(&label(0.5));
        for row in 0..area.height {
            let y = area.y + row;
            let share = 1.0 - f64::from(row) / f64::from(last.max(1));
            let told = row == 0 || row == last || (halves && row == last / 2);
            let text = if told { label(share) } else { String::new() };
            let edge = if told { self.paint.symbols.tick_right } else { self.paint.symbols.wall };
            let text = format!("{text:>width$} {edge}", width = usize::from(width) - 2);
            buffer.set_stringn(area.x, y, text, usize::from(width), style);
        }
    }

    fn column(&self, pair: [Option<u16>; 2], x: u16, area: Rect, buffer: &mut Buffer) {
        const LEFT: [u32; 4] = [0x40, 0x04, 0x02, 0x01];
        const RIGHT: [u32; 4] = [0x80, 0x20, 0x10, 0x08];
        let style = self.paint.theme.style(self.meaning);
        for row in 0..area.height {
            let below = (area.height - 1 - row) * 4;
            let mut bits = 0;
            for (dots, masks) in pair.into_iter().zip([LEFT, RIGHT]) {
                let filled = dots.unwrap_or(0).saturating_sub(below).min(4);
                bits |= masks[..usize::from(filled)].iter().sum::<u32>();
            }
            if bits == 0 {
                continue;
            }
            let cell = &mut buffer[(x, area.y + row)];
            cell.set_style(style);
            if self.paint.symbols.braille {
                let dots = char::from_u32(0x2800 + bits);
                cell.set_char(dots.expect("invariant: 8 bits of braille"));
            } else {
                let full = usize::from(bits.count_ones() > 4);
                cell.set_symbol(self.paint.symbols.area[full]);
            }
        }
    }
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.width < 3 || area.height == 0 {
            return;
        }
        let newest = |width: u16| {
            let count = self.span.unwrap_or(usize::from(width) * 2);
            &self.values[self.values.len().saturating_sub(count)..]
        };
        let top = self.top(newest(area.width));
        let widest = [0.0, 0.5, 1.0].map(|share| (self.label)(f64::from(top) * share).len());
        let axis = u16::try_from(widest.into_iter().max().unwrap_or(0)).unwrap_or(0) + 2;
        if axis + 2 > area.width {
            return;
        }
        self.axis(area, top, axis, buffer);
        let plot = Rect { x: area.x + axis, width: area.width - axis, ..area };
        let filling = self.span.map(|span| stretched(self.values, span, plot.width));
        let shown = filling.as_deref().unwrap_or_else(|| newest(plot.width));
        let height = plot.height * 4;
        if let Some(limit) = self.limit.filter(|limit| *limit > 0.0 && *limit <= top) {
            let dots = Chart::dots(Some(limit), top, height).unwrap_or(height).clamp(1, height);
            let y = plot.y + (height - dots) / 4;
            for x in plot.left()..plot.right() {
                let style = self.paint.theme.style(Meaning::Warn);
                buffer[(x, y)].set_symbol(self.paint.symbols.line).set_style(style);
            }
        }
        // Pairs are counted from the newest value, which stands at the right edge.
        for (place, pair) in shown.rchunks(2).enumerate() {
            let right = pair.last().copied().flatten();
            let left = if pair.len() == 2 { pair[0] } else { None };
            let x = plot.right() - 1 - u16::try_from(place).unwrap_or(0).min(plot.width - 1);
            let pair = [left, right].map(|value| Chart::dots(value, top, height));
            self.column(pair, x, plot, buffer);
        }
    }
}

/// The last `span` values over `width` columns of two places each: a value over several places, or
/// the largest of several in one. Where there are fewer values, the left stays empty.
fn stretched(values: &[Option<f32>], span: usize, width: u16) -> Vec<Option<f32>> {
    let places = usize::from(width) * 2;
    let missing = span.saturating_sub(values.len());
    let values = &values[values.len().saturating_sub(span)..];
    let place = |at: usize| {
        let from = at * span / places;
        let to = ((at + 1) * span / places).max(from + 1);
        let of = |second: usize| second.checked_sub(missing).and_then(|at| values.get(at).copied());
        (from..to).filter_map(of).flatten().reduce(f32::max)
    };
    (0..places).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{format::number, testing};

    fn chart<'a>(values: &'a [Option<f32>], limit: Option<f32>, paint: Paint<'a>) -> Chart<'a> {
        Chart { values, span: None, limit, label: number, meaning: Meaning::Input, paint }
    }

    fn drawn(width: u16, height: u16, values: &[Option<f32>], limit: Option<f32>) -> String {
        testing::drawn(width, height, |buffer, paint| {
            chart(values, limit, paint).render(buffer.area, buffer);
        })
    }

    #[test]
    fn an_area_rises_to_its_values_with_the_newest_at_the_right() {
        let values: Vec<_> = (1..=8).map(|value| Some(value as f32)).collect();
        assert_eq!(drawn(10, 2, &values, None), "8.00 ┤  ⣠⣾\n   0 ┤⣠⣾⣿⣿\n");
    }

    #[test]
    fn a_span_fills_the_width_whether_it_is_short_or_long() {
        let short = [None, Some(1.0), Some(2.0)];
        assert_eq!(stretched(&short, 2, 2), [Some(1.0), Some(1.0), Some(2.0), Some(2.0)]);
        assert_eq!(stretched(&short, 4, 2), [None, None, Some(1.0), Some(2.0)]);
        let long: Vec<_> = (1..=8).map(|value| Some(value as f32)).collect();
        assert_eq!(stretched(&long, 8, 1), [Some(4.0), Some(8.0)], "the largest is never lost");
        assert_eq!(stretched(&[], 8, 1), [None, None]);
    }

    #[test]
    fn gaps_in_the_series_are_gaps_in_the_picture() {
        let values = [Some(4.0), Some(4.0), None, None, Some(4.0), Some(4.0)];
        assert_eq!(drawn(9, 1, &values, None), "4.00 ┤⣿ ⣿\n");
    }

    #[test]
    fn a_limit_in_view_is_a_line_and_sets_the_scale() {
        let values = [Some(5.0), Some(5.0)];
        assert_eq!(drawn(9, 2, &values, Some(8.0)), "8.00 ┤──⣀\n   0 ┤  ⣿\n");
        assert_eq!(drawn(9, 2, &[Some(1.0), Some(1.0)], Some(8.0)), "1.00 ┤  ⣿\n   0 ┤  ⣿\n");
    }

    #[test]
    fn nothing_tiny_and_ascii_are_drawn_too() {
        assert_eq!(drawn(9, 2, &[], None), "1.00 ┤\n   0 ┤\n");
        assert_eq!(drawn(4, 2, &[Some(1.0)], None), "\n\n");
        let ascii = testing::drawn_ascii(9, 2, |buffer, paint| {
            chart(&[Some(1.0), Some(1.0), Some(2.0), Some(2.0)], None, paint)
                .render(buffer.area, buffer);
        });
        assert_eq!(ascii, "2.00 +  #\n   0 + ##\n");
    }
}
