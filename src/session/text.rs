//! The text of a file, sessions, themes and prices alike, and where it is wrong: RON, or JSON where it
//! begins with a brace.

use std::borrow::Cow;
use std::fmt;

use ron::error::{Error as RonError, SpannedError};
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;

use crate::command::way_out;

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The field, as a path; none for the text as a whole.
    pub field: Option<String>,
    /// What stands on that line.
    pub found: String,
    /// What must hold.
    pub rule: String,
}

/// Characters of a line that are told.
const FOUND_CHARS_MAX: usize = 60;

/// All but the line.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found: String = self.found.chars().take(FOUND_CHARS_MAX).collect();
        if let Some(field) = &self.field {
            write!(f, "field `{field}`, ")?;
        }
        write!(f, "at `{found}`: {}", self.rule)
    }
}

/// Reads the whole of a text, in either form: what is no map begins with a brace in JSON alone.
///
/// # Errors
/// The first fault.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    // Some editors begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') { read_json(text) } else { read_ron(text) }
}

/// A fault on a line.
fn fault_at(text: &str, line: usize, field: String, rule: String) -> Fault {
    let found = text.lines().nth(line.saturating_sub(1)).unwrap_or("").trim().to_owned();
    let field = Some(field).filter(|field| !matches!(field.as_str(), "" | "." | "?"));
    Fault { line, field, found, rule }
}

/// Reads the whole of a text in JSON. The schema that it names first, for editors, is passed over.
fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let fault = |error: &serde_json::Error, field: String| {
        let said = error.to_string();
        let rule = said.rsplit_once(" at line ").map_or(&said[..], |(rule, _)| rule);
        fault_at(text, error.line(), field, json_rule_of(rule))
    };
    let plain = without_schema(text);
    let mut source = serde_json::Deserializer::from_str(&plain);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let field = error.path().to_string();
        fault(&error.into_inner(), field)
    })?;
    source.end().map_err(|error| fault(&error, String::new()))?;
    Ok(value)
}

/// What JSON says of a fault, in the words of this program where it has some.
fn json_rule_of(said: &str) -> String {
    let kinds = [("unknown field `", "a field here"), ("unknown variant `", "a choice")];
    let told = kinds.into_iter().find_map(|(begin, what)| {
        let (found, rest) = said.strip_prefix(begin)?.split_once('`')?;
        // What there is follows, each in quotes of its own.
        let expected = rest.split('`').skip(1).step_by(2);
        Some(format!("`{found}` is not {what}: {}", way_out(found, expected)))
    });
    told.unwrap_or_else(|| said.to_owned())
}

/// The text without its first member, if that is `"$schema": "..."`; all lines stay where they are.
fn without_schema(text: &str) -> Cow<'_, str> {
    let member = || {
        let at = text.find('{')? + 1;
        let rest = text[at..].trim_start().strip_prefix("\"$schema\"")?;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        let rest = rest[rest.find('"')? + 1..].trim_start();
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        Some((at, text.len() - rest.len()))
    };
    let Some((from, to)) = member() else { return Cow::Borrowed(text) };
    let lines = "\n".repeat(text[from..to].matches('\n').count());
    Cow::Owned(format!("{}{lines}{}", &text[..from], &text[to..]))
}

/// Reads the whole of a text in RON.
///
/// # Errors
/// The first fault.
pub fn read_ron<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let fault = |error: &SpannedError, field: String| {
        fault_at(text, error.span.start.line, field, rule_of(&error.code))
    };
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let mut source = ron::Deserializer::from_str_with_options(text, &options)
        .map_err(|error| fault(&error, String::new()))?;
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let field = error.path().to_string();
        fault(&source.span_error(error.into_inner()), field)
    })?;
    source.end().map_err(|error| fault(&source.span_error(error), String::new()))?;
    Ok(value)
}

/// What RON says of a fault, in the words of this program where it has some.
fn rule_of(code: &RonError) -> String {
    match code {
        RonError::NoSuchStructField { expected, found, .. } => {
            format!("`{found}` is not a field here: {}", way_out(found, expected.iter().copied()))
        }
        RonError::NoSuchEnumVariant { expected, found, .. } => {
            format!("`{found}` is not a choice: {}", way_out(found, expected.iter().copied()))
        }
        RonError::MissingStructField { field, .. } => format!("the field `{field}` is missing"),
        RonError::DuplicateStructField { field, .. } => format!("the field `{field}` stands twice"),
        RonError::IntegerOutOfBounds => "the number is out of the field's range".to_owned(),
        other => {
            let said = other.to_string();
            let mut letters = said.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        size: u8,
    }

    fn sample(text: &str) -> Result<u8, (usize, Option<String>, String)> {
        let read = read::<Sample>(text).map(|sample| sample.size);
        read.map_err(|fault| (fault.line, fault.field, fault.rule))
    }

    #[test]
    fn a_text_that_begins_with_a_brace_is_json() {
        assert_eq!(sample("(size: 7)"), Ok(7));
        assert_eq!(sample("\n {\"size\": 7}\n"), Ok(7));
        for schema in ["\"$schema\": \"s.json\",\n", "\n\"$schema\"\n:\n\"s\" , ", ""] {
            assert_eq!(sample(&format!("{{{schema}\"size\": 7}}")), Ok(7), "{schema}");
        }
    }

    #[test]
    fn a_mark_of_the_encoding_is_passed_over() {
        assert_eq!(sample("\u{feff}(size: 7)"), Ok(7));
        assert_eq!(sample("\u{feff}{\"size\": 7}"), Ok(7));
    }

    #[test]
    fn a_fault_in_json_has_its_line_and_field() {
        let (line, field, rule) =
            sample("{\n\"$schema\":\n\"s\",\n\"size\": 700}").expect_err("it is too large");
        assert_eq!((line, field.as_deref()), (4, Some("size")));
        assert_eq!(rule, "invalid value: integer `700`, expected u8");
        let (line, _, rule) = sample("{\n\"sise\": 7}").expect_err("it is none");
        assert_eq!((line, rule.as_str()), (2, "`sise` is not a field here: did you mean `size`?"));
        assert!(sample("{\"size\": 7} more").is_err() && sample("{").is_err());
        assert!(sample("{\"size\": 7, \"$schema\": \"s\"}").is_err(), "it stands first");
    }
}
