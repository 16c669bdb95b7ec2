//! DeleteStream.

use serde_json::json;

use super::{Endpoint, Type, arn, null};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "DeleteStream",
        &[
            ("StreamName", Type::Text),
            ("StreamARN", Type::Text),
            ("EnforceConsumerDeletion", Type::Boolean),
        ],
    );
    endpoint.breaks("DeleteStream", &json!({}), &[&null("streamName")]);
    endpoint.misses_stream("DeleteStream", &json!({"StreamName": "absent"}));
}

#[test]
fn a_stream_is_deleting_and_then_gone() {
    let endpoint = Endpoint::updating();
    endpoint.stream("orders", 1);
    endpoint.done("DeleteStream", &json!({"StreamName": "orders"}));
    endpoint.wait("orders", "DELETING");
    endpoint.finds_busy("DeleteStream", &json!({"StreamName": "orders"}), "DELETING");
    let endpoint = Endpoint::new();
    endpoint.stream("absent", 1);
    endpoint.done("DeleteStream", &json!({"StreamARN": arn("absent")}));
    while endpoint.ask("DescribeStream", &json!({"StreamName": "absent"})).status == 200 {
        std::thread::yield_now();
    }
    endpoint.misses_stream("DescribeStream", &json!({"StreamName": "absent"}));
}

#[test]
fn registered_consumers_keep_a_stream_unless_they_may_go_with_it() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let consumer = json!({"StreamARN": arn("orders"), "ConsumerName": "audit"});
    endpoint.done("RegisterStreamConsumer", &consumer);
    let refused = endpoint.ask("DeleteStream", &json!({"StreamName": "orders"}));
    assert_eq!(refused.json()["__type"], "ResourceInUseException");
    let enforced = json!({"StreamName": "orders", "EnforceConsumerDeletion": true});
    endpoint.done("DeleteStream", &enforced);
}

#[test]
fn a_stream_that_is_being_created_can_be_deleted() {
    let endpoint = Endpoint::standing();
    endpoint.done("CreateStream", &json!({"StreamName": "orders", "ShardCount": 1}));
    endpoint.done("DeleteStream", &json!({"StreamName": "orders"}));
    endpoint.finds_busy("DeleteStream", &json!({"StreamName": "orders"}), "DELETING");
}

/// It was taken for the ARN of the consumer's stream, and the stream was gone.
#[test]
fn the_arn_of_a_consumer_names_no_stream() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let consumer = json!({"StreamARN": arn("orders"), "ConsumerName": "audit"});
    let told = endpoint.done("RegisterStreamConsumer", &consumer);
    let own = told["Consumer"]["ConsumerARN"].as_str().expect("a text");
    let body = json!({"StreamARN": own, "EnforceConsumerDeletion": true});
    let (_, resource) = own.split_once("000000000000:").expect("an ARN has an account");
    let why = format!("Resource {resource} under account 000000000000 not found.");
    endpoint.refuses("DeleteStream", &body, "ResourceNotFoundException", &why);
    endpoint.wait("orders", "ACTIVE");
}
