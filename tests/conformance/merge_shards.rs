//! MergeShards.

use serde_json::json;

use super::{Endpoint, Type, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "MergeShards",
        &[
            ("StreamName", Type::Text),
            ("ShardToMerge", Type::Text),
            ("AdjacentShardToMerge", Type::Text),
        ],
    );
    endpoint.breaks(
        "MergeShards",
        &json!({}),
        &[&null("streamName"), &null("shardToMerge"), &null("adjacentShardToMerge")],
    );
}

#[test]
fn two_neighbors_become_one() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 3);
    let body = |stream: &str, lower: &str, upper: &str| json!({"StreamName": stream, "ShardToMerge": lower, "AdjacentShardToMerge": upper});
    endpoint.misses_stream("MergeShards", &body("absent", "0", "1"));
    endpoint.refuses(
        "MergeShards",
        &body("orders", "0", "9"),
        "ResourceNotFoundException",
        &format!("Could not find shard {} in stream orders under account 000000000000.", shard(9)),
    );
    for (lower, upper) in [(0, 2), (0, 0)] {
        let told = format!(
            "Shards {} and {} in stream orders under account 000000000000 are not an adjacent pair \
             of shards eligible for merging",
            shard(lower),
            shard(upper)
        );
        let asked = body("orders", &shard(lower), &shard(upper));
        endpoint.refuses("MergeShards", &asked, "InvalidArgumentException", &told);
    }
    endpoint.done("MergeShards", &body("orders", &shard(0), &shard(1)));
    endpoint.wait("orders", "ACTIVE");
    let told = endpoint.done("ListShards", &json!({"StreamName": "orders"}));
    let child = &told["Shards"][3];
    assert_eq!(
        (&child["ParentShardId"], &child["AdjacentParentShardId"]),
        (&json!(shard(0)), &json!(shard(1)))
    );
    assert_eq!(child["HashKeyRange"]["StartingHashKey"], "0");
}

#[test]
fn a_stream_that_changes_or_scales_itself_merges_nothing() {
    let endpoint = Endpoint::updating();
    endpoint.stream("orders", 4);
    let body = |shard: u32| json!({"StreamName": "orders", "ShardToMerge": shard.to_string(), "AdjacentShardToMerge": (shard + 1).to_string()});
    endpoint.done("MergeShards", &body(0));
    endpoint.finds_busy("MergeShards", &body(2), "UPDATING");
    let clicks = json!({"StreamName": "clicks", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    endpoint.done("CreateStream", &clicks);
    endpoint.wait("clicks", "ACTIVE");
    endpoint.refuses(
        "MergeShards",
        &json!({"StreamName": "clicks", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
        "ValidationException",
        "Request is invalid. Stream clicks under account 000000000000 is in On-Demand mode.",
    );
}
