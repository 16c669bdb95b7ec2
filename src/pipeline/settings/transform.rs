//! What turns records of one stream into records of another.

use serde::{Deserialize, Serialize};

use crate::model::{PartName, StreamName};
use crate::pipeline::jq::Program;
use crate::pipeline::settings::function::Condition;
use crate::pipeline::settings::producer::check_pointer;
use crate::pipeline::settings::{SettingError, name, require};

/// A transform: stages between two streams, an own instance for each shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    pub from: StreamName,
    /// The stream that it puts into; another one.
    #[serde(with = "name::stream")]
    pub to: StreamName,
    /// What is done to each record, in order; 1 to 20.
    pub stages: Vec<Stage>,
}

/// One thing done to each record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Stage {
    /// Keep records that meet the condition.
    Keep(Condition),
    /// Drop records that meet the condition.
    Drop(Condition),
    /// Keep only these fields (JSON pointers); the last name of each becomes its name.
    Pick(Vec<String>),
    /// Rename a top-level field.
    Rename {
        /// Its name now.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Take the partition key from a field (JSON pointer).
    Rekey(String),
    /// Make a line into a JSON object.
    Parse(LineFormat),
    /// A jq program: whatever it puts out becomes a record. The last stage, if there is one.
    Jq(String),
}

/// Formats of lines that can be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LineFormat {
    /// Apache's and nginx' common log format.
    Common,
    /// The common format with referrer and agent.
    Combined,
    /// `key=value key="two words"`.
    Logfmt,
    /// Comma-separated values with these column names.
    Csv(Vec<String>),
}

impl TransformSettings {
    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        require(self.from != self.to, "to", &self.to, "another stream than `from`")?;
        check_stages(&self.stages)
    }
}

/// Are these stages that a transform can have?
///
/// # Errors
/// Names the first field that is out of its bounds.
pub fn check_stages(stages: &[Stage]) -> Result<(), SettingError> {
    let count = stages.len();
    require((1..=20).contains(&count), "stages", format!("{count} long"), "1 to 20 stages")?;
    let early = stages.iter().rev().skip(1).any(|stage| matches!(stage, Stage::Jq(_)));
    require(!early, "stages", "a jq program before others", "jq as the last stage")?;
    stages.iter().try_for_each(Stage::check)
}

impl Stage {
    fn check(&self) -> Result<(), SettingError> {
        match self {
            Self::Keep(condition) | Self::Drop(condition) => condition.check(),
            Self::Pick(pointers) => {
                require(!pointers.is_empty(), "Pick", "empty", "one JSON pointer or more")?;
                pointers.iter().try_for_each(|pointer| check_pointer("Pick", pointer))
            }
            Self::Rename { from, to } => require(!from.is_empty(), "from", "empty", "a field name")
                .and(require(!to.is_empty(), "to", "empty", "a field name")),
            Self::Rekey(pointer) => check_pointer("Rekey", pointer),
            Self::Parse(LineFormat::Csv(columns)) => {
                require(!columns.is_empty(), "Csv", "empty", "one column name or more")
            }
            Self::Parse(LineFormat::Common | LineFormat::Combined | LineFormat::Logfmt) => Ok(()),
            Self::Jq(code) => match Program::compile(code) {
                Ok(_) => Ok(()),
                Err(why) => require(false, "jq", code, format!("a jq program, but {why}")),
            },
        }
    }
}
