//! What can be said on the command line.

mod client;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(super) use client::{
    AtEndpoint, DescribeTask, PutTask, StreamTask, TailFrom, TailShape, TailTask,
};

use crate::cli::bench::{BenchTask, ChildTask};
use crate::model::{ACCOUNT, Level, REGION};

/// An operations console for sharded streams, with the stream engine inside.
#[derive(Debug, Parser)]
#[command(name = "watershed", version, about, disable_help_subcommand = true)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) screen: Screen,
    #[command(subcommand)]
    pub(super) task: Option<Task>,
}

/// The console.
#[derive(Debug, Args)]
pub(super) struct Screen {
    /// Session to open: a name or a path
    #[arg(long, value_name = "SESSION", default_value = "first-light")]
    pub(super) session: String,
    /// Feed a stream with the lines of a file, or of the standard input (`-`), in place of a session
    #[arg(long, value_name = "FILE", conflicts_with = "session")]
    pub(super) input: Option<String>,
    /// Tell the session's story in a bar of its own, and go from screen to screen with it
    #[arg(long, conflicts_with = "input")]
    pub(super) demo: bool,
    #[command(flatten)]
    pub(super) place: Place,
    /// Colors: a name of `watershed themes`, or a file
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// A price list of your own for the costs, instead of the one that `watershed config path` names
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// Draw with ASCII only
    #[arg(long)]
    pub(super) ascii: bool,
    /// How many colors; by the environment unless given
    #[arg(long, value_name = "DEPTH")]
    pub(super) color: Option<ColorDepth>,
    /// Keys: a file as `watershed keys` writes it, instead of the one that `watershed config path` names
    #[arg(long, value_name = "FILE")]
    pub(super) keys: Option<PathBuf>,
    /// Let nothing change the world until `:rw`
    #[arg(long)]
    pub(super) read_only: bool,
    /// Leave the mouse to the terminal; `M` takes it
    #[arg(long)]
    pub(super) no_mouse: bool,
    /// Serve these streams to Kinesis clients meanwhile, at this address: `127.0.0.1:4567`
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(super) secured: Secured,
    /// Watch and change the streams of an endpoint, `http://HOST:PORT` or `https://HOST`, instead of a session's
    #[arg(long, value_name = "URL", conflicts_with_all = HERE)]
    pub(super) endpoint: Option<String>,
    /// The same for the streams in a region of AWS
    #[arg(long, value_name = "REGION", value_parser = parse_region, conflicts_with_all = HERE)]
    pub(super) region: Option<String>,
    /// The same with the keys and the region of a profile, instead of the environment's
    #[arg(long, value_name = "PROFILE", conflicts_with_all = HERE)]
    pub(super) profile: Option<String>,
    /// Trust the authorities in this file (PEM) and no other, instead of AWS_CA_BUNDLE's or the system's
    #[arg(long, value_name = "FILE", conflicts_with_all = HERE)]
    pub(super) ca: Option<PathBuf>,
    /// Calls a second that watching an endpoint may make, 1 to 1,000
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) calls: u32,
}

/// What is about streams in this program.
const HERE: [&str; 6] = ["session", "input", "demo", "data", "memory", "listen"];

impl Screen {
    /// The endpoint whose streams are watched, if it is not this program's.
    pub(super) fn elsewhere(&self) -> Option<AtEndpoint> {
        let Self { endpoint, region, profile, ca, .. } = self;
        let named = endpoint.is_some() || region.is_some() || profile.is_some() || ca.is_some();
        named.then(|| AtEndpoint {
            endpoint: endpoint.clone(),
            region: region.clone(),
            profile: profile.clone(),
            ca: ca.clone(),
        })
    }
}

/// TLS of an endpoint that is served.
#[derive(Debug, Args)]
pub(super) struct Secured {
    /// Speak TLS, and nothing else, with a certificate of our own; the file by which clients trust it is told
    #[arg(long)]
    pub(super) tls: bool,
    /// A name of the endpoint for its own certificate, beside `localhost` and this machine's
    #[arg(long = "tls-name", value_name = "NAME", requires = "tls")]
    pub(super) tls_names: Vec<String>,
    /// Speak TLS with this certificate: PEM, the chain behind it
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls_names")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The key of the certificate: PEM, without a passphrase
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
}

