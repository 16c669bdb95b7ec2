//! ListShards.

use serde_json::{Value, json};

use super::{Endpoint, Type, arn, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "ListShards",
        &[
            ("StreamName", Type::Text),
            ("StreamARN", Type::Text),
            ("NextToken", Type::Text),
            ("ExclusiveStartShardId", Type::Text),
            ("MaxResults", Type::Integer),
            ("StreamCreationTimestamp", Type::Time),
            ("ShardFilter", Type::Structure),
        ],
    );
    let breaks = |body, faults: &[&str]| endpoint.breaks("ListShards", &body, faults);
    breaks(
        json!({"StreamName": "x", "MaxResults": 0}),
        &[&fault("0", "maxResults", "have value greater than or equal to 1")],
    );
    breaks(json!({"StreamName": "x", "ShardFilter": {}}), &[&null("shardFilter.type")]);
    breaks(
        json!({"StreamName": "x", "ShardFilter": {"Type": "ALL"}}),
        &[&fault(
            "ALL",
            "shardFilter.type",
            "satisfy enum value set: [AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, \
             AT_LATEST, AT_TIMESTAMP, FROM_TIMESTAMP]",
        )],
    );
}

#[test]
fn a_stream_or_a_token_says_which_and_not_both() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 3);
    let refuses = |body: Value, code: &str, told: &str| {
        endpoint.refuses("ListShards", &body, code, told);
    };
    let invalid = "InvalidArgumentException";
    refuses(json!({}), invalid, "Either NextToken or StreamName should be provided.");
    refuses(json!({"NextToken": "?"}), invalid, "Invalid NextToken.");
    endpoint.misses_stream("ListShards", &json!({"StreamName": "absent"}));
    let page = endpoint.done("ListShards", &json!({"StreamARN": arn("orders"), "MaxResults": 2}));
    let token = &page["NextToken"];
    refuses(
        json!({"NextToken": token, "StreamName": "orders"}),
        invalid,
        "NextToken and StreamName cannot be provided together.",
    );
    refuses(
        json!({"NextToken": token, "StreamName": "absent"}),
        invalid,
        "NextToken and StreamName cannot be provided together.",
    );
    let rest = endpoint.done("ListShards", &json!({"NextToken": token}));
    assert_eq!(
        (&rest["Shards"][0]["ShardId"], &rest["NextToken"]),
        (&json!(shard(2)), &Value::Null)
    );
}

#[test]
fn filters_choose_among_open_and_closed_shards() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 2);
    let merge = json!({"StreamName": "orders", "ShardToMerge": "0", "AdjacentShardToMerge": "1"});
    endpoint.done("MergeShards", &merge);
    endpoint.wait("orders", "ACTIVE");
    let list = |filter: Value| -> Vec<String> {
        let body = json!({"StreamName": "orders", "ShardFilter": filter});
        let told = endpoint.done("ListShards", &body);
        let shards = told["Shards"].as_array().expect("a list").clone();
        shards.iter().map(|shard| shard["ShardId"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(list(Value::Null), [shard(0), shard(1), shard(2)]);
    assert_eq!(list(json!({"Type": "AT_LATEST"})), [shard(2)]);
    assert_eq!(list(json!({"Type": "AFTER_SHARD_ID", "ShardId": shard(0)})), [shard(1), shard(2)]);
    assert_eq!(list(json!({"Type": "FROM_TIMESTAMP", "Timestamp": 0})).len(), 3);
    for (filter, told) in [
        (
            json!({"Type": "AFTER_SHARD_ID"}),
            "ShardId must be specified when ShardFilter is AFTER_SHARD_ID.",
        ),
        (
            json!({"Type": "AT_TIMESTAMP"}),
            "Timestamp must be specified when ShardFilter is AT_TIMESTAMP.",
        ),
    ] {
        let body = json!({"StreamName": "orders", "ShardFilter": filter});
        endpoint.refuses("ListShards", &body, "InvalidArgumentException", told);
    }
}
