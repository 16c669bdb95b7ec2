//! UpdateStreamMode, UpdateStreamWarmThroughput and UpdateStreamRecordDistributionStrategy.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null};

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "UpdateStreamMode",
        &[("StreamARN", Type::Text), ("StreamModeDetails", Type::Structure)],
    );
    endpoint.types("UpdateStreamWarmThroughput", &[("WarmThroughputMiBps", Type::Integer)]);
    endpoint.types(
        "UpdateStreamRecordDistributionStrategy",
        &[("RecordDistributionStrategy", Type::Text)],
    );
    for (action, fields) in [
        ("UpdateStreamMode", [null("streamARN"), null("streamModeDetails")]),
        ("UpdateStreamWarmThroughput", [null("streamName"), null("warmThroughputMiBps")]),
        (
            "UpdateStreamRecordDistributionStrategy",
            [null("streamARN"), null("recordDistributionStrategy")],
        ),
    ] {
        endpoint.breaks(action, &json!({}), &[&fields[0], &fields[1]]);
    }
    endpoint.breaks(
        "UpdateStreamWarmThroughput",
        &json!({"StreamName": "x", "WarmThroughputMiBps": -1}),
        &[&fault("-1", "warmThroughputMiBps", "have value greater than or equal to 0")],
    );
    let mode = json!({"StreamMode": "ON_DEMAND"});
    let absent = json!({"StreamARN": arn("absent"), "StreamModeDetails": mode});
    endpoint.misses_stream("UpdateStreamMode", &absent);
}

#[test]
fn a_stream_changes_its_mode_twice_a_day() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body =
        |mode: &str| json!({"StreamARN": arn("orders"), "StreamModeDetails": {"StreamMode": mode}});
    for mode in ["ON_DEMAND", "PROVISIONED"] {
        endpoint.done("UpdateStreamMode", &body(mode));
        endpoint.wait("orders", "ACTIVE");
        let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
        let details = &told["StreamDescriptionSummary"]["StreamModeDetails"];
        assert_eq!(details["StreamMode"], mode);
    }
    endpoint.refuses(
        "UpdateStreamMode",
        &body("ON_DEMAND"),
        "LimitExceededException",
        "Stream orders under account 000000000000 cannot switch its mode more than 2 times in a 24 \
         hour period.",
    );
}

#[test]
fn only_on_demand_streams_distribute_records_themselves() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let action = "UpdateStreamRecordDistributionStrategy";
    let body =
        |stream: &str| json!({"StreamARN": arn(stream), "RecordDistributionStrategy": "AUTO"});
    let told = endpoint.ask(action, &body("orders")).json();
    assert_eq!(told["__type"], "InvalidArgumentException");
    let clicks = json!({"StreamName": "clicks", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    endpoint.done("CreateStream", &clicks);
    endpoint.wait("clicks", "ACTIVE");
    endpoint.done(action, &body("clicks"));
    endpoint.wait("clicks", "ACTIVE");
    let keyless = json!({"StreamName": "clicks", "Data": "AA=="});
    endpoint.done("PutRecord", &keyless);
}

#[test]
fn warm_throughput_wants_the_account_s_commitment() {
    let endpoint = Endpoint::new();
    endpoint.done(
        "UpdateAccountSettings",
        &json!({"MinimumThroughputBillingCommitment": {"Status": "ENABLED"}}),
    );
    let clicks = json!({"StreamName": "clicks", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}});
    endpoint.done("CreateStream", &clicks);
    endpoint.wait("clicks", "ACTIVE");
    let body = json!({"StreamName": "clicks", "WarmThroughputMiBps": 6});
    let told = endpoint.done("UpdateStreamWarmThroughput", &body);
    assert_eq!(
        (&told["StreamName"], &told["StreamARN"]),
        (&json!("clicks"), &json!(arn("clicks")))
    );
    assert_eq!(told["WarmThroughput"]["TargetMiBps"], 6);
    let provisioned = json!({"StreamName": "orders", "WarmThroughputMiBps": 6});
    endpoint.stream("orders", 1);
    let told = endpoint.ask("UpdateStreamWarmThroughput", &provisioned).json();
    assert_eq!(told["__type"], "ValidationException");
}
