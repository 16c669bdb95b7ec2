//! DescribeStreamSummary.

use serde_json::json;

use super::{Endpoint, Type, arn, null};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint
        .types("DescribeStreamSummary", &[("StreamName", Type::Text), ("StreamARN", Type::Text)]);
    endpoint.breaks("DescribeStreamSummary", &json!({}), &[&null("streamName")]);
    endpoint.misses_stream("DescribeStreamSummary", &json!({"StreamName": "absent"}));
}

#[test]
fn it_tells_settings_and_counts_and_no_shards() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 2);
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamARN": arn("orders")}));
    let mut told = told["StreamDescriptionSummary"].as_object().expect("a structure").clone();
    assert!(told.remove("StreamCreationTimestamp").is_some_and(|at| at.is_f64()));
    assert_eq!(
        serde_json::Value::from(told),
        json!({
            "StreamName": "orders", "StreamARN": arn("orders"), "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": "PROVISIONED"}, "RetentionPeriodHours": 24,
            "EnhancedMonitoring": [{"ShardLevelMetrics": []}], "EncryptionType": "NONE",
            "OpenShardCount": 2, "ConsumerCount": 0, "MaxRecordSizeInKiB": 1024,
            "ChannelCount": 0, "QueueCount": 0,
        })
    );
}

#[test]
fn how_records_are_distributed_is_told_of_on_demand_streams_only() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let mode = json!({"StreamMode": "ON_DEMAND"});
    endpoint.done("CreateStream", &json!({"StreamName": "clicks", "StreamModeDetails": mode}));
    let told = |stream: &str| {
        let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": stream}));
        told["StreamDescriptionSummary"].get("RecordDistributionStrategy").cloned()
    };
    assert_eq!((told("orders"), told("clicks")), (None, Some(json!("USER_PARTITION_KEY"))));
}
