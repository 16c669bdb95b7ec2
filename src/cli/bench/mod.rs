//! `watershed bench`: every figure that is claimed anywhere, measured where the reader stands.
//!
//! A bench checks what it produced before it tells how fast that was. A wrong result is an error; a
//! slow one never is, because machines differ: it is told as over its target.

mod child;
mod draw;
mod figure;
mod folder;
mod get;
mod idle;
mod invoke;
mod key;
mod kill;
mod machine;
mod mapping;
mod memory;
mod numbered;
mod process;
mod pty;
mod put;
mod recover;
mod reopen;
mod scratch;
mod serve;
mod simulate;
mod start;
mod terminal;
mod transform;
mod wide;

use std::process::ExitCode;

use clap::Args;

use crate::cli::{CliError, report};
use figure::Figure;

pub(super) use child::{ChildTask, child};

/// `watershed bench`.
#[derive(Debug, Args)]
pub(super) struct BenchTask {
    /// Which one; without it, lists them all and runs the quick ones
    name: Option<String>,
    /// Kills of the bench `kill`
    #[arg(long, value_name = "N", default_value_t = 100)]
    cycles: u32,
    #[command(flatten)]
    cell: put::Cell,
    /// Of `recover` and `reopen`: GiB of keys and data in the folder
    #[arg(long, value_name = "GIB", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    gib: u64,
    /// Of `serve` and `beside`: milliseconds of work at each server in each round
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    serve_ms: u64,
    /// Of `serve`: one kind of work alone
    #[arg(long, value_name = "WORK", value_parser = serve::WORKS)]
    only: Option<String>,
    /// Of `serve`: another server to compare with, a command that listens at `$PORT`. As often as there
    /// are servers: `kinesalite=exec npx kinesalite --port $PORT`. Of `transform`: `jaq=PATH`
    #[arg(long = "peer", value_name = "NAME=COMMAND")]
    peers: Vec<String>,
    /// Of `invoke`: another function, a command whose process speaks Lambda's Runtime API
    #[arg(long, value_name = "COMMAND")]
    function: Option<String>,
    /// Figures as JSON
    #[arg(long)]
    json: bool,
}

type Measured = Result<Vec<Figure>, String>;

struct Bench {
    name: &'static str,
    about: &'static str,
    /// Done in a few seconds.
    quick: bool,
    run: fn(&BenchTask) -> Measured,
}

const BENCHES: [Bench; 17] = [
    Bench {
        name: "simulate",
        about: "records a second of wall time in virtual time, one core; the same seed twice",
        quick: true,
        run: simulate::run,
    },
    Bench {
        name: "mapping",
        about: "cost of a record on its way through an event source mapping",
        quick: true,
        run: mapping::run,
    },
    Bench {
        name: "transform",
        about: "records a second through the stages of a transform, beside jaq itself with --peer",
        quick: false,
        run: transform::run,
    },
    Bench {
        name: "invoke",
        about: "what an invocation of a process costs; --function chooses another one",
        quick: true,
        run: invoke::run,
    },
    Bench {
        name: "put",
        about: "puts into a folder beside plain writes of the same bytes; --record chooses a cell",
        quick: false,
        run: put::run,
    },
    Bench {
        name: "get",
        about: "reads shards beside a framed read of the same records; --record chooses a cell",
        quick: false,
        run: get::run,
    },
    Bench {
        name: "serve",
        about: "requests over HTTP beside a server that knows nothing; --peer adds others",
        quick: false,
        run: serve::run,
    },
    Bench {
        name: "beside",
        about: "requests over HTTP with a console open beside the endpoint, of those without",
        quick: false,
        run: serve::beside,
    },
    Bench {
        name: "kill",
        about: "kill -9 under load, again and again: nothing acknowledged may be missing",
        quick: false,
        run: kill::run,
    },
    Bench {
        name: "recover",
        about: "verifies a folder of --gib beside a plain read of its files, cached and cold",
        quick: false,
        run: recover::run,
    },
    Bench {
        name: "reopen",
        about: "from opening a folder of --gib and 10,000 shards after kill -9 to the first answers",
        quick: false,
        run: reopen::run,
    },
    Bench {
        name: "draw",
        about: "time to draw the slowest screen of a busy world",
        quick: true,
        run: draw::run,
    },
    Bench {
        name: "start",
        about: "from the start of the program to its first picture, in a terminal",
        quick: true,
        run: start::run,
    },
    Bench {
        name: "idle",
        about: "share of a core and wake-ups of a console whose clock is paused",
        quick: false,
        run: idle::run,
    },
    Bench {
        name: "key",
        about: "from a key to the picture that answers it, under load",
        quick: false,
        run: key::run,
    },
    Bench {
        name: "terminal",
        about: "bytes a second to the terminal while the clock runs",
        quick: false,
        run: terminal::run,
    },
    Bench {
        name: "memory",
        about: "memory after an hour of black-friday, and of 1,000 shards",
        quick: false,
        run: memory::run,
    },
];

/// `watershed bench`.
pub(super) fn bench(task: &BenchTask) -> Result<ExitCode, CliError> {
    let chosen: Vec<&Bench> = match &task.name {
        Some(name) => vec![named(name)?],
        None => BENCHES.iter().filter(|bench| bench.quick).collect(),
    };
    if task.name.is_none() && !task.json {
        report::data(&list())?;
    }
    let mut figures = Vec::new();
    for bench in chosen {
        let failed = |why| CliError::Bench { bench: bench.name, why };
        let measured = (bench.run)(task).map_err(failed)?;
        if !task.json {
            let lines: String = measured.iter().map(Figure::line).collect();
            report::data(&lines)?;
        }
        figures.extend(measured);
    }
    if task.json {
        report::data(&format!("{:#}\n", figure::json(&figures)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn named(name: &str) -> Result<&'static Bench, CliError> {
    let found = BENCHES.iter().find(|bench| bench.name == name);
    found.ok_or_else(|| CliError::NoBench(name.to_owned()))
}

fn list() -> String {
    let line = |Bench { name, about, quick, .. }: &Bench| {
        format!("{name:<10} {about}{}\n", if *quick { "" } else { " (by name only)" })
    };
    BENCHES.iter().map(line).chain(["\n".to_owned()]).collect()
}
