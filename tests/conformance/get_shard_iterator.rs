//! GetShardIterator.

use serde_json::{Value, json};

use super::{Endpoint, NAME, Type, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "GetShardIterator",
        &[
            ("StreamName", Type::Text),
            ("ShardId", Type::Text),
            ("ShardIteratorType", Type::Text),
            ("StartingSequenceNumber", Type::Text),
            ("Timestamp", Type::Time),
            ("DryRun", Type::Boolean),
        ],
    );
    let breaks = |body, faults: &[&str]| endpoint.breaks("GetShardIterator", &body, faults);
    breaks(json!({}), &[&null("streamName"), &null("shardId"), &null("shardIteratorType")]);
    breaks(
        json!({"StreamName": "x", "ShardId": "?", "ShardIteratorType": "NOW", "StartingSequenceNumber": "x"}),
        &[
            &fault("?", "shardId", NAME),
            &fault(
                "NOW",
                "shardIteratorType",
                "satisfy enum value set: [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP]",
            ),
            &fault(
                "x",
                "startingSequenceNumber",
                "satisfy regular expression pattern: 0|([1-9]\\d{0,128})",
            ),
        ],
    );
}

#[test]
fn position_and_type_must_fit() {
    let endpoint = Endpoint::unlimited();
    endpoint.stream("orders", 2);
    let put = endpoint
        .done("PutRecord", &json!({"StreamName": "orders", "Data": "", "PartitionKey": "a"}));
    let number = put["SequenceNumber"].as_str().expect("a text");
    let body = |more: Value| {
        let mut body = json!({"StreamName": "orders", "ShardId": shard(0)});
        let more = more.as_object().expect("a structure").clone();
        body.as_object_mut().expect("a structure").extend(more);
        body
    };
    let refuses = |more: Value, told: &str| {
        endpoint.refuses("GetShardIterator", &body(more), "InvalidArgumentException", told);
    };
    let either = |kind: &str, what: &str| {
        format!(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and \
             StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
             Request specified {kind} and {what} StartingSequenceNumber."
        )
    };
    refuses(
        json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
        &either("AT_SEQUENCE_NUMBER", "no"),
    );
    refuses(
        json!({"ShardIteratorType": "LATEST", "StartingSequenceNumber": number}),
        &either("LATEST", "also a"),
    );
    refuses(
        json!({"ShardIteratorType": "AT_TIMESTAMP"}),
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current \
         request has no timestamp parameter.",
    );
    refuses(
        json!({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "5"}),
        &format!(
            "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard \
             with {}",
            shard(5),
            shard(0)
        ),
    );
    let none = "9".repeat(56);
    refuses(
        json!({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": none}),
        &format!(
            "StartingSequenceNumber {none} used in GetShardIterator on shard {} in stream orders \
             under account 000000000000 is invalid.",
            shard(0)
        ),
    );
    let mut other =
        body(json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number}));
    let at = endpoint.done("GetShardIterator", &other)["ShardIterator"].clone();
    assert!(at.as_str().is_some_and(|token| (1..=512).contains(&token.len())));
    other["ShardId"] = json!(shard(1));
    endpoint.refuses(
        "GetShardIterator",
        &other,
        "InvalidArgumentException",
        &format!(
            "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard \
             with {}",
            shard(0),
            shard(1)
        ),
    );
    let future = body(json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 99_999_999_999u64}));
    let told = endpoint.ask("GetShardIterator", &future).json();
    let sentence = told["message"].as_str().expect("a text");
    assert!(sentence.starts_with("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: 99999999999000, currentTimestampInMillis: "), "{sentence}");
}

#[test]
fn stream_and_shard_must_be_there() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    for (stream, id, told) in [("absent", "0", shard(0)), ("orders", "1", shard(1))] {
        endpoint.refuses(
            "GetShardIterator",
            &json!({"StreamName": stream, "ShardId": id, "ShardIteratorType": "LATEST"}),
            "ResourceNotFoundException",
            &format!("Shard {told} in stream {stream} under account 000000000000 does not exist"),
        );
    }
    let dry = json!({"StreamName": "orders", "ShardId": "0", "ShardIteratorType": "LATEST", "DryRun": true});
    let told = "GetShardIterator would have been permitted, but the DryRun parameter is set.";
    endpoint.refuses("GetShardIterator", &dry, "DryRunOperationException", told);
}

#[test]
fn a_shard_that_cannot_be_called_so_is_not_found() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    for shard in ["shardId-x", "ABKLFD8", "2.14E4", "2147483648"] {
        let body = json!({"StreamName": "orders", "ShardId": shard, "ShardIteratorType": "LATEST"});
        let why =
            format!("Could not find shard {shard} in stream orders under account 000000000000.");
        endpoint.refuses("GetShardIterator", &body, "ResourceNotFoundException", &why);
    }
}
