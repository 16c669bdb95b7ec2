//! Writing a value as JSON, byte for byte as `jaq-json` does, and a few times as fast: that asks for a
//! color before and behind each value.

use std::fmt::{self, Write as _};

use jaq_json::{Num, Val};

use super::Bounded;

/// Writes a value.
///
/// # Errors
/// When it does not fit.
pub(super) fn value(into: &mut Bounded, value: &Val) -> fmt::Result {
    match value {
        Val::Null => into.write_str("null"),
        Val::Bool(true) => into.write_str("true"),
        Val::Bool(false) => into.write_str("false"),
        Val::Num(Num::Dec(digits)) => into.write_str(digits),
        Val::Num(_) | Val::BStr(_) => write!(into, "{value}"),
        Val::TStr(bytes) => match plain(bytes) {
            Some(text) => {
                into.write_str("\"")?;
                into.write_str(text)?;
                into.write_str("\"")
            }
            None => write!(into, "{value}"),
        },
        Val::Arr(items) => {
            let mut lead = "[";
            for item in items.iter() {
                into.write_str(lead)?;
                self::value(into, item)?;
                lead = ",";
            }
            into.write_str(if items.is_empty() { "[]" } else { "]" })
        }
        Val::Obj(fields) => {
            let mut lead = "{";
            for (key, field) in fields.iter() {
                into.write_str(lead)?;
                self::value(into, key)?;
                into.write_str(":")?;
                self::value(into, field)?;
                lead = ",";
            }
            into.write_str(if fields.is_empty() { "{}" } else { "}" })
        }
    }
}

/// A text that is written as it is.
fn plain(bytes: &[u8]) -> Option<&str> {
    let as_it_is = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..b' ' | 0x7f);
    bytes.iter().all(as_it_is).then(|| std::str::from_utf8(bytes).ok())?
}
