//! The user's key file: where it is, what it says, what it could say.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::report::data;
use crate::cli::{CliError, load};
use crate::console::keymap::Keymap;

/// The folder of the user's own files: by XDG, else below the home folder.
fn folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    base.map(|base| base.join("watershed"))
}

fn own_file() -> Option<PathBuf> {
    folder().map(|folder| folder.join("keys.ron"))
}

/// The keys in use: those of `named`, or of the user's own file where there is one, over those of
/// the command table.
pub(super) fn keymap(named: Option<&Path>) -> Result<Keymap, CliError> {
    let own = own_file().filter(|path| path.exists());
    let Some(path) = named.map(Path::to_owned).or(own) else { return Ok(Keymap::default()) };
    let text = load::read(&path)?;
    Ok(Keymap::default().with_file(&path.display().to_string(), &text)?)
}

/// `watershed keys`.
pub(super) fn print(named: Option<&Path>) -> Result<ExitCode, CliError> {
    data(&keymap(named)?.to_ron())?;
    Ok(ExitCode::SUCCESS)
}

/// `watershed config path`.
pub(super) fn paths() -> Result<ExitCode, CliError> {
    let told = match own_file() {
        Some(path) if path.exists() => format!("keys  {}\n", path.display()),
        Some(path) => {
            let path = path.display();
            format!("keys  {path}  (not there: `watershed keys > {path}` makes it)\n")
        }
        None => "keys  nowhere: neither XDG_CONFIG_HOME nor HOME is set\n".to_owned(),
    };
    data(&told)?;
    Ok(ExitCode::SUCCESS)
}
