//! Tags: what may be one, and how many.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_ASKED_MAX, TAGS_MAX};
use crate::model::{ACCOUNT, Resource};
use crate::rules::constraint::Constraints;

/// Characters besides letters, digits and the space.
const SYMBOLS: &str = "_./=+-@:";

/// Why tags that keep the constraints are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TagError {
    /// A character that no tag has.
    #[error(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white \
         space, _ . / = + - % @ :."
    )]
    Characters,
    /// A percent sign, which the sentence before allows and the service does not.
    #[error(
        "Failed to {verb} {resource} under account {ACCOUNT} because some tags contained illegal \
         characters. The allowed characters are Unicode letters, white-spaces, \
         '_',',','/','=','+','-','@',':'."
    )]
    Percent {
        /// `add tags to` or `remove tags from`.
        verb: &'static str,
        /// `stream orders`.
        resource: String,
    },
    /// A key of AWS's own.
    #[error(
        "Failed to {verb} {resource} under account {ACCOUNT} because tag keys that begin with \
         'aws:' are reserved."
    )]
    Reserved {
        /// `add tags to` or `remove tags from`.
        verb: &'static str,
        /// `stream orders`.
        resource: String,
    },
    /// More tags than a resource can have.
    #[error(
        "Failed to add tags to {resource} under account {ACCOUNT} because a given {} cannot have \
         more than {TAGS_MAX} tags associated with it.", resource.split(' ').next().unwrap_or("")
    )]
    TooMany {
        /// `stream orders`.
        resource: String,
    },
}

/// The constraints of tags to add.
pub fn constrain_added(tags: &BTreeMap<String, String>, constraints: &mut Constraints) {
    let pairs: Vec<String> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let shown = format!("{{{}}}", pairs.join(", "));
    constraints.length("tags", &shown, tags.len(), 1, TAGS_ASKED_MAX);
    if !tags.keys().all(|key| fits(key, 1, TAG_KEY_CHARS_MAX)) {
        let rule = format!("Map keys must satisfy constraint: {}", lengths(1, TAG_KEY_CHARS_MAX));
        constraints.fault(&shown, "tags", &rule);
    }
    if !tags.values().all(|value| fits(value, 0, TAG_VALUE_CHARS_MAX)) {
        let rule =
            format!("Map value must satisfy constraint: {}", lengths(0, TAG_VALUE_CHARS_MAX));
        constraints.fault(&shown, "tags", &rule);
    }
}

/// The constraints of keys of tags to remove.
pub fn constrain_removed(keys: &[String], constraints: &mut Constraints) {
    let shown = format!("[{}]", keys.join(", "));
    constraints.length("tagKeys", &shown, keys.len(), 1, TAGS_MAX);
    if !keys.iter().all(|key| fits(key, 1, TAG_KEY_CHARS_MAX)) {
        let rule = format!("Member must satisfy constraint: {}", lengths(1, TAG_KEY_CHARS_MAX));
        constraints.fault(&shown, "tagKeys", &rule);
    }
}

fn lengths(low: usize, high: usize) -> String {
    format!(
        "[Member must have length less than or equal to {high}, Member must have length greater \
         than or equal to {low}]"
    )
}

/// May these tags join those that the resource has?
///
/// # Errors
/// The first rule that forbids it.
pub fn check_added(
    resource: &Resource,
    present: &BTreeMap<String, String>,
    added: &BTreeMap<String, String>,
) -> Result<(), TagError> {
    const VERB: &str = "add tags to";
    check_text(VERB, resource, added.iter().flat_map(|(key, value)| [key, value]))?;
    check_reserved(VERB, resource, added.keys())?;
    let new = added.keys().filter(|key| !present.contains_key(*key)).count();
    if present.len() + new > TAGS_MAX {
        return Err(TagError::TooMany { resource: resource.noun() });
    }
    Ok(())
}

/// May tags with these keys be removed?
///
/// # Errors
/// The first rule that forbids it.
pub fn check_removed(resource: &Resource, keys: &[String]) -> Result<(), TagError> {
    const VERB: &str = "remove tags from";
    check_text(VERB, resource, keys.iter())?;
    check_reserved(VERB, resource, keys.iter())
}

fn fits(text: &str, low: usize, high: usize) -> bool {
    (low..=high).contains(&text.chars().count())
}

fn check_text<'a>(
    verb: &'static str,
    resource: &Resource,
    mut texts: impl Iterator<Item = &'a String> + Clone,
) -> Result<(), TagError> {
    let known = |c: char| c.is_alphanumeric() || c == ' ' || c == '%' || SYMBOLS.contains(c);
    if !texts.clone().all(|text| text.chars().all(known)) {
        return Err(TagError::Characters);
    }
    if texts.any(|text| text.contains('%')) {
        return Err(TagError::Percent { verb, resource: resource.noun() });
    }
    Ok(())
}

