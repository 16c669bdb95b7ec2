//! The answers of made-up functions.

use serde_json::Value;

use super::Input;
use crate::model::RecordRef;

/// What a made-up function answers: the record that it could not digest, and as state how many
/// records its window has had.
pub(super) fn answer(input: &Input<'_>, bad: Option<&RecordRef<'_>>) -> Vec<u8> {
    if bad.is_none() && !input.reads.state {
        return Vec::new();
    }
    let mut answer = serde_json::Map::new();
    if input.reads.state {
        let before: Value = serde_json::from_slice(input.state).unwrap_or(Value::Null);
        let before = before.get("records").and_then(Value::as_u64).unwrap_or(0);
        let records = before + input.records.len() as u64;
        answer.insert("state".to_owned(), serde_json::json!({ "records": records }));
    }
    if let Some(bad) = bad {
        let item = serde_json::json!({ "itemIdentifier": bad.sequence.to_string() });
        answer.insert("batchItemFailures".to_owned(), Value::Array(vec![item]));
    }
    Value::Object(answer).to_string().into_bytes()
}
