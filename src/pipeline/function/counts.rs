//! Counts by value over a sliding minute, in buckets of 5 s of arrival time.
//!
//! Arrival time, not the time of counting: a consumer that catches up does not look like a spike.
//! At most [`VALUES_MAX`] values are kept; values that were not seen for a minute make room.

use std::collections::BTreeMap;

use crate::model::Millis;

/// Length of a bucket, milliseconds.
pub(super) const BUCKET_MS: u64 = 5_000;
/// Whole buckets in a minute.
const MINUTE: u64 = 12;
const BUCKETS: usize = MINUTE as usize + 1;
const VALUES_MAX: usize = 10_000;
/// A value that was reported is not reported again for so many buckets.
const SPIKE_QUIET: u64 = MINUTE;
/// Whole buckets that must have been seen before anything is called unusual.
const HISTORY_MIN: u64 = 3;

#[derive(Clone, Debug, Default)]
struct Entry {
    buckets: [u32; BUCKETS],
    reported: Option<u64>,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    values: BTreeMap<Box<str>, Entry>,
    first: Option<u64>,
    newest: u64,
}

/// A value that came unusually often.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spike {
    pub(super) count: u32,
    pub(super) usual: f64,
}

impl Counts {
    /// Counts `value` once, as seen at `arrival`; the count of its bucket so far.
    pub(super) fn add(&mut self, value: &str, arrival: Millis) -> u32 {
        let bucket = arrival.0 / BUCKET_MS;
        self.first.get_or_insert(bucket);
        if bucket > self.newest {
            self.slide(bucket);
        }
        if self.newest - bucket > MINUTE {
            return 0;
        }
        if !self.values.contains_key(value) {
            if self.values.len() >= VALUES_MAX {
                return 0;
            }
            self.values.insert(value.into(), Entry::default());
        }
        let entry = self.values.get_mut(value).expect("it was put there");
        let count = &mut entry.buckets[slot(bucket)];
        *count = count.saturating_add(1);
        *count
    }

    fn slide(&mut self, bucket: u64) {
        let steps = (bucket - self.newest).min(BUCKETS as u64);
        let cleared: Vec<_> = (0..steps).map(|step| slot(bucket - step)).collect();
        self.newest = bucket;
        self.values.retain(|_, entry| {
            cleared.iter().for_each(|slot| entry.buckets[*slot] = 0);
            let quiet = entry.reported.is_none_or(|at| bucket > at + SPIKE_QUIET);
            !quiet || entry.buckets.iter().any(|count| *count > 0)
        });
    }

    /// The most frequent values of the minute up to `now`, most frequent first, then by name.
    pub(super) fn top(&self, now: Millis, most: usize) -> Vec<(String, u64)> {
        let oldest = (now.0 / BUCKET_MS).saturating_sub(MINUTE - 1);
        let live: Vec<_> = (oldest..=self.newest).rev().take(MINUTE as usize).map(slot).collect();
        let mut best: Vec<(u64, &str)> = self
            .values
            .iter()
            .map(|(value, entry)| {
                (live.iter().map(|slot| u64::from(entry.buckets[*slot])).sum(), &**value)
            })
            .filter(|(count, _)| *count > 0)
            .collect();
        best.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        best.truncate(most);
        best.into_iter().map(|(count, value)| (value.to_owned(), count)).collect()
    }

    /// Is the newest bucket of `value` unusual? Then it is not asked again for a minute.
    pub(super) fn spike(&mut self, value: &str, factor: f64, least: u32) -> Option<Spike> {
        let before = self.newest.saturating_sub(self.first?).min(MINUTE);
        let newest = self.newest;
        let entry = self.values.get_mut(value)?;
        let count = entry.buckets[slot(newest)];
        let recently = entry.reported.is_some_and(|at| newest <= at + SPIKE_QUIET);
        if count < least || before < HISTORY_MIN || recently {
            return None;
        }
        let sum: u32 = (1..=before).map(|back| entry.buckets[slot(newest - back)]).sum();
        let usual = f64::from(sum) / before as f64;
        if f64::from(count) <= factor * usual {
            return None;
        }
        entry.reported = Some(newest);
        Some(Spike { count, usual })
    }
}

fn slot(bucket: u64) -> usize {
    (bucket % BUCKETS as u64) as usize
}
