//! Operations that are answered together.

use super::*;
use crate::api::{CreateStream, EntryError, PutRecord};

fn one(key: &str, data: &[u8]) -> Operation {
    Operation::PutRecord(PutRecord {
        stream: name(),
        partition_key: key.to_owned(),
        explicit_hash_key: None,
        data: data.to_vec(),
        sequence_number_for_ordering: None,
    })
}

fn many(keys: &[&str]) -> Operation {
    let mut entries = EntryBatch::new();
    keys.iter().for_each(|key| entries.push(key, b"many"));
    Operation::PutRecords(PutRecords { stream: name(), entries })
}

fn elsewhere() -> Operation {
    let stream = StreamName::new("elsewhere").expect("it is a name");
    let mut entries = EntryBatch::new();
    entries.push("k", b"v");
    Operation::PutRecords(PutRecords { stream, entries })
}

fn get(engine: &mut Engine, now: Millis) -> Operation {
    let Answer::Iterator(iterator) = iterator(engine, now, 0, IteratorType::TrimHorizon) else {
        panic!("an iterator was asked for");
    };
    Operation::GetRecords(GetRecords { iterator, limit: 10_000 })
}

/// An engine on that disk with one stream of one shard.
fn on_disk(disk: &MemStorage, level: Level) -> Engine {
    let (mut engine, _) = Engine::open(T0, Box::new(disk.clone()), EngineOptions::default())
        .expect("the folder is empty");
    create(&mut engine, 1, level);
    engine
}

fn keys_of(reply: &Result<Answer, ApiError>) -> Vec<String> {
    let Ok(Answer::Records(answer)) = reply else { panic!("records were asked for: {reply:?}") };
    answer.records.iter().map(|record| record.partition_key.to_owned()).collect()
}

#[test]
fn operations_together_are_answered_as_one_by_one() {
    for level in [Level::Memory, Level::Process, Level::Power] {
        let now = T0.plus(2_000);
        let engines = [(); 2].map(|()| on_disk(&MemStorage::new(), level));
        let [mut together, mut single] = engines;
        let large = vec![7; 1_048_000];
        let all = [
            one("a", b"1"),
            many(&["b", "c"]),
            get(&mut together, now),
            elsewhere(),
            one("", b"no key"),
            one("d", &large),
            one("e", b"the shard is full"),
            Operation::DescribeLimits,
            many(&["f"]),
            get(&mut together, now),
        ];
        let as_one = together.handle_all(now, &all);
        let each: Vec<_> = all.iter().map(|operation| single.handle(now, operation)).collect();
        let told = |replies: &[Result<Answer, ApiError>]| -> Vec<String> {
            let no_wait = |reply: &Result<Answer, ApiError>| match reply.clone() {
                Ok(Answer::PutOne(put)) => format!("{:?} {:?}", put.sequence, put.shard),
                Ok(Answer::Put(put)) => format!("{:?}", put.outcomes),
                other => format!("{other:?}"),
            };
            replies.iter().map(no_wait).collect()
        };
        assert_eq!(told(&as_one), told(&each), "{level:?}");
        assert_eq!(as_one.iter().filter(|reply| reply.is_err()).count(), 3, "{as_one:?}");
        let visible: &[&str] = if level == Level::Power { &[] } else { &["a", "b", "c"] };
        assert_eq!(keys_of(&as_one[2]), visible, "{level:?}");
    }
}

#[test]
fn puts_together_are_one_write_and_wait_for_its_end() {
    let disk = MemStorage::new();
    let mut engine = on_disk(&disk, Level::Power);
    let now = T0.plus(2_000);
    engine.handle(now, &one("first", b"makes the file")).expect("there is room");
    let before = disk.calls();
    let replies = engine.handle_all(now, &[one("a", b"1"), many(&["b", "c"]), one("d", b"4")]);
    assert_eq!(disk.calls() - before, 1);
    let end = engine.log.written();
    for reply in &replies {
        let waits_for = match reply {
            Ok(Answer::PutOne(put)) => put.waits_for,
            Ok(Answer::Put(put)) => put.waits_for,
            other => panic!("{other:?}"),
        };
        assert_eq!(waits_for, Some(end));
    }
}

#[test]
fn puts_of_a_write_that_fails_have_all_failed_and_those_before_and_after_it_have_not() {
    for fault in Fault::ALL {
        let disk = MemStorage::new();
        let mut engine = on_disk(&disk, Level::Process);
        let now = T0.plus(2_000);
        engine.handle(now, &one("first", b"makes the file")).expect("there is room");
        let all = [
            one("a", b"1"),
            get(&mut engine, now),
            one("b", b"2"),
            many(&["c", "d"]),
            elsewhere(),
            get(&mut engine, now),
            many(&["e"]),
        ];
        disk.fail_call_by(1, fault);
        let replies = engine.handle_all(now, &all);
        assert!(replies[0].is_ok() && replies[6].is_ok(), "{fault:?} {replies:?}");
        assert!(matches!(replies[2], Err(ApiError::InternalFailure(_))), "{replies:?}");
        let Ok(Answer::Put(put)) = &replies[3] else { panic!("{replies:?}") };
        let failed = Err(EntryError::InternalFailure);
        assert!(put.failed == 2 && put.outcomes.iter().all(|outcome| outcome.result == failed));
        assert!(matches!(replies[4], Err(ApiError::ResourceNotFound(_))), "{replies:?}");
        assert_eq!(keys_of(&replies[1]), ["first", "a"]);
        assert_eq!(keys_of(&replies[5]), ["first", "a"]);
        let tally = engine.stream(&name()).and_then(|stream| stream.shards().next());
        let tally = tally.expect("it has one").tally;
        assert_eq!((tally.incoming_records, tally.failed_records), (3, 3));
        let again = Engine::open(now, Box::new(disk.copy()), EngineOptions::default());
        let kept = read(&mut again.expect("it opens").0, now, 0, IteratorType::TrimHorizon);
        assert_eq!(kept, ["first", "a", "e"], "{fault:?}");
    }
}

#[test]
fn nothing_asked_is_nothing_answered() {
    let disk = MemStorage::new();
    let mut engine = on_disk(&disk, Level::Process);
    let before = disk.calls();
    assert!(engine.handle_all(T0.plus(2_000), &[]).is_empty());
    assert_eq!(disk.calls(), before);
    let unlimited = CreateStream::provisioned(name(), 1, Level::Memory);
    let replies = engine.handle_all(T0.plus(2_000), &[Operation::CreateStream(unlimited)]);
    assert!(matches!(replies[..], [Err(ApiError::ResourceInUse(_))]), "{replies:?}");
}
