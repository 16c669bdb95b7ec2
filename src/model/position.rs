//! How far a log has come.

/// Bytes that a journal was written since it was opened: what was written before a position is
/// durable when the position is. Comparable within one process only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalPosition(pub u64);
