//! What survives a restart, and folders that older versions wrote.

use super::consumers::registered;
use super::label::tags;
use super::read::tally;
use super::setting::{commit, summary};
use super::*;
use crate::api::{
    AddTags, CommitmentWish, CreateStream, EnhancedMonitoring, LabelOperation, PutPolicy,
    SettingOperation, StreamEncryption,
};
use crate::log::{Log, LogOptions};
use crate::model::{
    EncryptionType, RecordDistribution, Resource, ShardMetric, ShardTally, StreamMode,
};

const NOW: Millis = T0.plus(2_000);

fn open(at: Millis, disk: &MemStorage) -> Engine {
    Engine::open(at, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0
}

/// A folder whose catalog is this text.
fn folder(catalog: &str) -> MemStorage {
    let disk = MemStorage::new();
    let (mut log, _) =
        Log::open(Box::new(disk.clone()), LogOptions::default()).expect("it is empty");
    log.put_blob("catalog", catalog.as_bytes()).expect("there is room");
    disk
}

/// As version 1 wrote it, of which the first did not know levels, limits by name and consumers.
const FIRST: &str = r#"{"version":1,"next_log_shard":2,"streams":[{"name":"orders",
"on_demand":false,"shards_at_creation":2,"retention_ms":172800000,
"limits":[1000,1048576,2097152,5],"record_bytes_max":1048576,"created":1700000000000,
"shards":[{"log":0,"start":"0","end":"170141183460469231731687303715884105727","parent":null,
"adjacent_parent":null,"created":1700000000000,"closed":null},{"log":1,
"start":"170141183460469231731687303715884105728","end":"340282366920938463463374607431768211455",
"parent":null,"adjacent_parent":null,"created":1700000000000,"closed":null}]}]}"#;

const LAST_OF_VERSION_1: &str = r#"{"version":1,"next_log_shard":1,"streams":[{"name":"orders",
"on_demand":true,"shards_at_creation":1,"retention_ms":86400000,"level":"power",
"limits":[1000,1048576,2097152,5,2000,5,2],"record_bytes_max":10485760,"created":1700000000000,
"shards":[{"log":0,"start":"0","end":"340282366920938463463374607431768211455","parent":null,
"adjacent_parent":null,"created":1700000000000,"closed":null,"starts":1700000000000}],
"pending":[{"Uniform":{"target":2}}],"recent":{"scalings":[1700000001000]},
"consumers":[{"name":"audit","created":1700000000000}]}]}"#;

#[test]
fn a_folder_of_the_first_version_opens_as_it_was() {
    let mut engine = open(NOW, &folder(FIRST));
    let told = summary(&mut engine, NOW);
    let mut expected = CreateStream::provisioned(name(), 2, Level::Process);
    expected.retention_ms = 2 * 86_400_000;
    expected.limits.iterator_calls_per_s = None;
    assert_eq!((told.settings, told.created, told.open_shards), (expected, T0, 2));
    assert!(told.monitored.is_empty() && !engine.committed());
    assert_eq!(put(&mut engine, NOW, &["a"]).failed, 0);
}

#[test]
fn a_folder_of_version_1_goes_on_with_what_it_had_promised() {
    let disk = folder(LAST_OF_VERSION_1);
    let mut engine = open(NOW, &disk);
    let told = summary(&mut engine, NOW);
    assert_eq!((told.settings.mode, told.settings.level), (StreamMode::OnDemand, Level::Power));
    assert_eq!((told.settings.limits.readers_per_shard, told.consumers), (Some(2), 1));
    assert_eq!((told.settings.record_kib_max, told.status), (10_240, StreamStatus::Updating));
    engine.advance(NOW.plus(500));
    assert_eq!(open_ranges(&engine).len(), 2);
    // From now on it is of this version, and reads back.
    assert_eq!(open_ranges(&open(NOW.plus(500), &disk.copy())).len(), 2);
}

#[test]
fn a_folder_of_a_later_version_is_not_opened() {
    let later = FIRST.replacen("\"version\":1", "\"version\":3", 1);
    let opened = Engine::open(NOW, Box::new(folder(&later)), EngineOptions::default());
    let Err(error) = opened else { panic!("nobody knows what it says") };
    let told = "the catalog of streams cannot be read: it is of version 3, this is 2";
    assert_eq!(error.to_string(), told);
}

/// What had come before counted as the traffic of the first second.
#[test]
fn a_stream_that_stays_when_the_engine_begins_anew_counts_from_0() {
    let mut engine = open(T0, &MemStorage::new());
    create(&mut engine, 1, Level::Process);
    (0..3).for_each(|_| drop(put(&mut engine, NOW, &["k"; 500])));
    engine.advance(NOW.plus(1_000));
    assert_ne!(tally(&engine, 0), ShardTally::default());
    engine.renew(EngineOptions::default());
    assert_eq!(tally(&engine, 0), ShardTally::default());
    while engine.poll_event().is_some() {}
    let later = NOW.plus(5_000);
    (0..3).for_each(|_| drop(put(&mut engine, later, &["k"; 500])));
    let counted = tally(&engine, 0);
    assert_eq!((counted.incoming_records, counted.throttled_by_records), (1_000, 500));
    engine.advance(later.plus(1_000));
    let told = engine.poll_event().map(|event| event.kind);
    assert!(matches!(told, Some(EventKind::ThrottlingBegan { writes: true, .. })), "{told:?}");
    let horizon = IteratorType::TrimHorizon;
    assert_eq!(read(&mut engine, later.plus(1_000), 0, horizon).len(), 2_000);
}

