//! The panels on the screen: which has the focus, which are drawn where.

use ratatui::layout::Rect;

pub use crate::command::{Panel, panels};

use crate::command::Way;
use crate::console::state::State;
use crate::console::widget::Focus;

impl State {
    /// The panel that takes the keys.
    #[must_use]
    pub fn panel(&self) -> Panel {
        let kind = self.screen.kind();
        self.focus.get(&kind).copied().unwrap_or(panels(kind)[0])
    }

    /// Has a panel the focus?
    #[must_use]
    pub fn focus_of(&self, panel: Panel) -> Focus {
        if panel == self.panel() { Focus::Here } else { Focus::Elsewhere }
    }

    /// Puts the focus on a panel of the screen.
    pub fn focus_on(&mut self, panel: Panel) {
        let kind = self.screen.kind();
        if panels(kind).contains(&panel) {
            self.focus.insert(kind, panel);
        }
    }

    /// Puts the focus on the next panel, or the one before.
    pub fn focus_along(&mut self, way: Way) {
        let all = panels(self.screen.kind());
        let at = all.iter().position(|panel| *panel == self.panel()).unwrap_or(0);
        let to = match way {
            Way::Next => at + 1,
            Way::Previous => at + all.len() - 1,
        };
        self.focus_on(all[to % all.len()]);
    }

    /// Which panels are drawn where, of those that a screen has room for: one alone when it is
    /// zoomed; where the operator's layout has them; the focused one in the place of the first when
    /// it has no room of its own.
    #[must_use]
    pub fn shown(&self, area: Rect, parts: &[(Panel, Rect)]) -> Vec<(Panel, Rect)> {
        let focused = self.panel();
        if self.zoomed {
            return vec![(focused, area)];
        }
        let own = self.layouts.places(self.screen.kind(), area);
        let parts = own.as_deref().unwrap_or(parts);
        let roomy = |place: &Rect| place.width > 2 && place.height > 2;
        let mut shown: Vec<(Panel, Rect)> =
            parts.iter().filter(|(_, place)| roomy(place)).copied().collect();
        if !shown.iter().any(|(panel, _)| *panel == focused) {
            match shown.first_mut() {
                Some(first) => first.0 = focused,
                None => shown.push((focused, area)),
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Rect = Rect::new(0, 0, 80, 20);
    const UPPER: Rect = Rect::new(0, 0, 80, 10);
    const LOWER: Rect = Rect::new(0, 10, 80, 10);

    #[test]
    fn the_focus_goes_around_the_panels_of_a_screen() {
        let mut state = State::default();
        assert_eq!(state.panel(), Panel::Streams);
        state.focus_along(Way::Previous);
        assert_eq!(state.panel(), Panel::Producers);
        state.focus_along(Way::Next);
        assert_eq!(state.panel(), Panel::Streams);
        state.focus_on(Panel::Account);
        assert_eq!(state.panel(), Panel::Streams, "not a panel of this screen");
    }

    #[test]
    fn a_zoomed_panel_has_the_screen_and_a_focused_one_always_has_room() {
        let mut state = State::default();
        let parts = [(Panel::Streams, UPPER), (Panel::Flow, LOWER), (Panel::Events, Rect::ZERO)];
        assert_eq!(state.shown(ALL, &parts), parts[..2]);
        state.focus_on(Panel::Events);
        assert_eq!(state.shown(ALL, &parts), [(Panel::Events, UPPER), (Panel::Flow, LOWER)]);
        state.zoomed = true;
        assert_eq!(state.shown(ALL, &parts), [(Panel::Events, ALL)]);
    }
}
