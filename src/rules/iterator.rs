//! Shard iterators: which position is meant, how long an iterator is good, and its opaque token.
//!
//! A token is base64 of: eight bytes `00 .. 01`, the last of them the version; then, in multiples
//! of 16 bytes and 144 at least, big-endian: time of issue (8 bytes), creation of the stream (8),
//! next index (8), reader (8), shard (4), length of the name (1), name, zeros, and a CRC-32 (4) of all bytes
//! before it. So it has the shape of AWS's tokens, which are 152 to 280 bytes.

use thiserror::Error;

use crate::model::limits::ITERATOR_LIFETIME_MS;
use crate::model::{
    ACCOUNT, AskedPosition, IteratorKind, IteratorType, Millis, RawPosition, ReaderId,
    SequenceNumber, ShardId, ShardIterator, StreamName,
};
use crate::rules::any_number::AnyNumber;
use crate::rules::date::UtcDate;
use crate::rules::token::{self, SEAL_BYTES};

/// The shard that a position is asked for, and by which operation.
#[derive(Clone, Copy, Debug)]
pub struct AskedShard<'a> {
    /// As AWS names it.
    pub operation: &'static str,
    /// The stream.
    pub stream: &'a StreamName,
    /// The number that the shard starts with.
    pub first: SequenceNumber,
}

/// Why a position is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PositionError {
    /// It has no type.
    #[error(
        "1 validation error detected: Value null at 'shardIteratorType' failed to satisfy \
         constraint: Member must not be null"
    )]
    NoType,
    /// Its type and the presence of a number do not fit.
    #[error(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and \
         StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
         Request specified {} and {} StartingSequenceNumber.",
        .kind.word(), if number.is_some() { "also a" } else { "no" }
    )]
    Mismatch {
        /// The type.
        kind: IteratorKind,
        /// The number, if there is one.
        number: Option<String>,
    },
    /// It is for a time and has none.
    #[error(
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current \
         request has no timestamp parameter."
    )]
    NoTimestamp,
    /// Its time is still to come.
    #[error(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
         timestampInMillis: {}, currentTimestampInMillis: {}", asked.0, now.0
    )]
    Future {
        /// Its time.
        asked: Millis,
        /// The present.
        now: Millis,
    },
    /// Its number is not one.
    #[error("{0}.")]
    NotANumber(String),
    /// Its number is of another shard.
    #[error(
        "Invalid StartingSequenceNumber. It encodes {encoded}, while it was used in a call to a \
         shard with {used}"
    )]
    OtherShard {
        /// The shard of the number.
        encoded: ShardId,
        /// The shard of the request.
        used: ShardId,
    },
    /// Its number is of another stream, or of an earlier one of that name.
    #[error("{0} because it did not come from this stream.")]
    OtherStream(String),
}

/// Which position is meant.
///
/// 1. A type is given.
/// 2. A number is given if, and only if, the type wants one; so is a time, which has come.
/// 3. The number can be read, is of that shard, and of that stream.
///
/// # Errors
/// The first of these that does not hold.
pub fn position(
    asked: &AskedPosition,
    of: AskedShard<'_>,
    now: Millis,
) -> Result<IteratorType, PositionError> {
    let position = match asked {
        AskedPosition::Known(position) => *position,
        AskedPosition::Raw(raw) => read(raw, of)?,
    };
    match position {
        IteratorType::TrimHorizon | IteratorType::Latest => {}
        IteratorType::AtTimestamp(asked) if asked > now => {
            return Err(PositionError::Future { asked, now });
        }
        IteratorType::AtTimestamp(_) => {}
        IteratorType::AtSequenceNumber(number) | IteratorType::AfterSequenceNumber(number) => {
            check_number(number, of)?;
        }
    }
    Ok(position)
}

fn read(raw: &RawPosition, of: AskedShard<'_>) -> Result<IteratorType, PositionError> {
    let kind = raw.kind.ok_or(PositionError::NoType)?;
    let number = raw.number.as_deref();
    let mismatch = || Err(PositionError::Mismatch { kind, number: raw.number.clone() });
    match (kind, number) {
        (IteratorKind::TrimHorizon, None) => Ok(IteratorType::TrimHorizon),
        (IteratorKind::Latest, None) => Ok(IteratorType::Latest),
        (IteratorKind::AtTimestamp, None) => {
            raw.timestamp.map(IteratorType::AtTimestamp).ok_or(PositionError::NoTimestamp)
        }
        (IteratorKind::AtSequenceNumber, Some(number)) => {
            parse(number, of).map(IteratorType::AtSequenceNumber)
        }
        (IteratorKind::AfterSequenceNumber, Some(number)) => {
            parse(number, of).map(IteratorType::AfterSequenceNumber)
        }
        (IteratorKind::AtSequenceNumber | IteratorKind::AfterSequenceNumber, None)
        | (IteratorKind::TrimHorizon | IteratorKind::Latest | IteratorKind::AtTimestamp, Some(_)) => {
            mismatch()
        }
    }
}

