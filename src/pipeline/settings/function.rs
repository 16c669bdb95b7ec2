//! What is invoked with batches of records.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::PartName;
use crate::model::limits::{MEMORY_MB_MAX, MEMORY_MB_MIN, TIMEOUT_S_MAX};
use crate::pipeline::settings::producer::check_pointer;
use crate::pipeline::settings::{SettingError, name, require};

/// A function. How long an invocation takes is a model: `base_ms` with a spread, and a piece a
/// record; what it does is its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionSettings {
    /// Its name, unique among all parts.
    #[serde(with = "name::part")]
    #[schemars(with = "String")]
    pub name: PartName,
    /// What it does.
    pub kind: FunctionKind,
    /// Concurrency set apart for it, and its upper limit; `None` shares the unreserved rest.
    #[serde(default)]
    pub reserved: Option<u32>,
    /// Instances kept ready, which never start cold; at most `reserved`, where that is said.
    #[serde(default)]
    pub provisioned: Option<u32>,
    /// Median length of an invocation, milliseconds, 0 to 900,000.
    #[serde(default = "default_base_ms")]
    pub base_ms: f64,
    /// Spread of the length: sigma of a log-normal law, 0 to 3.
    #[serde(default)]
    pub spread: f64,
    /// Added for each record, microseconds.
    #[serde(default)]
    pub per_record_us: f64,
    /// Share of invocations that fail, 0 to 1.
    #[serde(default)]
    pub error_rate: f64,
    /// Added when a new instance has to start, milliseconds.
    #[serde(default)]
    pub cold_start_ms: f64,
    /// It cannot digest a record that meets this condition.
    #[serde(default)]
    pub fails_on: Option<Condition>,
    /// It says which record it could not digest, to a mapping that wants to know, instead of failing.
    #[serde(default)]
    pub reports_failures: bool,
}

fn default_base_ms() -> f64 {
    20.0
}

/// What a function does with the records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum FunctionKind {
    /// Takes its time, nothing else.
    Simulated,
    /// Counts by a field (JSON pointer; each element when it is a list).
    Count {
        /// The field.
        field: String,
        /// How many of the most frequent are shown, 1 to 100.
        #[serde(default = "default_top")]
        top: usize,
    },
    /// Appends each record as a line to a file.
    Archive {
        /// Where.
        path: PathBuf,
    },
    /// Says something when a record meets the condition, at most once in `quiet_s` seconds.
    Notify {
        /// When.
        when: Condition,
        /// What.
        text: String,
        /// Seconds of silence after it, 0 to 86,400.
        #[serde(default = "default_quiet_s")]
        quiet_s: u32,
    },
    /// Says something when one value of a field comes `factor` times as often as before.
    Spike {
        /// The field (JSON pointer; each element when it is a list).
        field: String,
        /// How many times the average of the last minute, above 1.
        factor: f64,
        /// Least occurrences in 5 seconds, 1 or more.
        least: u32,
    },
    /// A process that speaks Lambda's Runtime API. In virtual time it takes as long as the settings
    /// say.
    Process(ProcessSettings),
    /// An HTTP endpoint that is posted the event and answers as the function would.
    Http {
        /// `http://host:port/path`.
        url: String,
        /// Seconds after which an invocation has failed, 1 to 900.
        #[serde(default = "default_timeout_s")]
        timeout_s: u32,
    },
}

/// How the process of a function is started, and what it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessSettings {
    /// The command line: a program and its arguments, apart by spaces, quoted where they have some.
    pub command: String,
    /// `_HANDLER`, for runtime clients that look for it.
    #[serde(default)]
    pub handler: String,
    /// Seconds after which an invocation has failed, 1 to 900.
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u32,
    /// Memory above which it is ended, MB, 128 to 10,240.
    #[serde(default = "default_memory_mb")]
    pub memory_mb: u32,
    /// The folder that it runs in; the one of this program unless said.
    #[serde(default)]
    pub dir: Option<PathBuf>,
    /// What its environment has beyond what Lambda sets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

impl Default for ProcessSettings {
    fn default() -> Self {
        Self {
            command: String::new(),
            handler: String::new(),
            timeout_s: default_timeout_s(),
            memory_mb: default_memory_mb(),
            dir: None,
            env: BTreeMap::new(),
        }
    }
}

