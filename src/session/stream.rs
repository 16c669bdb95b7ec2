//! What a session says of a stream.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{CreateStream, Tags};
use crate::command::WorldCommand;
use crate::model::limits::{
    KEY_ID_CHARS_MAX, RECORD_KIB_MAX, RECORD_KIB_MIN, RETENTION_HOURS_DEFAULT, RETENTION_HOURS_MAX,
    RETENTION_HOURS_MIN, SHARDS_PER_STREAM_MAX, WARM_MIB_PER_S_MAX,
};
use crate::model::{
    self, ConsumerName, HashKey, Level, RecordDistribution, ShardLimits, StreamName,
};
use crate::pipeline::settings::{ScalingPolicy, SettingError, check_tags, name, require};

/// Who decides the number of shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StreamMode {
    /// The operator.
    #[default]
    Provisioned,
    /// The service; begins with 4 shards.
    OnDemand,
}

/// What decides the shard of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Distribution {
    /// The key that its producer gives.
    #[default]
    UserPartitionKey,
    /// The service, in turn.
    Auto,
}

/// What an acknowledged record survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LevelWord {
    /// Nothing but the process' own life.
    Memory,
    /// `kill -9`.
    #[default]
    Process,
    /// A power cut.
    Power,
}

/// Limits of each shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Limits {
    /// Kinesis' own.
    #[default]
    Kinesis,
    /// None.
    Off,
    /// One by one; a limit that is left out is off.
    Each {
        /// Records taken a second.
        #[serde(default)]
        write_records_per_s: Option<u64>,
        /// Bytes taken a second.
        #[serde(default)]
        write_bytes_per_s: Option<u64>,
        /// Bytes given a second.
        #[serde(default)]
        read_bytes_per_s: Option<u64>,
        /// GetRecords calls a second.
        #[serde(default)]
        read_calls_per_s: Option<u64>,
        /// Records given a second.
        #[serde(default)]
        read_records_per_s: Option<u64>,
        /// GetShardIterator calls a second, while the shard is open.
        #[serde(default)]
        iterator_calls_per_s: Option<u64>,
    },
}

impl Limits {
    fn check(&self) -> Result<(), SettingError> {
        let limits = self.shard_limits();
        for (name, limit) in [
            ("write_records_per_s", limits.write_records_per_s),
            ("write_bytes_per_s", limits.write_bytes_per_s),
            ("read_bytes_per_s", limits.read_bytes_per_s),
            ("read_calls_per_s", limits.read_calls_per_s),
            ("read_records_per_s", limits.read_records_per_s),
            ("iterator_calls_per_s", limits.iterator_calls_per_s),
        ] {
            require(limit != Some(0), name, 0, "1 or more; one that is left out is off")?;
        }
        Ok(())
    }

    fn of(limits: ShardLimits) -> Self {
        let ShardLimits {
            write_records_per_s,
            write_bytes_per_s,
            read_bytes_per_s,
            read_calls_per_s,
            read_records_per_s,
            iterator_calls_per_s,
            readers_per_shard: _,
        } = limits;
        match (ShardLimits { readers_per_shard: None, ..limits }) {
            ShardLimits::KINESIS => Self::Kinesis,
            ShardLimits::OFF => Self::Off,
            _ => Self::Each {
                write_records_per_s,
                write_bytes_per_s,
                read_bytes_per_s,
                read_calls_per_s,
                read_records_per_s,
                iterator_calls_per_s,
            },
        }
    }

