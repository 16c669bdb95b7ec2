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

#[derive(Debug)]
struct Waiting {
    due: Millis,
    attempt: u32,
    entries: EntryBatch,
}

/// Refused records, by the time at which they are due.
#[derive(Debug)]
pub(super) struct Retry {
    waiting: VecDeque<Waiting>,
    records: usize,
    bytes: usize,
    rng: Pcg64,
}

impl Retry {
    pub(super) fn new(seed: u64) -> Self {
        let rng = Pcg64::seed_from_u64(seed);
        Self { waiting: VecDeque::new(), records: 0, bytes: 0, rng }
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
        self.waiting.front().map(|waiting| waiting.due)
    }

    /// Takes what is due: the records and how often they were sent before.
    pub(super) fn take(&mut self, now: Millis) -> Option<(EntryBatch, u32)> {
        if self.due()? > now {
            return None;
        }
        let Waiting { attempt, entries, .. } = self.waiting.pop_front()?;
        self.records -= entries.len();
        self.bytes -= entries.bytes();
        Some((entries, attempt))
    }

    /// Keeps records to be sent again: after exponential backoff with jitter, or after `fixed_ms`.
    pub(super) fn keep(
        &mut self,
        now: Millis,
        entries: EntryBatch,
        attempt: u32,
        fixed_ms: Option<u64>,
    ) {
        let ceiling = (BASE_MS << attempt.saturating_sub(1).min(10)).min(CAP_MS);
        let wait = fixed_ms.unwrap_or_else(|| self.rng.random_range(ceiling / 2..=ceiling));
        self.records += entries.len();
        self.bytes += entries.bytes();
        let due = now.plus(wait);
        let at = self.waiting.partition_point(|waiting| waiting.due <= due);
        self.waiting.insert(at, Waiting { due, attempt, entries });
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
