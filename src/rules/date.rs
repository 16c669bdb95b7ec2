//! Dates as AWS writes them in its sentences: `Thu Jan 22 01:22:02 UTC 2015`.

use std::fmt;

use crate::model::Millis;
use crate::model::date::Date;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A time that shows itself as a date of UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct UtcDate(pub(super) Millis);

impl fmt::Display for UtcDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let Date { year, month, day } = Date::of(self.0);
        let weekday = DAYS[(days % 7) as usize];
        let month = MONTHS[month as usize - 1];
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}")
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
