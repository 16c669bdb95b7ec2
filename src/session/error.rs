//! What is wrong with a session file, and where.

use ron::error::Error as RonError;
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::command::way_out;

/// A session that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {why}")]
pub struct SessionError {
    /// The file, or the name of a built-in session.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Field, value and rule, as a sentence.
    pub why: String,
}

/// The line on which `value` stands as a quoted text for the `nth` time (from 0), or the first.
pub(super) fn line_of(text: &str, value: &str, nth: usize) -> usize {
    let quoted = format!("\"{value}\"");
    let mut found = text.match_indices(&quoted).map(|(at, _)| at);
    let at = found.nth(nth).or_else(|| text.find(&quoted)).unwrap_or(0);
    text[..at].matches('\n').count() + 1
}

/// The line on which the field `name:` stands for the `nth` time (from 0), or the first.
pub(super) fn line_of_field(text: &str, name: &str, nth: usize) -> usize {
    let field = format!("{name}:");
    let begins = |at: &usize| {
        !text[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    };
    let mut found = text.match_indices(&field).map(|(at, _)| at).filter(begins);
    let at = found.nth(nth).or_else(|| text.find(&field)).unwrap_or(0);
    text[..at].matches('\n').count() + 1
}

/// Reads RON; an error names the line, the field and what stands there.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SessionError> {
    let fault = |error: &ron::error::SpannedError, field: &str| {
        let line = error.span.start.line;
        let found = text.lines().nth(line.saturating_sub(1)).unwrap_or("").trim();
        let found: String = found.chars().take(60).collect();
        let field = if field == "." { String::new() } else { format!("field `{field}`, ") };
        let why = format!("{field}at `{found}`: {}", rule_of(&error.code));
        SessionError { file: file.to_owned(), line, why }
    };
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    let mut source = ron::Deserializer::from_str_with_options(text, &options)
        .map_err(|error| fault(&error, "."))?;
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let field = error.path().to_string();
        fault(&source.span_error(error.into_inner()), &field)
    })?;
    source.end().map_err(|error| fault(&source.span_error(error), "."))?;
    Ok(value)
}

/// What RON says of a fault, in the words of this program where it has some.
#[must_use]
pub fn rule_of(code: &RonError) -> String {
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
