//! A transform in place: records go through its stages as they are put, before they are readable.
//!
//! Its input stream is its output stream. Of each record comes exactly one, in the same call: what a
//! stage would drop, or make several of, fails. A record that fails is refused together with the call
//! that put it; where there is a stream of errors it is told there instead, and the others are put.
//!
//! There is one instance of the stages for a stream, so what a program carries on is the stream's. A
//! call that the stream refuses has been through the stages; put again, it goes through them again.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::model::{EntryRef, Event, Millis, PartName, StageTally, StreamName, TransformTally};
use crate::pipeline::program::Emitted;
use crate::pipeline::settings::{Stage, TransformSettings};
use crate::pipeline::stage::{Outcome, Stages, piece};

use super::failure::{Failure, Failures};

/// Records that are kept as they came,
const RECENT: usize = 20;
/// and how long after one the next is, milliseconds.
const RECENT_MS: u64 = 250;

/// What a record became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed<'a> {
    /// This, to be put in its place.
    Record {
        /// Its key.
        key: Cow<'a, str>,
        /// Its data.
        data: Cow<'a, [u8]>,
    },
    /// Nothing: it failed, and this is to be told to the stream of errors, if there is one.
    Failed {
        /// Why, with a piece of the record.
        why: String,
        /// What is to be told.
        document: Vec<u8>,
    },
}

/// A transform in place.
pub struct InPlace {
    settings: TransformSettings,
    stages: Stages,
    tally: TransformTally,
    told_records: u64,
    failures: Failures,
    events: VecDeque<Event>,
    /// The last records as they came, one in a while: to be looked at.
    recent: VecDeque<(String, Vec<u8>)>,
    recent_at: Millis,
}

impl InPlace {
    /// Takes settings that were checked.
    #[must_use]
    pub fn new(settings: TransformSettings) -> Self {
        let outputs = settings.outputs().cloned().collect();
        Self {
            stages: Stages::new(settings.stages.clone(), outputs),
            settings,
            tally: TransformTally::default(),
            told_records: 0,
            failures: Failures::default(),
            events: VecDeque::new(),
            recent: VecDeque::new(),
            recent_at: Millis::ZERO,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &PartName {
        &self.settings.name
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &TransformSettings {
        &self.settings
    }

    /// What it did.
    #[must_use]
    pub const fn tally(&self) -> &TransformTally {
        &self.tally
    }

    /// Records put into its stream, and last into the stream of errors, if there is one.
    pub fn put_records(&self) -> impl Iterator<Item = (&StreamName, u64)> {
        let counts = [self.tally.out_records, self.told_records];
        self.settings.targets().zip(counts)
    }

    /// The last records that a stage could not handle, oldest first.
    pub fn failures(&self) -> impl Iterator<Item = &String> {
        self.failures.iter()
    }

    /// Some of the last records as they came, with their keys, oldest first.
    pub fn recent(&self) -> impl Iterator<Item = &(String, Vec<u8>)> {
        self.recent.iter()
    }

    fn keep_recent(&mut self, now: Millis, record: &EntryRef<'_>) {
        if now < self.recent_at {
            return;
        }
        self.recent_at = now.plus(RECENT_MS);
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((record.partition_key.to_owned(), record.data.to_vec()));
    }

    /// What each stage did since it was last given other stages.
    #[must_use]
    pub fn stage_tallies(&self) -> Vec<StageTally> {
        self.stages.tallies().to_vec()
    }

    /// Lets records that are put from now on go through other stages; answers those before.
    pub fn set_stages(&mut self, stages: Vec<Stage>) -> Vec<Stage> {
        let outputs = self.settings.outputs().cloned().collect();
        self.stages = Stages::new(stages.clone(), outputs);
        std::mem::replace(&mut self.settings.stages, stages)
    }

    /// Lets a record that is being put go through the stages.
    pub fn change<'a>(&mut self, now: Millis, record: &EntryRef<'a>) -> Changed<'a> {
        self.keep_recent(now, record);
        self.tally.in_records += 1;
        let (key, data) = (record.partition_key, record.data);
        let why = match self.stages.run(key, data) {
            Ok(Outcome::Keep { key: new_key, data: new_data }) => {
                let key = new_key.map_or(Cow::Borrowed(key), Cow::Owned);
                let data = new_data.map_or(Cow::Borrowed(data), Cow::Owned);
                return Changed::Record { key, data };
            }
            Ok(Outcome::Many(mut emitted)) if emitted.len() == 1 => {
                let Emitted { key: new_key, data, .. } = emitted.remove(0);
                let key = new_key.map_or(Cow::Borrowed(key), Cow::Owned);
                return Changed::Record { key, data: Cow::Owned(data) };
            }
            Ok(Outcome::Many(emitted)) => {
                format!("in place one record becomes one, not {}: {}", emitted.len(), piece(data))
            }
            Ok(Outcome::Drop) => {
                format!("in place one record becomes one, and none is left: {}", piece(data))
            }
            Err(why) => why,
        };
        self.tally.failed_records += 1;
        self.events.extend(self.failures.add(now, &self.settings.name, why.clone()));
        let failure = Failure::of_stage(why.clone());
        let document = failure.document(now, self.settings.name.as_str(), None, record);
        Changed::Failed { why, document }
    }

    /// So many were put into its stream, so many into the stream of errors.
    pub fn on_put(&mut self, records: usize, told: usize) {
        self.tally.out_records += records as u64;
        self.told_records += told as u64;
    }

    /// The next thing that is worth telling.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}
