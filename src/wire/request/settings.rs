//! Requests that change what is set of a stream.

use std::collections::BTreeSet;

use crate::api::{
    ChangeRetention, EnhancedMonitoring, SettingOperation, StreamEncryption, UpdateDistribution,
    UpdateMaxRecordSize, UpdateStreamMode, UpdateWarmThroughput,
};
use crate::model::limits::{RECORD_KIB_MAX, RECORD_KIB_MIN};
use crate::model::{Action, EncryptionType, ShardMetric};
use crate::wire::check::{Check, StreamId, Target, Text};
use crate::wire::reader::Reader;
use crate::wire::request::streams::{DISTRIBUTIONS, MODES, mode_details};
use crate::wire::request::{Read, Reading, members};

fn setting(operation: SettingOperation) -> Reading {
    operation.into()
}

pub(super) fn retention(action: Action, reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut hours = None;
    members(reader, |reader, key| match key {
        "RetentionPeriodHours" => reader.integer().map(|value| hours = value),
        _ => target.member(reader, key),
    })?;
    let stream = check.stream(target);
    check.faults.present("retentionPeriodHours", hours.is_some());
    // An integer of 32 bits; of its bounds the service has sentences of its own.
    let hours = hours.unwrap_or_default().clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    let change = ChangeRetention { stream, hours };
    Ok(setting(match action {
        Action::DecreaseStreamRetentionPeriod => {
            SettingOperation::DecreaseStreamRetentionPeriod(change)
        }
        _ => SettingOperation::IncreaseStreamRetentionPeriod(change),
    }))
}

pub(super) fn monitoring(action: Action, reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut names: Vec<String> = Vec::new();
    let mut given = false;
    members(reader, |reader, key| match key {
        "ShardLevelMetrics" => {
            given = reader.list(|reader| {
                names.extend(reader.text()?.map(std::borrow::Cow::into_owned));
                Ok(())
            })?;
            Ok(())
        }
        _ => target.member(reader, key),
    })?;
    let stream = check.stream(target);
    let field = "shardLevelMetrics";
    check.faults.present(field, given);
    let mut metrics = BTreeSet::new();
    let shown = format!("[{}]", names.join(", "));
    for name in &names {
        match ShardMetric::named(name) {
            Some(found) => metrics.extend(found.iter().copied()),
            None => {
                let words: Vec<&str> = ShardMetric::ALL.iter().map(|one| one.name()).collect();
                let rule = format!(
                    "Member must satisfy constraint: [Member must satisfy enum value set: [{}, \
                     ALL]]",
                    words.join(", ")
                );
                check.faults.fault(&shown, field, &rule);
                break;
            }
        }
    }
    if given {
        check.faults.length(field, &shown, names.len(), 1, ShardMetric::ALL.len());
    }
    // What is wrong was told: none would be told again.
    if metrics.is_empty() {
        metrics.extend(ShardMetric::ALL);
    }
    let change = EnhancedMonitoring { stream, metrics };
    Ok(setting(match action {
        Action::EnableEnhancedMonitoring => SettingOperation::EnableEnhancedMonitoring(change),
        _ => SettingOperation::DisableEnhancedMonitoring(change),
    }))
}

pub(super) fn encryption(action: Action, reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    const KINDS: [(&str, EncryptionType); 2] = [
        (EncryptionType::None.word(), EncryptionType::None),
        (EncryptionType::Kms.word(), EncryptionType::Kms),
    ];
    let mut target = Target::default();
    let (mut kind, mut key_id): (Text<'_>, Text<'_>) = (None, None);
    members(reader, |reader, key| {
        match key {
            "EncryptionType" => kind = reader.text()?,
            "KeyId" => key_id = reader.text()?,
            _ => target.member(reader, key)?,
        }
        Ok(())
    })?;
    let stream = check.stream(target);
    let kind = check.required("encryptionType", kind, &KINDS);
    let key = check.text("keyId", key_id, "x");
    let change = StreamEncryption { stream, kind, key };
    Ok(setting(match action {
        Action::StartStreamEncryption => SettingOperation::StartStreamEncryption(change),
        _ => SettingOperation::StopStreamEncryption(change),
    }))
}

pub(super) fn record_size(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut kib, mut id): (Text<'_>, _, _) = (None, None, StreamId::default());
    members(reader, |reader, key| match key {
        "StreamARN" => reader.text().map(|text| arn = text),
        "MaxRecordSizeInKiB" => reader.integer().map(|value| kib = value),
        _ => id.member(reader, key),
    })?;
    check.stream_id(id);
    let stream = check.stream_of_arn(arn);
    let kib = check.number("maxRecordSizeInKiB", kib, RECORD_KIB_MIN, RECORD_KIB_MAX);
    Ok(setting(SettingOperation::UpdateMaxRecordSize(UpdateMaxRecordSize { stream, kib })))
}

pub(super) fn mode(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut arn: Text<'_> = None;
    let (mut details, mut warm, mut id) = (None, None, StreamId::default());
    members(reader, |reader, key| {
        match key {
            "StreamARN" => arn = reader.text()?,
            "StreamModeDetails" => details = mode_details(reader)?,
            "WarmThroughputMiBps" => warm = reader.integer()?,
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    let stream = check.stream_of_arn(arn);
    check.faults.present("streamModeDetails", details.is_some());
    let mode = details.map(|mode| check.required("streamModeDetails.streamMode", mode, &MODES));
    let update = UpdateStreamMode {
        stream,
        mode: mode.unwrap_or(MODES[0].1),
        warm_mib_per_s: check.number_if_any("warmThroughputMiBps", warm, 0, i32::MAX as u32),
    };
    Ok(setting(SettingOperation::UpdateStreamMode(update)))
}

pub(super) fn distribution(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let (mut arn, mut strategy): (Text<'_>, Text<'_>) = (None, None);
    let mut id = StreamId::default();
    members(reader, |reader, key| {
        match key {
            "StreamARN" => arn = reader.text()?,
            "RecordDistributionStrategy" => strategy = reader.text()?,
            _ => id.member(reader, key)?,
        }
        Ok(())
    })?;
    check.stream_id(id);
    let stream = check.stream_of_arn(arn);
    let distribution = check.required("recordDistributionStrategy", strategy, &DISTRIBUTIONS);
    let update = UpdateDistribution { stream, distribution };
    Ok(setting(SettingOperation::UpdateStreamRecordDistributionStrategy(update)))
}

pub(super) fn warm(reader: &mut Reader<'_>, check: &mut Check<'_>) -> Read {
    let mut target = Target::default();
    let mut warm = None;
    members(reader, |reader, key| match key {
        "WarmThroughputMiBps" => reader.integer().map(|value| warm = value),
        _ => target.member(reader, key),
    })?;
    let stream = check.stream(target);
    let mib_per_s = check.number("warmThroughputMiBps", warm, 0, i32::MAX as u32);
    let update = UpdateWarmThroughput { stream, mib_per_s };
    Ok(setting(SettingOperation::UpdateStreamWarmThroughput(update)))
}
