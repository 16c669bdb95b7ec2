//! Reads CBOR piece by piece out of the body (RFC 8949): definite and indefinite lengths, texts and
//! bytes in chunks, tags passed over.

use std::borrow::Cow;

use crate::wire::fault::{Fault, Found};

type Read<T> = Result<T, Fault>;

/// The byte that ends what has no length.
const BREAK: u8 = 0xff;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const STRUCTURE: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

/// A place in a CBOR body.
#[derive(Clone, Debug)]
pub(super) struct CborReader<'a> {
    rest: &'a [u8],
}

impl<'a> CborReader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// Bytes that were not read yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Fault::Syntax)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The major type, and what its first byte says more.
    fn head(&mut self) -> Read<(u8, u8)> {
        let first = self.take(1)?[0];
        Ok((first >> 5, first & 0x1f))
    }

    /// The number that a first byte announces; `None` where a length is left open.
    fn argument(&mut self, more: u8) -> Read<Option<u64>> {
        let width = match more {
            0..=23 => return Ok(Some(u64::from(more))),
            24..=27 => 1 << (more - 24),
            31 => return Ok(None),
            _ => return Err(Fault::Syntax),
        };
        let bytes = self.take(width)?;
        Ok(Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))))
    }

    fn pass_tags(&mut self) -> Read<()> {
        while self.rest.first().is_some_and(|byte| byte >> 5 == TAG) {
            let (_, more) = self.head()?;
            self.argument(more)?.ok_or(Fault::Syntax)?;
        }
        Ok(())
    }

    /// What comes next.
    pub(super) fn peek(&mut self) -> Read<Found> {
        self.pass_tags()?;
        let first = *self.rest.first().ok_or(Fault::Syntax)?;
        Ok(match (first >> 5, first & 0x1f) {
            (0 | 1, _) | (SIMPLE, 25..=27) => Found::Number,
            (BYTES, _) => Found::Bytes,
            (TEXT, _) => Found::Text,
            (LIST, _) => Found::List,
            (STRUCTURE, _) => Found::Structure,
            (SIMPLE, 20 | 21) => Found::Boolean,
            (SIMPLE, 22 | 23) => Found::Null,
            _ => return Err(Fault::Syntax),
        })
    }

    pub(super) fn null(&mut self) -> Read<()> {
        self.take(1).map(drop)
    }

    pub(super) fn boolean(&mut self) -> Read<bool> {
        Ok(self.take(1)?[0] & 0x1f == 21)
    }

    pub(super) fn number(&mut self) -> Read<f64> {
        self.pass_tags()?;
        let (major, more) = self.head()?;
        let bits = self.argument(more)?.ok_or(Fault::Syntax)?;
        Ok(match (major, more) {
            (0, _) => bits as f64,
            (1, _) => -1.0 - bits as f64,
            (SIMPLE, 25) => half(bits as u16),
            (SIMPLE, 26) => f64::from(f32::from_bits(bits as u32)),
            (SIMPLE, 27) => f64::from_bits(bits),
            _ => return Err(Fault::Syntax),
        })
    }

    /// The bytes of a text or of bytes.
    pub(super) fn bytes(&mut self) -> Read<Cow<'a, [u8]>> {
        self.pass_tags()?;
        let (major, more) = self.head()?;
        if let Some(length) = self.argument(more)? {
            let length = usize::try_from(length).map_err(|_| Fault::Syntax)?;
            return self.take(length).map(Cow::Borrowed);
        }
        let mut whole = Vec::new();
        loop {
            if self.ends()? {
                return Ok(Cow::Owned(whole));
            }
            let (chunk, more) = self.head()?;
            let length = self.argument(more)?.filter(|_| chunk == major).ok_or(Fault::Syntax)?;
            let length = usize::try_from(length).map_err(|_| Fault::Syntax)?;
            whole.extend_from_slice(self.take(length)?);
        }
    }

    pub(super) fn text(&mut self) -> Read<Cow<'a, str>> {
        match self.bytes()? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
        }
        .ok_or(Fault::Syntax)
    }

    /// Is it the end of something without a length? Then that is passed.
    fn ends(&mut self) -> Read<bool> {
        let ends = *self.rest.first().ok_or(Fault::Syntax)? == BREAK;
        if ends {
            self.rest = &self.rest[1..];
        }
        Ok(ends)
    }

    /// How many members a list or structure has; `None` until its end.
    pub(super) fn begin(&mut self) -> Read<Option<u64>> {
        self.pass_tags()?;
        let (_, more) = self.head()?;
        self.argument(more)
    }

    /// A step to the next of the members that are left: `false` at the end.
    pub(super) fn step(&mut self, left: &mut Option<u64>) -> Read<bool> {
        match left {
            None => self.ends().map(|ends| !ends),
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
        }
    }

    /// The name of a member.
    pub(super) fn key(&mut self) -> Read<Cow<'a, str>> {
        match self.peek()? {
            Found::Text => self.text(),
            _ => Err(Fault::Syntax),
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::Syntax) }
    }
}

/// A number of 16 bits with a fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let value = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -value } else { value }
}
