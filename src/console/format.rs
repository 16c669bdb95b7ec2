//! Numbers as text: at most 4 significant digits, the unit beside or in the header.
//!
//! Invariant: pure functions of the value; the same value gives the same text on every machine.

use std::borrow::Cow;

use ratatui::text::Span;

use crate::model::Millis;
pub use crate::model::{grouped, many};

const KIB: f64 = 1_024.0;
/// From so many milliseconds on hours have three digits.
const HOURS_MS: u64 = 100 * 3_600_000;

/// A number in at most 4 significant digits: `0.41`, `61.0`, `998`, `3,206`, `63.5k`.
#[must_use]
pub fn number(value: f64) -> String {
    let (sign, size) = if value < 0.0 { ("-", -value) } else { ("", value) };
    let body = if !size.is_finite() {
        "?".to_owned()
    } else if size == 0.0 {
        return "0".to_owned();
    } else if value > 0.0 && size < 0.005 {
        "<0.01".to_owned() // little is not nothing
    } else if size < 9.995 {
        format!("{size:.2}")
    } else if size < 99.95 {
        format!("{size:.1}")
    } else if size < 9_999.5 {
        grouped(size.round() as u64)
    } else {
        let scales = [(1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P")];
        let (scale, letter) =
            scales.into_iter().find(|(s, _)| size / s < 999.5).unwrap_or((1e15, "P"));
        format!("{}{letter}", three_digits(size / scale))
    };
    format!("{sign}{body}")
}

fn three_digits(value: f64) -> String {
    if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// A whole number in few columns: `9,999`, then `10.0k`.
#[must_use]
pub fn count(value: u64) -> String {
    if value < 10_000 { grouped(value) } else { number(value as f64) }
}

/// Bytes with a binary unit: `512 B`, `1.50 KiB`, `61.0 MiB`.
#[must_use]
pub fn bytes(value: f64) -> String {
    if value < KIB {
        return format!("{value:.0} B");
    }
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut size = value / KIB;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= KIB;
        unit += 1;
    }
    format!("{} {}", three_digits(size), units[unit])
}

/// Bytes as a number of MiB, for columns with the unit in the header.
#[must_use]
pub fn mib(bytes: f64) -> String {
    match bytes / KIB / KIB {
        size if size > 0.0 && size < 0.005 => "<0.01".to_owned(),
        size => format!("{size:.2}"),
    }
}

/// Dollars: `$0.0042`, `$16.21`, `$11,671`.
#[must_use]
pub fn dollars(amount: f64) -> String {
    match amount {
        0.0 => "$0.00".to_owned(), // the sum of no items is -0
        0.0..0.01 if amount > 0.0 => format!("${amount:.4}"),
        _ if amount < 1_000.0 => format!("${amount:.2}"),
        _ => format!("${}", grouped(amount.round() as u64)),
    }
}

/// A duration in its own unit: `80ms`, `2.3s`, `2m 10s`, `23h 51m`, `12d`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    let told = |whole: u64, unit: char, rest: u64, smaller: char| match rest {
        0 => format!("{whole}{unit}"),
        _ => format!("{whole}{unit} {rest}{smaller}"),
    };
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..99_950 => format!("{:.1}s", ms as f64 / 1_000.0),
        99_950..3_600_000 => told(seconds / 60, 'm', seconds % 60, 's'),
        3_600_000..360_000_000 => told(seconds / 3_600, 'h', seconds / 60 % 60, 'm'),
        _ => told(seconds / 86_400, 'd', seconds / 3_600 % 24, 'h'),
    }
}

/// So many of something in few columns: `1 record`, `9,999 records`, `10.0k records`.
#[must_use]
pub fn counted(value: u64, what: &str) -> String {
    if value == 1 { format!("1 {what}") } else { format!("{} {what}s", count(value)) }
}

/// A short time in its own unit: `310ns`, `12.3us`, `4.51ms`.
#[must_use]
pub fn nanos(ns: u64) -> String {
    let ns = ns as f64;
    match ns {
        0.0..1e3 => format!("{ns:.0}ns"),
        1e3..1e6 => format!("{}us", three_digits(ns / 1e3)),
        _ => format!("{}ms", three_digits(ns / 1e6)),
    }
}

/// A span of time in its largest whole unit: `60 s`, `15 min`.
#[must_use]
pub fn span(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
    }
}

/// Time since the start: `00:14:32`.
#[must_use]
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Time since the start, to the millisecond: `00:14:32.120`.
#[must_use]
pub fn clock_ms(ms: u64) -> String {
    format!("{}.{:03}", clock(ms), ms % 1_000)
}

/// A time as one since the start, in 12 columns; before it as one until the start: `-00:12:34.5`, or
/// `-4d 4h` where that takes more columns.
#[must_use]
pub fn clock_from(start: Millis, at: Millis) -> String {
    match start.since(at) {
        0 => clock_ms(at.since(start)),
        before @ 1..HOURS_MS => format!("-{}.{}", clock(before), before % 1_000 / 100),
        before => format!("-{}", duration(before)),
    }
}

