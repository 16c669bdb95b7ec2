//! Where an event source mapping is in its life, by Lambda's words.

use serde::{Deserialize, Serialize};

/// The state of a mapping. Lambda's `Deleting` is not among them: what is detached here is gone at
/// once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingState {
    /// It has not seen the shards of its stream yet.
    #[default]
    Creating,
    /// It was enabled again and has not read since.
    Enabling,
    /// It reads and invokes.
    Enabled,
    /// It was disabled; invocations that run come to their end.
    Disabling,
    /// It reads nothing and invokes nothing.
    Disabled,
    /// A change waits for invocations that run: its lanes are dealt anew.
    Updating,
}

impl MappingState {
    /// The word that Lambda has for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabling => "Enabling",
            Self::Enabled => "Enabled",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
            Self::Updating => "Updating",
        }
    }
}
