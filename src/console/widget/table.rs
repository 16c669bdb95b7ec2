//! A table of things: one row a thing, chosen by id.
//!
//! Invariants: the selection follows the thing, not the place; the least important columns leave
//! first on narrow screens and the first never leaves; numbers stand at the right of their column.
//! Sorting is the caller's: rows are drawn in the order given. Rows and titles can be clicked.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Widget,
};

use super::{Focus, write_line};
use crate::console::panel::Panel;
use crate::console::target::Click;
use crate::console::{Paint, theme::Meaning};

/// Where the content of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name and unit.
    pub title: &'static str,
    /// Columns of the screen, at least.
    pub width: u16,
    /// Where its content stands.
    pub align: Align,
    /// 0 stays longest; the column with the largest number leaves first.
    pub priority: u8,
    /// Its share of the room that is left over; 0 keeps its width.
    pub grow: u16,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn words(title: &'static str, width: u16, priority: u8) -> Self {
        Self { title, width, align: Align::Left, priority, grow: 0 }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn numbers(title: &'static str, width: u16, priority: u8) -> Self {
        Self { title, width, align: Align::Right, priority, grow: 0 }
    }

    /// The same column, taking a share of the room that is left over.
    #[must_use]
    pub const fn growing(self, grow: u16) -> Self {
        Self { grow, ..self }
    }
}

/// A row.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// What the selection holds on to.
    pub id: String,
    /// A glyph before the first column: critical, warning, in transition.
    pub mark: Span<'a>,
    /// One line a column.
    pub cells: Vec<Line<'a>>,
}

/// The order of rows, for the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Small to large.
    Ascending,
    /// Large to small.
    Descending,
}

/// A table, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// Whose table it is: what a click on a row or a title is told by.
    pub panel: Panel,
    /// The columns, in order.
    pub columns: &'static [Column],
    /// The rows, in order.
    pub rows: Vec<Row<'a>>,
    /// Id of the selected row.
    pub selected: Option<&'a str>,
    /// Ids of the marked rows.
    pub marks: &'a BTreeSet<String>,
    /// Does it take the keys? Only then the selected row is marked.
    pub focus: Focus,
    /// Index of the column by which rows are sorted.
    pub sort: Option<(usize, Order)>,
    /// What is said instead of rows when there are none.
    pub empty: &'a str,
    /// Colors and glyphs.
    pub paint: Paint<'a>,
}

const GAP: u16 = 1;
/// Selection marker, mark, and a blank after each.
const LEAD: u16 = 2;

/// Indices and widths of the columns that fit into `width`, in order.
#[must_use]
pub fn fitting(columns: &[Column], width: u16) -> Vec<(usize, u16)> {
    let room = width.saturating_sub(LEAD);
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| {
        let widths: u16 = kept.iter().map(|at| columns[*at].width + GAP).sum();
        widths.saturating_sub(GAP)
    };
    while kept.len() > 1 && needed(&kept) > room {
        let least = (1..kept.len())
            .max_by_key(|place| (columns[kept[*place]].priority, *place))
            .expect("invariant: more than one column");
        kept.remove(least);
    }
    let spare = room.saturating_sub(needed(&kept));
    let shares: u16 = kept.iter().map(|at| columns[*at].grow).sum();
    kept.iter()
        .map(|at| {
            let more = u32::from(spare) * u32::from(columns[*at].grow) / u32::from(shares.max(1));
            let more = u16::try_from(more).unwrap_or(0);
            (*at, (columns[*at].width + more).min(room))
        })
        .collect()
}

/// A title with the arrow of its order, which is seen before the last letters of the title are.
fn headed(title: &str, arrow: &str, width: u16) -> String {
    let arrow_width = arrow.chars().count();
    let room = match arrow_width {
        0 => usize::MAX,
        arrow => usize::from(width).saturating_sub(arrow),
    };
    title.chars().take(room).chain(arrow.chars()).collect()
}

impl Table<'_> {
    /// Index of the selected row; the first when the selected thing is gone.
    #[must_use]
    pub fn selected_row(&self) -> usize {
        self.selected.and_then(|id| self.rows.iter().position(|row| row.id == id)).unwrap_or(0)
    }

    fn header(&self, fitting: &[(usize, u16)], area: Rect, buffer: &mut Buffer) {
        let style = self.paint.theme.style(Meaning::Muted);
        let symbols = self.paint.symbols;
        let mut x = area.x + LEAD;
        for (at, width) in fitting {
            let column = &self.columns[*at];
            let arrow = match self.sort {
                Some((sorted, Order::Ascending)) if sorted == *at => symbols.ascending,
                Some((sorted, Order::Descending)) if sorted == *at => symbols.descending,
                Some(_) | None => "",
            };
            let title = Line::styled(headed(column.title, arrow, *width), style);
            let place = Rect::new(x, area.y, *width, 1);
            self.cell(&title, column.align, place, buffer);
            self.paint.targets.add(place, Click::Column(self.panel, column.title));
            x += width + GAP;
        }
    }

    fn cell(&self, line: &Line<'_>, align: Align, area: Rect, buffer: &mut Buffer) {
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
        let x = match align {
            Align::Left => area.x,
            Align::Right => area.x + area.width - width,
        };
        let area = Rect { x, width: area.right() - x, ..area };
        write_line(line, area, buffer, self.paint.symbols.ellipsis);
    }
}

