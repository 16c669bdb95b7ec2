//! PutRecords.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Endpoint, Type, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "PutRecords",
        &[("StreamName", Type::Text), ("Records", Type::List), ("DryRun", Type::Boolean)],
    );
    endpoint.mistypes("PutRecords", &json!({"Records": ["a"]}), "Unexpected field type");
    endpoint.mistypes(
        "PutRecords",
        &json!({"Records": [{"Data": 1}]}),
        "class java.math.BigDecimal can not be converted to a Blob",
    );
    endpoint.breaks("PutRecords", &json!({}), &[&null("records"), &null("streamName")]);
    endpoint.breaks(
        "PutRecords",
        &json!({"StreamName": "x", "Records": [{"PartitionKey": "k"}, {"Data": "", "PartitionKey": "k", "ExplicitHashKey": "x"}]}),
        &[
            &null("records.1.member.data"),
            &fault("x", "records.2.member.explicitHashKey", "satisfy regular expression pattern: 0|([1-9]\\d{0,38})"),
        ],
    );
}

fn entries(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({"Data": "AAEC", "PartitionKey": format!("k{n}")})).collect()
}

#[test]
fn one_to_five_hundred_records_are_put_in_order() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = |entries: Vec<Value>| json!({"StreamName": "orders", "Records": entries});
    let of = |rule: &str| {
        format!(
            "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length {rule}"
        )
    };
    let refuses = |count, rule| {
        endpoint.refuses("PutRecords", &body(entries(count)), "ValidationException", &of(rule));
    };
    refuses(0, "greater than or equal to 1");
    refuses(501, "less than or equal to 500");
    let told = endpoint.done("PutRecords", &body(entries(500)));
    assert_eq!((&told["FailedRecordCount"], &told["EncryptionType"]), (&json!(0), &json!("NONE")));
    let numbers: Vec<&str> = told["Records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|put| put["SequenceNumber"].as_str().expect("a text"))
        .collect();
    assert_eq!(numbers.len(), 500);
    assert!(numbers.is_sorted());
    let iterator = endpoint.iterator("orders", "0", "TRIM_HORIZON");
    let read = endpoint.done("GetRecords", &json!({"ShardIterator": iterator}));
    let read: Vec<&str> = read["Records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["PartitionKey"].as_str().expect("a text"))
        .collect();
    let put: Vec<String> = (0..500).map(|n| format!("k{n}")).collect();
    assert_eq!(read, put);
}

#[test]
fn entries_above_a_shard_s_rate_fail_alone() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let large = "A".repeat(600_000);
    let mut entries = entries(1);
    entries.extend((0..20).map(|_| json!({"Data": large, "PartitionKey": "k"})));
    let told = endpoint.done("PutRecords", &json!({"StreamName": "orders", "Records": entries}));
    let failed = told["FailedRecordCount"].as_u64().expect("a number");
    assert!((1..21).contains(&failed), "{failed}");
    let outcomes = told["Records"].as_array().expect("a list");
    assert!(outcomes[0]["SequenceNumber"].is_string());
    let refused: Vec<&Value> = outcomes.iter().filter(|put| !put["ErrorCode"].is_null()).collect();
    assert_eq!(refused.len() as u64, failed);
    let sentence = format!(
        "Rate exceeded for shard {} in stream orders under account 000000000000.",
        shard(0)
    );
    assert_eq!(
        *refused[0],
        json!({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": sentence})
    );
}

#[test]
fn a_request_that_is_wrong_puts_nothing() {
    let endpoint = Endpoint::new();
    endpoint.misses_stream("PutRecords", &json!({"StreamName": "absent", "Records": entries(1)}));
    endpoint.stream("orders", 1);
    let mut wrong = entries(2);
    wrong[1]["ExplicitHashKey"] = json!("9".repeat(39));
    let told = endpoint.ask("PutRecords", &json!({"StreamName": "orders", "Records": wrong}));
    assert_eq!(told.json()["__type"], "InvalidArgumentException");
    let iterator = endpoint.iterator("orders", "0", "TRIM_HORIZON");
    let read = endpoint.done("GetRecords", &json!({"ShardIterator": iterator}));
    assert_eq!(read["Records"], json!([]));
}

#[test]
fn what_is_put_goes_through_the_transform_in_place() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    endpoint.run("transform mask orders orders rename:a:b");
    let body = |data: &[&str]| {
        let entry = |data: &&str| json!({"Data": STANDARD.encode(data), "PartitionKey": "k"});
        json!({"StreamName": "orders", "Records": data.iter().map(entry).collect::<Vec<_>>()})
    };
    let answer = endpoint.done("PutRecords", &body(&[r#"{"a":1}"#, r#"{"a":2}"#]));
    assert_eq!(answer["FailedRecordCount"], 0);
    let one =
        json!({"StreamName": "orders", "PartitionKey": "k", "Data": STANDARD.encode(r#"{"a":3}"#)});
    endpoint.done("PutRecord", &one);
    let iterator = endpoint.iterator("orders", &shard(0), "TRIM_HORIZON");
    let got = endpoint.done("GetRecords", &json!({"ShardIterator": iterator}));
    let data = |record: &Value| {
        let bytes = STANDARD.decode(record["Data"].as_str().expect("a text")).expect("base64");
        String::from_utf8(bytes).expect("it is text")
    };
    let records: Vec<String> =
        got["Records"].as_array().expect("a list").iter().map(data).collect();
    assert_eq!(records, [r#"{"b":1}"#, r#"{"b":2}"#, r#"{"b":3}"#]);
    endpoint.refuses(
        "PutRecords",
        &body(&[r#"{"a":1}"#, "7"]),
        "InvalidArgumentException",
        "Transform mask cannot handle Records.2: not a JSON object: `7`",
    );
}

#[test]
fn all_that_breaks_a_constraint_is_told_together() {
    let endpoint = Endpoint::new();
    let pattern = "satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
    endpoint.breaks(
        "PutRecords",
        &json!({"StreamName": "a b", "Records": []}),
        &[
            &fault("a b", "streamName", pattern),
            "Value at 'records' failed to satisfy constraint: Member must have length greater than \
             or equal to 1",
        ],
    );
    let long = "k".repeat(257);
    let above = "9".repeat(39);
    endpoint.breaks(
        "PutRecords",
        &json!({"StreamName": "x", "Records": [
            {"Data": "", "PartitionKey": "k", "ExplicitHashKey": above},
            {"Data": "", "PartitionKey": long},
        ]}),
        &[&fault(&long, "records.2.member.partitionKey", "have length less than or equal to 256")],
    );
    endpoint.breaks(
        "PutRecords",
        &json!({"StreamName": "x", "Records": [
            {"Data": "", "PartitionKey": ""}, {"Data": "", "PartitionKey": long},
        ]}),
        &[
            &fault("", "records.1.member.partitionKey", "have length greater than or equal to 1"),
            &fault(&long, "records.2.member.partitionKey", "have length less than or equal to 256"),
        ],
    );
}

/// It was told as an empty one.
#[test]
fn a_key_that_is_missing_is_null() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = json!({"StreamName": "orders", "Records": [{"Data": ""}, {"Data": ""}]});
    endpoint.breaks(
        "PutRecords",
        &body,
        &[&null("records.1.member.partitionKey"), &null("records.2.member.partitionKey")],
    );
    let one = json!({"StreamName": "orders", "Data": ""});
    endpoint.breaks("PutRecord", &one, &[&null("partitionKey")]);
}

#[test]
fn constraints_are_told_before_the_state_of_the_stream() {
    let endpoint = Endpoint::standing();
    endpoint.done("CreateStream", &json!({"StreamName": "orders", "ShardCount": 1}));
    let long = "k".repeat(257);
    endpoint.breaks(
        "PutRecords",
        &json!({"StreamName": "orders", "Records": [{"Data": "", "PartitionKey": long}]}),
        &[&fault(&long, "records.1.member.partitionKey", "have length less than or equal to 256")],
    );
}
