//! Reads JSON piece by piece out of the body, borrowing what needs no change.

use std::borrow::Cow;

use memchr::memchr2;

use crate::wire::fault::{Fault, Found};

type Read<T> = Result<T, Fault>;

/// A place in a JSON text.
#[derive(Clone, Debug)]
pub(super) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
}

/// Is there a byte of a control character? Piece by piece, in which none is looked at earlier than
/// another: so many are looked at in one step of the processor.
fn has_control(text: &[u8]) -> bool {
    let any = |piece: &[u8]| piece.iter().fold(false, |found, byte| found | (*byte < 0x20));
    text.chunks(64).any(any)
}

/// Control characters must be escaped.
pub(super) fn check_text(text: &str) -> Read<()> {
    if has_control(text.as_bytes()) { Err(Fault::Syntax) } else { Ok(()) }
}

/// Are the digits of a number as JSON wants them? Zeros in front are not, nor is a point without digits
/// on both sides.
fn has_json_digits(number: &str) -> bool {
    let whole = number.strip_prefix('-').unwrap_or(number).as_bytes();
    let is_digit = |at: usize| whole.get(at).is_some_and(u8::is_ascii_digit);
    let leads = whole.first() == Some(&b'0') && is_digit(1);
    let point = whole.iter().position(|byte| *byte == b'.');
    is_digit(0) && !leads && point.is_none_or(|point| is_digit(point + 1))
}

impl<'a> JsonReader<'a> {
    /// At the beginning of a body, which must be UTF-8.
    pub(super) fn new(body: &'a [u8]) -> Read<Self> {
        let text = std::str::from_utf8(body).map_err(|_| Fault::Syntax)?;
        Ok(Self { text, at: 0 })
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte that is no white space, which stays.
    fn byte(&mut self) -> Read<u8> {
        while let Some(byte) = self.bytes().get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return Ok(*byte),
            }
        }
        Err(Fault::Syntax)
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        match self.byte()? {
            found if found == byte => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Fault::Syntax),
        }
    }

    /// What comes next.
    pub(super) fn peek(&mut self) -> Read<Found> {
        Ok(match self.byte()? {
            b'"' => Found::Text,
            b'{' => Found::Structure,
            b'[' => Found::List,
            b't' | b'f' => Found::Boolean,
            b'n' => Found::Null,
            b'-' | b'0'..=b'9' => Found::Number,
            _ => return Err(Fault::Syntax),
        })
    }

    fn word(&mut self, word: &str) -> Read<()> {
        self.byte()?;
        if !self.text[self.at..].starts_with(word) {
            return Err(Fault::Syntax);
        }
        self.at += word.len();
        Ok(())
    }

    pub(super) fn null(&mut self) -> Read<()> {
        self.word("null")
    }

    pub(super) fn boolean(&mut self) -> Read<bool> {
        match self.byte()? {
            b't' => self.word("true").map(|()| true),
            _ => self.word("false").map(|()| false),
        }
    }

    pub(super) fn number(&mut self) -> Read<f64> {
        self.byte()?;
        let rest = &self.text[self.at..];
        let part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let text = &rest[..end];
        let number = text.parse().map_err(|_| Fault::Syntax)?;
        if !has_json_digits(text) {
            return Err(Fault::Syntax);
        }
        self.at += end;
        Ok(number)
    }

    /// A text as it stands between its quotes, and whether something in it is escaped.
    fn quoted(&mut self) -> Read<(&'a str, bool)> {
        self.expect(b'"')?;
        let begin = self.at;
        let mut escaped = false;
        loop {
            let rest = &self.bytes()[self.at..];
            let found = memchr2(b'"', b'\\', rest).ok_or(Fault::Syntax)?;
            self.at += found + 1;
            if rest[found] == b'"' {
                return Ok((&self.text[begin..self.at - 1], escaped));
            }
            escaped = true;
            self.at += 1;
            // Behind a backslash stands one byte of ASCII, or it is no escape.
            if !self.text.is_char_boundary(self.at) {
                return Err(Fault::Syntax);
            }
        }
    }

    pub(super) fn text(&mut self) -> Read<Cow<'a, str>> {
        let (text, escaped) = self.quoted()?;
        check_text(text)?;
        plain(text, escaped)
    }

    /// A text that is read as base64. Unless something in it is escaped it was not looked at: who finds
    /// that it is no base64 must [`check_text`] first.
    pub(super) fn base64(&mut self) -> Read<Cow<'a, str>> {
        let (text, escaped) = self.quoted()?;
        if escaped {
            check_text(text)?;
        }
        plain(text, escaped)
    }

    /// Bytes that were not read yet.
    pub(super) fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// A step into a list or structure, or to its next member: `false` at its end.
    pub(super) fn step(&mut self, first: bool, end: u8) -> Read<bool> {
        let byte = self.byte()?;
        if byte == end {
            self.at += 1;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
            // A comma is followed by a member.
            if self.byte()? == end {
                return Err(Fault::Syntax);
            }
        }
        Ok(true)
    }

    pub(super) fn begin_list(&mut self) -> Read<()> {
        self.expect(b'[')
    }

    pub(super) fn begin_structure(&mut self) -> Read<()> {
        self.expect(b'{')
    }

    /// The name of a member.
    pub(super) fn key(&mut self) -> Read<Cow<'a, str>> {
        let key = self.text()?;
        self.expect(b':')?;
        Ok(key)
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Read<()> {
        if self.byte().is_ok() { Err(Fault::Syntax) } else { Ok(()) }
    }
}

