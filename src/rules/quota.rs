//! What an account may have: shards, on-demand streams, streams in CREATING.

use thiserror::Error;

use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::model::{ACCOUNT, REGION};

/// Why an account may not have more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QuotaError {
    /// Of shards.
    #[error(
        "This request would exceed the shard limit for the account {ACCOUNT} in {REGION}. Current \
         shard count for the account: {present}. Limit: {limit}. Number of additional shards that \
         would have resulted from this request: {additional}. Refer to the AWS Service Limits page \
         (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits \
         and how to request higher limits."
    )]
    Shards {
        /// Open shards of the account.
        present: u32,
        /// The quota.
        limit: u32,
        /// Shards that the request would add.
        additional: u32,
    },
    /// Of on-demand streams.
    #[error("Account {ACCOUNT} cannot have more than {limit} on-demand streams in {REGION}.")]
    OnDemand {
        /// The quota.
        limit: u32,
    },
    /// Of shards of one stream.
    #[error(
        "A stream cannot have more than {SHARDS_PER_STREAM_MAX} shards in {REGION}. {asked} were \
         asked for."
    )]
    ShardsOfStream {
        /// Shards that the request would make.
        asked: u32,
    },
    /// Of streams that are made at once.
    #[error(
        "Account {ACCOUNT} cannot have more than {limit} streams in state CREATING at the same time."
    )]
    Creating {
        /// The quota.
        limit: u32,
    },
}

/// May `additional` shards join the `present` ones?
///
/// # Errors
/// When there would be more than `quota`.
pub fn check_shards(quota: Option<u32>, present: u32, additional: u32) -> Result<(), QuotaError> {
    match quota {
        Some(limit) if additional > 0 && present.saturating_add(additional) > limit => {
            Err(QuotaError::Shards { present, limit, additional })
        }
        Some(_) | None => Ok(()),
    }
}

/// May a stream begin with so many shards?
///
/// # Errors
/// When it would have more than [`SHARDS_PER_STREAM_MAX`].
pub fn check_stream_shards(asked: u32) -> Result<(), QuotaError> {
    if asked > SHARDS_PER_STREAM_MAX {
        return Err(QuotaError::ShardsOfStream { asked });
    }
    Ok(())
}

/// May an on-demand stream join the `present` ones?
///
/// # Errors
/// When there are as many as may be.
pub fn check_on_demand(quota: Option<u32>, present: u32) -> Result<(), QuotaError> {
    match quota {
        Some(limit) if present >= limit => Err(QuotaError::OnDemand { limit }),
        Some(_) | None => Ok(()),
    }
}

/// May a stream be created while `present` others are being created?
///
/// # Errors
/// When there are as many as may be.
pub fn check_creating(quota: Option<u32>, present: u32) -> Result<(), QuotaError> {
    match quota {
        Some(limit) if present >= limit => Err(QuotaError::Creating { limit }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_up_to_the_quota_are_allowed() {
        assert_eq!(check_shards(Some(10), 7, 3), Ok(()));
        assert_eq!(check_shards(None, u32::MAX, u32::MAX), Ok(()));
        assert_eq!(check_shards(Some(10), 12, 0), Ok(()), "what adds nothing exceeds nothing");
        let error = check_shards(Some(10), 7, 4).expect_err("it is one too many");
        assert_eq!(
            error.to_string(),
            "This request would exceed the shard limit for the account 000000000000 in us-east-1. \
             Current shard count for the account: 7. Limit: 10. Number of additional shards that \
             would have resulted from this request: 4. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current \
             limits and how to request higher limits."
        );
    }

    #[test]
    fn streams_below_their_quotas_are_allowed() {
        for (quota, present, fits) in
            [(Some(5), 4, true), (Some(5), 5, false), (Some(0), 0, false), (None, 99, true)]
        {
            assert_eq!(check_on_demand(quota, present).is_ok(), fits, "{quota:?} {present}");
            assert_eq!(check_creating(quota, present).is_ok(), fits, "{quota:?} {present}");
        }
    }
}
