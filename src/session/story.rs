//! What a session tells and asserts: its timeline and what must hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::{Command, Screen, ViewCommand, WorldCommand};
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::name;

/// The longest session, and the latest moment in one, seconds.
pub(super) const LENGTH_S_MAX: u32 = 10_000_000;

/// One entry of the timeline: at least one of caption, command and view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// When, seconds after the session began, 0 or more.
    pub at_s: f64,
    /// What the audience is told; an empty text takes the last one away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// A command that changes the world, as typed on the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The screen that shows it best, as a command: a demo goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
}

impl Cue {
    /// The command, if there is one.
    ///
    /// # Errors
    /// A sentence that says why the line is no command for a timeline.
    pub fn command(&self) -> Result<Option<WorldCommand>, String> {
        let Some(line) = &self.run else { return Ok(None) };
        match line.parse::<Command>().map_err(|why| why.to_string())? {
            Command::World(WorldCommand::Clock(_)) => {
                Err(format!("`{line}` moves the clock, which a timeline lives by"))
            }
            Command::World(command) => Ok(Some(command)),
            Command::View(_) => Err(format!(
                "`{line}` changes the view: a timeline changes the world; `view` sets the screen"
            )),
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if !(0.0..=f64::from(LENGTH_S_MAX)).contains(&self.at_s) {
            return Err(format!("`at_s` is {}, allowed is 0 to {LENGTH_S_MAX}", self.at_s));
        }
        if self.caption.is_none() && self.run.is_none() && self.view.is_none() {
            return Err("a cue of the timeline needs `caption`, `run` or `view`".to_owned());
        }
        self.view.as_deref().map_or(Ok(()), |line| screen(line).map(drop))?;
        self.command().map(|_| ()).map_err(|why| format!("`run`: {why}"))
    }
}

/// The screen that the line of a `view` opens.
///
/// # Errors
/// A sentence that says why it opens none.
pub fn screen(line: &str) -> Result<Screen, String> {
    match line.parse::<Command>().map_err(|why| format!("`view`: {why}"))? {
        Command::View(ViewCommand::Go(screen)) => Ok(screen),
        Command::View(_) | Command::World(_) => {
            Err(format!("`view` is `{line}`, which is not a screen: `stream NAME`"))
        }
    }
}

/// Something that must hold in a span of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Begin of the span, seconds after the session began.
    pub from_s: u32,
    /// End of the span, seconds, above `from_s`.
    pub to_s: u32,
    /// What is looked at.
    pub metric: Metric,
    /// It must be more than this.
    #[serde(default)]
    pub above: Option<f64>,
    /// It must be less than this.
    #[serde(default)]
    pub below: Option<f64>,
}

/// What an expectation looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Metric {
    /// Records that a stream took in the span.
    IncomingRecords(
        #[serde(with = "name::stream")]
        #[schemars(with = "String")]
        StreamName,
    ),
    /// Records that a stream refused for throughput in the span.
    WriteThrottled(
        #[serde(with = "name::stream")]
        #[schemars(with = "String")]
        StreamName,
    ),
    /// Reads that a stream refused for throughput in the span.
    ReadThrottled(
        #[serde(with = "name::stream")]
        #[schemars(with = "String")]
        StreamName,
    ),
    /// Most open shards of a stream in the span.
    OpenShards(
        #[serde(with = "name::stream")]
        #[schemars(with = "String")]
        StreamName,
    ),
    /// Highest iterator age of a mapping in the span, milliseconds.
    IteratorAgeMs(
        #[serde(with = "name::part")]
        #[schemars(with = "String")]
        PartName,
    ),
    /// Records that a mapping finished in the span.
    DoneRecords(
        #[serde(with = "name::part")]
        #[schemars(with = "String")]
        PartName,
    ),
    /// Invocations of a mapping refused for want of concurrency in the span.
    FunctionThrottles(
        #[serde(with = "name::part")]
        #[schemars(with = "String")]
        PartName,
    ),
    /// Notifications of all functions in the span.
    Notifications,
}

/// What a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A stream.
    Stream(&'a StreamName),
    /// A mapping.
    Mapping(&'a PartName),
    /// All functions.
    Functions,
}

impl Metric {
    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::IncomingRecords(stream)
            | Self::WriteThrottled(stream)
            | Self::ReadThrottled(stream)
            | Self::OpenShards(stream) => Subject::Stream(stream),
            Self::IteratorAgeMs(mapping)
            | Self::DoneRecords(mapping)
            | Self::FunctionThrottles(mapping) => Subject::Mapping(mapping),
            Self::Notifications => Subject::Functions,
        }
    }

    /// In words: `records refused by orders`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::IncomingRecords(stream) => format!("records taken by {stream}"),
            Self::WriteThrottled(stream) => format!("records refused by {stream}"),
            Self::ReadThrottled(stream) => format!("reads refused by {stream}"),
            Self::OpenShards(stream) => format!("open shards of {stream}"),
            Self::IteratorAgeMs(mapping) => format!("iterator age of {mapping} in ms"),
            Self::DoneRecords(mapping) => format!("records finished by {mapping}"),
            Self::FunctionThrottles(mapping) => format!("invocations refused to {mapping}"),
            Self::Notifications => "notifications".to_owned(),
        }
    }

    /// Is the span's value the highest of its seconds, and not their sum?
    #[must_use]
    pub fn is_peak(&self) -> bool {
        match self {
            Self::OpenShards(_) | Self::IteratorAgeMs(_) => true,
            Self::IncomingRecords(_)
            | Self::WriteThrottled(_)
            | Self::ReadThrottled(_)
            | Self::DoneRecords(_)
            | Self::FunctionThrottles(_)
            | Self::Notifications => false,
        }
    }
}

impl Expectation {
    /// Does this value fulfil it?
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.above.is_none_or(|bound| value > bound) && self.below.is_none_or(|bound| value < bound)
    }

    /// As a sentence: `records refused by orders from 10 s to 45 s: above 100`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let bound = |word: &str, bound: Option<f64>| bound.map(|b| format!("{word} {b}"));
        let bounds: Vec<String> =
            bound("above", self.above).into_iter().chain(bound("below", self.below)).collect();
        let Self { from_s, to_s, .. } = self;
        let metric = self.metric.words();
        format!("{metric} from {from_s} s to {to_s} s: {}", bounds.join(" and "))
    }

    pub(super) fn check(&self, length_s: u32) -> Result<(), String> {
        let Self { from_s, to_s, above, below, .. } = self;
        if from_s >= to_s {
            return Err(format!("`from_s` is {from_s}, allowed is less than `to_s`, {to_s}"));
        }
        if *to_s > length_s {
            return Err(format!("`to_s` is {to_s}, allowed is at most `length_s`, {length_s}"));
        }
        if above.is_none() && below.is_none() {
            return Err("an expectation needs `above` or `below`".to_owned());
        }
        if let (Some(above), Some(below)) = (above, below)
            && below <= above
        {
            return Err(format!("`below` is {below}, allowed is more than `above`, {above}"));
        }
        Ok(())
    }
}
