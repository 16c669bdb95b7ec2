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
