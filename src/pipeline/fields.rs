//! What stages and functions look at in a record: one field, by JSON pointer.

use std::borrow::Cow;

use serde_json::Value;

use crate::pipeline::settings::Condition;

/// Calls `visit` with the field as text; with each element when it is a list. Objects, null and
/// absent fields have no text.
pub(super) fn each_value(value: &Value, pointer: &str, mut visit: impl FnMut(&str)) {
    match value.pointer(pointer) {
        Some(Value::Array(items)) => {
            items.iter().filter_map(text).for_each(|text| visit(&text));
        }
        Some(value) => {
            if let Some(text) = text(value) {
                visit(&text);
            }
        }
        None => {}
    }
}

/// Does the record meet the condition?
pub(crate) fn holds(condition: &Condition, value: &Value) -> bool {
    let Some(field) = value.pointer(condition.field()) else { return false };
    match condition {
        Condition::Exists(_) => true,
        Condition::Equals(_, wanted) => text(field).is_some_and(|text| text == wanted.as_str()),
        Condition::Contains(_, part) => text(field).is_some_and(|text| text.contains(part)),
        Condition::Above(_, bound) => field.as_f64().is_some_and(|number| number > *bound),
        Condition::Below(_, bound) => field.as_f64().is_some_and(|number| number < *bound),
    }
}

pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_give_each_of_their_values() {
        let value = serde_json::json!({"tags": ["a", 2, null], "one": true});
        let values = |pointer| {
            let mut values = Vec::new();
            each_value(&value, pointer, |text| values.push(text.to_owned()));
            values
        };
        assert_eq!(values("/tags"), ["a", "2"]);
        assert_eq!(values("/one"), ["true"]);
        assert!(values("/none").is_empty());
    }
}
