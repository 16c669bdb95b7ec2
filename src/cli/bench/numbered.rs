//! Numbered records: key and data follow from the number, so that a mixed-up byte is seen.

use crate::model::EntryBatch;

/// Bytes of a key: `user-00000042`.
pub(super) const KEY_BYTES: usize = 13;
/// The data of a record hold its number.
pub(super) const DATA_MIN: usize = size_of::<u64>();
/// What stands behind the number.
const FILLING: u8 = 7;

fn key_number(number: u64) -> u64 {
    number.wrapping_mul(7_919) % 100_000_000
}

/// Adds the record of a number, with so many bytes of data.
pub(super) fn push(entries: &mut EntryBatch, number: u64, data_len: usize) {
    entries.push_with(&format!("user-{:08}", key_number(number)), |into| {
        let end = into.len() + data_len;
        into.extend_from_slice(&number.to_le_bytes());
        into.resize(end, FILLING);
    });
}

/// The number in a record's data; no record has the highest one.
pub(super) fn of(data: &[u8]) -> u64 {
    data.first_chunk().map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
}

/// Is that the record of the number?
pub(super) fn is(number: u64, data_len: usize, key: &str, data: &[u8]) -> bool {
    let filled = |rest: &[u8]| rest.iter().all(|byte| *byte == FILLING);
    let same_key = key.strip_prefix("user-").and_then(|digits| digits.parse().ok());
    data.len() == data_len
        && of(data) == number
        && data.get(DATA_MIN..).is_some_and(filled)
        && key.len() == KEY_BYTES
        && same_key == Some(key_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_by_every_byte_of_it() {
        let mut entries = EntryBatch::new();
        push(&mut entries, 7, 20);
        let record = entries.get(0);
        let (key, data) = (record.partition_key, record.data);
        assert_eq!((of(data), data.len(), key.len()), (7, 20, KEY_BYTES));
        assert!(is(7, 20, key, data));
        assert!(
            !is(8, 20, key, data) && !is(7, 21, key, data) && !is(7, 20, "user-00000007", data)
        );
        for at in 0..data.len() {
            let mut bad = data.to_vec();
            bad[at] ^= 1;
            assert!(!is(7, 20, key, &bad), "byte {at}");
        }
    }
}