/// A number that is read and is not of a stream here is mostly of another shard, too.
fn parse(number: &str, of: AskedShard<'_>) -> Result<SequenceNumber, PositionError> {
    if let Some(number) = SequenceNumber::parse(number) {
        return Ok(number);
    }
    let used = of.first.shard;
    Err(match AnyNumber::parse(number).map(|any| any.shard) {
        Some(encoded) if encoded != used => PositionError::OtherShard { encoded, used },
        Some(_) => PositionError::OtherStream(invalid(number, of)),
        None => PositionError::NotANumber(invalid(number, of)),
    })
}

fn check_number(number: SequenceNumber, of: AskedShard<'_>) -> Result<(), PositionError> {
    let (encoded, used) = (number.shard, of.first.shard);
    if encoded != used {
        return Err(PositionError::OtherShard { encoded, used });
    }
    if number.created_s != of.first.created_s {
        return Err(PositionError::OtherStream(invalid(&number.to_string(), of)));
    }
    Ok(())
}

fn invalid(number: &str, of: AskedShard<'_>) -> String {
    let AskedShard { operation, stream, first } = of;
    format!(
        "StartingSequenceNumber {number} used in {operation} on shard {} in stream {stream} under \
         account {ACCOUNT} is invalid",
        first.shard
    )
}

/// An iterator that is older than five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "Iterator expired. The iterator was created at time {} while right now it is {} which is \
     further in the future than the tolerated delay of {ITERATOR_LIFETIME_MS} milliseconds.",
    UtcDate(*issued), UtcDate(*now)
)]
pub struct ExpiredError {
    issued: Millis,
    now: Millis,
}

/// Is the iterator still good? Using it makes it neither younger nor older.
///
/// # Errors
/// When it is too old.
pub fn check_age(iterator: &ShardIterator, now: Millis) -> Result<(), ExpiredError> {
    let issued = iterator.issued;
    if now.since(issued) <= ITERATOR_LIFETIME_MS {
        return Ok(());
    }
    Err(ExpiredError { issued, now })
}

/// A token that is not one of ours, or not as it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Error)]
#[error("Invalid ShardIterator.")]
pub struct TokenError;

const HEAD: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, VERSION];
const VERSION: u8 = 1;
const BODY_BYTES_MIN: usize = 144;

/// The iterator as an opaque text of at most 512 characters.
#[must_use]
pub fn encode(iterator: &ShardIterator) -> String {
    let ShardIterator { stream, stream_created, shard, next_index, issued, reader } = iterator;
    let name = stream.as_str();
    let mut bytes = HEAD.to_vec();
    bytes.extend(issued.0.to_be_bytes());
    bytes.extend(stream_created.0.to_be_bytes());
    bytes.extend(next_index.to_be_bytes());
    bytes.extend(reader.0.to_be_bytes());
    bytes.extend(shard.0.to_be_bytes());
    bytes.push(u8::try_from(name.len()).expect("a name has at most 128 characters"));
    bytes.extend(name.as_bytes());
    let body = bytes.len() - HEAD.len() + SEAL_BYTES;
    let padded = body.next_multiple_of(16).max(BODY_BYTES_MIN);
    bytes.resize(HEAD.len() + padded - SEAL_BYTES, 0);
    token::seal(bytes)
}

/// Reads a token back.
///
/// # Errors
/// When it is not exactly as [`encode`] wrote it.
pub fn decode(token: &str) -> Result<ShardIterator, TokenError> {
    let bytes = token::open(token).ok_or(TokenError)?;
    let iterator = unpack(&bytes).ok_or(TokenError)?;
    // One iterator has one token: what reads the same and is written otherwise is not ours.
    if encode(&iterator) == token { Ok(iterator) } else { Err(TokenError) }
}

fn unpack(bytes: &[u8]) -> Option<ShardIterator> {
    let rest = bytes.strip_prefix(&HEAD)?;
    let (issued, rest) = rest.split_first_chunk()?;
    let (stream_created, rest) = rest.split_first_chunk()?;
    let (next_index, rest) = rest.split_first_chunk()?;
    let (reader, rest) = rest.split_first_chunk()?;
    let (shard, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first()?;
    let name = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?;
    Some(ShardIterator {
        stream: StreamName::new(name).ok()?,
        stream_created: Millis(u64::from_be_bytes(*stream_created)),
        shard: ShardId(u32::from_be_bytes(*shard)),
        next_index: u64::from_be_bytes(*next_index),
        issued: Millis(u64::from_be_bytes(*issued)),
        reader: ReaderId(u64::from_be_bytes(*reader)),
    })
}

#[cfg(test)]
mod tests;
