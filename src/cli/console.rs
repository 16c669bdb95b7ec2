//! The console on a live world: `watershed` without a task.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::arguments::Screen;
use crate::cli::desk::LiveDesk;
use crate::cli::home::{self, Remembered};
use crate::cli::wardrobe::Wardrobe;
use crate::cli::{CliError, keys, load, looks, run, serve};
use crate::console::app::{self, Hands};
use crate::console::format::{clock, count};
use crate::console::term;
use crate::console::theme::Depth;
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{FileSettings, KeyRule, Pace, ProducerSettings, SourceSettings};
use crate::server::Options;
use crate::session::Session;
use crate::world::{Port, Report};

/// A stream for the user's own lines.
const INPUT: &str = r#"(version: 1, title: "Input", streams: [(name: "lines", shards: 2)])"#;

/// Opens the console.
pub(super) fn console(screen: &Screen) -> Result<ExitCode, CliError> {
    let session = match &screen.input {
        Some(input) => input_session(input)?,
        None => load::session(&screen.session)?,
    };
    let mut look =
        looks::look(&session, screen.theme.as_deref(), screen.ascii, screen.prices.as_deref())?;
    look.depth = screen.color.map_or(look.depth, looks::depth_of);
    let hands = Hands {
        keys: keys::keymap(screen.keys.as_deref())?,
        mouse: !screen.no_mouse && Remembered::read().mouse,
        read_only: screen.read_only,
        demo: screen.demo,
    };
    if !io::stdout().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    // The 16 colors of `auto` are made for dark backgrounds: yellow on white is hard to read.
    let chosen = screen.theme.is_some() || session.theme.is_some();
    if !chosen && look.depth != Depth::None && looks::is_light() {
        "light".clone_into(&mut look.theme);
    }
    let listener = screen.listen.map(serve::listen).transpose()?;
    let (live, lambda) = run::live(&session, &screen.place)?;
    let live = Arc::new(live);
    let server = listener.map(|socket| serve::start(&live, socket, Options::default()));
    let server = server.transpose()?;
    let result = term::waker().and_then(|(waker, woken)| {
        let waker = Arc::new(waker);
        let rung = Arc::clone(&waker);
        live.on_picture(Box::new(move || rung.wake()));
        let named = screen.theme.as_ref().map(PathBuf::from).filter(|path| path.is_file());
        let own = screen.keys.clone().or_else(home::keys);
        let desk = LiveDesk::new(&live, waker, Wardrobe::new(named).with_keys(own));
        app::run(&*live, &desk, &look, &hands, woken)
    });
    let (left, unsaved) = (live.report(), live.snapshot().unsaved);
    if let Some(server) = server {
        server.stop();
    }
    drop(lambda);
    serve::end(live);
    if result.is_ok() {
        eprint!("{}", farewell(&left, unsaved));
    }
    result.map(|()| ExitCode::SUCCESS).map_err(|why| CliError::Terminal(why.to_string()))
}

/// What is left behind on the terminal: what was looked at, in a line or two.
fn farewell(report: &Report, unsaved: bool) -> String {
    let Report { session, elapsed_ms, totals, streams, .. } = report;
    let shards: usize = streams.iter().map(|stream| stream.open_shards).sum();
    let told = format!(
        "watershed: {} of `{session}`, {} streams, {shards} shards; {} records taken, {} refused, \
         {} read\n",
        clock(*elapsed_ms),
        streams.len(),
        count(totals.incoming_records),
        count(totals.write_provisioned_throughput_exceeded),
        count(totals.outgoing_records),
    );
    match unsaved {
        true => format!("{told}changes of the set-up were not saved\n"),
        false => told,
    }
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
