//! The space of hash keys to scale: each open shard as wide as its range, filled by its load.
//!
//! Borders are computed in integers, so the map looks the same everywhere. Shards too narrow to be
//! told apart are drawn together, as a shade with their number.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, widgets::Widget};

use super::{bar, heat};
use crate::console::{Paint, format::fit, theme::Meaning};

/// A shard on the map.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its short id.
    pub label: String,
    /// First hash key.
    pub start: u128,
    /// Last hash key.
    pub end: u128,
    /// Share of its limit in use; `None` without a limit.
    pub share: Option<f64>,
    /// Its load in words.
    pub value: String,
}

/// A map, ready to be drawn: axis, ruler, labels, bars, values (5 rows; fewer leave out the
/// axis first, then the values).
#[derive(Clone, Debug)]
pub struct ShardMap<'a> {
    /// Open shards, in order of their ranges.
    pub slots: &'a [Slot],
    /// Label of the selected shard.
    pub selected: Option<&'a str>,
    /// First and last key in view.
    pub window: (u128, u128),
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

/// One piece of the map: a shard, or some that share too few columns.
struct Piece {
    from: u16,
    to: u16,
    slots: std::ops::Range<usize>,
}

const NARROW: u16 = 4;

/// The part of the key space, 1 of `2^zoom`, in which `key` is in the middle, as far as there is
/// room on both sides.
#[must_use]
pub fn window(key: u128, zoom: u32) -> (u128, u128) {
    let zoom = zoom.min(64);
    if zoom == 0 {
        return (0, u128::MAX);
    }
    let size = u128::MAX >> zoom;
    let first = key.saturating_sub(size / 2).min(u128::MAX - size);
    (first, first + size)
}

/// The column in which `key` lies; keys before the window lie in the first, those behind it in the
/// one after the last.
fn column(key: u128, (first, last): (u128, u128), width: u16) -> u16 {
    if key > last {
        return width;
    }
    let (at, size) = (key.saturating_sub(first) >> 32, ((last - first) >> 32).max(1));
    u16::try_from(at * u128::from(width) / (size + 1)).unwrap_or(width)
}

fn pieces(slots: &[Slot], window: (u128, u128), width: u16) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let in_view = |slot: &Slot| slot.end >= window.0 && slot.start <= window.1;
    for (index, slot) in slots.iter().enumerate().filter(|(_, slot)| in_view(slot)) {
        let from = column(slot.start, window, width);
        let next = slots.get(index + 1).map_or(width, |next| column(next.start, window, width));
        let narrow = next - from < NARROW;
        match pieces.last_mut() {
            Some(last) if narrow && (last.slots.len() > 1 || last.to - last.from < NARROW) => {
                last.to = next;
                last.slots.end = index + 1;
            }
            _ => pieces.push(Piece { from, to: next, slots: index..index + 1 }),
        }
    }
    pieces.retain(|piece| piece.to > piece.from);
    pieces
}

/// The leading digits of a key; a quarter of the space ends one below the next.
fn mark(key: u128) -> String {
    format!("0x{:04x}", key.saturating_add(0xffff) >> 112)
}

/// The whole space in one row, by its hottest shards, with the part in view marked.
pub fn minimap(
    slots: &[Slot],
    window: (u128, u128),
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let all = (0, u128::MAX);
    let mut hottest: Vec<Option<f32>> = vec![None; usize::from(area.width)];
    for slot in slots {
        let to = column(slot.end, all, area.width).min(area.width.saturating_sub(1));
        for at in column(slot.start, all, area.width)..=to {
            let share = slot.share.unwrap_or(0.0) as f32;
            let cell = &mut hottest[usize::from(at)];
            *cell = Some(cell.unwrap_or(0.0).max(share));
        }
    }
    heat::strip(hottest.into_iter(), 1.0, (area.x, area.y), paint, buffer);
    let to = column(window.1, all, area.width).min(area.width.saturating_sub(1));
    for at in column(window.0, all, area.width)..=to {
        heat::mark((area.x + at, area.y), buffer);
    }
}

