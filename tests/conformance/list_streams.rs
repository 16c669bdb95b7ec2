//! ListStreams.

use serde_json::json;

use super::{Endpoint, NAME, Type, arn, fault};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types(
        "ListStreams",
        &[
            ("Limit", Type::Integer),
            ("ExclusiveStartStreamName", Type::Text),
            ("NextToken", Type::Text),
        ],
    );
    endpoint.breaks(
        "ListStreams",
        &json!({"Limit": 10_001, "ExclusiveStartStreamName": "?", "NextToken": ""}),
        &[
            &fault("?", "exclusiveStartStreamName", NAME),
            &fault("10001", "limit", "have value less than or equal to 10000"),
            &fault("", "nextToken", "have length greater than or equal to 1"),
        ],
    );
    let told = "Invalid NextToken.";
    let body = json!({"NextToken": "somewhere"});
    endpoint.refuses("ListStreams", &body, "InvalidArgumentException", told);
}

#[test]
fn streams_are_listed_by_name_page_by_page() {
    let endpoint = Endpoint::new();
    for name in ["b", "c", "a"] {
        endpoint.stream(name, 1);
    }
    let first = endpoint.done("ListStreams", &json!({"Limit": 2}));
    assert_eq!(
        (&first["StreamNames"], &first["HasMoreStreams"]),
        (&json!(["a", "b"]), &json!(true))
    );
    let summary = &first["StreamSummaries"][1];
    assert_eq!(
        (&summary["StreamARN"], &summary["StreamStatus"]),
        (&json!(arn("b")), &json!("ACTIVE"))
    );
    let rest = endpoint.done("ListStreams", &json!({"NextToken": first["NextToken"]}));
    assert_eq!((&rest["StreamNames"], &rest["HasMoreStreams"]), (&json!(["c"]), &json!(false)));
    assert_eq!(rest["NextToken"], json!(null));
    let after = endpoint.done("ListStreams", &json!({"ExclusiveStartStreamName": "a"}));
    assert_eq!(after["StreamNames"], json!(["b", "c"]));
}
