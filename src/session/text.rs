//! The text of a RON file, sessions and themes alike, and where it is wrong.

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

/// Reads the whole of a text.
///
/// # Errors
/// The first fault.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let fault = |error: &SpannedError, field: String| {
        let line = error.span.start.line;
        let found = text.lines().nth(line.saturating_sub(1)).unwrap_or("").trim().to_owned();
        let field = Some(field).filter(|field| !matches!(field.as_str(), "" | "." | "?"));
        Fault { line, field, found, rule: rule_of(&error.code) }
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
