//! What subscribers are pushed, and when.

use super::consumers::{deregister, registered};
use super::*;
use crate::api::{Push, Pushed, SubscribeToShard, SubscribeToShardEvent, SubscriptionEnd};
use crate::model::{ConsumerArn, SubscriptionId};

fn subscribe(
    engine: &mut Engine,
    now: Millis,
    consumer: &ConsumerArn,
    shard: u32,
    position: IteratorType,
) -> Result<SubscriptionId, ApiError> {
    let (consumer, shard) = (consumer.clone(), ShardId(shard));
    engine.subscribe(now, &SubscribeToShard { consumer, shard, position: position.into() })
}

/// Everything that is pushed now.
fn pushed(engine: &mut Engine, now: Millis) -> Vec<Push> {
    std::iter::from_fn(|| engine.poll_push(now)).collect()
}

/// The events of one subscription among them; no end may be there.
fn events(engine: &mut Engine, now: Millis, of: SubscriptionId) -> Vec<SubscribeToShardEvent> {
    let mine = pushed(engine, now).into_iter().filter(|push| push.subscription == of);
    mine.map(|push| match push.what {
        Pushed::Event(event) => event,
        Pushed::End(why) => panic!("it is not over: {why:?}"),
    })
    .collect()
}

fn keys(events: &[SubscribeToShardEvent]) -> Vec<String> {
    let records = events.iter().flat_map(|event| event.records.iter());
    records.map(|record| record.partition_key.to_owned()).collect()
}

fn ends(engine: &mut Engine, now: Millis, of: SubscriptionId) -> Vec<SubscriptionEnd> {
    let end = |push: Push| match push.what {
        Pushed::End(why) if push.subscription == of => Some(why),
        Pushed::End(_) | Pushed::Event(_) => None,
    };
    pushed(engine, now).into_iter().filter_map(end).collect()
}

#[test]
fn a_subscriber_is_told_at_once_then_of_each_record_then_that_there_is_none() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    put(&mut engine, now, &["a", "b"]);
    let id = subscribe(&mut engine, now, &arn, 0, IteratorType::TrimHorizon).expect("it may");
    assert_eq!(engine.next_push(), Some(now));
    let first = events(&mut engine, now, id);
    assert_eq!(keys(&first), ["a", "b"]);
    let last = first[0].records.last().expect("there are two").sequence;
    assert_eq!(first[0].continuation_sequence_number, Some(last));
    assert_eq!((first[0].millis_behind_latest, first[0].child_shards.len()), (0, 0));
    // It sleeps until a record comes, or five seconds are over.
    assert_eq!(engine.next_push(), Some(now.plus(5_000)));
    assert!(pushed(&mut engine, now.plus(1_000)).is_empty());
    put(&mut engine, now.plus(1_000), &["c"]);
    assert_eq!(engine.next_push(), Some(now.plus(1_000)));
    let next = events(&mut engine, now.plus(1_000), id);
    assert_eq!(keys(&next), ["c"]);
    let quiet = events(&mut engine, now.plus(6_000), id);
    assert_eq!((quiet.len(), keys(&quiet).len()), (1, 0));
    assert_eq!(
        quiet[0].continuation_sequence_number.map(|number| number.index),
        next[0].continuation_sequence_number.map(|number| number.index)
    );
}