/// How many colors a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorDepth {
    /// 24 bits
    True,
    /// The cube of 256
    #[value(name = "256")]
    Cube,
    /// The terminal's own 16
    #[value(name = "16")]
    Sixteen,
    /// None: bold, reversed and glyphs
    None,
}

/// Where streams live.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Folder of durable streams, instead of the platform's data folder
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    pub(super) data: Option<PathBuf>,
    /// Keep everything in memory; nothing is left behind
    #[arg(long)]
    pub(super) memory: bool,
}

/// What can be done without a screen.
#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// Run a session in real time and report
    Run(RunTask),
    /// Serve streams to Kinesis clients
    Serve(ServeTask),
    /// Put the lines of the standard input into a stream, at any endpoint
    Put(PutTask),
    /// Show the records of a stream as they come, at any endpoint
    Tail(TailTask),
    /// Name the streams of an endpoint
    Streams(AtEndpoint),
    /// Tell of a stream and its shards, or write a session like it
    Describe(DescribeTask),
    #[command(flatten)]
    Stream(StreamTask),
    /// Run a session in virtual time and report
    Simulate(SimulateTask),
    /// Run a session in virtual time and tell what is wrong at its end. Exit code: 0 nothing, 1
    /// something, 2 it could not be run
    Check(CheckTask),
    /// Run a session up to a moment, then ahead from there, without its timeline: as it is, and with
    /// each command tried
    WhatIf(WhatIfTask),
    /// Draw the console as it would stand at some moment of a session, as SVG
    Screenshot(ScreenshotTask),
    /// Play a session as a demo in virtual time, and draw it as a moving picture (SVG). The same
    /// seed gives the same bytes
    Cast(CastTask),
    /// Work on session files
    #[command(subcommand)]
    Session(SessionTask),
    /// Check and explain a data folder; nothing in it is changed
    #[command(subcommand)]
    Log(LogTask),
    /// List the sessions that are built in
    Sessions,
    /// List the themes that are built in
    Themes,
    /// Print the keys in use as a key file to start from
    Keys {
        /// Keys of this file, instead of the user's own
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// The user's own files
    #[command(subcommand)]
    Config(ConfigTask),
    /// Print the JSON schema of a file, for editors and programs that write such files
    Schema {
        /// Of which
        of: Described,
    },
    /// Print the manual page: `watershed man | man -l -`
    Man,
    /// Measure what is claimed, here
    Bench(BenchTask),
    /// For `bench` alone
    #[command(subcommand, hide = true)]
    BenchChild(ChildTask),
    /// Print shell completions
    Completions {
        /// Which shell
        shell: Shell,
    },
}

/// `watershed run`.
#[derive(Debug, Args)]
pub(super) struct RunTask {
    /// Name or path
    pub(super) session: String,
    /// For how long: `60s`, `5m`, `1h`
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = parse_time)]
    pub(super) length_ms: u64,
    /// Report as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) place: Place,
}

/// `watershed serve`.
#[derive(Debug, Args)]
pub(super) struct ServeTask {
    /// Session to begin with, a name or a path; none has no streams
    pub(super) session: Option<String>,
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4567")]
    pub(super) listen: SocketAddr,
    #[command(flatten)]
    pub(super) place: Place,
    /// The account's number in ARNs and errors: twelve digits
    #[arg(long, value_name = "ID", default_value = ACCOUNT, value_parser = parse_account)]
    pub(super) account: String,
    /// The region in ARNs
    #[arg(long, value_name = "NAME", default_value = REGION, value_parser = parse_region)]
    pub(super) region: String,
    /// What an acknowledged record of a new stream survives: `memory`, `process` (kill -9), `power`
    #[arg(long, default_value = Level::Process.word(), value_parser = parse_level)]
    pub(super) level: Level,
    /// New streams have no throughput limits
    #[arg(long)]
    pub(super) no_limits: bool,
    /// What is asked of the signatures of requests; `verify` wants `--credentials`
    #[arg(long, value_enum, default_value_t = Signing::Present)]
    pub(super) auth: Signing,
    /// Keys that may ask: a file as AWS' tools have it, all profiles of it
    #[arg(long, value_name = "FILE")]
    pub(super) credentials: Option<PathBuf>,
    /// Listen at an address that other machines reach; wants `--auth verify`
    #[arg(long)]
    pub(super) allow_remote: bool,
    #[command(flatten)]
    pub(super) secured: Secured,
    /// Which requests are told on standard error
    #[arg(long, value_enum, default_value_t = Chatter::Refusals)]
    pub(super) log: Chatter,
}

