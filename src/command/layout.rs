//! How the panels of a screen share it: by rule of the screen, by a preset, or as a line says.
//!
//! ```text
//! streams / flow*2 | problems+events :2
//! ```
//!
//! Rows are divided by `/`, the cells of a row by `|`, and what is stacked in a cell by `+`. `*2` makes a
//! cell twice as wide as its neighbors, `:2` a row twice as high as the others.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::command::{Panel, ScreenKind, panels};

/// The heaviest weight of a row or a cell.
const WEIGHT_MAX: u16 = 9;

/// How the panels of a screen share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// As the screen finds fit for its size.
    #[default]
    Auto,
    /// The first panel over two thirds, the others in three cells below it.
    Focus,
    /// The first panel at the left, the others stacked at the right.
    Columns,
    /// All panels below each other.
    Rows,
    /// As the operator wrote.
    Own(Vec<Row>),
}

/// Panels beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// From left to right.
    pub cells: Vec<Cell>,
    /// Its share of the height, 1 to 9.
    pub weight: u16,
}

/// Panels stacked in a part of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// From top to bottom, at equal heights.
    pub panels: Vec<Panel>,
    /// Its share of the width, 1 to 9.
    pub weight: u16,
}

/// Why a layout is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A word that is no panel.
    #[error("`{0}` is no panel")]
    Unknown(String),
    /// A panel of another screen.
    #[error("the screen `{}` has no panel `{}`: it has {}", screen.word(), panel.word(), words(*screen))]
    Elsewhere {
        /// The panel.
        panel: Panel,
        /// The screen that lacks it.
        screen: ScreenKind,
    },
    /// A panel can be in one place.
    #[error("`{}` stands in it twice", .0.word())]
    Twice(Panel),
    /// A weight that is none.
    #[error("`{0}` is no weight: 1 to {WEIGHT_MAX}")]
    Weight(String),
}

/// The panels of a screen, in words.
fn words(screen: ScreenKind) -> String {
    panels(screen).iter().map(|panel| panel.word()).collect::<Vec<_>>().join(", ")
}

impl Layout {
    /// The words that mean a layout of every screen, in the order in which a key goes through them.
    pub const PRESETS: &'static [&'static str] = &["auto", "focus", "columns", "rows"];

    /// The rows of a screen, top down; none where the screen decides.
    #[must_use]
    pub fn rows(&self, screen: ScreenKind) -> Option<Vec<Row>> {
        let all = panels(screen);
        let (first, rest) = all.split_first()?;
        let alone = |panel: &Panel| Cell { panels: vec![*panel], weight: 1 };
        let row = |cells, weight| Row { cells, weight };
        let mut rows = match self {
            Self::Auto => return None,
            Self::Own(rows) => rows.clone(),
            Self::Focus => {
                let stack = |panels: &[Panel]| Cell { panels: panels.to_vec(), weight: 1 };
                let below = rest.chunks(rest.len().div_ceil(3).max(1)).map(stack);
                vec![row(vec![alone(first)], 2), row(below.collect(), 1)]
            }
            Self::Columns => {
                vec![row(vec![alone(first), Cell { panels: rest.to_vec(), weight: 1 }], 1)]
            }
            Self::Rows => all.iter().map(|panel| row(vec![alone(panel)], 1)).collect(),
        };
        for row in &mut rows {
            row.cells.retain(|cell| !cell.panels.is_empty());
        }
        rows.retain(|row| !row.cells.is_empty());
        Some(rows)
    }

    /// Does it fit a screen?
    ///
    /// # Errors
    /// Names the panel that the screen lacks.
    pub fn check(&self, screen: ScreenKind) -> Result<(), LayoutError> {
        let Self::Own(rows) = self else { return Ok(()) };
        let known = panels(screen);
        let mut named = rows.iter().flat_map(|row| &row.cells).flat_map(|cell| &cell.panels);
        match named.find(|panel| !known.contains(panel)) {
            Some(panel) => Err(LayoutError::Elsewhere { panel: *panel, screen }),
            None => Ok(()),
        }
    }
}

/// Splits a weight off the end: `flow*2` by `*`.
fn weighed(text: &str, by: char) -> Result<(&str, u16), LayoutError> {
    let Some((what, weight)) = text.rsplit_once(by) else { return Ok((text.trim(), 1)) };
    match weight.trim().parse() {
        Ok(number @ 1..=WEIGHT_MAX) => Ok((what.trim(), number)),
        _ => Err(LayoutError::Weight(weight.trim().to_owned())),
    }
}

