//! From a line to words and back.
//!
//! Words are apart by white space. Quotes count where a word begins, or after the `=` of a flag:
//! `"two words"` with the escapes `\"`, `\\`, `\n`, `\r` and `\t`, or `'as it stands'`. Anywhere
//! else they are letters like all others, so that JSON needs no quoting.

use std::fmt::{Display, Write};

use crate::command::ParseError;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The word, without its quotes.
    pub(super) text: String,
    /// Where it begins in the line, quotes included.
    pub(super) start: usize,
    /// Was it quoted from its beginning? Such a word is never a flag.
    pub(super) quoted: bool,
}

/// The words of a line.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, ParseError> {
    match words(line) {
        (found, None) => Ok(found),
        (_, Some(fault)) => Err(fault),
    }
}

/// The words of a line up to the first that is none, and why it is none.
pub(super) fn words(line: &str) -> (Vec<Token>, Option<ParseError>) {
    let mut found = Vec::new();
    let fault = read(line, &mut found).err();
    (found, fault)
}

fn read(line: &str, found: &mut Vec<Token>) -> Result<(), ParseError> {
    let mut at = 0;
    loop {
        at += line[at..].len() - line[at..].trim_start().len();
        let Some(first) = line[at..].chars().next() else { return Ok(()) };
        let start = at;
        let quoted = is_quote(first);
        let mut text = String::new();
        if quoted {
            at = unquote(line, at, &mut text)?;
        } else {
            while let Some(c) = line[at..].chars().next().filter(|c| !c.is_whitespace()) {
                if is_quote(c) && text.starts_with("--") && text.ends_with('=') {
                    at = unquote(line, at, &mut text)?;
                    break;
                }
                text.push(c);
                at += c.len_utf8();
            }
        }
        found.push(Token { text, start, quoted });
    }
}

fn is_quote(c: char) -> bool {
    c == '"' || c == '\''
}

fn column(line: &str, at: usize) -> usize {
    line[..at].chars().count() + 1
}

/// Reads the quoted text that opens at `open`; answers where it ends.
fn unquote(line: &str, open: usize, into: &mut String) -> Result<usize, ParseError> {
    let quote = if line[open..].starts_with('"') { '"' } else { '\'' };
    let mut chars = line[open + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let close = open + 1 + at;
            let after = line[close + 1..].chars().next();
            return match after {
                Some(c) if !c.is_whitespace() => {
                    Err(ParseError::AfterQuote { column: column(line, close) })
                }
                _ => Ok(close + 1),
            };
        }
        if c != '\\' || quote == '\'' {
            into.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some('n') => into.push('\n'),
            Some('r') => into.push('\r'),
            Some('t') => into.push('\t'),
            Some(c @ ('"' | '\\')) => into.push(c),
            Some(c) => into.extend(['\\', c]),
            None => break,
        }
    }
    Err(ParseError::Unclosed { quote, column: column(line, open) })
}

/// The word as it must be typed.
pub(super) fn quote(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && !text.starts_with(is_quote)
        && !text.starts_with("--");
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A line that is being written.
pub(super) struct Line(String);

impl Line {
    pub(super) fn new(command: &str) -> Self {
        Self(command.to_owned())
    }

    /// One more word.
    pub(super) fn word(mut self, word: impl Display) -> Self {
        self.0.push(' ');
        self.0.push_str(&quote(&word.to_string()));
        self
    }

    /// A word, if there is one.
    pub(super) fn maybe(self, word: Option<impl Display>) -> Self {
        match word {
            Some(word) => self.word(word),
            None => self,
        }
    }

    /// A flag alone, when `on`.
    pub(super) fn switch(mut self, flag: &str, on: bool) -> Self {
        if on {
            self.0.push(' ');
            self.0.push_str(flag);
        }
        self
    }

    /// A flag with its value.
    pub(super) fn flag(mut self, flag: &str, value: impl Display) -> Self {
        // Writing into a String does not fail.
        let _ = write!(self.0, " {flag} {}", quote(&value.to_string()));
        self
    }

    /// A flag with its value, unless that is the default.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and words made on the spot")]
    pub(super) fn unless<T: PartialEq + Display>(self, default: T, flag: &str, value: T) -> Self {
        if value == default { self } else { self.flag(flag, value) }
    }

    /// A flag with its value, if there is one.
    pub(super) fn option(self, flag: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.flag(flag, value),
            None => self,
        }
    }

    pub(super) fn end(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(line: &str) -> Vec<String> {
        tokens(line).expect("it is a line").into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_are_apart_by_white_space_and_held_together_by_quotes() {
        assert_eq!(words("  split  orders 3 "), ["split", "orders", "3"]);
        assert_eq!(words(r#"put o k {"a":1}"#), ["put", "o", "k", r#"{"a":1}"#]);
        assert_eq!(
            words(r#""two \"words\"" 'it\n' --t="a b" don't"#),
            ["two \"words\"", "it\\n", "--t=a b", "don't"]
        );
    }

    #[test]
    fn quotes_must_close_and_stand_apart() {
        assert_eq!(tokens("put 'x"), Err(ParseError::Unclosed { quote: '\'', column: 5 }));
        assert_eq!(tokens(r#"a "b\"#), Err(ParseError::Unclosed { quote: '"', column: 3 }));
        assert_eq!(tokens(r#"a "b"c"#), Err(ParseError::AfterQuote { column: 5 }));
    }

    proptest! {
        #[test]
        fn any_words_survive_a_line(given in prop::collection::vec(".*", 0..5)) {
            let line: Vec<String> = given.iter().map(|word| quote(word)).collect();
            prop_assert_eq!(words(&line.join(" ")), given);
        }
    }
}
