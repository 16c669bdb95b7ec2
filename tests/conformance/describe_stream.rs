//! DescribeStream.

use serde_json::json;

use super::{Endpoint, NAME, Type, arn, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "DescribeStream",
        &[
            ("StreamName", Type::Text),
            ("StreamARN", Type::Text),
            ("Limit", Type::Integer),
            ("ExclusiveStartShardId", Type::Text),
        ],
    );
    let breaks = |body, faults: &[&str]| endpoint.breaks("DescribeStream", &body, faults);
    breaks(json!({}), &[&null("streamName")]);
    breaks(
        json!({"StreamName": "a/b", "Limit": 0, "ExclusiveStartShardId": "?"}),
        &[
            &fault("a/b", "streamName", NAME),
            &fault("?", "exclusiveStartShardId", NAME),
            &fault("0", "limit", "have value greater than or equal to 1"),
        ],
    );
    breaks(
        json!({"StreamName": "x", "Limit": 10_001}),
        &[&fault("10001", "limit", "have value less than or equal to 10000")],
    );
    let xstream = arn("orders").replace("stream/", "xstream/");
    for text in ["orders", &*arn(""), &xstream, &arn("a b")] {
        breaks(
            json!({"StreamARN": text}),
            &[&fault(
                text,
                "streamARN",
                "satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
            )],
        );
    }
}

#[test]
fn a_stream_is_named_by_name_or_arn_of_this_account() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    endpoint.misses_stream("DescribeStream", &json!({"StreamName": "absent"}));
    endpoint.misses_stream("DescribeStream", &json!({"StreamARN": arn("absent")}));
    let both = json!({"StreamName": "orders", "StreamARN": arn("orders")});
    for body in [json!({"StreamName": "orders"}), json!({"StreamARN": arn("orders")}), both] {
        let told = endpoint.done("DescribeStream", &body);
        assert_eq!(told["StreamDescription"]["StreamARN"], arn("orders"));
    }
    let differing = json!({"StreamName": "orders", "StreamARN": arn("other")});
    let refused = endpoint.ask("DescribeStream", &differing);
    assert_eq!(refused.json()["__type"], "InvalidArgumentException");
    let foreign = json!({"StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"});
    let refused = endpoint.ask("DescribeStream", &foreign);
    assert_eq!(refused.json()["__type"], "ResourceNotFoundException");
}

#[test]
fn everything_is_told_page_by_page() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 3);
    let told = endpoint.done("DescribeStream", &json!({"StreamName": "orders", "Limit": 2}));
    let told = &told["StreamDescription"];
    let created = &told["StreamCreationTimestamp"];
    assert!(created.as_f64().is_some_and(|at| (1.7e9..1e11).contains(&at)), "seconds: {created}");
    let mut rest = told.as_object().expect("a structure").clone();
    let shards = rest.remove("Shards").expect("they are there");
    rest.remove("StreamCreationTimestamp");
    assert_eq!(
        serde_json::Value::from(rest),
        json!({
            "StreamName": "orders", "StreamARN": arn("orders"), "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": "PROVISIONED"}, "RetentionPeriodHours": 24,
            "EnhancedMonitoring": [{"ShardLevelMetrics": []}], "EncryptionType": "NONE",
            "HasMoreShards": true,
        })
    );
    let ids: Vec<&str> = shards
        .as_array()
        .expect("a list")
        .iter()
        .map(|s| s["ShardId"].as_str().expect("a text"))
        .collect();
    assert_eq!(ids, [shard(0), shard(1)]);
    assert_eq!(
        shards[0]["HashKeyRange"],
        json!({"StartingHashKey": "0", "EndingHashKey": "113427455640312821154458202477256070484"})
    );
    let number = &shards[0]["SequenceNumberRange"]["StartingSequenceNumber"];
    assert_eq!(number.as_str().map(str::len), Some(56));
    let after = json!({"StreamName": "orders", "ExclusiveStartShardId": shard(1)});
    let told = endpoint.done("DescribeStream", &after);
    assert_eq!(told["StreamDescription"]["Shards"][0]["ShardId"], shard(2));
    assert_eq!(told["StreamDescription"]["HasMoreShards"], false);
}

#[test]
fn shards_of_a_stream_that_is_being_created_are_not_told_yet() {
    let endpoint = Endpoint::standing();
    endpoint.done("CreateStream", &json!({"StreamName": "orders", "ShardCount": 3}));
    let told = endpoint.done("DescribeStream", &json!({"StreamName": "orders"}));
    let told = &told["StreamDescription"];
    assert_eq!(told["StreamStatus"], "CREATING");
    assert_eq!((&told["Shards"], &told["HasMoreShards"]), (&json!([]), &json!(false)));
}
