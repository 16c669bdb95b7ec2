use super::*;
use crate::command::Browse;
use crate::remote::tests::{Fake, client, refused};
use crate::rules::routing::hash_key_of;

/// Where nobody is who could be asked.
const NOWHERE: &str = "http://127.0.0.1:1";

fn orders() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

fn watcher(url: &str) -> Watcher {
    Watcher::new(client(url), 1_000, None, None)
}

#[test]
fn an_endpoint_is_silent_when_nothing_was_answered_for_seconds() {
    let why = "no".to_owned();
    let mut trouble = Trouble { why, at: Millis(9_000), since: Millis(5_000), times: 3 };
    assert_eq!(trouble.silent_ms(Millis(7_999)), None);
    assert_eq!(trouble.silent_ms(Millis(8_700)), Some(3_000));
    trouble.times = 0;
    assert_eq!(trouble.silent_ms(Millis(9_000)), None, "who refuses answers");
}

#[test]
fn streams_behind_one_that_may_not_be_described_are_seen() {
    let fake = Fake::start(|action, body| match (action, body["StreamName"].as_str()) {
        ("ListStreams", _) => (200, json!({"StreamNames": ["clicks", "orders", "returns"]})),
        ("DescribeStreamSummary", Some(stream)) if stream != "orders" => {
            (200, json!({"StreamDescriptionSummary": {"StreamName": stream}}))
        }
        _ => refused("AccessDeniedException"),
    });
    let mut watcher = watcher(&fake.url);
    let why = watcher.list(Millis(0)).expect_err("one of them is refused");
    assert_eq!(why.code(), Some("AccessDeniedException"), "{why}");
    let seen: Vec<StreamName> = watcher.sight.names().cloned().collect();
    assert_eq!(seen.iter().map(StreamName::as_str).collect::<Vec<_>>(), ["clicks", "returns"]);
    for stream in &seen {
        watcher.sight.describe_shards(Millis(0), stream, &[]);
    }
    assert!(watcher.sight.is_listed(), "nothing else is waited for");
}

#[test]
fn a_page_of_a_key_is_read_of_the_shard_that_it_belongs_to() {
    let mut watcher = watcher(NOWHERE);
    // 32 equal shards, more than a page is read of; the key belongs to one of the last.
    let shard = |id: u32| {
        let (start, width) = (u128::from(id) << 123, 1_u128 << 123);
        json!({
            "ShardId": ShardId(id).to_string(),
            "HashKeyRange": {
                "StartingHashKey": start.to_string(),
                "EndingHashKey": (start + (width - 1)).to_string(),
            },
        })
    };
    let all: Vec<Value> = (0..32).map(shard).collect();
    let own = |key: &str| u32::try_from(hash_key_of(key).0 >> 123).expect("it is below 32");
    let mut keys = (0..1_000).map(|n| format!("user-{n}"));
    let key = keys.find(|key| own(key) >= 25).expect("there are enough");
    let browse = Browse { place: At::Oldest, key: Some(key.clone()), ..Browse::newest(orders()) };
    let mut read_of = |distribution: &str| {
        let summary = json!({"StreamDescriptionSummary": {
            "StreamName": "orders", "RecordDistributionStrategy": distribution,
        }});
        watcher.sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
        let (shards, _) = answer::shards(&json!({"Shards": &all}));
        watcher.sight.describe_shards(Millis(0), &orders(), &shards);
        watcher.page_shards(&browse, At::Oldest)
    };
    assert_eq!(read_of("USER_PARTITION_KEY"), [ShardId(own(&key))]);
    assert_eq!(read_of("AUTO").len(), 20, "any of them may have it");
}

