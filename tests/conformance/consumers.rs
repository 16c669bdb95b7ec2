//! RegisterStreamConsumer, DeregisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers.

use serde_json::{Value, json};

use super::{Endpoint, NAME, Type, arn, fault, null};

const CONSUMER_ARN: &str = "satisfy regular expression pattern: \
    ^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+";

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    let text = |field| (field, Type::Text);
    endpoint.types(
        "RegisterStreamConsumer",
        &[text("StreamARN"), text("ConsumerName"), ("Tags", Type::Structure)],
    );
    for action in ["DeregisterStreamConsumer", "DescribeStreamConsumer"] {
        endpoint.types(action, &[text("StreamARN"), text("ConsumerName"), text("ConsumerARN")]);
        for text in ["x", &*arn("orders/consumer/audit"), &arn("orders/consumer/audit:x")] {
            endpoint.breaks(
                action,
                &json!({"ConsumerARN": text}),
                &[&fault(text, "consumerARN", CONSUMER_ARN)],
            );
        }
        endpoint.refuses(
            action,
            &json!({"ConsumerName": "audit"}),
            "InvalidArgumentException",
            "ConsumerARN or both StreamARN and ConsumerName must be specified.",
        );
    }
    endpoint.types(
        "ListStreamConsumers",
        &[
            text("StreamARN"),
            text("NextToken"),
            ("MaxResults", Type::Integer),
            ("StreamCreationTimestamp", Type::Time),
        ],
    );
    endpoint.breaks(
        "RegisterStreamConsumer",
        &json!({}),
        &[&null("streamARN"), &null("consumerName")],
    );
    endpoint.breaks(
        "RegisterStreamConsumer",
        &json!({"StreamARN": arn("x"), "ConsumerName": "a b"}),
        &[&fault("a b", "consumerName", NAME)],
    );
    endpoint.breaks("ListStreamConsumers", &json!({}), &[&null("streamARN")]);
}

fn register(endpoint: &Endpoint, name: &str) -> Value {
    let body = json!({"StreamARN": arn("orders"), "ConsumerName": name});
    endpoint.done("RegisterStreamConsumer", &body)["Consumer"].clone()
}

#[test]
fn a_consumer_is_registered_described_and_taken_away() {
    let endpoint = Endpoint::new();
    let absent = json!({"StreamARN": arn("absent"), "ConsumerName": "audit"});
    endpoint.misses_stream("RegisterStreamConsumer", &absent);
    endpoint.stream("orders", 1);
    let consumer = register(&endpoint, "audit");
    let own = consumer["ConsumerARN"].as_str().expect("a text").to_owned();
    assert!(own.starts_with(&format!("{}/consumer/audit:", arn("orders"))), "{own}");
    assert_eq!(consumer["ConsumerStatus"], "CREATING");
    endpoint.refuses(
        "RegisterStreamConsumer",
        &json!({"StreamARN": arn("orders"), "ConsumerName": "audit"}),
        "ResourceInUseException",
        "Consumer audit under stream orders already exists for account 000000000000.",
    );
    let both = json!({"StreamARN": arn("orders"), "ConsumerName": "audit"});
    for body in [json!({"ConsumerARN": own}), both] {
        let told = endpoint.done("DescribeStreamConsumer", &body);
        let told = &told["ConsumerDescription"];
        assert_eq!(
            (&told["ConsumerName"], &told["StreamARN"]),
            (&json!("audit"), &json!(arn("orders")))
        );
    }
    endpoint.refuses(
        "DescribeStreamConsumer",
        &json!({"StreamARN": arn("orders"), "ConsumerName": "nobody"}),
        "ResourceNotFoundException",
        "Consumer nobody, account 000000000000 not found.",
    );
    endpoint.done("DeregisterStreamConsumer", &json!({"ConsumerARN": own}));
}

#[test]
fn consumers_are_listed_page_by_page() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    for name in ["b", "a", "c"] {
        register(&endpoint, name);
    }
    let body = json!({"StreamARN": arn("orders"), "MaxResults": 2});
    let first = endpoint.done("ListStreamConsumers", &body);
    let names = |page: &Value| -> Vec<String> {
        let all = page["Consumers"].as_array().expect("a list");
        all.iter().map(|one| one["ConsumerName"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(names(&first), ["a", "b"]);
    let next = json!({"StreamARN": arn("orders"), "NextToken": first["NextToken"]});
    let rest = endpoint.done("ListStreamConsumers", &next);
    assert_eq!((names(&rest), &rest["NextToken"]), (vec!["c".to_owned()], &Value::Null));
}

/// All three may be given "as long as they don't conflict with each other": the first one went.
#[test]
fn three_names_of_a_consumer_must_be_of_one() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let register = |name: &str| {
        let body = json!({"StreamARN": arn("orders"), "ConsumerName": name});
        let told = endpoint.done("RegisterStreamConsumer", &body);
        told["Consumer"]["ConsumerARN"].as_str().expect("a text").to_owned()
    };
    let (first, _) = (register("first"), register("second"));
    let body = |name: &str| json!({"ConsumerARN": first, "StreamARN": arn("orders"), "ConsumerName": name});
    for action in ["DescribeStreamConsumer", "DeregisterStreamConsumer"] {
        let why = "ConsumerARN, StreamARN and ConsumerName are not of one consumer.";
        endpoint.refuses(action, &body("second"), "InvalidArgumentException", why);
        let wrong = json!({"ConsumerARN": first, "ConsumerName": "!!"});
        endpoint.breaks(
            action,
            &wrong,
            &[&fault("!!", "consumerName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")],
        );
        endpoint.done(action, &body("first"));
    }
}

#[test]
fn a_token_tells_when_the_stream_was_created() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    endpoint.refuses(
        "ListStreamConsumers",
        &json!({"StreamARN": arn("orders"), "NextToken": "x", "StreamCreationTimestamp": 1}),
        "InvalidArgumentException",
        "NextToken and StreamCreationTimestamp cannot be provided together.",
    );
}
