//! What a session or a command says of each part: plain data with its own check.
//!
//! Every `check` answers with the field, the value and the rule, so that whoever read the value
//! can add where it stood.

pub mod application;
mod changes;
pub mod function;
pub mod mapping;
pub mod name;
pub mod policy;
pub mod producer;
pub mod seen;
pub mod transform;

use std::fmt::{self, Display};

use crate::api::Tags;
use crate::model::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};

pub use application::ApplicationSettings;
pub use changes::MappingChanges;
use function::check_url;
pub use function::{Condition, FunctionKind, FunctionSettings, ProcessSettings};
pub use mapping::{MappingSettings, OnFailure, PushedAs, ReaderSettings, StartingPosition};
pub use policy::ScalingPolicy;
pub use producer::{
    AggregateSettings, FileSettings, KeyRule, Keys, Pace, Payload, ProducerSettings, Shape, Size,
    SourceSettings, SyntheticSettings,
};
pub use seen::{Heavy, Piece, SeenKeys};
pub use transform::{LineFormat, Stage, TransformSettings, check_stages, function_of};

/// A setting that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The field, as written in a session: `batch_size`.
    pub field: &'static str,
    /// The value that was given.
    pub value: String,
    /// What is allowed: `1 to 10000`.
    pub rule: String,
}

impl Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {}, allowed is {}", self.field, self.value, self.rule)
    }
}

impl std::error::Error for SettingError {}

/// `Ok` when `holds`, else the error that says what was broken.
///
/// # Errors
/// When `holds` is false.
pub fn require(
    holds: bool,
    field: &'static str,
    value: impl Display,
    rule: impl Into<String>,
) -> Result<(), SettingError> {
    if holds {
        return Ok(());
    }
    Err(SettingError { field, value: value.to_string(), rule: rule.into() })
}

/// Are these tags that a resource can have?
///
/// # Errors
/// Names the key or value that breaks its rule.
pub fn check_tags(field: &'static str, tags: &Tags) -> Result<(), SettingError> {
    require(tags.len() <= TAGS_MAX, field, tags.len(), format!("at most {TAGS_MAX}"))?;
    for (key, value) in tags {
        let rule = format!("keys of 1 to {TAG_KEY_CHARS_MAX} characters, none begins with `aws:`");
        let allowed = (1..=TAG_KEY_CHARS_MAX).contains(&key.chars().count())
            && !key.to_lowercase().starts_with("aws:");
        require(allowed, field, key, rule)?;
        let rule = format!("values of at most {TAG_VALUE_CHARS_MAX} characters");
        require(value.chars().count() <= TAG_VALUE_CHARS_MAX, field, value, rule)?;
    }
    Ok(())
}
