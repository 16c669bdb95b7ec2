//! The account's commitment to a minimum of throughput, and what it unlocks.

/// Where the commitment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitmentStatus {
    /// It is not.
    Disabled,
    /// It is, until somebody ends it.
    Enabled,
    /// It is, and ends at the earliest allowed time.
    EnabledUntilEarliestAllowedEnd,
}

impl CommitmentStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Enabled => "ENABLED",
            Self::EnabledUntilEarliestAllowedEnd => "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
        }
    }
}
