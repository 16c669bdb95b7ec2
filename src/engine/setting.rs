//! Changing what is set of a stream.

use std::collections::BTreeSet;

use crate::api::{
    Answer, ApiError, ChangeRetention, CreateStream, EnhancedMonitoring, MonitoredMetrics, Reply,
    SetRetention, SetShardLimits, SettingOperation, StreamEncryption, UpdateDistribution,
    UpdateMaxRecordSize, UpdateStreamMode, UpdateWarmThroughput, WarmThroughput,
};
use crate::engine::stream::{Extras, Stream};
use crate::engine::{Engine, done, error};
use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::model::{
    EncryptionType, EventKind, Millis, RecordDistribution, ShardMetric, StreamMode, StreamName,
};
use crate::rules::quota::{check_on_demand, check_shards};
use crate::rules::retention::{self, Direction};
use crate::rules::rolling::Rolling;
use crate::rules::setting::{
    SettingError, check_distribution, check_encryption, check_switch, check_warm,
};
use crate::rules::topology::Reshard;

/// How a change is made.
pub(super) enum Pace {
    /// At once.
    AtOnce,
    /// The stream is UPDATING for a while; its shards change at the end of that, if they do.
    Updating(Vec<Reshard>),
}

impl Engine {
    pub(super) fn handle_setting(&mut self, operation: &SettingOperation) -> Reply {
        match operation {
            SettingOperation::UpdateStreamMode(update) => done(self.set_mode(update)),
            SettingOperation::UpdateStreamWarmThroughput(update) => {
                self.set_warm(update).map(Answer::Warm)
            }
            SettingOperation::UpdateStreamRecordDistributionStrategy(update) => {
                done(self.set_distribution(update))
            }
            SettingOperation::IncreaseStreamRetentionPeriod(change) => {
                done(self.change_retention(change, Direction::Increase))
            }
            SettingOperation::DecreaseStreamRetentionPeriod(change) => {
                done(self.change_retention(change, Direction::Decrease))
            }
            SettingOperation::UpdateMaxRecordSize(update) => done(self.set_record_size(update)),
            SettingOperation::StartStreamEncryption(start) => done(self.start_encryption(start)),
            SettingOperation::StopStreamEncryption(stop) => done(self.stop_encryption(stop)),
            SettingOperation::EnableEnhancedMonitoring(asked) => {
                self.set_monitoring(asked, |before, asked| before | asked).map(Answer::Monitoring)
            }
            SettingOperation::DisableEnhancedMonitoring(asked) => {
                self.set_monitoring(asked, |before, asked| before - asked).map(Answer::Monitoring)
            }
        }
    }

    /// Changes a stream and keeps that, or changes nothing. The caller has looked it up.
    pub(super) fn change(
        &mut self,
        name: &StreamName,
        what: String,
        pace: Pace,
        change: impl FnOnce(&mut CreateStream, &mut Extras),
    ) -> Result<(), ApiError> {
        let stream = self.stream_mut(name);
        let before = (stream.settings.clone(), stream.extras.clone());
        change(&mut stream.settings, &mut stream.extras);
        let kept = match pace {
            Pace::AtOnce => self.save_catalog().map_err(|why| error::log_failed(&why)),
            Pace::Updating(plan) => self.begin_update(name, plan),
        };
        match &kept {
            Ok(()) => self.event(EventKind::StreamChanged { stream: name.clone(), what }),
            Err(_) => {
                let stream = self.stream_mut(name);
                (stream.settings, stream.extras) = before;
            }
        }
        kept
    }

    fn change_retention(
        &mut self,
        change: &ChangeRetention,
        direction: Direction,
    ) -> Result<(), ApiError> {
        let ChangeRetention { stream, hours } = change;
        let present_ms = self.known(stream)?.settings.retention_ms;
        let period_ms = retention::changed(stream, present_ms, direction, *hours)?;
        self.keep_for(stream, period_ms)
    }

    pub(super) fn set_retention(&mut self, set: &SetRetention) -> Result<(), ApiError> {
        let SetRetention { stream, retention_ms } = set;
        self.known(stream)?;
        retention::check_ms(*retention_ms)?;
        self.keep_for(stream, *retention_ms)
    }

    fn keep_for(&mut self, stream: &StreamName, period_ms: u64) -> Result<(), ApiError> {
        let what = format!("retention {}", Millis(period_ms));
        self.change(stream, what, Pace::AtOnce, |settings, _| settings.retention_ms = period_ms)
    }

    fn set_record_size(&mut self, update: &UpdateMaxRecordSize) -> Result<(), ApiError> {
        let UpdateMaxRecordSize { stream, kib } = update;
        let what = format!("records of up to {kib} KiB");
        self.change(stream, what, Pace::AtOnce, |settings, _| settings.record_kib_max = *kib)
    }

    pub(super) fn set_limits(&mut self, set: &SetShardLimits) -> Result<(), ApiError> {
        let SetShardLimits { stream: name, limits } = set;
        self.known(name)?;
        self.change(name, "limits".into(), Pace::AtOnce, |settings, _| settings.limits = *limits)?;
        let now = self.now;
        for shard in self.stream_mut(name).shards.iter_mut().flatten() {
            shard.set_limits(limits, now);
        }
        Ok(())
    }

