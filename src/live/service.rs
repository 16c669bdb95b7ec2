//! A live world as its clients see it: operations from any thread, answers that wait for the disk,
//! records that are pushed, pictures for viewers elsewhere.

#![allow(clippy::disallowed_methods, reason = "the edge where clocks live")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::{ApiError, Operation, Push, Pushed, Reply, SubscribeToShard};
use crate::live::driver::{Live, Shared, State};
use crate::live::sync::failure;
use crate::model::{JournalPosition, SubscriptionId};
use crate::snapshot::Snapshot;
use crate::world::{FarWatch, Go, Service, Subscriber, Taken, Told};

/// How long a viewer elsewhere is thought to look at the machine after it asked for it.
const MACHINE_FOR: Duration = Duration::from_secs(5);

/// Who is pushed to.
pub(super) type Subscribers = BTreeMap<SubscriptionId, Subscriber>;

impl Service for Live {
    fn handle_all(&self, operations: &[Operation]) -> Vec<Reply> {
        let mut state = self.shared.lock();
        let (now, was_calm) = (state.clock.now(), state.is_calm());
        let replies = state.world.handle_all(now, operations);
        state.push();
        if operations.iter().any(|operation| operation.control().is_some()) {
            // While the clock stands nobody else takes pictures.
            if state.clock.view().paused {
                self.shared.take_picture(&state);
            }
            drop(state);
            self.shared.ring();
        } else {
            self.shared.stir(&state, was_calm);
        }
        replies
    }

    fn is_behind(&self) -> bool {
        self.shared.pressure.is_high()
    }

    fn when_caught_up(&self, go: Go) {
        self.shared.pressure.when_low(go);
        self.shared.wake.notify_all();
    }

    fn when_durable(&self, until: JournalPosition, told: Told) {
        let mut state = self.shared.lock();
        let known = match state.world.poisoned() {
            _ if state.world.durable() >= until => Some(Ok(())),
            Some(why) => Some(Err(failure(why))),
            None => None,
        };
        if let Some(known) = known {
            drop(state);
            return told(known);
        }
        state.waiting.add_call(until, told);
        drop(state);
        self.shared.unsynced.notify_all();
    }

    fn look(&self, watch: &FarWatch) -> Arc<Snapshot> {
        let mut state = self.shared.lock();
        if watch.machine {
            state.machine_until = Some(Instant::now() + MACHINE_FOR);
            self.shared.watched.notify_all();
        }
        let watch = state.world.watch_of(watch);
        self.shared.with_machine(state.world.look_at(state.clock.view(), &watch))
    }

    fn subscribe(
        &self,
        subscribe: &SubscribeToShard,
        subscriber: Subscriber,
    ) -> Result<SubscriptionId, ApiError> {
        let mut state = self.shared.lock();
        let now = state.clock.now();
        let subscription = state.world.subscribe(now, subscribe)?;
        state.subscribers.insert(subscription, subscriber);
        state.push();
        drop(state);
        self.shared.ring();
        Ok(subscription)
    }

    fn unsubscribe(&self, subscription: SubscriptionId) {
        let mut state = self.shared.lock();
        state.subscribers.remove(&subscription);
        state.world.unsubscribe(subscription);
    }
}

impl State {
    /// Gives subscribers what there is for them.
    pub(super) fn push(&mut self) {
        if self.subscribers.is_empty() {
            return;
        }
        while let Some(Push { subscription, what }) = self.world.poll_push() {
            let is_end = matches!(what, Pushed::End(_));
            let subscriber = self.subscribers.get_mut(&subscription);
            let taken = subscriber.map_or(Taken::No, |subscriber| subscriber(what));
            if is_end || taken == Taken::No {
                self.subscribers.remove(&subscription);
                self.world.unsubscribe(subscription);
            }
        }
    }
}

impl Shared {
    /// Wakes those whom a put gives something to do.
    pub(super) fn stir(&self, state: &State, was_calm: bool) {
        if was_calm && !state.is_calm() {
            self.ring();
        } else if state.is_overslept() {
            self.wake.notify_all();
        }
    }

    /// Wakes whoever may have something to do.
    pub(super) fn ring(&self) {
        self.wake.notify_all();
        self.unsynced.notify_all();
    }
}
