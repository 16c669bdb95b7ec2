//! What reads a stream: event source mappings and plain readers.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Tags;
use crate::model::limits::{
    FILTER_CHARS_MAX, FILTERS_MAX, GET_RECORDS_MAX, MAPPING_BATCH_SIZE_DEFAULT,
    MAPPING_BATCH_SIZE_MAX, MAPPING_RETRIES_MAX, MAPPING_WINDOW_MS_MAX, PARALLELIZATION_FACTOR_MAX,
    RECORD_AGE_S_MAX, RECORD_AGE_S_MIN, TUMBLING_WINDOW_S_MAX,
};
use crate::model::{ConsumerName, Millis, PartName, StreamName};
use crate::pipeline::filter::Pattern;
use crate::pipeline::settings::{SettingError, check_tags, check_url, name, require};

/// How every ARN of a key begins.
const KMS_KEY_PREFIX: &str = "arn:aws:kms:";

/// An event source mapping: a stream, a function, and the rules between them. Ranges are Lambda's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub stream: StreamName,
    /// The function that it invokes.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub function: PartName,
    /// The registered consumer of the stream that it is pushed to as; without one it polls. It is
    /// registered if it is not there when the mapping begins.
    #[serde(default, with = "name::maybe_consumer")]
    #[schemars(with = "Option<String>")]
    pub consumer: Option<ConsumerName>,
    /// Most records in one invocation, 1 to 10,000.
    #[serde(default = "default_batch_size")]
    pub batch_size: u32,
    /// How long to wait for a full batch, milliseconds, 0 to 300,000.
    #[serde(default)]
    pub window_ms: u64,
    /// Concurrent batches of one shard, 1 to 10; order then holds per key.
    #[serde(default = "default_parallelization_factor")]
    pub parallelization_factor: u32,
    /// Retries of a failed batch, -1 (until the records are too old) to 10,000.
    #[serde(default = "without_end")]
    pub retries: i32,
    /// Age at which records are given up, seconds: -1 (seven days, as in Lambda), or 60 to 604,800.
    #[serde(default = "without_end")]
    pub record_age_max_s: i32,
    /// A failed batch is cut in two and each half tried by itself.
    #[serde(default)]
    pub bisect_on_error: bool,
    /// The function says which record of a batch failed (`ReportBatchItemFailures`).
    #[serde(default)]
    pub report_batch_item_failures: bool,
    /// Length of tumbling windows whose state the function hands from batch to batch, seconds,
    /// 0 (off) to 900.
    #[serde(default)]
    pub tumbling_window_s: u32,
    /// Patterns of which a record must match one; 0 to 5, each of at most 4,096 characters.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Where records go that were given up.
    #[serde(default)]
    pub on_failure: Option<OnFailure>,
    /// `/metrics` has its event counts (`MetricsConfig`).
    #[serde(default)]
    pub event_counts: bool,
    /// ARN of the key that its filters are encrypted with, in place of one of AWS's own. It is kept and
    /// shown: nothing is encrypted here.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// Labels, at most 50.
    #[serde(default)]
    pub tags: Tags,
    /// Where to begin.
    #[serde(default)]
    pub start: StartingPosition,
    /// Begins disabled: reads nothing and invokes nothing.
    #[serde(default)]
    pub paused: bool,
}

/// Where a consumer without a checkpoint begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StartingPosition {
    /// At the oldest record.
    #[default]
    TrimHorizon,
    /// After the newest record.
    Latest,
    /// At the first record of this time or later, milliseconds since the epoch; not in the future.
    AtTimestamp(u64),
}

impl StartingPosition {
    /// Is it a place that there is at `now`?
    ///
    /// # Errors
    /// When it is a time in the future.
    pub fn check(self, now: Millis) -> Result<(), SettingError> {
        let future = matches!(self, Self::AtTimestamp(at) if at > now.0);
        let value = format!("{self:?}");
        require(!future, "start", value, format!("a time up to now, which is {}", now.0))
    }
}

/// Where the record of a batch goes that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnFailure {
    /// Into another stream.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    Stream(StreamName),
    /// As a line into a file, with the whole event.
    File(PathBuf),
    /// Posted to an endpoint: `http://HOST:PORT/PATH`.
    Http(String),
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(stream) => write!(f, "stream:{stream}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Http(url) => f.write_str(url),
        }
    }
}

fn default_batch_size() -> u32 {
    MAPPING_BATCH_SIZE_DEFAULT
}

fn default_parallelization_factor() -> u32 {
    1
}

fn without_end() -> i32 {
    -1
}

impl MappingSettings {
    /// A mapping with Lambda's defaults, from the oldest record on.
    #[must_use]
    pub fn new(name: PartName, stream: StreamName, function: PartName) -> Self {
        Self {
            name,
            stream,
            function,
            consumer: None,
            batch_size: default_batch_size(),
            window_ms: 0,
            parallelization_factor: default_parallelization_factor(),
            retries: without_end(),
            record_age_max_s: without_end(),
            bisect_on_error: false,
            report_batch_item_failures: false,
            tumbling_window_s: 0,
            filters: Vec::new(),
            on_failure: None,
            event_counts: false,
            kms_key: None,
            tags: Tags::new(),
            start: StartingPosition::TrimHorizon,
            paused: false,
        }
    }

