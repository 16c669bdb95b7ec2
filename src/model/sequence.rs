//! Sequence numbers: the order of a record in its shard.
//!
//! On the wire a sequence number is a decimal number of 56 digits. Its layout (version 2), in
//! hexadecimal digits from the top: `2`, 9 of the shard's creation time in seconds, 1 of the
//! shard number's low nibble, 16 of the record's index in the shard, `00`, 9 of the record's time
//! in seconds, 8 of the shard number, `2`. Source: kinesalite, checked against documented samples.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::digits::write_digits;
use crate::model::{Millis, ShardId};

/// The place of a record in its shard. Comparable inside one shard only.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SequenceNumber {
    /// When the shard was created, seconds since the epoch (36 bits on the wire).
    pub created_s: u32,
    /// Index of the record in its shard, from 0; the highest value closes a shard.
    pub index: u64,
    /// When the record was accepted, seconds since the epoch (36 bits on the wire).
    pub record_s: u32,
    /// The shard.
    pub shard: ShardId,
}

const TOP_BITS: u32 = 186;
/// The highest shard number that a number may name.
const SHARD_MAX: u32 = 0x7fff_ffff;

impl SequenceNumber {
    /// The index that ends a closed shard.
    pub const END_INDEX: u64 = 0x7fff_ffff_ffff_ffff;

    /// The number that a shard created at `created` starts with.
    #[must_use]
    pub fn first(shard: ShardId, created: Millis) -> Self {
        Self { created_s: seconds(created), index: 0, record_s: seconds(created), shard }
    }

    /// The number of the record with `index`, accepted at `at`, in the shard of `self`. It is of a
    /// later second than the shard, so that it is above the number that the shard starts with.
    #[must_use]
    pub fn nth(self, index: u64, at: Millis) -> Self {
        Self { index, record_s: seconds(at).max(self.created_s.saturating_add(1)), ..self }
    }

    /// The number that ends the shard of `self`, closed at `at`.
    #[must_use]
    pub fn end(self, at: Millis) -> Self {
        self.nth(Self::END_INDEX, at)
    }

    /// The number that its shard starts with.
    #[must_use]
    pub const fn start(self) -> Self {
        Self { index: 0, record_s: self.created_s, ..self }
    }

    /// Is it the number that its shard starts with, before the first record?
    #[must_use]
    pub const fn is_start(self) -> bool {
        self.index == 0 && self.record_s <= self.created_s
    }

    /// Reads the decimal form of version 2.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 60 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut limbs = [0u64; 4];
        for digit in text.bytes() {
            let mut carry = u64::from(digit - b'0');
            for limb in &mut limbs {
                let value = u128::from(*limb) * 10 + u128::from(carry);
                *limb = low(value);
                carry = low(value >> 64);
            }
        }
        Self::unpack(limbs)
    }

    /// Little-endian limbs of the 186-bit number.
    fn pack(self) -> [u64; 4] {
        let mut limbs = [0u64; 4];
        let mut put = |value: u64, at: u32| {
            let wide = u128::from(value) << (at % 64);
            let limb = (at / 64) as usize;
            limbs[limb] |= low(wide);
            if let Some(next) = limbs.get_mut(limb + 1) {
                *next |= low(wide >> 64);
            }
        };
        put(2, 0);
        put(u64::from(self.shard.0), 4);
        put(u64::from(self.record_s), 36);
        put(self.index, 80);
        put(u64::from(self.shard.0 & 0xf), 144);
        put(u64::from(self.created_s), 148);
        put(2, TOP_BITS - 2);
        limbs
    }

    fn unpack(limbs: [u64; 4]) -> Option<Self> {
        let get = |at: u32, bits: u32| {
            let limb = (at / 64) as usize;
            let high = limbs.get(limb + 1).copied().unwrap_or(0);
            let wide = u128::from(limbs[limb]) | (u128::from(high) << 64);
            low(wide >> (at % 64)) & (u64::MAX >> (64 - bits))
        };
        let number = Self {
            created_s: u32::try_from(get(148, 36)).ok()?,
            index: get(80, 64),
            record_s: u32::try_from(get(36, 36)).ok()?,
            shard: ShardId(u32::try_from(get(4, 32)).ok()?),
        };
        let in_range = number.index <= Self::END_INDEX && number.shard.0 <= SHARD_MAX;
        (in_range && number.pack() == limbs).then_some(number)
    }
}

fn low(value: u128) -> u64 {
    (value & u128::from(u64::MAX)) as u64
}

fn seconds(at: Millis) -> u32 {
    u32::try_from(at.seconds()).unwrap_or(u32::MAX)
}

/// Every number has so many digits: the first two of its 186 bits are set to 2.
const DIGITS: usize = 56;

/// A number as the wire has it.
#[derive(Clone, Copy, Debug)]
pub struct SequenceDigits([u8; DIGITS]);

