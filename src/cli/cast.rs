//! A session as a moving picture: `watershed cast`. The same seed gives the same bytes.

use std::process::ExitCode;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::cli::arguments::CastTask;
use crate::cli::report::data;
use crate::cli::{CliError, load, looks, simulate};
use crate::console::export::{Frame, animation};
use crate::console::message::Message;
use crate::console::state::{Demo, State};
use crate::console::still::{self, Look};
use crate::console::theme::Depth;
use crate::console::update::update;
use crate::sim;
use crate::snapshot::ClockView;
use crate::world::World;

/// The most pictures of one cast.
const PICTURES_MAX: u64 = 1_000;

/// `watershed cast`.
pub(super) fn cast(task: &CastTask) -> Result<ExitCode, CliError> {
    let session = load::session(&task.session)?;
    let looks = looks::look(&session, task.theme.as_deref(), false, None)?;
    let look = Look { depth: Depth::True, ..looks };
    let to_ms = task.to_ms.unwrap_or_else(|| session.length_ms());
    let pictures = to_ms.saturating_sub(task.from_ms) / task.every_ms + 1;
    if !(2..=PICTURES_MAX).contains(&pictures) {
        return Err(CliError::Cast { pictures, most: PICTURES_MAX });
    }
    let mut world = simulate::world(&session, task.seed)?;
    let mut state =
        still::open(&look, &world.look(ClockView::default())).map_err(CliError::View)?;
    state.demo = Some(Demo::default());
    let area = Rect::new(0, 0, task.size.0, task.size.1);
    let shown_ms = (1_000.0 / task.fps).round() as u64;
    sim::run_for(&mut world, task.from_ms, &mut |_| ());
    let mut frames = Vec::new();
    for nth in 0..pictures {
        if nth > 0 {
            sim::run_for(&mut world, task.every_ms, &mut |_| ());
        }
        let buffer = picture(&mut world, &mut state, &look, area);
        frames.push(Frame { buffer, shown_ms });
    }
    data(&animation(&frames, still::theme(&look.themes, &state.theme)))?;
    Ok(ExitCode::SUCCESS)
}

/// What the console would show now.
fn picture(world: &mut World, state: &mut State, look: &Look, area: Rect) -> Buffer {
    let snapshot = world.look(ClockView::default());
    state.logs.follow(&snapshot);
    update(state, Message::Picture, &snapshot);
    world.watch(state.watch(&snapshot));
    still::cells(state, &world.look(ClockView::default()), look, area)
}
