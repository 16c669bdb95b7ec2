//! What a console costs that is looked at and does nothing.

use std::ffi::OsStr;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::cli::bench::figure::{Better, Figure};
use crate::cli::bench::pty::Console;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured};

/// The key that stops and starts the clock.
const CLOCK: &str = "\x10";
const CALM: Duration = Duration::from_secs(1);
const LENGTH: Duration = Duration::from_secs(10);
const TARGET_PERCENT: f64 = 0.2;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let data = folder.path().join("data");
    let mut console = Console::start(&[OsStr::new("--data"), data.as_os_str()])?;
    console.first_picture()?;
    thread::sleep(CALM);
    console.press(CLOCK)?;
    console.picture_with(&["paused", "PAUSED"])?;
    thread::sleep(CALM);
    let (before, began) = (busy_ns(console.pid())?, Instant::now());
    thread::sleep(LENGTH);
    let (after, passed) = (busy_ns(console.pid())?, began.elapsed());
    // A console that is dead, or a count that stands still, would be idle too.
    console.forget();
    console.press(CLOCK)?;
    console.picture_with(&[""])?;
    if busy_ns(console.pid())? <= after {
        return Err("the system does not count processor time".to_owned());
    }
    let percent = 100.0 * (after - before) as f64 / passed.as_nanos() as f64;
    Ok(vec![Figure {
        name: "idle".to_owned(),
        value: percent,
        unit: "% of a core",
        target: Some((Better::Lower, TARGET_PERCENT)),
        detail: format!("all threads, clock paused, over {:.0} s", passed.as_secs_f64()),
    }])
}

/// Processor time of all threads so far, nanoseconds. The scheduler's own count: the one in `stat`
/// has steps of 10 ms, which is half of what may be used here.
fn busy_ns(pid: u32) -> Result<u64, String> {
    let folder = format!("/proc/{pid}/task");
    let failed = |why| format!("`{folder}` tells no processor time: {why}");
    let mut sum = 0;
    for thread in fs::read_dir(&folder).map_err(failed)? {
        let path = thread.map_err(failed)?.path().join("schedstat");
        let text = fs::read_to_string(path).map_err(failed)?;
        let first = text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
        sum += first.ok_or_else(|| format!("`{folder}` holds `{text}`, not numbers"))?;
    }
    Ok(sum)
}
