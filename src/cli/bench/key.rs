//! From a key to the picture that answers it, while records pour in.

use std::ffi::OsStr;
use std::fs;
use std::thread;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::cli::bench::figure::{Better, Figure, number, quantile};
use crate::cli::bench::pty::Console;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured};

/// 20,000 records a second of engine time over 40 shards, and a function that reads their JSON.
const SESSION: &str = r#"(
    version: 1,
    title: "bench key",
    streams: [(name: "clicks", shards: 40, level: Memory, retention_s: 30)],
    functions: [(name: "f", kind: Count(field: "/page", top: 5), base_ms: 20)],
    producers: [
        (name: "web", stream: "clicks", source: Synthetic((
            rate: 20000, keys: Uniform(count: 10000), payload: Clicks, size: Fixed(bytes: 100),
        ))),
    ],
    mappings: [(name: "m", stream: "clicks", function: "f", batch_size: 500)],
    view: "stream clicks",
)"#;
const PRESSES: usize = 50;
const HELP: &str = "?";
const BACK: &str = "\x1b";
/// The head of the help screen. A cell that already holds its letter is not drawn again, so each
/// part of it will do.
const ANSWERS: [&str; 3] = ["type to search", "enter runs", "esc closes"];
const TARGET_MS: f64 = 30.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let folder = Scratch::new()?;
    let path = folder.path().join("load.ron");
    let written = fs::write(&path, SESSION);
    written.map_err(|why| format!("`{}` cannot be written: {why}", path.display()))?;
    let arguments = [OsStr::new("--memory"), OsStr::new("--session"), path.as_os_str()];
    let mut console = Console::start(&arguments)?;
    console.first_picture()?;
    thread::sleep(Duration::from_secs(2));
    // Keys come at any moment between two pictures.
    let mut chance = Pcg64Mcg::seed_from_u64(1);
    let mut times = Vec::new();
    for _ in 0..PRESSES {
        console.forget();
        let pressed = console.press(HELP)?;
        let answered = console.picture_with(&ANSWERS)?;
        times.push(answered.duration_since(pressed).as_secs_f64() * 1e3);
        console.press(BACK)?;
        thread::sleep(Duration::from_millis(chance.random_range(60..310)));
    }
    let p50 = quantile(&mut times, 0.5);
    Ok(vec![Figure {
        name: "key".to_owned(),
        value: quantile(&mut times, 0.99),
        unit: "ms",
        target: Some((Better::Lower, TARGET_MS)),
        detail: format!(
            "p99 of {PRESSES} keys at 20,000 records/s, p50 {} ms, at 120x40",
            number(p50)
        ),
    }])
}
