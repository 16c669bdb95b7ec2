//! Numbers as people read them, for every sentence that is told.

/// A whole number with commas: `1,234,567`.
#[must_use]
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 lane`, `34 lanes`. What is more than 64 bits hold is told as their most.
#[must_use]
pub fn many(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        count => format!("{} {what}s", grouped(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_told_as_many() {
        assert_eq!(
            (many(1_u8, "lane"), many(1_000_u32, "lane")),
            ("1 lane".into(), "1,000 lanes".into())
        );
        assert_eq!((many(0_usize, "lane"), many(-1, "lane").len()), ("0 lanes".into(), 32));
    }
}
