//! What a record and a put may be: sizes, keys, and how many at once.
//!
//! A record's size is its partition key and its data, in bytes. Keys are also counted in
//! characters. Sizes are decided before anything is stored; the sentences are AWS's.

use std::fmt;

use thiserror::Error;

use crate::model::limits::{
    PARTITION_KEY_CHARS_MAX, PUT_RECORDS_BYTES_MAX, PUT_RECORDS_ENTRIES_MAX, RECORD_KIB_MAX,
};
use crate::model::{EntryBatch, HashKey, RecordDistribution};
use crate::rules::constraint::{Constraints, is_decimal};

/// Which record of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The only one, of PutRecord.
    Only,
    /// The n-th of PutRecords, from 1.
    Nth(usize),
}

impl Member {
    fn field(self, name: &'static str) -> Field {
        Field(self, name)
    }
}

/// A field as AWS names it.
struct Field(Member, &'static str);

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Member::Only => f.write_str(self.1),
            Member::Nth(n) => write!(f, "records.{n}.member.{}", self.1),
        }
    }
}

/// Why a put is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PutError {
    /// PutRecords without a record.
    #[error(
        "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must \
         have length greater than or equal to 1"
    )]
    NoRecords,
    /// More records than one request may hold.
    #[error(
        "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must \
         have length less than or equal to {PUT_RECORDS_ENTRIES_MAX}"
    )]
    TooManyRecords,
    /// All records together are too large.
    #[error("Records size exceeds {} MB limit", PUT_RECORDS_BYTES_MAX / 1_048_576)]
    TooManyBytes,
    /// A partition key without a character.
    #[error(
        "1 validation error detected: Value '' at '{}' failed to satisfy constraint: Member must \
         have length greater than or equal to 1", .0.field("partitionKey")
    )]
    NoKey(Member),
    /// A partition key that is too long.
    #[error(
        "1 validation error detected: Value '{key}' at '{}' failed to satisfy constraint: Member \
         must have length less than or equal to {PARTITION_KEY_CHARS_MAX}", .member.field("partitionKey")
    )]
    LongKey {
        /// Whose.
        member: Member,
        /// The key.
        key: String,
    },
    /// A record above the stream's maximum.
    #[error(
        "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have \
         length less than or equal to {}", .member.field("data"), .kib_max * 1_024
    )]
    LargeRecord {
        /// Which.
        member: Member,
        /// The maximum, KiB.
        kib_max: u32,
    },
}

/// What a stream asks of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRule {
    /// Largest record, KiB.
    pub kib_max: u32,
    /// Who distributes them: only where it is the service, a key may be missing.
    pub distribution: RecordDistribution,
}

impl RecordRule {
    /// What some stream allows.
    pub const LAXEST: Self =
        Self { kib_max: RECORD_KIB_MAX, distribution: RecordDistribution::Auto };
}

/// May these records be put in one PutRecords?
///
/// # Errors
/// The first thing that is wrong.
pub fn check_records(entries: &EntryBatch, rule: RecordRule) -> Result<(), PutError> {
    if entries.is_empty() {
        return Err(PutError::NoRecords);
    }
    if entries.len() > PUT_RECORDS_ENTRIES_MAX {
        return Err(PutError::TooManyRecords);
    }
    if entries.bytes() > PUT_RECORDS_BYTES_MAX {
        return Err(PutError::TooManyBytes);
    }
    for (index, (key_bytes, data_bytes)) in entries.lengths().enumerate() {
        let key = || entries.get(index).partition_key;
        check_one(Member::Nth(index + 1), key_bytes, key, data_bytes, rule)?;
    }
    Ok(())
}

/// Writes down where the records of one PutRecords, or their keys, are too many or too long.
pub fn constrain(entries: &EntryBatch, c: &mut Constraints) {
    c.length("records", "[]", entries.len(), 0, PUT_RECORDS_ENTRIES_MAX);
    for (at, entry) in entries.iter().enumerate() {
        let field = Member::Nth(at + 1).field("partitionKey").to_string();
        c.text(&field, entry.partition_key, 0, PARTITION_KEY_CHARS_MAX);
    }
}

/// May this record be put alone?
///
/// # Errors
/// The first thing that is wrong.
pub fn check_record(key: &str, data: &[u8], rule: RecordRule) -> Result<(), PutError> {
    check_one(Member::Only, key.len(), || key, data.len(), rule)
}

#[inline]
fn check_one<'a>(
    member: Member,
    key_bytes: usize,
    key: impl Fn() -> &'a str,
    data_bytes: usize,
    rule: RecordRule,
) -> Result<(), PutError> {
    if key_bytes == 0 && rule.distribution == RecordDistribution::UserPartitionKey {
        return Err(PutError::NoKey(member));
    }
    // A character takes a byte or more, so short keys need no counting.
    if key_bytes > PARTITION_KEY_CHARS_MAX && key().chars().count() > PARTITION_KEY_CHARS_MAX {
        return Err(PutError::LongKey { member, key: key().to_owned() });
    }
    if key_bytes + data_bytes > rule.kib_max as usize * 1_024 {
        return Err(PutError::LargeRecord { member, kib_max: rule.kib_max });
    }
    Ok(())
}

