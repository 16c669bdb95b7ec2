//! Aggregated records of the Kinesis Producer Library: many user records in one.
//!
//! | bytes | |
//! |---|---|
//! | `F3 89 9A C2` | the magic |
//! | any number | a protobuf message |
//! | 16 | the MD5 of that message |
//!
//! ```text
//! message AggregatedRecord { repeated string partition_key_table = 1;
//!                            repeated string explicit_hash_key_table = 2;
//!                            repeated Record records = 3; }
//! message Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
//!                  required bytes data = 3; repeated Tag tags = 4; }
//! ```
//!
//! What has no magic or another MD5 is a plain record, and so is a message that is broken. Tags and
//! fields that are not known are passed over.

use std::collections::BTreeMap;
use std::ops::Range;

use md5::{Digest, Md5};

use crate::model::HashKey;
use crate::rules::routing::hash_key_of;

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const MD5_BYTES: usize = 16;

/// The partition key of an aggregated record, whose explicit hash key decides its shard.
pub const PARTITION_KEY: &str = "a";

/// A record of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserRecord<'a> {
    /// Its partition key.
    pub partition_key: &'a str,
    /// Its hash key, decimal, if the producer gave one.
    pub explicit_hash_key: Option<&'a str>,
    /// Its data.
    pub data: &'a [u8],
}

impl UserRecord<'_> {
    /// What decides the shard that it belongs to. A hash key that is no number decides nothing.
    #[must_use]
    pub fn hash_key(&self) -> HashKey {
        let explicit = self.explicit_hash_key.and_then(HashKey::parse);
        explicit.unwrap_or_else(|| hash_key_of(self.partition_key))
    }
}

/// The user records of an aggregated one, in order; `None` when it is a plain record.
#[must_use]
pub fn user_records(data: &[u8]) -> Option<Vec<UserRecord<'_>>> {
    let rest = data.strip_prefix(&MAGIC)?;
    let (message, digest) = rest.split_at_checked(rest.len().checked_sub(MD5_BYTES)?)?;
    let own: [u8; MD5_BYTES] = Md5::digest(message).into();
    if own != digest {
        return None;
    }
    let (mut keys, mut hash_keys, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields(message) {
        match field? {
            (1, Value::Bytes(key)) => keys.push(std::str::from_utf8(key).ok()?),
            (2, Value::Bytes(key)) => hash_keys.push(std::str::from_utf8(key).ok()?),
            (3, Value::Bytes(record)) => records.push(record),
            _ => {}
        }
    }
    records.into_iter().map(|record| user_record(record, &keys, &hash_keys)).collect()
}

fn user_record<'a>(
    message: &'a [u8],
    keys: &[&'a str],
    hash_keys: &[&'a str],
) -> Option<UserRecord<'a>> {
    let (mut key, mut hash_key, mut data) = (None, None, None);
    let named = |keys: &[&'a str], index: u64| keys.get(usize::try_from(index).ok()?).copied();
    for field in fields(message) {
        match field? {
            (1, Value::Number(index)) => key = Some(named(keys, index)?),
            (2, Value::Number(index)) => hash_key = Some(named(hash_keys, index)?),
            (3, Value::Bytes(bytes)) => data = Some(bytes),
            _ => {}
        }
    }
    Some(UserRecord { partition_key: key?, explicit_hash_key: hash_key, data: data? })
}

/// How many user records a record holds, by the look of it: what this crate has aggregated itself. One
/// for a plain record.
#[must_use]
pub fn user_count(data: &[u8]) -> usize {
    let is_record = |field: &Option<(u64, Value<'_>)>| matches!(field, Some((3, Value::Bytes(_))));
    let rest = data.strip_prefix(&MAGIC);
    let message = rest.and_then(|rest| Some(&rest[..rest.len().checked_sub(MD5_BYTES)?]));
    message.map_or(1, |message| fields(message).filter(is_record).count().max(1))
}

/// One record of these, byte for byte as the library writes it; of one it is that one's own data.
#[must_use]
pub fn aggregate(records: &[UserRecord<'_>]) -> Vec<u8> {
    let mut all = Aggregate::default();
    records.iter().for_each(|record| all.push(record));
    let mut written = Vec::new();
    all.write(&mut written);
    written
}

/// An aggregated record that is being made.
#[derive(Clone, Debug, Default)]
pub struct Aggregate {
    keys: Table,
    hash_keys: Table,
    /// The records, as they stand in the message.
    records: Vec<u8>,
    count: usize,
    /// Where the data of the first one is.
    first: Range<usize>,
}

impl Aggregate {
    /// User records in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// None?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes that it would have with one more.
    #[must_use]
    pub fn bytes_with(&self, record: &UserRecord<'_>) -> usize {
        let (key, new_key) = self.keys.cost_of(record.partition_key);
        let hash_key = record.explicit_hash_key.map(|key| self.hash_keys.cost_of(key));
        let (hash_key, new_hash_key) = hash_key.unwrap_or_default();
        let body = key + hash_key + field_bytes(record.data.len());
        let tables =
            self.keys.written.len() + new_key + self.hash_keys.written.len() + new_hash_key;
        MAGIC.len() + tables + self.records.len() + field_bytes(body) + MD5_BYTES
    }

    /// Adds one at the end.
    pub fn push(&mut self, record: &UserRecord<'_>) {
        let key = self.keys.index_of(record.partition_key, 0x0a);
        let hash_key = record.explicit_hash_key.map(|key| self.hash_keys.index_of(key, 0x12));
        let index_bytes = |index: u64| 1 + varint_bytes(index);
        let body =
            index_bytes(key) + hash_key.map_or(0, index_bytes) + field_bytes(record.data.len());
        let into = &mut self.records;
        into.push(0x1a);
        put_varint(into, body as u64);
        into.push(0x08);
        put_varint(into, key);
        if let Some(hash_key) = hash_key {
            into.push(0x10);
            put_varint(into, hash_key);
        }
        put_bytes(into, 0x1a, record.data);
        if self.count == 0 {
            self.first = into.len() - record.data.len()..into.len();
        }
        self.count += 1;
    }

    /// Writes it behind what is there: of one user record its own data and nothing else.
    pub fn write(&self, into: &mut Vec<u8>) {
        if self.count == 1 {
            into.extend_from_slice(&self.records[self.first.clone()]);
            return;
        }
        into.extend_from_slice(&MAGIC);
        let from = into.len();
        into.extend_from_slice(&self.keys.written);
        into.extend_from_slice(&self.hash_keys.written);
        into.extend_from_slice(&self.records);
        let digest: [u8; MD5_BYTES] = Md5::digest(&into[from..]).into();
        into.extend_from_slice(&digest);
    }
}

/// Texts in the order in which they came first, as they stand in the message.
#[derive(Clone, Debug, Default)]
struct Table {
    written: Vec<u8>,
    places: BTreeMap<String, u64>,
}

impl Table {
    /// Bytes of the index of a text in a record, and bytes more of the table if the text is new.
    fn cost_of(&self, text: &str) -> (usize, usize) {
        match self.places.get(text) {
            Some(place) => (1 + varint_bytes(*place), 0),
            None => (1 + varint_bytes(self.places.len() as u64), field_bytes(text.len())),
        }
    }

    fn index_of(&mut self, text: &str, tag: u8) -> u64 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.places.len() as u64;
        put_bytes(&mut self.written, tag, text.as_bytes());
        self.places.insert(text.to_owned(), place);
        place
    }
}

/// A field of a message.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a kind that no known field has.
    Fixed,
}

/// The fields of a message, each with its number; a `None` where it is broken, and nothing behind.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Option<(u64, Value<'_>)>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = field(&mut message);
        if field.is_none() {
            message = &[];
        }
        Some(field)
    })
}

fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let tag = varint(message)?;
    let value = match tag & 7 {
        0 => Value::Number(varint(message)?),
        1 => bytes(message, 8).map(|_| Value::Fixed)?,
        2 => {
            let len = usize::try_from(varint(message)?).ok()?;
            Value::Bytes(bytes(message, len)?)
        }
        5 => bytes(message, 4).map(|_| Value::Fixed)?,
        _ => return None,
    };
    Some((tag >> 3, value))
}

fn bytes<'a>(message: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (front, rest) = message.split_at_checked(len)?;
    *message = rest;
    Some(front)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn varint_bytes(number: u64) -> usize {
    (64 - (number | 1).leading_zeros()).div_ceil(7) as usize
}

/// Bytes of a field of so many bytes, its tag and its length included.
fn field_bytes(len: usize) -> usize {
    1 + varint_bytes(len as u64) + len
}

fn put_bytes(into: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    into.push(tag);
    put_varint(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user<'a>(partition_key: &'a str, data: &'a [u8]) -> UserRecord<'a> {
        UserRecord { partition_key, explicit_hash_key: None, data }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Computed from the published format by an independent program.
    #[test]
    fn two_records_are_written_byte_for_byte_as_published() {
        let records = [user("k1", b"hello"), user("k2", b"world")];
        let written = aggregate(&records);
        let wanted = "f3899ac20a026b310a026b321a0908001a0568656c6c6f1a0908011a05776f726c64\
                      c4b234c121650f4512d22bf67dca9de2";
        assert_eq!(hex(&written), wanted);
        assert_eq!(user_records(&written), Some(records.to_vec()));
    }

    #[test]
    fn what_is_aggregated_comes_back_whatever_it_is() {
        let large = vec![7u8; 70_000];
        let hashed = UserRecord { explicit_hash_key: Some("123"), ..user("a", b"") };
        for records in [
            vec![user("a", b"1"), user("a", b"2"), user("b", &large)],
            vec![
                hashed,
                user("\u{43a}", b"x"),
                UserRecord { explicit_hash_key: Some("5"), ..hashed },
            ],
            (0..300).map(|_| user("same", b"x")).collect(),
            Vec::new(),
        ] {
            let mut all = Aggregate::default();
            for record in &records {
                let wanted = all.bytes_with(record);
                all.push(record);
                let mut written = Vec::new();
                all.write(&mut written);
                assert!(all.len() == 1 || written.len() == wanted, "{record:?}");
                assert_eq!(user_count(&written), all.len());
            }
            assert_eq!(user_records(&aggregate(&records)), Some(records));
        }
        assert_eq!(aggregate(&[user("a", b"alone")]), b"alone");
    }

    #[test]
    fn what_is_not_aggregated_or_broken_is_a_plain_record() {
        let good = aggregate(&[user("k1", b"hello"), user("k2", b"world")]);
        for cut in 0..good.len() {
            assert_eq!(user_records(&good[..cut]), None, "cut at {cut}");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(user_records(&bad), None, "bit of byte {at}");
        }
        // The digest is right, and the message is not: a key that is no entry of the table.
        for message in [&[0x1a, 4, 0x08, 9, 0x1a, 0][..], &[0x1a, 200], &[0x0b], &[0x80; 11]] {
            let digest: [u8; MD5_BYTES] = Md5::digest(message).into();
            let record = [&MAGIC[..], message, &digest].concat();
            assert_eq!(user_records(&record), None, "{message:?}");
        }
        assert_eq!(user_records(b"{}"), None);
    }
}
