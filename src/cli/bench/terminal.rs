//! What a console that is looked at sends to its terminal, and what that costs.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::bench::figure::{Better, Figure, number};
use crate::cli::bench::process::busy_ns;
use crate::cli::bench::pty::Console;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::wide;
use crate::cli::bench::{BenchTask, Measured};

/// Long enough for charts that move in every column.
const WARM: Duration = Duration::from_secs(5);
const LENGTH: Duration = Duration::from_secs(10);
const TARGET_KB_PER_S: f64 = 20.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let sessions = [
        ("black-friday", PathBuf::from("black-friday")),
        ("1000 shards", wide::write(folder.path())?),
    ];
    sessions.iter().map(|(name, session)| measured(name, session.as_os_str())).collect()
}

fn measured(name: &str, session: &OsStr) -> Result<Figure, String> {
    let mut console = Console::start(&[OsStr::new("--memory"), OsStr::new("--session"), session])?;
    console.first_picture()?;
    thread::sleep(WARM);
    console.forget();
    let (before, began) = (busy_ns(console.pid())?, Instant::now());
    let bytes = console.bytes_in(LENGTH)?;
    let (busy, passed) = (busy_ns(console.pid())? - before, began.elapsed());
    Ok(Figure {
        name: format!("terminal {name}"),
        value: bytes as f64 / 1e3 / passed.as_secs_f64(),
        unit: "kB/s",
        target: Some((Better::Lower, TARGET_KB_PER_S)),
        detail: format!(
            "its first screen at 120x40 over {:.0} s while the clock runs; {} % of a core, world \
             and all",
            passed.as_secs_f64(),
            number(100.0 * busy as f64 / passed.as_nanos() as f64)
        ),
    })
}
