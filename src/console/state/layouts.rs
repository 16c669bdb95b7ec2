//! How the operator wants the panels of the screens placed.

use std::collections::BTreeMap;

use ratatui::layout::{Constraint, Rect};

use crate::command::{Layout, LayoutError, Panel, ScreenKind};
use crate::session::Session;

/// Where a panel would be smaller than this the screen decides.
const LEAST: (u16, u16) = (16, 4);

/// The layouts of the screens.
#[derive(Clone, Debug, Default)]
pub struct Layouts {
    /// What each screen wears, where it is not the screen's own rule.
    worn: BTreeMap<ScreenKind, Layout>,
    /// The last line that the operator wrote for a screen.
    own: BTreeMap<ScreenKind, Layout>,
}

impl Layouts {
    /// Those that a session was saved with.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let mut layouts = Self::default();
        for (screen, layout) in session.layouts() {
            layouts.wear(screen, layout).expect("invariant: a session's layouts were checked");
        }
        layouts
    }

    /// As a session keeps them.
    #[must_use]
    pub fn to_session(&self) -> BTreeMap<String, String> {
        let line = |(screen, layout): (&ScreenKind, &Layout)| {
            (screen.word().to_owned(), layout.to_string())
        };
        self.worn.iter().map(line).collect()
    }

    /// The layout of a screen.
    #[must_use]
    pub fn on(&self, screen: ScreenKind) -> &Layout {
        self.worn.get(&screen).unwrap_or(&Layout::Auto)
    }

    /// Gives a screen a layout.
    ///
    /// # Errors
    /// When it names a panel that the screen has not; nothing is changed then.
    pub fn wear(&mut self, screen: ScreenKind, layout: Layout) -> Result<(), LayoutError> {
        layout.check(screen)?;
        if matches!(layout, Layout::Own(_)) {
            self.own.insert(screen, layout.clone());
        }
        match layout {
            Layout::Auto => drop(self.worn.remove(&screen)),
            layout => drop(self.worn.insert(screen, layout)),
        }
        Ok(())
    }

    /// The layout after that of a screen: the presets in turn, then the operator's own.
    #[must_use]
    pub fn next(&self, screen: ScreenKind) -> Layout {
        match (self.on(screen), self.own.get(&screen)) {
            (Layout::Auto, _) => Layout::Focus,
            (Layout::Focus, _) => Layout::Columns,
            (Layout::Columns, _) => Layout::Rows,
            (Layout::Rows, Some(own)) => own.clone(),
            (Layout::Rows, None) | (Layout::Own(_), _) => Layout::Auto,
        }
    }

    /// Where the panels of a screen stand; nothing where the screen decides, or where one of them
    /// would have too little room.
    #[must_use]
    pub fn places(&self, screen: ScreenKind, area: Rect) -> Option<Vec<(Panel, Rect)>> {
        let rows = self.on(screen).rows(screen)?;
        let heights = rows.iter().map(|row| Constraint::Fill(row.weight));
        let heights = ratatui::layout::Layout::vertical(heights).split(area);
        let mut places = Vec::new();
        for (row, height) in rows.iter().zip(heights.iter()) {
            let widths = row.cells.iter().map(|cell| Constraint::Fill(cell.weight));
            let widths = ratatui::layout::Layout::horizontal(widths).split(*height);
            for (cell, width) in row.cells.iter().zip(widths.iter()) {
                let stack = cell.panels.iter().map(|_| Constraint::Fill(1));
                let stack = ratatui::layout::Layout::vertical(stack).split(*width);
                places.extend(cell.panels.iter().copied().zip(stack.iter().copied()));
            }
        }
        let roomy = |(_, place): &(Panel, Rect)| place.width >= LEAST.0 && place.height >= LEAST.1;
        places.iter().all(roomy).then_some(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: ScreenKind = ScreenKind::Overview;

    fn wearing(line: &str) -> Layouts {
        let mut layouts = Layouts::default();
        layouts.wear(SCREEN, line.parse().expect("a layout")).expect("fits the screen");
        layouts
    }

    #[test]
    fn weights_share_the_room_and_what_is_stacked_shares_its_cell() {
        let places = wearing("streams :2 / flow*3 | problems+events")
            .places(SCREEN, Rect::new(0, 2, 80, 30))
            .expect("roomy");
        assert_eq!(
            places,
            [
                (Panel::Streams, Rect::new(0, 2, 80, 20)),
                (Panel::Flow, Rect::new(0, 22, 60, 10)),
                (Panel::Problems, Rect::new(60, 22, 20, 5)),
                (Panel::Events, Rect::new(60, 27, 20, 5)),
            ]
        );
    }

    #[test]
    fn a_screen_that_is_too_small_for_a_layout_decides_itself() {
        let layouts = wearing("streams / flow | problems+events");
        assert_eq!(layouts.places(SCREEN, Rect::new(0, 0, 80, 12)), None);
        assert_eq!(layouts.places(SCREEN, Rect::new(0, 0, 30, 40)), None);
        assert_eq!(Layouts::default().places(SCREEN, Rect::new(0, 0, 80, 40)), None);
    }

    #[test]
    fn one_goes_through_the_presets_and_comes_back_to_ones_own() {
        let mut layouts = wearing("flow / streams");
        let mut seen = Vec::new();
        for _ in 0..5 {
            let next = layouts.next(SCREEN);
            seen.push(next.to_string());
            layouts.wear(SCREEN, next).expect("presets fit");
        }
        assert_eq!(seen, ["auto", "focus", "columns", "rows", "flow / streams"]);
        assert_eq!(layouts.to_session().get("streams").map(String::as_str), Some("flow / streams"));
    }
}
