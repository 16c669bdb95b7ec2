//! TagResource, UntagResource and ListTagsForResource.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null};

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    for (action, more) in [("TagResource", "tags"), ("UntagResource", "tagKeys")] {
        endpoint.types(action, &[("ResourceARN", Type::Text)]);
        endpoint.breaks(action, &json!({}), &[&null(more), &null("resourceARN")]);
    }
    endpoint.types("ListTagsForResource", &[("ResourceARN", Type::Text)]);
    for text in ["x", &*arn("")] {
        endpoint.breaks(
            "ListTagsForResource",
            &json!({"ResourceARN": text}),
            &[&fault(
                text,
                "resourceARN",
                "satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+",
            )],
        );
    }
    endpoint.misses_stream("ListTagsForResource", &json!({"ResourceARN": arn("absent")}));
}

#[test]
fn streams_and_consumers_have_tags() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = json!({"StreamARN": arn("orders"), "ConsumerName": "audit", "Tags": {"x": "0"}});
    let told = endpoint.done("RegisterStreamConsumer", &body);
    let consumer = told["Consumer"]["ConsumerARN"].as_str().expect("a text").to_owned();
    for (resource, before) in
        [(arn("orders"), json!([])), (consumer, json!([{"Key": "x", "Value": "0"}]))]
    {
        let asked = json!({"ResourceARN": resource});
        assert_eq!(endpoint.done("ListTagsForResource", &asked), json!({"Tags": before}));
        endpoint
            .done("TagResource", &json!({"ResourceARN": resource, "Tags": {"a": "1", "b": "2"}}));
        endpoint.done("UntagResource", &json!({"ResourceARN": resource, "TagKeys": ["a", "x"]}));
        let told = endpoint.done("ListTagsForResource", &asked);
        assert_eq!(told, json!({"Tags": [{"Key": "b", "Value": "2"}]}));
    }
}

#[test]
fn queues_and_channels_are_resources_that_are_not_there() {
    let endpoint = Endpoint::new();
    for kind in ["queue", "channel"] {
        let arn = format!("arn:aws:kinesis:us-east-1:000000000000:{kind}/x");
        let why = format!("Resource {kind}/x under account 000000000000 not found.");
        let body = json!({"ResourceARN": arn});
        endpoint.refuses("ListTagsForResource", &body, "ResourceNotFoundException", &why);
    }
}
