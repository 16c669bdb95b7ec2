//! How the console shall look: what was asked for, and what the terminal can show.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

use crate::cli::arguments::ColorDepth;
use crate::cli::report::data;
use crate::cli::wardrobe::Wardrobe;
use crate::cli::{CliError, home, load};
use crate::console::state::Layouts;
use crate::console::still::Look;
use crate::console::theme::{self, BUILT_IN, Depth, Theme};
use crate::cost::Prices;
use crate::session::Session;

/// How long a terminal may take to tell its colors.
const ANSWER: Duration = Duration::from_millis(200);

/// The look for a session; `named` is a built-in theme or a file.
pub(super) fn look(
    session: &Session,
    named: Option<&str>,
    ascii: bool,
    prices: Option<&Path>,
) -> Result<Look, CliError> {
    let mut themes = theme::wardrobe();
    // What is wrong with a file of the folder is told when the console watches it.
    for own in Wardrobe::new(None).look().into_iter().flatten() {
        themes.retain(|theme| theme.name != own.name);
        themes.push(own);
    }
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
    let prices = Arc::new(self::prices(prices)?);
    let (view, layouts) = (session.view.clone(), Layouts::of(session));
    Ok(Look { themes, theme, depth: depth(), ascii, view, layouts, prices })
}

/// The price list that was named, else the user's own where there is one, else the built-in one.
pub(super) fn prices(named: Option<&Path>) -> Result<Prices, CliError> {
    let own = home::prices().filter(|path| path.exists());
    let path = named.map(Path::to_owned).or(own);
    path.map_or_else(|| Ok(Prices::built_in()), |path| own_prices(&path))
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

/// The depth that was asked for.
pub(super) const fn depth_of(asked: ColorDepth) -> Depth {
    match asked {
        ColorDepth::True => Depth::True,
        ColorDepth::Cube => Depth::Ansi256,
        ColorDepth::Sixteen => Depth::Ansi16,
        ColorDepth::None => Depth::None,
    }
}

/// Has the terminal a light background? It is asked; one that does not tell in time is dark.
pub(super) fn is_light() -> bool {
    let mut options = QueryOptions::default();
    options.timeout = ANSWER;
    matches!(theme_mode(options), Ok(ThemeMode::Light))
}

/// What the environment says of the terminal's colors.
fn depth() -> Depth {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    if set("NO_COLOR").is_some() || (term == "dumb" && !forced) {
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
