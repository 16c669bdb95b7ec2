//! The ends of shards: their numbers, their children, and what a reader is told.

use super::read::{at, get};
use super::*;
use crate::api::ShardDescription;

/// Splits the only shard; when it is done.
fn split(engine: &mut Engine, now: Millis) -> Millis {
    let split =
        SplitShard { stream: name(), shard: ShardId(0), new_starting_hash_key: HashKey(1 << 127) };
    engine.handle(now, &Operation::SplitShard(split)).expect("it is active");
    engine.advance(now.plus(500));
    now.plus(500)
}

/// Merges the first two shards; when it is done.
fn merge(engine: &mut Engine, now: Millis) -> Millis {
    let merge = MergeShards { stream: name(), shard: ShardId(0), adjacent: ShardId(1) };
    engine.handle(now, &Operation::MergeShards(merge)).expect("they are adjacent");
    engine.advance(now.plus(500));
    now.plus(500)
}

fn shards(engine: &Engine) -> Vec<ShardDescription> {
    engine.description(&name()).expect("it is there").shards
}

#[test]
fn a_closed_shard_ends_with_the_marker_and_its_children_start_a_second_later() {
    let now = T0.plus(3_600_000);
    let mut split_stream = engine(1);
    split(&mut split_stream, now);
    let mut merged_stream = engine(2);
    merge(&mut merged_stream, now);
    for (engine, parents) in [(&split_stream, 1), (&merged_stream, 2)] {
        let shards = shards(engine);
        let closed = shards[0].closed.expect("it is closed");
        for parent in &shards[..parents] {
            let end = parent.ending_sequence.expect("it is closed");
            assert_eq!((end.index, end.shard), (0x7fff_ffff_ffff_ffff, parent.shard));
            assert_eq!(u64::from(end.record_s), closed.seconds());
            assert_eq!(end.created_s, parent.starting_sequence.created_s);
        }
        for child in &shards[parents..] {
            assert_eq!(u64::from(child.starting_sequence.created_s), closed.seconds() + 1);
            assert_eq!((child.starting_sequence.index, child.ending_sequence), (0, None));
        }
    }
    let initial = shards(&split_stream)[0].starting_sequence;
    assert_eq!(u64::from(initial.created_s), T0.seconds());
}

#[test]
fn the_first_empty_answer_past_the_last_record_ends_a_shard_and_names_its_children() {
    let mut engine = engine(2);
    let now = T0.plus(2_000);
    put(&mut engine, now, &["a", "b", "c", "d"]);
    let now = merge(&mut engine, now);
    for parent in [0, 1] {
        let iterator = at(&mut engine, now, parent, IteratorType::TrimHorizon);
        let answer = get(&mut engine, now, &iterator).expect("there is a call");
        assert!(!answer.records.is_empty() && answer.children.is_empty());
        assert_eq!(answer.millis_behind_latest, 0);
        let next = answer.next.expect("the last records do not end it");
        let answer = get(&mut engine, now, &next).expect("there is a call");
        assert!(answer.records.is_empty() && answer.next.is_none());
        assert_eq!(answer.children.len(), 1);
        let child = &answer.children[0];
        assert_eq!((child.shard, &child.parents[..]), (ShardId(2), &[ShardId(0), ShardId(1)][..]));
        assert_eq!(child.range, crate::model::HashKeyRange::ALL);
    }
}

#[test]
fn a_latest_iterator_on_a_closed_shard_is_given_and_ends_at_once() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    put(&mut engine, now, &["a"]);
    let now = split(&mut engine, now);
    let iterator = at(&mut engine, now, 0, IteratorType::Latest);
    let answer = get(&mut engine, now, &iterator).expect("there is a call");
    assert!(answer.records.is_empty() && answer.next.is_none());
    assert_eq!(answer.children.len(), 2);
}

#[test]
fn after_the_number_that_a_shard_starts_with_comes_its_first_record() {
    let mut engine = engine(1);
    put(&mut engine, T0.plus(2_000), &["old"]);
    let now = split(&mut engine, T0.plus(2_000));
    // Of the same second as the numbers that the children start with, and before it.
    let outcome = put(&mut engine, now, &["a"]).outcomes[0];
    for shard in shards(&engine) {
        let start = shard.starting_sequence;
        let expected: &[&str] = match shard.shard {
            ShardId(0) => &["old"],
            id if id == outcome.shard => &["a"],
            _ => &[],
        };
        for position in
            [IteratorType::AfterSequenceNumber(start), IteratorType::AtSequenceNumber(start)]
        {
            assert_eq!(read(&mut engine, now, shard.shard.0, position), expected, "{position:?}");
        }
    }
    let number = outcome.result.expect("there is room");
    let after = IteratorType::AfterSequenceNumber(number);
    assert_eq!(read(&mut engine, now, outcome.shard.0, after), [""; 0]);
}

#[test]
fn an_answer_is_behind_by_the_time_between_its_last_record_and_the_newest() {
    let mut engine = engine(1);
    // The last two come in the same millisecond, and who has read one of them is not through.
    for wait in [0, 700, 1_500, 1_500] {
        put(&mut engine, T0.plus(2_000 + wait), &["k"]);
    }
    let now = T0.plus(9_000);
    let mut iterator = at(&mut engine, now, 0, IteratorType::TrimHorizon);
    for behind in [1_500, 800, 1, 0, 0] {
        let get = GetRecords { iterator: iterator.clone(), limit: 1 };
        let answer = engine.get_records(now, &get).expect("there is a call");
        assert_eq!(answer.millis_behind_latest, behind);
        iterator = answer.next.expect("the shard is open");
    }
}
