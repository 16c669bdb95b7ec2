//! Replies that wait for the disk: what a stream of level `power` accepted is acknowledged once it
//! survives a power cut.

use std::collections::VecDeque;

use crate::api::{Answer, ApiError};
use crate::model::{JournalPosition, Millis, PartName};
use crate::pipeline::{Call, Reply};
use crate::world::parts::Parts;

/// A reply that its part does not know yet.
struct Waiting {
    until: JournalPosition,
    part: PartName,
    call: Call,
    reply: Reply,
}

/// Replies in the order in which the journal will be durable.
#[derive(Default)]
pub(super) struct Held {
    queue: VecDeque<Waiting>,
}

impl Held {
    /// Keeps a reply that must wait; gives back one that need not.
    pub(super) fn hold(
        &mut self,
        part: &PartName,
        call: Call,
        reply: Reply,
    ) -> Option<(Call, Reply)> {
        let until = reply.as_ref().ok().and_then(Answer::waits_for);
        let Some(until) = until else { return Some((call, reply)) };
        self.queue.push_back(Waiting { until, part: part.clone(), call, reply });
        None
    }

    /// A part goes: what was asked for it is nothing to one that is given its name.
    pub(super) fn forget(&mut self, part: &PartName) {
        self.queue.retain(|waiting| waiting.part != *part);
    }

    /// Does any reply wait?
    pub(super) fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Tells parts what the disk has by now.
    pub(super) fn release(&mut self, now: Millis, durable: JournalPosition, parts: &mut Parts) {
        while let Some(waiting) = self.queue.pop_front_if(|waiting| waiting.until <= durable) {
            let Waiting { part, call, reply, .. } = waiting;
            parts.on_late_reply(now, &part, call, reply);
        }
    }

    /// The disk will never have it: every reply becomes a failure.
    pub(super) fn fail(&mut self, now: Millis, why: &str, parts: &mut Parts) {
        for Waiting { part, call, .. } in self.queue.drain(..) {
            let failed = ApiError::InternalFailure(format!("Internal Service Failure: {why}"));
            parts.on_late_reply(now, &part, call, Err(failed));
        }
    }
}
