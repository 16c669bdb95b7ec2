//! What a session holds, how it is read, and the commands that it means.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::WorldCommand;
use crate::model::Switch;
use crate::model::limits::{
    CREATE_DELAY_MS_DEFAULT, DELETE_DELAY_MS_DEFAULT, UPDATE_DELAY_MS_DEFAULT,
};
use crate::pipeline::settings::{
    ApplicationSettings, FunctionSettings, MappingSettings, ProducerSettings, ReaderSettings,
    TransformSettings,
};
use crate::session::lines::Lines;
use crate::session::text;
use crate::session::{Cue, Expectation, QuotaSettings, SessionError, StreamSettings};

/// The version that is written and read.
pub(super) const VERSION: u32 = 1;

/// A whole set-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Of the format: 1.
    pub version: u32,
    /// In a few words.
    pub title: String,
    /// What it shows, in a sentence or two.
    #[serde(default)]
    pub about: String,
    /// Root of all chance.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// How long it plays, seconds, 1 to 10,000,000.
    #[serde(default = "default_length_s")]
    pub length_s: u32,
    /// Concurrency of the account.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// How long transitions of streams last.
    #[serde(default)]
    pub delays: Delays,
    /// What the account may have and ask for.
    #[serde(default)]
    pub quotas: QuotaSettings,
    /// Is the account committed to a minimum of throughput?
    #[serde(default)]
    pub committed: bool,
    /// Streams, each with a name of its own.
    pub streams: Vec<StreamSettings>,
    /// Functions. Names are shared with producers, mappings and readers.
    #[serde(default)]
    pub functions: Vec<FunctionSettings>,
    /// What feeds the streams.
    #[serde(default)]
    pub producers: Vec<ProducerSettings>,
    /// What turns records of one stream into records of another.
    #[serde(default)]
    pub transforms: Vec<TransformSettings>,
    /// What reads the streams and invokes functions.
    #[serde(default)]
    pub mappings: Vec<MappingSettings>,
    /// Plain readers.
    #[serde(default)]
    pub readers: Vec<ReaderSettings>,
    /// Consumer applications.
    #[serde(default)]
    pub applications: Vec<ApplicationSettings>,
    /// What is said and done while it plays.
    #[serde(default)]
    pub timeline: Vec<Cue>,
    /// The screen that it opens, as a command: `stream orders`.
    #[serde(default)]
    pub view: Option<String>,
    /// The theme that it opens with.
    #[serde(default)]
    pub theme: Option<String>,
    /// How the console places the panels of its screens: the screen's name and a layout, as
    /// `layout` takes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layouts: BTreeMap<String, String>,
    /// What must hold.
    #[serde(default)]
    pub expect: Vec<Expectation>,
}

/// Lengths of stream transitions, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Delays {
    /// CREATING.
    pub create_ms: u64,
    /// UPDATING.
    pub update_ms: u64,
    /// DELETING.
    pub delete_ms: u64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            create_ms: CREATE_DELAY_MS_DEFAULT,
            update_ms: UPDATE_DELAY_MS_DEFAULT,
            delete_ms: DELETE_DELAY_MS_DEFAULT,
        }
    }
}

fn default_seed() -> u64 {
    42
}

fn default_length_s() -> u32 {
    60
}

impl Session {
    /// Reads and checks a session; `file` is what errors call it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, SessionError> {
        let session: Self = text::read(text).map_err(|fault| SessionError::of(file, &fault))?;
        session.check().map_err(|(at, why)| SessionError {
            file: file.to_owned(),
            line: Lines::of(text).line(&at),
            why,
        })?;
        Ok(session)
    }

    /// A session without anything in it.
    #[must_use]
    pub fn empty(title: &str, seed: u64) -> Self {
        Self {
            version: VERSION,
            title: title.to_owned(),
            about: String::new(),
            seed,
            length_s: default_length_s(),
            concurrency: None,
            delays: Delays::default(),
            quotas: QuotaSettings::default(),
            committed: false,
            streams: Vec::new(),
            functions: Vec::new(),
            producers: Vec::new(),
            transforms: Vec::new(),
            mappings: Vec::new(),
            readers: Vec::new(),
            applications: Vec::new(),
            timeline: Vec::new(),
            view: None,
            theme: None,
            layouts: BTreeMap::new(),
            expect: Vec::new(),
        }
    }

    /// How long the session plays, milliseconds.
    #[must_use]
    pub fn length_ms(&self) -> u64 {
        u64::from(self.length_s) * 1_000
    }

    /// The commands that set the session up, in order.
    #[must_use]
    pub fn commands(&self) -> Vec<WorldCommand> {
        let limit = self.concurrency;
        let account = limit.map(|_| WorldCommand::Concurrency { function: None, limit });
        let commitment = self.committed.then_some(WorldCommand::Commitment(Switch::On));
        let streams = self.streams.iter().map(|s| WorldCommand::Create(Box::new(s.create())));
        let policy = |s: &StreamSettings| {
            let stream = s.name.clone();
            s.policy.map(|policy| WorldCommand::Policy { stream, policy: Some(policy) })
        };
        let policies = self.streams.iter().filter_map(policy);
        let registers = self.streams.iter().flat_map(StreamSettings::registers);
        let functions =
            self.functions.iter().map(|part| WorldCommand::Function(Box::new(part.clone())));
        let mappings =
            self.mappings.iter().map(|part| WorldCommand::Attach(Box::new(part.clone())));
        let readers = self.readers.iter().map(|part| WorldCommand::Read(Box::new(part.clone())));
        let producers =
            self.producers.iter().map(|part| WorldCommand::Produce(Box::new(part.clone())));
        let transforms =
            self.transforms.iter().map(|part| WorldCommand::Transform(Box::new(part.clone())));
        let all = account.into_iter().chain(commitment).chain(streams);
        let all = all.chain(policies).chain(registers).chain(functions);
        let applications =
            self.applications.iter().map(|part| WorldCommand::Application(Box::new(part.clone())));
        let readers = readers.chain(applications);
        all.chain(transforms).chain(mappings).chain(readers).chain(producers).collect()
    }
}
