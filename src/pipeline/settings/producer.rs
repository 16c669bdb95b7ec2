//! What feeds a stream.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{SeenKeys, SettingError, name, require};

/// A producer: a source of records and the stream that it feeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProducerSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// The stream that it feeds.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub stream: StreamName,
    /// Where records come from.
    pub source: SourceSettings,
    /// Starts paused.
    #[serde(default)]
    pub paused: bool,
    /// Retries of a refused record before it is dropped, 0 to 1000.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// Packs records into aggregated ones, as the Kinesis Producer Library does.
    #[serde(default)]
    pub aggregate: Option<AggregateSettings>,
}

/// How user records are packed into aggregated ones: one is put when it is full, or after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AggregateSettings {
    /// Most bytes of an aggregated record, 64 to 10,485,760 (`AggregationMaxSize`).
    pub bytes_max: u32,
    /// Most user records in one, 1 to 4,294,967,295 (`AggregationMaxCount`).
    pub records_max: u32,
    /// How long a user record waits for others, 0 to 60,000 milliseconds (`RecordMaxBufferedTime`).
    pub buffered_ms: u32,
}

impl Default for AggregateSettings {
    fn default() -> Self {
        Self { bytes_max: 51_200, records_max: u32::MAX, buffered_ms: 100 }
    }
}

impl AggregateSettings {
    fn check(self) -> Result<(), SettingError> {
        let Self { bytes_max, records_max, buffered_ms } = self;
        let bytes = 64..=10_485_760;
        require(bytes.contains(&bytes_max), "bytes_max", bytes_max, "64 to 10485760 bytes")?;
        require(records_max >= 1, "records_max", records_max, "1 to 4294967295 records")?;
        let rule = "0 to 60000 milliseconds";
        require(buffered_ms <= 60_000, "buffered_ms", buffered_ms, rule)
    }
}

fn default_retries() -> u32 {
    10
}

/// Where a producer's records come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum SourceSettings {
    /// Made up, seeded.
    Synthetic(SyntheticSettings),
    /// The lines of a file.
    File(FileSettings),
    /// The lines of the standard input.
    Stdin {
        /// What the partition key is made from.
        #[serde(default)]
        key: KeyRule,
    },
    /// This machine: processor, memory, network, disks, top processes, each second.
    Host,
}

/// Made-up load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyntheticSettings {
    /// Records a second before the shape is applied, 0 to 10,000,000.
    pub rate: f64,
    /// How the rate moves over time.
    #[serde(default)]
    pub shape: Shape,
    /// How keys are drawn.
    #[serde(default)]
    pub keys: Keys,
    /// What a record holds.
    #[serde(default)]
    pub payload: Payload,
    /// How long a record is.
    #[serde(default)]
    pub size: Size,
}

/// How a rate moves over time. Times are seconds of engine time since the producer began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Shape {
    /// Always the base rate.
    #[default]
    Constant,
    /// From the base rate to `to` times it, over `over_s` seconds, then constant.
    Ramp {
        /// Factor at the end.
        to: f64,
        /// Length of the ramp, seconds.
        over_s: f64,
    },
    /// The base rate, then `to` times it from second `at_s` on.
    Step {
        /// Factor after the step.
        to: f64,
        /// When, seconds.
        at_s: f64,
    },
    /// A day in the small: the base rate times `1 + depth * sin`.
    Sine {
        /// 0 to 1.
        depth: f64,
        /// Length of a period, seconds.
        period_s: f64,
    },
    /// The base rate, and `to` times it for `length_s` out of every `every_s` seconds.
    Bursts {
        /// Factor inside a burst.
        to: f64,
        /// From burst to burst, seconds.
        every_s: f64,
        /// Length of a burst, seconds.
        length_s: f64,
    },
}

/// How partition keys are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Keys {
    /// Each of `count` keys as often as any other.
    Uniform {
        /// How many keys, 1 to 1,000,000.
        count: u32,
    },
    /// The n-th key as often as `1 / n^exponent`.
    Zipf {
        /// How many keys, 1 to 1,000,000.
        count: u32,
        /// 0 to 5; 1 is the classic law.
        exponent: f64,
    },
    /// One key takes `share` of all records, the others are uniform.
    Hot {
        /// How many keys, 2 to 1,000,000.
        count: u32,
        /// 0 to 1.
        share: f64,
    },
    /// As they were seen on a stream.
    Seen(SeenKeys),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Uniform { count: 1_000 }
    }
}

/// What a made-up record holds: one JSON object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Payload {
    /// Page views: user, page, status, milliseconds.
    #[default]
    Clicks,
    /// Orders: order, sku, amount, country.
    Orders,
    /// Sensors: device, temperature, battery.
    Devices,
    /// Posts: user, text, a list of hashtags, likes.
    Posts,
    /// Filler letters, not JSON: the cheapest, for measuring.
    Filler,
}

