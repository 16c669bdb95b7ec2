//! Which shards there are, and whose children they are: what the list and the ends of shards tell.

use crate::api::{Answer, ChildShard, IteratorType, ListShards, Operation, ShardDescription};
use crate::model::{Millis, ShardState};
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
        let gone: Vec<_> = self
            .shards
            .iter()
            .filter(|(id, followed)| {
                matches!(followed.phase, Phase::Blocked | Phase::Lost(_))
                    && !list.iter().any(|shard| shard.shard == **id)
            })
            .map(|(id, _)| *id)
            .collect();
        gone.into_iter().for_each(|shard| self.set(shard, Phase::Finished));
        list.iter().for_each(|shard| self.learn(shard, fresh));
        self.unblock(now);
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
        self.shards.insert(shard.shard, followed);
    }

    pub(super) fn adopt(&mut self, now: Millis, children: &[ChildShard]) {
        for child in children {
            if !child.parents.iter().all(|parent| self.shards.contains_key(parent)) {
                self.list_at = now;
            }
            self.shards.entry(child.shard).or_insert_with(|| Followed {
                parents: child.parents.clone(),
                range: child.range,
                is_listed: false,
                phase: Phase::Blocked,
                from: IteratorType::TrimHorizon,
                first: None,
                next_index: None,
                behind_ms: 0,
                answered: Millis::ZERO,
            });
        }
    }

    pub(super) fn unblock(&mut self, now: Millis) {
        let free: Vec<_> = self
            .shards
            .iter()
            .filter(|(_, followed)| matches!(followed.phase, Phase::Blocked))
            .filter(|(_, followed)| {
                followed.parents.iter().all(|parent| {
                    let parent = self.shards.get(parent);
                    parent.map_or(followed.is_listed, |parent| {
                        matches!(parent.phase, Phase::Finished)
                    })
                })
            })
            .map(|(id, _)| *id)
            .collect();
        free.into_iter().for_each(|shard| self.set(shard, Phase::Lost(now)));
    }
}
