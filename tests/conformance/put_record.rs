//! PutRecord.

use serde_json::json;

use super::{Endpoint, Type, arn, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "PutRecord",
        &[
            ("StreamName", Type::Text),
            ("StreamARN", Type::Text),
            ("Data", Type::Blob),
            ("PartitionKey", Type::Text),
            ("ExplicitHashKey", Type::Text),
            ("SequenceNumberForOrdering", Type::Text),
            ("DryRun", Type::Boolean),
        ],
    );
    let breaks = |body, faults: &[&str]| endpoint.breaks("PutRecord", &body, faults);
    breaks(json!({}), &[&null("data"), &null("streamName")]);
    let long = "k".repeat(257);
    breaks(
        json!({"StreamName": "x", "Data": "", "PartitionKey": long, "ExplicitHashKey": "-1", "SequenceNumberForOrdering": "x"}),
        &[
            &fault(&long, "partitionKey", "have length less than or equal to 256"),
            &fault(
                "-1",
                "explicitHashKey",
                "satisfy regular expression pattern: 0|([1-9]\\d{0,38})",
            ),
            &fault(
                "x",
                "sequenceNumberForOrdering",
                "satisfy regular expression pattern: 0|([1-9]\\d{0,128})",
            ),
        ],
    );
}

#[test]
fn a_record_goes_where_its_key_or_hash_key_says() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 2);
    let put = |more: &[(&str, &str)]| {
        let mut body = json!({"StreamARN": arn("orders"), "Data": "AAECAw=="});
        more.iter().for_each(|(field, value)| body[*field] = json!(value));
        endpoint.done("PutRecord", &body)
    };
    // The reference's keys: the first hashes low, the second high.
    let low = put(&[("PartitionKey", "a")]);
    let high = put(&[("PartitionKey", "\u{43a}\u{43b}\u{44e}\u{447}")]);
    let explicit = put(&[
        ("PartitionKey", "a"),
        ("ExplicitHashKey", "340282366920938463463374607431768211455"),
    ]);
    assert_eq!((&low["ShardId"], &low["EncryptionType"]), (&json!(shard(0)), &json!("NONE")));
    assert_eq!((&high["ShardId"], &explicit["ShardId"]), (&json!(shard(1)), &json!(shard(1))));
    let number =
        |put: &serde_json::Value| put["SequenceNumber"].as_str().expect("a text").to_owned();
    assert!(number(&high) < number(&explicit) && number(&high).len() == 56);
    let after = put(&[("PartitionKey", "a"), ("SequenceNumberForOrdering", &number(&low))]);
    assert!(number(&low) < number(&after));
    // Numbers of the service's old versions, of kinesalite's suite.
    for old in ["0", "49039857307708443467467104868809893875799651909875269633"] {
        put(&[("PartitionKey", "a"), ("SequenceNumberForOrdering", old)]);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let endpoint = Endpoint::standing();
    let body = json!({"StreamName": "absent", "Data": "", "PartitionKey": "k"});
    endpoint.misses_stream("PutRecord", &body);
    endpoint.done("CreateStream", &json!({"StreamName": "absent", "ShardCount": 1}));
    endpoint.misses_stream("PutRecord", &body);
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let put = |field: &str, value: &str, code: &str, told: &str| {
        let mut body = json!({"StreamName": "orders", "Data": "", "PartitionKey": "k"});
        body[field] = json!(value);
        endpoint.refuses("PutRecord", &body, code, told);
    };
    let invalid = "InvalidArgumentException";
    let above = "340282366920938463463374607431768211456";
    put(
        "ExplicitHashKey",
        above,
        invalid,
        &format!(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {above}"
        ),
    );
    let version_4 = "49039857307708443467467104868809893875799651909875269636";
    put(
        "SequenceNumberForOrdering",
        version_4,
        invalid,
        &format!(
            "ExclusiveMinimumSequenceNumber {version_4} used in PutRecord on stream orders under account 000000000000 is invalid."
        ),
    );
    put(
        "PartitionKey",
        "",
        "ValidationException",
        "1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    let large = "A".repeat(1_398_104);
    put(
        "Data",
        &large,
        "ValidationException",
        "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576",
    );
}

#[test]
fn a_dry_run_puts_nothing() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    endpoint.refuses(
        "PutRecord",
        &json!({"StreamName": "orders", "Data": "", "PartitionKey": "k", "DryRun": true}),
        "DryRunOperationException",
        "PutRecord would have been permitted, but the DryRun parameter is set.",
    );
    let iterator = endpoint.iterator("orders", "0", "TRIM_HORIZON");
    let told = endpoint.done("GetRecords", &json!({"ShardIterator": iterator}));
    assert_eq!(told["Records"], json!([]));
}

#[test]
fn a_shard_refuses_what_is_above_its_rate() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let data = "A".repeat(1_300_000);
    let body = json!({"StreamName": "orders", "Data": data, "PartitionKey": "k"});
    let refused = (0..20).map(|_| endpoint.ask("PutRecord", &body)).find(|put| put.status != 200);
    let told = refused.expect("20 MB are not taken in a moment").json();
    assert_eq!(told["__type"], "ProvisionedThroughputExceededException");
    let sentence = format!(
        "Rate exceeded for shard {} in stream orders under account 000000000000.",
        shard(0)
    );
    assert_eq!(told["message"], sentence);
}

#[test]
fn a_key_without_a_character_breaks_a_constraint_before_the_stream_is_looked_for() {
    Endpoint::new().breaks(
        "PutRecord",
        &json!({"StreamName": "absent", "Data": "", "PartitionKey": ""}),
        &[&fault("", "partitionKey", "have length greater than or equal to 1")],
    );
}

/// Ten mebibytes are a constraint of the model: who asked heard of the stream alone.
#[test]
fn data_that_no_stream_takes_break_a_constraint_before_the_stream_is_looked_for() {
    let large = "A".repeat(13_981_016);
    Endpoint::new().breaks(
        "PutRecord",
        &json!({"StreamName": "absent", "Data": large, "PartitionKey": ""}),
        &[
            &fault("", "partitionKey", "have length greater than or equal to 1"),
            "Value at 'data' failed to satisfy constraint: Member must have length less than or \
             equal to 10485760",
        ],
    );
}
