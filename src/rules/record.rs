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
use crate::rules::constraint::{ConstraintError, Constraints, is_decimal};

/// Most bytes of data in a record, whatever the stream takes.
pub const DATA_BYTES_MAX: usize = RECORD_KIB_MAX as usize * 1_024;

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
    /// Records or keys are missing, too many or too long.
    #[error("{0}")]
    Constraint(#[from] ConstraintError),
    /// All records together are too large.
    #[error("Records size exceeds {} MB limit", PUT_RECORDS_BYTES_MAX / 1_048_576)]
    TooManyBytes,
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

    /// Is nothing wrong with a record? No stream takes more than [`DATA_BYTES_MAX`].
    #[inline]
    fn lets<'a>(self, key_bytes: usize, key: impl Fn() -> &'a str, data_bytes: usize) -> bool {
        let keyed = key_bytes > 0 || self.distribution == RecordDistribution::Auto;
        // A character takes a byte or more, so short keys need no counting.
        let short = key_bytes <= PARTITION_KEY_CHARS_MAX
            || key().chars().count() <= PARTITION_KEY_CHARS_MAX;
        keyed && short && key_bytes + data_bytes <= self.bytes_max()
    }

    fn bytes_max(self) -> usize {
        self.kib_max as usize * 1_024
    }

    /// Writes down that a key is missing where one is asked for.
    fn constrain_key(self, member: Member, key_bytes: usize, c: &mut Constraints) {
        let keyed = key_bytes > 0 || self.distribution == RecordDistribution::Auto;
        c.present(&member.field("partitionKey").to_string(), keyed);
    }

    fn check_size(self, member: Member, bytes: usize) -> Result<(), PutError> {
        match bytes > self.bytes_max() {
            true => Err(PutError::LargeRecord { member, kib_max: self.kib_max }),
            false => Ok(()),
        }
    }
}

/// May these records be put in one PutRecords?
///
/// # Errors
/// All constraints that are broken; otherwise the first thing that is wrong.
pub fn check_records(entries: &EntryBatch, rule: RecordRule) -> Result<(), PutError> {
    let are_few = (1..=PUT_RECORDS_ENTRIES_MAX).contains(&entries.len());
    let are_good = || {
        entries.lengths().enumerate().all(|(index, (key_bytes, data_bytes))| {
            rule.lets(key_bytes, || entries.get(index).partition_key, data_bytes)
        })
    };
    if are_few && entries.bytes() <= PUT_RECORDS_BYTES_MAX && are_good() {
        return Ok(());
    }
    check_closely(entries, rule)
}

/// Finds what is wrong, which few requests are.
#[cold]
fn check_closely(entries: &EntryBatch, rule: RecordRule) -> Result<(), PutError> {
    let sizes = || (1..).map(Member::Nth).zip(entries.lengths());
    let mut c = Constraints::default();
    if entries.is_empty() {
        c.hidden_length("records", 0, 1, PUT_RECORDS_ENTRIES_MAX);
    }
    constrain(entries, &mut c);
    sizes().for_each(|(member, (key_bytes, _))| rule.constrain_key(member, key_bytes, &mut c));
    c.end()?;
    if entries.bytes() > PUT_RECORDS_BYTES_MAX {
        return Err(PutError::TooManyBytes);
    }
    sizes().try_for_each(|(member, (key_bytes, data_bytes))| {
        rule.check_size(member, key_bytes + data_bytes)
    })
}

/// Writes down where the records of one PutRecords, their keys or their data are too many or too
/// long for any stream.
pub fn constrain(entries: &EntryBatch, c: &mut Constraints) {
    c.hidden_length("records", entries.len(), 0, PUT_RECORDS_ENTRIES_MAX);
    for (at, entry) in entries.iter().enumerate() {
        let member = Member::Nth(at + 1);
        constrain_one(member, entry.partition_key, entry.data.len(), c);
    }
}

fn constrain_one(member: Member, key: &str, data_bytes: usize, c: &mut Constraints) {
    c.text(&member.field("partitionKey").to_string(), key, 0, PARTITION_KEY_CHARS_MAX);
    c.hidden_length(&member.field("data").to_string(), data_bytes, 0, DATA_BYTES_MAX);
}

/// May this record be put alone?
///
/// # Errors
/// All constraints that are broken; otherwise the first thing that is wrong.
pub fn check_record(key: &str, data: &[u8], rule: RecordRule) -> Result<(), PutError> {
    if rule.lets(key.len(), || key, data.len()) {
        return Ok(());
    }
    let mut c = Constraints::default();
    constrain_one(Member::Only, key, data.len(), &mut c);
    rule.constrain_key(Member::Only, key.len(), &mut c);
    c.end()?;
    rule.check_size(Member::Only, key.len() + data.len())
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
        let of = |rule: &str| {
            format!(
                "1 validation error detected: Value at 'records' failed to satisfy constraint: \
                 Member must have length {rule}"
            )
        };
        assert_eq!(refused(&many(501), max), of("less than or equal to 500"));
        assert_eq!(refused(&[], max), of("greater than or equal to 1"));
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
            "1 validation error detected: Value null at 'partitionKey' failed to satisfy \
             constraint: Member must not be null"
        );
    }

    /// The size of all records was told before a key that no stream takes.
    #[test]
    fn constraints_are_told_all_at_once_and_before_sizes() {
        let long = "k".repeat(257);
        assert_eq!(
            refused(&[("a", 6 * MIB), (&long, 6 * MIB), ("", 1)], up_to(1_024)),
            format!(
                "2 validation errors detected: Value '{long}' at 'records.2.member.partitionKey' \
                 failed to satisfy constraint: Member must have length less than or equal to 256; \
                 Value null at 'records.3.member.partitionKey' failed to satisfy constraint: \
                 Member must not be null"
            )
        );
        assert_eq!(
            refused(&[("a", 10 * MIB + 1)], up_to(1_024)),
            "1 validation error detected: Value at 'records.1.member.data' failed to satisfy \
             constraint: Member must have length less than or equal to 10485760"
        );
        assert_eq!(refused(&[("a", 10 * MIB)], up_to(1_024)), "Records size exceeds 10 MB limit");
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
