//! Split, merge and uniform scaling as an operator sees them.

use super::*;
use crate::api::ShardDescription;
use crate::log::MemStorage;
use crate::model::{Quotas, SequenceNumber, StreamMode, Switch};
use crate::rules::rolling::DAY_MS;
use crate::rules::topology::Reshard;

const NOW: Millis = T0.plus(2_000);

fn split(shard: u32, at: u128) -> Operation {
    let shard = ShardId(shard);
    let new_starting_hash_key = HashKey(at);
    Operation::SplitShard(SplitShard { stream: name(), shard, new_starting_hash_key })
}

fn merge(lower: u32, upper: u32) -> Operation {
    let (shard, adjacent) = (ShardId(lower), ShardId(upper));
    Operation::MergeShards(MergeShards { stream: name(), shard, adjacent })
}

fn scale(target: u32) -> Operation {
    Operation::UpdateShardCount(UpdateShardCount { stream: name(), target })
}

fn refused(engine: &mut Engine, now: Millis, operation: &Operation) -> (&'static str, String) {
    let error = engine.handle(now, operation).expect_err("it is against the law");
    (error.code(), error.to_string())
}

fn shards(engine: &Engine) -> Vec<ShardDescription> {
    engine.description(&name()).expect("it is there").shards
}

fn with_quotas(shards: u32, quotas: Quotas) -> Engine {
    let mut engine = Engine::in_memory(EngineOptions { quotas, ..EngineOptions::default() });
    create(&mut engine, shards, Level::Memory);
    engine
}

#[test]
fn a_parent_takes_records_until_its_stream_is_active_again() {
    let mut engine = engine(1);
    engine.handle(NOW, &split(0, 1 << 127)).expect("it is active");
    let at = NOW.plus(499);
    engine.advance(at);
    assert_eq!(put(&mut engine, at, &["a", "user-42"]).outcomes[1].shard, ShardId(0));
    assert_eq!(shards(&engine).len(), 1);
    let at = NOW.plus(500);
    engine.advance(at);
    let answer = put(&mut engine, at, &["a", "partitionKey-1"]);
    let taken_by: Vec<u32> = answer.outcomes.iter().map(|outcome| outcome.shard.0).collect();
    // The reference's keys: both hash below the middle.
    assert_eq!(taken_by, [1, 1]);
    let all = shards(&engine);
    let [parent, lower, upper] = &all[..] else { panic!("{all:?}") };
    assert_eq!(parent.ending_sequence, Some(parent.starting_sequence.end(at)));
    for child in [lower, upper] {
        assert_eq!(child.lineage.parent, Some(ShardId(0)));
        assert_eq!(child.lineage.adjacent_parent, None);
        // Children's numbers begin a second after their parent was closed.
        assert_eq!(child.starting_sequence, SequenceNumber::first(child.shard, at.plus(1_000)));
    }
    assert!(lower.range.precedes(&upper.range) && upper.range.start == HashKey(1 << 127));
}

#[test]
fn a_merge_gives_one_child_of_two_parents() {
    let mut engine = engine(3);
    engine.handle(NOW, &merge(0, 1)).expect("they are adjacent");
    engine.advance(NOW.plus(500));
    let all = shards(&engine);
    let child = all.last().expect("there is a child");
    assert_eq!(
        (child.lineage.parent, child.lineage.adjacent_parent),
        (Some(ShardId(0)), Some(ShardId(1)))
    );
    assert_eq!((child.range.start, child.range.end), (all[0].range.start, all[1].range.end));
    assert!(tiles(open_ranges(&engine).into_iter()));
}

#[test]
fn refusals_of_split_and_merge_say_what_the_service_says() {
    let mut engine = engine(3);
    engine.handle(NOW, &split(2, 3 << 126)).expect("it is active");
    let stream = "in stream orders under account 000000000000";
    let (from, to) = ("0", "113427455640312821154458202477256070484");
    let bad_key = |key: u128| {
        format!(
            "NewStartingHashKey {key} used in SplitShard() on shard shardId-000000000000 {stream} \
             is not both greater than one plus the shard's StartingHashKey {from} and less than \
             the shard's EndingHashKey {to}."
        )
    };
    let unknown = format!("Could not find shard shardId-000000000009 {stream}.");
    let apart = |a: u32, b: u32| {
        format!(
            "Shards {} and {} {stream} are not an adjacent pair of shards eligible for merging",
            ShardId(a),
            ShardId(b)
        )
    };
    let updating = "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING";
    for operation in [split(0, 1 << 100), merge(0, 1), scale(4)] {
        let told = refused(&mut engine, NOW, &operation);
        assert_eq!(told, ("ResourceInUseException", updating.to_owned()));
    }
    engine.advance(NOW.plus(500));
    let now = NOW.plus(500);
    let closed = format!(
        "Shard shardId-000000000002 {stream} has already been merged or split, and thus is not \
         eligible for merging or splitting."
    );
    let top = 113_427_455_640_312_821_154_458_202_477_256_070_484;
    let (invalid, missing) = ("InvalidArgumentException", "ResourceNotFoundException");
    for (operation, code, sentence) in [
        (split(0, 1), invalid, bad_key(1)),
        (split(0, top), invalid, bad_key(top)),
        (split(9, 1 << 100), missing, unknown.clone()),
        (split(2, 3 << 126), invalid, closed.clone()),
        (merge(0, 3), invalid, apart(0, 3)),
        (merge(1, 0), invalid, apart(1, 0)),
        (merge(0, 0), invalid, apart(0, 0)),
        (merge(0, 9), missing, unknown),
        (merge(1, 2), invalid, closed),
    ] {
        assert_eq!(refused(&mut engine, now, &operation), (code, sentence));
    }
    assert!(engine.handle(now, &split(0, 2)).is_ok(), "the lowest key that the rule allows");
}

