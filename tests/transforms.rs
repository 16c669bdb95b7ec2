//! Transforms in a world: where their records go, and what becomes of those that fail.

use serde_json::Value;
use watershed::api::aggregate::{UserRecord, aggregate};
use watershed::api::{
    Answer, GetRecords, GetShardIterator, IteratorType, ListShards, Operation, PutRecords,
    ShardIterator,
};
use watershed::engine::{Engine, EngineOptions};
use watershed::model::{EntryBatch, StreamName};
use watershed::sim::{EPOCH, run_for};
use watershed::world::World;

use crate::by_line::{refusal, run, world_at};

fn world() -> World {
    let mut world = world_at(Engine::in_memory(EngineOptions::default()), EPOCH, 3);
    for name in ["orders", "rest", "vip", "bad"] {
        run(&mut world, &format!("create {name} --shards 2 --level memory"));
    }
    run_for(&mut world, 2_000, &mut |_| {});
    world
}

fn ask(world: &mut World, operation: &Operation) -> Answer {
    let now = world.now();
    world.handle(now, operation).expect("it is answered")
}

/// Keys and data of all records of a stream, shard by shard.
fn records(world: &mut World, name: &str) -> Vec<(String, String)> {
    let stream = StreamName::new(name).expect("a name");
    let list = Operation::ListShards(ListShards::of(stream.clone()));
    let Answer::Shards(page) = ask(world, &list) else { panic!("shards were asked for") };
    let mut all = Vec::new();
    for shard in page.shards {
        let (stream, shard) = (stream.clone(), shard.shard);
        let position = IteratorType::TrimHorizon.into();
        let asked = Operation::GetShardIterator(GetShardIterator { stream, shard, position });
        let Answer::Iterator(iterator) = ask(world, &asked) else { panic!("no iterator") };
        all.extend(read(world, iterator));
    }
    all
}

fn read(world: &mut World, iterator: ShardIterator) -> Vec<(String, String)> {
    let asked = Operation::GetRecords(GetRecords { iterator, limit: 10_000 });
    let Answer::Records(answer) = ask(world, &asked) else { panic!("records were asked for") };
    let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
    let one = |record: watershed::model::RecordRef<'_>| {
        (record.partition_key.to_owned(), text(record.data))
    };
    answer.records.iter().map(one).collect()
}

fn sorted(mut records: Vec<(String, String)>) -> Vec<(String, String)> {
    records.sort();
    records
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(key, data)| ((*key).to_owned(), (*data).to_owned())).collect()
}

