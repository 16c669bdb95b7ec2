//! What the account has, may have and may ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{AccountLimits, AccountSettings, ApiError, CommitmentWish, Control};
use crate::engine::stream::Stream;
use crate::engine::{Engine, error};
use crate::log::SHARDS_MAX;
use crate::model::limits::CONSUMERS_COMMITTED_MAX;
use crate::model::{Action, CommitmentStatus, Millis, Quotas, StreamMode, StreamStatus, Switch};
use crate::rules::commitment::Commitment;
use crate::rules::lifecycle::check_status;
use crate::rules::quota::{check_creating, check_on_demand, check_shards};
use crate::rules::rate::{CallBucket, Scope, rate_of};

/// What is left of the rates of calls that were made.
pub(super) type Calls = BTreeMap<Action, CallBucket>;

impl Engine {
    /// Counts a call, and asks whether its stream is in a state that takes it.
    pub(super) fn admit(&mut self, control: Control<'_>) -> Result<(), ApiError> {
        if self.options.quotas.api_rates == Switch::On {
            self.count(control)?;
        }
        let Some(name) = control.stream else { return Ok(()) };
        check_status(control.action, self.known(name)?.status)
            .map_err(|why| error::status(name, why))
    }

    fn count(&mut self, control: Control<'_>) -> Result<(), ApiError> {
        let Control { action, stream } = control;
        let Some(rate) = rate_of(action) else { return Ok(()) };
        let calls = match (rate.scope, stream) {
            (Scope::Account, _) => &mut self.calls,
            (Scope::Stream, Some(name)) => match self.streams.get_mut(name) {
                Some(stream) => &mut stream.calls,
                None => return Err(error::no_stream(name)),
            },
            (Scope::Stream, None) | (Scope::Shard | Scope::ConsumerAndShard, _) => return Ok(()),
        };
        let now = self.now;
        let bucket = calls.entry(action).or_insert_with(|| CallBucket::full(rate, now));
        if bucket.take(now) { Ok(()) } else { Err(error::too_many_calls(action, stream)) }
    }

    /// What the account may have and ask for.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        self.options.quotas
    }

    /// Changes that; gives back what was before. What is there already stays.
    pub fn set_quotas(&mut self, quotas: Quotas) -> Quotas {
        std::mem::replace(&mut self.options.quotas, quotas)
    }

    /// Does the account's commitment hold?
    #[must_use]
    pub fn committed(&self) -> bool {
        self.commitment.holds(self.now)
    }

    /// Begins the account's commitment, or ends it as soon as may be.
    pub(super) fn commit(&mut self, wish: CommitmentWish) -> Result<AccountSettings, ApiError> {
        let before = self.commitment;
        self.commitment = match wish {
            CommitmentWish::Enabled => before.enabled(self.now),
            CommitmentWish::Disabled => before.disabled(self.now),
        };
        if let Err(error) = self.save_catalog() {
            self.commitment = before;
            return Err(error::log_failed(&error));
        }
        Ok(self.account_settings())
    }

    pub(super) fn account_settings(&self) -> AccountSettings {
        let Commitment { started, ends } = self.commitment;
        let status = self.commitment.status(self.now);
        AccountSettings {
            status,
            started,
            ended: ends.filter(|_| status == CommitmentStatus::Disabled),
            earliest_end: self.commitment.earliest_end(self.now),
        }
    }

    pub(super) fn account_limits(&self) -> AccountLimits {
        let Quotas { shards, on_demand_streams, .. } = self.options.quotas;
        AccountLimits {
            shard_limit: shards.unwrap_or(u32::MAX),
            open_shards: self.streams.values().map(Stream::open_count).sum(),
            on_demand_streams: self.on_demand_streams(),
            on_demand_limit: on_demand_streams.unwrap_or(u32::MAX),
        }
    }

    /// How many registered consumers a stream of that mode may have: the commitment is for those on
    /// demand.
    pub(super) fn consumers_quota(&self, mode: StreamMode) -> Option<u32> {
        let quota = self.options.quotas.consumers;
        match mode {
            StreamMode::OnDemand if self.committed() => {
                quota.map(|quota| quota.max(CONSUMERS_COMMITTED_MAX))
            }
            StreamMode::OnDemand | StreamMode::Provisioned => quota,
        }
    }

    /// Has the account room for a stream that begins with so many shards?
    pub(super) fn check_room(&self, mode: StreamMode, shards: u32) -> Result<(), ApiError> {
        let Quotas { shards: quota, on_demand_streams, creating_streams, .. } = self.options.quotas;
        let creating = self.count_streams(|stream| stream.status == StreamStatus::Creating);
        check_creating(creating_streams, creating)?;
        match mode {
            StreamMode::Provisioned => check_shards(quota, self.shards_charged(), shards)?,
            StreamMode::OnDemand => check_on_demand(on_demand_streams, self.on_demand_streams())?,
        }
        Ok(())
    }

    /// Has the log numbers left for more shards? A quarter of them is left to changes that were
    /// accepted before.
    pub(super) fn check_log_shards(&self) -> Result<(), ApiError> {
        if self.next_log_shard < SHARDS_MAX / 4 * 3 {
            return Ok(());
        }
        Err(ApiError::LimitExceeded(format!(
            "{} shards were made in this data folder, as many as one can hold in its life; go on in \
             another one (--data DIR).",
            self.next_log_shard
        )))
    }

    fn count_streams(&self, which: impl Fn(&Stream) -> bool) -> u32 {
        let count = self.streams.values().filter(|stream| which(stream)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(super) fn on_demand_streams(&self) -> u32 {
        self.count_streams(|stream| stream.settings.mode == StreamMode::OnDemand)
    }

    /// Shards that count to the account's quota: those of provisioned streams that are open, and
    /// those that a change going on may need.
    pub(super) fn shards_charged(&self) -> u32 {
        let provisioned = |stream: &&Stream| stream.settings.mode == StreamMode::Provisioned;
        self.streams.values().filter(provisioned).map(charged).sum()
    }
}

fn charged(stream: &Stream) -> u32 {
    let open = stream.open_count();
    open + stream.pending.iter().map(|step| step.growth(open)).sum::<u32>()
}

/// The commitment in the catalog, in milliseconds since the epoch.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CommitmentEntry {
    started: Option<u64>,
    ends: Option<u64>,
}

impl CommitmentEntry {
    pub(super) fn of(commitment: Commitment) -> Self {
        let Commitment { started, ends } = commitment;
        Self { started: started.map(|at| at.0), ends: ends.map(|at| at.0) }
    }

    pub(super) fn commitment(&self) -> Commitment {
        Commitment { started: self.started.map(Millis), ends: self.ends.map(Millis) }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
