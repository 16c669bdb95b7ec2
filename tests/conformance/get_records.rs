//! GetRecords.

use serde_json::{Value, json};

use super::{Endpoint, Type, arn, fault, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "GetRecords",
        &[
            ("ShardIterator", Type::Text),
            ("Limit", Type::Integer),
            ("StreamARN", Type::Text),
            ("DryRun", Type::Boolean),
        ],
    );
    let long = "x".repeat(513);
    let breaks = |body, faults: &[&str]| endpoint.breaks("GetRecords", &body, faults);
    breaks(
        json!({"Limit": 0}),
        &[&null("shardIterator"), &fault("0", "limit", "have value greater than or equal to 1")],
    );
    breaks(
        json!({"ShardIterator": long, "Limit": 10_001}),
        &[
            &fault("10001", "limit", "have value less than or equal to 10000"),
            &fault(&long, "shardIterator", "have length less than or equal to 512"),
        ],
    );
}

fn put(endpoint: &Endpoint, keys: &[&str]) {
    for key in keys {
        let body = json!({"StreamName": "orders", "Data": "AP9/", "PartitionKey": key});
        endpoint.done("PutRecord", &body);
    }
}

#[test]
fn records_come_as_they_were_put_and_the_next_iterator_goes_on() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    put(&endpoint, &["a", "b \"\\\u{e9}\n", "c"]);
    let iterator = endpoint.iterator("orders", "0", "TRIM_HORIZON");
    let first = endpoint.done("GetRecords", &json!({"ShardIterator": iterator, "Limit": 2}));
    let mut record = first["Records"][1].as_object().expect("a structure").clone();
    let arrival = record.remove("ApproximateArrivalTimestamp").expect("it is there");
    assert!(arrival.as_f64().is_some_and(|at| (1.7e9..1e11).contains(&at)), "{arrival}");
    assert_eq!(record.remove("SequenceNumber").map(|number| number.to_string().len()), Some(58));
    assert_eq!(
        Value::from(record),
        json!({"Data": "AP9/", "PartitionKey": "b \"\\\u{e9}\n", "EncryptionType": "NONE"})
    );
    let next = json!({"ShardIterator": first["NextShardIterator"], "StreamARN": arn("orders")});
    let second = endpoint.done("GetRecords", &next);
    assert_eq!(second["Records"][0]["PartitionKey"], "c");
    assert_eq!(second["MillisBehindLatest"], 0);
    let third = endpoint.done("GetRecords", &json!({"ShardIterator": second["NextShardIterator"]}));
    assert_eq!((&third["Records"], third.get("ChildShards")), (&json!([]), None));
}

#[test]
fn a_token_that_is_not_one_is_refused() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let iterator = endpoint.iterator("orders", "0", "LATEST");
    for token in ["x", &iterator[1..], &iterator.replace('A', "B")] {
        let body = json!({"ShardIterator": token});
        let told = "Invalid ShardIterator.";
        endpoint.refuses("GetRecords", &body, "InvalidArgumentException", told);
    }
    let other = json!({"ShardIterator": iterator, "StreamARN": arn("clicks")});
    endpoint.refuses("GetRecords", &other, "InvalidArgumentException", "Invalid ShardIterator.");
    let dry = json!({"ShardIterator": iterator, "DryRun": true});
    let told = "GetRecords would have been permitted, but the DryRun parameter is set.";
    endpoint.refuses("GetRecords", &dry, "DryRunOperationException", told);
}

#[test]
fn a_closed_shard_ends_with_its_children() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    put(&endpoint, &["a"]);
    let iterator = endpoint.iterator("orders", "0", "TRIM_HORIZON");
    let split = json!({"StreamName": "orders", "ShardToSplit": "0", "NewStartingHashKey": "1000"});
    endpoint.done("SplitShard", &split);
    endpoint.wait("orders", "ACTIVE");
    let last = endpoint.done("GetRecords", &json!({"ShardIterator": iterator}));
    assert_eq!(last["Records"].as_array().map(Vec::len), Some(1));
    let end = endpoint.done("GetRecords", &json!({"ShardIterator": last["NextShardIterator"]}));
    assert_eq!((&end["Records"], &end["NextShardIterator"]), (&json!([]), &Value::Null));
    assert_eq!(
        end["ChildShards"],
        json!([
            {
                "ShardId": shard(1), "ParentShards": [shard(0)],
                "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "999"},
            },
            {
                "ShardId": shard(2), "ParentShards": [shard(0)],
                "HashKeyRange": {
                    "StartingHashKey": "1000",
                    "EndingHashKey": "340282366920938463463374607431768211455",
                },
            },
        ])
    );
}

#[test]
fn a_shard_answers_five_calls_a_second() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = json!({"ShardIterator": endpoint.iterator("orders", "0", "LATEST")});
    let refused = (0..200).map(|_| endpoint.ask("GetRecords", &body)).find(|got| got.status != 200);
    let told = refused.expect("200 calls are not answered in a moment").json();
    assert_eq!(told["__type"], "ProvisionedThroughputExceededException");
}

#[test]
fn an_iterator_that_is_missing_is_told_once() {
    Endpoint::new().breaks("GetRecords", &json!({}), &[&null("shardIterator")]);
}
