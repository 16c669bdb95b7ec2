//! The console on a live world: `watershed` without a task.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::arguments::Screen;
use crate::cli::desk::Desk;
use crate::cli::{CliError, load, run};
use crate::console::app::{self, Look};
use crate::console::term;
use crate::console::theme::{BUILT_IN, Depth};
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{FileSettings, KeyRule, Pace, ProducerSettings, SourceSettings};
use crate::session::Session;

/// A stream for the user's own lines.
const INPUT: &str = r#"(version: 1, title: "Input", streams: [(name: "lines", shards: 2)])"#;

/// Opens the console.
pub(super) fn console(screen: &Screen) -> Result<ExitCode, CliError> {
    if !io::stdout().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    let session = match &screen.input {
        Some(input) => input_session(input)?,
        None => load::session(&screen.session)?,
    };
    let look = look(screen, &session)?;
    let live = run::live(&session, &screen.place)?;
    let result = term::waker().and_then(|(waker, woken)| {
        live.on_picture(Box::new(move || waker.wake()));
        app::run(&live, &Desk, &look, woken)
    });
    live.stop();
    result.map(|()| ExitCode::SUCCESS).map_err(|why| CliError::Terminal(why.to_string()))
}

fn input_session(input: &str) -> Result<Session, CliError> {
    let mut session = Session::parse("--input", INPUT)?;
    let key = KeyRule::Line;
    session.producers.push(ProducerSettings {
        name: PartName::new("input").expect("invariant: a good name"),
        stream: StreamName::new("lines").expect("invariant: a good name"),
        source: match input {
            "-" => SourceSettings::Stdin { key },
            path => SourceSettings::File(FileSettings {
                path: PathBuf::from(path),
                pace: Pace::FullSpeed,
                key,
            }),
        },
        paused: false,
        retries: 1_000,
    });
    Ok(session)
}

fn look(screen: &Screen, session: &Session) -> Result<Look, CliError> {
    let depth = depth();
    let named = screen.theme.as_deref().or(session.theme.as_deref());
    if let Some(name) = named.filter(|name| !BUILT_IN.iter().any(|(known, _)| known == name)) {
        return Err(CliError::NoTheme(name.to_owned()));
    }
    let theme = named.unwrap_or("auto").to_owned();
    Ok(Look { theme, depth, ascii: screen.ascii, view: session.view.clone() })
}

/// What the environment says of the terminal's colors.
fn depth() -> Depth {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    if set("NO_COLOR").is_some() || term == "dumb" {
        return Depth::None;
    }
    match set("COLORTERM").as_deref() {
        Some("truecolor" | "24bit") => Depth::True,
        _ if term.contains("256color") => Depth::Ansi256,
        _ => Depth::Ansi16,
    }
}

/// `watershed themes`.
pub(super) fn list_themes() -> ExitCode {
    for (name, _) in BUILT_IN {
        println!("{name}");
    }
    ExitCode::SUCCESS
}
