//! What can be changed of an event source mapping while it runs.

use crate::api::Tags;
use crate::model::{ConsumerName, PartName};
use crate::pipeline::settings::{MappingSettings, OnFailure};

/// What can be changed of a mapping while it runs; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingChanges {
    /// The function that it invokes.
    pub function: Option<PartName>,
    /// The registered consumer that it is pushed to as; `Some(None)` polls.
    pub consumer: Option<Option<ConsumerName>>,
    /// Most records in one invocation.
    pub batch_size: Option<u32>,
    /// How long to wait for a full batch, milliseconds.
    pub window_ms: Option<u64>,
    /// Concurrent batches of one shard.
    pub parallelization_factor: Option<u32>,
    /// Retries of a failed batch.
    pub retries: Option<i32>,
    /// Age at which records are given up, seconds.
    pub record_age_max_s: Option<i32>,
    /// A failed batch is cut in two.
    pub bisect_on_error: Option<bool>,
    /// The function says which record of a batch failed.
    pub report_batch_item_failures: Option<bool>,
    /// Length of tumbling windows, seconds.
    pub tumbling_window_s: Option<u32>,
    /// Patterns of which a record must match one.
    pub filters: Option<Vec<String>>,
    /// Where records go that were given up; `Some(None)` is nowhere.
    pub on_failure: Option<Option<OnFailure>>,
    /// `/metrics` has its event counts.
    pub event_counts: Option<bool>,
    /// ARN of the key of its filters; `Some(None)` is one of AWS's own.
    pub kms_key: Option<Option<String>>,
    /// Labels, instead of those that it has.
    pub tags: Option<Tags>,
}

impl MappingSettings {
    /// The same with these changes.
    #[must_use]
    pub fn with(&self, changes: &MappingChanges) -> Self {
        let changes = changes.clone();
        Self {
            name: self.name.clone(),
            stream: self.stream.clone(),
            function: changes.function.unwrap_or_else(|| self.function.clone()),
            consumer: changes.consumer.unwrap_or_else(|| self.consumer.clone()),
            batch_size: changes.batch_size.unwrap_or(self.batch_size),
            window_ms: changes.window_ms.unwrap_or(self.window_ms),
            parallelization_factor: changes
                .parallelization_factor
                .unwrap_or(self.parallelization_factor),
            retries: changes.retries.unwrap_or(self.retries),
            record_age_max_s: changes.record_age_max_s.unwrap_or(self.record_age_max_s),
            bisect_on_error: changes.bisect_on_error.unwrap_or(self.bisect_on_error),
            report_batch_item_failures: changes
                .report_batch_item_failures
                .unwrap_or(self.report_batch_item_failures),
            tumbling_window_s: changes.tumbling_window_s.unwrap_or(self.tumbling_window_s),
            filters: changes.filters.unwrap_or_else(|| self.filters.clone()),
            on_failure: changes.on_failure.unwrap_or_else(|| self.on_failure.clone()),
            event_counts: changes.event_counts.unwrap_or(self.event_counts),
            kms_key: changes.kms_key.unwrap_or_else(|| self.kms_key.clone()),
            tags: changes.tags.unwrap_or_else(|| self.tags.clone()),
            start: self.start,
            paused: self.paused,
        }
    }
}

impl MappingChanges {
    /// What takes these changes of a mapping back.
    #[must_use]
    pub fn back_to(&self, before: &MappingSettings) -> Self {
        Self {
            function: self.function.as_ref().map(|_| before.function.clone()),
            consumer: self.consumer.as_ref().map(|_| before.consumer.clone()),
            batch_size: self.batch_size.map(|_| before.batch_size),
            window_ms: self.window_ms.map(|_| before.window_ms),
            parallelization_factor: self
                .parallelization_factor
                .map(|_| before.parallelization_factor),
            retries: self.retries.map(|_| before.retries),
            record_age_max_s: self.record_age_max_s.map(|_| before.record_age_max_s),
            bisect_on_error: self.bisect_on_error.map(|_| before.bisect_on_error),
            report_batch_item_failures: self
                .report_batch_item_failures
                .map(|_| before.report_batch_item_failures),
            tumbling_window_s: self.tumbling_window_s.map(|_| before.tumbling_window_s),
            filters: self.filters.as_ref().map(|_| before.filters.clone()),
            on_failure: self.on_failure.as_ref().map(|_| before.on_failure.clone()),
            event_counts: self.event_counts.map(|_| before.event_counts),
            kms_key: self.kms_key.as_ref().map(|_| before.kms_key.clone()),
            tags: self.tags.as_ref().map(|_| before.tags.clone()),
        }
    }

    /// What differs from a mapping that nothing was said of.
    #[must_use]
    pub fn beyond_default(settings: &MappingSettings) -> Self {
        let MappingSettings { name, stream, function, .. } = settings.clone();
        let plain = MappingSettings::new(name, stream, function);
        fn other<T: PartialEq + Clone>(value: &T, plain: &T) -> Option<T> {
            (value != plain).then(|| value.clone())
        }
        Self {
            function: None,
            consumer: other(&settings.consumer, &plain.consumer),
            batch_size: other(&settings.batch_size, &plain.batch_size),
            window_ms: other(&settings.window_ms, &plain.window_ms),
            parallelization_factor: other(
                &settings.parallelization_factor,
                &plain.parallelization_factor,
            ),
            retries: other(&settings.retries, &plain.retries),
            record_age_max_s: other(&settings.record_age_max_s, &plain.record_age_max_s),
            bisect_on_error: other(&settings.bisect_on_error, &plain.bisect_on_error),
            report_batch_item_failures: other(
                &settings.report_batch_item_failures,
                &plain.report_batch_item_failures,
            ),
            tumbling_window_s: other(&settings.tumbling_window_s, &plain.tumbling_window_s),
            filters: other(&settings.filters, &plain.filters),
            on_failure: other(&settings.on_failure, &plain.on_failure),
            event_counts: other(&settings.event_counts, &plain.event_counts),
            kms_key: other(&settings.kms_key, &plain.kms_key),
            tags: other(&settings.tags, &plain.tags),
        }
    }
}
