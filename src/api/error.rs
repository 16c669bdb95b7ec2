//! Why an operation was refused: AWS's code and AWS's sentence.

use thiserror::Error;

use crate::model::{ACCOUNT, ShardId, StreamName};
use crate::rules::constraint::ConstraintError;
use crate::rules::iterator::TokenError;
use crate::rules::record::HashKeyError;

/// A whole operation refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// No such stream, shard or consumer, or the stream is not readable yet.
    #[error("{0}")]
    ResourceNotFound(String),
    /// The resource exists already or is in a state that forbids this.
    #[error("{0}")]
    ResourceInUse(String),
    /// An argument makes no sense for the resource.
    #[error("{0}")]
    InvalidArgument(String),
    /// A quota is used up.
    #[error("{0}")]
    LimitExceeded(String),
    /// An argument is outside its allowed values.
    #[error("{0}")]
    Validation(String),
    /// A shard's throughput is spent.
    #[error("{0}")]
    ProvisionedThroughputExceeded(String),
    /// The iterator is older than five minutes.
    #[error("{0}")]
    ExpiredIterator(String),
    /// The token of a page is older than five minutes.
    #[error("{0}")]
    ExpiredNextToken(String),
    /// It would have been permitted; nothing was done.
    #[error("{0}")]
    DryRunOperation(String),
    /// The service itself failed.
    #[error("{0}")]
    InternalFailure(String),
}

impl ApiError {
    /// A call refused because the throughput of a shard is spent.
    #[must_use]
    pub fn rate_exceeded(stream: &StreamName, shard: ShardId) -> Self {
        Self::ProvisionedThroughputExceeded(rate_exceeded(stream, shard))
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::ResourceInUse(_) => "ResourceInUseException",
            Self::InvalidArgument(_) => "InvalidArgumentException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::Validation(_) => "ValidationException",
            Self::ProvisionedThroughputExceeded(_) => "ProvisionedThroughputExceededException",
            Self::ExpiredIterator(_) => "ExpiredIteratorException",
            Self::ExpiredNextToken(_) => "ExpiredNextTokenException",
            Self::DryRunOperation(_) => "DryRunOperationException",
            Self::InternalFailure(_) => "InternalFailureException",
        }
    }

    /// Does the same call have a chance later?
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::LimitExceeded(_)
            | Self::ProvisionedThroughputExceeded(_)
            | Self::InternalFailure(_) => true,
            Self::ResourceNotFound(_)
            | Self::ResourceInUse(_)
            | Self::InvalidArgument(_)
            | Self::Validation(_)
            | Self::ExpiredIterator(_)
            | Self::ExpiredNextToken(_)
            | Self::DryRunOperation(_) => false,
        }
    }
}

impl From<ConstraintError> for ApiError {
    fn from(error: ConstraintError) -> Self {
        Self::Validation(error.to_string())
    }
}

impl From<HashKeyError> for ApiError {
    fn from(error: HashKeyError) -> Self {
        match error {
            HashKeyError::NotDecimal(_) => Self::Validation(error.to_string()),
            HashKeyError::TooHigh(_) => Self::InvalidArgument(error.to_string()),
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        Self::InvalidArgument(error.to_string())
    }
}

/// One entry of PutRecords refused, the others being attempted all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryError {
    /// The shard's records budget is spent.
    ThrottledByRecords,
    /// The shard's bytes budget is spent.
    ThrottledByBytes,
    /// The log could not take the record.
    InternalFailure,
}

impl EntryError {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ThrottledByRecords | Self::ThrottledByBytes => {
                "ProvisionedThroughputExceededException"
            }
            Self::InternalFailure => "InternalFailure",
        }
    }

    /// The sentence on the wire, for an entry that its key sent to `shard`.
    #[must_use]
    pub fn sentence(self, stream: &StreamName, shard: ShardId) -> String {
        match self {
            Self::ThrottledByRecords | Self::ThrottledByBytes => rate_exceeded(stream, shard),
            Self::InternalFailure => "Internal Service Failure".to_owned(),
        }
    }
}

fn rate_exceeded(stream: &StreamName, shard: ShardId) -> String {
    format!("Rate exceeded for shard {shard} in stream {stream} under account {ACCOUNT}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_entry_says_what_the_service_would_say() {
        let stream = StreamName::new("orders").expect("it is a name");
        let rate = "Rate exceeded for shard shardId-000000000001 in stream orders under account \
                    000000000000.";
        for (error, code, sentence) in [
            (EntryError::ThrottledByRecords, "ProvisionedThroughputExceededException", rate),
            (EntryError::ThrottledByBytes, "ProvisionedThroughputExceededException", rate),
            (EntryError::InternalFailure, "InternalFailure", "Internal Service Failure"),
        ] {
            assert_eq!((error.code(), &*error.sentence(&stream, ShardId(1))), (code, sentence));
        }
        assert_eq!(ApiError::rate_exceeded(&stream, ShardId(1)).to_string(), rate);
    }
}
