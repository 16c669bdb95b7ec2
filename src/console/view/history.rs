//! A panel that shows a value over time: the newest picture's own line, and what was kept before it.

use ratatui::{buffer::Buffer, layout::Rect, widgets::Widget};

use crate::console::Paint;
use crate::console::format::span;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::widget::chart::Chart;
use crate::console::widget::framed;
use crate::snapshot::{Snapshot, Spark};

/// What is shown over time, and how.
pub(super) struct History<'a> {
    pub(super) panel: Panel,
    /// What it is; how much time is shown is said behind it.
    pub(super) title: &'a str,
    /// Drawn as a line where it is in view.
    pub(super) limit: Option<f32>,
    /// How a value is written.
    pub(super) label: fn(f64) -> String,
    pub(super) meaning: Meaning,
}

impl History<'_> {
    /// Draws it: `of` finds the line of a picture, one value a second, where it has any.
    pub(super) fn draw(
        self,
        state: &State,
        snapshot: &Snapshot,
        of: impl Fn(&Snapshot) -> Option<Spark>,
        paint: Paint<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let Self { panel, title, limit, label, meaning } = self;
        let span_s = state.chart_s();
        let title = format!("{title}, {}", span(span_s));
        let inner = framed(&title, state.focus_of(panel), paint, area, buffer);
        let values = &state.past.series(snapshot, span_s, of)[..];
        let span = Some(span_s as usize);
        Chart { values, span, limit, label, meaning, paint }.render(inner, buffer);
    }
}
