//! The console on a live world: `watershed` without a task.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::ahead::Ground;
use crate::cli::arguments::Screen;
use crate::cli::desk::OwnDesk;
use crate::cli::home::{self, Remembered};
use crate::cli::wardrobe::Wardrobe;
use crate::cli::{CliError, client, keys, load, looks, run, serve, tls};
use crate::console::app::{self, Hands};
use crate::console::format::{clock, count};
use crate::console::logs;
use crate::console::still::Look;
use crate::console::term;
use crate::console::theme::Depth;
use crate::live::Live;
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{FileSettings, KeyRule, Pace, ProducerSettings, SourceSettings};
use crate::remote::{Far, Place, Watching, Who};
use crate::server::{Heard, Listener, Options, Server};
use crate::session::Session;
use crate::world::{Port, Report};

/// A stream for the user's own lines.
const INPUT: &str = r#"(version: 1, title: "Input", streams: [(name: "lines", shards: 2)])"#;

/// Opens the console.
pub(super) fn console(screen: &Screen) -> Result<ExitCode, CliError> {
    let secured = screen.secured.tls || screen.secured.tls_cert.is_some();
    if secured && screen.listen.is_none() {
        return Err(CliError::TlsAlone);
    }
    let elsewhere = screen.elsewhere().as_ref().map(client::endpoint).transpose()?;
    let session = match (&elsewhere, &screen.input) {
        (Some((place, _)), _) => Session::empty(&place.url, 0),
        (None, Some(input)) => input_session(input)?,
        (None, None) => load::session(&screen.session)?,
    };
    let mut look =
        looks::look(&session, screen.theme.as_deref(), screen.ascii, screen.prices.as_deref())?;
    look.depth = screen.color.map_or(look.depth, looks::depth_of);
    let hands = Hands {
        keys: keys::keymap(screen.keys.as_deref())?,
        mouse: !screen.no_mouse && Remembered::read().mouse,
        read_only: screen.read_only,
        demo: screen.demo,
        file: load::file(&screen.session),
    };
    if !io::stdout().is_terminal() {
        return Err(CliError::NoTerminal);
    }
    // The 16 colors of `auto` are made for dark backgrounds: yellow on white is hard to read.
    let chosen = screen.theme.is_some() || session.theme.is_some();
    if !chosen && look.depth != Depth::None && looks::is_light() {
        "light".clone_into(&mut look.theme);
    }
    match elsewhere {
        Some((place, who)) => on_endpoint(screen, &look, &hands, (&place, &Arc::new(who))),
        None => on_session(screen, &look, &hands, &session),
    }
}

/// The console on a world in this program.
fn on_session(
    screen: &Screen,
    look: &Look,
    hands: &Hands,
    session: &Session,
) -> Result<ExitCode, CliError> {
    let listener = screen.listen.map(serve::listen).transpose()?;
    let (live, lambda) = run::live(session, &screen.place)?;
    let live = Arc::new(live);
    let server = listener.map(|socket| endpoint(screen, &live, socket)).transpose()?;
    let result = term::waker().and_then(|(waker, woken)| {
        let waker = Arc::new(waker);
        let rung = Arc::clone(&waker);
        live.on_picture(Box::new(move || rung.wake()));
        let desk = OwnDesk::new(Ground::Here(&live), waker, wardrobe(screen));
        app::run(&*live, &desk, look, hands, woken)
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

/// The endpoint beside the console, which tells of it in its log.
fn endpoint(screen: &Screen, live: &Arc<Live>, listener: Listener) -> Result<Server, CliError> {
    let address = listener.address().map_err(|why| CliError::Endpoint(why.to_string()))?;
    let certificate = tls::certificate(&screen.secured, address, &screen.place)?;
    let told = |heard: &Heard<'_>| {
        if let Heard::NoHandshake { client, why } = heard {
            log::warn!(target: "endpoint", "no handshake with {}: {why}", serve::shown(*client));
        }
    };
    let options = Options {
        tls: certificate.as_ref().map(|certificate| certificate.tls.clone()),
        sink: Some(Arc::new(told)),
        ..Options::default()
    };
    let server = serve::start(live, listener, options)?;
    logs::begin();
    log::info!(target: "endpoint", "serves at {}", serve::url(address, certificate.as_ref()));
    if let Some(path) = certificate.and_then(|certificate| certificate.authority) {
        log::info!(target: "endpoint", "clients trust it by `{}`", path.display());
    }
    Ok(server)
}

/// The console on streams elsewhere. Those of AWS are locked until `:rw`.
fn on_endpoint(
    screen: &Screen,
    look: &Look,
    hands: &Hands,
    (place, who): (&Place, &Arc<Who>),
) -> Result<ExitCode, CliError> {
    let hands = Hands { read_only: hands.read_only || place.is_aws(), ..hands.clone() };
    let cloudwatch = who.cloudwatch(place)?;
    let far =
        Far::start(place, who, Watching { calls_per_s: screen.calls, only: None, cloudwatch });
    let result = term::waker().and_then(|(waker, woken)| {
        let waker = Arc::new(waker);
        let rung = Arc::clone(&waker);
        far.on_picture(Box::new(move || rung.wake()));
        let desk = OwnDesk::new(Ground::Elsewhere(&far), waker, wardrobe(screen));
        app::run(&far, &desk, look, &hands, woken)
    });
    result.map(|()| ExitCode::SUCCESS).map_err(|why| CliError::Terminal(why.to_string()))
}

/// The user's own themes and keys, which are watched.
fn wardrobe(screen: &Screen) -> Wardrobe {
    let named = screen.theme.as_ref().map(PathBuf::from).filter(|path| path.is_file());
    Wardrobe::new(named).with_keys(screen.keys.clone().or_else(home::keys))
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
        aggregate: None,
    });
    Ok(session)
}
