//! Reads the fields of a body, whichever form it has, with the service's leniences: unknown fields
//! are passed over, null is as good as nothing, numbers lose their fractions.

use std::borrow::Cow;

use base64_simd::STANDARD;

use crate::model::Millis;
use crate::wire::Format;
use crate::wire::cbor::CborReader;
use crate::wire::fault::{Fault, Found, Shape};
use crate::wire::json::{self, JsonReader};

type Read<T> = Result<T, Fault>;

/// How deep a field that nobody reads may be nested.
const DEPTH_MAX: usize = 64;

/// A place in a body.
#[derive(Clone, Debug)]
pub(super) enum Reader<'a> {
    Json(JsonReader<'a>),
    Cbor(CborReader<'a>),
}

/// A blob as it stands in the body.
#[derive(Clone, Debug)]
pub(super) enum Blob<'a> {
    Base64(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Blob<'_> {
    /// Nobody asks what it means: it must be a text all the same.
    pub(super) fn pass(&self) -> Read<()> {
        match self {
            Self::Base64(Cow::Borrowed(text)) => json::check_text(text),
            // One that has escapes was looked at.
            Self::Base64(Cow::Owned(_)) | Self::Bytes(_) => Ok(()),
        }
    }

    /// Appends what it means.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> Read<()> {
        match self {
            Self::Bytes(raw) => bytes.extend_from_slice(raw),
            Self::Base64(text) => {
                STANDARD.decode_append(&**text, bytes).map_err(|_| no_base64(text))?;
            }
        }
        Ok(())
    }
}

/// A text that is no text at all is told as such.
fn no_base64(text: &str) -> Fault {
    json::check_text(text).err().unwrap_or_else(|| Fault::blob(text))
}

/// How far a list or structure is read.
struct Members {
    first: bool,
    /// Members that are left, where that is said beforehand.
    left: Option<u64>,
}

impl<'a> Reader<'a> {
    /// At the beginning of a body.
    pub(super) fn new(format: Format, body: &'a [u8]) -> Read<Self> {
        Ok(match format {
            Format::Json => Self::Json(JsonReader::new(body)?),
            Format::Cbor => Self::Cbor(CborReader::new(body)),
        })
    }

    /// Bytes of the blobs that were not read yet, at most.
    pub(super) fn blobs_left(&self) -> usize {
        match self {
            Self::Json(reader) => reader.left() / 4 * 3,
            Self::Cbor(reader) => reader.left(),
        }
    }

    fn peek(&mut self) -> Read<Found> {
        match self {
            Self::Json(reader) => reader.peek(),
            Self::Cbor(reader) => reader.peek(),
        }
    }

    fn null(&mut self) -> Read<()> {
        match self {
            Self::Json(reader) => reader.null(),
            Self::Cbor(reader) => reader.null(),
        }
    }

    /// The value that comes next as `shape`, read by `read` if it is `due`; `None` if it is null.
    fn value<T>(
        &mut self,
        shape: Shape,
        due: impl Fn(Found) -> bool,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.peek()? {
            Found::Null => self.null().map(|()| None),
            found if due(found) => read(self).map(Some),
            found => Err(Fault::other_type(shape, found)),
        }
    }

