//! What a session holds, how it is read, and the commands that it means.

use std::collections::BTreeSet;

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};

use crate::api::CreateStream;
use crate::command::WorldCommand;
use crate::model::limits::{
    CREATE_DELAY_MS_DEFAULT, DELETE_DELAY_MS_DEFAULT, RECORD_BYTES_MAX_DEFAULT,
    RETENTION_HOURS_DEFAULT, RETENTION_HOURS_MAX, RETENTION_HOURS_MIN, SHARDS_PER_STREAM_MAX,
    UPDATE_DELAY_MS_DEFAULT,
};
use crate::model::{self, Level, PartName, ShardLimits, StreamName};
use crate::pipeline::settings::{
    FunctionSettings, MappingSettings, ProducerSettings, ReaderSettings, SettingError,
    TransformSettings, name, require,
};
use crate::session::SessionError;
use crate::session::error::line_of;

/// The version that is written and read.
const VERSION: u32 = 1;

/// A whole set-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// How long it plays, seconds, above 0.
    #[serde(default = "default_length_s")]
    pub length_s: u32,
    /// Concurrency of the account.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// How long transitions of streams last.
    #[serde(default)]
    pub delays: Delays,
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
}

/// Lengths of stream transitions, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Who decides the number of shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamMode {
    /// The operator.
    #[default]
    Provisioned,
    /// The service; begins with 4 shards.
    OnDemand,
}

/// What an acknowledged record survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LevelWord {
    /// Nothing but the process' own life.
    Memory,
    /// `kill -9`.
    #[default]
    Process,
}

/// Limits of each shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limits {
    /// Kinesis' own.
    #[default]
    Kinesis,
    /// None.
    Off,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamSettings {
    /// Its name.
    #[serde(with = "name::stream")]
    pub name: StreamName,
    /// Shards to begin with, 1 to 10,000.
    #[serde(default = "default_shards")]
    pub shards: u32,
    /// Who decides the number of shards.
    #[serde(default)]
    pub mode: StreamMode,
    /// How long records stay, 24 to 8,760 hours.
    #[serde(default = "default_retention_hours")]
    pub retention_hours: u32,
    /// Shorter, for demos: seconds instead of hours, 1 or more.
    #[serde(default)]
    pub retention_s: Option<u32>,
    /// What an acknowledged record survives.
    #[serde(default)]
    pub level: LevelWord,
    /// Limits of each shard.
    #[serde(default)]
    pub limits: Limits,
}

fn default_seed() -> u64 {
    42
}

fn default_length_s() -> u32 {
    60
}

fn default_shards() -> u32 {
    1
}

fn default_retention_hours() -> u32 {
    RETENTION_HOURS_DEFAULT
}

impl StreamSettings {
    fn check(&self) -> Result<(), SettingError> {
        let Self { shards, retention_hours, .. } = self;
        let rule = format!("1 to {SHARDS_PER_STREAM_MAX}");
        require((1..=SHARDS_PER_STREAM_MAX).contains(shards), "shards", shards, rule)?;
        let hours = RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX;
        let rule = "24 to 8760; `retention_s` is for demos";
        require(hours.contains(retention_hours), "retention_hours", retention_hours, rule)?;
        require(self.retention_s != Some(0), "retention_s", 0, "1 or more")
    }

    fn create(&self) -> CreateStream {
        let hours = u64::from(self.retention_hours) * 3_600_000;
        CreateStream {
            stream: self.name.clone(),
            mode: match self.mode {
                StreamMode::Provisioned => model::StreamMode::Provisioned,
                StreamMode::OnDemand => model::StreamMode::OnDemand,
            },
            shards: self.shards,
            retention_ms: self.retention_s.map_or(hours, |s| u64::from(s) * 1_000),
            level: match self.level {
                LevelWord::Memory => Level::Memory,
                LevelWord::Process => Level::Process,
            },
            limits: match self.limits {
                Limits::Kinesis => ShardLimits::KINESIS,
                Limits::Off => ShardLimits::OFF,
            },
            record_bytes_max: RECORD_BYTES_MAX_DEFAULT,
        }
    }
}

