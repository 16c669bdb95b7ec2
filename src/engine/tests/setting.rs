//! What can be set of a stream, and what is refused.

use super::*;
use crate::api::{
    ChangeRetention, CommitmentWish, EnhancedMonitoring, MonitoredMetrics, SettingOperation,
    StreamEncryption, StreamSummary, UpdateDistribution, UpdateMaxRecordSize, UpdateStreamMode,
    UpdateWarmThroughput,
};
use crate::model::{EncryptionType, RecordDistribution, ShardMetric, StreamMode};
use crate::rules::rolling::DAY_MS;

const NOW: Millis = T0.plus(2_000);
const MINUTE_MS: u64 = 60_000;

fn mode(mode: StreamMode) -> Operation {
    SettingOperation::UpdateStreamMode(UpdateStreamMode {
        stream: name(),
        mode,
        warm_mib_per_s: None,
    })
    .into()
}

fn warm(mib_per_s: u32) -> Operation {
    let update = UpdateWarmThroughput { stream: name(), mib_per_s };
    SettingOperation::UpdateStreamWarmThroughput(update).into()
}

fn distribute(distribution: RecordDistribution) -> Operation {
    let update = UpdateDistribution { stream: name(), distribution };
    SettingOperation::UpdateStreamRecordDistributionStrategy(update).into()
}

fn encryption(key: &str) -> StreamEncryption {
    StreamEncryption { stream: name(), kind: EncryptionType::Kms, key: key.to_owned() }
}

fn start(key: &str) -> Operation {
    SettingOperation::StartStreamEncryption(encryption(key)).into()
}

fn stop() -> Operation {
    SettingOperation::StopStreamEncryption(encryption("alias/aws/kinesis")).into()
}

pub(super) fn commit(engine: &mut Engine, now: Millis, wish: CommitmentWish) {
    engine.handle(now, &Operation::UpdateAccountSettings(wish)).expect("it may be");
}

fn told(engine: &mut Engine, now: Millis, operation: &Operation) -> Result<(), (String, String)> {
    let told = engine.handle(now, operation);
    told.map(|_| ()).map_err(|error| (error.code().to_owned(), error.to_string()))
}

pub(super) fn summary(engine: &mut Engine, now: Millis) -> StreamSummary {
    match engine.handle(now, &Operation::DescribeStreamSummary(name())) {
        Ok(Answer::Summary(summary)) => *summary,
        other => panic!("a summary was asked for: {other:?}"),
    }
}

#[test]
fn retention_goes_up_by_one_operation_and_down_by_the_other() {
    let mut engine = engine(1);
    let retention = "Requested retention period";
    let mut now = NOW;
    for (up, hours, refused) in [
        (true, 48, ""),
        (true, 48, ""),
        (true, 8_760, ""),
        (true, 8_761, "Maximum allowed retention period is 8760 hours."),
        (true, 24, "(24 hours) for stream orders can not be shorter than existing"),
        (false, 168, ""),
        (false, 200, "(200 hours) for stream orders can not be longer than existing"),
        (false, 23, "Minimum allowed retention period is 24 hours."),
        (false, 24, ""),
    ] {
        now = now.plus(1_000);
        let change = ChangeRetention { stream: name(), hours };
        let operation = match up {
            true => SettingOperation::IncreaseStreamRetentionPeriod(change),
            false => SettingOperation::DecreaseStreamRetentionPeriod(change),
        };
        match told(&mut engine, now, &operation.into()) {
            Ok(()) => assert_eq!(refused, "", "{hours}"),
            Err((code, why)) => {
                assert_eq!(code, "InvalidArgumentException");
                assert!(!refused.is_empty() && why.contains(refused), "{why}");
                assert!(why.contains(retention), "{why}");
            }
        }
    }
    assert_eq!(summary(&mut engine, now).settings.retention_ms, DAY_MS);
}

