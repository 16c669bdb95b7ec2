//! The panels of the screens: which there are, which has the focus, how much room each gets.

use ratatui::layout::Rect;

use crate::command::{ScreenKind, Way};
use crate::console::state::State;
use crate::console::widget::Focus;

/// A panel: a part of a screen with a border around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// The table of streams.
    Streams,
    /// What the chosen stream takes.
    Flow,
    /// What happened.
    Events,
    /// The heat of shards over time.
    Heat,
    /// Mappings, transforms and readers.
    Consumers,
    /// Producers.
    Producers,
    /// The shards of a stream.
    Shards,
    /// The space of hash keys, to scale.
    Map,
    /// Where the shards came from.
    Lineage,
    /// What else is known of a stream.
    Details,
    /// The lanes of a mapping, or the failures of a transform.
    Lanes,
    /// The iterator age of a mapping.
    Age,
    /// What a function counted.
    Top,
    /// The last errors of a mapping.
    Errors,
    /// Concurrency over time.
    History,
    /// Transforms.
    Transforms,
    /// The stages of a transform.
    Stages,
    /// What the stages make of real records.
    Sample,
    /// What became of a producer's records.
    Producer,
    /// What is wrong.
    Problems,
    /// Functions.
    Functions,
    /// The account's concurrency.
    Account,
    /// Why a function waits, or something is a problem.
    Why,
    /// Records.
    Records,
    /// One record in full.
    Record,
    /// What this would cost.
    Costs,
    /// What other courses would come to.
    Courses,
    /// What it cost, over time.
    Spent,
    /// This program and its machine.
    System,
    /// The log.
    Log,
    /// Who spoke in the log.
    Targets,
    /// Sessions that can be opened.
    Sessions,
    /// What a session is.
    Session,
    /// Themes.
    Themes,
    /// What a theme colors.
    ThemeSample,
    /// Keys and commands; it stands over every screen.
    Help,
}

/// The panels of a screen; the first is the one that it is opened for.
#[must_use]
pub fn panels(screen: ScreenKind) -> &'static [Panel] {
    match screen {
        ScreenKind::Overview => {
            const OVERVIEW: &[Panel] = &[
                Panel::Streams,
                Panel::Flow,
                Panel::Events,
                Panel::Problems,
                Panel::Heat,
                Panel::Consumers,
                Panel::Producers,
            ];
            OVERVIEW
        }
        ScreenKind::Stream => {
            const STREAM: &[Panel] = &[
                Panel::Shards,
                Panel::Map,
                Panel::Lineage,
                Panel::Events,
                Panel::Problems,
                Panel::Details,
            ];
            STREAM
        }
        ScreenKind::Heat => &[Panel::Heat],
        ScreenKind::Consumers => {
            const CONSUMERS: &[Panel] =
                &[Panel::Consumers, Panel::Lanes, Panel::Age, Panel::Errors, Panel::Top];
            CONSUMERS
        }
        ScreenKind::Concurrency => &[Panel::Functions, Panel::Account, Panel::Why, Panel::History],
        ScreenKind::Transforms => &[Panel::Transforms, Panel::Stages, Panel::Lanes, Panel::Sample],
        ScreenKind::Producers => &[Panel::Producers, Panel::Producer],
        ScreenKind::Records => &[Panel::Records, Panel::Record],
        ScreenKind::Problems => &[Panel::Problems, Panel::Why],
        ScreenKind::Costs => &[Panel::Costs, Panel::Courses, Panel::Spent],
        ScreenKind::System => &[Panel::System],
        ScreenKind::Logs => &[Panel::Log, Panel::Targets],
        ScreenKind::Sessions => &[Panel::Sessions, Panel::Session],
        ScreenKind::Themes => &[Panel::Themes, Panel::ThemeSample],
    }
}

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
    /// zoomed; the focused one in the place of the first when it has no room of its own.
    #[must_use]
    pub fn shown(&self, area: Rect, parts: &[(Panel, Rect)]) -> Vec<(Panel, Rect)> {
        let focused = self.panel();
        if self.zoomed {
            return vec![(focused, area)];
        }
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
