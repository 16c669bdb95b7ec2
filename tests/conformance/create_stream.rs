//! CreateStream.

use serde_json::json;
use watershed::engine::EngineOptions;
use watershed::model::Quotas;

use super::{Endpoint, NAME, Type, arn, fault, null};

#[test]
fn its_fields_have_types() {
    Endpoint::new().types(
        "CreateStream",
        &[
            ("StreamName", Type::Text),
            ("ShardCount", Type::Integer),
            ("StreamModeDetails", Type::Structure),
            ("Tags", Type::Structure),
            ("WarmThroughputMiBps", Type::Integer),
            ("MaxRecordSizeInKiB", Type::Integer),
            ("RecordDistributionStrategy", Type::Text),
        ],
    );
}

#[test]
fn its_fields_keep_constraints_and_all_that_is_wrong_is_told_at_once() {
    let endpoint = Endpoint::new();
    let breaks = |body, faults: &[&str]| endpoint.breaks("CreateStream", &body, faults);
    breaks(json!({}), &[&null("streamName"), &null("shardCount")]);
    breaks(
        json!({"StreamName": "a b", "ShardCount": 0}),
        &[
            &fault("a b", "streamName", NAME),
            &fault("0", "shardCount", "have value greater than or equal to 1"),
        ],
    );
    breaks(
        json!({"StreamName": "", "ShardCount": -1}),
        &[
            &fault("", "streamName", NAME),
            &fault("", "streamName", "have length greater than or equal to 1"),
            &fault("-1", "shardCount", "have value greater than or equal to 1"),
        ],
    );
    let long = "x".repeat(129);
    breaks(
        json!({"StreamName": long, "ShardCount": 1}),
        &[&fault(&long, "streamName", "have length less than or equal to 128")],
    );
    breaks(
        json!({"StreamName": "x", "StreamModeDetails": {"StreamMode": "SOME"}}),
        &[
            &fault(
                "SOME",
                "streamModeDetails.streamMode",
                "satisfy enum value set: [PROVISIONED, ON_DEMAND]",
            ),
            &null("shardCount"),
        ],
    );
    breaks(
        json!({"StreamName": "x", "ShardCount": 1, "MaxRecordSizeInKiB": 1023}),
        &[&fault("1023", "maxRecordSizeInKiB", "have value greater than or equal to 1024")],
    );
    breaks(
        json!({"StreamName": "x", "ShardCount": 1, "Tags": {}}),
        &[&fault("{}", "tags", "have length greater than or equal to 1")],
    );
}

#[test]
fn a_stream_is_creating_and_then_active() {
    let endpoint = Endpoint::standing();
    let body = json!({"StreamName": "orders", "ShardCount": 3, "Tags": {"team": "a"}});
    assert!(endpoint.ask("CreateStream", &body).bytes.is_empty(), "there is nothing to tell");
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
    assert_eq!(told["StreamDescriptionSummary"]["StreamStatus"], "CREATING");
    let in_use = "Stream orders under account 000000000000 already exists.";
    endpoint.refuses("CreateStream", &body, "ResourceInUseException", in_use);
    let endpoint = Endpoint::new();
    endpoint.done("CreateStream", &body);
    endpoint.wait("orders", "ACTIVE");
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamARN": arn("orders")}));
    assert_eq!(told["StreamDescriptionSummary"]["OpenShardCount"], 3);
}

#[test]
fn the_account_s_quota_of_shards_is_kept() {
    let quotas = Quotas { shards: Some(2), ..Quotas::OFF };
    let endpoint = Endpoint::with(EngineOptions { quotas, ..EngineOptions::default() });
    endpoint.refuses(
        "CreateStream",
        &json!({"StreamName": "orders", "ShardCount": 3}),
        "LimitExceededException",
        "This request would exceed the shard limit for the account 000000000000 in us-east-1. \
         Current shard count for the account: 0. Limit: 2. Number of additional shards that would \
         have resulted from this request: 3. Refer to the AWS Service Limits page \
         (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits \
         and how to request higher limits.",
    );
}

#[test]
fn an_on_demand_stream_needs_no_count() {
    let endpoint = Endpoint::new();
    let mode = json!({"StreamMode": "ON_DEMAND"});
    endpoint.done("CreateStream", &json!({"StreamName": "clicks", "StreamModeDetails": mode}));
    let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "clicks"}));
    let told = &told["StreamDescriptionSummary"];
    assert_eq!((&told["StreamModeDetails"], &told["OpenShardCount"]), (&mode, &json!(4)));
}

/// Where the service finds the number of shards, it looked at none.
#[test]
fn a_count_that_an_on_demand_stream_does_not_need_is_positive_all_the_same() {
    let endpoint = Endpoint::new();
    for count in ["0", "-1"] {
        let number: i64 = count.parse().expect("it is a number");
        let mode = json!({"StreamMode": "ON_DEMAND"});
        endpoint.breaks(
            "CreateStream",
            &json!({"StreamName": "x", "ShardCount": number, "StreamModeDetails": mode}),
            &[&fault(count, "shardCount", "have value greater than or equal to 1")],
        );
    }
    let mode = json!({"StreamMode": "ON_DEMAND"});
    let body = json!({"StreamName": "x", "ShardCount": 9, "StreamModeDetails": mode});
    endpoint.done("CreateStream", &body);
}

#[test]
fn a_stream_of_too_many_shards_is_beyond_a_limit_and_breaks_no_constraint() {
    let endpoint =
        Endpoint::with(EngineOptions { quotas: Quotas::OFF, ..EngineOptions::default() });
    for count in [10_001, 2_147_483_647] {
        endpoint.refuses(
            "CreateStream",
            &json!({"StreamName": "orders", "ShardCount": count}),
            "LimitExceededException",
            &format!(
                "A stream cannot have more than 10000 shards in us-east-1. {count} were asked for."
            ),
        );
    }
}
