//! What is wrong with a session file, and where.

use thiserror::Error;

use crate::session::text::Fault;

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

impl SessionError {
    /// A fault of the text of `file`.
    pub(super) fn of(file: &str, fault: &Fault) -> Self {
        Self { file: file.to_owned(), line: fault.line, why: fault.to_string() }
    }
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
    // In JSON names of fields are quoted.
    let field =
        if text.trim_start().starts_with('{') { format!("\"{name}\"") } else { format!("{name}:") };
    let begins = |at: &usize| {
        !text[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    };
    let mut found = text.match_indices(&field).map(|(at, _)| at).filter(begins);
    let at = found.nth(nth).or_else(|| text.find(&field)).unwrap_or(0);
    text[..at].matches('\n').count() + 1
}
