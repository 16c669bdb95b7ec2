//! AWS's sentences, and what can be wrong with a folder.

use thiserror::Error;

use crate::api::ApiError;
use crate::log::LogError;
use crate::model::{ACCOUNT, Action, ConsumerName, Resource, ShardId, StreamName, StreamStatus};
use crate::rules::fan_out::{RegisterError, SubscribeError};
use crate::rules::iterator::{ExpiredError, PositionError};
use crate::rules::lifecycle::StatusError;
use crate::rules::page::NextTokenError;
use crate::rules::quota::QuotaError;
use crate::rules::record::PutError;
use crate::rules::retention::RetentionError;
use crate::rules::scaling::ScalingError;
use crate::rules::sequencing::OrderingError;
use crate::rules::setting::SettingError;
use crate::rules::tag::TagError;

/// Why a folder of streams cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The log cannot.
    #[error("{0}")]
    Log(#[from] LogError),
    /// The catalog is not one that this version writes.
    #[error("the catalog of streams cannot be read: {0}")]
    Catalog(String),
}

pub(super) fn no_stream(stream: &StreamName) -> ApiError {
    ApiError::ResourceNotFound(format!("Stream {stream} under account {ACCOUNT} not found."))
}

pub(super) fn no_shard(stream: &StreamName, shard: ShardId) -> ApiError {
    ApiError::ResourceNotFound(format!(
        "Could not find shard {shard} in stream {stream} under account {ACCOUNT}."
    ))
}

/// What readers of a shard are told when it is not there.
pub(super) fn shard_gone(stream: &StreamName, shard: ShardId) -> ApiError {
    ApiError::ResourceNotFound(format!(
        "Shard {shard} in stream {stream} under account {ACCOUNT} does not exist"
    ))
}

pub(super) fn not_active(stream: &StreamName, status: StreamStatus) -> ApiError {
    ApiError::ResourceInUse(format!(
        "Stream {stream} under account {ACCOUNT} not ACTIVE, instead in state {}",
        status.word()
    ))
}

pub(super) fn on_demand(stream: &StreamName) -> ApiError {
    ApiError::Validation(format!(
        "Request is invalid. Stream {stream} under account {ACCOUNT} is in On-Demand mode."
    ))
}

pub(super) fn already_closed(stream: &StreamName, shard: ShardId) -> ApiError {
    ApiError::InvalidArgument(format!(
        "Shard {shard} in stream {stream} under account {ACCOUNT} has already been merged or \
         split, and thus is not eligible for merging or splitting."
    ))
}

pub(super) fn has_consumers(stream: &StreamName, count: u32) -> ApiError {
    ApiError::ResourceInUse(format!(
        "Stream {stream} under account {ACCOUNT} has {count} registered consumers: deregister them \
         first, or set EnforceConsumerDeletion."
    ))
}

/// Too many calls a second.
pub(super) fn too_many_calls(action: Action, stream: Option<&StreamName>) -> ApiError {
    ApiError::LimitExceeded(match stream {
        Some(stream) => format!("Rate exceeded for stream {stream} under account {ACCOUNT}."),
        None => format!("Rate exceeded for {} under account {ACCOUNT}.", action.name()),
    })
}

pub(super) fn status(stream: &StreamName, error: StatusError) -> ApiError {
    match error {
        StatusError::Absent => no_stream(stream),
        StatusError::NotActive(status) => not_active(stream, status),
    }
}

/// What is answered to a dry run. Nobody is refused anything here for who they are.
pub(super) fn dry_run(action: Action) -> ApiError {
    let name = action.name();
    match action {
        Action::GetRecords
        | Action::GetShardIterator
        | Action::PutRecord
        | Action::PutRecords
        | Action::SubscribeToShard => ApiError::DryRunOperation(format!(
            "{name} would have been permitted, but the DryRun parameter is set."
        )),
        _ => ApiError::Validation(format!("{name} has no parameter DryRun.")),
    }
}

pub(super) fn no_policy(resource: &Resource) -> ApiError {
    ApiError::ResourceNotFound(format!("No resource policy found for resource ARN {resource}."))
}

impl From<TagError> for ApiError {
    fn from(error: TagError) -> Self {
        Self::InvalidArgument(error.to_string())
    }
}

impl From<RetentionError> for ApiError {
    fn from(error: RetentionError) -> Self {
        Self::InvalidArgument(error.to_string())
    }
}

impl From<SettingError> for ApiError {
    fn from(error: SettingError) -> Self {
        let told = error.to_string();
        match error {
            SettingError::SwitchedTooOften(_)
            | SettingError::EncryptedTooOften { .. }
            | SettingError::TooWarm { .. } => Self::LimitExceeded(told),
            SettingError::WarmProvisioned(_) | SettingError::WarmUncommitted => {
                Self::Validation(told)
            }
            SettingError::NoKey
            | SettingError::AutoProvisioned(_)
            | SettingError::NoPolicy
            | SettingError::LongPolicy(_) => Self::InvalidArgument(told),
        }
    }
}

impl From<ScalingError> for ApiError {
    fn from(error: ScalingError) -> Self {
        Self::LimitExceeded(error.to_string())
    }
}

impl From<QuotaError> for ApiError {
    fn from(error: QuotaError) -> Self {
        Self::LimitExceeded(error.to_string())
    }
}

impl From<PutError> for ApiError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::Constraint(_) | PutError::LargeRecord { .. } => {
                Self::Validation(error.to_string())
            }
            PutError::TooManyBytes => Self::InvalidArgument(error.to_string()),
        }
    }
}

impl From<OrderingError> for ApiError {
    fn from(error: OrderingError) -> Self {
        Self::InvalidArgument(error.to_string())
    }
}

impl From<PositionError> for ApiError {
    fn from(error: PositionError) -> Self {
        match error {
            PositionError::NoType => Self::Validation(error.to_string()),
            PositionError::Mismatch { .. }
            | PositionError::NoTimestamp
            | PositionError::Future { .. }
            | PositionError::NotANumber(_)
            | PositionError::OtherShard { .. }
            | PositionError::OtherStream(_) => Self::InvalidArgument(error.to_string()),
        }
    }
}

impl From<ExpiredError> for ApiError {
    fn from(error: ExpiredError) -> Self {
        Self::ExpiredIterator(error.to_string())
    }
}

/// DynamoDB's sentence for one reader too many.
pub(super) fn too_many_readers() -> ApiError {
    ApiError::LimitExceeded("Too many operations for a given subscriber.".to_owned())
}

pub(super) fn no_consumer(consumer: &ConsumerName) -> ApiError {
    ApiError::ResourceNotFound(format!("Consumer {consumer}, account {ACCOUNT} not found."))
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Exists { .. } => Self::ResourceInUse(error.to_string()),
            RegisterError::TooMany { .. } | RegisterError::TooManyCreating { .. } => {
                Self::LimitExceeded(error.to_string())
            }
        }
    }
}

impl From<SubscribeError> for ApiError {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::NotActive(_) | SubscribeError::InUse { .. } => {
                Self::ResourceInUse(error.to_string())
            }
            SubscribeError::TooOften { .. } => Self::LimitExceeded(error.to_string()),
        }
    }
}

impl From<NextTokenError> for ApiError {
    fn from(error: NextTokenError) -> Self {
        match error {
            NextTokenError::Invalid => Self::InvalidArgument(error.to_string()),
            NextTokenError::Expired => Self::ExpiredNextToken(error.to_string()),
        }
    }
}

pub(super) fn log_failed(error: &LogError) -> ApiError {
    ApiError::InternalFailure(format!("Internal Service Failure: {error}"))
}
