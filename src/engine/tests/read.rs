//! Reading by the rules: positions, budgets and lock-outs, seen through the engine.

use super::*;
use crate::api::{AskedPosition, GetRecordsAnswer, IteratorKind, RawPosition, ShardIterator};
use crate::model::{SequenceNumber, ShardTally};

/// An iterator that must be given.
pub(super) fn at(
    engine: &mut Engine,
    now: Millis,
    shard: u32,
    position: IteratorType,
) -> ShardIterator {
    match iterator(engine, now, shard, position) {
        Answer::Iterator(iterator) => iterator,
        other => panic!("an iterator was asked for, not {other:?}"),
    }
}

pub(super) fn get(
    engine: &mut Engine,
    now: Millis,
    iterator: &ShardIterator,
) -> Result<GetRecordsAnswer, ApiError> {
    engine.get_records(now, &GetRecords { iterator: iterator.clone(), limit: 10_000 })
}

pub(super) fn tally(engine: &Engine, shard: u32) -> ShardTally {
    let stream = engine.stream(&name()).expect("it is there");
    stream.shards().find(|found| found.id == ShardId(shard)).expect("it is there").tally
}

pub(super) fn rate_exceeded(shard: u32) -> ApiError {
    ApiError::rate_exceeded(&name(), ShardId(shard))
}

/// A reader outside had passed over them: its checkpoint names a place that other records have now.
#[test]
fn records_in_the_places_of_those_that_a_power_cut_took_are_read() {
    let disk = MemStorage::new();
    let mut engine = unlimited(&disk);
    let mut now = T0.plus(1_000);
    put(&mut engine, now, &["kept"]);
    sync(&mut engine, &disk);
    put(&mut engine, now.plus(20), &["lost", "lost too"]);
    let iterator = at(&mut engine, now.plus(20), 0, IteratorType::TrimHorizon);
    let seen = get(&mut engine, now.plus(20), &iterator).expect("it is sound").records;
    let numbers: Vec<SequenceNumber> = seen.iter().map(|record| record.sequence).collect();
    disk.cut_power();
    let opened = Engine::open(now, Box::new(disk.clone()), EngineOptions::default());
    let mut engine = opened.expect("it opens").0;
    now = now.plus(3_000);
    let raw = |kind, number: SequenceNumber| {
        let number = Some(number.to_string());
        RawPosition { kind: Some(kind), number, ..RawPosition::default() }
    };
    let read = |engine: &mut Engine, now, kind, number| {
        let position = AskedPosition::Raw(raw(kind, number));
        let get = GetShardIterator { stream: name(), shard: ShardId(0), position };
        let Ok(Answer::Iterator(iterator)) = engine.handle(now, &Operation::GetShardIterator(get))
        else {
            panic!("an iterator was asked for");
        };
        let records = super::read::get(engine, now, &iterator).expect("it is sound").records;
        let keys = records.iter().map(|record| record.partition_key.to_owned());
        (iterator, keys.collect::<Vec<_>>())
    };
    let (after, at) = (IteratorKind::AfterSequenceNumber, IteratorKind::AtSequenceNumber);
    let (early, none) = read(&mut engine, now, after, numbers[2]);
    assert_eq!(none, [""; 0], "nothing came yet");
    put(&mut engine, now, &["new", "newer", "newest"]);
    let new = ["new", "newer", "newest"];
    assert_eq!(get(&mut engine, now, &early).expect("it is sound").records.len(), 3);
    for lost in &numbers[1..] {
        assert_eq!(read(&mut engine, now, after, *lost).1, new);
        assert_eq!(read(&mut engine, now, at, *lost).1, new);
    }
    assert_eq!(read(&mut engine, now, after, numbers[0]).1, new);
    assert_eq!(read(&mut engine, now, at, numbers[0]).1, ["kept", "new", "newer", "newest"]);
}

#[test]
fn a_sixth_call_in_a_second_is_refused_and_its_iterator_stays_good() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    put(&mut engine, now, &["a"]);
    let iterator = at(&mut engine, now, 0, IteratorType::TrimHorizon);
    (0..5).for_each(|_| drop(get(&mut engine, now, &iterator).expect("there are five calls")));
    let refused = get(&mut engine, now, &iterator).expect_err("there is no sixth");
    assert_eq!(refused, rate_exceeded(0));
    assert_eq!(tally(&engine, 0).read_throttled_by_calls, 1);
    let answer = get(&mut engine, now.plus(200), &iterator).expect("a call is there again");
    assert_eq!(answer.records.len(), 1);
}

