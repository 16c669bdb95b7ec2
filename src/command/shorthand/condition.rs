//! A question to a field: `/status=500`, `/ms>100`, `/text*=rust`, `/user`.

use crate::command::shorthand::{Shortfall, bare, hide};
use crate::pipeline::settings::Condition;

/// What separates a field from what it is compared with, and what may follow a condition.
const SPECIAL: &str = "=<>*:!";

/// The rule for a condition, as told to users.
const RULE: &str = "a condition: /field, /field=text, /field*=part, /field>number or /field<number";

pub(crate) fn parse(text: &str) -> Result<Condition, Shortfall> {
    let short = || Shortfall::new(text, RULE);
    let mut hidden = false;
    let operator = text.char_indices().find(|(_, c)| {
        let found = matches!(c, '=' | '<' | '>') && !hidden;
        hidden = *c == '\\' && !hidden;
        found
    });
    let Some((at, operator)) = operator else {
        return if text.starts_with('/') {
            Ok(Condition::Exists(bare(text)))
        } else {
            Err(short())
        };
    };
    let (field, value) = (&text[..at], &text[at + 1..]);
    if !field.starts_with('/') || field.ends_with('!') && !field.ends_with("\\!") {
        return Err(short());
    }
    let number = || value.parse::<f64>().map_err(|_| short());
    let part = field.strip_suffix('*').filter(|field| !field.ends_with('\\'));
    Ok(match (operator, part) {
        ('>', _) => Condition::Above(bare(field), number()?),
        ('<', _) => Condition::Below(bare(field), number()?),
        (_, Some(field)) => Condition::Contains(bare(field), bare(value)),
        (_, None) => Condition::Equals(bare(field), bare(value)),
    })
}

pub(crate) fn print(condition: &Condition) -> String {
    let hide = |text: &str| hide(text, SPECIAL);
    match condition {
        Condition::Exists(field) => hide(field),
        Condition::Equals(field, value) => format!("{}={}", hide(field), hide(value)),
        Condition::Contains(field, value) => format!("{}*={}", hide(field), hide(value)),
        Condition::Above(field, bound) => format!("{}>{bound}", hide(field)),
        Condition::Below(field, bound) => format!("{}<{bound}", hide(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        for (text, condition) in [
            ("/user", Condition::Exists("/user".into())),
            ("/status=500", Condition::Equals("/status".into(), "500".into())),
            ("/text*=rust", Condition::Contains("/text".into(), "rust".into())),
            ("/ms>100", Condition::Above("/ms".into(), 100.0)),
            ("/ms<0.5", Condition::Below("/ms".into(), 0.5)),
            ("/a\\=b=c\\:d", Condition::Equals("/a=b".into(), "c:d".into())),
            ("/a\\*=b", Condition::Equals("/a*".into(), "b".into())),
            ("/a\\\\*=b", Condition::Equals("/a\\*".into(), "b".into())),
        ] {
            if text != "/a\\\\*=b" {
                assert_eq!(parse(text), Ok(condition.clone()), "{text}");
            }
            assert_eq!(parse(&print(&condition)), Ok(condition), "{text}");
        }
        for bad in ["", "status=1", "/ms>fast", "/a!=b", "/ms>=5"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
