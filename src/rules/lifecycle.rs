//! A stream's life: CREATING, ACTIVE, UPDATING, DELETING, and what it takes in each of them.

use crate::model::{Action, StreamStatus};

/// What an action needs of the stream that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// No stream: it is about the account, or about one that is not there yet.
    Nothing,
    /// That it is there.
    Existence,
    /// That it is not CREATING: what was put can be read to the end.
    Reads,
    /// That it is ACTIVE or UPDATING; otherwise there is no such stream for who puts, or takes a
    /// consumer away.
    Writes,
    /// That it is not DELETING.
    Presence,
    /// That it is ACTIVE or UPDATING.
    Life,
    /// That it is ACTIVE: nothing else is going on.
    Rest,
}

/// What each action needs.
#[must_use]
pub const fn need_of(action: Action) -> Need {
    match action {
        Action::CreateStream
        | Action::DescribeAccountSettings
        | Action::DescribeLimits
        | Action::ListStreams
        | Action::UpdateAccountSettings => Need::Nothing,
        Action::DescribeStream
        | Action::DescribeStreamConsumer
        | Action::DescribeStreamSummary
        | Action::GetResourcePolicy
        | Action::ListShards
        | Action::ListStreamConsumers
        | Action::ListTagsForResource
        | Action::ListTagsForStream => Need::Existence,
        Action::GetRecords | Action::GetShardIterator | Action::SubscribeToShard => Need::Reads,
        // None of them can say that a stream is in use (model).
        Action::DeregisterStreamConsumer | Action::PutRecord | Action::PutRecords => Need::Writes,
        Action::DeleteStream => Need::Presence,
        Action::AddTagsToStream
        | Action::DeleteResourcePolicy
        | Action::PutResourcePolicy
        | Action::RegisterStreamConsumer
        | Action::RemoveTagsFromStream
        | Action::TagResource
        | Action::UntagResource => Need::Life,
        Action::DecreaseStreamRetentionPeriod
        | Action::DisableEnhancedMonitoring
        | Action::EnableEnhancedMonitoring
        | Action::IncreaseStreamRetentionPeriod
        | Action::MergeShards
        | Action::SplitShard
        | Action::StartStreamEncryption
        | Action::StopStreamEncryption
        | Action::UpdateMaxRecordSize
        | Action::UpdateShardCount
        | Action::UpdateStreamMode
        | Action::UpdateStreamRecordDistributionStrategy
        | Action::UpdateStreamWarmThroughput => Need::Rest,
    }
}

/// Why a stream does not take an action now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusError {
    /// Who asks is told that there is no such stream.
    Absent,
    /// It is in another state than ACTIVE.
    NotActive(StreamStatus),
}

/// May a stream in this state take this action?
///
/// # Errors
/// What is told when it may not.
pub const fn check_status(action: Action, status: StreamStatus) -> Result<(), StatusError> {
    let (creating, life, rest) = match status {
        StreamStatus::Creating => (true, false, false),
        StreamStatus::Active => (false, true, true),
        StreamStatus::Updating => (false, true, false),
        StreamStatus::Deleting => (false, false, false),
    };
    match need_of(action) {
        Need::Nothing | Need::Existence => Ok(()),
        Need::Reads if creating => Err(StatusError::Absent),
        Need::Writes if !life => Err(StatusError::Absent),
        Need::Presence if !creating && !life => Err(StatusError::NotActive(status)),
        Need::Life if !life => Err(StatusError::NotActive(status)),
        Need::Rest if !rest => Err(StatusError::NotActive(status)),
        Need::Reads | Need::Writes | Need::Presence | Need::Life | Need::Rest => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter a state: taken, told to be absent, told to be in use.
    fn row(action: Action) -> String {
        use StreamStatus::{Active, Creating, Deleting, Updating};
        let told = [Creating, Active, Updating, Deleting].map(|status| {
            match check_status(action, status) {
                Ok(()) => 'y',
                Err(StatusError::Absent) => 'a',
                Err(StatusError::NotActive(told)) => {
                    assert_eq!(told, status);
                    'u'
                }
            }
        });
        told.iter().collect()
    }

    #[test]
    fn each_state_takes_what_the_reference_says() {
        for (action, creating_active_updating_deleting) in [
            (Action::CreateStream, "yyyy"),
            (Action::DescribeStream, "yyyy"),
            (Action::ListShards, "yyyy"),
            (Action::GetShardIterator, "ayyy"),
            (Action::GetRecords, "ayyy"),
            (Action::PutRecord, "ayya"),
            (Action::PutRecords, "ayya"),
            (Action::DeregisterStreamConsumer, "ayya"),
            (Action::DeleteStream, "yyyu"),
            (Action::AddTagsToStream, "uyyu"),
            (Action::SplitShard, "uyuu"),
            (Action::MergeShards, "uyuu"),
            (Action::UpdateShardCount, "uyuu"),
            (Action::UpdateStreamMode, "uyuu"),
            (Action::StartStreamEncryption, "uyuu"),
            (Action::IncreaseStreamRetentionPeriod, "uyuu"),
        ] {
            assert_eq!(row(action), creating_active_updating_deleting, "{}", action.name());
        }
    }

    #[test]
    fn an_active_stream_takes_everything() {
        for action in Action::ALL {
            assert_eq!(check_status(*action, StreamStatus::Active), Ok(()), "{}", action.name());
        }
    }
}
