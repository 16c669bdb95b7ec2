use serde_json::json;

use super::*;
use crate::api::aggregate::{UserRecord, aggregate};
use crate::command::{Browse, Terms};
use crate::remote::answer;
use crate::snapshot::TailView;
use crate::world::HeatWatch;

fn orders() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

fn shard(id: u32, parents: [Option<u32>; 2], closed: bool) -> serde_json::Value {
    let number = crate::model::SequenceNumber::first(ShardId(id), Millis(1_000));
    let mut told = json!({
        "ShardId": ShardId(id).to_string(),
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
        "SequenceNumberRange": {"StartingSequenceNumber": number.to_string()},
    });
    for (name, parent) in ["ParentShardId", "AdjacentParentShardId"].iter().zip(parents) {
        if let Some(parent) = parent {
            told[*name] = json!(ShardId(parent).to_string());
        }
    }
    if closed {
        told["SequenceNumberRange"]["EndingSequenceNumber"] =
            json!(number.end(Millis(2_000)).to_string());
    }
    told
}

fn describe(sight: &mut Sight, status: &str, open: u32, shards: &[serde_json::Value]) {
    let summary = json!({"StreamDescriptionSummary": {
        "StreamName": "orders", "StreamStatus": status, "OpenShardCount": open,
    }});
    sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
    let (shards, _) = answer::shards(&json!({"Shards": shards}));
    sight.describe_shards(Millis(0), &orders(), &shards);
}

fn batch(arrivals: &[u64], behind_ms: u64) -> Batch {
    let read = |arrival: &u64| Read {
        number: String::new(),
        arrival: Millis(*arrival),
        key: "k".to_owned(),
        data: vec![0; 9],
    };
    Batch { records: arrivals.iter().map(read).collect(), next: None, behind_ms }
}

#[test]
fn what_came_since_a_shard_was_read_is_its_rate_until_it_is_read_again() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
    let rate = |sight: &Sight| sight.picture(Millis(0)).streams[0].rates.in_records;
    sight.tick(Millis(0));
    assert!(sight.picture(Millis(0)).streams[0].shards[0].traffic.is_none(), "nobody knows");
    sight.read(&orders(), ShardId(0), &batch(&[0; 10], 0), 2_000);
    (0..5).for_each(|_| sight.tick(Millis(0)));
    assert_eq!(rate(&sight), 5.0, "ten in two seconds");
    // It cannot be followed: these came within a tenth of a second.
    sight.read(&orders(), ShardId(0), &batch(&[1_000, 1_050, 1_100], 60_000), 2_000);
    (0..5).for_each(|_| sight.tick(Millis(0)));
    assert_eq!(rate(&sight), 30.0);
    sight.read(&orders(), ShardId(0), &batch(&[], 0), 1_000);
    (0..5).for_each(|_| sight.tick(Millis(0)));
    assert_eq!(rate(&sight), 0.0);
}

#[test]
fn what_changes_between_two_looks_is_told_as_it_must_have_happened() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    let told = |sight: &Sight| {
        let picture = sight.picture(Millis(0));
        picture.events.iter().map(|event| event.kind.to_string()).collect::<Vec<_>>()
    };
    describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
    sight.is_whole();
    assert_eq!(told(&sight), [""; 0], "it was there before");
    let split = [
        shard(0, [None; 2], true),
        shard(1, [Some(0), None], false),
        shard(2, [Some(0), None], false),
    ];
    describe(&mut sight, "UPDATING", 2, &split);
    describe(&mut sight, "ACTIVE", 2, &split);
    let merged = [&split[..], &[shard(3, [Some(1), Some(2)], false)]].concat();
    describe(&mut sight, "ACTIVE", 1, &merged);
    sight.list(Millis(0), &[]);
    assert_eq!(
        told(&sight),
        [
            "orders 000 split into 001 + 002",
            "orders is ACTIVE",
            "orders 001 + 002 merged into 003",
            "orders is gone"
        ]
    );
}

#[test]
fn the_newest_records_are_kept_by_arrival_and_shown_by_what_is_wanted() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    describe(&mut sight, "ACTIVE", 2, &[shard(0, [None; 2], false), shard(1, [None; 2], false)]);
    sight.read(&orders(), ShardId(1), &batch(&[5, 7], 0), 1_000);
    let many: Vec<u64> = (0..SHOWN_RECORDS as u64).map(|n| 6 + n % 2 * 10).collect();
    sight.read(&orders(), ShardId(0), &batch(&many, 0), 1_000);
    let newest = sight.newest(&Browse::newest(orders()), &Terms::default());
    assert_eq!(newest.records.len(), SHOWN_RECORDS);
    assert!(newest.records.is_sorted_by_key(|record| record.arrival));
    let of_one = Browse { shard: Some(ShardId(1)), ..Browse::newest(orders()) };
    let arrivals = |view: &TailView| view.records.iter().map(|r| r.arrival.0).collect::<Vec<_>>();
    assert_eq!(arrivals(&sight.newest(&of_one, &Terms::default())), [7], "the other is too old");
    let of_key = Browse { key: Some("other".to_owned()), ..Browse::newest(orders()) };
    assert!(sight.newest(&of_key, &Terms::default()).records.is_empty());
}