/// A stream with everything that can be kept of one, and a consumer with labels.
fn furnished(disk: &MemStorage) -> (Engine, Resource, Millis) {
    let mut engine = open(T0, disk);
    commit(&mut engine, T0, CommitmentWish::Enabled);
    let create = CreateStream {
        mode: StreamMode::OnDemand,
        distribution: RecordDistribution::Auto,
        warm_mib_per_s: Some(6),
        tags: tags(&[("team", "shop")]),
        ..CreateStream::provisioned(name(), 1, Level::Process)
    };
    engine.handle(T0, &Operation::CreateStream(create)).expect("the name is free");
    engine.advance(T0.plus(1_000));
    let (arn, now) = registered(&mut engine, T0.plus(1_000), "audit");
    let consumer = Resource::Consumer(arn);
    let policy = |resource: &Resource| {
        let policy = format!("{{\"of\":\"{}\"}}", resource.noun());
        LabelOperation::PutResourcePolicy(PutPolicy { resource: resource.clone(), policy })
    };
    let metrics = [ShardMetric::IncomingBytes].into_iter().collect();
    let monitoring = EnhancedMonitoring { stream: name(), metrics };
    let key = "alias/aws/kinesis".to_owned();
    let encryption = StreamEncryption { stream: name(), kind: EncryptionType::Kms, key };
    for operation in [
        policy(&Resource::Stream(name())).into(),
        policy(&consumer).into(),
        LabelOperation::TagResource(AddTags {
            resource: consumer.clone(),
            tags: tags(&[("team", "ops")]),
        })
        .into(),
        SettingOperation::EnableEnhancedMonitoring(monitoring).into(),
        SettingOperation::StartStreamEncryption(encryption).into(),
    ] {
        engine.handle(now, &operation).expect("it is active");
    }
    engine.advance(now.plus(500));
    assert_eq!(put(&mut engine, now.plus(500), &["", "k", ""]).failed, 0);
    (engine, consumer, now.plus(500))
}

fn labels(engine: &mut Engine, now: Millis, resource: &Resource) -> String {
    let tags = LabelOperation::ListTagsForResource(resource.clone()).into();
    let policy = LabelOperation::GetResourcePolicy(resource.clone()).into();
    format!("{:?} {:?}", engine.handle(now, &tags), engine.handle(now, &policy))
}

#[test]
fn everything_that_is_kept_of_a_stream_outlives_the_process() {
    let disk = MemStorage::new();
    let (mut first, consumer, now) = furnished(&disk);
    let told = summary(&mut first, now);
    assert_eq!((told.open_shards, told.settings.warm_mib_per_s), (6, Some(6)));
    let mut again = open(now, &disk.copy());
    assert_eq!(summary(&mut again, now), told);
    assert!(again.committed());
    for resource in [Resource::Stream(name()), consumer] {
        let kept = labels(&mut first, now, &resource);
        assert!(kept.contains("team") && kept.contains(&resource.noun()), "{kept}");
        assert_eq!(labels(&mut again, now, &resource), kept);
    }
    for engine in [&mut first, &mut again] {
        assert_eq!(read(engine, now, 0, IteratorType::TrimHorizon), [""]);
        assert_eq!(read(engine, now, 1, IteratorType::TrimHorizon), ["k"]);
        assert_eq!(put(engine, now, &["a"]).encryption, EncryptionType::Kms);
    }
}

#[test]
fn a_change_that_cannot_be_kept_did_not_happen() {
    let disk = MemStorage::new();
    let (mut engine, consumer, now) = furnished(&disk);
    let (before, stream) = (summary(&mut engine, now), Resource::Stream(name()));
    let kept: Vec<String> =
        [&stream, &consumer].map(|resource| labels(&mut engine, now, resource)).to_vec();
    disk.set_room(Some(0));
    let key = "another".to_owned();
    let encryption = StreamEncryption { stream: name(), kind: EncryptionType::Kms, key };
    let add =
        |resource: &Resource| AddTags { resource: resource.clone(), tags: tags(&[("a", "")]) };
    for operation in [
        SettingOperation::StartStreamEncryption(encryption.clone()).into(),
        SettingOperation::StopStreamEncryption(encryption).into(),
        LabelOperation::TagResource(add(&stream)).into(),
        LabelOperation::TagResource(add(&consumer)).into(),
        LabelOperation::DeleteResourcePolicy(stream.clone()).into(),
        LabelOperation::DeleteResourcePolicy(consumer.clone()).into(),
        Operation::UpdateAccountSettings(CommitmentWish::Disabled),
    ] {
        let told = engine.handle(now, &operation);
        assert!(matches!(told, Err(ApiError::InternalFailure(_))), "{told:?}");
    }
    assert_eq!(summary(&mut engine, now), before);
    let after: Vec<String> =
        [&stream, &consumer].map(|resource| labels(&mut engine, now, resource)).to_vec();
    assert_eq!((after, engine.committed()), (kept, true));
    disk.set_room(None);
    assert_eq!(put(&mut engine, now, &["a"]).encryption, EncryptionType::Kms);
}
