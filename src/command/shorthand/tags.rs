//! Tags in words: `team=shop,stage=prod`.

use crate::api::Tags;
use crate::command::shorthand::{Shortfall, bare, hide, places, split_once};

const RULE: &str = "KEY=VALUE; several stand apart by commas";

/// One tag; a key alone has an empty value.
fn one(text: &str) -> Result<(String, String), Shortfall> {
    let (key, value) = split_once(text, '=').unwrap_or((text, ""));
    if key.is_empty() {
        return Err(Shortfall::new(text, RULE));
    }
    Ok((bare(key), bare(value)))
}

pub(crate) fn parse(text: &str) -> Result<Tags, Shortfall> {
    let mut tags = Tags::new();
    let mut from = 0;
    for at in places(text, ',').chain([text.len()]) {
        let (key, value) = one(&text[from..at])?;
        tags.insert(key, value);
        from = at + 1;
    }
    Ok(tags)
}

pub(crate) fn print(tags: &Tags) -> String {
    let hidden = |text: &str| hide(text, "=,");
    let pairs: Vec<String> =
        tags.iter().map(|(key, value)| format!("{}={}", hidden(key), hidden(value))).collect();
    pairs.join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_keys_with_values_apart_by_commas() {
        let tags = parse("team=shop,stage=a=b,empty").expect("they are tags");
        let pairs: Vec<(&str, &str)> =
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("empty", ""), ("stage", "a=b"), ("team", "shop")]);
        for wrong in ["", "=x", "a=1,", "a=1,,b=2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_tags_read_back_as_they_are_written(
            tags in prop::collection::btree_map(".+", ".*", 1..5),
        ) {
            prop_assert_eq!(parse(&print(&tags)), Ok(tags));
        }
    }
}
