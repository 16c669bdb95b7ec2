//! The user's own files: where they are, and what is kept there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::cli::CliError;
use crate::cli::report::data;

/// A folder by XDG, else below the home folder.
fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set(variable).or_else(|| set("HOME").map(|home| home.join(below_home)));
    base.map(|base| base.join("watershed"))
}

fn config() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config")
}

/// The user's keys.
pub(super) fn keys() -> Option<PathBuf> {
    config().map(|folder| folder.join("keys.ron"))
}

/// The user's price list.
pub(super) fn prices() -> Option<PathBuf> {
    config().map(|folder| folder.join("prices.ron"))
}

/// The folder of the user's themes.
pub(super) fn themes() -> Option<PathBuf> {
    config().map(|folder| folder.join("themes"))
}

/// What the program itself remembers.
fn state() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("state.ron"))
}

/// The folder of the authority that makes certificates of endpoints.
pub(super) fn tls() -> Option<PathBuf> {
    state_folder().map(|folder| folder.join("tls"))
}

fn state_folder() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", ".local/state")
}

/// What is remembered from one run to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    /// Does the console take the mouse?
    pub(super) mouse: bool,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { mouse: true }
    }
}

impl Remembered {
    /// What was remembered; as at first when that is nothing, or cannot be read.
    pub(super) fn read() -> Self {
        let text = state().and_then(|path| fs::read_to_string(path).ok());
        text.and_then(|text| ron::from_str(&text).ok()).unwrap_or_default()
    }

    /// Remembers it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(self) -> io::Result<()> {
        let Some(path) = state() else { return Ok(()) };
        let text = ron::to_string(&self).expect("invariant: plain data is written without fail");
        write(&path, &format!("{text}\n"))
    }
}

/// Writes a file of the user, with the folders above it: all or nothing.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    replace(path, text)
}

/// All or nothing: a full disk leaves the old file as it was.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // What could not be written is of no use to anybody.
        drop(fs::remove_file(&beside));
    })
}

/// Today by UTC: `2026-09-30`.
pub(super) fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    date_of(now.as_secs() / 86_400)
}

/// The date that many days after 1970-01-01: years are counted from March, so that the day that
/// leap years add is the last one.
fn date_of(days: u64) -> String {
    let from_march = days + 719_468; // days since 0000-03-01
    let (era, day) = (from_march / 146_097, from_march % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month < 3);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `watershed config path`.
pub(super) fn paths() -> Result<ExitCode, CliError> {
    let line = |what: &str, path: Option<PathBuf>, made: &str| match path {
        Some(path) if path.exists() => format!("{what:<7} {}\n", path.display()),
        Some(path) => format!("{what:<7} {}  (not there: {made})\n", path.display()),
        None => format!("{what:<7} nowhere: neither XDG_CONFIG_HOME nor HOME is set\n"),
    };
    let own = keys();
    let shown = own.as_ref().map_or_else(String::new, |path| path.display().to_string());
    data(
        &[
            line("keys", own, &format!("`watershed keys > {shown}` makes it")),
            line("prices", prices(), "the key `e` on the costs screen makes it"),
            line("themes", themes(), "a folder of theme files, watched while the console runs"),
            line("state", state(), "the console makes it"),
            line("tls", tls(), "`watershed serve --tls` makes it; clients trust `ca.pem` in it"),
        ]
        .concat(),
    )?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (days, date) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_818, "2026-12-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date_of(days), date);
        }
    }
}
