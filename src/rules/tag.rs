//! Tags: what may be one, and how many.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};
use crate::model::{ACCOUNT, StreamName};

/// Characters besides letters, digits and the space.
const SYMBOLS: &str = "_./=+-@:";

/// Why tags are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TagError {
    /// Not one tag, or key.
    #[error(
        "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    )]
    None {
        /// As it was given.
        value: &'static str,
        /// `tags` or `tagKeys`.
        field: &'static str,
    },
    /// More keys to remove than a resource can have.
    #[error(
        "1 validation error detected: Value '[{keys}]' at 'tagKeys' failed to satisfy constraint: \
         Member must have length less than or equal to {TAGS_MAX}"
    )]
    TooManyKeys {
        /// As they were given.
        keys: String,
    },
    /// A key of tags to add is empty or too long.
    #[error(
        "1 validation error detected: Value '{{{tags}}}' at 'tags' failed to satisfy constraint: \
         Map keys must satisfy constraint: [Member must have length less than or equal to \
         {TAG_KEY_CHARS_MAX}, Member must have length greater than or equal to 1]"
    )]
    KeyLength {
        /// As they were given.
        tags: String,
    },
    /// A value is too long.
    #[error(
        "1 validation error detected: Value '{{{tags}}}' at 'tags' failed to satisfy constraint: \
         Map value must satisfy constraint: [Member must have length less than or equal to \
         {TAG_VALUE_CHARS_MAX}, Member must have length greater than or equal to 0]"
    )]
    ValueLength {
        /// As they were given.
        tags: String,
    },
    /// A key to remove is empty or too long.
    #[error(
        "1 validation error detected: Value '[{keys}]' at 'tagKeys' failed to satisfy constraint: \
         Member must satisfy constraint: [Member must have length less than or equal to \
         {TAG_KEY_CHARS_MAX}, Member must have length greater than or equal to 1]"
    )]
    RemovedKeyLength {
        /// As they were given.
        keys: String,
    },
    /// A character that no tag has.
    #[error(
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white \
         space, _ . / = + - % @ :."
    )]
    Characters,
    /// A percent sign, which the sentence before allows and the service does not.
    #[error(
        "Failed to {verb} stream {stream} under account {ACCOUNT} because some tags contained \
         illegal characters. The allowed characters are Unicode letters, white-spaces, \
         '_',',','/','=','+','-','@',':'."
    )]
    Percent {
        /// `add tags to` or `remove tags from`.
        verb: &'static str,
        /// The stream.
        stream: StreamName,
    },
    /// A key of AWS's own.
    #[error(
        "Failed to {verb} stream {stream} under account {ACCOUNT} because tag keys that begin with \
         'aws:' are reserved."
    )]
    Reserved {
        /// `add tags to` or `remove tags from`.
        verb: &'static str,
        /// The stream.
        stream: StreamName,
    },
    /// More tags than a resource can have.
    #[error(
        "Failed to add tags to stream {stream} under account {ACCOUNT} because a given stream \
         cannot have more than {TAGS_MAX} tags associated with it."
    )]
    TooMany {
        /// The stream.
        stream: StreamName,
    },
}

/// May these tags join those that the stream has?
///
/// # Errors
/// The first rule that forbids it.
pub fn check_added(
    stream: &StreamName,
    present: &BTreeMap<String, String>,
    added: &BTreeMap<String, String>,
) -> Result<(), TagError> {
    if added.is_empty() {
        return Err(TagError::None { value: "{}", field: "tags" });
    }
    let tags = || {
        let pairs: Vec<String> =
            added.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.join(", ")
    };
    if !added.keys().all(|key| fits(key, 1, TAG_KEY_CHARS_MAX)) {
        return Err(TagError::KeyLength { tags: tags() });
    }
    if !added.values().all(|value| fits(value, 0, TAG_VALUE_CHARS_MAX)) {
        return Err(TagError::ValueLength { tags: tags() });
    }
    check_text("add tags to", stream, added.iter().flat_map(|(key, value)| [key, value]))?;
    check_reserved("add tags to", stream, added.keys())?;
    let new = added.keys().filter(|key| !present.contains_key(*key)).count();
    if present.len() + new > TAGS_MAX {
        return Err(TagError::TooMany { stream: stream.clone() });
    }
    Ok(())
}

/// May tags with these keys be removed?
///
/// # Errors
/// The first rule that forbids it.
pub fn check_removed(stream: &StreamName, keys: &[String]) -> Result<(), TagError> {
    if keys.is_empty() {
        return Err(TagError::None { value: "[]", field: "tagKeys" });
    }
    if keys.len() > TAGS_MAX {
        return Err(TagError::TooManyKeys { keys: keys.join(", ") });
    }
    if !keys.iter().all(|key| fits(key, 1, TAG_KEY_CHARS_MAX)) {
        return Err(TagError::RemovedKeyLength { keys: keys.join(", ") });
    }
    check_text("remove tags from", stream, keys.iter())?;
    check_reserved("remove tags from", stream, keys.iter())
}

fn fits(text: &str, low: usize, high: usize) -> bool {
    (low..=high).contains(&text.chars().count())
}

