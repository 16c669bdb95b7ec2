//! UpdateMaxRecordSize.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    let action = "UpdateMaxRecordSize";
    endpoint.types(action, &[("StreamARN", Type::Text), ("MaxRecordSizeInKiB", Type::Integer)]);
    endpoint.breaks(action, &json!({}), &[&null("streamARN"), &null("maxRecordSizeInKiB")]);
    endpoint.breaks(
        action,
        &json!({"StreamARN": arn("x"), "MaxRecordSizeInKiB": 10_241}),
        &[&fault("10241", "maxRecordSizeInKiB", "have value less than or equal to 10240")],
    );
    let body = json!({"StreamARN": arn("absent"), "MaxRecordSizeInKiB": 2_048});
    endpoint.misses_stream(action, &body);
}

#[test]
fn a_stream_takes_larger_records_from_then_on() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let put = json!({"StreamName": "orders", "Data": "A".repeat(1_500_000), "PartitionKey": "k"});
    assert_eq!(endpoint.ask("PutRecord", &put).status, 400);
    let body = json!({"StreamARN": arn("orders"), "MaxRecordSizeInKiB": 10_240});
    endpoint.done("UpdateMaxRecordSize", &body);
    endpoint.wait("orders", "ACTIVE");
    endpoint.done("PutRecord", &put);
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
    assert_eq!(told["StreamDescriptionSummary"]["MaxRecordSizeInKiB"], 10_240);
}