/// Files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// Sessions
    Session,
    /// Themes
    Theme,
    /// Key files
    Keys,
    /// Price lists
    Prices,
}

/// What is asked of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Signing {
    /// Nothing
    Off,
    /// That there is one
    Present,
    /// That it is right
    Verify,
}

/// Which requests are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Chatter {
    /// None
    Off,
    /// Those that were refused or failed
    Refusals,
    /// All
    Requests,
}

/// `watershed simulate`.
#[derive(Debug, Args)]
pub(super) struct SimulateTask {
    /// Name or path
    pub(super) session: String,
    /// For how long: `60s`, `5m`, `1h`; the session's own length unless given
    #[arg(long = "for", value_name = "TIME", value_parser = parse_time)]
    pub(super) length_ms: Option<u64>,
    /// Root of all chance, instead of the session's
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<u64>,
    /// Report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// `watershed check`.
#[derive(Debug, Args)]
pub(super) struct CheckTask {
    /// Name or path
    pub(super) session: String,
    /// For how long: `60s`, `5m`, `1h`; the session's own length unless given
    #[arg(long = "for", value_name = "TIME", value_parser = parse_time)]
    pub(super) length_ms: Option<u64>,
    /// Root of all chance, instead of the session's
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<u64>,
    /// Tell as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// `watershed what-if`.
#[derive(Debug, Args)]
pub(super) struct WhatIfTask {
    /// Name or path
    pub(super) session: String,
    /// Commands of one course, apart by `;`: `policy orders target 70`. As often as there are courses
    #[arg(long = "try", value_name = "COMMANDS", required_unless_present = "loads")]
    pub(super) courses: Vec<String>,
    /// So many times the load of every producer, as a course: `x10`. As often as there are such
    #[arg(long = "load", value_name = "xN", value_parser = parse_times)]
    pub(super) loads: Vec<f64>,
    /// The moment, from the session's beginning: `90s`, `5m`
    #[arg(long = "at", value_name = "TIME", default_value = "60s", value_parser = parse_time)]
    pub(super) at_ms: u64,
    /// How far ahead: `60s`, `5m`, `1h`
    #[arg(long = "for", value_name = "TIME", default_value = "5m", value_parser = parse_time)]
    pub(super) ahead_ms: u64,
    /// A price list of your own for the costs, instead of the one that `watershed config path` names
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// Root of all chance, instead of the session's
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<u64>,
    /// Tell as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// `watershed screenshot`.
#[derive(Debug, Args)]
pub(super) struct ScreenshotTask {
    /// Name or path
    pub(super) session: String,
    /// When, from the session's beginning: `90s`, `5m`; its own length unless given
    #[arg(long = "at", value_name = "TIME", value_parser = parse_time)]
    pub(super) at_ms: Option<u64>,
    /// Columns and rows, 40x8 to 500x200
    #[arg(long, value_name = "WxH", default_value = "120x40", value_parser = parse_size)]
    pub(super) size: (u16, u16),
    /// Colors: a name of `watershed themes`, or a file
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// The screen, as on the command line: `streams`, `heat NAME`, `costs`, as `help` lists them; the session's own unless given
    #[arg(long, value_name = "VIEW")]
    pub(super) view: Option<String>,
    /// Root of all chance, instead of the session's
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<u64>,
    /// A price list of your own for the costs, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,
    /// Draw with ASCII only
    #[arg(long)]
    pub(super) ascii: bool,
    /// Print the text of the screen instead of a picture
    #[arg(long)]
    pub(super) text: bool,
}

/// `watershed cast`.
#[derive(Debug, Args)]
pub(super) struct CastTask {
    /// Name or path
    pub(super) session: String,
    /// Where it begins, from the session's beginning: `90s`, `5m`
    #[arg(long = "from", value_name = "TIME", default_value = "1s", value_parser = parse_time)]
    pub(super) from_ms: u64,
    /// Where it ends; at the session's own length unless given
    #[arg(long = "to", value_name = "TIME", value_parser = parse_time)]
    pub(super) to_ms: Option<u64>,
    /// Time of the session from picture to picture
    #[arg(long = "every", value_name = "TIME", default_value = "1s", value_parser = parse_time)]
    pub(super) every_ms: u64,
    /// Pictures a second, 0.1 to 30
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = parse_rate)]
    pub(super) fps: f64,
    /// Columns and rows, 40x8 to 500x200
    #[arg(long, value_name = "WxH", default_value = "120x40", value_parser = parse_size)]
    pub(super) size: (u16, u16),
    /// Colors: a name of `watershed themes`, or a file
    #[arg(long, value_name = "NAME")]
    pub(super) theme: Option<String>,
    /// Root of all chance, instead of the session's
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<u64>,
}

/// `watershed session`.
#[derive(Debug, Subcommand)]
pub(super) enum SessionTask {
    /// Say what is wrong with a session file, or that nothing is
    Check {
        /// The file
        file: PathBuf,
    },
}

/// `watershed config`.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigTask {
    /// Say which files are looked for, and which are there
    Path,
}

