//! Records that were refused and wait to be sent again.

use std::collections::VecDeque;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::api::{PutOutcome, PutRecordsAnswer};
use crate::model::limits::PUT_RECORDS_ENTRIES_MAX;
use crate::model::{EntryBatch, Millis};

const BASE_MS: u64 = 100;
const CAP_MS: u64 = 5_000;
/// Most records that wait.
const RECORDS_MAX: usize = 20_000;
/// Most bytes that wait.
const BYTES_MAX: usize = 16 * 1_048_576;
/// How long a record is tried, as the Kinesis Producer Library's RecordTtl.
const TTL_MS: u64 = 30_000;
/// Retries that each accepted record allows. Without a budget, retries of a shard that is full
/// crowd out fresh records, which are then retried in turn: a storm of refusals.
const BUDGET_SHARE: f64 = 0.1;
/// Retries allowed a second when nothing is accepted.
const BUDGET_PER_S: f64 = 10.0;
/// Most retries saved up.
const BUDGET_MAX: f64 = 500.0;

#[derive(Debug)]
struct Waiting {
    due: Millis,
    /// First refused.
    since: Millis,
    attempt: u32,
    entries: EntryBatch,
    /// Takes nothing from the budget: the call as a whole was refused, no shard was loaded by it.
    free: bool,
}

/// Records to be sent again.
pub(super) struct Again {
    /// The records.
    pub(super) entries: EntryBatch,
    /// How often they were sent before.
    pub(super) attempt: u32,
    /// When they were first refused.
    pub(super) since: Millis,
}

/// Refused records, by the time at which they are due.
#[derive(Debug)]
pub(super) struct Retry {
    waiting: VecDeque<Waiting>,
    records: usize,
    bytes: usize,
    /// Records that may be sent again now.
    budget: f64,
    budgeted: Millis,
    /// A source that waits for its refused records needs no budget: nothing fresh is crowded out.
    unlimited: bool,
    rng: Pcg64,
}

impl Retry {
    pub(super) fn new(seed: u64, now: Millis, unlimited: bool) -> Self {
        Self {
            waiting: VecDeque::new(),
            records: 0,
            bytes: 0,
            budget: BUDGET_MAX,
            budgeted: now,
            unlimited,
            rng: Pcg64::seed_from_u64(seed),
        }
    }

    /// Records that wait.
    pub(super) fn len(&self) -> usize {
        self.records
    }

    /// No room for more?
    pub(super) fn is_full(&self) -> bool {
        self.records >= RECORDS_MAX || self.bytes >= BYTES_MAX
    }

    /// When the next are due.
    pub(super) fn due(&self) -> Option<Millis> {
        let Waiting { due, free, .. } = *self.waiting.front()?;
        if free || self.unlimited {
            return Some(due);
        }
        let short_ms = ((1.0 - self.budget).max(0.0) / BUDGET_PER_S * 1_000.0).ceil();
        Some(due.max(self.budgeted.plus(short_ms as u64)))
    }

    /// So many records were accepted: as many more may be sent again.
    pub(super) fn earn(&mut self, accepted: usize) {
        self.budget = (self.budget + accepted as f64 * BUDGET_SHARE).min(BUDGET_MAX);
    }

    /// Takes what is due and allowed.
    pub(super) fn take(&mut self, now: Millis) -> Option<Again> {
        let passed = now.since(self.budgeted) as f64 / 1_000.0;
        self.budget = (self.budget + passed * BUDGET_PER_S).min(BUDGET_MAX);
        self.budgeted = now;
        let Waiting { due, free, .. } = *self.waiting.front()?;
        let free = free || self.unlimited;
        if due > now || !free && self.budget < 1.0 {
            return None;
        }
        let Waiting { since, attempt, entries, .. } = self.waiting.pop_front()?;
        if !free {
            self.budget -= entries.len() as f64;
        }
        self.forget(&entries);
        Some(Again { entries, attempt, since })
    }

