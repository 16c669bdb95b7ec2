//! How the console shall look: what was asked for, and what the terminal can show.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::report::data;
use crate::cli::{CliError, load};
use crate::console::still::Look;
use crate::console::theme::{self, BUILT_IN, Depth, Theme};
use crate::cost::Prices;
use crate::session::Session;

/// The look for a session; `named` is a built-in theme or a file.
pub(super) fn look(
    session: &Session,
    named: Option<&str>,
    ascii: bool,
    prices: Option<&Path>,
) -> Result<Look, CliError> {
    let mut themes = theme::wardrobe();
    let named = named.or(session.theme.as_deref()).unwrap_or("auto");
    let theme = match themes.iter().any(|theme| theme.name == named) {
        true => named.to_owned(),
        false => {
            let own = from_file(named)?;
            themes.retain(|theme| theme.name != own.name);
            themes.push(own.clone());
            own.name
        }
    };
    let prices = Arc::new(prices.map_or_else(|| Ok(Prices::built_in()), own_prices)?);
    Ok(Look { themes, theme, depth: depth(), ascii, view: session.view.clone(), prices })
}

/// A price list of the user's own.
fn own_prices(path: &Path) -> Result<Prices, CliError> {
    let text = load::read(path)?;
    Prices::parse(&text).map_err(|fault| CliError::Prices { path: path.into(), fault })
}

/// A theme of the user's own.
fn from_file(named: &str) -> Result<Theme, CliError> {
    let path = Path::new(named);
    if !path.exists() {
        return Err(CliError::NoTheme(named.to_owned()));
    }
    Ok(Theme::parse(named, &load::read(path)?)?)
}

/// What the environment says of the terminal's colors.
fn depth() -> Depth {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    if set("NO_COLOR").is_some() || term == "dumb" {
        return Depth::None;
    }
    match set("COLORTERM").as_deref() {
        Some("truecolor" | "24bit") => Depth::True,
        _ if term.contains("256color") => Depth::Ansi256,
        _ => Depth::Ansi16,
    }
}

/// `watershed themes`.
pub(super) fn list_themes() -> Result<ExitCode, CliError> {
    let names: String = BUILT_IN.iter().map(|(name, _)| format!("{name}\n")).collect();
    data(&names)?;
    Ok(ExitCode::SUCCESS)
}
