//! The endpoint: `watershed serve`, and `--listen` on the console.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use log::{LevelFilter, Log, Metadata, Record};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::arguments::{Chatter, ServeTask, Signing};
use crate::cli::report::{data, talk};
use crate::cli::tls::{self, Certificate};
use crate::cli::{CliError, load, run};
use crate::live::{Live, LiveClock};
use crate::model::date::Iso;
use crate::model::{Action, Millis, ShardLimits};
use crate::remote::Profiles;
use crate::server::{Auth, Heard, Keys, Listener, Options, Served, Server, Sink};
use crate::session::Session;
use crate::wire::Account;

/// `watershed serve`.
pub(super) fn serve(task: &ServeTask) -> Result<ExitCode, CliError> {
    let session = match &task.session {
        Some(name) => load::session(name)?,
        None => Session::empty("Endpoint", 0),
    };
    let auth = auth(task)?;
    let open = task.allow_remote && matches!(auth, Auth::Verify(_));
    let listener = if open { bind(task.listen) } else { listen(task.listen) }?;
    let account = Account {
        id: task.account.clone(),
        region: task.region.clone(),
        level: task.level,
        limits: if task.no_limits { ShardLimits::OFF } else { ShardLimits::KINESIS },
    };
    let certificate = tls::certificate(&task.secured, task.listen, &task.place)?;
    let tls = certificate.as_ref().map(|certificate| certificate.tls.clone());
    let options = Options { account, auth, tls, sink: sink(task.log), ..Options::default() };
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|why| CliError::Listen { address: task.listen, why: why.to_string() })?;
    if task.log != Chatter::Off && log::set_logger(&Teller).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
    let (live, lambda) = run::live(&session, &task.place)?;
    let live = Arc::new(live);
    let server = start(&live, listener, options)?;
    data(&format!("{}\n", url(server.address(), certificate.as_ref())))?;
    tell("info", &format!("msg=\"listening\" address={}", server.address()));
    if let Some(path) = certificate.and_then(|certificate| certificate.authority) {
        tell("info", &format!("msg=\"clients trust it by this file\" ca={}", path.display()));
    }
    signals.forever().next();
    tell("info", "msg=\"stopping\"");
    server.stop();
    drop(lambda);
    end(live);
    Ok(ExitCode::SUCCESS)
}

/// Where clients find an endpoint.
pub(super) fn url(address: SocketAddr, certificate: Option<&Certificate>) -> String {
    let scheme = if certificate.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// What is asked of signatures, and the keys for it.
fn auth(task: &ServeTask) -> Result<Auth, CliError> {
    match task.auth {
        Signing::Off => Ok(Auth::Off),
        Signing::Present => Ok(Auth::Present),
        Signing::Verify => {
            let missing = || CliError::NoKeys("name a file with `--credentials`".to_owned());
            let path = task.credentials.as_ref().ok_or_else(missing)?;
            let profiles = Profiles::parse(&load::read(path)?);
            let owned = |(key, secret): (&str, &str)| (key.to_owned(), secret.to_owned());
            let keys: Keys = profiles.keys().map(owned).collect();
            if keys.is_empty() {
                let why = format!("`{}` has no profile with both keys", path.display());
                return Err(CliError::NoKeys(why));
            }
            Ok(Auth::Verify(keys))
        }
    }
}

/// A socket that listens, on this machine only.
pub(super) fn listen(address: SocketAddr) -> Result<Listener, CliError> {
    if !address.ip().is_loopback() {
        return Err(CliError::NotLoopback(address));
    }
    bind(address)
}

fn bind(address: SocketAddr) -> Result<Listener, CliError> {
    Listener::bind(address).map_err(|why| CliError::Listen { address, why: why.to_string() })
}

/// Starts the endpoint of a live world.
pub(super) fn start(
    live: &Arc<Live>,
    listener: Listener,
    options: Options,
) -> Result<Server, CliError> {
    ask_for_descriptors();
    Server::start(Arc::clone(live) as _, listener, options)
        .map_err(|why| CliError::Endpoint(why.to_string()))
}

/// Each connection takes a descriptor, and the limit that most shells set is for programs of another time:
/// the one that the system allows beyond it is asked for.
#[cfg(unix)]
fn ask_for_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Without it connections wait earlier.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
fn ask_for_descriptors() {}

/// Ends a live world that had an endpoint, when that has ended.
pub(super) fn end(live: Arc<Live>) {
    if let Some(live) = Arc::into_inner(live) {
        live.stop();
    }
}

/// Whom requests are told.
fn sink(log: Chatter) -> Option<Sink> {
    let told = move |heard: &Heard<'_>| match heard {
        Heard::Request(served) if log == Chatter::Requests || served.status >= 400 => {
            tell_request(served);
        }
        Heard::Request(_) => {}
        Heard::NoHandshake { client, why } => {
            let client = shown(*client);
            tell("warn", &format!("msg=\"no handshake\" client={client} why={why:?}"));
        }
    };
    (log != Chatter::Off).then(|| Arc::new(told) as Sink)
}

/// A client, as the log has it.
pub(super) fn shown(client: Option<SocketAddr>) -> String {
    client.map_or_else(|| "-".to_owned(), |client| client.to_string())
}

fn tell_request(served: &Served<'_>) {
    let level = match served.status {
        0..=399 => "info",
        400..=499 => "warn",
        500.. => "error",
    };
    let Served { action, status, code, micros, request_bytes, answer_bytes } = served;
    let action = action.map_or("-", Action::name);
    let code = code.unwrap_or("-");
    tell(
        level,
        &format!(
            "operation={action} status={status} code={code} micros={micros} \
             request_bytes={request_bytes} answer_bytes={answer_bytes}"
        ),
    );
}

/// What the program has to tell of itself, among the requests: that records are refused, and why.
struct Teller;

impl Log for Teller {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_lowercase();
            let text = record.args().to_string();
            tell(&level, &format!("msg={text:?} of={}", record.target()));
        }
    }

    fn flush(&self) {}
}

/// One line of the log: `key=value` pairs, the time and the level first.
fn tell(level: &str, pairs: &str) {
    let now = LiveClock::start(Millis::ZERO).now();
    talk(&format!("time={} level={level} {pairs}\n", Iso(now)));
}