    /// Drops what has waited for too long; answers how many records that was.
    pub(super) fn expire(&mut self, now: Millis) -> usize {
        let mut dropped = 0;
        while let Some(front) = self.waiting.front()
            && front.due <= now
            && now.since(front.since) > TTL_MS
        {
            let Some(waiting) = self.waiting.pop_front() else { break };
            dropped += waiting.entries.len();
            self.forget(&waiting.entries);
        }
        dropped
    }

    fn forget(&mut self, entries: &EntryBatch) {
        self.records -= entries.len();
        self.bytes -= entries.bytes();
    }

    /// Keeps records to be sent again: after exponential backoff with jitter, or after `fixed_ms`.
    pub(super) fn keep(&mut self, now: Millis, again: Again, fixed_ms: Option<u64>) {
        let Again { entries, attempt, since } = again;
        let ceiling = (BASE_MS << attempt.saturating_sub(1).min(10)).min(CAP_MS);
        let wait = fixed_ms.unwrap_or_else(|| self.rng.random_range(ceiling / 2..=ceiling));
        self.records += entries.len();
        self.bytes += entries.bytes();
        let due = now.plus(wait);
        let at = self.waiting.partition_point(|waiting| waiting.due <= due);
        let free = fixed_ms.is_some();
        self.waiting.insert(at, Waiting { due, since, attempt, entries, free });
    }
}

/// The entries that were refused, in order. An entry without an outcome counts as refused.
pub(super) fn refused(entries: &EntryBatch, answer: &PutRecordsAnswer) -> EntryBatch {
    let mut again = EntryBatch::new();
    let taken = |outcome: &PutOutcome| outcome.result.is_ok();
    for (index, entry) in entries.iter().enumerate().take(PUT_RECORDS_ENTRIES_MAX) {
        if !answer.outcomes.get(index).is_some_and(taken) {
            again.push_entry(entry);
        }
    }
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(now: Millis) -> Again {
        let mut entries = EntryBatch::new();
        entries.push("key", b"data");
        Again { entries, attempt: 1, since: now }
    }

    #[test]
    fn retries_are_held_to_a_share_of_what_is_accepted() {
        let start = Millis(1_000);
        let mut retry = Retry::new(1, start, false);
        for _ in 0..2_000 {
            retry.keep(start, one(start), None);
        }
        let start = start.plus(CAP_MS);
        retry.budgeted = start;
        let mut sent = 0;
        while retry.take(start).is_some() {
            sent += 1;
        }
        assert_eq!(sent, 500, "what was saved up, and not the whole queue");
        retry.earn(100);
        while retry.take(start).is_some() {
            sent += 1;
        }
        assert_eq!(sent, 510);
        assert_eq!(retry.due(), Some(start.plus(100)), "a trickle goes on without acceptance");
    }

    #[test]
    fn what_nothing_fresh_waits_behind_needs_no_budget() {
        let start = Millis(1_000);
        let mut refused_calls = Retry::new(1, start, false);
        let mut lossless = Retry::new(1, start, true);
        for _ in 0..2_000 {
            refused_calls.keep(start, one(start), Some(0));
            lossless.keep(start, one(start), None);
        }
        let later = start.plus(CAP_MS);
        assert_eq!(std::iter::from_fn(|| refused_calls.take(later)).count(), 2_000);
        assert_eq!(std::iter::from_fn(|| lossless.take(later)).count(), 2_000);
    }

    #[test]
    fn a_record_is_given_up_after_thirty_seconds() {
        let start = Millis(1_000);
        let mut retry = Retry::new(1, start, false);
        retry.keep(start, one(start), Some(0));
        assert_eq!(retry.expire(start.plus(30_000)), 0);
        assert_eq!(retry.expire(start.plus(30_001)), 1);
        assert_eq!((retry.len(), retry.due()), (0, None));
    }
}
