//! Hash keys and their ranges. The open shards of a stream tile `0..=2^128-1`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A 128-bit hash key: the MD5 of a partition key, or given explicitly.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct HashKey(pub u128);

impl HashKey {
    /// The lowest key.
    pub const MIN: Self = Self(0);
    /// The highest key, 2^128 - 1.
    pub const MAX: Self = Self(u128::MAX);

    /// Reads a decimal number, or a hexadecimal one behind `0x`. Short hexadecimal is taken as
    /// the leading digits: `0x8` is the middle of the space, as operators write ranges.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("0x") {
            Some(hex)
                if (1..=32).contains(&hex.len())
                    && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
            {
                let value = u128::from_str_radix(hex, 16).ok()?;
                let shift = 4 * (32 - u32::try_from(hex.len()).ok()?);
                Some(Self(value << shift))
            }
            None if text.bytes().all(|digit| digit.is_ascii_digit()) => text.parse().ok().map(Self),
            Some(_) | None => None,
        }
    }

    /// As short as [`Self::parse`] reads it back: hexadecimal without the zeros at its end.
    #[must_use]
    pub fn hex(self) -> String {
        let digits = format!("{:032x}", self.0);
        match digits.trim_end_matches('0') {
            "" => "0".to_owned(),
            digits => format!("0x{digits}"),
        }
    }

    /// Eight leading hexadecimal digits, enough to tell ranges apart on a screen.
    #[must_use]
    pub fn short(self) -> String {
        format!("{:08x}", self.0 >> 96)
    }
}

/// Written as [`HashKey::hex`] has it: numbers of 128 bits are more than most formats hold.
impl From<HashKey> for String {
    fn from(key: HashKey) -> Self {
        key.hex()
    }
}

impl TryFrom<String> for HashKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no hash key such as 0x8"))
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An inclusive range of hash keys; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(HashKey, HashKey)", into = "(HashKey, HashKey)")]
pub struct HashKeyRange {
    /// Lowest key inside.
    pub start: HashKey,
    /// Highest key inside.
    pub end: HashKey,
}

impl From<HashKeyRange> for (HashKey, HashKey) {
    fn from(range: HashKeyRange) -> Self {
        (range.start, range.end)
    }
}

impl TryFrom<(HashKey, HashKey)> for HashKeyRange {
    type Error = String;

    fn try_from((start, end): (HashKey, HashKey)) -> Result<Self, String> {
        Self::new(start, end).ok_or_else(|| format!("a range from {start} to {end} is empty"))
    }
}

impl HashKeyRange {
    /// The whole key space.
    pub const ALL: Self = Self { start: HashKey::MIN, end: HashKey::MAX };

    /// The range from `start` to `end`, both inside; `None` when `start` is above `end`.
    #[must_use]
    pub fn new(start: HashKey, end: HashKey) -> Option<Self> {
        (start <= end).then_some(Self { start, end })
    }

    /// Is `key` inside?
    #[must_use]
    pub fn contains(&self, key: HashKey) -> bool {
        self.start <= key && key <= self.end
    }

    /// The middle as Kinesis users compute it: `(start + end) / 2`.
    #[must_use]
    pub fn middle(&self) -> HashKey {
        HashKey(self.start.0 + (self.end.0 - self.start.0) / 2)
    }

    /// Share of the key space, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        ((self.end.0 - self.start.0) as f64 + 1.0) / 2f64.powi(128)
    }

    /// Does this range end right before `other` begins?
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        self.end.0.checked_add(1) == Some(other.start.0)
    }

    /// Is `other` the range right above or right below this one?
    #[must_use]
    pub fn adjoins(&self, other: &Self) -> bool {
        self.precedes(other) || other.precedes(self)
    }
}

impl fmt::Display for HashKeyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start.short(), self.end.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_hexadecimal_means_leading_digits() {
        assert_eq!(HashKey::parse("0x8"), Some(HashKey(1 << 127)));
        assert_eq!(HashKey::parse("10"), Some(HashKey(10)));
        assert_eq!(HashKey::parse("0x"), None);
        assert_eq!(HashKey::parse("-1"), None);
        assert_eq!(HashKey::parse("340282366920938463463374607431768211456"), None);
    }

    /// Found by fuzzing: the library's parser of numbers takes a plus sign.
    #[test]
    fn a_key_has_digits_and_no_sign() {
        for text in ["+1", "0x+8", "0x-8", "0x 8", "", "1_0"] {
            assert_eq!(HashKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn hexadecimal_reads_back() {
        for key in [0, 1, 1 << 127, 0xe << 124, 12_345, u128::MAX] {
            assert_eq!(HashKey::parse(&HashKey(key).hex()), Some(HashKey(key)));
        }
        assert_eq!(HashKey(1 << 127).hex(), "0x8");
    }

    #[test]
    fn the_middle_of_everything_splits_it_in_halves() {
        assert_eq!(HashKeyRange::ALL.middle(), HashKey(u128::MAX / 2));
        assert!((HashKeyRange::ALL.share() - 1.0).abs() < f64::EPSILON);
    }
}
