//! What `attach` and `tune` both say of a mapping: how it batches and what it does with failures.

use crate::api::Tags;
use crate::command::line::Line;
use crate::command::shorthand::tags;
use crate::command::spec::{Argument, Kind};
use crate::command::{ParseError, Words};
use crate::model::limits::{
    MAPPING_BATCH_SIZE_MAX, MAPPING_RETRIES_MAX, MAPPING_WINDOW_MS_MAX, PARALLELIZATION_FACTOR_MAX,
    RECORD_AGE_S_MAX, TUMBLING_WINDOW_S_MAX,
};
use crate::model::{ConsumerName, StreamName};
use crate::pipeline::settings::{MappingChanges, OnFailure};

/// On or off.
const SWITCH: Kind = Kind::Choice(&["on", "off"]);

/// The flags, for the tables of both commands.
pub(super) const CONSUMER: Argument = Argument::value("--consumer", Kind::NewName);
pub(super) const BATCH: Argument = Argument::value("--batch", Kind::Number);
pub(super) const WINDOW: Argument = Argument::value("--window-ms", Kind::Number);
pub(super) const FACTOR: Argument = Argument::value("--factor", Kind::Number);
pub(super) const RETRIES: Argument = Argument::value("--retries", Kind::Number);
pub(super) const AGE: Argument = Argument::value("--age-s", Kind::Number);
pub(super) const BISECT: Argument = Argument::value("--bisect", SWITCH);
pub(super) const PARTIAL: Argument = Argument::value("--partial", SWITCH);
pub(super) const TUMBLING: Argument = Argument::value("--tumbling-s", Kind::Number);
pub(super) const FILTER: Argument = Argument::value("--filter", Kind::Text);
pub(super) const ON_FAILURE: Argument =
    Argument::value("--on-failure", Kind::Choice(&["stream:", "file:", "http://", "none"]));

pub(super) const COUNTS: Argument = Argument::value("--event-counts", SWITCH);
pub(super) const KEY: Argument = Argument::value("--kms-key", Kind::Text);
pub(super) const TAGS: Argument = Argument::value("--tags", Kind::Text);

/// Reads the flags that are there.
pub(super) fn flags(words: &mut Words) -> Result<MappingChanges, ParseError> {
    Ok(MappingChanges {
        function: None,
        consumer: consumer(words)?,
        batch_size: words.number_flag("--batch", 1, MAPPING_BATCH_SIZE_MAX)?,
        window_ms: words.number_flag("--window-ms", 0, MAPPING_WINDOW_MS_MAX)?,
        parallelization_factor: words.number_flag("--factor", 1, PARALLELIZATION_FACTOR_MAX)?,
        retries: words.number_flag("--retries", -1, MAPPING_RETRIES_MAX)?,
        record_age_max_s: words.number_flag("--age-s", -1, RECORD_AGE_S_MAX)?,
        bisect_on_error: switch(words, "--bisect")?,
        report_batch_item_failures: switch(words, "--partial")?,
        tumbling_window_s: words.number_flag("--tumbling-s", 0, TUMBLING_WINDOW_S_MAX)?,
        filters: words.flag("--filter").map(|text| filters(&text)),
        on_failure: on_failure(words)?,
        event_counts: switch(words, "--event-counts")?,
        kms_key: words.flag("--kms-key").map(|key| (key != "none").then_some(key)),
        tags: labels(words)?,
    })
}

fn consumer(words: &mut Words) -> Result<Option<Option<ConsumerName>>, ParseError> {
    match words.flag("--consumer").as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(None)),
        Some(name) => words.as_consumer("--consumer", name).map(|name| Some(Some(name))),
    }
}

fn switch(words: &mut Words, flag: &str) -> Result<Option<bool>, ParseError> {
    match words.flag(flag).as_deref() {
        None => Ok(None),
        Some("on") => Ok(Some(true)),
        Some("off") => Ok(Some(false)),
        Some(other) => Err(words.bad(flag, other, "on or off")),
    }
}

/// `none` is none: whoever wants that as a key of a tag writes `none=`.
fn labels(words: &mut Words) -> Result<Option<Tags>, ParseError> {
    match words.flag("--tags").as_deref() {
        None => Ok(None),
        Some("none") => Ok(Some(Tags::new())),
        Some(text) => tags::parse(text).map(Some).map_err(|short| words.short("--tags", short)),
    }
}

/// One pattern, or a JSON list of some; `none` is none. What is neither is refused by its check.
fn filters(text: &str) -> Vec<String> {
    if text == "none" {
        return Vec::new();
    }
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Array(patterns)) => {
            patterns.iter().map(ToString::to_string).collect()
        }
        Ok(_) | Err(_) => vec![text.to_owned()],
    }
}

fn on_failure(words: &mut Words) -> Result<Option<Option<OnFailure>>, ParseError> {
    let Some(text) = words.flag("--on-failure") else { return Ok(None) };
    let bad = || {
        words.bad("--on-failure", &text, "stream:NAME, file:PATH, http://HOST:PORT/PATH or none")
    };
    Ok(Some(match text.split_once(':') {
        None if text == "none" => None,
        Some(("stream", name)) => {
            Some(OnFailure::Stream(StreamName::new(name).map_err(|_| bad())?))
        }
        Some(("http", _)) => Some(OnFailure::Http(text)),
        Some(("file", path)) if !path.is_empty() => Some(OnFailure::File(path.into())),
        Some(_) | None => return Err(bad()),
    }))
}

/// Writes what is there.
pub(super) fn print(line: Line, changes: &MappingChanges) -> Line {
    let word = |on: bool| if on { "on" } else { "off" };
    let filters = changes.filters.as_ref().map(|filters| match &filters[..] {
        [] => "none".to_owned(),
        [one] => one.clone(),
        several => format!("[{}]", several.join(",")),
    });
    let on_failure = changes.on_failure.as_ref();
    let on_failure =
        on_failure.map(|to| to.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string));
    let consumer = changes.consumer.as_ref();
    let consumer =
        consumer.map(|name| name.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string));
    let kms_key = changes.kms_key.as_ref();
    let kms_key = kms_key.map(|key| key.clone().unwrap_or_else(|| "none".to_owned()));
    let labels = changes.tags.as_ref().map(|labels| match labels.is_empty() {
        true => "none".to_owned(),
        false => tags::print(labels),
    });
    line.option("--consumer", consumer)
        .option("--batch", changes.batch_size)
        .option("--window-ms", changes.window_ms)
        .option("--factor", changes.parallelization_factor)
        .option("--retries", changes.retries)
        .option("--age-s", changes.record_age_max_s)
        .option("--bisect", changes.bisect_on_error.map(word))
        .option("--partial", changes.report_batch_item_failures.map(word))
        .option("--tumbling-s", changes.tumbling_window_s)
        .option("--filter", filters)
        .option("--on-failure", on_failure)
        .option("--event-counts", changes.event_counts.map(word))
        .option("--kms-key", kms_key)
        .option("--tags", labels)
}