#[test]
fn a_subscription_begins_where_it_says_and_goes_on_after_a_continuation() {
    let mut engine = engine(1);
    let (arn, mut now) = registered(&mut engine, T0.plus(2_000), "audit");
    let mut numbers = Vec::new();
    for key in ["a", "b", "c"] {
        numbers.push(put(&mut engine, now, &[key]).outcomes[0].result.expect("there is room"));
        now = now.plus(10);
    }
    let start = engine.description(&name()).expect("it is there").shards[0].starting_sequence;
    for (position, expected) in [
        (IteratorType::TrimHorizon, "abc"),
        (IteratorType::AtSequenceNumber(numbers[1]), "bc"),
        (IteratorType::AfterSequenceNumber(numbers[1]), "c"),
        (IteratorType::AtTimestamp(now.minus(15)), "c"),
        (IteratorType::AfterSequenceNumber(start), "abc"),
        (IteratorType::Latest, ""),
    ] {
        now = now.plus(5_000);
        let id = subscribe(&mut engine, now, &arn, 0, position).expect("it may");
        let events = events(&mut engine, now, id);
        assert_eq!(keys(&events).concat(), expected, "{position:?}");
    }
    // An empty first event says where to go on as well.
    let (other, mut now) = registered(&mut engine, now, "other");
    let id = subscribe(&mut engine, now, &other, 0, IteratorType::Latest).expect("it may");
    let empty = events(&mut engine, now, id).remove(0);
    let after = empty.continuation_sequence_number.expect("the shard is open");
    put(&mut engine, now, &["d"]);
    now = now.plus(5_000);
    let position = IteratorType::AfterSequenceNumber(after);
    let id = subscribe(&mut engine, now, &other, 0, position).expect("it may");
    assert_eq!(keys(&events(&mut engine, now, id)), ["d"]);
}

#[test]
fn a_bad_call_is_refused_with_its_sentence() {
    let mut engine = engine(2);
    let now = T0.plus(2_000);
    let arn = super::consumers::register(&mut engine, now, "audit").expect("there is room").arn;
    let early = subscribe(&mut engine, now, &arn, 0, IteratorType::Latest).expect_err("CREATING");
    let sentence = "Consumer audit with creation timestamp 1700000002 under stream: orders , \
                    account 000000000000 is not in ACTIVE status.";
    assert_eq!(early, ApiError::ResourceInUse(sentence.into()));
    let now = now.plus(500);
    engine.advance(now);
    let number = put(&mut engine, now, &["a"]).outcomes[0].result.expect("there is room");
    let other = 1 - number.shard.0;
    for (consumer, shard, position, code) in [
        (arn.clone(), 7, IteratorType::Latest, "ResourceNotFoundException"),
        (arn.clone(), other, IteratorType::AtSequenceNumber(number), "InvalidArgumentException"),
        (
            ConsumerArn { created_s: 1, ..arn.clone() },
            0,
            IteratorType::Latest,
            "ResourceNotFoundException",
        ),
        // The call before this one went so far that it counts.
        (arn.clone(), other, IteratorType::Latest, "LimitExceededException"),
    ] {
        let refused = subscribe(&mut engine, now, &consumer, shard, position);
        assert_eq!(refused.expect_err("it is wrong").code(), code, "{position:?}");
    }
    let future = IteratorType::AtTimestamp(now.plus(9_000));
    let refused = subscribe(&mut engine, now.plus(1_000), &arn, other, future);
    assert_eq!(refused.expect_err("it is to come").code(), "InvalidArgumentException");
    assert!(subscribe(&mut engine, now.plus(2_000), &arn, other, IteratorType::Latest).is_ok());
}

#[test]
fn a_second_subscription_is_refused_for_five_seconds_and_then_takes_over() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let latest = IteratorType::Latest;
    let first = subscribe(&mut engine, now, &arn, 0, latest).expect("it is the first");
    let in_use = ApiError::ResourceInUse(
        "Another active subscription exists for this consumer: \
         000000000000:orders:shardId-000000000000:audit"
            .into(),
    );
    pushed(&mut engine, now);
    let refused = subscribe(&mut engine, now.plus(4_999), &arn, 0, latest);
    assert_eq!(refused.expect_err("it is kept"), in_use);
    let now = now.plus(5_000);
    let second = subscribe(&mut engine, now, &arn, 0, latest).expect("it takes over");
    put(&mut engine, now, &["a"]);
    let told = pushed(&mut engine, now);
    assert!(matches!(
        &told[0],
        Push { subscription, what: Pushed::End(SubscriptionEnd::Failed(why)) }
            if *subscription == first && *why == in_use
    ));
    assert!(told[1..].iter().all(|push| push.subscription == second));
    // One that went away by itself is kept in mind too, as on AWS.
    engine.unsubscribe(second);
    assert!(subscribe(&mut engine, now.plus(1_000), &arn, 0, latest).is_err());
    assert!(subscribe(&mut engine, now.plus(5_000), &arn, 0, latest).is_ok());
}

