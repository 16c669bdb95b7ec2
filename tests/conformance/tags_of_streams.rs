//! AddTagsToStream, RemoveTagsFromStream and ListTagsForStream.

use serde_json::json;

use super::{Endpoint, Type, fault, null};

#[test]
fn their_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    endpoint.types("AddTagsToStream", &[("StreamName", Type::Text), ("Tags", Type::Structure)]);
    endpoint.types("RemoveTagsFromStream", &[("StreamName", Type::Text), ("TagKeys", Type::List)]);
    endpoint.types(
        "ListTagsForStream",
        &[
            ("StreamName", Type::Text),
            ("ExclusiveStartTagKey", Type::Text),
            ("Limit", Type::Integer),
        ],
    );
    endpoint.breaks("AddTagsToStream", &json!({}), &[&null("streamName"), &null("tags")]);
    endpoint.breaks("RemoveTagsFromStream", &json!({}), &[&null("streamName"), &null("tagKeys")]);
    endpoint.breaks(
        "AddTagsToStream",
        &json!({"StreamName": "x", "Tags": {}}),
        &[&fault("{}", "tags", "have length greater than or equal to 1")],
    );
    endpoint.breaks(
        "ListTagsForStream",
        &json!({"StreamName": "x", "Limit": 51, "ExclusiveStartTagKey": ""}),
        &[
            &fault("51", "limit", "have value less than or equal to 50"),
            &fault("", "exclusiveStartTagKey", "have length greater than or equal to 1"),
        ],
    );
    endpoint.misses_stream("ListTagsForStream", &json!({"StreamName": "absent"}));
}

#[test]
fn tags_come_and_go() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let tags = json!({"StreamName": "orders", "Tags": {"b": "2", "a": "1", "c": ""}});
    endpoint.done("AddTagsToStream", &tags);
    let page = endpoint.done("ListTagsForStream", &json!({"StreamName": "orders", "Limit": 2}));
    assert_eq!(
        page,
        json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}], "HasMoreTags": true})
    );
    let after = json!({"StreamName": "orders", "ExclusiveStartTagKey": "b"});
    let page = endpoint.done("ListTagsForStream", &after);
    assert_eq!(page, json!({"Tags": [{"Key": "c", "Value": ""}], "HasMoreTags": false}));
    let keys = json!({"StreamName": "orders", "TagKeys": ["a", "nothing", "c"]});
    endpoint.done("RemoveTagsFromStream", &keys);
    let page = endpoint.done("ListTagsForStream", &json!({"StreamName": "orders"}));
    assert_eq!(page["Tags"], json!([{"Key": "b", "Value": "2"}]));
    endpoint.refuses(
        "AddTagsToStream",
        &json!({"StreamName": "orders", "Tags": {"a": "<"}}),
        "InvalidArgumentException",
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white \
         space, _ . / = + - % @ :.",
    );
}