impl ProcessSettings {
    /// The words of the command line.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.split().0
    }

    /// The words, and whether all quotes close.
    fn split(&self) -> (Vec<String>, bool) {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        for c in self.command.chars() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, c) if c.is_whitespace() => words.extend(word.take()),
                (Some(_) | None, c) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        (words, quote.is_none())
    }

    fn check(&self) -> Result<(), SettingError> {
        let Self { command, timeout_s, memory_mb, env, .. } = self;
        let (words, closed) = self.split();
        require(!words.is_empty(), "command", "empty", "a program and its arguments")?;
        require(closed, "command", command, "quotes that close")?;
        check_timeout(*timeout_s)?;
        let memory = MEMORY_MB_MIN..=MEMORY_MB_MAX;
        require(memory.contains(memory_mb), "memory_mb", memory_mb, "128 to 10240")?;
        let odd = env.keys().find(|name| name.is_empty() || name.contains(['=', '\0']));
        require(odd.is_none(), "env", odd.map_or("", |name| name), "names without `=`")
    }
}

/// Is it an address that can be posted to?
pub(super) fn check_url(field: &'static str, url: &str) -> Result<(), SettingError> {
    let host = url.strip_prefix("http://").and_then(|rest| rest.split('/').next());
    let rule = "http://HOST:PORT/PATH; TLS is not spoken";
    require(host.is_some_and(|host| !host.is_empty()), field, url, rule)
}

fn check_timeout(timeout_s: u32) -> Result<(), SettingError> {
    require((1..=TIMEOUT_S_MAX).contains(&timeout_s), "timeout_s", timeout_s, "1 to 900")
}

fn default_timeout_s() -> u32 {
    3
}

fn default_memory_mb() -> u32 {
    MEMORY_MB_MIN
}

fn default_top() -> usize {
    10
}

fn default_quiet_s() -> u32 {
    10
}

/// A question to one field of a JSON record. A record without the field, or no JSON, fails it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Condition {
    /// The field is there.
    Exists(String),
    /// The field, as text, is this.
    Equals(String, String),
    /// The field, as text, has this inside.
    Contains(String, String),
    /// The field is a number above this.
    Above(String, f64),
    /// The field is a number below this.
    Below(String, f64),
}

impl Condition {
    /// The field that is asked, a JSON pointer.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Exists(field)
            | Self::Equals(field, _)
            | Self::Contains(field, _)
            | Self::Above(field, _)
            | Self::Below(field, _) => field,
        }
    }

    /// Is the field a JSON pointer?
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), SettingError> {
        check_pointer("condition", self.field())
    }
}

impl FunctionSettings {
    /// A function that takes 20 ms for every batch and never fails.
    #[must_use]
    pub fn new(name: PartName, kind: FunctionKind) -> Self {
        Self {
            name,
            kind,
            reserved: None,
            provisioned: None,
            base_ms: default_base_ms(),
            spread: 0.0,
            per_record_us: 0.0,
            error_rate: 0.0,
            cold_start_ms: 0.0,
            fails_on: None,
            reports_failures: false,
        }
    }

    /// Are all values inside their bounds?
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        let within = |field, value: f64, max: f64| {
            require((0.0..=max).contains(&value), field, value, format!("0 to {max}"))
        };
        within("base_ms", self.base_ms, 900_000.0)?;
        within("spread", self.spread, 3.0)?;
        within("per_record_us", self.per_record_us, 1e6)?;
        within("error_rate", self.error_rate, 1.0)?;
        within("cold_start_ms", self.cold_start_ms, 900_000.0)?;
        self.fails_on.as_ref().map_or(Ok(()), Condition::check)?;
        self.kind.check()
    }
}

impl FunctionKind {
    fn check(&self) -> Result<(), SettingError> {
        match self {
            Self::Simulated | Self::Archive { .. } => Ok(()),
            Self::Process(process) => process.check(),
            Self::Http { url, timeout_s } => {
                check_url("url", url)?;
                check_timeout(*timeout_s)
            }
            Self::Count { field, top } => check_pointer("field", field).and(require(
                (1..=100).contains(top),
                "top",
                top,
                "1 to 100",
            )),
            Self::Notify { when, quiet_s, .. } => {
                when.check().and(require(*quiet_s <= 86_400, "quiet_s", quiet_s, "0 to 86400"))
            }
            Self::Spike { field, factor, least } => check_pointer("field", field)
                .and(require(*factor > 1.0, "factor", factor, "above 1"))
                .and(require(*least >= 1, "least", least, "1 or more")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_inside_of_others_is_a_letter() {
        let of = |command: &str| {
            let settings = ProcessSettings { command: command.to_owned(), ..Default::default() };
            (settings.words(), settings.check().is_ok())
        };
        let words =
            |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(r#"sh -c "echo it's""#), (words(&["sh", "-c", "echo it's"]), true));
        assert_eq!(of(r#"a "b' c" 'd"#), (words(&["a", "b' c", "d"]), false), "one is open");
        assert!(!of("''").0.is_empty() && !of(" ").1);
    }
}
