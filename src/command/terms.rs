//! What a filter of records asks: words apart by blanks, all of which must hold.
//!
//! ```text
//! order-77            the key or the data has this text, whatever its case
//! key:user-*          the partition key, * for any letters
//! shard:003           the shard
//! size>1000           bytes of data
//! amount>100          a field of JSON data, also with <, = and *= (has this part)
//! /user/tier=gold     a field further inside, as a JSON pointer
//! !TERM               the term does not hold
//! ```
//!
//! What is no term of these kinds is a text to be found.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::shorthand::condition;
use crate::model::ShardId;
use crate::pipeline::fields;
use crate::pipeline::settings::Condition;

/// A filter of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Terms {
    /// As it was given.
    text: String,
    terms: Vec<(bool, Term)>,
}

impl From<String> for Terms {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Terms> for String {
    fn from(terms: Terms) -> Self {
        terms.text
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Text(String),
    Key(Vec<String>),
    Shard(ShardId),
    Bigger(usize),
    Smaller(usize),
    Field(Condition),
}

/// What a filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The record's shard.
    pub shard: ShardId,
    /// Its partition key.
    pub key: &'a str,
    /// Its data.
    pub data: &'a [u8],
    /// Bytes of data, where `data` is only the beginning.
    pub data_bytes: usize,
}

impl Terms {
    /// Reads a filter; every text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let term = |word: &str| match word.strip_prefix('!').filter(|rest| !rest.is_empty()) {
            Some(rest) => (false, Term::parse(rest)),
            None => (true, Term::parse(word)),
        };
        let terms = text.split_whitespace().map(term).collect();
        Self { text: text.to_owned(), terms }
    }

    /// Does it let everything through?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Does a record pass?
    #[must_use]
    pub fn hold(&self, record: &Asked<'_>) -> bool {
        let json = OnceCell::new();
        let text = OnceCell::new();
        self.terms.iter().all(|(wanted, term)| term.holds(record, &json, &text) == *wanted)
    }
}

impl Term {
    fn parse(word: &str) -> Self {
        if let Some(pattern) = word.strip_prefix("key:") {
            return Self::Key(pattern.split('*').map(str::to_owned).collect());
        }
        if let Some(shard) = word.strip_prefix("shard:").and_then(ShardId::parse) {
            return Self::Shard(shard);
        }
        let number = |sign| {
            word.strip_prefix("size").and_then(|rest: &str| {
                rest.strip_prefix(sign).and_then(|digits: &str| digits.parse::<usize>().ok())
            })
        };
        if let Some(bytes) = number('>') {
            return Self::Bigger(bytes);
        }
        if let Some(bytes) = number('<') {
            return Self::Smaller(bytes);
        }
        let compares =
            word.contains(['=', '<', '>']) && !word.starts_with(['=', '<', '>', '{', '"']);
        let pointer = if word.starts_with('/') { word.to_owned() } else { format!("/{word}") };
        match condition::parse(&pointer) {
            Ok(condition) if compares => Self::Field(condition),
            Ok(_) | Err(_) => Self::Text(word.to_lowercase()),
        }
    }

    fn holds(
        &self,
        record: &Asked<'_>,
        json: &OnceCell<Option<Value>>,
        text: &OnceCell<String>,
    ) -> bool {
        match self {
            Self::Text(part) => {
                let data = || String::from_utf8_lossy(record.data).to_lowercase();
                record.key.to_lowercase().contains(part) || text.get_or_init(data).contains(part)
            }
            Self::Key(pieces) => matches(pieces, record.key),
            Self::Shard(shard) => record.shard == *shard,
            Self::Bigger(bytes) => record.data_bytes > *bytes,
            Self::Smaller(bytes) => record.data_bytes < *bytes,
            Self::Field(condition) => {
                let value = json.get_or_init(|| serde_json::from_slice(record.data).ok());
                value.as_ref().is_some_and(|value| fields::holds(condition, value))
            }
        }
    }
}

/// Does `text` consist of these pieces with anything between them?
fn matches(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_none_or(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(filter: &str) -> bool {
        let data = br#"{"amount":120.5,"user":{"tier":"gold"},"text":"Hello World"}"#;
        let record = Asked { shard: ShardId(3), key: "user-19", data, data_bytes: data.len() };
        Terms::parse(filter).hold(&record)
    }

    #[test]
    fn every_kind_of_term_lets_through_and_holds_back() {
        for yes in [
            "",
            "hello world",
            "USER-19",
            "key:user-*",
            "key:*19",
            "key:u*r-1*",
            "key:user-19",
            "shard:3",
            "size>10",
            "size<1000",
            "amount>100",
            "amount<121",
            "text*=World",
            "/user/tier=gold",
            "!amount>200",
            "key:user-* amount>100 hello",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in [
            "bye",
            "key:sku-*",
            "key:*18",
            "key:user",
            "shard:004",
            "size>1000",
            "amount>200",
            "/user/tier=silver",
            "!hello",
            "hello amount>200",
            "none>1",
        ] {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn what_is_no_term_is_text() {
        for text in ["shard:x", "size>big", "{\"amount\":120.5", "=", "a=b=c<", "!", "*"] {
            let _ = holds(text);
        }
        assert!(holds("\"amount\":120.5"));
        assert!(!holds("size>big"));
    }
}
