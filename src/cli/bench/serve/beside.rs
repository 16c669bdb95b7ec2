//! `watershed bench beside`: what a console that is open beside the endpoint costs its clients. The same load,
//! alternately without and with a console that watches the endpoint from a terminal of its own.

use std::ffi::OsStr;
use std::time::Duration;

use crate::cli::bench::figure::{Better, Figure, number};
use crate::cli::bench::pty::Console;
use crate::cli::bench::{BenchTask, Measured};

use super::client::{self, Worked};
use super::rival::Rival;
use super::{PUTS, SHARDS, puts};

/// Pairs of rounds: what the machine does beside them goes over several.
const PAIRS: usize = 8;

/// Runs it.
pub(in crate::cli::bench) fn run(task: &BenchTask) -> Measured {
    let rival = Rival::ours("process")?;
    client::create(rival.address(), SHARDS)?;
    let url = format!("http://{}", rival.address());
    let length = Duration::from_millis(task.serve_ms);
    let mut figures = Vec::new();
    for cell in PUTS.iter().filter(|cell| cell.connections > 1) {
        let load = puts(cell);
        let mut sums = [Worked::default(), Worked::default()];
        // What is new is slower at first, and is nobody's to pay for.
        client::work(rival.address(), &load, cell.connections, length)?;
        for pair in 0..PAIRS {
            // Each goes first as often as the other.
            for with in [pair % 2 == 0, pair % 2 == 1] {
                let console = with.then(|| watching(&url)).transpose()?;
                let before = rival.cpu();
                let worked = client::work(rival.address(), &load, cell.connections, length)?;
                sums[usize::from(with)].add(worked, rival.cpu().saturating_sub(before));
                drop(console);
            }
        }
        let [alone, with] = sums.map(|sum| sum.rate() * cell.records as f64);
        figures.push(Figure {
            name: format!("beside/{}", cell.name),
            value: with / alone,
            unit: "of alone",
            target: Some((Better::Higher, 0.97)),
            detail: format!(
                "{} records/s with a console, {} alone, {PAIRS} rounds of each",
                number(with),
                number(alone)
            ),
        });
    }
    Ok(figures)
}

/// A console that shows the stream.
fn watching(url: &str) -> Result<Console, String> {
    let arguments = ["--endpoint", url, "--calls", "20"];
    let mut console = Console::start(&arguments.map(OsStr::new))?;
    console.picture_with(&[client::STREAM])?;
    Ok(console)
}