fn check_text<'a>(
    verb: &'static str,
    stream: &StreamName,
    mut texts: impl Iterator<Item = &'a String> + Clone,
) -> Result<(), TagError> {
    let known = |c: char| c.is_alphanumeric() || c == ' ' || c == '%' || SYMBOLS.contains(c);
    if !texts.clone().all(|text| text.chars().all(known)) {
        return Err(TagError::Characters);
    }
    if texts.any(|text| text.contains('%')) {
        return Err(TagError::Percent { verb, stream: stream.clone() });
    }
    Ok(())
}

fn check_reserved<'a>(
    verb: &'static str,
    stream: &StreamName,
    mut keys: impl Iterator<Item = &'a String>,
) -> Result<(), TagError> {
    let reserved = |key: &String| key.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("aws:"));
    if keys.any(reserved) {
        return Err(TagError::Reserved { verb, stream: stream.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn many(count: usize) -> BTreeMap<String, String> {
        (0..count).map(|n| (format!("key-{n}"), String::new())).collect()
    }

    #[test]
    fn letters_of_all_tongues_digits_spaces_and_eight_symbols_make_a_tag() {
        let (long_key, long_value) = ("\u{fc}".repeat(128), "\u{fc}".repeat(256));
        for (key, value) in [("\u{fc}0 _.", ""), ("/=+-@:", "a b"), (&long_key, &long_value)] {
            let added = tags(&[(key, value)]);
            assert_eq!(check_added(&orders(), &BTreeMap::new(), &added), Ok(()), "{key}");
            assert_eq!(check_removed(&orders(), &[key.to_owned()]), Ok(()), "{key}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused_in_the_service_s_words() {
        let invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, \
                       digits, white space, _ . / = + - % @ :.";
        for key in ["abc;def", "abc\tdef", "abc\ndef", "abc,def"] {
            let refused = check_removed(&orders(), &[key.to_owned()]).expect_err(key);
            assert_eq!(refused.to_string(), invalid);
            let added = tags(&[("key", key)]);
            let refused = check_added(&orders(), &BTreeMap::new(), &added).expect_err(key);
            assert_eq!(refused, TagError::Characters);
        }
        let refused = check_removed(&orders(), &["abc%def".to_owned()]).expect_err("no percent");
        assert_eq!(
            refused.to_string(),
            "Failed to remove tags from stream orders under account 000000000000 because some tags \
             contained illegal characters. The allowed characters are Unicode letters, \
             white-spaces, '_',',','/','=','+','-','@',':'."
        );
        let long = "a".repeat(129);
        let keys = ["a".to_owned(), long.clone(), "b".to_owned()];
        let refused = check_removed(&orders(), &keys).expect_err("it is too long");
        assert_eq!(
            refused.to_string(),
            format!(
                "1 validation error detected: Value '[a, {long}, b]' at 'tagKeys' failed to \
                 satisfy constraint: Member must satisfy constraint: [Member must have length less \
                 than or equal to 128, Member must have length greater than or equal to 1]"
            )
        );
    }

    #[test]
    fn lengths_and_reserved_keys_are_checked_when_tags_are_added() {
        let none = BTreeMap::new();
        let refused = |added: &BTreeMap<String, String>| {
            check_added(&orders(), &none, added).expect_err("it is against the rules").to_string()
        };
        for (added, said) in [
            (tags(&[]), "Value '{}' at 'tags'".to_owned()),
            (tags(&[("", "v")]), "'{=v}' at 'tags' failed to satisfy constraint: Map keys".into()),
            (tags(&[(&"k".repeat(129), "v")]), "Map keys must satisfy constraint".into()),
            (tags(&[("k", &"v".repeat(257))]), "Map value must satisfy constraint".into()),
            (tags(&[("aws:x", "v")]), "begin with 'aws:' are reserved".into()),
            (tags(&[("AWS:x", "v")]), "begin with 'aws:' are reserved".into()),
        ] {
            let told = refused(&added);
            assert!(told.contains(&said), "{told}");
        }
        assert_eq!(check_added(&orders(), &none, &tags(&[("k", "aws:v")])), Ok(()));
        assert_eq!(check_added(&orders(), &none, &tags(&[("\u{fc}\u{fc}", "")])), Ok(()));
    }

    #[test]
    fn a_stream_has_fifty_tags_and_no_more() {
        let present = many(50);
        assert_eq!(check_added(&orders(), &BTreeMap::new(), &present), Ok(()));
        let again = tags(&[("key-7", "another value")]);
        assert_eq!(check_added(&orders(), &present, &again), Ok(()), "a new value is no new tag");
        let more = tags(&[("key-50", "")]);
        let refused = check_added(&orders(), &present, &more).expect_err("it is one too many");
        assert_eq!(
            refused.to_string(),
            "Failed to add tags to stream orders under account 000000000000 because a given stream \
             cannot have more than 50 tags associated with it."
        );
        let keys: Vec<String> = (0..51).map(|n| format!("key-{n}")).collect();
        assert!(matches!(check_removed(&orders(), &keys), Err(TagError::TooManyKeys { .. })));
    }
}