#[test]
fn lists_end_at_an_endpoint_that_does_not_know_where_to_go_on() {
    // Names come by age, and the last page again and again.
    let fake = Fake::start(|_, body| match body["ExclusiveStartStreamName"].as_str() {
        None => (200, json!({"StreamNames": ["orders", "clicks"], "HasMoreStreams": true})),
        Some(_) => (200, json!({"StreamNames": ["returns"], "HasMoreStreams": true})),
    });
    let names = watcher(&fake.url).list_streams().expect("it answers");
    let names: Vec<&str> = names.iter().map(StreamName::as_str).collect();
    assert_eq!((names, fake.answers()), (vec!["clicks", "orders", "returns"], 3));

    let shard = json!({
        "ShardId": "shardId-000000000000",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
    });
    let page = json!({"Shards": [shard], "NextToken": "t"});
    let fake = Fake::start(move |_, _| (200, page.clone()));
    let shards = watcher(&fake.url).list_shards(&orders()).expect("it answers");
    assert_eq!((shards.len(), fake.answers()), (1, 2), "the token is the same");

    let fake = Fake::start(|_, body| {
        let token = body["NextToken"].as_str().unwrap_or_default();
        (200, json!({"Shards": [], "NextToken": format!("{token}x")}))
    });
    let shards = watcher(&fake.url).list_shards(&orders()).expect("it answers");
    assert_eq!((shards.len(), fake.answers()), (0, PAGES_MAX), "the token is always another");
}

#[test]
fn an_iterator_that_was_looked_at_and_refused_is_not_tried_again() {
    for (code, is_kept) in [
        ("ProvisionedThroughputExceededException", true),
        ("LimitExceededException", true),
        ("ExpiredTokenException", true),
        ("ExpiredIteratorException", false),
        ("InvalidArgumentException", false),
        ("InternalFailure", false),
    ] {
        let fake = Fake::start(move |action, _| match action {
            "GetShardIterator" => (200, json!({"ShardIterator": "i"})),
            _ => refused(code),
        });
        let mut watcher = watcher(&fake.url);
        watcher.read(Millis(0), &orders(), ShardId(0)).expect("it begins");
        assert_eq!(watcher.readings.len(), 1, "{code}");
        let why = watcher.read(Millis(1_000), &orders(), ShardId(0)).expect_err(code);
        assert_eq!(why.code(), Some(code));
        assert_eq!(watcher.readings.len(), usize::from(is_kept), "{code}");
    }
    let mut watcher = watcher(NOWHERE);
    let reading = Reading { iterator: "i".to_owned(), since: Millis(0) };
    watcher.readings.insert((orders(), ShardId(0)), reading);
    let why = watcher.read(Millis(1_000), &orders(), ShardId(0)).expect_err("nobody is there");
    assert_eq!((why.code(), watcher.readings.len()), (None, 1));
}

#[test]
fn what_a_watcher_slept_through_is_not_made_up() {
    let mut watcher = watcher(NOWHERE);
    let summary = json!({"StreamDescriptionSummary": {"StreamName": "orders"}});
    watcher.sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
    let shard = json!({
        "ShardId": "shardId-000000000000",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
    });
    let (shards, _) = answer::shards(&json!({"Shards": [shard]}));
    watcher.sight.describe_shards(Millis(0), &orders(), &shards);
    let records: Vec<Value> = (0..10).map(|_| json!({"PartitionKey": "k"})).collect();
    let batch = answer::batch(&json!({"Records": records}));
    watcher.sight.read(&orders(), ShardId(0), &batch, 1_000);
    let came = |watcher: &Watcher| {
        let picture = watcher.sight.picture(Millis(0));
        let traffic = picture.streams[0].shards[0].traffic.as_ref();
        traffic.map(|traffic| traffic.tally.incoming_records)
    };
    watcher.next_second = Millis(1_000);
    watcher.second(Millis(29_000));
    assert_eq!(came(&watcher), Some(290), "it holds until the shard is read again");
    watcher.second(Millis(8 * 3_600_000));
    assert_eq!(came(&watcher), Some(290), "nobody knows what came");
    // Second by second this would not end.
    let at = Millis(u64::MAX / 2);
    watcher.second(at);
    assert_eq!(watcher.next_second, at.plus(1_000));
}
