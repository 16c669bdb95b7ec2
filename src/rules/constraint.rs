//! The constraints of the service's model: what a field may be, whatever the resource is.
//!
//! They are asked before anything else, and all that is wrong is told at once.

use std::fmt::Display;

use thiserror::Error;

/// Most faults that one refusal tells.
const TOLD_MAX: usize = 10;

/// A request that breaks constraints.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{} validation error{} detected: {}", .0.len(), if .0.len() == 1 { "" } else { "s" },
    .0.join("; ")
)]
pub struct ConstraintError(Vec<String>);

/// Collects what is wrong with the fields of one request.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    faults: Vec<String>,
}

impl Constraints {
    /// A number between two bounds, both allowed.
    pub fn value<T>(&mut self, field: &str, value: T, low: T, high: T)
    where
        T: PartialOrd + Display + Copy,
    {
        let rule = match value {
            below if below < low => format!("greater than or equal to {low}"),
            above if above > high => format!("less than or equal to {high}"),
            _ => return,
        };
        self.fault(&value.to_string(), field, &format!("Member must have value {rule}"));
    }

    /// A text or list whose length lies between two bounds, both allowed. `shown` is how the
    /// refusal writes it.
    pub fn length(&mut self, field: &str, shown: &str, len: usize, low: usize, high: usize) {
        if let Some(rule) = length_rule(len, low, high) {
            self.fault(shown, field, &rule);
        }
    }

    /// The length of what a refusal does not show: a payload, or a list of them.
    pub fn hidden_length(&mut self, field: &str, len: usize, low: usize, high: usize) {
        if let Some(rule) = length_rule(len, low, high) {
            self.add(|| format!("Value at '{field}' failed to satisfy constraint: {rule}"));
        }
    }

    /// The characters of a text.
    pub fn text(&mut self, field: &str, text: &str, low: usize, high: usize) {
        self.length(field, text, text.chars().count(), low, high);
    }

    /// A sequence number.
    pub fn sequence_number(&mut self, field: &str, text: &str) {
        self.decimal(field, text, 129);
    }

    /// A hash key.
    pub fn hash_key(&mut self, field: &str, text: &str) {
        self.decimal(field, text, 39);
    }

    fn decimal(&mut self, field: &str, text: &str, digits_max: usize) {
        if !is_decimal(text, digits_max) {
            let more = digits_max - 1;
            let rule = "Member must satisfy regular expression pattern:";
            self.fault(text, field, &format!("{rule} 0|([1-9]\\d{{0,{more}}})"));
        }
    }

    /// A field that must be there.
    pub fn present(&mut self, field: &str, is: bool) {
        if !is {
            let rule = "failed to satisfy constraint: Member must not be null";
            self.add(|| format!("Value null at '{field}' {rule}"));
        }
    }

    /// A field that breaks a rule.
    pub fn fault(&mut self, shown: &str, field: &str, rule: &str) {
        self.add(|| format!("Value '{shown}' at '{field}' failed to satisfy constraint: {rule}"));
    }

    /// Keeps what will be told: a body can have millions of faults.
    fn add(&mut self, fault: impl FnOnce() -> String) {
        if self.faults.len() < TOLD_MAX {
            self.faults.push(fault());
        }
    }

    /// Was nothing found so far?
    #[must_use]
    pub fn are_kept(&self) -> bool {
        self.faults.is_empty()
    }

    /// What was found.
    ///
    /// # Errors
    /// The first ten things that are wrong.
    pub fn end(self) -> Result<(), ConstraintError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(ConstraintError(self.faults))
    }
}

/// The rule of two bounds, both allowed, that a length breaks, if it does.
fn length_rule(len: usize, low: usize, high: usize) -> Option<String> {
    let rule = match len {
        below if below < low => format!("greater than or equal to {low}"),
        above if above > high => format!("less than or equal to {high}"),
        _ => return None,
    };
    Some(format!("Member must have length {rule}"))
}

/// Is it a decimal number of so many digits at most, without leading zeros?
#[must_use]
pub fn is_decimal(text: &str, digits_max: usize) -> bool {
    let digits = (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits && (text.len() == 1 || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(find: impl Fn(&mut Constraints)) -> String {
        let mut constraints = Constraints::default();
        find(&mut constraints);
        constraints.end().map_or_else(|why| why.to_string(), |()| String::new())
    }

    #[test]
    fn no_more_is_kept_than_is_told() {
        let mut constraints = Constraints::default();
        (0..1_000).for_each(|nth| constraints.present(&format!("records.{nth}"), false));
        assert_eq!((constraints.faults.len(), constraints.are_kept()), (TOLD_MAX, false));
    }

    #[test]
    fn each_constraint_has_the_service_s_phrase() {
        let one = |rest: &str| format!("1 validation error detected: Value {rest}");
        let at = "failed to satisfy constraint: Member must";
        for (told, expected) in [
            (told(|c| c.value("limit", 1, 1, 10)), String::new()),
            (told(|c| c.value("limit", 10, 1, 10)), String::new()),
            (
                told(|c| c.value("shardCount", 0, 1, 10)),
                one(&format!("'0' at 'shardCount' {at} have value greater than or equal to 1")),
            ),
            (
                told(|c| c.value("limit", 11, 1, 10)),
                one(&format!("'11' at 'limit' {at} have value less than or equal to 10")),
            ),
            (
                told(|c| c.text("keyId", "", 1, 3)),
                one(&format!("'' at 'keyId' {at} have length greater than or equal to 1")),
            ),
            (told(|c| c.text("keyId", "\u{fc}\u{fc}\u{fc}", 1, 3)), String::new()),
            (
                told(|c| c.text("keyId", "abcd", 1, 3)),
                one(&format!("'abcd' at 'keyId' {at} have length less than or equal to 3")),
            ),
            (
                told(|c| c.hidden_length("data", 4, 0, 3)),
                one(&format!("at 'data' {at} have length less than or equal to 3")),
            ),
            (
                told(|c| c.present("shardIteratorType", false)),
                one(&format!("null at 'shardIteratorType' {at} not be null")),
            ),
            (
                told(|c| c.sequence_number("startingSequenceNumber", "-1")),
                one(&format!(
                    "'-1' at 'startingSequenceNumber' {at} satisfy regular expression pattern: \
                     0|([1-9]\\d{{0,128}})"
                )),
            ),
        ] {
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn sequence_numbers_are_decimal_and_of_129_digits_at_most() {
        for (text, is) in [
            ("0", true),
            ("7", true),
            (&*"1".repeat(129), true),
            (&"1".repeat(130), false),
            ("", false),
            ("00", false),
            ("07", false),
            ("+1", false),
            ("1 ", false),
        ] {
            assert_eq!(told(|c| c.sequence_number("n", text)).is_empty(), is, "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_but_ten_things_at_most() {
        let two = told(|c| {
            c.value("limit", 0, 1, 10);
            c.text("keyId", "", 1, 3);
        });
        assert_eq!(
            two,
            "2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: \
             Member must have value greater than or equal to 1; Value '' at 'keyId' failed to \
             satisfy constraint: Member must have length greater than or equal to 1"
        );
        let many = told(|c| (0..12).for_each(|_| c.value("limit", 0, 1, 10)));
        assert!(many.starts_with("10 validation errors detected: "), "{many}");
        assert_eq!(many.matches("Value '0'").count(), 10);
    }
}
