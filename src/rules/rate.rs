//! How often the API may be called: one table, and buckets that refill as time passes.

use crate::model::{Action, Millis};
use crate::rules::throttle::{milli, refilled};

/// What calls are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the account.
    Account,
    /// All about one stream.
    Stream,
    /// All about one shard. Its own gates count them: [`crate::rules::throttle`] and
    /// [`crate::rules::read_throttle`].
    Shard,
    /// All of one registered consumer about one shard. Its subscriptions are the count.
    ConsumerAndShard,
}

/// Calls that are answered a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second, 1 or more.
    pub per_s: u32,
    /// What is counted together.
    pub scope: Scope,
}

/// The rate of an action; `None` where the sources state none.
#[must_use]
pub const fn rate_of(action: Action) -> Option<Rate> {
    let (per_s, scope) = match action {
        Action::DescribeLimits => (1, Scope::Account),
        Action::AddTagsToStream
        | Action::CreateStream
        | Action::DeleteResourcePolicy
        | Action::DeleteStream
        | Action::DescribeAccountSettings
        | Action::GetResourcePolicy
        | Action::ListStreams
        | Action::PutResourcePolicy
        | Action::UpdateAccountSettings
        | Action::UpdateStreamWarmThroughput => (5, Scope::Account),
        Action::DescribeStream | Action::UpdateShardCount => (10, Scope::Account),
        Action::DescribeStreamSummary => (20, Scope::Account),
        Action::DecreaseStreamRetentionPeriod
        | Action::DeregisterStreamConsumer
        | Action::DisableEnhancedMonitoring
        | Action::EnableEnhancedMonitoring
        | Action::IncreaseStreamRetentionPeriod
        | Action::ListStreamConsumers
        | Action::ListTagsForStream
        | Action::MergeShards
        | Action::RegisterStreamConsumer
        | Action::RemoveTagsFromStream
        | Action::SplitShard => (5, Scope::Stream),
        Action::DescribeStreamConsumer => (20, Scope::Stream),
        Action::ListShards => (1_000, Scope::Stream),
        Action::GetRecords | Action::GetShardIterator => (5, Scope::Shard),
        Action::PutRecord => (1_000, Scope::Shard),
        Action::SubscribeToShard => (1, Scope::ConsumerAndShard),
        Action::ListTagsForResource
        | Action::PutRecords
        | Action::StartStreamEncryption
        | Action::StopStreamEncryption
        | Action::TagResource
        | Action::UntagResource
        | Action::UpdateMaxRecordSize
        | Action::UpdateStreamMode
        | Action::UpdateStreamRecordDistributionStrategy => return None,
    };
    Some(Rate { per_s, scope })
}

/// What is left of a rate: a second's calls when full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallBucket {
    per_s: u32,
    level: i64,
    filled: Millis,
}

impl CallBucket {
    /// A full bucket.
    #[must_use]
    pub fn full(rate: Rate, now: Millis) -> Self {
        let Rate { per_s, .. } = rate;
        Self { per_s, level: milli(u64::from(per_s)), filled: now }
    }

    /// Takes one call, or nothing when there is none left. A refused call costs nothing.
    #[must_use]
    pub fn take(&mut self, now: Millis) -> bool {
        let per_s = u64::from(self.per_s);
        self.level = refilled(self.level, per_s, per_s, now.since(self.filled));
        self.filled = now;
        let there = self.level >= milli(1);
        self.level -= if there { milli(1) } else { 0 };
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    #[test]
    fn rates_are_those_of_the_reference() {
        use Scope::{Account, ConsumerAndShard, Shard, Stream};
        for (action, per_s, scope) in [
            (Action::AddTagsToStream, 5, Account),
            (Action::CreateStream, 5, Account),
            (Action::DecreaseStreamRetentionPeriod, 5, Stream),
            (Action::DeleteStream, 5, Account),
            (Action::DescribeAccountSettings, 5, Account),
            (Action::DescribeLimits, 1, Account),
            (Action::DescribeStream, 10, Account),
            (Action::DescribeStreamConsumer, 20, Stream),
            (Action::DescribeStreamSummary, 20, Account),
            (Action::EnableEnhancedMonitoring, 5, Stream),
            (Action::GetRecords, 5, Shard),
            (Action::GetShardIterator, 5, Shard),
            (Action::ListShards, 1_000, Stream),
            (Action::ListStreams, 5, Account),
            (Action::ListTagsForStream, 5, Stream),
            (Action::MergeShards, 5, Stream),
            (Action::PutRecord, 1_000, Shard),
            (Action::RegisterStreamConsumer, 5, Stream),
            (Action::RemoveTagsFromStream, 5, Stream),
            (Action::SplitShard, 5, Stream),
            (Action::SubscribeToShard, 1, ConsumerAndShard),
            (Action::UpdateShardCount, 10, Account),
            (Action::UpdateStreamWarmThroughput, 5, Account),
        ] {
            assert_eq!(rate_of(action), Some(Rate { per_s, scope }), "{}", action.name());
        }
        let unstated = Action::ALL.iter().filter(|action| rate_of(**action).is_none());
        assert_eq!(unstated.count(), 9, "the actions whose rate is not stated, and PutRecords");
    }

    #[test]
    fn a_second_s_calls_are_answered_at_once_and_the_next_as_time_passes() {
        let mut bucket = CallBucket::full(Rate { per_s: 5, scope: Scope::Account }, NOW);
        let answered = (0..9).filter(|_| bucket.take(NOW)).count();
        assert_eq!(answered, 5);
        assert!(!bucket.take(NOW.plus(199)));
        assert!(bucket.take(NOW.plus(200)));
        assert!(!bucket.take(NOW.plus(200)));
        let answered = (0..9).filter(|_| bucket.take(NOW.plus(60_000))).count();
        assert_eq!(answered, 5, "calls that were not made are not saved up");
    }
}
