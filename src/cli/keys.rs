//! The user's key file: what it says, what it could say.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::report::data;
use crate::cli::{CliError, home, load};
use crate::console::keymap::Keymap;

/// The keys in use: those of `named`, or of the user's own file where there is one, over those of
/// the command table.
pub(super) fn keymap(named: Option<&Path>) -> Result<Keymap, CliError> {
    let own = home::keys().filter(|path| path.exists());
    let Some(path) = named.map(Path::to_owned).or(own) else { return Ok(Keymap::default()) };
    let text = load::read(&path)?;
    Ok(Keymap::default().with_file(&path.display().to_string(), &text)?)
}

/// `watershed keys`.
pub(super) fn print(named: Option<&Path>) -> Result<ExitCode, CliError> {
    data(&keymap(named)?.to_ron())?;
    Ok(ExitCode::SUCCESS)
}
