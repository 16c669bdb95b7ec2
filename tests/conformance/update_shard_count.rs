//! UpdateShardCount.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "UpdateShardCount",
        &[
            ("StreamName", Type::Text),
            ("TargetShardCount", Type::Integer),
            ("ScalingType", Type::Text),
        ],
    );
    endpoint.breaks(
        "UpdateShardCount",
        &json!({}),
        &[&null("streamName"), &null("targetShardCount"), &null("scalingType")],
    );
    endpoint.breaks(
        "UpdateShardCount",
        &json!({"StreamName": "x", "TargetShardCount": 0, "ScalingType": "SOME"}),
        &[
            &fault("0", "targetShardCount", "have value greater than or equal to 1"),
            &fault("SOME", "scalingType", "satisfy enum value set: [UNIFORM_SCALING]"),
        ],
    );
}

#[test]
fn the_number_of_open_shards_changes_by_half_or_double_at_most() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 4);
    let body = |stream: &str, count: u32| json!({"StreamName": stream, "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"});
    endpoint.misses_stream("UpdateShardCount", &body("absent", 1));
    endpoint.refuses(
        "UpdateShardCount",
        &body("orders", 9),
        "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count. Current open \
         shard count: 4, Target shard count: 9",
    );
    let told = endpoint.done("UpdateShardCount", &body("orders", 8));
    assert_eq!(
        told,
        json!({"StreamName": "orders", "StreamARN": arn("orders"), "CurrentShardCount": 4, "TargetShardCount": 8})
    );
    endpoint.wait("orders", "ACTIVE");
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
    assert_eq!(told["StreamDescriptionSummary"]["OpenShardCount"], 8);
}