#[test]
fn a_mode_is_switched_twice_a_day_and_keeps_the_shards() {
    use StreamMode::{OnDemand, Provisioned};
    let mut engine = engine(3);
    let mut now = NOW;
    for (to, fits) in [
        (Provisioned, true),
        (OnDemand, true),
        (OnDemand, true),
        (Provisioned, true),
        (OnDemand, false),
        (Provisioned, true),
    ] {
        assert_eq!(told(&mut engine, now, &mode(to)).is_ok(), fits, "{to:?}");
        now = now.plus(MINUTE_MS);
        engine.advance(now);
        assert_eq!(open_ranges(&engine).len(), 3);
    }
    let (code, why) = told(&mut engine, now, &mode(OnDemand)).expect_err("it is the third");
    assert_eq!(code, "LimitExceededException");
    assert!(why.contains("more than 2 times in a 24 hour period"), "{why}");
    engine.advance(NOW.plus(DAY_MS + MINUTE_MS));
    told(&mut engine, NOW.plus(DAY_MS + MINUTE_MS), &mode(OnDemand)).expect("a day is over");
    let status = engine.stream(&name()).expect("it is there").status();
    assert_eq!(status, StreamStatus::Updating);
}

#[test]
fn a_switch_of_the_mode_asks_the_quotas_of_the_other() {
    let quotas = crate::model::Quotas {
        on_demand_streams: Some(0),
        shards: Some(3),
        ..crate::model::Quotas::OFF
    };
    let mut engine = Engine::in_memory(EngineOptions { quotas, ..EngineOptions::default() });
    create(&mut engine, 2, Level::Memory);
    let (code, why) =
        told(&mut engine, NOW, &mode(StreamMode::OnDemand)).expect_err("there may be none");
    assert_eq!(code, "LimitExceededException");
    assert!(why.contains("more than 0 on-demand streams"), "{why}");
}

#[test]
fn warm_throughput_needs_the_commitment_and_grows_the_stream_at_once() {
    let mut engine = engine(2);
    let refused =
        |engine: &mut Engine, now| told(engine, now, &warm(20)).expect_err("it is not allowed yet");
    let (code, why) = refused(&mut engine, NOW);
    assert!(code == "ValidationException" && why.contains("Provisioned mode"), "{why}");
    engine.handle(NOW, &mode(StreamMode::OnDemand)).expect("it is active");
    let mut now = NOW.plus(500);
    engine.advance(now);
    let (code, why) = refused(&mut engine, now);
    assert!(code == "ValidationException" && why.contains("MinimumThroughput"), "{why}");
    assert_eq!(summary(&mut engine, now).warm, None);
    commit(&mut engine, now, CommitmentWish::Enabled);
    let (code, _) = told(&mut engine, now, &warm(10_241)).expect_err("10 GiB/s are the most");
    assert_eq!(code, "LimitExceededException");
    let Ok(Answer::Warm(given)) = engine.handle(now, &warm(20)) else { panic!("it is allowed") };
    assert_eq!((given.target, given.current), (20, 2));
    now = now.plus(500);
    engine.advance(now);
    let warmth = summary(&mut engine, now).warm.expect("it may be warm");
    assert_eq!((open_ranges(&engine).len(), warmth.target, warmth.current), (20, 20, 20));
    // Quiet for a day: it stays. Lower: what is there in excess goes, shard by shard.
    for minute in 1..120 {
        engine.advance(now.plus(minute * MINUTE_MS));
    }
    now = now.plus(120 * MINUTE_MS);
    engine.advance(now);
    assert_eq!(open_ranges(&engine).len(), 20);
    engine.handle(now, &warm(6)).expect("it is active");
    for _ in 0..24 * 60 {
        now = now.plus(MINUTE_MS);
        engine.advance(now);
    }
    assert_eq!(open_ranges(&engine).len(), 6);
    assert!(tiles(open_ranges(&engine).into_iter()));
    // A provisioned stream has no warm throughput.
    engine.handle(now, &mode(StreamMode::Provisioned)).expect("it is the second switch");
    assert_eq!(summary(&mut engine, now).settings.warm_mib_per_s, None);
}

