//! DescribeLimits, DescribeAccountSettings and UpdateAccountSettings, and the account's own names.

use serde_json::json;
use watershed::engine::EngineOptions;
use watershed::model::Quotas;
use watershed::server::{Auth, Options};
use watershed::wire::Account;

use super::{Endpoint, Type, arn, fault, null};

#[test]
fn limits_and_counts_are_told() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 3);
    assert_eq!(
        endpoint.done("DescribeLimits", &json!({})),
        json!({
            "ShardLimit": 20_000, "OpenShardCount": 3, "OnDemandStreamCount": 0,
            "OnDemandStreamCountLimit": 50, "ChannelCount": 0, "ChannelCountLimit": 0,
        })
    );
}

#[test]
fn the_commitment_is_begun_and_not_ended_at_once() {
    let endpoint = Endpoint::new();
    let (field, action) = ("minimumThroughputBillingCommitment", "UpdateAccountSettings");
    endpoint.types(action, &[("MinimumThroughputBillingCommitment", Type::Structure)]);
    endpoint.breaks(action, &json!({}), &[&null(field)]);
    let wish = |status: &str| json!({"MinimumThroughputBillingCommitment": {"Status": status}});
    endpoint.breaks(
        action,
        &wish("MAYBE"),
        &[&fault(
            "MAYBE",
            &format!("{field}.status"),
            "satisfy enum value set: [ENABLED, DISABLED]",
        )],
    );
    let told = endpoint.done("DescribeAccountSettings", &json!({}));
    assert_eq!(told, json!({"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}}));
    let told = endpoint.done(action, &wish("ENABLED"));
    let told = &told["MinimumThroughputBillingCommitment"];
    assert_eq!(told["Status"], "ENABLED");
    assert!(told["StartedAt"].is_number() && told["EarliestAllowedEndAt"].is_number(), "{told}");
    let told = endpoint.done(action, &wish("DISABLED"));
    let status = &told["MinimumThroughputBillingCommitment"]["Status"];
    assert_eq!(status, "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
}

#[test]
fn account_and_region_have_the_names_that_they_are_given() {
    let account = Account {
        id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        ..Account::default()
    };
    let options = Options { workers: 1, auth: Auth::Off, account, ..Options::default() };
    let endpoint =
        Endpoint::of(EngineOptions { create_delay_ms: 0, ..EngineOptions::default() }, options);
    endpoint.stream("orders", 1);
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamARN": arn}));
    assert_eq!(told["StreamDescriptionSummary"]["StreamARN"], arn);
    endpoint.refuses(
        "DescribeStream",
        &json!({"StreamName": "absent"}),
        "ResourceNotFoundException",
        "Stream absent under account 123456789012 not found.",
    );
    let body = json!({"StreamARN": arn, "ConsumerName": "audit"});
    let told = endpoint.done("RegisterStreamConsumer", &body);
    let own = told["Consumer"]["ConsumerARN"].as_str().expect("a text").to_owned();
    assert!(own.starts_with(&format!("{arn}/consumer/audit:")), "{own}");
    endpoint.done("DescribeStreamConsumer", &json!({"ConsumerARN": own}));
}

#[test]
fn what_is_of_another_account_is_not_found_whatever_it_is_called_inside() {
    let account = Account {
        id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        ..Account::default()
    };
    let options = Options { workers: 1, auth: Auth::Off, account, ..Options::default() };
    let quotas = Quotas { shards: Some(2), ..Quotas::OFF };
    let engine = EngineOptions { create_delay_ms: 0, quotas, ..EngineOptions::default() };
    let endpoint = Endpoint::of(engine, options);
    endpoint.stream("orders", 1);
    let why = "Resource stream/orders under account 123456789012 not found.";
    let body = json!({"StreamARN": arn("orders")});
    endpoint.refuses("DeleteStream", &body, "ResourceNotFoundException", why);
    let mode = json!({"StreamMode": "ON_DEMAND"});
    endpoint.done("CreateStream", &json!({"StreamName": "views", "StreamModeDetails": mode}));
    endpoint.wait("views", "ACTIVE");
    endpoint.refuses(
        "SplitShard",
        &json!({"StreamName": "views", "ShardToSplit": "0", "NewStartingHashKey": "9"}),
        "ValidationException",
        "Request is invalid. Stream views under account 123456789012 is in On-Demand mode.",
    );
    let told = endpoint.ask("CreateStream", &json!({"StreamName": "clicks", "ShardCount": 3}));
    let why = told.json()["message"].as_str().expect("a text").to_owned();
    assert!(why.contains("the account 123456789012 in eu-west-1. Current"), "{why}");
    // What came from outside is shown as it came.
    let key = "account 000000000000 ".repeat(20);
    let body = json!({"StreamName": "orders", "Data": "", "PartitionKey": key});
    let told = endpoint.ask("PutRecord", &body);
    let why = told.json()["message"].as_str().expect("a text").to_owned();
    assert!(why.contains(&key), "{why}");
}
