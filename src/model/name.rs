//! Names of streams and of parts (producers, functions, ...): one rule for all of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::limits::NAME_CHARS_MAX;

/// The account in AWS's sentences and names.
pub const ACCOUNT: &str = "000000000000";
/// The region in AWS's sentences and names.
pub const REGION: &str = "us-east-1";

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What was given.
    pub given: String,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a name: 1 to {NAME_CHARS_MAX} of a-z, A-Z, 0-9, `_`, `.`, `-` are allowed",
            self.given
        )
    }
}

impl std::error::Error for NameError {}

fn check(text: &str) -> Result<Box<str>, NameError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if text.is_empty() || text.len() > NAME_CHARS_MAX || !text.chars().all(allowed) {
        return Err(NameError { given: text.to_owned() });
    }
    Ok(text.into())
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }

        impl $name {
            /// Checks and takes a name: 1 to 128 of `[a-zA-Z0-9_.-]`.
            ///
            /// # Errors
            /// When the text is empty, too long or has another character.
            pub fn new(text: &str) -> Result<Self, NameError> {
                check(text).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }
    };
}

name_type! {
    /// The name of a stream.
    StreamName
}

name_type! {
    /// The name of a part: a producer, transform, mapping, reader or function.
    PartName
}

name_type! {
    /// The name of a registered consumer.
    ConsumerName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_kinesis_pattern() {
        for good in ["a", "orders-2.eu_west", &"x".repeat(128)] {
            assert!(StreamName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "with space", "日本", "a/b", &"x".repeat(129)] {
            assert!(PartName::new(bad).is_err(), "{bad}");
        }
    }
}
