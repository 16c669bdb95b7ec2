//! Which shards of a mapping are looked at, and when: those that something has become of, and those that
//! are due. All others have nothing to do, however many they are.

use std::collections::BTreeSet;

use super::lane::Lane;
use super::shared::Of;
use super::{Lanes, Mapping};
use crate::model::{Millis, ShardId};
use crate::pipeline::function::Functions;

impl Mapping {
    /// Looks at all shards as soon as it is driven.
    pub(super) fn hurry(&mut self) {
        self.agenda.hurry(self.follower.live().chain(self.shards.keys().copied()));
        self.deadline = Millis::ZERO;
    }

    /// Looks at the shards that have an invocation, as one of them may be over.
    pub(super) fn hurry_running(&mut self) {
        if self.running > 0 {
            let runs = |lanes: &Lanes| lanes.lanes.iter().any(Lane::is_running);
            let running = self.shards.iter().filter(|(_, lanes)| runs(lanes));
            self.agenda.hurry(running.map(|(shard, _)| *shard));
        }
        self.deadline = Millis::ZERO;
    }

    /// The shards to look at now: all others have nothing to do.
    pub(super) fn take_due(&mut self, now: Millis) -> BTreeSet<ShardId> {
        // What was delivered lets lanes go on, and a shard end.
        if self.held_up && !self.deliveries.is_full() {
            self.hurry();
        }
        let mut due = self.agenda.take(now);
        due.extend(self.deliveries.take_settled());
        due.extend(self.follower.take_changed());
        due
    }

    /// Looks at these shards again when there will be something to do.
    pub(super) fn plan(&mut self, due: &BTreeSet<ShardId>, functions: &Functions) {
        self.held_up = self.deliveries.is_full();
        for shard in due {
            let at = self.shard_deadline(*shard, functions);
            self.agenda.set(*shard, at);
        }
        let deliveries = self.deliveries.next_deadline().unwrap_or(Millis::NEVER);
        self.deadline = self.follower.next_deadline().min(deliveries).min(self.agenda.next());
    }

    fn shard_deadline(&self, shard: ShardId, functions: &Functions) -> Millis {
        let ready = self.follower.ready_at(shard).filter(|_| self.has_room(shard));
        let read = ready.unwrap_or(Millis::NEVER);
        let Some(lanes) = self.shards.get(&shard) else { return read };
        let of = Of {
            shard,
            frame: &lanes.frame,
            ended: self.follower.ended(shard),
            read_until: self.follower.read_until(shard),
            draining: lanes.draining(self.settings.parallelization_factor as usize),
        };
        let lanes = lanes.lanes.iter();
        let due = lanes
            // Lanes begin nothing while too much is undelivered.
            .filter(|lane| !self.held_up || lane.is_running())
            .filter_map(|lane| lane.deadline(&of, &self.settings, functions));
        due.fold(read, Millis::min)
    }
}
