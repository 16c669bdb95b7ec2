//! What stages make of real records, tried on a few of them: nothing is put anywhere.

use serde::{Deserialize, Serialize};

use crate::model::{Millis, StreamName};

/// Stages tried on the newest records of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleView {
    /// The stages, each in a few words.
    pub stages: Vec<String>,
    /// The records, oldest first.
    pub rows: Vec<SampleRow>,
    /// None of the records is newer than this.
    pub taken: Millis,
    /// Nanoseconds that half of these records took no longer than, stage by stage; none where time
    /// is not real.
    pub stage_ns: Vec<Option<u64>>,
}

/// One record on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleRow {
    /// Its key.
    pub key: String,
    /// Its data, as text.
    pub before: String,
    /// What each stage made of it; ends with the stage that dropped it or could not handle it.
    pub steps: Vec<SampleStep>,
}

/// What a stage made of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SampleStep {
    /// It goes on.
    Kept {
        /// Its key behind the stage.
        key: String,
        /// Its data behind the stage, as text.
        data: String,
    },
    /// A program put out these in its place.
    Made(Vec<SampleOutput>),
    /// It was dropped.
    Dropped,
    /// The stage could not handle it.
    Failed(String),
    /// The stage is a function, which is not invoked for a look.
    Unknown,
}

/// One record that a program put out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleOutput {
    /// The stream that it is routed to.
    pub to: Option<StreamName>,
    /// Its key, if the program says one.
    pub key: Option<String>,
    /// Its data, as text.
    pub data: String,
}

impl SampleRow {
    /// The record as it stands behind the stage `at`, from 0; `None` where it did not come so far.
    #[must_use]
    pub fn behind(&self, at: usize) -> Option<&SampleStep> {
        self.steps.get(at)
    }

    /// The record as it comes to the stage `at`; `None` where it did not come so far.
    #[must_use]
    pub fn before(&self, at: usize) -> Option<&str> {
        match at.checked_sub(1) {
            None => Some(&self.before),
            Some(at) => match self.steps.get(at) {
                Some(SampleStep::Kept { data, .. }) => Some(data),
                Some(
                    SampleStep::Made(_)
                    | SampleStep::Dropped
                    | SampleStep::Failed(_)
                    | SampleStep::Unknown,
                )
                | None => None,
            },
        }
    }
}