impl Session {
    /// Reads and checks a session; `file` is what errors call it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, SessionError> {
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let session: Self = options.from_str(text).map_err(|error| SessionError {
            file: file.to_owned(),
            line: error.span.start.line,
            why: error.code.to_string(),
        })?;
        session.check(text).map_err(|(line, why)| SessionError {
            file: file.to_owned(),
            line,
            why,
        })?;
        Ok(session)
    }

    fn check(&self, text: &str) -> Result<(), (usize, String)> {
        if self.version != VERSION {
            let at = text.find("version").unwrap_or(0);
            let line = text[..at].matches('\n').count() + 1;
            let why = format!("`version` is {}, this program reads {VERSION}", self.version);
            return Err((line, why));
        }
        self.check_settings(text)?;
        self.check_names(text)?;
        self.check_references(text)
    }

    fn check_settings(&self, text: &str) -> Result<(), (usize, String)> {
        let at = |name: &str| {
            let line = line_of(text, name, 0);
            move |error: SettingError| (line, error.to_string())
        };
        for stream in &self.streams {
            stream.check().map_err(at(stream.name.as_str()))?;
        }
        for part in &self.functions {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.producers {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.transforms {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.mappings {
            part.check().map_err(at(part.name.as_str()))?;
        }
        for part in &self.readers {
            part.check().map_err(at(part.name.as_str()))?;
        }
        Ok(())
    }

    fn part_names(&self) -> impl Iterator<Item = &PartName> {
        let functions = self.functions.iter().map(|part| &part.name);
        let producers = self.producers.iter().map(|part| &part.name);
        let transforms = self.transforms.iter().map(|part| &part.name);
        let mappings = self.mappings.iter().map(|part| &part.name);
        let readers = self.readers.iter().map(|part| &part.name);
        functions.chain(producers).chain(transforms).chain(mappings).chain(readers)
    }

    fn check_names(&self, text: &str) -> Result<(), (usize, String)> {
        let mut streams = BTreeSet::new();
        for StreamSettings { name, .. } in &self.streams {
            if !streams.insert(name) {
                let why = format!("`name` is `{name}`, which another stream has");
                return Err((line_of(text, name.as_str(), 1), why));
            }
        }
        let mut parts = BTreeSet::new();
        for name in self.part_names() {
            if !parts.insert(name) {
                let why = format!("`name` is `{name}`, which another part has");
                return Err((line_of(text, name.as_str(), 1), why));
            }
        }
        Ok(())
    }

    fn check_references(&self, text: &str) -> Result<(), (usize, String)> {
        let unknown = |field: &str, name: &str, what: &str| {
            let why = format!("`{field}` is `{name}`, but the session has no such {what}");
            Err((line_of(text, name, 0), why))
        };
        let fed = self.producers.iter().map(|part| &part.stream);
        let read = self.readers.iter().map(|part| &part.stream);
        let mapped = self.mappings.iter().map(|part| &part.stream);
        let changed = self.transforms.iter().flat_map(|part| [&part.from, &part.to]);
        for stream in fed.chain(read).chain(mapped).chain(changed) {
            if !self.streams.iter().any(|known| known.name == *stream) {
                return unknown("stream", stream.as_str(), "stream");
            }
        }
        for MappingSettings { function, .. } in &self.mappings {
            if !self.functions.iter().any(|known| known.name == *function) {
                return unknown("function", function.as_str(), "function");
            }
        }
        Ok(())
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
        let streams = self.streams.iter().map(|s| WorldCommand::Create(Box::new(s.create())));
        let functions =
            self.functions.iter().map(|part| WorldCommand::Function(Box::new(part.clone())));
        let mappings =
            self.mappings.iter().map(|part| WorldCommand::Attach(Box::new(part.clone())));
        let readers = self.readers.iter().map(|part| WorldCommand::Read(Box::new(part.clone())));
        let producers =
            self.producers.iter().map(|part| WorldCommand::Produce(Box::new(part.clone())));
        let transforms =
            self.transforms.iter().map(|part| WorldCommand::Transform(Box::new(part.clone())));
        let all = account.into_iter().chain(streams).chain(functions);
        all.chain(transforms).chain(mappings).chain(readers).chain(producers).collect()
    }
}
