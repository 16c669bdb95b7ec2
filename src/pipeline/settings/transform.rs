//! What turns records of one stream into records of another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::limits::ROUTES_MAX;
use crate::model::{PartName, StreamName};
use crate::pipeline::program;
use crate::pipeline::settings::function::Condition;
use crate::pipeline::settings::producer::check_pointer;
use crate::pipeline::settings::{SettingError, name, require};

/// A transform: stages between two streams, an own instance for each shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub from: StreamName,
    /// The stream that it puts into; another one.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub to: StreamName,
    /// What is done to each record, in order; 1 to 20.
    pub stages: Vec<Stage>,
    /// Other streams that a program may route to, at most 10.
    #[serde(default, with = "name::streams")]
    #[schemars(with = "Vec<String>")]
    pub routes: Vec<StreamName>,
    /// The stream that records are told to that a stage cannot handle, with the reason.
    #[serde(default, with = "name::maybe_stream")]
    #[schemars(with = "Option<String>")]
    pub errors: Option<StreamName>,
}

/// One thing done to each record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// A function that is invoked with the records as a delivery stream invokes one: it answers with
    /// new data for each, or drops it, or says that it failed. The first stage, if there is one.
    Function(
        #[serde(with = "name::part")]
        #[schemars(with = "String")]
        PartName,
    ),
    /// Take aggregated records of the producer library apart: each user record goes on by itself, with
    /// its own key. The first stage, if there is one.
    Deaggregate,
    /// A jq program: whatever it puts out becomes a record. The last stage, if there is one.
    Jq(String),
}

/// Formats of lines that can be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// A transform without stages yet, and with one output.
    #[must_use]
    pub fn new(name: PartName, from: StreamName, to: StreamName) -> Self {
        Self { name, from, to, stages: Vec::new(), routes: Vec::new(), errors: None }
    }

    /// The function that is its first stage, if it is one.
    #[must_use]
    pub fn function(&self) -> Option<&PartName> {
        function_of(&self.stages)
    }

    /// Are records changed as they are put, before they are readable? They are where the input is the
    /// output.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.from == self.to
    }

    /// Does it take aggregated records apart?
    #[must_use]
    pub fn deaggregates(&self) -> bool {
        matches!(self.stages.first(), Some(Stage::Deaggregate))
    }

    /// The streams that its results may go to; the first is where they go unless a program routes
    /// them.
    pub fn outputs(&self) -> impl Iterator<Item = &StreamName> {
        std::iter::once(&self.to).chain(&self.routes)
    }

    /// Every stream that it puts into, that of errors included.
    pub fn targets(&self) -> impl Iterator<Item = &StreamName> {
        self.outputs().chain(&self.errors)
    }

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { from, to, routes, errors, stages, .. } = self;
        let count = routes.len();
        let rule = format!("at most {ROUTES_MAX} streams");
        require(count <= ROUTES_MAX, "routes", format!("{count} long"), rule)?;
        for (nth, route) in routes.iter().enumerate() {
            let known = route == from || route == to || routes[..nth].contains(route);
            require(!known, "routes", route, "streams other than `from`, `to` and each other")?;
        }
        if let Some(errors) = errors {
            let known = errors == from || self.outputs().any(|output| output == errors);
            require(!known, "errors", errors, "another stream than `from`, `to` and `routes`")?;
        }
        if self.is_in_place() {
            let rule = "none in place: a record stays in its stream";
            require(routes.is_empty(), "routes", format!("{count} long"), rule)?;
        }
        self.check_stages(stages)
    }

    /// May these stages be its own?
    ///
    /// # Errors
    /// Names what is out of its bounds, or a stream that they route to and it does not have.
    pub fn check_stages(&self, stages: &[Stage]) -> Result<(), SettingError> {
        if self.is_in_place() {
            check_in_place(stages)?;
        }
        let outputs: Vec<StreamName> = self.outputs().cloned().collect();
        check_all(stages, Some(&outputs))
    }
}

/// In place a record becomes one record, at once.
fn check_in_place(stages: &[Stage]) -> Result<(), SettingError> {
    for stage in stages {
        let name = match stage {
            Stage::Keep(_) => "keep",
            Stage::Drop(_) => "drop",
            Stage::Function(_) => "function",
            Stage::Deaggregate => "deaggregate",
            Stage::Pick(_)
            | Stage::Rename { .. }
            | Stage::Rekey(_)
            | Stage::Parse(_)
            | Stage::Jq(_) => continue,
        };
        let rule =
            "in place stages that make one record of one at once: parse, pick, rename, rekey, jq";
        return require(false, "stages", name, rule);
    }
    Ok(())
}

/// The function among these stages, if there is one.
#[must_use]
pub fn function_of(stages: &[Stage]) -> Option<&PartName> {
    match stages.first()? {
        Stage::Function(name) => Some(name),
        Stage::Keep(_)
        | Stage::Drop(_)
        | Stage::Pick(_)
        | Stage::Rename { .. }
        | Stage::Rekey(_)
        | Stage::Parse(_)
        | Stage::Jq(_)
        | Stage::Deaggregate => None,
    }
}

/// Are these stages that a transform can have, whatever its outputs?
///
/// # Errors
/// Names the first field that is out of its bounds.
pub fn check_stages(stages: &[Stage]) -> Result<(), SettingError> {
    check_all(stages, None)
}

fn check_all(stages: &[Stage], outputs: Option<&[StreamName]>) -> Result<(), SettingError> {
    let count = stages.len();
    require((1..=20).contains(&count), "stages", format!("{count} long"), "1 to 20 stages")?;
    let early = stages.iter().rev().skip(1).any(|stage| matches!(stage, Stage::Jq(_)));
    require(!early, "stages", "a jq program before others", "jq as the last stage")?;
    let late = stages.iter().skip(1).any(|stage| matches!(stage, Stage::Function(_)));
    require(!late, "stages", "a function behind others", "a function as the first stage")?;
    let late = stages.iter().skip(1).any(|stage| matches!(stage, Stage::Deaggregate));
    require(!late, "stages", "deaggregate behind others", "deaggregate as the first stage")?;
    stages.iter().try_for_each(|stage| stage.check(outputs))
}

impl Stage {
    fn check(&self, outputs: Option<&[StreamName]>) -> Result<(), SettingError> {
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
            Self::Parse(LineFormat::Common | LineFormat::Combined | LineFormat::Logfmt)
            | Self::Function(_)
            | Self::Deaggregate => Ok(()),
            Self::Jq(code) => check_program(self, outputs).map_err(|why| {
                let rule = format!("a jq program, but {why}");
                SettingError { field: "jq", value: code.clone(), rule }
            }),
        }
    }
}

/// Compiles a program, and looks for the streams that it names as they are.
fn check_program(stage: &Stage, outputs: Option<&[StreamName]>) -> Result<(), String> {
    match (program::compile(stage)?, outputs) {
        (Some(program), Some(outputs)) => program.check_routes(outputs),
        (Some(_) | None, _) => Ok(()),
    }
}
