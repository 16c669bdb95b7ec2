//! The console without a terminal: `watershed screenshot`. The same seed gives the same bytes.

use std::process::ExitCode;

use ratatui::layout::Rect;

use crate::cli::arguments::ScreenshotTask;
use crate::cli::report::data;
use crate::cli::{CliError, load, looks, simulate};
use crate::console::still::{self, Look};
use crate::console::{export, theme::Depth};
use crate::sim;
use crate::snapshot::ClockView;

/// `watershed screenshot`.
pub(super) fn screenshot(task: &ScreenshotTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    let looks = looks::look(&session, task.theme.as_deref(), task.ascii, task.prices.as_deref())?;
    let view = task.view.clone().or(looks.view);
    let look = Look { depth: Depth::True, view, ..looks };
    let mut world = simulate::world(&session, task.seed)?;
    let at_ms = task.at_ms.unwrap_or_else(|| session.length_ms());
    sim::run_for(&mut world, at_ms, &mut |_| ());
    let snapshot = world.look(ClockView::default());
    let mut state = still::open(&look, &snapshot).map_err(CliError::View)?;
    world.watch(state.watch(&snapshot));
    let snapshot = world.look(ClockView::default());
    state.logs.follow(&snapshot);
    let area = Rect::new(0, 0, task.size.0, task.size.1);
    data(&match task.text {
        true => export::text(&still::cells(&state, &snapshot, &look, area)),
        false => still::svg(&state, &snapshot, &look, area),
    })?;
    Ok(ExitCode::SUCCESS)
}