#[test]
fn the_service_distributes_records_of_an_on_demand_stream_in_turn() {
    let mut engine = engine(3);
    let (code, why) = told(&mut engine, NOW, &distribute(RecordDistribution::Auto))
        .expect_err("it is provisioned");
    assert!(code == "InvalidArgumentException" && why.contains("On-Demand"), "{why}");
    engine.handle(NOW, &mode(StreamMode::OnDemand)).expect("it is active");
    let now = NOW.plus(500);
    engine.advance(now);
    let shards = |engine: &mut Engine, keys: &[&str]| -> Vec<u32> {
        put(engine, now, keys).outcomes.iter().map(|outcome| outcome.shard.0).collect()
    };
    assert_eq!(shards(&mut engine, &["k"; 3]), [1, 1, 1], "as its key says");
    engine.handle(now, &distribute(RecordDistribution::Auto)).expect("it is on-demand");
    assert_eq!(shards(&mut engine, &["k", "", "k", ""]), [0, 1, 2, 0]);
    assert_eq!(shards(&mut engine, &["k"; 2]), [1, 2]);
    let mut entries = EntryBatch::new();
    let explicit_hash_key = Some(HashKey(0));
    let entry = crate::model::EntryRef { partition_key: "k", explicit_hash_key, data: &[] };
    (0..3).for_each(|_| entries.push_entry(entry));
    let put = PutRecords { stream: name(), entries };
    let outcomes = engine.put_records(now, &put).expect("it is active").outcomes;
    let taken: Vec<u32> = outcomes.iter().map(|outcome| outcome.shard.0).collect();
    assert_eq!(taken, [0, 1, 2], "a hash key decides nothing either");
    assert_eq!(read(&mut engine, now, 2, IteratorType::TrimHorizon), ["k", "k", "k"]);
    assert_eq!(read(&mut engine, now, 0, IteratorType::TrimHorizon), ["k", "", "k"]);
    engine.handle(now, &distribute(RecordDistribution::UserPartitionKey)).expect("it is active");
    assert_eq!(shards(&mut engine, &["k"; 2]), [1, 1]);
    let mut entries = EntryBatch::new();
    entries.push("", b"x");
    let refused = engine.put_records(now, &PutRecords { stream: name(), entries });
    assert!(matches!(refused, Err(ApiError::Validation(_))), "a key decides again: {refused:?}");
    // Whoever decides the shards of a provisioned stream, it is not the service.
    engine.handle(now, &distribute(RecordDistribution::Auto)).expect("it is on-demand");
    engine.handle(now, &mode(StreamMode::Provisioned)).expect("it is the second switch");
    let distribution = summary(&mut engine, now).settings.distribution;
    assert_eq!(distribution, RecordDistribution::UserPartitionKey);
}

#[test]
fn records_are_encrypted_from_the_end_of_updating_on() {
    let mut engine = engine(1);
    assert_eq!(put(&mut engine, NOW, &["a"]).encryption, EncryptionType::None);
    engine.handle(NOW, &start("alias/aws/kinesis")).expect("it is active");
    assert_eq!(put(&mut engine, NOW.plus(499), &["b"]).encryption, EncryptionType::None);
    let now = NOW.plus(500);
    engine.advance(now);
    assert_eq!(put(&mut engine, now, &["c"]).encryption, EncryptionType::Kms);
    assert_eq!(summary(&mut engine, now).settings.key.as_deref(), Some("alias/aws/kinesis"));
    engine.handle(now, &start("another")).expect("a new key is no fault");
    engine.advance(now.plus(500));
    engine.handle(now.plus(500), &stop()).expect("it is active");
    let later = now.plus(1_000);
    engine.advance(later);
    assert_eq!(put(&mut engine, later, &["d"]).encryption, EncryptionType::None);
    assert_eq!(summary(&mut engine, later).settings.key, None);
    let Answer::Iterator(iterator) = iterator(&mut engine, later, 0, IteratorType::TrimHorizon)
    else {
        panic!("an iterator was asked for");
    };
    let answer = engine.get_records(later, &GetRecords { iterator, limit: 10 }).expect("it is");
    let kinds: Vec<EncryptionType> =
        answer.records.iter().map(|record| answer.encryption.at(record.arrival)).collect();
    let (open, kms) = (EncryptionType::None, EncryptionType::Kms);
    assert_eq!(kinds, [open, open, kms, open]);
}

#[test]
fn encryption_is_started_and_stopped_so_often_a_day_and_with_a_key() {
    let mut engine = engine(1);
    let mut now = NOW;
    for (operation, times) in [(start("a"), 25), (stop(), 25)] {
        for _ in 0..times {
            engine.handle(now, &operation).expect("it is one of twenty-five");
            now = now.plus(1_000);
            engine.advance(now);
        }
        let (code, why) = told(&mut engine, now, &operation).expect_err("it is one too many");
        assert_eq!(code, "LimitExceededException");
        assert!(why.contains("more than 25 times in a 24 hour period"), "{why}");
    }
    let unkeyed = StreamEncryption { kind: EncryptionType::None, ..encryption("a") };
    for (operation, expected) in [
        (SettingOperation::StartStreamEncryption(unkeyed), "InvalidArgumentException"),
        (SettingOperation::StartStreamEncryption(encryption("")), "ValidationException"),
        (SettingOperation::StopStreamEncryption(encryption("")), "ValidationException"),
        (
            SettingOperation::StartStreamEncryption(encryption(&"k".repeat(2_049))),
            "ValidationException",
        ),
    ] {
        let (code, why) = told(&mut engine, now, &operation.into()).expect_err("it is wrong");
        assert_eq!(code, expected, "{why}");
    }
}

