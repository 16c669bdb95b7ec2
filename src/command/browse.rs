//! Which records are looked at: the newest as they come, or those at a place.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Millis, SequenceNumber, ShardId, StreamName};

/// Which records of a stream are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browse {
    /// The stream.
    pub stream: StreamName,
    /// Where among them.
    pub place: Place,
    /// Only those of this shard.
    pub shard: Option<ShardId>,
    /// Only those of this partition key.
    pub key: Option<String>,
}

impl Browse {
    /// The newest of all shards.
    #[must_use]
    pub fn newest(stream: StreamName) -> Self {
        Self { stream, place: Place::Newest, shard: None, key: None }
    }
}

/// A place among records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The newest, as they come.
    Newest,
    /// The oldest that are still there.
    Oldest,
    /// From so long ago on, milliseconds.
    Ago(u64),
    /// From so long after the session began on, milliseconds.
    Elapsed(u64),
    /// From that time on.
    From(Millis),
    /// The last ones up to that time.
    Until(Millis),
    /// From that record on, in its shard.
    Sequence(SequenceNumber),
}

/// What can be written for a place.
pub(super) const PLACE_RULE: &str = "newest, oldest, 5m ago as -5m, a time of the session as 00:14:32, milliseconds since 1970, or \
     a sequence number";

impl Place {
    /// Reads `newest`, `oldest`, `-90s`, `14:32`, `until:1767225620000` or a sequence number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "newest" => return Some(Self::Newest),
            "oldest" => return Some(Self::Oldest),
            _ => {}
        }
        if let Some(ago) = text.strip_prefix('-') {
            return span_ms(ago).map(Self::Ago);
        }
        if let Some(time) = text.strip_prefix("until:") {
            return time.parse().ok().map(|ms| Self::Until(Millis(ms)));
        }
        if text.contains(':') {
            return clock_ms(text).map(Self::Elapsed);
        }
        match text.len() {
            0..=15 => text.parse().ok().map(|ms| Self::From(Millis(ms))),
            _ => SequenceNumber::parse(text).map(Self::Sequence),
        }
    }

    /// The same place as a point in time that stays, for a session that began at `started`.
    #[must_use]
    pub fn fixed(self, started: Millis, now: Millis) -> Self {
        match self {
            Self::Ago(ms) => Self::From(Millis(now.0.saturating_sub(ms))),
            Self::Elapsed(ms) => Self::From(started.plus(ms)),
            Self::Newest | Self::Oldest | Self::From(_) | Self::Until(_) | Self::Sequence(_) => {
                self
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("newest"),
            Self::Oldest => f.write_str("oldest"),
            Self::Ago(ms) => write!(f, "-{ms}ms"),
            Self::Elapsed(ms) => {
                let (seconds, rest) = (ms / 1_000, ms % 1_000);
                write!(f, "{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
                write!(f, ":{:02}", seconds % 60)?;
                if rest > 0 { write!(f, ".{rest:03}") } else { Ok(()) }
            }
            Self::From(at) => write!(f, "{}", at.0),
            Self::Until(at) => write!(f, "until:{}", at.0),
            Self::Sequence(number) => number.fmt(f),
        }
    }
}

/// `90s`, `5m`, `2h` or `250ms` in milliseconds.
fn span_ms(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let factor = match &text[unit..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    text[..unit].parse::<u64>().ok()?.checked_mul(factor)
}

/// `01:14:32`, `14:32` or `14:32.5` in milliseconds.
fn clock_ms(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut seconds = 0u64;
    for piece in whole.split(':') {
        let value: u64 = if digits(piece) { piece.parse().ok()? } else { return None };
        seconds = seconds.checked_mul(60)?.checked_add(value)?;
    }
    if !digits(part) || part.len() > 3 || whole.split(':').count() > 3 {
        return None;
    }
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let number = SequenceNumber { created_s: 9, index: 5, record_s: 10, shard: ShardId(3) };
        for (text, place) in [
            ("newest", Place::Newest),
            ("oldest", Place::Oldest),
            ("-90s", Place::Ago(90_000)),
            ("-5m", Place::Ago(300_000)),
            ("00:14:32", Place::Elapsed(872_000)),
            ("14:32.5", Place::Elapsed(872_500)),
            ("1767225620000", Place::From(Millis(1_767_225_620_000))),
            ("until:1767225620000", Place::Until(Millis(1_767_225_620_000))),
            (&number.to_string(), Place::Sequence(number)),
        ] {
            assert_eq!(Place::parse(text), Some(place), "{text}");
            assert_eq!(Place::parse(&place.to_string()), Some(place), "{place}");
        }
        for bad in [
            "",
            "-",
            "-5",
            "-5d",
            "1:2:3:4",
            "a:b",
            "14:",
            "soon",
            "until:x",
            "12345678901234567890",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
