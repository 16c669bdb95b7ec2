//! What memory an hour at the console takes: the world, the pictures of the past, the log.
//!
//! The hour is one of virtual time, in a process of its own; a picture is taken, kept and drawn each
//! second of it, as a console does that is looked at.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

use ratatui::layout::Rect;

use crate::cli::bench::figure::{Better, Figure, number};
use crate::cli::bench::machine::{resident_bytes, resident_bytes_most};
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::wide;
use crate::cli::bench::{BenchTask, Measured};
use crate::cli::{load, looks, simulate};
use crate::console::message::Message;
use crate::console::still;
use crate::console::update::update;
use crate::sim;
use crate::snapshot::ClockView;

const HOUR_S: usize = 3_600;
const SCREEN: Rect = Rect::new(0, 0, 120, 40);
const TARGET_MB: f64 = 100.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let wide = wide::write(folder.path())?;
    [("black-friday", OsStr::new("black-friday")), ("1000 shards", wide.as_os_str())]
        .into_iter()
        .map(|(name, session)| {
            let bytes = hour_elsewhere(session)?;
            Ok(Figure {
                name: format!("memory {name}"),
                value: bytes[0] as f64 / 1e6,
                unit: "MB",
                target: Some((Better::Lower, TARGET_MB)),
                detail: format!(
                    "resident after an hour of virtual time, a picture a second kept and drawn; \
                     at most {} MB",
                    number(bytes[1] as f64 / 1e6)
                ),
            })
        })
        .collect()
}

/// Memory now and at most of a process that has had that hour.
fn hour_elsewhere(session: &OsStr) -> Result<[u64; 2], String> {
    let failed = |why: std::io::Error| format!("the hour could not be had: {why}");
    let program = env::current_exe().map_err(failed)?;
    let output = Command::new(program).args(["bench-child", "hour"]).arg(session).output();
    let output = output.map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(now)), Some(Ok(most))) => Ok([now, most]),
        _ => Err(format!("it said `{said}` and {}", String::from_utf8_lossy(&output.stderr))),
    }
}

/// An hour of a session as the console sees it; answers resident bytes at its end and at most.
pub(super) fn hour(session: &str) -> Result<[u64; 2], String> {
    let session = load::session(session).map_err(|why| why.to_string())?;
    let look = looks::look(&session, None, false, None).map_err(|why| why.to_string())?;
    let mut world = simulate::world(&session, None).map_err(|why| why.to_string())?;
    let mut state = still::open(&look, &world.look(ClockView::default()))?;
    for _ in 0..HOUR_S {
        world.watch(state.watch(&world.look(ClockView::default())));
        sim::run_for(&mut world, 1_000, &mut |_| ());
        let picture = world.look(ClockView::default());
        state.past.keep(&picture);
        state.logs.follow(&picture);
        update(&mut state, Message::Picture, &picture);
        if still::cells(&state, &picture, &look, SCREEN).content.is_empty() {
            return Err("nothing was drawn".to_owned());
        }
    }
    if state.past.is_empty() || world.report().totals.incoming_records == 0 {
        return Err("nothing happened".to_owned());
    }
    Ok([resident_bytes(), resident_bytes_most()])
}
