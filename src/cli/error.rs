//! What the program says when it cannot do what was asked.

use std::path::PathBuf;

use thiserror::Error;

use crate::live::OpenError;
use crate::remote::{AskError, CredentialsError, PlaceError};
use crate::server::TlsError;
use crate::session::SessionError;
use crate::world::RunError;

/// What a record is refused with of which its shard takes no more in a second.
pub(in crate::cli) const THROUGHPUT: &str = "ProvisionedThroughputExceededException";

/// A failure told to the user in one sentence.
#[derive(Debug, Error)]
pub enum CliError {
    /// Neither a built-in session nor a file.
    #[error("`{0}` is neither a built-in session nor a file")]
    NoSession(String),
    /// A file could not be read.
    #[error("`{}` cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// A file could not be written.
    #[error("`{}` cannot be written: {why}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// A certificate cannot be used.
    #[error("`{}`: {why}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: TlsError,
    },
    /// TLS without an endpoint.
    #[error("`--tls` is for an endpoint, and `--listen ADDRESS` says where none is")]
    TlsAlone,
    /// A session file is wrong.
    #[error("{0}")]
    Session(#[from] SessionError),
    /// The data folder cannot be used.
    #[error("{0}")]
    Data(#[from] OpenError),
    /// The engine found something wrong in the data folder.
    #[error("{0}")]
    Engine(#[from] crate::engine::EngineError),
    /// A part of the session does not fit this machine.
    #[error("{0}")]
    World(#[from] RunError),
    /// The console was asked for where there is no screen.
    #[error("the console needs a terminal, and standard output is none")]
    NoTerminal,
    /// The terminal was lost, or refused.
    #[error("the terminal cannot be used: {0}")]
    Terminal(String),
    /// There is no such theme.
    #[error("`{0}` is neither a built-in theme nor a file")]
    NoTheme(String),
    /// There is no such bench.
    #[error("`{0}` is not a bench")]
    NoBench(String),
    /// A bench could not be run, or found a wrong result.
    #[error("bench `{bench}`: {why}")]
    Bench {
        /// Its name.
        bench: &'static str,
        /// What went wrong.
        why: String,
    },
    /// A key file is wrong.
    #[error("{0}")]
    Keys(#[from] crate::console::key_file::KeyFileError),
    /// A theme file is wrong.
    #[error("{0}")]
    Theme(#[from] crate::console::theme::ThemeError),
    /// A price list is wrong.
    #[error("{}, line {}: {fault}", .path.display(), .fault.line)]
    Prices {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        fault: crate::session::text::Fault,
    },
    /// An address cannot be listened at.
    #[error("`{address}` cannot be listened at: {why}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's words.
        why: String,
    },
    /// An address that others than this machine reach.
    #[error("`{0}` is open to other machines, which wants `--allow-remote` and `--auth verify`")]
    NotLoopback(std::net::SocketAddr),
    /// Signatures are to be verified by no key.
    #[error("`--auth verify` wants keys: {0}")]
    NoKeys(String),
    /// A URL that no client here speaks to.
    #[error("{0}")]
    Place(#[from] PlaceError),
    /// An endpoint did not do what it was asked.
    #[error("{0}")]
    Ask(#[from] AskError),
    /// A stream is not deleted before its name is typed.
    #[error("`{stream}` at {url} is not deleted: its name was not given")]
    Unsure {
        /// The stream.
        stream: String,
        /// Where it is.
        url: String,
    },
    /// A stream has no such shard.
    #[error("there is no shard `{shard}` in `{stream}`")]
    NoShard {
        /// The stream.
        stream: String,
        /// The shard, as it was named.
        shard: String,
    },
    /// An endpoint did not do what it was asked while lines were put.
    #[error("{so_far}{why}")]
    PutStopped {
        /// How many lines were accepted, up to the reason.
        so_far: String,
        /// What it said, if anything.
        why: Box<AskError>,
    },
    /// A stream takes records more slowly than they come, or not at all.
    #[error(
        "{so_far}{records} records were refused by `{stream}` again and again: {code}: {message}"
    )]
    NotTaken {
        /// How many lines were accepted, up to the reason.
        so_far: String,
        /// The stream.
        stream: String,
        /// How many were refused at the end.
        records: usize,
        /// The service's code for it.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// Standard input gives no more lines.
    #[error("standard input cannot be read: {0}")]
    Input(String),
    /// The endpoint cannot be started.
    #[error("the endpoint cannot be started: {0}")]
    Endpoint(String),
    /// The screen that was asked for cannot be shown.
    #[error("--view: {0}")]
    View(String),
    /// What a course is to begin with is not what changes a world.
    #[error("--try: {0}")]
    Try(String),
    /// A moving picture of that many pictures, or of none.
    #[error("`--from`, `--to` and `--every` make {pictures} pictures, allowed is 2 to {most}")]
    Cast {
        /// How many there would be.
        pictures: u64,
        /// How many there may be.
        most: u64,
    },
    /// Standard output takes nothing.
    #[error("standard output cannot be written: {0}")]
    Output(String),
    /// The platform names no data folder.
    #[error("neither XDG_DATA_HOME nor HOME says where data live")]
    NoDataFolder,
    /// The platform names no folder for what a program remembers.
    #[error("neither XDG_STATE_HOME nor HOME says where a certificate is kept")]
    NoStateFolder,
}

impl CliError {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSession(_) => Some("`watershed sessions` lists what is built in"),
            Self::NoTerminal => Some(
                "without a screen: `watershed run SESSION`, `simulate SESSION` or `screenshot SESSION`",
            ),
            Self::NoTheme(_) => Some("`watershed themes` lists them"),
            Self::NoBench(_) => Some("`watershed bench` lists them"),
            Self::Ask(why) => hint_of(why),
            Self::PutStopped { why, .. } => hint_of(why),
            Self::Unsure { .. } => {
                Some("`--yes-delete STREAM` gives it; nothing brings the stream back")
            }
            Self::NoShard { .. } => Some("`watershed describe STREAM` lists them"),
            Self::NotTaken { code, .. } if code == THROUGHPUT => {
                Some("it has too few shards: `watershed scale STREAM SHARDS`")
            }
            Self::NotTaken { .. } => Some("the log of the endpoint says why, or its page /ready"),
            Self::NoDataFolder => Some("say where with `--data DIR`, or `--memory`"),
            Self::NoStateFolder => Some("keep it with the streams: `--data DIR`"),
            Self::TlsAlone => Some("`--listen 127.0.0.1:4567 --tls` serves the streams meanwhile"),
            Self::NotLoopback(_) => Some("or listen at 127.0.0.1 or [::1]"),
            Self::Listen { .. } => Some("name another with `--listen`; port 0 is any that is free"),
            Self::Tls {
                why: TlsError::Pair(_) | TlsError::Key(_) | TlsError::Certificate(_),
                ..
            } => Some(
                "`--tls` alone makes a certificate; an own one is made anew when its files are removed",
            ),
            Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Tls { .. }
            | Self::Endpoint(_)
            | Self::Place(_)
            | Self::Input(_)
            | Self::NoKeys(_)
            | Self::Session(_)
            | Self::Keys(_)
            | Self::Theme(_)
            | Self::Prices { .. }
            | Self::View(_)
            | Self::Try(_)
            | Self::Cast { .. }
            | Self::Output(_)
            | Self::Terminal(_)
            | Self::Bench { .. }
            | Self::Data(_)
            | Self::Engine(_)
            | Self::World(_) => None,
        }
    }
}

/// The way out of what an endpoint did not do, where there is one.
fn hint_of(why: &AskError) -> Option<&'static str> {
    match why {
        AskError::Unreachable { .. } => {
            Some("is `watershed serve` running? `--endpoint URL` says where else to ask")
        }
        AskError::Credentials(CredentialsError::NoRegion(_)) => {
            Some("`--region eu-west-1`, or `aws configure set region eu-west-1`")
        }
        AskError::Credentials(_) => Some(
            "`aws configure` or `aws sso login` makes some, `--profile` or AWS_PROFILE names them",
        ),
        AskError::Refused { .. } | AskError::Untrusted { .. } | AskError::Trust(_) => None,
    }
}
