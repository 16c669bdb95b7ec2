//! StartStreamEncryption and StopStreamEncryption.

use serde_json::json;

use super::{Endpoint, Type, fault, null};

const BOTH: [&str; 2] = ["StartStreamEncryption", "StopStreamEncryption"];

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    for action in BOTH {
        endpoint.types(
            action,
            &[("StreamName", Type::Text), ("EncryptionType", Type::Text), ("KeyId", Type::Text)],
        );
        endpoint.breaks(
            action,
            &json!({}),
            &[&null("streamName"), &null("encryptionType"), &null("keyId")],
        );
        endpoint.breaks(
            action,
            &json!({"StreamName": "x", "EncryptionType": "AES", "KeyId": ""}),
            &[
                &fault("AES", "encryptionType", "satisfy enum value set: [NONE, KMS]"),
                &fault("", "keyId", "have length greater than or equal to 1"),
            ],
        );
        endpoint.misses_stream(
            action,
            &json!({"StreamName": "absent", "EncryptionType": "KMS", "KeyId": "k"}),
        );
    }
}

#[test]
fn a_stream_says_that_it_is_encrypted() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let body = |kind: &str| json!({"StreamName": "orders", "EncryptionType": kind, "KeyId": "alias/aws/kinesis"});
    endpoint.refuses(
        BOTH[0],
        &body("NONE"),
        "InvalidArgumentException",
        "EncryptionType NONE is not allowed, the only valid value is KMS.",
    );
    for (action, kind) in [(BOTH[0], "KMS"), (BOTH[1], "NONE")] {
        endpoint.done(action, &body("KMS"));
        endpoint.wait("orders", "ACTIVE");
        let told = endpoint.done("DescribeStreamSummary", &json!({"StreamName": "orders"}));
        assert_eq!(told["StreamDescriptionSummary"]["EncryptionType"], kind);
        let put = json!({"StreamName": "orders", "Data": "", "PartitionKey": "k"});
        assert_eq!(endpoint.done("PutRecord", &put)["EncryptionType"], kind);
    }
}