    pub(super) fn text(&mut self) -> Read<Option<Cow<'a, str>>> {
        self.value(Shape::Text, |found| found == Found::Text, Self::plain_text)
    }

    fn plain_text(&mut self) -> Read<Cow<'a, str>> {
        match self {
            Self::Json(reader) => reader.text(),
            Self::Cbor(reader) => reader.text(),
        }
    }

    fn plain_number(&mut self) -> Read<f64> {
        match self {
            Self::Json(reader) => reader.number(),
            Self::Cbor(reader) => reader.number(),
        }
    }

    pub(super) fn boolean(&mut self) -> Read<Option<bool>> {
        self.value(
            Shape::Boolean,
            |found| found == Found::Boolean,
            |reader| match reader {
                Self::Json(reader) => reader.boolean(),
                Self::Cbor(reader) => reader.boolean(),
            },
        )
    }

    pub(super) fn integer(&mut self) -> Read<Option<i64>> {
        let number =
            self.value(Shape::Integer, |found| found == Found::Number, Self::plain_number)?;
        Ok(number.map(|number| number.floor() as i64))
    }

    /// JSON has seconds with a fraction, CBOR whole milliseconds.
    pub(super) fn time(&mut self) -> Read<Option<Millis>> {
        let scale = match self {
            Self::Json(_) => 1_000.0,
            Self::Cbor(_) => 1.0,
        };
        let number = self.value(Shape::Time, |found| found == Found::Number, Self::plain_number)?;
        Ok(number.map(|number| Millis((number * scale).round() as u64)))
    }

    pub(super) fn blob(&mut self) -> Read<Option<Blob<'a>>> {
        let due = match self {
            Self::Json(_) => Found::Text,
            Self::Cbor(_) => Found::Bytes,
        };
        self.value(
            Shape::Blob,
            |found| found == due,
            |reader| match reader {
                Self::Json(reader) => reader.base64().map(Blob::Base64),
                Self::Cbor(reader) => reader.bytes().map(Blob::Bytes),
            },
        )
    }

    /// Visits the items of a list; `false` when it is null.
    pub(super) fn list(&mut self, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<bool> {
        let visit = |reader: &mut Self| {
            let mut members = reader.begin(Found::List)?;
            while reader.step(&mut members, b']')? {
                item(reader)?;
            }
            Ok(())
        };
        let read = self.value(Shape::List, |found| found == Found::List, visit)?;
        Ok(read.is_some())
    }

    /// Visits the members of a structure or map by name; `false` when it is null. What `member`
    /// does not know it must [`Self::skip`].
    pub(super) fn structure(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Read<()>,
    ) -> Read<bool> {
        let visit = |reader: &mut Self| {
            let mut members = reader.begin(Found::Structure)?;
            while reader.step(&mut members, b'}')? {
                let key = reader.key()?;
                member(reader, &key)?;
            }
            Ok(())
        };
        let read = self.value(Shape::Structure, |found| found == Found::Structure, visit)?;
        Ok(read.is_some())
    }

    fn begin(&mut self, what: Found) -> Read<Members> {
        let left = match self {
            Self::Json(reader) if what == Found::List => reader.begin_list().map(|()| None)?,
            Self::Json(reader) => reader.begin_structure().map(|()| None)?,
            Self::Cbor(reader) => reader.begin()?,
        };
        Ok(Members { first: true, left })
    }

    fn step(&mut self, members: &mut Members, end: u8) -> Read<bool> {
        let first = std::mem::replace(&mut members.first, false);
        match self {
            Self::Json(reader) => reader.step(first, end),
            Self::Cbor(reader) => reader.step(&mut members.left),
        }
    }

    fn key(&mut self) -> Read<Cow<'a, str>> {
        match self {
            Self::Json(reader) => reader.key(),
            Self::Cbor(reader) => reader.key(),
        }
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) -> Read<()> {
        self.skip_to(DEPTH_MAX)
    }

    fn skip_to(&mut self, depth: usize) -> Read<()> {
        let depth = depth.checked_sub(1).ok_or(Fault::Syntax)?;
        match self.peek()? {
            Found::Null => self.null(),
            Found::Boolean => self.boolean().map(drop),
            Found::Number => self.plain_number().map(drop),
            Found::Text => self.plain_text().map(drop),
            Found::Bytes => self.blob().map(drop),
            Found::List => self.list(|reader| reader.skip_to(depth)).map(drop),
            Found::Structure => self.structure(|reader, _| reader.skip_to(depth)).map(drop),
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Read<()> {
        match self {
            Self::Json(reader) => reader.end(),
            Self::Cbor(reader) => reader.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(text: &str) -> Read<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = Reader::new(Format::Json, text.as_bytes())?.blob()?;
        read.expect("it is not null").append_to(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_blob_is_read_escaped_or_not_and_what_is_none_is_told() {
        assert_eq!(blob(r#""aGk=""#).ok(), Some(b"hi".to_vec()));
        assert_eq!(blob(r#""a\u0047k\u003d""#).ok(), Some(b"hi".to_vec()));
        for (text, is_text) in [(r#""a_k=""#, true), (r#""aGk""#, true), ("\"aG\n=\"", false)] {
            let told = blob(text).expect_err("it is no base64");
            assert_eq!(!matches!(told, Fault::Syntax), is_text, "{text}: {told:?}");
        }
    }
}