impl Widget for &Table<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.height == 0 || area.width <= LEAD {
            return;
        }
        let fitting = fitting(self.columns, area.width);
        self.header(&fitting, area, buffer);
        let theme = self.paint.theme;
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if self.rows.is_empty() && body.height > 0 {
            let line = Line::styled(self.empty, theme.style(Meaning::Muted));
            write_line(
                &line,
                Rect { x: body.x + LEAD, width: body.width - LEAD, ..body },
                buffer,
                self.paint.symbols.ellipsis,
            );
            return;
        }
        let chosen = self.selected_row();
        let first = (chosen + 1).saturating_sub(usize::from(body.height));
        for (index, y) in (first..self.rows.len()).zip(body.y..body.bottom()) {
            let row = &self.rows[index];
            if index == chosen && self.focus == Focus::Here {
                let marker = theme.style(Meaning::Accent);
                buffer.set_stringn(body.x, y, self.paint.symbols.selected, 1, marker);
                self.paint.targets.set_row(Position::new(body.x, y));
            }
            let whole = Rect::new(body.x, y, body.width, 1);
            self.paint.targets.add(whole, Click::Row(self.panel, row.id.clone()));
            let (mark, style) = match self.marks.contains(&row.id) {
                true => (self.paint.symbols.ok, theme.style(Meaning::Accent)),
                false => (row.mark.content.as_ref(), row.mark.style),
            };
            buffer.set_stringn(body.x + 1, y, mark, 1, style);
            let mut x = body.x + LEAD;
            for (at, width) in &fitting {
                if let Some(line) = row.cells.get(*at) {
                    let place = Rect::new(x, y, *width, 1);
                    self.cell(line, self.columns[*at].align, place, buffer);
                }
                x += width + GAP;
            }
            if index == chosen && self.focus == Focus::Here {
                // Last, because cells bring the background of plain text along.
                buffer.set_style(whole, theme.style(Meaning::Selection));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::testing;

    static NONE: BTreeSet<String> = BTreeSet::new();
    const COLUMNS: &[Column] = &[
        Column::words("NAME", 8, 0).growing(1),
        Column::numbers("IN MiB/s", 9, 1),
        Column::numbers("CAP", 5, 0),
        Column::words("MODE", 5, 3),
    ];

    fn table<'a>(names: &[&str], selected: Option<&'a str>, paint: Paint<'a>) -> Table<'a> {
        let rows = names.iter().enumerate().map(|(index, name)| Row {
            id: (*name).to_owned(),
            mark: Span::raw(if index == 1 { paint.symbols.crit } else { " " }),
            cells: ["", "61.00", "95%", "PROV"]
                .iter()
                .enumerate()
                .map(|(at, text)| {
                    Line::raw(if at == 0 { (*name).to_owned() } else { (*text).into() })
                })
                .collect(),
        });
        let (rows, sort) = (rows.collect(), Some((1, Order::Descending)));
        let focus = Focus::Here;
        let (panel, empty) = (Panel::Streams, "no streams yet");
        let marks = &NONE;
        Table { panel, columns: COLUMNS, rows, selected, marks, sort, empty, focus, paint }
    }

    fn drawn(width: u16, height: u16, names: &[&str], selected: Option<&str>) -> String {
        testing::drawn(width, height, |buffer, paint| {
            table(names, selected, paint).render(buffer.area, buffer);
        })
    }

    #[test]
    fn numbers_stand_at_the_right_and_the_header_shows_the_order() {
        assert_eq!(
            drawn(34, 3, &["orders", "clicks"], Some("clicks")),
            "  NAME       IN MiB/s↓   CAP MODE\n  orders         61.00   95% PROV\n▌▲clicks         61.00   95% PROV\n"
        );
    }

    #[test]
    fn the_arrow_of_the_order_is_seen_before_the_last_letter_of_a_title() {
        const NARROW: &[Column] = &[Column::words("MODE", 4, 0), Column::numbers("W-THR/s", 7, 0)];
        let sorted = |sort| {
            testing::drawn(14, 1, |buffer, paint| {
                let table = table(&[], None, paint);
                Table { columns: NARROW, sort: Some(sort), ..table }.render(buffer.area, buffer);
            })
        };
        assert_eq!(sorted((0, Order::Ascending)), "  MOD↑ W-THR/s\n");
        assert_eq!(sorted((1, Order::Descending)), "  MODE W-THR/↓\n");
    }

    #[test]
    fn the_least_important_columns_leave_first_and_the_first_stays() {
        assert_eq!(
            drawn(26, 2, &["orders"], None).lines().next(),
            Some("  NAME     IN MiB/s↓   CAP")
        );
        assert_eq!(drawn(17, 2, &["orders"], None), "  NAME        CAP\n▌ orders      95%\n");
        assert_eq!(drawn(7, 2, &["clickstream"], None), "  NAME\n▌ clic…\n");
        assert_eq!(drawn(2, 2, &["clickstream"], None), "\n\n");
    }

    #[test]
    fn the_selection_follows_the_thing_and_stays_in_view() {
        let names = ["a", "b", "c", "d", "e"];
        let shown = drawn(17, 3, &names, Some("d"));
        assert_eq!(shown, "  NAME        CAP\n  c           95%\n▌ d           95%\n");
        let gone = drawn(17, 3, &names, Some("z"));
        assert!(gone.contains("▌ a"), "{gone}");
    }

    #[test]
    fn an_empty_table_says_so_and_wide_names_keep_the_columns_straight() {
        assert_eq!(drawn(20, 2, &[], None).lines().nth(1), Some("  no streams yet"));
        let wide = drawn(17, 2, &["日本語日本語"], None);
        assert_eq!(wide.lines().nth(1), Some("▌ 日本語日…   95%"));
        let ascii = testing::drawn_ascii(34, 3, |buffer, paint| {
            table(&["orders", "clicks"], None, paint).render(buffer.area, buffer);
        });
        assert_eq!(ascii.lines().nth(1), Some("> orders         61.00   95% PROV"));
    }
}