impl ShardMap<'_> {
    fn axis(&self, area: Rect, buffer: &mut Buffer) {
        let style = self.paint.theme.style(Meaning::Muted);
        let (first, last) = self.window;
        let step = area.width / 4;
        for place in 0..4u16 {
            if step > 7 || place == 0 || (place == 2 && step > 3) {
                let key = first + (last - first) / 4 * u128::from(place);
                let mark = if place == 0 && first == 0 { "0x0".to_owned() } else { mark(key) };
                buffer.set_stringn(area.x + place * step, area.y, mark, 7, style);
            }
        }
        if area.width >= 56 {
            buffer.set_string(area.right() - 6, area.y, mark(last), style);
        }
    }

    fn ruler(&self, area: Rect, buffer: &mut Buffer) {
        let symbols = self.paint.symbols;
        let style = self.paint.theme.style(Meaning::Muted);
        for x in 0..area.width {
            let quarter = (1..4).any(|part| x == area.width / 4 * part);
            let glyph = match x {
                0 => symbols.tick_left,
                _ if x + 1 == area.width => symbols.tick_right,
                _ if quarter => symbols.tick,
                _ => symbols.line,
            };
            buffer.set_string(area.x + x, area.y, glyph, style);
        }
    }

    /// Text in the cells of a piece behind its border, left or right.
    fn text(&self, piece: &Piece, text: &str, style: Style, at: Rect, buffer: &mut Buffer) {
        let muted = self.paint.theme.style(Meaning::Muted);
        buffer.set_stringn(at.x + piece.from, at.y, self.paint.symbols.wall, 1, muted);
        let room = usize::from(piece.to - piece.from).saturating_sub(1);
        let text = fit(text, room, self.paint.symbols.ellipsis);
        buffer.set_stringn(at.x + piece.from + 1, at.y, text, room, style);
    }

    fn piece(&self, piece: &Piece, rows: [Option<Rect>; 3], buffer: &mut Buffer) {
        let slots = &self.slots[piece.slots.clone()];
        let theme = self.paint.theme;
        let room = (piece.to - piece.from).saturating_sub(1);
        let chosen = slots.iter().any(|slot| Some(slot.label.as_str()) == self.selected);
        let share = slots.iter().filter_map(|slot| slot.share).reduce(f64::max);
        let heat = share.map_or_else(|| theme.style(Meaning::Input), |share| theme.heat(share));
        let label = match slots {
            [slot] => slot.label.clone(),
            several => format!("{}{}", self.paint.symbols.shade, several.len()),
        };
        if let Some(row) = rows[0] {
            let mut style = theme.style(if chosen { Meaning::Accent } else { Meaning::Text });
            if chosen {
                style = style.patch(theme.style(Meaning::Selection));
            }
            let label =
                if chosen { format!("{}{label}", self.paint.symbols.selected) } else { label };
            self.text(piece, &label, style, row, buffer);
        }
        if let Some(row) = rows[1] {
            let fill = bar::glyphs(share.unwrap_or(0.0), room, self.paint);
            self.text(piece, &fill, heat, row, buffer);
        }
        if let (Some(row), [slot]) = (rows[2], slots) {
            let hot = share.is_some_and(|share| share >= 1.0);
            let mark = if hot { self.paint.symbols.crit } else { "" };
            let value = format!("{mark}{}", slot.value);
            let style = if hot { theme.style(Meaning::Crit) } else { theme.style(Meaning::Muted) };
            self.text(piece, &value, style, row, buffer);
        } else if let Some(row) = rows[2] {
            self.text(piece, "", theme.style(Meaning::Muted), row, buffer);
        }
    }
}