/// What stands between quotes, without escapes.
fn plain(text: &str, escaped: bool) -> Read<Cow<'_, str>> {
    if escaped { unescape(text).map(Cow::Owned) } else { Ok(Cow::Borrowed(text)) }
}

fn unescape(text: &str) -> Read<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let code = *rest.as_bytes().get(at + 1).ok_or(Fault::Syntax)?;
        rest = rest.get(at + 2..).ok_or(Fault::Syntax)?;
        plain.push(match code {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => unescape_unicode(&mut rest)?,
            _ => return Err(Fault::Syntax),
        });
    }
    plain.push_str(rest);
    Ok(plain)
}

/// A character beyond the basic plane is a pair of escapes; half a pair is the replacement.
fn unescape_unicode(rest: &mut &str) -> Read<char> {
    let high = hex(rest)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut after = *rest;
    let low = after.strip_prefix("\\u").map(|digits| {
        after = digits;
        hex(&mut after)
    });
    match low.transpose()? {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            *rest = after;
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        Some(_) | None => Ok(char::REPLACEMENT_CHARACTER),
    }
}

fn hex(rest: &mut &str) -> Read<u32> {
    let digits = rest.get(..4).ok_or(Fault::Syntax)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Fault::Syntax);
    }
    *rest = &rest[4..];
    u32::from_str_radix(digits, 16).map_err(|_| Fault::Syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parser of the standard library takes more than JSON does.
    #[test]
    fn a_number_is_one_of_json() {
        for (text, number) in [
            ("0", Some(0.0)),
            ("-0.5", Some(-0.5)),
            ("10", Some(10.0)),
            ("1.25e+2", Some(125.0)),
            ("1E-2", Some(0.01)),
            ("0e1", Some(0.0)),
            ("01", None),
            ("-01", None),
            ("00", None),
            ("1.", None),
            ("1.e2", None),
            ("-.5", None),
            ("-", None),
            ("1e", None),
            ("1-2", None),
        ] {
            let read = JsonReader::new(text.as_bytes()).and_then(|mut reader| reader.number());
            assert_eq!(read.ok(), number, "{text}");
        }
    }

    #[test]
    fn a_control_character_is_found_wherever_it_stands() {
        for len in [1, 63, 64, 65, 200] {
            let plain = vec![b' '; len];
            assert!(!has_control(&plain), "{len}");
            for (at, byte) in (0..len).flat_map(|at| [(at, 0), (at, 0x1f)]) {
                let mut text = plain.clone();
                text[at] = byte;
                assert!(has_control(&text), "{byte} at {at} of {len}");
            }
        }
        assert!(!has_control(&[]) && !has_control(&[0x20, 0x7f, 0x80, 0xff]));
    }
}
