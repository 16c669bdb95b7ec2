//! Writing a value as JSON, byte for byte as `jaq-json` does, and a few times as fast: that asks for a
//! color before and behind each value. What it has beyond JSON is written as jq 1.7 does: no number is
//! null, an infinite one the largest that there is, and bytes are a text. A key that is no text is an
//! error, as it is there.

use std::fmt::{self, Write as _};

use bytes::Bytes;
use jaq_json::{Num, Val};

use super::Bounded;

/// Why a value was not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WriteError {
    /// It does not fit.
    TooLarge,
    /// An object in it has a key that is no text.
    Key(String),
}

impl From<fmt::Error> for WriteError {
    fn from(_: fmt::Error) -> Self {
        Self::TooLarge
    }
}

/// Writes a value.
///
/// # Errors
/// When it does not fit, or is no JSON.
pub(super) fn value(into: &mut Bounded, value: &Val) -> Result<(), WriteError> {
    match value {
        Val::Null => into.write_str("null")?,
        Val::Bool(true) => into.write_str("true")?,
        Val::Bool(false) => into.write_str("false")?,
        Val::Num(number) => self::number(into, number)?,
        Val::TStr(bytes) => text(into, bytes)?,
        Val::BStr(bytes) => text(into, &String::from_utf8_lossy(bytes).into_owned().into())?,
        Val::Arr(items) => {
            let mut lead = "[";
            for item in items.iter() {
                into.write_str(lead)?;
                self::value(into, item)?;
                lead = ",";
            }
            into.write_str(if items.is_empty() { "[]" } else { "]" })?;
        }
        Val::Obj(fields) => {
            let mut lead = "{";
            for (key, field) in fields.iter() {
                into.write_str(lead)?;
                match key {
                    Val::TStr(key) => text(into, key)?,
                    _ => return Err(WriteError::Key(key.to_string())),
                }
                into.write_str(":")?;
                self::value(into, field)?;
                lead = ",";
            }
            into.write_str(if fields.is_empty() { "{}" } else { "}" })?;
        }
    }
    Ok(())
}

fn number(into: &mut Bounded, number: &Num) -> fmt::Result {
    match number {
        Num::Dec(digits) => into.write_str(digits),
        Num::Float(float) if float.is_nan() => into.write_str("null"),
        Num::Float(float) if float.is_infinite() => write!(into, "{:e}", f64::MAX.copysign(*float)),
        Num::Int(_) | Num::BigInt(_) | Num::Float(_) => write!(into, "{number}"),
    }
}

fn text(into: &mut Bounded, bytes: &Bytes) -> fmt::Result {
    match plain(bytes) {
        Some(text) => {
            into.write_str("\"")?;
            into.write_str(text)?;
            into.write_str("\"")
        }
        None => write!(into, "{}", Val::utf8_str(bytes.clone())),
    }
}

/// A text that is written as it is.
fn plain(bytes: &[u8]) -> Option<&str> {
    let as_it_is = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..b' ' | 0x7f);
    bytes.iter().all(as_it_is).then(|| std::str::from_utf8(bytes).ok())?
}
