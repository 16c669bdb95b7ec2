//! What is on its way from one shard to one output stream.

use std::collections::VecDeque;

use crate::api::{Answer, ApiError, PutRecordsAnswer};
use crate::model::limits::{PUT_RECORDS_BYTES_MAX, PUT_RECORDS_ENTRIES_MAX};
use crate::model::{EntryBatch, EntryRef, Millis};
use crate::pipeline::Reply;

/// First pause after a refused put; it doubles with each further one.
const BACKOFF_MS: u64 = 100;
const BACKOFF_MS_MAX: u64 = 5_000;

/// Batches in order, one of them on its way at most.
#[derive(Default)]
pub(super) struct Outlet {
    waiting: VecDeque<EntryBatch>,
    sending: bool,
    due: Millis,
    refusals: u32,
}

/// What came of a put.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// So many were taken, so many will be put again.
    Put { taken: u64, again: u64 },
    /// The output will never take this record, and says why.
    Impossible(String),
}

impl Outlet {
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.sending
    }

    /// Is it waiting to put again what was refused?
    pub(super) fn is_retrying(&self) -> bool {
        self.refusals > 0
    }

    pub(super) fn push(&mut self, entry: EntryRef<'_>) {
        let bytes = entry.partition_key.len() + entry.data.len();
        let fits = |batch: &EntryBatch| {
            batch.len() < PUT_RECORDS_ENTRIES_MAX && batch.bytes() + bytes <= PUT_RECORDS_BYTES_MAX
        };
        if !self.waiting.back().is_some_and(fits) {
            self.waiting.push_back(EntryBatch::new());
        }
        self.waiting.back_mut().expect("one was just put there").push_entry(entry);
    }

    /// The next batch to put, if one is due.
    pub(super) fn send(&mut self, now: Millis) -> Option<EntryBatch> {
        if self.sending || self.due > now {
            return None;
        }
        let entries = self.waiting.pop_front()?;
        self.sending = true;
        Some(entries)
    }

    /// When a batch is due.
    pub(super) fn deadline(&self) -> Option<Millis> {
        (!self.sending && !self.waiting.is_empty()).then_some(self.due)
    }

    /// The stream has answered; `share` of the pause is waited for, 0 to 1.
    pub(super) fn on_put(
        &mut self,
        now: Millis,
        entries: &EntryBatch,
        reply: Reply,
        share: f64,
    ) -> Came {
        self.sending = false;
        let answer = match reply {
            Ok(Answer::Put(answer)) => Some(answer),
            Err(ApiError::Validation(why) | ApiError::InvalidArgument(why)) => {
                return self.on_impossible(entries, why);
            }
            Ok(_) | Err(_) => None,
        };
        let left = refused(entries, answer.as_ref());
        let (taken, again) = ((entries.len() - left.len()) as u64, left.len() as u64);
        if left.is_empty() {
            self.refusals = 0;
        } else {
            let doubled = BACKOFF_MS << self.refusals.min(10);
            self.refusals += 1;
            self.due = now.plus((doubled.min(BACKOFF_MS_MAX) as f64 * share) as u64);
            self.waiting.push_front(left);
        }
        Came::Put { taken, again }
    }

    /// One record spoils the call: each is put by itself, so that it is found.
    fn on_impossible(&mut self, entries: &EntryBatch, why: String) -> Came {
        if entries.len() == 1 {
            return Came::Impossible(why);
        }
        for at in (0..entries.len()).rev() {
            let mut one = EntryBatch::new();
            one.push_entry(entries.get(at));
            self.waiting.push_front(one);
        }
        Came::Put { taken: 0, again: entries.len() as u64 }
    }
}

/// The entries that must be put again: all of them when the call as a whole failed.
fn refused(entries: &EntryBatch, answer: Option<&PutRecordsAnswer>) -> EntryBatch {
    let mut left = EntryBatch::new();
    for (n, entry) in entries.iter().enumerate() {
        if answer.is_none_or(|answer| answer.outcomes[n].result.is_err()) {
            left.push_entry(entry);
        }
    }
    left
}
