//! What a producer reads in a line: its key and its time.

use serde_json::Value;

use crate::model::date::Date;
use crate::model::limits::PARTITION_KEY_CHARS_MAX;
use crate::pipeline::settings::KeyRule;

/// The partition key of a line: text, cut to what Kinesis takes.
pub(super) fn key(rule: &KeyRule, line: &str) -> Option<String> {
    let key = match rule {
        KeyRule::Line => line.to_owned(),
        KeyRule::Column(column) => line.split_whitespace().nth(*column)?.to_owned(),
        KeyRule::Pointer(pointer) => {
            match serde_json::from_str::<Value>(line).ok()?.pointer(pointer)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            }
        }
    };
    let key: String = key.chars().take(PARTITION_KEY_CHARS_MAX).collect();
    (!key.is_empty()).then_some(key)
}

/// The time of a line, milliseconds since the epoch.
pub(super) fn time(pointer: &str, line: &str) -> Option<u64> {
    match serde_json::from_str::<Value>(line).ok()?.pointer(pointer)? {
        Value::Number(number) => number.as_f64().and_then(epoch),
        Value::String(text) => text.parse().ok().and_then(epoch).or_else(|| rfc3339(text)),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Seconds below 100,000,000,000 (the year 5138), milliseconds from there on.
fn epoch(number: f64) -> Option<u64> {
    let ms = if number < 1e11 { number * 1e3 } else { number };
    (number.is_finite() && number >= 0.0).then_some(ms as u64)
}

/// `2026-11-23T14:05:06.789+01:00` as milliseconds since the epoch.
fn rfc3339(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u64>().ok())?
    };
    let mark = |at: usize, allowed: &str| text.get(at..=at).filter(|mark| allowed.contains(*mark));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    for (at, allowed) in [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")] {
        mark(at, allowed)?;
    }
    let days = Date { year, month, day }.days()?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut zone = text.get(19..)?;
    let mut ms = 0;
    if let Some(fraction) = zone.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        ms = format!("{:0<3.3}", &fraction[..end]).parse::<u64>().ok()?;
        zone = &fraction[end..];
    }
    let local = ((days * 24 + hour) * 60 + minute) * 60 + second;
    let seconds = match zone {
        "Z" | "z" => local,
        _ => match (zone.get(..1)?, offset_s(zone.get(1..)?)?) {
            ("+", east) => local.checked_sub(east)?,
            ("-", west) => local + west,
            _ => return None,
        },
    };
    Some(seconds * 1_000 + ms)
}

/// `01:30` as seconds.
fn offset_s(text: &str) -> Option<u64> {
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u64>().ok())?
    };
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_their_rule() {
        let json = r#"{"user":{"id":7}}"#;
        assert_eq!(key(&KeyRule::Pointer("/user/id".into()), json).as_deref(), Some("7"));
        assert_eq!(key(&KeyRule::Pointer("/none".into()), json), None);
        assert_eq!(key(&KeyRule::Column(1), "a  b c").as_deref(), Some("b"));
        assert_eq!(key(&KeyRule::Column(3), "a b c"), None);
        assert_eq!(key(&KeyRule::Line, &"x".repeat(300)).map(|key| key.len()), Some(256));
    }

    #[test]
    fn times_are_read_in_three_forms() {
        for (text, ms) in [
            ("1700000000", Some(1_700_000_000_000)),
            ("1700000000123", Some(1_700_000_000_123)),
            (r#""2023-11-14T22:13:20Z""#, Some(1_700_000_000_000)),
            (r#""2023-11-14T23:13:20.5+01:00""#, Some(1_700_000_000_500)),
            (r#""2000-02-29T00:00:00Z""#, Some(951_782_400_000)),
            (r#""yesterday""#, None),
            (r#""2023-11-14T20:43:20-01:30""#, Some(1_700_000_000_000)),
            (r#""2023-13-14T22:13:20Z""#, None),
            (r#""2023-02-31T22:13:20Z""#, None),
            (r#""2023-11-14T22:13:20+9223372036854775807:00""#, None),
            (r#""2023-11-14T22:13:20-9999999999:00""#, None),
            (r#""1970-01-01T00:13:20+01:00""#, None),
            ("null", None),
        ] {
            assert_eq!(time("/t", &format!(r#"{{"t":{text}}}"#)), ms, "{text}");
        }
    }
}