fn check_reserved<'a>(
    verb: &'static str,
    resource: &Resource,
    mut keys: impl Iterator<Item = &'a String>,
) -> Result<(), TagError> {
    let reserved = |key: &String| key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:"));
    if keys.any(reserved) {
        return Err(TagError::Reserved { verb, resource: resource.noun() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> Resource {
        Resource::Stream(crate::model::StreamName::new("orders").expect("it is a name"))
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn many(count: usize) -> BTreeMap<String, String> {
        (0..count).map(|n| (format!("key-{n}"), String::new())).collect()
    }

    /// As the service asks: the constraints first.
    fn add(
        present: &BTreeMap<String, String>,
        added: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        let mut constraints = Constraints::default();
        constrain_added(added, &mut constraints);
        constraints.end().map_err(|why| why.to_string())?;
        check_added(&orders(), present, added).map_err(|why| why.to_string())
    }

    fn remove(keys: &[&str]) -> Result<(), String> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let mut constraints = Constraints::default();
        constrain_removed(&keys, &mut constraints);
        constraints.end().map_err(|why| why.to_string())?;
        check_removed(&orders(), &keys).map_err(|why| why.to_string())
    }

    #[test]
    fn letters_of_all_tongues_digits_spaces_and_eight_symbols_make_a_tag() {
        let (long_key, long_value) = ("\u{fc}".repeat(128), "\u{fc}".repeat(256));
        for (key, value) in [("\u{fc}0 _.", ""), ("/=+-@:", "a b"), (&long_key, &long_value)] {
            assert_eq!(add(&BTreeMap::new(), &tags(&[(key, value)])), Ok(()), "{key}");
            assert_eq!(remove(&[key]), Ok(()), "{key}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused_in_the_service_s_words() {
        let invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, \
                       digits, white space, _ . / = + - % @ :.";
        for key in ["abc;def", "abc\tdef", "abc\ndef", "abc,def"] {
            assert_eq!(remove(&[key]), Err(invalid.to_owned()));
            assert_eq!(add(&BTreeMap::new(), &tags(&[("key", key)])), Err(invalid.to_owned()));
        }
        let percent = "Failed to remove tags from stream orders under account 000000000000 because \
                       some tags contained illegal characters. The allowed characters are Unicode \
                       letters, white-spaces, '_',',','/','=','+','-','@',':'.";
        assert_eq!(remove(&["abc%def"]), Err(percent.to_owned()));
        let long = "a".repeat(129);
        let told = format!(
            "1 validation error detected: Value '[a, {long}, b]' at 'tagKeys' failed to satisfy \
             constraint: Member must satisfy constraint: [Member must have length less than or \
             equal to 128, Member must have length greater than or equal to 1]"
        );
        assert_eq!(remove(&["a", &long, "b"]), Err(told));
        let told = remove(&["k"; 51]).expect_err("fifty is the most");
        assert!(told.ends_with("at 'tagKeys' failed to satisfy constraint: Member must have length less than or equal to 50"), "{told}");
        let told = remove(&[]).expect_err("one is the least");
        assert!(told.contains("Value '[]' at 'tagKeys'"), "{told}");
    }

    #[test]
    fn lengths_and_reserved_keys_are_checked_when_tags_are_added() {
        let none = BTreeMap::new();
        for (added, said) in [
            (tags(&[]), "Value '{}' at 'tags'".to_owned()),
            (tags(&[("", "v")]), "'{=v}' at 'tags' failed to satisfy constraint: Map keys".into()),
            (tags(&[(&"k".repeat(129), "v")]), "Map keys must satisfy constraint".into()),
            (tags(&[("k", &"v".repeat(257))]), "Map value must satisfy constraint".into()),
            (many(201), "less than or equal to 200".into()),
            (tags(&[("aws:x", "v")]), "begin with 'aws:' are reserved".into()),
            (tags(&[("AWS:x", "v")]), "begin with 'aws:' are reserved".into()),
        ] {
            let told = add(&none, &added).expect_err("it is against the rules");
            assert!(told.contains(&said), "{told}");
        }
        assert_eq!(add(&none, &tags(&[("k", "aws:v")])), Ok(()));
        assert_eq!(add(&none, &tags(&[("\u{fc}\u{fc}", "")])), Ok(()));
    }

    #[test]
    fn a_stream_has_fifty_tags_and_no_more() {
        let present = many(50);
        assert_eq!(add(&BTreeMap::new(), &present), Ok(()));
        let again = tags(&[("key-7", "another value")]);
        assert_eq!(add(&present, &again), Ok(()), "a new value is no new tag");
        let told = "Failed to add tags to stream orders under account 000000000000 because a given \
                    stream cannot have more than 50 tags associated with it.";
        assert_eq!(add(&present, &tags(&[("key-50", "")])), Err(told.to_owned()));
    }
}