impl SequenceDigits {
    /// The digits, in ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("invariant: digits are ASCII")
    }
}

impl SequenceNumber {
    /// The decimal form.
    ///
    /// The number is top * 2^144 + index * 2^80 + rest. Each of the three is brought to base 10^19 by
    /// itself, the powers of two being constants, so that three divisions make all digits.
    #[must_use]
    pub fn digits(self) -> SequenceDigits {
        const BASE: u128 = 10_000_000_000_000_000_000;
        /// 2^80 and 2^144 in base 10^19, the lowest digit first.
        const INDEX: [u128; 2] = [5_819_614_629_174_706_176, 120_892];
        const TOP: [u128; 3] = [8_272_648_361_505_980_416, 4_519_853_062_314_153_571, 223_007];
        let limbs = self.pack();
        let top = u128::from(limbs[2] >> 16);
        let index = u128::from(self.index);
        let rest = u128::from(limbs[0]) | u128::from(limbs[1] & 0xffff) << 64;
        let last = top * TOP[0] + index * INDEX[0] + rest % BASE;
        let middle = top * TOP[1] + index * INDEX[1] + rest / BASE + last / BASE;
        let first = top * TOP[2] + middle / BASE;
        let mut digits = [b'0'; DIGITS];
        write_digits(low(last % BASE), &mut digits[37..]);
        write_digits(low(middle % BASE), &mut digits[18..37]);
        write_digits(low(first), &mut digits[..18]);
        SequenceDigits(digits)
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: Millis = Millis(1_700_000_000_000);

    #[test]
    fn numbers_match_the_reference_vectors() {
        let zero = SequenceNumber::first(ShardId(0), CREATED);
        let one = SequenceNumber::first(ShardId(1), CREATED);
        let end = zero.end(Millis(1_700_003_600_000));
        for (number, expected) in [
            (zero, "49646437577108476416916876405825929425585429676275269634"),
            (one, "49646437577130777162115407028967465143858078037781250066"),
            (end, "49646437577119626789516141717395488358902386617969803266"),
        ] {
            assert_eq!(number.to_string(), expected);
            assert_eq!(SequenceNumber::parse(expected), Some(number));
        }
    }

    #[test]
    fn digits_are_those_of_long_division() {
        let naive = |number: SequenceNumber| {
            let (mut limbs, mut digits) = (number.pack(), Vec::new());
            while limbs != [0; 4] {
                let mut rest = 0u128;
                for limb in limbs.iter_mut().rev() {
                    let value = (rest << 64) | u128::from(*limb);
                    *limb = low(value / 10);
                    rest = value % 10;
                }
                digits.push(char::from(b'0' + rest as u8));
            }
            digits.into_iter().rev().collect::<String>()
        };
        for shard in [0, 1, 15, 16, 10_000, SHARD_MAX] {
            for index in [0, 1, 99, 10_000_000_000, SequenceNumber::END_INDEX] {
                for created_s in [0, 1, 1_700_000_000, u32::MAX] {
                    let shard = ShardId(shard);
                    let number =
                        SequenceNumber { created_s, index, record_s: created_s / 2, shard };
                    assert_eq!(number.to_string(), naive(number), "{number:?}");
                    assert_eq!(SequenceNumber::parse(&number.to_string()), Some(number));
                }
            }
        }
    }

    #[test]
    fn a_documented_sample_decodes_to_its_shard_and_time() {
        let sample = "49590338271490256608559692538361571095921575989136588898";
        let number = SequenceNumber::parse(sample).expect("it is a version 2 number");
        assert_eq!(number.shard, ShardId(6));
        assert_eq!(number.index, 0x6764_8a17);
        assert_eq!(number.created_s, 1_542_776_258, "2018-11-21 04:57:38Z");
        assert_eq!(number.record_s, 1_545_084_650, "2018-12-17 22:10:50Z");
        assert_eq!(sample.len(), 56);
        assert_eq!(number.to_string(), sample);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "0", "12x", "-1", &"9".repeat(60), &"9".repeat(61)] {
            assert_eq!(SequenceNumber::parse(text), None, "{text}");
        }
        let first = SequenceNumber::first(ShardId(0), CREATED);
        let high_index = SequenceNumber { index: SequenceNumber::END_INDEX + 1, ..first };
        let high_shard = SequenceNumber { shard: ShardId(SHARD_MAX + 1), ..first };
        for number in [high_index, high_shard] {
            assert_eq!(SequenceNumber::parse(&number.to_string()), None, "{number:?}");
        }
    }

    #[test]
    fn numbers_rise_with_the_index_inside_a_shard() {
        let first = SequenceNumber::first(ShardId(3), CREATED);
        let later = first.nth(1, CREATED.plus(5_000));
        assert!(first < later && later < first.end(CREATED));
    }
}