    fn shard_limits(self) -> ShardLimits {
        match self {
            Self::Kinesis => ShardLimits::KINESIS,
            Self::Off => ShardLimits::OFF,
            Self::Each {
                write_records_per_s,
                write_bytes_per_s,
                read_bytes_per_s,
                read_calls_per_s,
                read_records_per_s,
                iterator_calls_per_s,
            } => ShardLimits {
                write_records_per_s,
                write_bytes_per_s,
                read_bytes_per_s,
                read_calls_per_s,
                read_records_per_s,
                iterator_calls_per_s,
                readers_per_shard: None,
            },
        }
    }
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamSettings {
    /// Its name.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub name: StreamName,
    /// Shards to begin with, 1 to 10,000.
    #[serde(default = "default_shards")]
    pub shards: u32,
    /// The hash keys at which they begin, the first one aside, when they are not equal: `["0x4"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub cuts: Option<Vec<HashKey>>,
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
    /// Shared readers of a shard at once, 1 or more: DynamoDB allows 2, Kinesis any number.
    #[serde(default)]
    pub readers_per_shard: Option<u64>,
    /// Largest record (key and data), 1,024 to 10,240 KiB.
    #[serde(default = "default_record_kib_max")]
    pub record_kib_max: u32,
    /// What decides the shard of a record; `Auto` for on-demand streams only.
    #[serde(default)]
    pub distribution: Distribution,
    /// MiB a second for which an on-demand stream is always ready, with the account's commitment.
    #[serde(default)]
    pub warm_mib_per_s: Option<u32>,
    /// The key that records are said to be encrypted with: an id, an ARN or an alias.
    #[serde(default)]
    pub key: Option<String>,
    /// Tags, at most 50.
    #[serde(default)]
    pub tags: Tags,
    /// Who scales it; the operator unless there is a rule.
    #[serde(default)]
    pub policy: Option<ScalingPolicy>,
    /// Its registered consumers, each with a throughput of its own.
    #[serde(default, with = "name::consumers")]
    #[schemars(with = "Vec<String>")]
    pub consumers: Vec<ConsumerName>,
    /// Tags of these, by name; at most 50 each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consumer_tags: BTreeMap<String, Tags>,
}

fn default_shards() -> u32 {
    1
}

fn default_record_kib_max() -> u32 {
    RECORD_KIB_MIN
}

fn default_retention_hours() -> u32 {
    RETENTION_HOURS_DEFAULT
}

fn fits(text: &str, low: usize, high: usize) -> bool {
    (low..=high).contains(&text.chars().count())
}

impl StreamSettings {
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let Self { shards, retention_hours, .. } = self;
        let rule = format!("1 to {SHARDS_PER_STREAM_MAX}");
        require((1..=SHARDS_PER_STREAM_MAX).contains(shards), "shards", shards, rule)?;
        self.check_cuts()?;
        let hours = RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX;
        let rule = "24 to 8760; `retention_s` is for demos";
        require(hours.contains(retention_hours), "retention_hours", retention_hours, rule)?;
        let sizes = RECORD_KIB_MIN..=RECORD_KIB_MAX;
        let (kib, rule) = (self.record_kib_max, format!("{RECORD_KIB_MIN} to {RECORD_KIB_MAX}"));
        require(sizes.contains(&kib), "record_kib_max", kib, rule)?;
        let on_demand = self.mode == StreamMode::OnDemand;
        let rule = "`UserPartitionKey`, unless `mode` is `OnDemand`";
        let keyed = self.distribution == Distribution::UserPartitionKey;
        require(on_demand || keyed, "distribution", "Auto", rule)?;
        if let Some(mib_per_s) = self.warm_mib_per_s {
            let rule = format!("0 to {WARM_MIB_PER_S_MAX}, and only where `mode` is `OnDemand`");
            let fits = on_demand && mib_per_s <= WARM_MIB_PER_S_MAX;
            require(fits, "warm_mib_per_s", mib_per_s, rule)?;
        }
        self.check_labels()?;
        self.check_consumers()?;
        self.limits.check()?;
        require(self.readers_per_shard != Some(0), "readers_per_shard", 0, "1 or more")?;
        require(self.retention_s != Some(0), "retention_s", 0, "1 or more")?;
        self.check_policy()
    }

    fn check_consumers(&self) -> Result<(), SettingError> {
        let mut names = BTreeSet::new();
        for consumer in &self.consumers {
            require(names.insert(consumer.as_str()), "consumers", consumer, "each name once")?;
        }
        for (consumer, tags) in &self.consumer_tags {
            let rule = "a name of `consumers`";
            require(names.contains(consumer.as_str()), "consumer_tags", consumer, rule)?;
            check_tags("consumer_tags", tags)?;
        }
        Ok(())
    }

    /// Nobody but the service scales a stream that is on-demand.
    fn check_policy(&self) -> Result<(), SettingError> {
        let Some(policy) = &self.policy else { return Ok(()) };
        let rule = "none where `mode` is `OnDemand`: `policy` is for provisioned streams, the \
                    service scales the others";
        let provisioned = self.mode == StreamMode::Provisioned;
        require(provisioned, "policy", policy.words(), rule)?;
        policy.check()
    }