#[test]
fn a_program_routes_to_several_streams_and_failures_are_told_to_one() {
    let mut world = world();
    run(
        &mut world,
        "transform sort orders rest \"jq:.items[] | if .vip then route(\\\"vip\\\") | rekey(.user) else . end\" \
         --routes vip --errors bad",
    );
    run(&mut world, r#"put orders k {"items":[{"user":"a","vip":true},{"user":"b"}]}"#);
    run(&mut world, r#"put orders k {"items":[]}"#);
    run(&mut world, "put orders lost {oops");
    run_for(&mut world, 5_000, &mut |_| {});
    assert_eq!(records(&mut world, "vip"), pairs(&[("a", r#"{"user":"a","vip":true}"#)]));
    assert_eq!(records(&mut world, "rest"), pairs(&[("k", r#"{"user":"b"}"#)]));
    let [(key, told)] = &records(&mut world, "bad")[..] else { panic!("one failed") };
    let told: Value = serde_json::from_str(told).expect("it is JSON");
    assert_eq!(key, "lost");
    assert_eq!(told["rawData"], "e29vcHM=");
    assert!(told["errorMessage"].as_str().is_some_and(|why| why.contains("no JSON")), "{told}");
    let look = world.look(Default::default());
    let tally = look.transforms[0].tally;
    assert_eq!((tally.in_records, tally.out_records), (3, 2));
    assert_eq!((tally.dropped_records, tally.failed_records), (1, 1));
    let put = |name: &str, records: u64| (name.to_owned(), records);
    let outputs = look.transforms[0].outputs.iter();
    let outputs: Vec<_> = outputs.map(|one| put(one.stream.as_str(), one.records)).collect();
    assert_eq!(outputs, [put("rest", 1), put("vip", 1)]);
}

/// It was put again for ever, and nothing else of its shard was read.
#[test]
fn a_record_that_an_output_never_takes_fails_alone() {
    let mut world = world();
    run(
        &mut world,
        "transform grow orders rest \"jq:if .big then {big: (\\\"x\\\" * 1100000)} else . end\"",
    );
    for data in [r#"{"n":1}"#, r#"{"big":true}"#, r#"{"n":2}"#] {
        run(&mut world, &format!("put orders k {data}"));
    }
    run_for(&mut world, 10_000, &mut |_| {});
    let wanted = pairs(&[("k", r#"{"n":1}"#), ("k", r#"{"n":2}"#)]);
    assert_eq!(records(&mut world, "rest"), wanted);
    let look = world.look(Default::default());
    let tally = look.transforms[0].tally;
    assert_eq!((tally.out_records, tally.failed_records), (2, 1));
    let why = &look.transforms[0].failures[0];
    assert!(why.starts_with("rest does not take it: "), "{why}");
}

#[test]
fn a_route_that_leads_nowhere_is_refused_before_anything_runs() {
    let mut world = world();
    run(&mut world, "transform sort orders rest jq:route(.kind) --routes vip");
    let why = refusal(&mut world, "stages sort \"jq:route(\\\"vips\\\")\"");
    assert!(why.contains("`vips` is no output, there is rest, vip"), "{why}");
    let why = refusal(&mut world, "transform t orders rest jq:. --routes none");
    assert_eq!(why, "there is no stream `none`");
    run(&mut world, r#"put orders k {"kind":"vip"}"#);
    run(&mut world, r#"put orders k {"kind":"other"}"#);
    run_for(&mut world, 5_000, &mut |_| {});
    assert_eq!(sorted(records(&mut world, "vip")), pairs(&[("k", r#"{"kind":"vip"}"#)]));
    let look = world.look(Default::default());
    assert_eq!(look.transforms[0].tally.failed_records, 1);
}

#[test]
fn a_function_is_invoked_as_the_first_stage_and_its_failures_are_told() {
    let mut world = world();
    run(&mut world, "function enrich simulated --base-ms 50 --fails-on /bad");
    run(&mut world, "transform clean orders rest function:enrich jq:{n} --errors bad");
    for data in [r#"{"n":1,"x":0}"#, r#"{"n":2,"bad":true}"#, r#"{"n":3}"#] {
        run(&mut world, &format!("put orders k {data}"));
    }
    run_for(&mut world, 5_000, &mut |_| {});
    assert_eq!(records(&mut world, "rest"), pairs(&[("k", r#"{"n":1}"#), ("k", r#"{"n":3}"#)]));
    let [(_, told)] = &records(&mut world, "bad")[..] else { panic!("one failed") };
    let told: Value = serde_json::from_str(told).expect("it is JSON");
    assert_eq!(told["errorCode"], "Lambda.ProcessingFailedStatus");
    let look = world.look(Default::default());
    let stages = &look.transforms[0].stage_tallies;
    assert_eq!((stages[0].in_records, stages[0].failed_records), (3, 1));
    assert_eq!((stages[1].in_records, stages[1].failed_records), (2, 0));
    assert!(look.functions[0].tally.invocations > 0);
    let why = refusal(&mut world, "detach enrich");
    assert_eq!(why, "function `enrich` is used by `clean`: `detach clean` first");
}

/// Order is kept while tries fail, a batch fails after four of them, and others go on.
#[test]
fn a_function_that_fails_is_tried_again_and_then_its_records_fail() {
    let mut world = world();
    run(&mut world, "function never simulated --error-rate 1");
    run(&mut world, "transform clean orders rest function:never --errors bad");
    for n in 0..5 {
        run(&mut world, &format!("put orders k {n}"));
    }
    run_for(&mut world, 20_000, &mut |_| {});
    assert_eq!(records(&mut world, "rest"), pairs(&[]));
    let codes: Vec<(String, u64)> = records(&mut world, "bad")
        .iter()
        .map(|(_, told)| serde_json::from_str::<Value>(told).expect("it is JSON"))
        .map(|told| (told["errorCode"].to_string(), told["attemptsMade"].as_u64().unwrap_or(0)))
        .collect();
    assert_eq!(codes, vec![("\"Lambda.FunctionError\"".to_owned(), 4); 5]);
    run(&mut world, "function half simulated --error-rate 0.5");
    run(&mut world, "stages clean function:half");
    for n in 5..20 {
        run(&mut world, &format!("put orders k {n}"));
        run_for(&mut world, 3_000, &mut |_| {});
    }
    run_for(&mut world, 20_000, &mut |_| {});
    let came: Vec<u64> =
        records(&mut world, "rest").iter().filter_map(|(_, n)| n.parse().ok()).collect();
    assert!(came.len() > 10 && came.is_sorted(), "{came:?}");
}

/// What waits for a function goes on without it when the stages are changed.
#[test]
fn records_that_wait_for_a_function_are_not_lost_with_it() {
    let mut world = world();
    run(&mut world, "function slow simulated --base-ms 600000");
    run(&mut world, "transform clean orders rest function:slow");
    run(&mut world, "put orders k {\"n\":1}");
    run_for(&mut world, 5_000, &mut |_| {});
    assert_eq!(world.look(Default::default()).account.in_use, 1);
    run(&mut world, "stages clean jq:.n");
    run_for(&mut world, 5_000, &mut |_| {});
    assert_eq!(records(&mut world, "rest"), pairs(&[("k", "1")]));
    assert_eq!(world.look(Default::default()).account.in_use, 0);
}

#[test]
fn aggregated_records_are_taken_apart_each_with_its_own_key() {
    let mut world = world();
    run(&mut world, "transform apart orders rest deaggregate jq:{n}");
    let user = |partition_key, data| UserRecord { partition_key, explicit_hash_key: None, data };
    let users = [user("a", br#"{"n":1}"#), user("b", br#"{"n":2,"x":3}"#), user("c", b"no JSON")];
    let mut entries = EntryBatch::new();
    entries.push("a", &aggregate(&users));
    entries.push("plain", br#"{"n":4}"#);
    let stream = StreamName::new("orders").expect("a name");
    ask(&mut world, &Operation::PutRecords(PutRecords { stream, entries }));
    run_for(&mut world, 5_000, &mut |_| {});
    let wanted = pairs(&[("a", r#"{"n":1}"#), ("b", r#"{"n":2}"#), ("plain", r#"{"n":4}"#)]);
    assert_eq!(sorted(records(&mut world, "rest")), wanted);
    let look = world.look(Default::default());
    assert_eq!(look.transforms[0].tally.failed_records, 1);
}

fn put(world: &mut World, entries: &[(&str, &str)]) -> Result<Vec<bool>, String> {
    let mut batch = EntryBatch::new();
    entries.iter().for_each(|(key, data)| batch.push(key, data.as_bytes()));
    let stream = StreamName::new("orders").expect("a name");
    let now = world.now();
    let put = PutRecords { stream, entries: batch };
    let answer = world.put_records(now, &put).map_err(|why| why.to_string())?;
    Ok(answer.outcomes.iter().map(|outcome| outcome.result.is_ok()).collect())
}

#[test]
fn a_transform_in_place_changes_records_before_they_are_readable() {
    let mut world = world();
    run(&mut world, "transform mask orders orders \"jq:.card = 0 | rekey(.user)\"");
    assert_eq!(put(&mut world, &[("k", r#"{"user":"a","card":12}"#)]), Ok(vec![true]));
    run(&mut world, r#"put orders k {"user":"b","card":34}"#);
    run(&mut world, "produce web orders synthetic --rate 10 --payload orders");
    run(&mut world, "stages mask parse:logfmt");
    run(&mut world, "put orders k user=c");
    let all = sorted(records(&mut world, "orders"));
    let wanted = [
        ("a", r#"{"user":"a","card":0}"#),
        ("b", r#"{"user":"b","card":0}"#),
        ("k", r#"{"user":"c"}"#),
    ];
    assert_eq!(all, pairs(&wanted));
    run(&mut world, r#"stages mask "jq:{made: .order}""#);
    run_for(&mut world, 5_000, &mut |_| {});
    let made = records(&mut world, "orders");
    assert!(made.len() > 40, "{made:?}");
    let look = world.look(Default::default());
    let view = &look.transforms[0];
    assert!(
        made.iter().filter(|(_, data)| data.starts_with(r#"{"made":"#)).count() + 3 == made.len()
    );
    assert_eq!((view.tally.failed_records, view.tally.out_records), (0, made.len() as u64));
    assert_eq!(
        look.streams.iter().find(|s| s.name.as_str() == "orders").map(|s| s.consumers),
        Some(0)
    );
    // It is kept with the session, and taken away as any part.
    assert_eq!(world.session().transforms.len(), 1);
    run(&mut world, "detach mask");
    run(&mut world, "put orders k plain");
    assert!(records(&mut world, "orders").contains(&("k".to_owned(), "plain".to_owned())));
}

#[test]
fn what_fails_in_place_is_refused_with_its_call_or_told_to_the_stream_of_errors() {
    let mut world = world();
    run(&mut world, "transform mask orders orders \"jq:.n + 1\"");
    let (good, bad) = (("k", r#"{"n":1}"#), ("lost", "{oops"));
    let why = put(&mut world, &[good, bad]).expect_err("one is no JSON");
    assert!(why.starts_with("Transform mask cannot handle Records.2: no JSON"), "{why}");
    assert!(refusal(&mut world, "put orders k {oops").contains("Records.1"));
    assert_eq!(records(&mut world, "orders"), []);
    for (code, said) in [(".n, .n", "becomes one, not 2"), ("empty", "none is left")] {
        run(&mut world, &format!("stages mask \"jq:{code}\""));
        let why = put(&mut world, &[good]).expect_err(code);
        assert!(why.contains(said), "{why}");
    }
    run(&mut world, "detach mask");
    run(&mut world, "transform mask orders orders \"jq:.n + 1\" --errors bad");
    assert_eq!(put(&mut world, &[good, bad, good, bad]), Ok(vec![true; 4]));
    assert_eq!(put(&mut world, &[bad]), Ok(vec![true]));
    assert_eq!(records(&mut world, "orders"), pairs(&[("k", "2"), ("k", "2")]));
    let told = records(&mut world, "bad");
    assert_eq!(told.len(), 3);
    let document: Value = serde_json::from_str(&told[0].1).expect("it is JSON");
    assert_eq!((&document["rawData"], &document["shardId"]), (&"e29vcHM=".into(), &Value::Null));
    let view = world.look(Default::default()).transforms[0].clone();
    assert_eq!((view.tally.out_records, view.tally.failed_records), (2, 3));
    assert_eq!(view.errors.map(|errors| errors.records), Some(3));
    assert_eq!(view.failures.len(), 3);
}

#[test]
fn one_transform_in_place_a_stream_and_none_that_drops_or_waits() {
    let mut world = world();
    run(&mut world, "transform first orders orders pick:/a");
    let why = refusal(&mut world, "transform second orders orders pick:/b");
    assert_eq!(why, "`first` transforms orders in place already: `stages first ...` changes it");
    let why = refusal(&mut world, "stages first keep:/a");
    assert!(why.starts_with("`stages` is keep, allowed is in place"), "{why}");
    run(&mut world, "stages first pick:/b");
    run(&mut world, r#"put orders k {"a":1,"b":2}"#);
    assert_eq!(records(&mut world, "orders"), pairs(&[("k", r#"{"b":2}"#)]));
}