/// A share as a whole percentage: `95%`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// `text` cut to `width` columns, with `ellipsis` (one column) where something was cut.
/// Control characters become spaces.
#[must_use]
pub fn fit(text: &str, width: usize, ellipsis: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let span = Span::raw(clean.as_str());
    if span.width() <= width {
        return clean;
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in span.styled_graphemes(ratatui::style::Style::new()) {
        let wide = Span::raw(grapheme.symbol).width();
        if used + wide > room {
            break;
        }
        used += wide;
        kept.push_str(grapheme.symbol);
    }
    kept + ellipsis
}

/// `text` in `width` columns: where it is longer, long names give way in their middle, so that names
/// that begin alike stay apart and what is said of them is still read.
#[must_use]
pub fn squeezed(text: &str, width: usize, ellipsis: &str) -> String {
    if Span::raw(text).width() <= width {
        return fit(text, width, ellipsis);
    }
    let longest = (width / 3).max(8);
    let words: Vec<Cow<'_, str>> =
        text.split(' ').map(|word| shortened(word, longest, ellipsis)).collect();
    let text = words.join(" ");
    let cut = fit(&text, width, ellipsis);
    if Span::raw(&text).width() <= width {
        return cut;
    }
    // A cut at the middle of a name has an ellipsis before it already: one is enough.
    let Some(kept) = cut.strip_suffix(ellipsis) else { return cut };
    format!("{}{ellipsis}", kept.trim_end_matches(ellipsis))
}

/// A name in at most `width` columns, without its middle. Only ASCII is taken apart: words of other
/// scripts may be sentences.
fn shortened<'a>(word: &'a str, width: usize, ellipsis: &str) -> Cow<'a, str> {
    if word.len() <= width || !word.is_ascii() {
        return word.into();
    }
    let tail = (width - 1) / 2;
    let head = width - 1 - tail;
    format!("{}{ellipsis}{}", &word[..head], &word[word.len() - tail..]).into()
}

/// `text` in lines of at most `width` columns, cut between words; a longer word has a line to itself.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if Span::raw(format!("{line} {word}")).width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_told_as_many() {
        assert_eq!(counted(0, "record"), "0 records");
        assert_eq!(counted(1, "record"), "1 record");
        assert_eq!(counted(10_000, "record"), "10.0k records");
    }

    #[test]
    fn numbers_have_at_most_four_significant_digits() {
        let table = [
            (0.0, "0"),
            (0.004, "<0.01"),
            (0.405, "0.41"),
            (9.994, "9.99"),
            (9.996, "10.0"),
            (61.0, "61.0"),
            (99.96, "100"),
            (998.4, "998"),
            (3_206.0, "3,206"),
            (9_999.6, "10.0k"),
            (63_482.0, "63.5k"),
            (999_600.0, "1.00M"),
            (-12.34, "-12.3"),
            (f64::NAN, "?"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text, "{value}");
        }
        assert_eq!(number(1e20), "100000P", "beyond every scale the number is still told");
    }

    #[test]
    fn bytes_and_counts_carry_their_units() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1_536.0), "1.50 KiB");
        assert_eq!(bytes(1_048_575.0), "1.00 MiB");
        assert_eq!(bytes(61.0 * 1_048_576.0), "61.0 MiB");
        assert_eq!((mib(1_048_576.0), mib(100.0)), ("1.00".into(), "<0.01".into()));
        assert_eq!(count(9_999), "9,999");
        assert_eq!(count(10_000), "10.0k");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn dollars_are_told_to_the_cent_or_finer_where_that_is_nothing() {
        let table = [
            (0.0, "$0.00"),
            (-0.0, "$0.00"),
            (0.0042, "$0.0042"),
            (16.206, "$16.21"),
            (11_671.4, "$11,671"),
        ];
        for (amount, text) in table {
            assert_eq!(dollars(amount), text);
        }
    }

    #[test]
    fn durations_choose_their_unit() {
        let table = [
            (0, "0ms"),
            (80, "80ms"),
            (2_300, "2.3s"),
            (48_000, "48.0s"),
            (130_000, "2m 10s"),
            (120_000, "2m"),
            (85_860_000, "23h 51m"),
            (86_400_000, "24h"),
            (1_047_600_000, "12d 3h"),
        ];
        for (ms, text) in table {
            assert_eq!(duration(ms), text);
        }
        assert_eq!(clock(872_000), "00:14:32");
        assert_eq!(clock_ms(872_120), "00:14:32.120");
        assert_eq!(percent(0.954), "95%");
    }

    #[test]
    fn what_was_before_the_start_is_told_by_how_long_before() {
        let start = Millis(1_000_000_000);
        let table = [
            (start, "00:00:00.000"),
            (start.plus(872_120), "00:14:32.120"),
            (start.minus(50), "-00:00:00.0"),
            (start.minus(754_567), "-00:12:34.5"),
            (start.minus(360_000_000), "-4d 4h"),
        ];
        for (at, text) in table {
            assert_eq!(clock_from(start, at), text);
        }
    }

    #[test]
    fn long_names_give_way_in_their_middle_where_the_text_is_too_long() {
        let text = "a-long-name-of-orders refuses";
        assert_eq!(squeezed(text, 40, "…"), text);
        assert_eq!(squeezed(text, 24, "…"), "a-lo…ers refuses");
        assert_eq!(squeezed(text, 14, "…"), "a-lo…ers refu…");
        assert_eq!(squeezed("is in a-long-name-of-orders", 12, "…"), "is in a-lo…");
        assert_eq!(squeezed(text, 0, "…"), "");
        assert_eq!(squeezed("日本語の長い説明文 b", 12, "…"), "日本語の長…", "a sentence");
    }

    #[test]
    fn long_text_breaks_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("日本 語", 5), ["日本", "語"]);
        assert_eq!(wrapped("  ", 5), Vec::<String>::new());
    }

    #[test]
    fn text_is_cut_by_columns_and_never_inside_a_wide_letter() {
        assert_eq!(fit("orders", 6, "…"), "orders");
        assert_eq!(fit("clickstream", 6, "…"), "click…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("a\u{1b}[2Jb", 9, "…"), "a [2Jb");
        assert_eq!(fit("x", 0, "…"), "");
    }
}
