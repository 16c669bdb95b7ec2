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
    /// Memory holds as much as it may of what cannot be moved to disk. Nothing was written.
    #[error("records cannot be moved from memory to disk: {0}; none are taken until they can be")]
    Stuck(String),
}
