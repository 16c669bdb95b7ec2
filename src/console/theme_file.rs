//! The text of a theme file, and what is said when it is wrong.
//!
//! A theme is RON: `name`, eleven looks (`fg`, `bg`, `ansi` and attributes) and a gradient of three
//! stops.
//! Nothing is optional but the parts of a look, so a missing meaning is an error, never black on
//! black.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;

use crate::console::theme::Theme;
use crate::session::text;

/// Why a theme file was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{file}, line {line}, field `{field}`, at `{value}`: {rule}")]
pub struct ThemeError {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The field, or `theme` for the file as a whole.
    pub field: String,
    /// The text found on that line.
    pub value: String,
    /// What must hold.
    pub rule: String,
}

/// A color as it is written.
#[derive(Clone, Copy, JsonSchema)]
struct Hue(#[schemars(with = "String")] Color);

impl<'de> Deserialize<'de> for Hue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let color = Color::from_str(&text).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is no color: write \"#rrggbb\", a number from 0 to 255, \"reset\", or \
                 one of the terminal's 16 by name, as \"light-red\""
            ))
        })?;
        Ok(Self(color))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Look {
    #[serde(default)]
    fg: Option<Hue>,
    #[serde(default)]
    bg: Option<Hue>,
    /// What stands for `fg` in a terminal of 16 colors.
    #[serde(default)]
    ansi: Option<Hue>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underlined: bool,
    #[serde(default)]
    reversed: bool,
}

impl Look {
    fn style(&self) -> Style {
        let attributes = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underlined, Modifier::UNDERLINED),
            (self.reversed, Modifier::REVERSED),
        ];
        let modifier =
            attributes.into_iter().filter(|(on, _)| *on).map(|(_, modifier)| modifier).collect();
        Style {
            fg: self.fg.map(|hue| hue.0),
            bg: self.bg.map(|hue| hue.0),
            ..Style::new().add_modifier(modifier)
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Theme")]
struct Written {
    name: String,
    text: Look,
    muted: Look,
    accent: Look,
    focus: Look,
    selection: Look,
    ok: Look,
    warn: Look,
    crit: Look,
    input: Look,
    output: Look,
    key: Look,
    gradient: [Hue; 3],
}

/// The schema of a theme file.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::session::schema_of::<Written>()
}

/// Reads the text of a theme file.
pub(crate) fn parse(file: &str, text: &str) -> Result<Theme, ThemeError> {
    let written: Written = text::read(text).map_err(|fault| ThemeError {
        file: file.to_owned(),
        line: fault.line,
        field: fault.field.unwrap_or_else(|| "theme".to_owned()),
        value: fault.found,
        rule: fault.rule,
    })?;
    if written.name.trim().is_empty() {
        let line = text.lines().position(|line| line.contains("name:")).map_or(1, |at| at + 1);
        return Err(ThemeError {
            file: file.to_owned(),
            line,
            field: "name".to_owned(),
            value: written.name,
            rule: "a theme is chosen by its name: at least one letter".to_owned(),
        });
    }
    let looks = [
        &written.text,
        &written.muted,
        &written.accent,
        &written.focus,
        &written.selection,
        &written.ok,
        &written.warn,
        &written.crit,
        &written.input,
        &written.output,
        &written.key,
    ];
    Ok(Theme {
        name: written.name.clone(),
        looks: looks.map(Look::style),
        ansi: looks.map(|look| look.ansi.map(|hue| hue.0)),
        gradient: written.gradient.map(|hue| hue.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::theme::BUILT_IN;

    fn refused(from: &str, to: &str) -> ThemeError {
        let dark = BUILT_IN.iter().find(|(name, _)| *name == "dark").expect("built in").1;
        assert!(dark.contains(from), "the sample must change something");
        parse("my.ron", &dark.replacen(from, to, 1)).expect_err("a wrong theme")
    }

    #[test]
    fn a_wrong_color_names_file_line_field_value_and_rule() {
        let error = refused("crit: (fg: \"#", "crit: (fg: \"#zz");
        assert_eq!((error.file.as_str(), error.field.as_str()), ("my.ron", "crit.fg"));
        assert!(error.line > 5, "{error}");
        assert!(error.value.starts_with("crit: (fg: \"#zz"), "{error}");
        assert!(error.rule.contains("is no color: write \"#rrggbb\""), "{error}");
    }

    #[test]
    fn missing_unknown_and_mistyped_fields_are_refused() {
        let missing = refused("    key:", "    // key:");
        assert!(missing.rule.contains("key"), "{missing}");
        let unknown = refused("    key:", "    keys:");
        assert!(unknown.rule.contains("keys"), "{unknown}");
        let mistyped = refused("bold: true", "bold: 1");
        assert!(mistyped.field.ends_with("bold"), "{mistyped}");
        let stops = refused("gradient: (", "gradient: (\"#000000\", ");
        assert!(stops.field.starts_with("gradient") || stops.field == "theme", "{stops}");
    }

    #[test]
    fn text_that_is_no_ron_or_goes_on_after_the_end_is_refused() {
        for text in ["", "(", "name: 1", "\u{0}"] {
            assert!(parse("my.ron", text).is_err(), "{text:?}");
        }
        let dark = BUILT_IN.iter().find(|(name, _)| *name == "dark").expect("built in").1;
        assert!(parse("my.ron", &format!("{dark} (")).is_err());
    }
}
