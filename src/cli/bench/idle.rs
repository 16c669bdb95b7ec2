//! What a console costs that is looked at and does nothing.

use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::process::{busy_ns, wake_ups};
use crate::cli::bench::pty::Console;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::wide;
use crate::cli::bench::{BenchTask, Measured};

/// The key that stops and starts the clock.
const CLOCK: &str = "\x10";
const CALM: Duration = Duration::from_secs(1);
const LENGTH: Duration = Duration::from_secs(10);
const TARGET_PERCENT: f64 = 0.2;
const TARGET_WAKE_UPS: f64 = 20.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let data = folder.path().join("data").into_os_string();
    let wide = wide::write(folder.path())?.into_os_string();
    let on_disk: Vec<OsString> = vec!["--data".into(), data];
    let in_memory = |session: OsString| vec!["--memory".into(), "--session".into(), session];
    let mut figures = Vec::new();
    for (name, arguments) in [
        ("first-light", on_disk),
        ("black-friday", in_memory("black-friday".into())),
        ("1000 shards", in_memory(wide)),
    ] {
        figures.extend(idle(name, &arguments)?);
    }
    Ok(figures)
}

fn idle(name: &str, arguments: &[OsString]) -> Measured {
    let arguments: Vec<_> = arguments.iter().map(OsString::as_os_str).collect();
    let mut console = Console::start(&arguments)?;
    console.first_picture()?;
    thread::sleep(CALM);
    console.press(CLOCK)?;
    console.picture_with(&["paused", "PAUSED"])?;
    thread::sleep(CALM);
    let pid = console.pid();
    let (before, woken, began) = (busy_ns(pid)?, wake_ups(pid)?, Instant::now());
    thread::sleep(LENGTH);
    let (after, woken, passed) = (busy_ns(pid)?, wake_ups(pid)? - woken, began.elapsed());
    // A console that is dead, or a count that stands still, would be idle too.
    console.forget();
    console.press(CLOCK)?;
    console.picture_with(&[""])?;
    if busy_ns(pid)? <= after {
        return Err("the system does not count processor time".to_owned());
    }
    let detail = format!("all threads, clock paused, over {:.0} s", passed.as_secs_f64());
    Ok(vec![
        Figure {
            name: format!("idle {name}"),
            value: 100.0 * (after - before) as f64 / passed.as_nanos() as f64,
            unit: "% of a core",
            target: Some((Better::Lower, TARGET_PERCENT)),
            detail: detail.clone(),
        },
        Figure {
            name: format!("idle {name}"),
            value: woken as f64 / passed.as_secs_f64(),
            unit: "wake-ups/s",
            target: Some((Better::Lower, TARGET_WAKE_UPS)),
            detail,
        },
    ])
}
