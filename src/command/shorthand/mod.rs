//! Small languages inside one word: `zipf:1000:1.1`, `keep:/status=500`, `spike:/tag:3:20`.
//!
//! Where a separator could also stand in a value, a backslash before it makes it a letter. Each
//! language is read and written here, so that what is written reads back.

pub(super) mod condition;
pub(super) mod limits;
pub(super) mod load;
pub(super) mod quotas;
pub(super) mod stage;
pub(super) mod tags;

use std::str::FromStr;

/// What was found instead of what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shortfall {
    /// What was given.
    pub(super) value: String,
    /// What is allowed.
    pub(super) rule: String,
}

impl Shortfall {
    pub(super) fn new(value: &str, rule: impl Into<String>) -> Self {
        Self { value: value.to_owned(), rule: rule.into() }
    }
}

/// The places of `separator` in `text` that no backslash hides.
fn places(text: &str, separator: char) -> impl Iterator<Item = usize> {
    let mut hidden = false;
    text.char_indices().filter_map(move |(at, c)| {
        let found = c == separator && !hidden;
        hidden = c == '\\' && !hidden;
        found.then_some(at)
    })
}

/// Divides at the first bare separator; both sides still have their backslashes.
fn split_once(text: &str, separator: char) -> Option<(&str, &str)> {
    let at = places(text, separator).next()?;
    Some((&text[..at], &text[at + separator.len_utf8()..]))
}

/// All pieces between bare separators, with their backslashes; of nothing there is none.
fn pieces_of(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let (piece, more) = match split_once(rest?, separator) {
            Some((piece, more)) => (piece, Some(more)),
            None => (rest?, None),
        };
        rest = more;
        Some(piece)
    })
}

/// All pieces between bare separators, without their backslashes.
fn split_all(text: &str, separator: char) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for at in places(text, separator) {
        pieces.push(bare(&text[from..at]));
        from = at + separator.len_utf8();
    }
    pieces.push(bare(&text[from..]));
    pieces
}

/// The text without the backslashes that hide separators.
fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next().unwrap_or('\\')),
            _ => out.push(c),
        }
    }
    out
}

/// The text with a backslash before each of `special` and before each backslash.
fn hide(text: &str, special: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c == '\\' || special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn number<T: FromStr>(text: &str, whole: &str, rule: &str) -> Result<T, Shortfall> {
    text.parse().map_err(|_| Shortfall::new(whole, rule))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hidden_separators_are_letters(given in prop::collection::vec(".*", 1..4)) {
            let text: Vec<String> = given.iter().map(|piece| hide(piece, ":")).collect();
            prop_assert_eq!(split_all(&text.join(":"), ':'), given);
        }
    }
}
