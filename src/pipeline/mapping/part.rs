//! A mapping as its driver sees it: a part that is pushed to, and that invokes a function.

use super::Mapping;
use super::failure::Deliveries;
use crate::api::{ApiError, Push};
use crate::model::{Event, Millis, PartName, ShardId, SubscriptionId};
use crate::pipeline::follow::News;
use crate::pipeline::function::Functions;
use crate::pipeline::{Call, Invoking, Reply, Subscriber, Wish};

impl Subscriber for Mapping {
    fn name(&self) -> &PartName {
        &self.settings.name
    }

    fn poll_wish(&mut self) -> Option<Wish> {
        self.follower.poll_wish()
    }

    fn on_subscribed(
        &mut self,
        now: Millis,
        shard: ShardId,
        made: Result<SubscriptionId, ApiError>,
    ) {
        self.deadline = now;
        self.follower.on_subscribed(now, shard, made);
    }

    fn on_push(&mut self, now: Millis, push: Push) {
        self.deadline = now;
        match self.follower.on_push(now, push, &mut self.tally) {
            News::Records(answer) => self.on_records(now, answer),
            News::Nothing => {}
        }
    }
}

impl Invoking for Mapping {
    fn function(&self) -> Option<&PartName> {
        Some(&self.settings.function)
    }

    fn advance(&mut self, now: Millis, functions: &mut Functions) {
        self.follower.advance(now);
        let mut due = self.take_due(now);
        self.step_lanes(now, functions, &due);
        if self.deal_again(now, &due) {
            self.step_lanes(now, functions, &due);
        }
        self.finish_shards(now, &due);
        self.follower.advance(now);
        due.extend(self.follower.take_changed());
        self.read(now, &due);
        due.extend(self.follower.take_changed());
        self.tell_of_consumer(now);
        self.plan(&due, functions);
    }

    fn next_deadline(&self) -> Option<Millis> {
        (self.deadline != Millis::NEVER).then_some(self.deadline)
    }

    fn poll_call(&mut self, now: Millis) -> Option<Call> {
        self.follower.poll_call().or_else(|| self.deliver(now))
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        self.deadline = now;
        if Deliveries::made(&call) {
            if let Err(why) = self.deliveries.on_reply(now, reply, &mut self.tally) {
                self.lost(now, why);
            }
            return;
        }
        match self.follower.on_reply(now, &call, reply, &mut self.tally) {
            News::Records(answer) => self.on_records(now, answer),
            News::Nothing => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn wake(&mut self) {
        self.hurry_running();
    }

    fn abandon(&mut self, now: Millis, functions: &mut Functions) {
        for lane in self.shards.values_mut().flat_map(|shard| &mut shard.lanes) {
            lane.abandon(now, functions);
        }
        self.running = 0;
    }
}
