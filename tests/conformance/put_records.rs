//! PutRecords.

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
