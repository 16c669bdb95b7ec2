//! Putting by the rules: sizes and budgets, seen through the engine.

use super::*;
use crate::api::{
    CreateStream, EntryError, PutRecord, PutRecordAnswer, PutRecordsAnswer, SettingOperation,
    UpdateMaxRecordSize,
};

const MIB: usize = 1_048_576;

fn put_sizes(
    engine: &mut Engine,
    now: Millis,
    sizes: &[usize],
) -> Result<PutRecordsAnswer, ApiError> {
    let mut entries = EntryBatch::new();
    sizes.iter().for_each(|bytes| entries.push("k", &vec![7; bytes - 1]));
    engine.put_records(now, &PutRecords { stream: name(), entries })
}

fn set_size(engine: &mut Engine, now: Millis, kib: u32) -> Result<Answer, ApiError> {
    let update = UpdateMaxRecordSize { stream: name(), kib };
    engine.handle(now, &SettingOperation::UpdateMaxRecordSize(update).into())
}

#[test]
fn a_stream_takes_large_records_once_it_is_told_to() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let error = put_sizes(&mut engine, now, &[MIB + 1]).expect_err("the default is a mebibyte");
    assert!(matches!(error, ApiError::Validation(_)), "{error:?}");
    for bad in [1_023, 10_241] {
        assert!(matches!(set_size(&mut engine, now, bad), Err(ApiError::Validation(_))), "{bad}");
    }
    set_size(&mut engine, now, 10_240).expect("it is the maximum");
    assert_eq!(put_sizes(&mut engine, now, &[10 * MIB]).expect("it is allowed").failed, 0);
    let after = put_sizes(&mut engine, now.plus(1_000), &[MIB, 1]).expect("both are small");
    let results: Vec<_> = after.outcomes.iter().map(|outcome| outcome.result.err()).collect();
    assert_eq!(results, [None, Some(EntryError::ThrottledByBytes)]);
    let over =
        put_sizes(&mut engine, now.plus(1_000), &[5 * MIB, 5 * MIB + 1]).expect_err("over 10 MiB");
    assert_eq!(over, ApiError::InvalidArgument("Records size exceeds 10 MB limit".into()));
}

#[test]
fn a_put_that_is_wrong_in_one_record_stores_none() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    assert!(put_sizes(&mut engine, now, &[10, MIB + 1, 10]).is_err());
    assert_eq!(read(&mut engine, now, 0, IteratorType::TrimHorizon), [""; 0]);
}

#[test]
fn the_largest_record_is_kept_with_the_stream() {
    let disk = MemStorage::new();
    let open =
        || Engine::open(T0, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0;
    let mut first = open();
    let mut large = CreateStream::provisioned(name(), 1, Level::Process);
    large.record_kib_max = 10_241;
    let refused = first.handle(T0, &Operation::CreateStream(large.clone()));
    assert!(matches!(refused, Err(ApiError::Validation(_))), "{refused:?}");
    large.record_kib_max = 2_048;
    first.handle(T0, &Operation::CreateStream(large)).expect("the name is free");
    let early = set_size(&mut first, T0, 4_096);
    assert!(matches!(early, Err(ApiError::ResourceInUse(_))), "{early:?}");
    first.advance(T0.plus(1_000));
    set_size(&mut first, T0.plus(1_000), 4_096).expect("it is active");
    drop(first);
    let description = open().description(&name()).expect("it is there");
    assert_eq!(description.settings.record_kib_max, 4_096);
}

fn one(data: &[u8]) -> PutRecord {
    PutRecord {
        stream: name(),
        partition_key: "user-42".into(),
        explicit_hash_key: None,
        data: data.to_vec(),
        sequence_number_for_ordering: None,
    }
}

fn put_one(engine: &mut Engine, now: Millis, put: PutRecord) -> Result<PutRecordAnswer, ApiError> {
    match engine.handle(now, &Operation::PutRecord(put))? {
        Answer::PutOne(answer) => Ok(answer),
        other => panic!("one record was put, not {other:?}"),
    }
}

#[test]
fn one_record_goes_where_its_key_says_unless_a_hash_key_does() {
    let mut engine = engine(4);
    let now = T0.plus(2_000);
    let by_key = put_one(&mut engine, now, one(b"a")).expect("there is room");
    assert_eq!(by_key.shard, ShardId(1));
    let top = "340282366920938463463374607431768211455";
    for (key, shard) in [("0", 0), (top, 3)] {
        let put = PutRecord { explicit_hash_key: Some(key.into()), ..one(b"b") };
        assert_eq!(put_one(&mut engine, now, put).expect("there is room").shard, ShardId(shard));
    }
    for (key, code) in [
        ("340282366920938463463374607431768211456", "InvalidArgumentException"),
        ("01", "ValidationException"),
    ] {
        let put = PutRecord { explicit_hash_key: Some(key.into()), ..one(b"c") };
        assert_eq!(put_one(&mut engine, now, put).expect_err("no such key").code(), code);
    }
    assert_eq!(read(&mut engine, now, 1, IteratorType::TrimHorizon), ["user-42"]);
}

#[test]
fn records_put_one_after_the_other_are_in_order() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let first = put_one(&mut engine, now, one(b"a")).expect("there is room").sequence;
    let after =
        |number: String| PutRecord { sequence_number_for_ordering: Some(number), ..one(b"b") };
    let second = put_one(&mut engine, now, after(first.to_string())).expect("there is room");
    assert!(second.sequence > first);
    let none = "49039857307708443467467104868809893875799651909875269636";
    let refused = put_one(&mut engine, now, after(none.into())).expect_err("it is no number");
    assert_eq!(
        refused,
        ApiError::InvalidArgument(format!(
            "ExclusiveMinimumSequenceNumber {none} used in PutRecord on stream orders under \
             account 000000000000 is invalid."
        ))
    );
}

