//! PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy.

use serde_json::json;

use super::{Endpoint, Type, arn, null};

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types("PutResourcePolicy", &[("ResourceARN", Type::Text), ("Policy", Type::Text)]);
    endpoint.breaks("PutResourcePolicy", &json!({}), &[&null("resourceARN"), &null("policy")]);
    for action in ["GetResourcePolicy", "DeleteResourcePolicy"] {
        endpoint.types(action, &[("ResourceARN", Type::Text)]);
        endpoint.breaks(action, &json!({}), &[&null("resourceARN")]);
        endpoint.misses_stream(action, &json!({"ResourceARN": arn("absent")}));
    }
}

#[test]
fn a_policy_is_kept_and_told() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let asked = json!({"ResourceARN": arn("orders")});
    assert_eq!(endpoint.done("GetResourcePolicy", &asked), json!({"Policy": "{}"}));
    let none = format!("No resource policy found for resource ARN {}.", arn("orders"));
    endpoint.refuses("DeleteResourcePolicy", &asked, "ResourceNotFoundException", &none);
    let policy = "{\"Version\":\"2012-10-17\"}";
    let body = json!({"ResourceARN": arn("orders"), "Policy": policy});
    endpoint.done("PutResourcePolicy", &body);
    assert_eq!(endpoint.done("GetResourcePolicy", &asked), json!({"Policy": policy}));
    endpoint.done("DeleteResourcePolicy", &asked);
    endpoint.refuses("DeleteResourcePolicy", &asked, "ResourceNotFoundException", &none);
    endpoint.refuses(
        "PutResourcePolicy",
        &json!({"ResourceARN": arn("orders"), "Policy": "no"}),
        "InvalidArgumentException",
        "Policy is not a valid policy: it is no JSON object.",
    );
}