impl FromStr for Cell {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let (names, weight) = weighed(text, '*')?;
        let panel = |name: &str| {
            Panel::of(name.trim()).ok_or_else(|| LayoutError::Unknown(name.trim().to_owned()))
        };
        Ok(Self { panels: names.split('+').map(panel).collect::<Result<_, _>>()?, weight })
    }
}

impl FromStr for Row {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        let (cells, weight) = weighed(text, ':')?;
        Ok(Self { cells: cells.split('|').map(str::parse).collect::<Result<_, _>>()?, weight })
    }
}

impl FromStr for Layout {
    type Err = LayoutError;

    fn from_str(text: &str) -> Result<Self, LayoutError> {
        match text.trim() {
            "auto" => return Ok(Self::Auto),
            "focus" => return Ok(Self::Focus),
            "columns" => return Ok(Self::Columns),
            "rows" => return Ok(Self::Rows),
            _ => {}
        }
        let rows: Vec<Row> = text.split('/').map(str::parse).collect::<Result<_, _>>()?;
        let mut seen = std::collections::BTreeSet::new();
        let mut named = rows.iter().flat_map(|row| &row.cells).flat_map(|cell| &cell.panels);
        match named.find(|panel| !seen.insert(**panel)) {
            Some(panel) => Err(LayoutError::Twice(*panel)),
            None => Ok(Self::Own(rows)),
        }
    }
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.panels.iter().map(|panel| panel.word()).collect();
        f.write_str(&names.join("+"))?;
        if self.weight == 1 { Ok(()) } else { write!(f, "*{}", self.weight) }
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<String> = self.cells.iter().map(Cell::to_string).collect();
        f.write_str(&cells.join(" | "))?;
        if self.weight == 1 { Ok(()) } else { write!(f, " :{}", self.weight) }
    }
}

/// As it is read.
impl Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Focus => f.write_str("focus"),
            Self::Columns => f.write_str("columns"),
            Self::Rows => f.write_str("rows"),
            Self::Own(rows) => {
                let rows: Vec<String> = rows.iter().map(Row::to_string).collect();
                f.write_str(&rows.join(" / "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Layout, String> {
        text.parse::<Layout>().map_err(|why| why.to_string())
    }

    #[test]
    fn a_layout_reads_back_as_it_is_written() {
        let line = "streams / flow*2 | problems+events :3";
        for text in [line, "auto", "focus", "columns", "rows", "shards"] {
            assert_eq!(read(text).expect(text).to_string(), text);
        }
        let spaced = read(" streams/flow * 2|problems + events:3").expect(line);
        assert_eq!(spaced.to_string(), line);
    }

    #[test]
    fn what_is_no_layout_says_why() {
        let said = |text| read(text).expect_err(text);
        assert_eq!(said("streams / flows"), "`flows` is no panel");
        assert_eq!(said(""), "`` is no panel");
        assert_eq!(said("streams | | flow"), "`` is no panel");
        assert_eq!(said("streams*0"), "`0` is no weight: 1 to 9");
        assert_eq!(said("streams :10"), "`10` is no weight: 1 to 9");
        assert_eq!(said("flow / streams | flow"), "`flow` stands in it twice");
    }

    #[test]
    fn a_layout_names_panels_of_its_screen_only() {
        let layout = read("streams / lanes").expect("two panels");
        let why = layout.check(ScreenKind::Overview).expect_err("lanes stand elsewhere");
        assert_eq!(
            why.to_string(),
            "the screen `streams` has no panel `lanes`: it has streams, flow, events, problems, heat, consumers, producers"
        );
        assert_eq!(Layout::Rows.check(ScreenKind::System), Ok(()));
    }

    #[test]
    fn presets_give_each_panel_of_each_screen_one_place() {
        for screen in ScreenKind::ALL {
            for preset in Layout::PRESETS {
                let layout = read(preset).expect(preset);
                let Some(rows) = layout.rows(screen) else {
                    assert_eq!(layout, Layout::Auto);
                    continue;
                };
                let cells = rows.iter().flat_map(|row| &row.cells);
                let mut placed: Vec<Panel> = cells.flat_map(|cell| cell.panels.clone()).collect();
                let mut all = panels(screen).to_vec();
                placed.sort();
                all.sort();
                assert_eq!(placed, all, "{preset} of {screen:?}");
            }
        }
    }
}