#[test]
fn a_sixth_position_in_a_second_is_refused_while_the_shard_is_open() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let latest = Operation::GetShardIterator(GetShardIterator {
        stream: name(),
        shard: ShardId(0),
        position: IteratorType::Latest.into(),
    });
    (0..5).for_each(|_| drop(engine.handle(now, &latest).expect("there are five")));
    let refused = engine.handle(now, &latest).expect_err("there is no sixth");
    assert_eq!(refused, rate_exceeded(0));
    let split =
        SplitShard { stream: name(), shard: ShardId(0), new_starting_hash_key: HashKey(1 << 127) };
    engine.handle(now, &Operation::SplitShard(split)).expect("it is active");
    let now = now.plus(500);
    engine.advance(now);
    (0..20).for_each(|_| drop(engine.handle(now, &latest).expect("closed shards give any number")));
}

#[test]
fn ten_mebibytes_lock_a_shard_for_five_seconds_for_every_reader() {
    let mut engine = engine(1);
    let mut now = T0.plus(2_000);
    for _ in 0..10 {
        let mut entries = EntryBatch::new();
        entries.push("k", &[7; 1_048_575]);
        let answer = engine.put_records(now, &PutRecords { stream: name(), entries });
        assert_eq!(answer.expect("the stream is there").failed, 0);
        now = now.plus(1_000);
    }
    let iterator = at(&mut engine, now, 0, IteratorType::TrimHorizon);
    let answer = get(&mut engine, now, &iterator).expect("the budget is full");
    assert_eq!(answer.records.bytes(), 10 * 1_048_576);
    let other = at(&mut engine, now, 0, IteratorType::Latest);
    for wait in [0, 1_000, 4_999] {
        let refused = get(&mut engine, now.plus(wait), &other).expect_err("it is locked");
        assert_eq!(refused, rate_exceeded(0), "after {wait} ms");
    }
    assert_eq!(tally(&engine, 0).read_throttled_by_bytes, 3);
    assert!(get(&mut engine, now.plus(5_000), &other).is_ok());
}

#[test]
fn readers_of_a_shard_that_is_not_there_are_told_so() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let ask = Operation::GetShardIterator(GetShardIterator {
        stream: name(),
        shard: ShardId(7),
        position: IteratorType::Latest.into(),
    });
    let sentence =
        "Shard shardId-000000000007 in stream orders under account 000000000000 does not exist";
    let missing = ApiError::ResourceNotFound(sentence.into());
    assert_eq!(engine.handle(now, &ask).expect_err("there is one shard"), missing);
    let iterator = at(&mut engine, now, 0, IteratorType::Latest);
    let wrong = ShardIterator { shard: ShardId(7), ..iterator };
    assert_eq!(get(&mut engine, now, &wrong).expect_err("there is one shard"), missing);
}

#[test]
fn a_position_from_outside_is_checked_by_the_engine() {
    let mut engine = engine(2);
    let now = T0.plus(2_000);
    let outcome = put(&mut engine, now, &["a"]).outcomes[0];
    let number = outcome.result.expect("there is room").to_string();
    let mut ask = |shard: ShardId, kind, number: Option<&str>| {
        let raw = RawPosition { kind: Some(kind), number: number.map(str::to_owned), ..RAW };
        let position = AskedPosition::Raw(raw);
        let get = GetShardIterator { stream: name(), shard, position };
        engine.handle(now, &Operation::GetShardIterator(get))
    };
    let at = IteratorKind::AtSequenceNumber;
    assert!(ask(outcome.shard, at, Some(&number)).is_ok());
    let other = ShardId(1 - outcome.shard.0);
    for (shard, kind, number) in [
        (other, at, Some(&*number)),
        (outcome.shard, at, Some("1")),
        (outcome.shard, at, None),
        (outcome.shard, IteratorKind::Latest, Some(&*number)),
        (outcome.shard, IteratorKind::AtTimestamp, None),
    ] {
        let refused = ask(shard, kind, number).expect_err("it does not fit");
        assert_eq!(refused.code(), "InvalidArgumentException", "{refused}");
    }
}

const RAW: RawPosition = RawPosition { kind: None, number: None, timestamp: None };

