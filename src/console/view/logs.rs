//! What was logged, by target and level.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    widgets::Widget,
};
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerTargetWidget, TuiLoggerWidget};

use crate::console::Paint;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::target::Click;
use crate::console::theme::Meaning;
use crate::console::widget::{Focus, panel};

pub(super) fn draw(state: &State, paint: Paint<'_>, area: Rect, buffer: &mut Buffer) {
    let targets = if area.width >= 70 { 30 } else { 0 };
    let [left, right] =
        Layout::horizontal([Constraint::Length(targets), Constraint::Fill(1)]).areas(area);
    paint.targets.add(area, Click::Focus(Panel::Log));
    let style = |meaning: Meaning| paint.theme.style(meaning);
    if targets > 0 {
        TuiLoggerTargetWidget::default()
            .block(panel("Targets", Focus::Elsewhere, paint))
            .style(style(Meaning::Text))
            .style_show(style(Meaning::Text))
            .style_hide(style(Meaning::Muted))
            .style_off(style(Meaning::Muted))
            .highlight_style(style(Meaning::Selection))
            .state(state.logs.widget())
            .render(left, buffer);
    }
    TuiLoggerWidget::default()
        .block(panel("Log", Focus::Here, paint))
        .style(style(Meaning::Text))
        .style_error(style(Meaning::Crit))
        .style_warn(style(Meaning::Warn))
        .style_info(style(Meaning::Text))
        .style_debug(style(Meaning::Muted))
        .style_trace(Style::new())
        .output_separator(' ')
        .output_timestamp(None)
        .output_level(Some(TuiLoggerLevelOutput::Long))
        .output_target(true)
        .output_file(false)
        .output_line(false)
        .state(state.logs.widget())
        .render(right, buffer);
}