#[test]
fn metrics_of_shards_are_switched_on_and_off() {
    let mut engine = engine(1);
    let bytes = ShardMetric::IncomingBytes;
    let records = ShardMetric::IncomingRecords;
    let mut set = |on, metrics: &[ShardMetric]| {
        let metrics = metrics.iter().copied().collect();
        let asked = EnhancedMonitoring { stream: name(), metrics };
        let operation = match on {
            true => SettingOperation::EnableEnhancedMonitoring(asked),
            false => SettingOperation::DisableEnhancedMonitoring(asked),
        };
        match engine.handle(NOW, &operation.into()) {
            Ok(Answer::Monitoring(MonitoredMetrics { before, after })) => {
                Ok((before.into_iter().collect::<Vec<_>>(), after.into_iter().collect::<Vec<_>>()))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code()),
        }
    };
    assert_eq!(set(true, &[bytes]), Ok((vec![], vec![bytes])));
    assert_eq!(set(true, &[bytes, records]), Ok((vec![bytes], vec![bytes, records])));
    assert_eq!(set(false, &[bytes]), Ok((vec![bytes, records], vec![records])));
    assert_eq!(set(true, &ShardMetric::ALL).map(|(_, after)| after.len()), Ok(7));
    assert_eq!(set(true, &[]), Err("ValidationException"));
    assert_eq!(set(false, &ShardMetric::ALL).map(|(_, after)| after), Ok(vec![]));
}

#[test]
fn a_record_size_is_one_to_ten_mebibytes() {
    let mut engine = engine(1);
    for (kib, rule) in [
        (1_023, "greater than or equal to 1024"),
        (10_241, "less than or equal to 10240"),
        (1_024, ""),
        (10_240, ""),
    ] {
        let update = UpdateMaxRecordSize { stream: name(), kib };
        let operation = SettingOperation::UpdateMaxRecordSize(update).into();
        match told(&mut engine, NOW, &operation) {
            Ok(()) => assert_eq!(rule, ""),
            Err((code, why)) => {
                assert_eq!(code, "ValidationException");
                let expected = format!(
                    "1 validation error detected: Value '{kib}' at 'maxRecordSizeInKiB' failed to \
                     satisfy constraint: Member must have value {rule}"
                );
                assert_eq!(why, expected);
            }
        }
    }
}

#[test]
fn no_setting_changes_while_the_stream_is_updating_or_absent() {
    let mut engine = engine(1);
    engine.handle(NOW, &start("a")).expect("it is active");
    let change = ChangeRetention { stream: name(), hours: 48 };
    let metrics = ShardMetric::ALL.into_iter().collect();
    let asked = EnhancedMonitoring { stream: name(), metrics };
    let all = [
        mode(StreamMode::OnDemand),
        warm(9),
        distribute(RecordDistribution::UserPartitionKey),
        start("b"),
        stop(),
        SettingOperation::IncreaseStreamRetentionPeriod(change.clone()).into(),
        SettingOperation::DecreaseStreamRetentionPeriod(change).into(),
        SettingOperation::UpdateMaxRecordSize(UpdateMaxRecordSize { stream: name(), kib: 2_048 })
            .into(),
        SettingOperation::EnableEnhancedMonitoring(asked.clone()).into(),
        SettingOperation::DisableEnhancedMonitoring(asked).into(),
    ];
    let updating = "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING";
    let absent = "Stream orders under account 000000000000 not found.";
    let mut empty = Engine::in_memory(EngineOptions::default());
    for operation in &all {
        let refused = told(&mut engine, NOW, operation);
        assert_eq!(refused, Err(("ResourceInUseException".into(), updating.into())));
        let refused = told(&mut empty, NOW, operation);
        assert_eq!(refused, Err(("ResourceNotFoundException".into(), absent.into())));
    }
    // What is wrong in itself is told before all else.
    let update = UpdateMaxRecordSize { stream: name(), kib: 0 };
    let operation = SettingOperation::UpdateMaxRecordSize(update).into();
    let refused = told(&mut empty, NOW, &operation).expect_err("it is wrong twice");
    assert_eq!(refused.0, "ValidationException");
}