/// Why a text is no explicit hash key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashKeyError {
    /// It is not a decimal number as the API writes them.
    #[error(
        "1 validation error detected: Value '{0}' at 'explicitHashKey' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: 0|([1-9]\\d{{0,38}})"
    )]
    NotDecimal(String),
    /// It is above 2^128 - 1.
    #[error(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified \
         value was {0}"
    )]
    TooHigh(String),
}

/// Reads an explicit hash key as the API writes it: decimal, without sign or leading zeros.
///
/// # Errors
/// When it is not one.
pub fn explicit_hash_key(text: &str) -> Result<HashKey, HashKeyError> {
    if !is_decimal(text, 39) {
        return Err(HashKeyError::NotDecimal(text.to_owned()));
    }
    text.parse().map(HashKey).map_err(|_| HashKeyError::TooHigh(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1_048_576;

    fn batch(records: &[(&str, usize)]) -> EntryBatch {
        let mut entries = EntryBatch::new();
        records.iter().for_each(|(key, bytes)| entries.push(key, &vec![7; *bytes]));
        entries
    }

    fn up_to(kib_max: u32) -> RecordRule {
        RecordRule { kib_max, distribution: RecordDistribution::UserPartitionKey }
    }

    fn refused(records: &[(&str, usize)], rule: RecordRule) -> String {
        let checked = check_records(&batch(records), rule);
        checked.expect_err("it is not allowed").to_string()
    }

    #[test]
    fn a_record_is_its_key_and_its_data() {
        let max = up_to(1_024);
        assert_eq!(check_records(&batch(&[("k", MIB - 1), ("abc", 0)]), max), Ok(()));
        assert_eq!(check_record("k", &vec![7; MIB - 1], max), Ok(()));
        assert_eq!(
            refused(&[("a", 1), ("kk", MIB - 1)], max),
            "1 validation error detected: Value at 'records.2.member.data' failed to satisfy \
             constraint: Member must have length less than or equal to 1048576"
        );
        assert_eq!(
            check_record("k", &vec![7; MIB], max).expect_err("it is too large").to_string(),
            "1 validation error detected: Value at 'data' failed to satisfy constraint: Member \
             must have length less than or equal to 1048576"
        );
    }

    #[test]
    fn a_stream_may_take_records_of_ten_mebibytes() {
        assert_eq!(check_record("k", &vec![7; 10 * MIB - 1], up_to(10_240)), Ok(()));
        let large = check_record("k", &vec![7; 10 * MIB], up_to(10_240));
        assert_eq!(large, Err(PutError::LargeRecord { member: Member::Only, kib_max: 10_240 }));
    }

    #[test]
    fn a_key_may_be_missing_where_the_service_distributes_records() {
        let auto = RecordRule { distribution: RecordDistribution::Auto, ..up_to(1_024) };
        assert_eq!(check_records(&batch(&[("", 1), ("k", 1)]), auto), Ok(()));
        assert_eq!(check_record("", b"x", auto), Ok(()));
        assert!(
            refused(&[("k", 1), ("", 1)], up_to(1_024)).contains("'records.2.member.partitionKey'")
        );
    }

    #[test]
    fn a_request_holds_one_to_five_hundred_records_of_ten_mebibytes_together() {
        let max = up_to(10_240);
        let many = |count: usize| vec![("k", 1); count];
        assert_eq!(check_records(&batch(&many(500)), max), Ok(()));
        assert_eq!(check_records(&batch(&many(501)), max), Err(PutError::TooManyRecords));
        assert_eq!(check_records(&batch(&[]), max), Err(PutError::NoRecords));
        let half = 5 * MIB - 1;
        assert_eq!(check_records(&batch(&[("a", half), ("b", half)]), max), Ok(()));
        assert_eq!(refused(&[("a", half), ("bb", half)], max), "Records size exceeds 10 MB limit");
    }

    #[test]
    fn keys_are_counted_in_characters() {
        let (long, wide) = ("k".repeat(257), "\u{44e}".repeat(256));
        let max = up_to(1_024);
        assert_eq!(check_record(&wide, b"", max), Ok(()), "512 bytes, 256 characters");
        assert_eq!(
            refused(&[(&long, 1)], max),
            format!(
                "1 validation error detected: Value '{long}' at 'records.1.member.partitionKey' \
                 failed to satisfy constraint: Member must have length less than or equal to 256"
            )
        );
        assert_eq!(
            check_record("", b"x", max).expect_err("a key is required").to_string(),
            "1 validation error detected: Value '' at 'partitionKey' failed to satisfy \
             constraint: Member must have length greater than or equal to 1"
        );
    }

    #[test]
    fn explicit_hash_keys_are_decimal_and_within_the_key_space() {
        let top = "340282366920938463463374607431768211455";
        for (text, key) in [("0", 0), ("7", 7), (top, u128::MAX)] {
            assert_eq!(explicit_hash_key(text), Ok(HashKey(key)));
        }
        let above = "340282366920938463463374607431768211456";
        assert_eq!(
            explicit_hash_key(above).expect_err("it is 2^128").to_string(),
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. \
             Specified value was 340282366920938463463374607431768211456"
        );
        for text in ["", "00", "07", "-1", "+1", "0x8", "1 ", &"1".repeat(40)] {
            let expected = Err(HashKeyError::NotDecimal(text.to_owned()));
            assert_eq!(explicit_hash_key(text), expected, "{text}");
        }
        assert!(HashKeyError::NotDecimal("-1".into()).to_string().ends_with(
            "Value '-1' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: 0|([1-9]\\d{0,38})"
        ));
    }
}
