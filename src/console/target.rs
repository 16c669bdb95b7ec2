//! What a click means: while a screen is drawn, each hint, tab, row and title says which rectangle
//! it stands in and what it does. One mechanism for all, and no second way to do anything: a click
//! sends a key, a line or a choice that the keyboard can send as well.

use std::cell::{Cell, RefCell};

use ratatui::layout::{Position, Rect};

use crate::console::key::Key;
use crate::console::panel::Panel;

/// What a click does.
#[derive(Clone, Debug, PartialEq)]
pub enum Click {
    /// What this key does.
    Press(Key),
    /// What this line does.
    Line(String),
    /// Puts the focus on a panel.
    Focus(Panel),
    /// Chooses the row of that id; opens it when it is chosen already.
    Row(Panel, String),
    /// Sorts by the column of that title.
    Column(Panel, &'static str),
    /// Takes the candidate, or entry of a list, of that place.
    Entry(usize),
    /// Nothing: what lies under a dialog is not reached.
    Nothing,
}

/// The rectangles of a screen; the last that was drawn lies on top. Beside them, where the chosen row
/// of the focused panel stands: the terminal's cursor is put there, unseen, so that screen readers and
/// copy modes find it.
#[derive(Debug, Default)]
pub struct Targets {
    all: RefCell<Vec<(Rect, Click)>>,
    row: Cell<Option<Position>>,
}

impl Targets {
    /// Adds a rectangle.
    pub fn add(&self, area: Rect, click: Click) {
        if !area.is_empty() {
            self.all.borrow_mut().push((area, click));
        }
    }

    /// The chosen row stands here.
    pub fn set_row(&self, place: Position) {
        self.row.set(Some(place));
    }

    /// Where the chosen row of the focused panel stands, if it has one.
    #[must_use]
    pub fn row(&self) -> Option<Position> {
        self.row.get()
    }

    /// What lies on top at a place.
    #[must_use]
    pub fn at(&self, place: Position) -> Option<Click> {
        let all = self.all.borrow();
        all.iter().rev().find(|(area, _)| area.contains(place)).map(|(_, click)| click.clone())
    }

    /// The panel at a place, unless something lies over it.
    #[must_use]
    pub fn panel(&self, place: Position) -> Option<Panel> {
        let all = self.all.borrow();
        let here = all.iter().rev().filter(|(area, _)| area.contains(place));
        for (_, click) in here {
            match click {
                Click::Focus(panel) | Click::Row(panel, _) | Click::Column(panel, _) => {
                    return Some(*panel);
                }
                Click::Nothing | Click::Entry(_) => return None,
                Click::Press(_) | Click::Line(_) => {}
            }
        }
        None
    }

    /// Everything, in the order in which it was drawn.
    #[must_use]
    pub fn all(&self) -> Vec<(Rect, Click)> {
        self.all.borrow().clone()
    }

    /// Forgets everything, before the next picture.
    pub fn clear(&self) {
        self.row.set(None);
        self.all.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_last_lies_on_top() {
        let targets = Targets::default();
        targets.add(Rect::new(0, 0, 10, 5), Click::Focus(Panel::Streams));
        targets.add(Rect::new(0, 1, 10, 1), Click::Row(Panel::Streams, "orders".into()));
        targets.add(Rect::new(0, 0, 0, 0), Click::Nothing);
        let at = |x, y| targets.at(Position::new(x, y));
        assert_eq!(at(3, 0), Some(Click::Focus(Panel::Streams)));
        assert_eq!(at(3, 1), Some(Click::Row(Panel::Streams, "orders".into())));
        assert_eq!(at(3, 9), None);
        assert_eq!(targets.panel(Position::new(3, 1)), Some(Panel::Streams));
        targets.add(Rect::new(0, 0, 10, 5), Click::Nothing);
        assert_eq!((at(3, 1), targets.panel(Position::new(3, 1))), (Some(Click::Nothing), None));
    }
}
