//! Why the log could not do it.

use thiserror::Error;

use crate::log::StorageError;

/// Why the log could not do it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// The storage failed; what was asked has not happened.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// The bytes on disk are not what was written. Nothing was changed.
    #[error("`{file}` is damaged at byte {at}: {what}; it was left as it is")]
    Corrupt {
        /// The file.
        file: String,
        /// Where.
        at: u64,
        /// What was found.
        what: &'static str,
    },
    /// A write or sync failed earlier in a way that cannot be trusted; open the folder anew.
    #[error("the log takes no more writes since {0}")]
    Poisoned(String),
}
