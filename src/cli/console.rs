//! The console on a live world: `watershed` without a task.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::arguments::Screen;
use crate::cli::desk::Desk;
use crate::cli::{CliError, keys, load, looks, run, serve};
use crate::console::app::{self, Hands};
use crate::console::term;
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{FileSettings, KeyRule, Pace, ProducerSettings, SourceSettings};
use crate::server::Options;
use crate::session::Session;

/// A stream for the user's own lines.
const INPUT: &str = r#"(version: 1, title: "Input", streams: [(name: "lines", shards: 2)])"#;

/// Opens the console.
pub(super) fn console(screen: &Screen) -> Result<ExitCode, CliError> {
    let session = match &screen.input {
        Some(input) => input_session(input)?,
        None => load::session(&screen.session)?,
    };
    let look =
        looks::look(&session, screen.theme.as_deref(), screen.ascii, screen.prices.as_deref())?;
    let hands = Hands {
        keys: keys::keymap(screen.keys.as_deref())?,
        mouse: !screen.no_mouse,
        read_only: screen.read_only,
        demo: screen.demo,
    };
    if !io::stdout().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    let listener = screen.listen.map(serve::listen).transpose()?;
    let (live, lambda) = run::live(&session, &screen.place)?;
    let live = Arc::new(live);
    let server = listener.map(|socket| serve::start(&live, socket, Options::default()));
    let server = server.transpose()?;
    let result = term::waker().and_then(|(waker, woken)| {
        live.on_picture(Box::new(move || waker.wake()));
        app::run(&*live, &Desk::default(), &look, &hands, woken)
    });
    if let Some(server) = server {
        server.stop();
    }
    drop(lambda);
    serve::end(live);
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
