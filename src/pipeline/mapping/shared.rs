//! What lanes are given while they work: what all of a mapping share, and the shard of each.

use std::collections::VecDeque;

use rand_pcg::Pcg64Mcg;

use crate::model::limits::RECORD_AGE_S_MAX;
use crate::model::{ConsumerTally, Event, EventKind, Histogram, Millis, ShardId};
use crate::pipeline::function::{Functions, RequestIds};
use crate::pipeline::pause::pause_ms;
use crate::pipeline::settings::MappingSettings;

use super::event::Frame;
use super::failure::Deliveries;
use super::verdict::Law;

/// What all lanes of a mapping share while they work.
pub(super) struct Shared<'a> {
    pub(super) now: Millis,
    pub(super) settings: &'a MappingSettings,
    pub(super) functions: &'a mut Functions,
    pub(super) rng: &'a mut Pcg64Mcg,
    pub(super) requests: &'a mut RequestIds,
    pub(super) tally: &'a mut ConsumerTally,
    pub(super) ages: &'a mut Histogram,
    pub(super) events: &'a mut VecDeque<Event>,
    pub(super) quiet_until: &'a mut Millis,
    pub(super) deliveries: &'a mut Deliveries,
    pub(super) last_result: &'a mut String,
}

/// The shard that a lane belongs to, at one moment.
pub(super) struct Of<'a> {
    pub(super) shard: ShardId,
    pub(super) frame: &'a Frame,
    /// Nothing more will be read from it.
    pub(super) ended: bool,
    /// Everything that arrived before was read.
    pub(super) read_until: Millis,
    /// Its lanes will be dealt anew: nothing is begun.
    pub(super) draining: bool,
}

impl Shared<'_> {
    pub(super) fn say(&mut self, kind: EventKind) {
        self.events.push_back(Event { at: self.now, kind });
    }

    /// When to try again after so many tries.
    pub(super) fn pause(&mut self, first: u64, most: u64, tries: u32) -> Millis {
        self.now.plus(pause_ms(self.rng, first, most, tries))
    }

    /// Records that arrived before are too old to be tried.
    pub(super) fn horizon(&self) -> Millis {
        let age = u64::try_from(self.settings.record_age_max_s);
        self.now.minus(age.unwrap_or(RECORD_AGE_S_MAX as u64) * 1_000)
    }

    pub(super) fn law(&self) -> Law {
        let retries = u32::try_from(self.settings.retries).ok();
        Law { retries, bisect: self.settings.bisect_on_error }
    }
}
