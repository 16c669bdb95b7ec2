//! Writes answers and requests, as JSON or as CBOR.
//!
//! Which members a structure has need not be known beforehand: JSON's commas follow from the byte
//! before, CBOR's lists and structures are of indefinite length.

use std::fmt::{Display, Write as _};

use base64_simd::STANDARD;

use crate::model::{Millis, SequenceNumber, ShardId};
use crate::wire::Format;

const CBOR_LIST: u8 = 0x9f;
const CBOR_STRUCTURE: u8 = 0xbf;
const CBOR_END: u8 = 0xff;
const CBOR_TIME: u8 = 0xc1;

/// A body that grows.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    format: Format,
    bytes: Vec<u8>,
    /// Where blobs belong, if they are left out.
    gaps: Option<Vec<usize>>,
}

impl Writer {
    pub(super) fn new(format: Format) -> Self {
        Self::with_capacity(format, 256)
    }

    pub(super) fn with_capacity(format: Format, bytes: usize) -> Self {
        Self { format, bytes: Vec::with_capacity(bytes), gaps: None }
    }

    /// One that leaves out blobs and remembers where they belong.
    pub(super) fn with_gaps(format: Format, bytes: usize) -> Self {
        Self { gaps: Some(Vec::new()), ..Self::with_capacity(format, bytes) }
    }

    pub(super) fn end(self) -> Vec<u8> {
        self.bytes
    }

    /// The body, and where in it the blobs that were left out belong.
    pub(super) fn end_with_gaps(self) -> (Vec<u8>, Vec<usize>) {
        (self.bytes, self.gaps.unwrap_or_default())
    }

    /// What stands between two members.
    fn comma(&mut self) {
        if self.format == Format::Json && !matches!(self.bytes.last(), None | Some(b'{' | b'[')) {
            self.bytes.push(b',');
        }
    }

    /// The name of a member, which is of ASCII and needs no escape.
    pub(super) fn key(&mut self, key: &str) -> &mut Self {
        self.comma();
        match self.format {
            Format::Json => {
                self.bytes.push(b'"');
                self.bytes.extend_from_slice(key.as_bytes());
                self.bytes.extend_from_slice(b"\":");
            }
            Format::Cbor => self.cbor_text(key),
        }
        self
    }

    /// A structure, and what is in it.
    pub(super) fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        self.bytes.push(if self.format == Format::Json { b'{' } else { CBOR_STRUCTURE });
        members(self);
        self.bytes.push(if self.format == Format::Json { b'}' } else { CBOR_END });
    }

    /// A list, and how each of its items is written.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) {
        self.bytes.push(if self.format == Format::Json { b'[' } else { CBOR_LIST });
        for each in items {
            self.comma();
            item(self, each);
        }
        self.bytes.push(if self.format == Format::Json { b']' } else { CBOR_END });
    }

    pub(super) fn text(&mut self, text: &str) {
        match self.format {
            Format::Json => self.json_text(text),
            Format::Cbor => self.cbor_text(text),
        }
    }

    /// A text whose characters need no escape.
    pub(super) fn plain(&mut self, text: impl Display) {
        match self.format {
            Format::Json => {
                let mut quoted = Appended(&mut self.bytes);
                write!(quoted, "\"{text}\"").expect("invariant: memory takes everything");
            }
            Format::Cbor => self.cbor_text(&text.to_string()),
        }
    }

    pub(super) fn sequence(&mut self, number: SequenceNumber) {
        self.ascii(number.digits().as_bytes());
    }

    pub(super) fn shard(&mut self, shard: ShardId) {
        self.ascii(&shard.name());
    }

    /// A text of ASCII whose characters need no escape.
    pub(super) fn word(&mut self, word: &str) {
        self.ascii(word.as_bytes());
    }

    fn ascii(&mut self, word: &[u8]) {
        match self.format {
            Format::Json => {
                self.bytes.push(b'"');
                self.bytes.extend_from_slice(word);
                self.bytes.push(b'"');
            }
            Format::Cbor => self.cbor_utf8(word),
        }
    }

    pub(super) fn boolean(&mut self, value: bool) {
        match (self.format, value) {
            (Format::Json, true) => self.bytes.extend_from_slice(b"true"),
            (Format::Json, false) => self.bytes.extend_from_slice(b"false"),
            (Format::Cbor, value) => self.bytes.push(0xf4 + u8::from(value)),
        }
    }

    pub(super) fn integer(&mut self, value: u64) {
        match self.format {
            Format::Json => {
                let mut digits = itoa::Buffer::new();
                self.bytes.extend_from_slice(digits.format(value).as_bytes());
            }
            Format::Cbor => cbor_head(0, value, &mut self.bytes),
        }
    }

    /// JSON has seconds with a fraction, CBOR whole milliseconds.
    pub(super) fn time(&mut self, at: Millis) {
        match self.format {
            Format::Json => {
                self.integer(at.0 / 1_000);
                let digit = |of: u64| b'0' + (at.0 / of % 10) as u8;
                self.bytes.extend_from_slice(&[b'.', digit(100), digit(10), digit(1)]);
            }
            Format::Cbor => {
                self.bytes.push(CBOR_TIME);
                cbor_head(0, at.0, &mut self.bytes);
            }
        }
    }

    pub(super) fn blob(&mut self, blob: &[u8]) {
        match &mut self.gaps {
            Some(gaps) => gaps.push(self.bytes.len()),
            None => append_blob(self.format, blob, &mut self.bytes),
        }
    }

    fn json_text(&mut self, text: &str) {
        self.bytes.push(b'"');
        let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| special(*byte)) {
            self.bytes.extend_from_slice(&rest[..at]);
            match rest[at] {
                byte @ (b'"' | b'\\') => self.bytes.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.bytes.extend_from_slice(b"\\n"),
                byte => {
                    let mut escape = Appended(&mut self.bytes);
                    write!(escape, "\\u{byte:04x}").expect("invariant: memory takes everything");
                }
            }
            rest = &rest[at + 1..];
        }
        self.bytes.extend_from_slice(rest);
        self.bytes.push(b'"');
    }

    fn cbor_text(&mut self, text: &str) {
        self.cbor_utf8(text.as_bytes());
    }

    fn cbor_utf8(&mut self, text: &[u8]) {
        cbor_head(3, text.len() as u64, &mut self.bytes);
        self.bytes.extend_from_slice(text);
    }
}

/// Appends a blob: base64 in JSON.
pub(super) fn append_blob(format: Format, blob: &[u8], bytes: &mut Vec<u8>) {
    match format {
        Format::Json => {
            bytes.push(b'"');
            STANDARD.encode_append(blob, bytes);
            bytes.push(b'"');
        }
        Format::Cbor => {
            cbor_head(2, blob.len() as u64, bytes);
            bytes.extend_from_slice(blob);
        }
    }
}

/// The bytes that a blob of so many takes.
pub(super) fn blob_len(format: Format, bytes: usize) -> usize {
    match format {
        Format::Json => STANDARD.encoded_length(bytes) + 2,
        Format::Cbor => 1 + cbor_width(bytes as u64) + bytes,
    }
}

/// The bytes of a number behind the first.
fn cbor_width(value: u64) -> usize {
    match value {
        0..=23 => 0,
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// A major type with its number in the fewest bytes.
fn cbor_head(major: u8, value: u64, bytes: &mut Vec<u8>) {
    let width = cbor_width(value);
    let more = match width {
        0 => value as u8,
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    bytes.push(major << 5 | more);
    bytes.extend_from_slice(&value.to_be_bytes()[8 - width..]);
}

/// Text goes behind the bytes that are there.
struct Appended<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Appended<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
