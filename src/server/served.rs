//! What is counted and told of requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::Action;

/// Is called for whatever was heard of a client.
pub type Sink = Arc<dyn Fn(&Heard<'_>) + Send + Sync>;

/// What was heard of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A request.
    Request(Served<'a>),
    /// Nothing: it does not speak TLS, or not as it should.
    NoHandshake {
        /// Where it is.
        client: Option<SocketAddr>,
        /// What was wrong.
        why: String,
    },
}

/// A request that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served<'a> {
    /// What was asked, as far as it is known here.
    pub action: Option<Action>,
    /// The status of the answer.
    pub status: u16,
    /// The error's code, if it is one.
    pub code: Option<&'a str>,
    /// How long it took, microseconds.
    pub micros: u64,
    /// Bytes of its body.
    pub request_bytes: usize,
    /// Bytes of the answer's body; 0 for events.
    pub answer_bytes: usize,
}

/// Upper bounds of the buckets of latencies, microseconds.
pub(super) const BUCKETS: [u64; 8] = [100, 250, 1_000, 5_000, 25_000, 100_000, 500_000, 2_500_000];

/// What is counted of one action.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) answered: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) micros: AtomicU64,
    /// Calls that took no longer than each bound and longer than the one before.
    pub(super) buckets: [AtomicU64; BUCKETS.len()],
}

/// Counts of all actions, and of what is none of them.
#[derive(Debug)]
pub(super) struct Counts {
    actions: Vec<Count>,
    other: Count,
    /// Clients with whom no handshake came about.
    pub(super) strangers: AtomicU64,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            actions: Action::ALL.iter().map(|_| Count::default()).collect(),
            other: Count::default(),
            strangers: AtomicU64::new(0),
        }
    }
}

impl Counts {
    /// Takes a request into account.
    pub(super) fn add(&self, served: &Served<'_>) {
        let action = served.action.and_then(|action| self.actions.get(action as usize));
        let count = action.unwrap_or(&self.other);
        let kind = match served.status {
            0..=399 => &count.answered,
            400..=499 => &count.refused,
            500.. => &count.failed,
        };
        kind.fetch_add(1, Ordering::Relaxed);
        count.micros.fetch_add(served.micros, Ordering::Relaxed);
        if let Some(at) = BUCKETS.iter().position(|bound| served.micros <= *bound) {
            count.buckets[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts of each action that was asked, by name.
    pub(super) fn asked(&self) -> impl Iterator<Item = (&'static str, &Count)> {
        let names = Action::ALL.iter().map(|action| action.name());
        let all = names.zip(&self.actions).chain([("Other", &self.other)]);
        all.filter(|(_, count)| {
            [&count.answered, &count.refused, &count.failed]
                .iter()
                .any(|kind| kind.load(Ordering::Relaxed) > 0)
        })
    }
}