#[test]
fn an_operator_does_not_reshard_an_on_demand_stream() {
    let mut engine = Engine::in_memory(EngineOptions::default());
    let mut create = crate::api::CreateStream::provisioned(name(), 1, Level::Memory);
    create.mode = StreamMode::OnDemand;
    engine.handle(T0, &Operation::CreateStream(create)).expect("the name is free");
    engine.advance(NOW);
    let told = "Request is invalid. Stream orders under account 000000000000 is in On-Demand mode.";
    for operation in [split(0, 1 << 100), merge(0, 1), scale(8)] {
        let refused = refused(&mut engine, NOW, &operation);
        assert_eq!(refused, ("ValidationException", told.to_owned()));
    }
}

#[test]
fn scaling_tells_the_counts_and_ends_in_equal_ranges() {
    let mut engine = engine(4);
    let answer = engine.handle(NOW, &scale(5)).expect("it is within double");
    let Answer::Scaling(counts) = answer else { panic!("{answer:?}") };
    assert_eq!((counts.current, counts.target), (4, 5));
    engine.advance(NOW.plus(500));
    assert_eq!(open_ranges(&engine), initial_ranges(5));
    let all = shards(&engine);
    assert_eq!(all.len(), 4 + 8 + 3, "four parents, each cut once, and three of the pieces united");
    let children = |parent: u32| {
        let of = move |shard: &&ShardDescription| shard.lineage.parents().any(|id| id.0 == parent);
        all.iter().filter(of).count()
    };
    assert!((0..4).all(|parent| children(parent) == 2));
}

#[test]
fn doubling_splits_each_shard_once_and_halving_merges_each_pair() {
    let mut engine = engine(3);
    let mut now = NOW;
    for (target, shards_ever) in [(6, 3 + 6), (12, 3 + 6 + 12), (6, 3 + 6 + 12 + 6)] {
        engine.handle(now, &scale(target)).expect("it is double or half");
        now = now.plus(500);
        engine.advance(now);
        assert_eq!(shards(&engine).len(), shards_ever, "to {target}");
    }
}

#[test]
fn scaling_again_and_again_keeps_ranges_equal() {
    let mut engine = with_quotas(1, Quotas::OFF);
    let mut now = NOW;
    for target in [2, 3, 5, 10, 7, 4, 6, 11, 22, 15, 8, 9] {
        engine.handle(now, &scale(target)).expect("it is within double and half");
        now = now.plus(500);
        engine.advance(now);
        let ranges = open_ranges(&engine);
        assert_eq!(ranges.len(), target as usize);
        assert!(tiles(ranges.iter().copied()));
        for (range, equal) in ranges.iter().zip(initial_ranges(target)) {
            assert!(range.start.0.abs_diff(equal.start.0) <= 22, "{target}: {range:?}");
        }
    }
}

#[test]
fn scaling_beyond_double_and_half_is_refused_in_the_service_s_words() {
    let mut engine = engine(4);
    for (target, code, said) in [
        (9, "LimitExceededException", "UpdateShardCount cannot scale up over double"),
        (1, "LimitExceededException", "UpdateShardCount cannot scale down below half"),
        (10_001, "LimitExceededException", "cannot be greater than 10000."),
        (0, "ValidationException", "Value '0' at 'targetShardCount' failed to satisfy"),
    ] {
        let (told, sentence) = refused(&mut engine, NOW, &scale(target));
        assert!(told == code && sentence.contains(said), "{target}: {told} {sentence}");
    }
}

#[test]
fn a_shard_of_two_keys_is_merged_when_its_stream_is_scaled() {
    let mut engine = engine(1);
    engine.handle(NOW, &split(0, 2)).expect("two keys make a shard");
    let now = NOW.plus(500);
    engine.advance(now);
    engine.handle(now, &scale(3)).expect("it is within double");
    engine.advance(now.plus(500));
    assert_eq!(open_ranges(&engine), initial_ranges(3));
}