#[test]
fn one_record_is_refused_with_the_sentence_of_its_reason() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let elsewhere = StreamName::new("nowhere").expect("it is a name");
    let put = PutRecord { stream: elsewhere, ..one(b"") };
    let gone = put_one(&mut engine, now, put).expect_err("there is no such stream");
    let sentence = "Stream nowhere under account 000000000000 not found.";
    assert_eq!(gone, ApiError::ResourceNotFound(sentence.into()));
    let large = put_one(&mut engine, now, one(&vec![7; MIB])).expect_err("with its key it is more");
    assert!(large.to_string().contains("Value at 'data'"), "{large}");
    for _ in 0..2 {
        put_one(&mut engine, now, one(&vec![7; MIB / 2 - 7])).expect("both fit the second");
    }
    let spent = put_one(&mut engine, now, one(b"")).expect_err("the second is spent");
    assert_eq!(spent, ApiError::rate_exceeded(&name(), ShardId(0)));
}

#[test]
fn one_record_that_the_log_cannot_take_is_an_internal_failure() {
    let disk = MemStorage::new();
    let mut engine =
        Engine::open(T0, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0;
    create(&mut engine, 1, Level::Process);
    disk.set_room(Some(0));
    let failed = put_one(&mut engine, T0.plus(2_000), one(b"a")).expect_err("the disk is full");
    assert_eq!(failed, ApiError::InternalFailure("Internal Service Failure".into()));
}

#[test]
fn a_batch_is_kept_where_nothing_of_it_is_refused() {
    for (limits, holders) in [(ShardLimits::OFF, 2), (ShardLimits::default(), 1)] {
        let disk = MemStorage::new();
        let (mut engine, _) =
            Engine::open(T0, Box::new(disk), EngineOptions::default()).expect("it opens");
        let create = CreateStream::provisioned(name(), 1, Level::Process);
        let create = Operation::CreateStream(CreateStream { limits, ..create });
        engine.handle(T0, &create).expect("it is new");
        let now = T0.plus(2_000);
        engine.advance(now);
        let mut put = PutRecords { stream: name(), entries: EntryBatch::new() };
        for data in [[7; 5_000], [8; 5_000]] {
            put.entries.push("k", &data);
        }
        put.entries.share();
        assert_eq!(engine.put_records(now, &put).expect("it is active").failed, 0);
        let memory = put.entries.kept(0).expect("it is shared").memory;
        assert_eq!(std::sync::Arc::strong_count(memory), holders, "{limits:?}");
        put.entries.clear();
        put.entries.push("k", &[9; 5_000]);
        let mut seen = Vec::new();
        engine.each(&name(), &mut |_, record| seen.push(record.data[0])).expect("it is there");
        assert_eq!(seen, [7, 8]);
    }
}
