//! Keys and data follow from the number of a record, so that a mixed-up byte is seen.

use watershed::model::chance::salted;

/// Keys that records share.
const KEYS: u64 = 60;

/// The key of the record with that number.
pub(crate) fn key_of(number: u64) -> String {
    format!("key-{}", mixed(number) % KEYS)
}

/// The data of the record with that number: mostly short, sometimes some kilobytes. The last byte
/// is never 0, so that the end of what was written can be seen.
pub(crate) fn data_of(number: u64) -> Vec<u8> {
    let mut word = mixed(number);
    let len = match word % 32 {
        0 => 1_000 + word / 32 % 3_000,
        _ => 9 + word / 32 % 120,
    };
    let len = usize::try_from(len).expect("it is short");
    let mut data = number.to_le_bytes().to_vec();
    while data.len() < len {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        data.extend_from_slice(&word.to_be_bytes());
    }
    data.truncate(len);
    *data.last_mut().expect("it is not empty") |= 1;
    data
}

fn mixed(number: u64) -> u64 {
    salted(number, "record")
}
