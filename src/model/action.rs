//! The actions of the Kinesis API by name: what tables of the law are about.

macro_rules! actions {
    ($($name:ident),+ $(,)?) => {
        /// An action of the API, as its model names it. Queues and channels are not served.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = concat!("`", stringify!($name), "`.")] $name,)+
        }

        impl Action {
            /// Every action, sorted by name.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// The action of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                let at = Self::ALL.binary_search_by_key(&name, |action| action.name());
                at.ok().map(|at| Self::ALL[at])
            }
        }
    };
}

actions! {
    AddTagsToStream,
    CreateStream,
    DecreaseStreamRetentionPeriod,
    DeleteResourcePolicy,
    DeleteStream,
    DeregisterStreamConsumer,
    DescribeAccountSettings,
    DescribeLimits,
    DescribeStream,
    DescribeStreamConsumer,
    DescribeStreamSummary,
    DisableEnhancedMonitoring,
    EnableEnhancedMonitoring,
    GetRecords,
    GetResourcePolicy,
    GetShardIterator,
    IncreaseStreamRetentionPeriod,
    ListShards,
    ListStreamConsumers,
    ListStreams,
    ListTagsForResource,
    ListTagsForStream,
    MergeShards,
    PutRecord,
    PutRecords,
    PutResourcePolicy,
    RegisterStreamConsumer,
    RemoveTagsFromStream,
    SplitShard,
    StartStreamEncryption,
    StopStreamEncryption,
    SubscribeToShard,
    TagResource,
    UntagResource,
    UpdateAccountSettings,
    UpdateMaxRecordSize,
    UpdateShardCount,
    UpdateStreamMode,
    UpdateStreamRecordDistributionStrategy,
    UpdateStreamWarmThroughput,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forty_actions_on_streams_are_named_and_sorted() {
        assert_eq!(Action::ALL.len(), 40);
        assert!(Action::ALL.is_sorted_by_key(|action| action.name()));
        assert_eq!(Action::PutRecord.name(), "PutRecord");
        for action in Action::ALL {
            assert_eq!(Action::named(action.name()), Some(*action));
        }
        assert_eq!(Action::named("putRecord"), None);
    }
}