/// How long a made-up record is, in bytes of data. JSON is padded to reach it, never cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Size {
    /// As long as the payload happens to be.
    #[default]
    Natural,
    /// Always so many bytes.
    Fixed {
        /// 1 to 1,000,000.
        bytes: u32,
    },
    /// Uniformly between two sizes.
    Between {
        /// Shortest.
        min: u32,
        /// Longest.
        max: u32,
    },
}

/// A file as a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// Where it is.
    pub path: PathBuf,
    /// How fast its lines are put.
    #[serde(default)]
    pub pace: Pace,
    /// What the partition key is made from.
    #[serde(default)]
    pub key: KeyRule,
}

/// How fast the lines of a file are put.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Pace {
    /// So many a second.
    Rate(f64),
    /// As fast as the stream takes them.
    #[default]
    FullSpeed,
    /// As they happened: by a time field (JSON pointer; epoch seconds or milliseconds, RFC 3339).
    TimeField(String),
}

/// What the partition key of a line is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum KeyRule {
    /// A JSON pointer: `/user/id`.
    Pointer(String),
    /// The n-th column, from 0, of words apart by white space.
    Column(usize),
    /// The whole line.
    #[default]
    Line,
}

impl ProducerSettings {
    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        require(self.retries <= 1_000, "retries", self.retries, "0 to 1000")?;
        self.aggregate.map_or(Ok(()), AggregateSettings::check)?;
        match &self.source {
            SourceSettings::Synthetic(synthetic) => synthetic.check(),
            SourceSettings::File(file) => file.check(),
            SourceSettings::Stdin { key } => key.check(),
            SourceSettings::Host => Ok(()),
        }
    }
}

impl SyntheticSettings {
    fn check(&self) -> Result<(), SettingError> {
        let rate = self.rate;
        require((0.0..=1e7).contains(&rate), "rate", rate, "0 to 10000000 records a second")?;
        self.shape.check()?;
        self.keys.check()?;
        self.size.check()
    }
}

impl Shape {
    fn check(&self) -> Result<(), SettingError> {
        let factor = |to: f64| require((0.0..=1e4).contains(&to), "to", to, "0 to 10000");
        let span = |field, s: f64| require(s > 0.0 && s <= 1e7, field, s, "above 0, to 10000000 s");
        match *self {
            Self::Constant => Ok(()),
            Self::Ramp { to, over_s } => factor(to).and(span("over_s", over_s)),
            Self::Step { to, at_s } => {
                factor(to).and(require(at_s >= 0.0, "at_s", at_s, "0 or more seconds"))
            }
            Self::Sine { depth, period_s } => {
                require((0.0..=1.0).contains(&depth), "depth", depth, "0 to 1")
                    .and(span("period_s", period_s))
            }
            Self::Bursts { to, every_s, length_s } => factor(to)
                .and(span("every_s", every_s))
                .and(span("length_s", length_s))
                .and(require(length_s <= every_s, "length_s", length_s, "at most `every_s`")),
        }
    }
}

impl Keys {
    fn check(&self) -> Result<(), SettingError> {
        let count =
            |n: u32, min| require((min..=1_000_000).contains(&n), "count", n, "1 to 1000000");
        match *self {
            Self::Seen(ref seen) => seen.check(),
            Self::Uniform { count: n } => count(n, 1),
            Self::Zipf { count: n, exponent } => count(n, 1).and(require(
                (0.0..=5.0).contains(&exponent),
                "exponent",
                exponent,
                "0 to 5",
            )),
            Self::Hot { count: n, share } => {
                count(n, 2).and(require((0.0..=1.0).contains(&share), "share", share, "0 to 1"))
            }
        }
    }
}

impl Size {
    fn check(&self) -> Result<(), SettingError> {
        let size =
            |field, n: u32| require((1..=1_000_000).contains(&n), field, n, "1 to 1000000 bytes");
        match *self {
            Self::Natural => Ok(()),
            Self::Fixed { bytes } => size("bytes", bytes),
            Self::Between { min, max } => size("min", min).and(size("max", max)).and(require(
                min <= max,
                "min",
                min,
                "at most `max`",
            )),
        }
    }
}

impl FileSettings {
    fn check(&self) -> Result<(), SettingError> {
        match &self.pace {
            Pace::Rate(rate) => {
                require(
                    *rate > 0.0 && *rate <= 1e7,
                    "Rate",
                    rate,
                    "above 0, to 10000000 a second",
                )?;
            }
            Pace::FullSpeed => {}
            Pace::TimeField(pointer) => check_pointer("TimeField", pointer)?,
        }
        self.key.check()
    }
}

impl KeyRule {
    fn check(&self) -> Result<(), SettingError> {
        match self {
            Self::Pointer(pointer) => check_pointer("Pointer", pointer),
            Self::Column(_) | Self::Line => Ok(()),
        }
    }
}

/// Is `pointer` a JSON pointer?
///
/// # Errors
/// When it does not begin with a slash.
pub fn check_pointer(field: &'static str, pointer: &str) -> Result<(), SettingError> {
    require(pointer.starts_with('/'), field, pointer, "a JSON pointer such as /user/id")
}
