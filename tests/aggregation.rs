//! Records packed into aggregated ones, and taken apart again: in a world, through reshards.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};
use watershed::api::aggregate::{Aggregate, UserRecord, user_records};
use watershed::engine::{Engine, EngineOptions};
use watershed::sim::{EPOCH, run_for};
use watershed::world::World;

use watershed::api::{Operation, SettingOperation, UpdateDistribution};
use watershed::model::{RecordDistribution, StreamName};

use crate::by_line::{refusal, run, world_at};

fn world() -> World {
    let mut world = world_at(Engine::in_memory(EngineOptions::default()), EPOCH, 5);
    run(&mut world, "create clicks --shards 2 --level memory");
    run_for(&mut world, 1_000, &mut |_| {});
    world
}

/// Records made, taken, and put as records of Kinesis, by the only producer.
fn produced(world: &World) -> [u64; 3] {
    let tally = world.look(Default::default()).producers[0].tally;
    [tally.offered_records, tally.accepted_records, tally.kinesis_records]
}

#[test]
fn a_producer_that_aggregates_puts_few_records_and_all_are_counted() {
    let mut world = world();
    run(&mut world, "produce web clicks synthetic --rate 2000 --aggregate on");
    run(&mut world, "application app clicks --workers 1");
    run(&mut world, "create rest --shards 4 --level memory");
    run_for(&mut world, 1_000, &mut |_| {});
    run(&mut world, "transform apart clicks rest deaggregate");
    run_for(&mut world, 30_000, &mut |_| {});
    run(&mut world, "pause web");
    run_for(&mut world, 10_000, &mut |_| {});
    let [offered, accepted, kinesis] = produced(&world);
    assert_eq!(offered, accepted);
    // 1,000 a second and shard are waited for 100 ms: some hundred in each.
    assert!((100..=300).contains(&(accepted / kinesis)), "{accepted} in {kinesis}");
    let look = world.look(Default::default());
    let streams = world.report().streams;
    let came = |name: &str| {
        let stream = streams.iter().find(|stream| stream.stream == name);
        stream.expect("it was created").totals.incoming_records
    };
    assert_eq!((came("clicks"), came("rest")), (kinesis, accepted));
    assert_eq!(look.transforms[0].tally.in_records, kinesis);
    assert_eq!(look.applications[0].tally.done_records, accepted);
}

#[test]
fn a_record_that_nobody_comes_after_waits_no_longer_than_it_may() {
    let mut world = world();
    run(&mut world, "produce web clicks synthetic --rate 1 --aggregate 51200:1000:400");
    run_for(&mut world, 20_000, &mut |_| {});
    let [offered, accepted, kinesis] = produced(&world);
    assert!(offered > 10 && accepted + 1 >= offered, "{offered} made, {accepted} taken");
    assert_eq!(accepted, kinesis);
}

/// Who takes records apart passes over those whose keys do not belong into the shard.
#[test]
fn what_goes_to_shards_in_turn_is_not_aggregated() {
    let mut world = world();
    run(&mut world, "create events --on-demand --auto --level memory");
    run_for(&mut world, 1_000, &mut |_| {});
    let why = refusal(&mut world, "produce web events synthetic --aggregate on");
    assert!(why.contains("`distribute events keys` first"), "{why}");
    run(&mut world, "distribute events keys");
    run(&mut world, "produce web events synthetic --rate 2000 --aggregate on");
    let why = refusal(&mut world, "distribute events auto");
    assert!(why.contains("`detach web` first"), "{why}");
    run(&mut world, "application app events --workers 1");
    run_for(&mut world, 10_000, &mut |_| {});
    // A client of the endpoint knows nothing of producers: from then on records are put one by one.
    let stream = StreamName::new("events").expect("a good name");
    let update = UpdateDistribution { stream, distribution: RecordDistribution::Auto };
    let update = SettingOperation::UpdateStreamRecordDistributionStrategy(update);
    let now = world.now();
    world.handle(now, &Operation::from(update)).expect("the service takes it");
    // With it the turn of no shard is where the producer expects it.
    run(&mut world, "put events k {}");
    run_for(&mut world, 10_000, &mut |_| {});
    run(&mut world, "pause web");
    run_for(&mut world, 10_000, &mut |_| {});
    let [offered, accepted, kinesis] = produced(&world);
    assert_eq!(offered, accepted);
    assert!(kinesis > accepted / 3, "{kinesis} records of Kinesis for {accepted}");
    assert_eq!(world.look(Default::default()).applications[0].tally.done_records, accepted + 1);
}

#[test]
fn nothing_is_lost_and_nothing_done_in_a_wrong_shard_while_the_stream_is_resharded() {
    let mut world = world();
    run(&mut world, "produce web clicks synthetic --rate 2000 --keys uniform:300 --aggregate on");
    run(&mut world, "application app clicks --workers 2");
    for line in ["split clicks 0", "scale clicks 6", "scale clicks 3"] {
        run_for(&mut world, 20_000, &mut |_| {});
        run(&mut world, line);
    }
    run_for(&mut world, 20_000, &mut |_| {});
    run(&mut world, "pause web");
    run_for(&mut world, 120_000, &mut |_| {});
    let [offered, accepted, kinesis] = produced(&world);
    assert_eq!(offered, accepted);
    assert!(kinesis * 20 < accepted, "{kinesis} records of Kinesis for {accepted}");
    let view = world.look(Default::default()).applications[0].clone();
    assert!(view.tally.discarded_records > 0, "no record was packed before a reshard");
    assert_eq!(view.tally.done_records, accepted);
    let stored = world.report().streams[0].totals.incoming_records;
    assert_eq!(stored, kinesis);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn what_is_packed_comes_back_in_its_order(
        users in prop::collection::vec(
            (
                "[a-c\u{e9}]{1,3}",
                prop::option::of(any::<u128>()),
                prop::collection::vec(any::<u8>(), 0..200),
            ),
            2..60,
        ),
    ) {
        let hash_keys: Vec<Option<String>> =
            users.iter().map(|(_, key, _)| key.map(|key| key.to_string())).collect();
        let users: Vec<UserRecord<'_>> = users
            .iter()
            .zip(&hash_keys)
            .map(|((key, _, data), hash_key)| UserRecord {
                partition_key: key,
                explicit_hash_key: hash_key.as_deref(),
                data,
            })
            .collect();
        let mut aggregate = Aggregate::default();
        let mut bytes = 0;
        for user in &users {
            bytes = aggregate.bytes_with(user);
            aggregate.push(user);
        }
        let mut written = Vec::new();
        aggregate.write(&mut written);
        prop_assert_eq!(written.len(), bytes);
        prop_assert_eq!(user_records(&written), Some(users.clone()));
    }
}
