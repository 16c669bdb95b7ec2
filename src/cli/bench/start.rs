//! From the start of the program to its first picture.

use std::ffi::OsStr;

use crate::cli::bench::figure::{Better, Figure, number, quantile};
use crate::cli::bench::pty::Console;
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured};

const STARTS: usize = 20;
const TARGET_MS: f64 = 100.0;

pub(super) fn run(_task: &BenchTask) -> Measured {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let folder = Scratch::new()?;
        let data = folder.path().join("data");
        let mut console = Console::start(&[OsStr::new("--data"), data.as_os_str()])?;
        times.push(console.first_picture()?.as_secs_f64() * 1e3);
    }
    let worst = quantile(&mut times, 1.0);
    Ok(vec![Figure {
        name: "start".to_owned(),
        value: quantile(&mut times, 0.5),
        unit: "ms",
        target: Some((Better::Lower, TARGET_MS)),
        detail: format!(
            "median of {STARTS} starts on a new data folder, worst {} ms; one more exec than a \
             shell needs",
            number(worst)
        ),
    }])
}