#[test]
fn a_subscription_lives_five_minutes() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let id = subscribe(&mut engine, now, &arn, 0, IteratorType::Latest).expect("it may");
    let mut told = 0;
    while engine.next_push().is_some_and(|at| at < now.plus(300_000)) {
        let at = engine.next_push().expect("it was just seen");
        told += events(&mut engine, at, id).len();
    }
    assert_eq!(told, 60, "at once, then every five seconds");
    put(&mut engine, now.plus(299_999), &["a"]);
    assert_eq!(keys(&events(&mut engine, now.plus(299_999), id)), ["a"]);
    put(&mut engine, now.plus(300_000), &["b"]);
    assert_eq!(ends(&mut engine, now.plus(300_000), id), [SubscriptionEnd::Expired]);
    assert_eq!(engine.next_push(), None);
}

#[test]
fn each_consumer_has_two_mebibytes_a_second_of_its_own() {
    let mut engine = engine(1);
    let limits = crate::api::SetShardLimits { stream: name(), limits: ShardLimits::OFF };
    engine.handle(T0.plus(1_000), &Operation::SetShardLimits(limits)).expect("it is there");
    let (audit, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let (index, mut now) = registered(&mut engine, now, "index");
    (0..40).for_each(|_| put_much(&mut engine, now));
    let ids = [&audit, &index]
        .map(|arn| subscribe(&mut engine, now, arn, 0, IteratorType::TrimHorizon).expect("it may"));
    let mut given = [0, 0];
    let end = now.plus(10_000);
    while now < end {
        for push in pushed(&mut engine, now) {
            let Pushed::Event(event) = push.what else { panic!("nothing ends") };
            let which = ids.iter().position(|id| *id == push.subscription).expect("one of two");
            given[which] += event.records.bytes();
            assert!(event.records.bytes() <= (2 << 20) + (64 << 10));
        }
        now = engine.next_push().expect("there is more");
    }
    for given in given {
        assert!((20 << 20..=23 << 20).contains(&given), "{given} bytes in ten seconds");
    }
    let tally = super::read::tally(&engine, 0);
    assert_eq!(tally.pushed_bytes, given.iter().sum::<usize>() as u64);
    assert_eq!((tally.read_calls, tally.outgoing_bytes), (0, 0));
}

#[test]
fn the_end_of_a_closed_shard_names_its_children_and_ends_the_subscription() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    put(&mut engine, now, &["a"]);
    let asleep = subscribe(&mut engine, now, &arn, 0, IteratorType::TrimHorizon).expect("it may");
    assert_eq!(keys(&events(&mut engine, now, asleep)), ["a"]);
    let split =
        SplitShard { stream: name(), shard: ShardId(0), new_starting_hash_key: HashKey(1 << 127) };
    engine.handle(now, &Operation::SplitShard(split)).expect("it is active");
    engine.advance(now.plus(500));
    let now = now.plus(500);
    let (late, later) = registered(&mut engine, now, "late");
    let told = pushed(&mut engine, later);
    let [Push { what: Pushed::Event(event), .. }, Push { what: Pushed::End(why), .. }] = &told[..]
    else {
        panic!("an event and an end were to come, not {told:?}");
    };
    assert_eq!((event.continuation_sequence_number, event.records.len()), (None, 0));
    let children: Vec<u32> = event.child_shards.iter().map(|child| child.shard.0).collect();
    assert_eq!((children, why), (vec![1, 2], &SubscriptionEnd::ShardEnd));
    // Whoever comes later is told the same, after the records.
    let late = subscribe(&mut engine, later, &late, 0, IteratorType::TrimHorizon).expect("it may");
    assert_eq!(keys(&events(&mut engine, later, late)), ["a"]);
    assert_eq!(ends(&mut engine, later.plus(20), late), [SubscriptionEnd::ShardEnd]);
}

