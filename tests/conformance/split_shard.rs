//! SplitShard.

use serde_json::json;

use super::{Endpoint, NAME, Type, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "SplitShard",
        &[
            ("StreamName", Type::Text),
            ("ShardToSplit", Type::Text),
            ("NewStartingHashKey", Type::Text),
        ],
    );
    let breaks = |body, faults: &[&str]| endpoint.breaks("SplitShard", &body, faults);
    breaks(json!({}), &[&null("streamName"), &null("shardToSplit"), &null("newStartingHashKey")]);
    breaks(
        json!({"StreamName": "x", "ShardToSplit": "a b", "NewStartingHashKey": "01"}),
        &[
            &fault("a b", "shardToSplit", NAME),
            &fault(
                "01",
                "newStartingHashKey",
                "satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
            ),
        ],
    );
}

#[test]
fn stream_shard_and_key_must_fit() {
    let endpoint = Endpoint::updating();
    endpoint.stream("orders", 2);
    let body = |stream: &str, shard: &str, key: &str| json!({"StreamName": stream, "ShardToSplit": shard, "NewStartingHashKey": key});
    endpoint.misses_stream("SplitShard", &body("absent", "0", "2"));
    for (id, told) in [("7", &*shard(7)), ("shardId-x", "shardId-x")] {
        endpoint.refuses(
            "SplitShard",
            &body("orders", id, "2"),
            "ResourceNotFoundException",
            &format!("Could not find shard {told} in stream orders under account 000000000000."),
        );
    }
    for key in ["0", "1", "170141183460469231731687303715884105727"] {
        endpoint.refuses(
            "SplitShard",
            &body("orders", "0", key),
            "InvalidArgumentException",
            &format!(
                "NewStartingHashKey {key} used in SplitShard() on shard {} in stream orders under \
                 account 000000000000 is not both greater than one plus the shard's \
                 StartingHashKey 0 and less than the shard's EndingHashKey \
                 170141183460469231731687303715884105727.",
                shard(0)
            ),
        );
    }
    endpoint.done("SplitShard", &body("orders", "0", "2"));
    endpoint.finds_busy("SplitShard", &body("orders", "1", "2"), "UPDATING");
}

#[test]
fn a_shard_becomes_two() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body =
        json!({"StreamName": "orders", "ShardToSplit": shard(0), "NewStartingHashKey": "1000"});
    endpoint.done("SplitShard", &body);
    endpoint.wait("orders", "ACTIVE");
    let told = endpoint.done("ListShards", &json!({"StreamName": "orders"}));
    let shards = &told["Shards"];
    assert!(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    assert_eq!(shards[1]["ParentShardId"], shard(0));
    assert_eq!(shards[1]["HashKeyRange"]["EndingHashKey"], "999");
    assert_eq!(shards[2]["HashKeyRange"]["StartingHashKey"], "1000");
    endpoint.refuses(
        "SplitShard",
        &body,
        "InvalidArgumentException",
        &format!(
            "Shard {} in stream orders under account 000000000000 has already been merged or \
             split, and thus is not eligible for merging or splitting.",
            shard(0)
        ),
    );
}

#[test]
fn a_key_beyond_all_keys_is_told_with_the_shard_s_range() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let (top, above) =
        ("340282366920938463463374607431768211455", "999999999999999999999999999999999999999");
    let body = |stream: &str, key: &str| json!({"StreamName": stream, "ShardToSplit": shard(0), "NewStartingHashKey": key});
    endpoint.misses_stream("SplitShard", &body("absent", above));
    for key in [top, "340282366920938463463374607431768211456", above] {
        endpoint.refuses(
            "SplitShard",
            &body("orders", key),
            "InvalidArgumentException",
            &format!(
                "NewStartingHashKey {key} used in SplitShard() on shard {} in stream orders under \
                 account 000000000000 is not both greater than one plus the shard's \
                 StartingHashKey 0 and less than the shard's EndingHashKey {top}.",
                shard(0)
            ),
        );
    }
}