    /// As which registered consumer it is pushed to, if it is.
    #[must_use]
    pub fn pushed_as(&self) -> Option<PushedAs<'_>> {
        let (part, stream) = (&self.name, &self.stream);
        self.consumer.as_ref().map(|consumer| PushedAs { part, stream, consumer })
    }

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { batch_size, window_ms, parallelization_factor, retries, .. } = self;
        require(
            (1..=MAPPING_BATCH_SIZE_MAX).contains(batch_size),
            "batch_size",
            batch_size,
            format!("1 to {MAPPING_BATCH_SIZE_MAX}"),
        )?;
        require(
            *window_ms <= MAPPING_WINDOW_MS_MAX,
            "window_ms",
            window_ms,
            format!("0 to {MAPPING_WINDOW_MS_MAX}"),
        )?;
        require(
            (1..=PARALLELIZATION_FACTOR_MAX).contains(parallelization_factor),
            "parallelization_factor",
            parallelization_factor,
            format!("1 to {PARALLELIZATION_FACTOR_MAX}"),
        )?;
        require(
            (-1..=MAPPING_RETRIES_MAX).contains(retries),
            "retries",
            retries,
            format!("-1 to {MAPPING_RETRIES_MAX}"),
        )?;
        self.check_failures()?;
        self.check_labels()
    }

    fn check_failures(&self) -> Result<(), SettingError> {
        let Self { record_age_max_s: age, tumbling_window_s, filters, on_failure, .. } = self;
        require(
            *age == -1 || (RECORD_AGE_S_MIN..=RECORD_AGE_S_MAX).contains(age),
            "record_age_max_s",
            age,
            format!("-1, or {RECORD_AGE_S_MIN} to {RECORD_AGE_S_MAX}"),
        )?;
        require(
            *tumbling_window_s <= TUMBLING_WINDOW_S_MAX,
            "tumbling_window_s",
            tumbling_window_s,
            format!("0 to {TUMBLING_WINDOW_S_MAX}"),
        )?;
        let rule = format!("at most {FILTERS_MAX} patterns");
        require(filters.len() <= FILTERS_MAX, "filters", filters.len(), rule)?;
        for filter in filters {
            let rule = format!("a pattern of at most {FILTER_CHARS_MAX} characters");
            let chars = filter.chars().count();
            require(chars <= FILTER_CHARS_MAX, "filters", format!("{chars} long"), rule)?;
            Pattern::parse(filter).map_err(|rule| SettingError {
                field: "filters",
                value: filter.clone(),
                rule,
            })?;
        }
        match on_failure {
            Some(OnFailure::Stream(stream)) => {
                let rule = "another stream than `stream`: what fails would come again";
                require(*stream != self.stream, "on_failure", stream, rule)
            }
            Some(OnFailure::Http(url)) => check_url("on_failure", url),
            Some(OnFailure::File(_)) | None => Ok(()),
        }
    }

    fn check_labels(&self) -> Result<(), SettingError> {
        if let Some(key) = &self.kms_key {
            let rule = format!("the ARN of a key: {KMS_KEY_PREFIX}REGION:ACCOUNT:key/ID");
            require(key.starts_with(KMS_KEY_PREFIX), "kms_key", key, rule)?;
        }
        check_tags("tags", &self.tags)
    }
}

/// As which registered consumer a part is pushed to.
#[derive(Clone, Copy, Debug)]
pub struct PushedAs<'a> {
    /// The part.
    pub part: &'a PartName,
    /// The stream that it reads.
    pub stream: &'a StreamName,
    /// The registered consumer of the stream.
    pub consumer: &'a ConsumerName,
}

impl PushedAs<'_> {
    /// Would two parts take subscriptions from each other?
    #[must_use]
    pub fn is_twin_of(&self, other: &PushedAs<'_>) -> bool {
        let same = self.stream == other.stream && self.consumer == other.consumer;
        same && self.part != other.part
    }
}

/// A plain reader: a GetRecords loop on every shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReaderSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// The stream that it reads.
    #[serde(with = "name::stream")]
    #[schemars(with = "String")]
    pub stream: StreamName,
    /// Pause between two calls on a shard, milliseconds, 1 to 60,000.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// Most records a call, 1 to 10,000.
    #[serde(default = "default_limit")]
    pub limit: usize,
    /// Where to begin.
    #[serde(default)]
    pub start: StartingPosition,
    /// The registered consumer of the stream that it is pushed to as; without one it polls.
    #[serde(default, with = "name::maybe_consumer")]
    #[schemars(with = "Option<String>")]
    pub consumer: Option<ConsumerName>,
}

fn default_interval_ms() -> u64 {
    1_000
}

fn default_limit() -> usize {
    GET_RECORDS_MAX
}

impl ReaderSettings {
    /// As which registered consumer it is pushed to, if it is.
    #[must_use]
    pub fn pushed_as(&self) -> Option<PushedAs<'_>> {
        let (part, stream) = (&self.name, &self.stream);
        self.consumer.as_ref().map(|consumer| PushedAs { part, stream, consumer })
    }

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self { interval_ms, limit, .. } = self;
        require((1..=60_000).contains(interval_ms), "interval_ms", interval_ms, "1 to 60000")?;
        require((1..=GET_RECORDS_MAX).contains(limit), "limit", limit, "1 to 10000")
    }
}