/// `watershed log`.
#[derive(Debug, Subcommand)]
pub(super) enum LogTask {
    /// Check every checksum, and whether the folder opens
    Verify {
        /// The folder
        folder: PathBuf,
        /// Report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what stands in each file: journal frames, chunks, state
    Dump {
        /// The folder
        folder: PathBuf,
        /// Each record of the journal too
        #[arg(long)]
        records: bool,
    },
}

/// Reads `250ms`, `60s`, `5m`, `1h`, `1d` into milliseconds.
/// Reads `x10`, 0 to 1,000.
fn parse_times(text: &str) -> Result<f64, String> {
    let times = text.strip_prefix('x').unwrap_or(text).parse().ok();
    let fits = times.filter(|times| (0.0..=1_000.0).contains(times));
    fits.ok_or_else(|| "so many times the load, 0 to 1000: x10".to_owned())
}

fn parse_time(text: &str) -> Result<u64, String> {
    let units = [("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6), ("d", 8.64e7)];
    let parsed = units.iter().find_map(|(unit, ms)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        (number > 0.0 && number * ms <= 1e12).then_some((number * ms).round() as u64)
    });
    parsed
        .filter(|ms| *ms > 0)
        .ok_or_else(|| "a time is a number above 0 and a unit: 250ms, 60s, 5m, 1h or 1d".to_owned())
}

fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a seed is a whole number from 0 to 18446744073709551615".to_owned())
}

fn parse_account(text: &str) -> Result<String, String> {
    let good = text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit());
    good.then(|| text.to_owned()).ok_or_else(|| "an account is twelve digits".to_owned())
}

fn parse_region(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let good = !text.is_empty() && text.bytes().all(known);
    good.then(|| text.to_owned()).ok_or_else(|| "a region is like eu-west-1".to_owned())
}

fn parse_level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| "a level is memory, process or power".to_owned())
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.1..=30.0).contains(rate));
    rate.ok_or_else(|| "pictures a second are 0.1 to 30".to_owned())
}

/// Reads `120x40`.
fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| {
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        ((40..=500).contains(&width) && (8..=200).contains(&height)).then_some((width, height))
    });
    parsed.ok_or_else(|| "a size is columns x rows from 40x8 to 500x200, as 120x40".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(parse_size("120x40"), Ok((120, 40)));
        for text in ["", "120", "120x", "39x40", "40x7", "501x40", "-1x9", "120X40"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_need_a_number_and_a_unit() {
        for (text, expected) in
            [("250ms", 250), ("1.5s", 1_500), ("2m", 120_000), ("1d", 86_400_000)]
        {
            assert_eq!(parse_time(text), Ok(expected), "{text}");
        }
        for text in ["", "5", "s", "-1s", "0s", "1w", "NaNs"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