#[test]
fn subscriptions_end_with_their_consumer_and_with_their_stream() {
    let mut engine = engine(1);
    let (audit, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let (index, now) = registered(&mut engine, now, "index");
    let latest = IteratorType::Latest;
    let first = subscribe(&mut engine, now, &audit, 0, latest).expect("it may");
    let second = subscribe(&mut engine, now, &index, 0, latest).expect("it may");
    pushed(&mut engine, now);
    deregister(&mut engine, now, &audit);
    let gone = ApiError::ResourceNotFound("Consumer audit, account 000000000000 not found.".into());
    assert_eq!(ends(&mut engine, now, first), [SubscriptionEnd::Failed(gone)]);
    assert!(subscribe(&mut engine, now.plus(5_000), &audit, 0, latest).is_err());
    put(&mut engine, now.plus(5_000), &["a"]);
    assert_eq!(keys(&events(&mut engine, now.plus(5_000), second)), ["a"]);
    engine.renew(EngineOptions::default());
    let ended = ends(&mut engine, now.plus(5_000), second);
    assert!(matches!(&ended[..], [SubscriptionEnd::Failed(ApiError::ResourceNotFound(_))]));
    assert_eq!(engine.next_push(), None);
}

#[test]
fn a_put_wakes_those_who_wait_at_its_shard_and_no_other() {
    let mut engine = engine(4);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    for shard in 0..4 {
        subscribe(&mut engine, now, &arn, shard, IteratorType::Latest).expect("it may");
    }
    pushed(&mut engine, now);
    let now = now.plus(1_000);
    let shard = put(&mut engine, now, &["a"]).outcomes[0].shard;
    put(&mut engine, now, &["a"; 99]);
    assert_eq!(engine.fan_out.ready.len(), 1, "once, however many records come");
    let told = pushed(&mut engine, now);
    let Pushed::Event(event) = &told[0].what else { panic!("a record was put") };
    assert_eq!((told.len(), event.records.shard, event.records.len()), (1, shard, 100));
}

#[test]
fn at_level_power_records_are_pushed_when_the_disk_has_them() {
    let disk = MemStorage::new();
    let mut engine =
        Engine::open(T0, Box::new(disk.clone()), EngineOptions::default()).expect("it opens").0;
    create(&mut engine, 1, Level::Power);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let id = subscribe(&mut engine, now, &arn, 0, IteratorType::TrimHorizon).expect("it may");
    pushed(&mut engine, now);
    put(&mut engine, now.plus(100), &["a"]);
    assert!(pushed(&mut engine, now.plus(100)).is_empty());
    sync(&mut engine, &disk);
    assert_eq!(keys(&events(&mut engine, now.plus(100), id)), ["a"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_record_is_pushed_once_and_in_order(
        acts in proptest::collection::vec((0u64..3_000, 0usize..40, any::<bool>()), 1..60),
    ) {
        let mut engine = engine(1);
        let limits = crate::api::SetShardLimits { stream: name(), limits: ShardLimits::OFF };
        engine.handle(T0.plus(1_000), &Operation::SetShardLimits(limits)).expect("it is there");
        let (arn, mut now) = registered(&mut engine, T0.plus(2_000), "audit");
        let mut position = IteratorType::TrimHorizon;
        let mut id = subscribe(&mut engine, now, &arn, 0, position).expect("it may");
        let mut subscribed = now;
        let (mut put_keys, mut seen) = (Vec::new(), Vec::new());
        for (wait, count, poll) in acts {
            now = now.plus(wait);
            let fresh: Vec<String> = (0..count).map(|n| format!("{}-{n}", now.0)).collect();
            if count > 0 {
                put(&mut engine, now, &fresh.iter().map(String::as_str).collect::<Vec<_>>());
                put_keys.extend(fresh);
            }
            if poll {
                for event in events(&mut engine, now, id) {
                    seen.extend(keys(std::slice::from_ref(&event)));
                    let number = event.continuation_sequence_number.expect("it is open");
                    position = IteratorType::AfterSequenceNumber(number);
                }
            } else if now.since(subscribed) >= 5_000 {
                engine.unsubscribe(id);
                id = subscribe(&mut engine, now, &arn, 0, position).expect("it may");
                subscribed = now;
            }
        }
        for wait in [20, 1_000, 2_000] {
            seen.extend(keys(&events(&mut engine, now.plus(wait), id)));
        }
        prop_assert_eq!(seen, put_keys);
    }
}
