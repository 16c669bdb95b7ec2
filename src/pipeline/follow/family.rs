//! Which shards there are, and whose children they are: what the list and the ends of shards tell.

use std::collections::BTreeSet;

use crate::api::{Answer, ChildShard, IteratorType, ListShards, Operation, ShardDescription};
use crate::model::{Millis, ShardId, ShardState};
use crate::pipeline::Reply;
use crate::pipeline::settings::StartingPosition;

use super::{Checkpoint, Followed, Follower, LIST_MS, Phase, RETRY_MS};

impl Follower {
    pub(super) fn on_list(&mut self, now: Millis, reply: Reply) {
        let Ok(Answer::Shards(page)) = reply else {
            self.pages.clear();
            self.listing = false;
            self.list_at = now.plus(RETRY_MS);
            return;
        };
        self.pages.extend(page.shards);
        if let Some(token) = page.next_token {
            return self.call(Operation::ListShards(ListShards::next(token)));
        }
        let list = std::mem::take(&mut self.pages);
        self.listing = false;
        self.list_at = now.plus(LIST_MS);
        let fresh = !self.listed && self.restored.is_empty();
        self.listed = true;
        let listed: BTreeSet<ShardId> = list.iter().map(|shard| shard.shard).collect();
        let waits = |followed: &Followed| matches!(followed.phase, Phase::Blocked | Phase::Lost(_));
        let waiting = self.shards.iter().filter(|(_, followed)| waits(followed));
        let gone = waiting.map(|(shard, _)| *shard).filter(|shard| !listed.contains(shard));
        for shard in gone.collect::<Vec<_>>() {
            self.set(shard, Phase::Finished);
        }
        list.iter().for_each(|shard| self.learn(shard, fresh));
        self.unblock(now, self.shards.keys().copied().collect());
    }

    fn learn(&mut self, shard: &ShardDescription, fresh: bool) {
        let first = shard.starting_sequence;
        if let Some(known) = self.shards.get_mut(&shard.shard) {
            let same = known.first.is_none_or(|old| old.created_s == first.created_s);
            if same {
                known.first = Some(first);
                known.is_listed = true;
                return;
            }
            // A new stream of the same name: what was known is about the old one.
            self.restored.remove(&shard.shard);
        }
        let restored = self.restored.get(&shard.shard);
        let next_index = match restored {
            Some(Checkpoint::At(index)) => Some(*index),
            Some(Checkpoint::ShardEnd) | None => None,
        };
        let start = if fresh { self.start } else { StartingPosition::TrimHorizon };
        let latest = start == StartingPosition::Latest;
        let passed = latest && shard.state == ShardState::Closed;
        let finished = passed || restored == Some(&Checkpoint::ShardEnd);
        let followed = Followed {
            parents: shard.lineage.parents().collect(),
            range: shard.range,
            is_listed: true,
            phase: if finished { Phase::Finished } else { Phase::Blocked },
            from: match start {
                StartingPosition::TrimHorizon => IteratorType::TrimHorizon,
                StartingPosition::Latest => IteratorType::Latest,
                StartingPosition::AtTimestamp(at) => IteratorType::AtTimestamp(Millis(at)),
            },
            first: Some(first),
            next_index,
            behind_ms: 0,
            answered: Millis::ZERO,
        };
        self.insert(shard.shard, followed);
    }

    pub(super) fn adopt(&mut self, now: Millis, children: &[ChildShard]) {
        for child in children {
            if !child.parents.iter().all(|parent| self.shards.contains_key(parent)) {
                self.list_at = now;
            }
            if self.shards.contains_key(&child.shard) {
                continue;
            }
            let followed = Followed {
                parents: child.parents.clone(),
                range: child.range,
                is_listed: false,
                phase: Phase::Blocked,
                from: IteratorType::TrimHorizon,
                first: None,
                next_index: None,
                behind_ms: 0,
                answered: Millis::ZERO,
            };
            self.insert(child.shard, followed);
        }
    }

    /// Those of these shards that wait for parents alone, and whose parents are finished, may begin.
    pub(super) fn unblock(&mut self, now: Millis, shards: BTreeSet<ShardId>) -> Vec<ShardId> {
        let is_free =
            |shard: &ShardId| self.shards.get(shard).is_some_and(|shard| self.is_free(shard));
        let free: Vec<ShardId> = shards.into_iter().filter(is_free).collect();
        free.iter().for_each(|shard| self.set(*shard, Phase::Lost(now)));
        free
    }

    fn is_free(&self, followed: &Followed) -> bool {
        let is_finished = |parent| match self.shards.get(parent) {
            Some(parent) => matches!(parent.phase, Phase::Finished),
            None => followed.is_listed,
        };
        matches!(followed.phase, Phase::Blocked) && followed.parents.iter().all(is_finished)
    }
}
