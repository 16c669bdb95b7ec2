//! Reading a record as a value of jq: the texts of it are slices of one copy of the record.
//!
//! Reading took most of the time of a program, and a third of that was asking for memory, three times
//! for each text. What stands here reads plain JSON; anything else (and what is no JSON) is left to
//! `jaq-json`, whose values are the same.

use bytes::Bytes;
use jaq_json::{Map, Num, Val, read};

use super::meter::{self, DEPTH_MAX};

/// A record as a value.
///
/// # Errors
/// When it is no JSON, or nests too deep.
pub(super) fn value(data: &[u8]) -> Result<Val, String> {
    let mut reader = Reader { whole: Bytes::copy_from_slice(data), at: 0 };
    if let Some(value) = reader.value(0)
        && reader.next().is_none()
    {
        return Ok(value);
    }
    meter::check_depth(data)?;
    read::parse_single(data).map_err(|why| format!("no JSON: {why}"))
}

/// A copy whose texts are its own: a small piece of a record does not keep all of it.
pub(super) fn detached(value: &Val) -> Val {
    match value {
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::BStr(_) => value.clone(),
        Val::TStr(text) => Val::utf8_str(Bytes::copy_from_slice(text)),
        Val::Arr(items) => items.iter().map(detached).collect(),
        Val::Obj(fields) => {
            Val::obj(fields.iter().map(|(key, value)| (detached(key), detached(value))).collect())
        }
    }
}

/// Reads from the front. `None` is for what is not plain JSON.
struct Reader {
    whole: Bytes,
    at: usize,
}

impl Reader {
    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.whole[self.at..];
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += rest.iter().take_while(|byte| blank(byte)).count();
        self.whole.get(self.at).copied()
    }

    fn skip(&mut self, word: &[u8]) -> Option<()> {
        let found = self.whole[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(())
    }

    fn value(&mut self, depth: u32) -> Option<Val> {
        match self.next()? {
            b'"' => self.text(),
            b'{' if depth < DEPTH_MAX => self.object(depth),
            b'[' if depth < DEPTH_MAX => self.array(depth),
            b'0'..=b'9' | b'-' => self.number(),
            b't' => self.skip(b"true").map(|()| Val::Bool(true)),
            b'f' => self.skip(b"false").map(|()| Val::Bool(false)),
            b'n' => self.skip(b"null").map(|()| Val::Null),
            _ => None,
        }
    }

    fn object(&mut self, depth: u32) -> Option<Val> {
        self.at += 1;
        let mut fields = Map::default();
        if self.next()? == b'}' {
            self.at += 1;
            return Some(Val::obj(fields));
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let key = self.text()?;
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            fields.insert(key, self.value(depth + 1)?);
            if self.ends(b'}')? {
                return Some(Val::obj(fields));
            }
        }
    }

    fn array(&mut self, depth: u32) -> Option<Val> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next()? == b']' {
            self.at += 1;
            return Some(Val::Arr(items.into()));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Some(Val::Arr(items.into()));
            }
        }
    }

    /// Is it the end, or a comma?
    fn ends(&mut self, end: u8) -> Option<bool> {
        let byte = self.next()?;
        self.at += 1;
        (byte == end || byte == b',').then_some(byte == end)
    }

    fn text(&mut self) -> Option<Val> {
        let from = self.at + 1;
        let len =
            self.whole[from..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
        if self.whole[from + len] != b'"' {
            return self.escaped(from + len);
        }
        self.at = from + len + 1;
        Some(Val::utf8_str(self.whole.slice(from..from + len)))
    }

    /// A text with an escape at `from`, or something worse.
    fn escaped(&mut self, from: usize) -> Option<Val> {
        let mut end = from;
        while self.whole.get(end)? != &b'"' {
            end += if self.whole[end] == b'\\' { 2 } else { 1 };
        }
        let text = read::parse_single(&self.whole[self.at..=end]).ok()?;
        self.at = end + 1;
        Some(text)
    }

    fn number(&mut self) -> Option<Val> {
        let rest = &self.whole[self.at..];
        let of_it = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let digits = &rest[..rest.iter().take_while(of_it).count()];
        self.at += digits.len();
        let is_small = digits.len() < 18 && digits.iter().all(u8::is_ascii_digit);
        if is_small && (digits[0] != b'0' || digits.len() == 1) {
            let number = digits.iter().fold(0, |sum, digit| sum * 10 + isize::from(digit - b'0'));
            return Some(Val::Num(Num::Int(number)));
        }
        read::parse_single_num(digits).map(Val::Num)
    }
}
