//! EnableEnhancedMonitoring and DisableEnhancedMonitoring.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null};

const BOTH: [&str; 2] = ["EnableEnhancedMonitoring", "DisableEnhancedMonitoring"];

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    for action in BOTH {
        endpoint.types(action, &[("StreamName", Type::Text), ("ShardLevelMetrics", Type::List)]);
        endpoint.breaks(action, &json!({}), &[&null("streamName"), &null("shardLevelMetrics")]);
        endpoint.breaks(
            action,
            &json!({"StreamName": "x", "ShardLevelMetrics": []}),
            &[&fault("[]", "shardLevelMetrics", "have length greater than or equal to 1")],
        );
        endpoint.breaks(
            action,
            &json!({"StreamName": "x", "ShardLevelMetrics": ["Heat"]}),
            &[&fault(
                "[Heat]",
                "shardLevelMetrics",
                "satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, \
                 IncomingRecords, IteratorAgeMilliseconds, OutgoingBytes, OutgoingRecords, \
                 ReadProvisionedThroughputExceeded, WriteProvisionedThroughputExceeded, ALL]]",
            )],
        );
        let body = json!({"StreamName": "absent", "ShardLevelMetrics": ["ALL"]});
        endpoint.misses_stream(action, &body);
    }
}

#[test]
fn metrics_are_switched_on_and_off() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let [enable, disable] = BOTH;
    let body = |metrics: &[&str]| json!({"StreamName": "orders", "ShardLevelMetrics": metrics});
    let told = endpoint.done(enable, &body(&["OutgoingBytes", "IncomingBytes"]));
    assert_eq!(
        told,
        json!({
            "StreamName": "orders", "StreamARN": arn("orders"), "CurrentShardLevelMetrics": [],
            "DesiredShardLevelMetrics": ["IncomingBytes", "OutgoingBytes"],
        })
    );
    endpoint.wait("orders", "ACTIVE");
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
    let monitoring = &told["StreamDescriptionSummary"]["EnhancedMonitoring"];
    assert_eq!(*monitoring, json!([{"ShardLevelMetrics": ["IncomingBytes", "OutgoingBytes"]}]));
    let told = endpoint.done(disable, &body(&["ALL"]));
    assert_eq!(told["DesiredShardLevelMetrics"], json!([]));
}