    fn check_cuts(&self) -> Result<(), SettingError> {
        let Some(cuts) = &self.cuts else { return Ok(()) };
        let rule = format!("one less than `shards`, which is {}", self.shards);
        require(cuts.len() + 1 == self.shards as usize, "cuts", cuts.len(), rule)?;
        let ascending = cuts.is_sorted_by(|one, next| one < next);
        let above = cuts.first() != Some(&HashKey::MIN);
        require(ascending && above, "cuts", "not in order", "ascending from above 0")
    }

    fn check_labels(&self) -> Result<(), SettingError> {
        if let Some(key) = &self.key {
            let rule = format!("1 to {KEY_ID_CHARS_MAX} characters");
            require(fits(key, 1, KEY_ID_CHARS_MAX), "key", key, rule)?;
        }
        check_tags("tags", &self.tags)
    }

    /// The settings of a stream that exists, with its present number of open shards.
    #[must_use]
    pub fn of(create: &CreateStream, open_shards: u32) -> Self {
        let hours = create.retention_ms / 3_600_000;
        let whole =
            hours * 3_600_000 == create.retention_ms && hours >= u64::from(RETENTION_HOURS_MIN);
        let seconds = u32::try_from(create.retention_ms / 1_000).unwrap_or(u32::MAX).max(1);
        let hours = u32::try_from(hours).unwrap_or(RETENTION_HOURS_MAX);
        Self {
            name: create.stream.clone(),
            shards: open_shards.max(1),
            cuts: None,
            mode: match create.mode {
                model::StreamMode::Provisioned => StreamMode::Provisioned,
                model::StreamMode::OnDemand => StreamMode::OnDemand,
            },
            retention_hours: if whole { hours } else { RETENTION_HOURS_DEFAULT },
            retention_s: (!whole).then_some(seconds),
            level: match create.level {
                Level::Memory => LevelWord::Memory,
                Level::Process => LevelWord::Process,
                Level::Power => LevelWord::Power,
            },
            limits: Limits::of(create.limits),
            readers_per_shard: create.limits.readers_per_shard,
            record_kib_max: create.record_kib_max,
            distribution: match create.distribution {
                RecordDistribution::UserPartitionKey => Distribution::UserPartitionKey,
                RecordDistribution::Auto => Distribution::Auto,
            },
            warm_mib_per_s: create.warm_mib_per_s,
            key: create.key.clone(),
            tags: create.tags.clone(),
            policy: None,
            consumers: Vec::new(),
            consumer_tags: BTreeMap::new(),
        }
    }

    /// What registers its consumers.
    pub(super) fn registers(&self) -> impl Iterator<Item = WorldCommand> {
        self.consumers.iter().map(|consumer| WorldCommand::Register {
            stream: self.name.clone(),
            consumer: consumer.clone(),
            tags: self.consumer_tags.get(consumer.as_str()).cloned().unwrap_or_default(),
        })
    }

    pub(super) fn create(&self) -> CreateStream {
        let hours = u64::from(self.retention_hours) * 3_600_000;
        CreateStream {
            stream: self.name.clone(),
            mode: match self.mode {
                StreamMode::Provisioned => model::StreamMode::Provisioned,
                StreamMode::OnDemand => model::StreamMode::OnDemand,
            },
            shards: self.shards,
            cuts: self.cuts.clone(),
            retention_ms: self.retention_s.map_or(hours, |s| u64::from(s) * 1_000),
            level: match self.level {
                LevelWord::Memory => Level::Memory,
                LevelWord::Process => Level::Process,
                LevelWord::Power => Level::Power,
            },
            limits: ShardLimits {
                readers_per_shard: self.readers_per_shard,
                ..self.limits.shard_limits()
            },
            record_kib_max: self.record_kib_max,
            distribution: match self.distribution {
                Distribution::UserPartitionKey => RecordDistribution::UserPartitionKey,
                Distribution::Auto => RecordDistribution::Auto,
            },
            warm_mib_per_s: self.warm_mib_per_s,
            key: self.key.clone(),
            tags: self.tags.clone(),
        }
    }
}
