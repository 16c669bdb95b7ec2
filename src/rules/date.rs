//! Dates as AWS writes them in its sentences: `Thu Jan 22 01:22:02 UTC 2015`.

use std::fmt;

use crate::model::Millis;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
/// Counted from March, so that leap days come last.
const MONTHS: [&str; 12] =
    ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
/// Days from March 1 of the year 0 to January 1, 1970.
const EPOCH_DAYS: u64 = 719_468;
const DAYS_IN_400_YEARS: u64 = 146_097;

/// A time that shows itself as a date of UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct UtcDate(pub(super) Millis);

impl fmt::Display for UtcDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let since = days + EPOCH_DAYS;
        let (era, day) = (since / DAYS_IN_400_YEARS, since % DAYS_IN_400_YEARS);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
        let year = era * 400 + year + u64::from(month >= 10);
        let weekday = DAYS[(days % 7) as usize];
        let month = MONTHS[month as usize];
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(
            f,
            "{weekday} {month} {day_of_month:02} {hour:02}:{minute:02}:{second:02} UTC {year}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_in_the_sentences_of_the_service() {
        for (seconds, date) in [
            (0, "Thu Jan 01 00:00:00 UTC 1970"),
            (951_782_399, "Mon Feb 28 23:59:59 UTC 2000"),
            (951_782_400, "Tue Feb 29 00:00:00 UTC 2000"),
            (951_868_800, "Wed Mar 01 00:00:00 UTC 2000"),
            (1_421_889_722, "Thu Jan 22 01:22:02 UTC 2015"),
            (1_700_000_000, "Tue Nov 14 22:13:20 UTC 2023"),
            (1_735_689_599, "Tue Dec 31 23:59:59 UTC 2024"),
            (4_107_542_400, "Mon Mar 01 00:00:00 UTC 2100"),
        ] {
            assert_eq!(UtcDate(Millis(seconds * 1_000 + 999)).to_string(), date);
        }
    }
}
