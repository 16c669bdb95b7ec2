//! Subscriptions of parts: made and ended as they wish, and what is pushed to them.
//!
//! An engine pushes to whoever is ready. What is for others than parts waits here until the driver
//! asks for it.

use std::collections::{BTreeMap, VecDeque};

use crate::api::{Push, Pushed};
use crate::engine::Engine;
use crate::model::{Millis, PartName, SubscriptionId};
use crate::pipeline::{Subscriber, Wish};
use crate::world::World;

/// Who of the parts is pushed to.
#[derive(Debug, Default)]
pub(super) struct Pushes {
    parts: BTreeMap<SubscriptionId, PartName>,
    others: VecDeque<Push>,
}

impl Pushes {
    /// Ends the subscriptions of a part, or of all.
    pub(super) fn forget(&mut self, engine: &mut Engine, part: Option<&PartName>) {
        self.parts.retain(|id, of| {
            let goes = part.is_none_or(|part| part == of);
            if goes {
                engine.unsubscribe(*id);
            }
            !goes
        });
    }

    /// The part that this is for. With its end a subscription is forgotten.
    fn owner(&mut self, push: &Push) -> Option<PartName> {
        match push.what {
            Pushed::Event(_) => self.parts.get(&push.subscription).cloned(),
            Pushed::End(_) => self.parts.remove(&push.subscription),
        }
    }

    /// Does all that a part wants of its subscriptions.
    pub(super) fn fulfil(&mut self, now: Millis, part: &mut dyn Subscriber, engine: &mut Engine) {
        while let Some(wish) = part.poll_wish() {
            match wish {
                Wish::Subscribe(subscribe) => {
                    let made = engine.subscribe(now, &subscribe);
                    if let Ok(id) = made {
                        self.parts.insert(id, part.name().clone());
                    }
                    part.on_subscribed(now, subscribe.shard, made);
                }
                Wish::Unsubscribe(id) => {
                    self.parts.remove(&id);
                    engine.unsubscribe(id);
                }
                Wish::Hold(id) => engine.hold(id),
                Wish::LetGo(id) => engine.let_go(id),
            }
        }
    }
}

impl World {
    /// When a part may be pushed to, if nothing is put.
    pub(super) fn next_part_push(&self) -> Option<Millis> {
        if self.pushes.parts.is_empty() { None } else { self.engine.next_push() }
    }

    /// Records were put, or became readable: parts are pushed to in the same moment.
    pub(super) fn push_to_parts(&mut self) {
        if self.next_part_push().is_some_and(|at| at <= self.now) {
            self.advance(self.now);
        }
    }

    /// Gives parts what is pushed to them.
    pub(super) fn deliver_pushes(&mut self) {
        if self.pushes.parts.is_empty() {
            return;
        }
        while let Some(push) = self.engine.poll_push(self.now) {
            let Some(part) = self.pushes.owner(&push) else {
                self.pushes.others.push_back(push);
                continue;
            };
            if let Some(mapping) = self.parts.mappings.get_mut(&part) {
                mapping.on_push(self.now, push);
            } else if let Some(reader) = self.parts.readers.get_mut(&part) {
                reader.on_push(self.now, push);
            }
        }
    }

    /// What a subscriber is told next, at the present moment.
    pub fn poll_push(&mut self) -> Option<Push> {
        self.deliver_pushes();
        self.pushes.others.pop_front().or_else(|| self.engine.poll_push(self.now))
    }

    /// When the driver should ask [`Self::poll_push`] again, if it need not do so at once.
    #[must_use]
    pub fn next_push(&self) -> Option<Millis> {
        if self.pushes.others.is_empty() { self.engine.next_push() } else { Some(self.now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SubscriptionEnd;

    /// Each renewal left the subscription before it behind.
    #[test]
    fn a_subscription_is_forgotten_with_its_end() {
        let (id, part) = (SubscriptionId(7), PartName::new("m").expect("a name"));
        let parts = BTreeMap::from([(id, part.clone())]);
        let mut pushes = Pushes { parts, ..Pushes::default() };
        let end = Push { subscription: id, what: Pushed::End(SubscriptionEnd::Expired) };
        assert_eq!(pushes.owner(&end), Some(part));
        assert_eq!((pushes.owner(&end), pushes.parts.len()), (None, 0));
    }
}
