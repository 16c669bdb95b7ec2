//! A line of levels: one value a column, the newest at the right, gaps drawn as gaps.

use crate::console::Paint;

/// Glyphs of the newest `width` values. The scale runs from 0 to `limit`, or to the largest value
/// when there is no limit; nothing above 0 is drawn as nothing.
#[must_use]
pub fn spark(values: &[Option<f32>], width: u16, limit: Option<f32>, paint: Paint<'_>) -> String {
    let width = usize::from(width);
    let shown = &values[values.len().saturating_sub(width)..];
    let largest = shown.iter().flatten().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
    let top = limit.filter(|limit| *limit > 0.0).unwrap_or(largest);
    let levels = paint.symbols.levels;
    let mut text = " ".repeat(width - shown.len());
    for value in shown {
        text.push_str(match value {
            Some(value) if value.is_finite() => {
                let share = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
                let level = (share * 8.0).ceil() as usize;
                levels[level.saturating_sub(1)]
            }
            _ => paint.symbols.gap,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn line(values: &[Option<f32>], width: u16, limit: Option<f32>) -> String {
        testing::drawn(width, 1, |buffer, paint| {
            let text = spark(values, width, limit, paint);
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
        })
    }

    #[test]
    fn the_newest_values_stand_at_the_right_and_gaps_stay_gaps() {
        let values = [Some(0.0), Some(1.0), None, Some(4.0), Some(8.0)];
        assert_eq!(line(&values, 8, None), "   ▁▁·▄█\n");
        assert_eq!(line(&values, 3, None), "·▄█\n");
        assert_eq!(line(&values, 5, Some(16.0)), "▁▁·▂▄\n");
    }

    #[test]
    fn silence_and_wild_values_are_drawn_low_and_as_gaps() {
        assert_eq!(line(&[Some(0.0), Some(0.0)], 2, None), "▁▁\n");
        assert_eq!(line(&[Some(f32::NAN), Some(-3.0), Some(9.0)], 3, Some(3.0)), "·▁█\n");
        assert_eq!(line(&[], 3, None), "\n");
    }
}