#[test]
fn the_eleventh_scaling_of_a_rolling_day_is_refused() {
    let mut engine = engine(2);
    let mut now = NOW;
    for n in 0..10 {
        engine.handle(now, &scale(if n % 2 == 0 { 3 } else { 2 })).expect("it is one of ten");
        now = now.plus(60_000);
        engine.advance(now);
    }
    let told = "Cannot run UpdateShardCount more than 10 times in a 24 hour period";
    assert_eq!(refused(&mut engine, now, &scale(3)), ("LimitExceededException", told.to_owned()));
    engine.advance(NOW.plus(DAY_MS));
    engine.handle(NOW.plus(DAY_MS), &scale(3)).expect("the first of the ten is a day old");

    let quotas = Quotas { per_day: Switch::Off, ..Quotas::default() };
    let mut engine = with_quotas(2, quotas);
    for n in 0..20 {
        let now = NOW.plus(n * 1_000);
        engine.advance(now);
        engine.handle(now, &scale(2)).expect("nobody counts");
    }
}

#[test]
fn resharding_counts_to_the_quota_of_shards() {
    let mut engine = with_quotas(4, Quotas { shards: Some(7), ..Quotas::default() });
    let told = |present: u32, additional: u32| {
        format!(
            "This request would exceed the shard limit for the account 000000000000 in us-east-1. \
             Current shard count for the account: {present}. Limit: 7. Number of additional shards \
             that would have resulted from this request: {additional}. Refer to the AWS Service \
             Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) \
             for current limits and how to request higher limits."
        )
    };
    // Seven shards would fit, but pieces that wait to be united come to them.
    let limit = "LimitExceededException";
    assert_eq!(refused(&mut engine, NOW, &scale(7)), (limit, told(4, 4)));
    let mut now = NOW;
    for shard in [0, 1, 2] {
        engine.handle(now, &split(shard, (u128::from(shard) << 126) + 9)).expect("there is room");
        now = now.plus(500);
        engine.advance(now);
    }
    assert_eq!(refused(&mut engine, now, &split(3, (3 << 126) + 9)), (limit, told(7, 1)));
    engine.handle(now, &merge(4, 5)).expect("a merge needs no room");
    engine.advance(now.plus(500));
    engine.handle(now.plus(500), &split(3, (3 << 126) + 9)).expect("there is room again");
}

#[test]
fn a_change_that_was_promised_is_made_after_a_restart() {
    let open = |at: Millis, disk: &MemStorage| {
        Engine::open(at, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0
    };
    for (operation, count) in [(split(1, 3 << 126), 3), (merge(0, 1), 1), (scale(4), 4)] {
        let disk = MemStorage::new();
        let mut first = open(T0, &disk);
        create(&mut first, 2, Level::Process);
        first.handle(NOW, &operation).expect("it is active");
        let mut again = open(NOW, &disk.copy());
        let status = |engine: &Engine| engine.stream(&name()).expect("it is there").status();
        assert_eq!((status(&again), open_ranges(&again).len()), (StreamStatus::Updating, 2));
        again.advance(NOW.plus(500));
        assert_eq!((status(&again), open_ranges(&again).len()), (StreamStatus::Active, count));
    }
}

#[test]
fn a_change_that_cannot_be_kept_is_tried_again_until_it_can() {
    let disk = MemStorage::new();
    let (mut engine, _) =
        Engine::open(T0, Box::new(disk.clone()), EngineOptions::default()).expect("it opens");
    create(&mut engine, 2, Level::Process);
    engine.handle(NOW, &scale(4)).expect("it is active");
    disk.set_room(Some(0));
    for ms in [500, 1_500, 2_500] {
        engine.advance(NOW.plus(ms));
        assert_eq!(open_ranges(&engine).len(), 2);
    }
    let events: Vec<_> = std::iter::from_fn(|| engine.poll_event()).map(|e| e.kind).collect();
    let splits = events.iter().filter(|kind| matches!(kind, EventKind::ShardSplit { .. })).count();
    assert_eq!(splits, 0, "{events:?}");
    disk.set_room(None);
    engine.advance(NOW.plus(3_500));
    assert_eq!(open_ranges(&engine).len(), 4);
}

#[test]
fn a_damaged_promise_in_the_catalog_leaves_ranges_that_tile() {
    let mut engine = engine(2);
    for plan in [
        vec![Reshard::Split { shard: ShardId(7), at: HashKey(5) }],
        vec![Reshard::Split { shard: ShardId(0), at: HashKey::MAX }],
        vec![Reshard::Merge { lower: ShardId(1), upper: ShardId(0) }],
        vec![Reshard::Uniform { target: 0 }, Reshard::Uniform { target: 10_001 }],
    ] {
        engine.stream_mut(&name()).pending = plan;
        engine.finish_update(&name()).expect("memory keeps everything");
        assert_eq!(open_ranges(&engine).len(), 2);
    }
}
