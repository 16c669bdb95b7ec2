//! Dates of UTC: the civil calendar from a number of seconds, and how AWS writes times in JSON.

use std::fmt;

use crate::model::Millis;

/// Days from March 1 of the year 0 to January 1, 1970.
const EPOCH_DAYS: u64 = 719_468;
const DAYS_IN_400_YEARS: u64 = 146_097;

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// 1970 and later.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
}

impl Date {
    /// The date of a time.
    #[must_use]
    pub const fn of(at: Millis) -> Self {
        // Years are counted from March, so that leap days come last.
        let since = at.seconds() / 86_400 + EPOCH_DAYS;
        let (era, day) = (since / DAYS_IN_400_YEARS, since % DAYS_IN_400_YEARS);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let turned = (month >= 10) as u64;
        Self { year: year + era * 400 + turned, month: (month + 2) % 12 + 1, day }
    }

    /// Days from January 1, 1970 to this date; `None` for what is no date, or before, or of a year
    /// with more than four digits.
    #[must_use]
    pub fn days(self) -> Option<u64> {
        let Self { year, month, day } = self;
        if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year / 4 - year / 100 + year / 400;
        let days = 365 * year + leap_days + (153 * month + 2) / 5 + day;
        let days = days.checked_sub(1 + EPOCH_DAYS)?;
        // What is no date, as February 30, is another one when it is read back.
        (Self::of(Millis(days * 86_400_000)) == self).then_some(days)
    }
}

/// A time that shows itself as ISO 8601 to the millisecond: `2019-11-14T00:38:06.021Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iso(pub Millis);

impl Iso {
    /// Reads a time of UTC as AWS and its tools write it, to the second: what stands behind a point is
    /// passed over, and the end is `Z`, `UTC` or `+00:00`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Millis> {
        let text = ["Z", "UTC", "+00:00"].iter().find_map(|end| text.strip_suffix(end))?;
        let text = text.split_once('.').map_or(text, |(whole, _)| whole);
        let (date, time) = text.split_once('T')?;
        let three = |text: &str, by: char| -> Option<[u64; 3]> {
            let parts: Result<Vec<u64>, _> = text.split(by).map(str::parse).collect();
            parts.ok()?.try_into().ok()
        };
        let ([year, month, day], [hour, minute, second]) = (three(date, '-')?, three(time, ':')?);
        let days = Date { year, month, day }.days()?;
        let good = hour < 24 && minute < 60 && second < 61;
        good.then_some(Millis((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
    }
}

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.0)?;
        write!(f, ".{:03}Z", self.0.0 % 1_000)
    }
}

/// The same to the second: `2019-11-14T00:38:06Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsoSeconds(pub Millis);

impl fmt::Display for IsoSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_seconds(f, self.0)?;
        f.write_str("Z")
    }
}

fn write_seconds(f: &mut fmt::Formatter<'_>, at: Millis) -> fmt::Result {
    let Date { year, month, day } = Date::of(at);
    let second = at.seconds() % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_573_691_886_021, "2019-11-14T00:38:06.021Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Iso(Millis(ms)).to_string(), text);
            assert_eq!(Iso::parse(text), Some(Millis(ms / 1_000 * 1_000)));
        }
    }

    #[test]
    fn times_are_read_as_tools_write_them() {
        let at = Some(Millis(1_573_691_886_000));
        for text in ["2019-11-14T00:38:06Z", "2019-11-14T00:38:06UTC", "2019-11-14T00:38:06+00:00"]
        {
            assert_eq!(Iso::parse(text), at, "{text}");
        }
        for text in [
            "",
            "Z",
            "2019-11-14Z",
            "2019-11-14T00:38:06",
            "2019-02-30T00:38:06Z",
            "2019-11-14T24:38:06Z",
            "2019-11-14T00:38Z",
            "2019-11-14T00:38:06+01:00",
        ] {
            assert_eq!(Iso::parse(text), None, "{text}");
        }
    }
}