#[test]
fn records_are_found_by_the_keys_of_those_that_were_aggregated_into_them() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
    let user = |key: &'static str| UserRecord {
        partition_key: key,
        explicit_hash_key: None,
        data: b"hello",
    };
    let data = aggregate(&[user("user-1"), user("user-2")]);
    let read = Read { number: String::new(), arrival: Millis(5), key: "a".to_owned(), data };
    let batch = Batch { records: vec![read], next: None, behind_ms: 0 };
    sight.read(&orders(), ShardId(0), &batch, 1_000);
    let found = |key: &str| {
        let browse = Browse { key: Some(key.to_owned()), ..Browse::newest(orders()) };
        sight.newest(&browse, &Terms::default()).records.len()
    };
    assert_eq!(["a", "user-1", "user-2", "user-3"].map(found), [1, 1, 1, 0]);
}

/// Two minutes, the last of which ended then, with so many records a second in the last.
fn history(until: u64, records: f64) -> History {
    let taken = Load { records, bytes: 2.0 * records };
    let last = Flow { taken, write_throttled: 1.0, age_ms: Some(30), ..Flow::default() };
    History { before: vec![Flow::default()], last, until: Millis(until) }
}

fn whose(shard: Option<u32>) -> Whose {
    Whose { stream: orders(), shard: shard.map(ShardId) }
}

#[test]
fn what_cloudwatch_tells_goes_before_samples_until_it_is_old() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    describe(&mut sight, "ACTIVE", 2, &[shard(0, [None; 2], false), shard(1, [None; 2], false)]);
    sight.read(&orders(), ShardId(0), &batch(&[0; 10], 0), 1_000);
    sight.read(&orders(), ShardId(1), &batch(&[0; 10], 0), 1_000);
    sight.told(Millis(120_000), &whose(None), &history(60_000, 50.0));
    sight.told(Millis(120_000), &whose(Some(1)), &history(60_000, 20.0));
    (120..125).for_each(|second| sight.tick(Millis(second * 1_000)));
    let until = Source::CloudWatch { until: Millis(60_000) };
    let picture = sight.picture(Millis(0));
    let stream = &picture.streams[0];
    assert_eq!((stream.source, stream.rates.in_records), (until, 50.0));
    assert_eq!((stream.rates.write_throttled, stream.iterator_age_ms), (1.0, Some(30)));
    let of = |at: usize| (stream.shards[at].source(), stream.shards[at].rates().in_records);
    assert_eq!(of(0), (Some(Source::Sampled), 10.0));
    assert_eq!(of(1), (Some(until), 20.0));
    assert!(!sight.is_told(&orders(), ShardId(0)) && sight.is_told(&orders(), ShardId(1)));
    let heat =
        HeatWatch { stream: orders(), metric: crate::snapshot::heat::Metric::Refused, span_s: 900 };
    let heat = sight.heat(Millis(125_000), &heat).expect("it is there");
    let known = heat.rows[1].cells.iter().flatten().count();
    assert!(known > 10, "the minute before is shown too: {heat:?}");
    // Nothing more is told: who was read before is read again.
    (125..1_000).for_each(|second| sight.tick(Millis(second * 1_000)));
    let picture = sight.picture(Millis(0));
    assert_eq!(picture.streams[0].source, Source::Sampled);
    assert_eq!(picture.streams[0].shards[1].source(), None, "it was not read since");
    sight.told(Millis(1_000_000), &whose(None), &history(60_000, 50.0));
    assert_eq!(sight.picture(Millis(0)).streams[0].source, Source::Sampled, "that is old");
}

#[test]
fn metrics_of_shards_are_asked_where_records_and_bytes_are_among_them() {
    let asked = |metrics: &[&str]| {
        let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
        let summary = json!({"StreamDescriptionSummary": {
            "StreamName": "orders", "EnhancedMonitoring": [{"ShardLevelMetrics": metrics}],
        }});
        sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
        let listed =
            [shard(0, [None; 2], true), shard(1, [None; 2], false), shard(2, [None; 2], false)];
        let (shards, _) = answer::shards(&json!({"Shards": listed}));
        sight.describe_shards(Millis(0), &orders(), &shards);
        let metrics = sight.metrics();
        let of_stream = metrics.iter().filter(|(whose, _)| whose.shard.is_none()).count();
        (of_stream, metrics.len() - of_stream)
    };
    assert_eq!(asked(&[]), (7, 0));
    assert_eq!(asked(&["IncomingBytes", "OutgoingBytes"]), (7, 0), "records have to be counted");
    assert_eq!(asked(&["IncomingBytes", "IncomingRecords"]), (7, 4), "of open shards");
    assert_eq!(asked(&["ALL"]), (7, 14));
}

/// Rates of an endpoint that was killed stood as they were.
#[test]
fn what_flowed_before_an_endpoint_fell_silent_flows_no_more() {
    let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
    describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
    sight.read(&orders(), ShardId(0), &batch(&[0; 10], 0), 2_000);
    (0..5).for_each(|_| sight.tick(Millis(0)));
    let rate = |sight: &Sight| sight.picture(Millis(0)).streams[0].rates.in_records;
    assert_eq!(rate(&sight), 5.0);
    sight.silence();
    (0..5).for_each(|_| sight.tick(Millis(0)));
    assert_eq!(rate(&sight), 0.0);
    sight.read(&orders(), ShardId(0), &batch(&[0; 10], 0), 2_000);
    (0..5).for_each(|_| sight.tick(Millis(0)));
    assert_eq!(rate(&sight), 5.0, "it answers again");
}
