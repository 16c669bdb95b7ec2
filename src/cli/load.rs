//! Finding sessions and the data folder.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::CliError;
use crate::cli::arguments::Place;
use crate::cli::report::data;
use crate::engine::{Engine, EngineOptions};
use crate::live::{DiskStorage, DiskSyncer};
use crate::model::Millis;
use crate::pipeline::settings::{FunctionKind, SourceSettings};
use crate::session::{self, Session};

/// A session by the name of a built-in one, or by path.
pub(super) fn session(name: &str) -> Result<Session, CliError> {
    if let Some((_, text)) = session::builtin().iter().find(|(built_in, _)| *built_in == name) {
        return Ok(Session::parse(name, text)?);
    }
    let path = Path::new(name);
    if !path.exists() {
        return Err(CliError::NoSession(name.to_owned()));
    }
    Ok(Session::parse(name, &read(path)?)?)
}

/// The file of that session, where it is none that is built in.
pub(super) fn file(name: &str) -> Option<String> {
    let is_built_in = session::builtin().iter().any(|(built_in, _)| *built_in == name);
    (!is_built_in && Path::new(name).is_file()).then(|| name.to_owned())
}

/// The text of a file of the user.
pub(super) fn read(path: &Path) -> Result<String, CliError> {
    let unreadable =
        |why: std::io::Error| CliError::Unreadable { path: path.to_owned(), why: why.to_string() };
    fs::read_to_string(path).map_err(unreadable)
}

/// The texts of all files that a session's producers read, for the simulation.
pub(super) fn files(session: &Session) -> Result<BTreeMap<PathBuf, String>, CliError> {
    let mut files = BTreeMap::new();
    for producer in &session.producers {
        if let SourceSettings::File(file) = &producer.source {
            files.insert(file.path.clone(), read(&file.path)?);
        }
    }
    Ok(files)
}

/// Archives are files of the user: name them before something is written.
pub(super) fn archives(session: &Session) -> Vec<PathBuf> {
    let path = |kind: &FunctionKind| match kind {
        FunctionKind::Archive { path } => Some(path.clone()),
        FunctionKind::Simulated
        | FunctionKind::Count { .. }
        | FunctionKind::Notify { .. }
        | FunctionKind::Spike { .. }
        | FunctionKind::Process(_)
        | FunctionKind::Http { .. } => None,
    };
    session.functions.iter().filter_map(|function| path(&function.kind)).collect()
}

/// `watershed session check FILE`.
pub(super) fn check(file: &Path) -> Result<ExitCode, CliError> {
    let name = file.display().to_string();
    let session = Session::parse(&name, &read(file)?)?;
    data(&format!("{name}: `{}` is a good session\n", session.title))?;
    Ok(ExitCode::SUCCESS)
}

/// `watershed sessions`.
pub(super) fn list_sessions() -> Result<ExitCode, CliError> {
    let mut list = String::new();
    for (name, text) in session::builtin() {
        let session = Session::parse(name, text)?;
        list += &format!("{name:<16} {}\n", session.about);
    }
    data(&list)?;
    Ok(ExitCode::SUCCESS)
}

/// An engine where the user wants its streams to live.
pub(super) fn engine(
    place: &Place,
    options: EngineOptions,
    now: Millis,
) -> Result<(Engine, Option<DiskSyncer>, Millis), CliError> {
    if place.memory {
        return Ok((Engine::in_memory(options), None, now));
    }
    let folder = match &place.data {
        Some(folder) => folder.clone(),
        None => data_folder()?,
    };
    let storage = DiskStorage::open(&folder)?;
    let syncer = storage.syncer();
    let (engine, recovery) = Engine::open(now, Box::new(storage), options)?;
    Ok((engine, Some(syncer), now.max(recovery.last_arrival)))
}

fn data_folder() -> Result<PathBuf, CliError> {
    let xdg = env::var_os("XDG_DATA_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    xdg.or_else(home).map(|data| data.join("watershed")).ok_or(CliError::NoDataFolder)
}