#[test]
fn an_iterator_of_a_stream_that_was_there_before_is_invalid() {
    let mut engine = engine(1);
    let old = at(&mut engine, T0.plus(2_000), 0, IteratorType::Latest);
    engine.handle(T0.plus(2_000), &delete(ConsumerDeletion::Refused)).expect("it is active");
    engine.advance(T0.plus(2_500));
    let gone = get(&mut engine, T0.plus(2_500), &old).expect_err("there is no stream");
    assert_eq!(gone.code(), "ResourceNotFoundException");
    let create = crate::api::CreateStream::provisioned(name(), 1, Level::Memory);
    engine.handle(T0.plus(3_000), &Operation::CreateStream(create)).expect("the name is free");
    engine.advance(T0.plus(4_000));
    let refused = get(&mut engine, T0.plus(4_000), &old).expect_err("it is of the old stream");
    assert_eq!(refused, ApiError::InvalidArgument("Invalid ShardIterator.".into()));
}

#[test]
fn a_third_reader_at_once_is_refused_where_only_two_may_read() {
    let mut engine = engine(1);
    let limits = ShardLimits { readers_per_shard: Some(2), ..ShardLimits::KINESIS };
    let set = crate::api::SetShardLimits { stream: name(), limits };
    engine.handle(T0.plus(1_000), &Operation::SetShardLimits(set)).expect("it is there");
    let mut now = T0.plus(2_000);
    let mut readers = [0; 3].map(|shard| at(&mut engine, now, shard, IteratorType::TrimHorizon));
    let sentence = "Too many operations for a given subscriber.";
    for turn in 0..3 {
        for (n, iterator) in readers.iter_mut().enumerate() {
            now = now.plus(100);
            match get(&mut engine, now, iterator) {
                Ok(answer) => *iterator = answer.next.expect("the shard is open"),
                Err(error) => {
                    assert_eq!((n, error), (2, ApiError::LimitExceeded(sentence.into())));
                }
            }
        }
        assert_eq!(tally(&engine, 0).read_throttled_by_readers, turn + 1);
    }
    // The second is over, and the third goes on with the iterator that was refused.
    assert!(get(&mut engine, T0.plus(3_000), &readers[2]).is_ok());
    let tally = tally(&engine, 0);
    assert_eq!((tally.read_throttled(), tally.read_calls), (3, 7));
}

/// Readers that nobody counts any more would be kept for ever.
#[test]
fn new_limits_forget_who_read() {
    let mut engine = engine(1);
    let now = T0.plus(1_000);
    let limit = |engine: &mut Engine, readers_per_shard| {
        let limits = ShardLimits { readers_per_shard, ..ShardLimits::KINESIS };
        let set = crate::api::SetShardLimits { stream: name(), limits };
        engine.handle(now, &Operation::SetShardLimits(set)).expect("it is there");
    };
    limit(&mut engine, Some(1));
    let [one, other] = [0; 2].map(|shard| at(&mut engine, now, shard, IteratorType::TrimHorizon));
    assert!(get(&mut engine, now, &one).is_ok() && get(&mut engine, now, &other).is_err());
    limit(&mut engine, None);
    assert!(get(&mut engine, now, &one).is_ok() && get(&mut engine, now, &other).is_ok());
    let stream = engine.streams.get(&name()).expect("it is there");
    assert!(stream.shard(ShardId(0)).is_some_and(|shard| shard.rest.readers.is_none()));
    limit(&mut engine, Some(1));
    assert!(get(&mut engine, now, &other).is_ok(), "it is the first that is counted");
}

/// A position behind what is lost in a power cut would be given to another record, and its reader would
/// never see that one.
#[test]
fn latest_is_not_behind_what_could_still_be_lost() {
    let disk = MemStorage::new();
    let (mut engine, _) = Engine::open(T0, Box::new(disk.clone()), EngineOptions::default())
        .expect("the folder is empty");
    create(&mut engine, 1, Level::Power);
    let now = T0.plus(2_000);
    put(&mut engine, now, &["a"]);
    sync(&mut engine, &disk);
    put(&mut engine, now, &["b"]);
    let latest = at(&mut engine, now, 0, IteratorType::Latest);
    assert_eq!(latest.next_index, 1, "b is not safe yet");
    sync(&mut engine, &disk);
    assert_eq!(get(&mut engine, now, &latest).expect("it may").records.len(), 1);
    assert_eq!(at(&mut engine, now, 0, IteratorType::Latest).next_index, 2);
}
