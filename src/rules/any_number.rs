//! Sequence numbers of any version, as far as they can be read.
//!
//! Streams here give numbers of version 2, see [`crate::model::SequenceNumber`]. The service gave others
//! once, and takes or names them still. Their hexadecimal digits from the top, by kinesalite, whose
//! tests were run against AWS:
//!
//! * Version 0, below 2^128: `1`, which is left out below 2^124, 9 of the shard's creation in seconds,
//!   18 of unknown meaning, 4 of the shard's number.
//! * Version 1: `2`, 9 of the shard's creation, 1 of its number, 2 unknown, 9 of the record's time in
//!   seconds, 16 of unknown meaning and of an index, 8 of the shard's number, `1`.

use crate::model::ShardId;

/// What any number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyNumber {
    /// When its shard was created, seconds since the epoch.
    pub created_s: u64,
    /// When its record was accepted, seconds since the epoch; those of version 0 do not tell.
    pub record_s: Option<u64>,
    /// Its shard.
    pub shard: ShardId,
}

/// Most decimal digits of a number: all that are read fit into 192 bits then.
const DIGITS_MAX: usize = 57;
/// Shards are created before that second.
const CREATED_S_END: u64 = 16_025_175_000;

impl AnyNumber {
    /// Reads the decimal form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut limbs = limbs_of(text)?;
        if limbs[2] == 0 && limbs[1] < 1 << 60 {
            limbs[1] |= 1 << 60;
        }
        let get = |at, count| bits(limbs, at, count);
        let (created_s, record_s, shard) = match (limbs[2] >> 56, limbs[0] & 0xf) {
            (0, _) if limbs[2] == 0 => (get(88, 36), None, get(0, 16)),
            (2, 1) => (get(148, 36), Some(get(100, 36)), get(4, 32)),
            // The highest bit of an index is never set.
            (2, 2) if get(143, 1) == 0 => (get(148, 36), Some(get(36, 36)), get(4, 32)),
            _ => return None,
        };
        let shard = ShardId(u32::try_from(shard).ok()?);
        (created_s < CREATED_S_END).then_some(Self { created_s, record_s, shard })
    }
}

/// The number in little-endian limbs.
fn limbs_of(text: &str) -> Option<[u64; 3]> {
    let digits = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits {
        return None;
    }
    let mut limbs = [0u64; 3];
    for digit in text.bytes() {
        let mut carry = u128::from(digit - b'0');
        for limb in &mut limbs {
            let value = u128::from(*limb) * 10 + carry;
            *limb = low(value);
            carry = value >> 64;
        }
    }
    Some(limbs)
}

/// So many bits, at most 64, from the bit `at` on.
fn bits(limbs: [u64; 3], at: u32, count: u32) -> u64 {
    let limb = (at / 64) as usize;
    let above = limbs.get(limb + 1).copied().unwrap_or(0);
    let wide = u128::from(limbs[limb]) | (u128::from(above) << 64);
    low(wide >> (at % 64)) & (u64::MAX >> (64 - count))
}

fn low(value: u128) -> u64 {
    (value & u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Millis, SequenceNumber};

    #[test]
    fn numbers_of_ours_tell_the_same() {
        let first = SequenceNumber::first(ShardId(0x1234_5678), Millis(1_700_000_000_000));
        for number in [first, first.nth(9, Millis(1_700_000_005_000)), first.end(Millis::ZERO)] {
            let told = AnyNumber {
                created_s: number.created_s.into(),
                record_s: Some(number.record_s.into()),
                shard: number.shard,
            };
            assert_eq!(AnyNumber::parse(&number.to_string()), Some(told));
        }
    }

    /// The numbers of kinesalite's tests of PutRecord and GetShardIterator.
    #[test]
    fn numbers_that_no_stream_here_gave_are_read_as_well() {
        let number =
            |record_s, shard| Some(AnyNumber { created_s: 0, record_s, shard: ShardId(shard) });
        for (text, told) in [
            ("0", number(None, 0)),
            ("5", number(None, 5)),
            ("49039857307708443467467104868809893875799651909875269633", number(Some(0), 0)),
            ("49039857307708443467467104868809893875799651909875269634", number(Some(0), 0)),
            // Of version 0, 4 and 3 where 1 or 2 are due; a date too large; an index too large.
            ("49039857307708443467467104868809893875799651909875269632", None),
            ("49039857307708443467467104868809893875799651909875269636", None),
            ("49039857307708443467467104868809893875799651909875269635", None),
            ("26227199374822427428162556223570313216", None),
            ("49039857307719593840066370180380661734935976090628259842", None),
            // They begin with 3 and with 1.
            ("73559785961562665201200657303214840813699477864812904449", None),
            ("49039857307697293094867839557237917090843713134307311602", None),
            ("", None),
            ("-5", None),
            (&*"9".repeat(57), None),
            (&*"9".repeat(129), None),
        ] {
            assert_eq!(AnyNumber::parse(text), told, "{text}");
        }
    }

    #[test]
    fn a_number_of_version_1_tells_its_time_and_shard() {
        // 0x206553f10050006553f105abababababababab000000051
        let number = AnyNumber::parse("49646437577219982297915557097848170562245380965851463761")
            .expect("it is a number");
        assert_eq!((number.created_s, number.record_s), (1_700_000_000, Some(1_700_000_005)));
        assert_eq!(number.shard, ShardId(5));
    }
}