impl Widget for &ShardMap<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.width < 8 || area.height == 0 {
            return;
        }
        let mut rows = area.rows();
        if area.height >= 5 {
            self.axis(rows.next().expect("invariant: 5 rows"), buffer);
        }
        if area.height >= 4 {
            self.ruler(rows.next().expect("invariant: 4 rows"), buffer);
        }
        // The last column holds the border of the last shard.
        let width = area.width - 1;
        let rows = [rows.next(), rows.next(), rows.next()];
        for piece in pieces(self.slots, self.window, width) {
            self.piece(&piece, rows, buffer);
        }
        let muted = self.paint.theme.style(Meaning::Muted);
        for row in rows.into_iter().flatten() {
            buffer.set_stringn(row.x + width, row.y, self.paint.symbols.wall, 1, muted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    fn slot(number: u32, start: u128, end: u128, share: f64) -> Slot {
        let value = format!("{share:.2}");
        Slot { label: format!("{number:03}"), start, end, share: Some(share), value }
    }

    fn quarters() -> Vec<Slot> {
        let quarter = 1u128 << 126;
        vec![
            slot(0, 0, quarter - 1, 0.5),
            slot(1, quarter, 2 * quarter - 1, 0.0),
            slot(2, 2 * quarter, u128::MAX, 1.0),
        ]
    }

    fn drawn(width: u16, height: u16, slots: &[Slot]) -> String {
        testing::drawn(width, height, |buffer, paint| {
            let window = window(0, 0);
            ShardMap { slots, selected: Some("001"), window, paint }.render(buffer.area, buffer);
        })
    }

    #[test]
    fn shards_are_as_wide_as_their_ranges_and_filled_by_their_load() {
        assert_eq!(
            drawn(41, 5, &quarters()),
            "0x0       0x4000    0x8000    0xc000\n\
             ├─────────┼─────────┼─────────┼─────────┤\n\
             │000      │▌001     │002                │\n\
             │████▌    │         │███████████████████│\n\
             │0.50     │0.00     │▲1.00              │\n"
        );
    }

    #[test]
    fn low_areas_keep_labels_and_bars() {
        assert_eq!(drawn(17, 2, &quarters()), "│000│▌0…│002    │\n│█▌ │   │███████│\n");
        assert_eq!(drawn(7, 2, &quarters()), "\n\n");
    }

    #[test]
    fn narrow_shards_are_drawn_together() {
        let step = 1u128 << 122;
        let mut slots: Vec<_> = (0..32)
            .map(|n| slot(n, u128::from(n) * step, (u128::from(n) + 1) * step - 1, 0.1))
            .collect();
        slots.push(slot(32, 32 * step, u128::MAX, 0.2));
        assert_eq!(drawn(41, 1, &slots), "│▌▒32               │032                │\n");
    }

    #[test]
    fn a_window_shows_a_part_of_the_space_with_its_own_scale() {
        let step = (u128::MAX >> 4) + 1;
        let slots: Vec<_> = (0..16)
            .map(|n| slot(n, u128::from(n) * step, u128::from(n) * step + (step - 1), 0.5))
            .collect();
        let shown = testing::drawn(57, 5, |buffer, paint| {
            let window = window(8 * step, 2);
            ShardMap { slots: &slots, selected: Some("008"), window, paint }
                .render(buffer.area, buffer);
        });
        let axis = shown.lines().next().expect("a row");
        assert!(axis.starts_with("0x6000") && axis.contains("0x8000"), "{shown}");
        assert!(
            shown.contains("│006") && shown.contains("▌008") && !shown.contains("005"),
            "{shown}"
        );
        assert_eq!(window(0, 3).0, 0, "the window does not leave the space");
        assert_eq!(window(u128::MAX, 3).1, u128::MAX);
    }

    #[test]
    fn a_thousand_shards_and_none_are_drawn_without_harm() {
        let step = u128::MAX / 1_000;
        let slots: Vec<_> =
            (0..1_000).map(|n| slot(n, u128::from(n) * step, u128::MAX, 0.1)).collect();
        assert!(drawn(40, 3, &slots).contains("▒1000"));
        assert_eq!(drawn(10, 1, &[]), "         │\n");
    }
}