    /// The mode that a stream has already is no switch.
    fn set_mode(&mut self, update: &UpdateStreamMode) -> Result<(), ApiError> {
        let UpdateStreamMode { stream: name, mode, warm_mib_per_s: warm } = update;
        let Stream { settings, extras, .. } = self.known(name)?;
        if let Some(asked) = *warm {
            check_warm(name, *mode, self.committed(), asked)?;
        }
        if settings.mode == *mode {
            return Ok(());
        }
        let quotas = self.options.quotas;
        check_switch(name, &extras.recent.mode_switches, self.now, quotas.per_day)?;
        let open = self.known(name)?.open_count();
        match mode {
            StreamMode::OnDemand => {
                check_on_demand(quotas.on_demand_streams, self.on_demand_streams())?;
            }
            StreamMode::Provisioned => check_shards(quotas.shards, self.shards_charged(), open)?,
        }
        let (now, plan) = (self.now, growth(open, warm.unwrap_or(0)));
        let what = format!("mode {}", mode.wire());
        self.change(name, what, Pace::Updating(plan), |settings, extras| {
            settings.mode = *mode;
            settings.warm_mib_per_s = *warm;
            if *mode == StreamMode::Provisioned {
                settings.distribution = RecordDistribution::UserPartitionKey;
            }
            extras.recent.mode_switches.note(now);
        })
    }

    /// Grows at once; what is there in excess goes shard by shard, down to what the last hour
    /// needed.
    fn set_warm(&mut self, update: &UpdateWarmThroughput) -> Result<WarmThroughput, ApiError> {
        let UpdateWarmThroughput { stream: name, mib_per_s } = update;
        let target = *mib_per_s;
        let stream = self.known(name)?;
        check_warm(name, stream.settings.mode, self.committed(), target)?;
        let current = stream.open_count();
        let (now, plan) = (self.now, growth(current, target));
        let what = format!("warm throughput {target} MiB/s");
        self.change(name, what, Pace::Updating(plan), |settings, _| {
            settings.warm_mib_per_s = Some(target);
        })?;
        if let Some(demand) = self.stream_mut(name).demand.as_mut().filter(|_| target <= current) {
            demand.release(now);
        }
        Ok(WarmThroughput { target, current })
    }

    fn set_distribution(&mut self, update: &UpdateDistribution) -> Result<(), ApiError> {
        let UpdateDistribution { stream: name, distribution } = update;
        check_distribution(name, self.known(name)?.settings.mode, *distribution)?;
        let what = format!("distribution {}", distribution.word());
        self.change(name, what, Pace::AtOnce, |settings, _| settings.distribution = *distribution)
    }

    fn start_encryption(&mut self, start: &StreamEncryption) -> Result<(), ApiError> {
        let key = Some(start.key.clone());
        self.encrypt(start, "started", key, |extras| &mut extras.recent.encryption_starts)
    }

    fn stop_encryption(&mut self, stop: &StreamEncryption) -> Result<(), ApiError> {
        self.encrypt(stop, "stopped", None, |extras| &mut extras.recent.encryption_stops)
    }

    /// Records are encrypted otherwise from the time on at which the stream is ACTIVE again.
    fn encrypt(
        &mut self,
        asked: &StreamEncryption,
        verb: &'static str,
        key: Option<String>,
        changes: impl Fn(&mut Extras) -> &mut Rolling,
    ) -> Result<(), ApiError> {
        let StreamEncryption { stream: name, kind, .. } = asked;
        if *kind == EncryptionType::None {
            return Err(SettingError::NoKey.into());
        }
        let (now, counts) = (self.now, self.options.quotas.per_day);
        let from = now.plus(self.options.update_delay_ms);
        let stream = self.stream_mut(name);
        check_encryption(name, verb, changes(&mut stream.extras), now, counts)?;
        let what = match &key {
            Some(key) => format!("encryption with {key}"),
            None => "encryption stopped".to_owned(),
        };
        self.change(name, what, Pace::Updating(Vec::new()), |settings, extras| {
            let kind = if key.is_some() { EncryptionType::Kms } else { EncryptionType::None };
            extras.encryption.change(from, kind, now.minus(settings.retention_ms));
            settings.key = key;
            changes(extras).note(now);
        })
    }

    fn set_monitoring(
        &mut self,
        asked: &EnhancedMonitoring,
        set: fn(&BTreeSet<ShardMetric>, &BTreeSet<ShardMetric>) -> BTreeSet<ShardMetric>,
    ) -> Result<MonitoredMetrics, ApiError> {
        let EnhancedMonitoring { stream: name, metrics } = asked;
        let before = self.known(name)?.extras.monitored.clone();
        let after = set(&before, metrics);
        let what = format!("{} metrics of shards monitored", after.len());
        let kept = after.clone();
        self.change(name, what, Pace::AtOnce, |_, extras| extras.monitored = kept)?;
        Ok(MonitoredMetrics { before, after })
    }
}

/// What brings a stream of `open` shards to so many MiB a second, if it has less.
fn growth(open: u32, mib_per_s: u32) -> Vec<Reshard> {
    let target = mib_per_s.min(SHARDS_PER_STREAM_MAX);
    (target > open).then_some(Reshard::Uniform { target }).into_iter().collect()
}
