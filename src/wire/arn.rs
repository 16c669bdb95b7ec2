//! The forms of ARNs that fields may have, whatever they name: the patterns of the service's model.

/// A form of ARNs.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArnForm {
    /// Its pattern, as refusals tell it.
    pub(super) pattern: &'static str,
    /// Does what stands behind the account fit?
    fits: fn(&str) -> bool,
}

/// Of a stream.
pub(super) const STREAM: ArnForm =
    ArnForm { pattern: "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+", fits: is_stream };
/// Of what has tags or a policy.
pub(super) const RESOURCE: ArnForm = ArnForm {
    pattern: "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+",
    fits: is_resource,
};
/// Of a registered consumer.
pub(super) const CONSUMER: ArnForm = ArnForm {
    pattern: "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
    fits: is_consumer,
};

/// Longest ARN, characters.
pub(super) const ARN_CHARS_MAX: usize = 2_048;

impl ArnForm {
    /// What stands behind the account in an ARN of this form; `None` when it is of another one. In a
    /// text that has too many characters for any nothing is looked for.
    pub(super) fn resource(self, text: &str) -> Option<&str> {
        if text.len() > 4 * ARN_CHARS_MAX {
            return Some("");
        }
        rests(text).find(|rest| (self.fits)(rest))
    }
}

/// All that stands behind `arn:aws.*:kinesis:.*:\d{12}:`, which may be found in several places.
fn rests(text: &str) -> impl Iterator<Item = &str> {
    let service = text.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":kinesis:"));
    let rest = service.map_or("", |(_, rest)| rest);
    rest.match_indices(':').filter_map(move |(at, _)| behind_account(&rest[at + 1..]))
}

fn behind_account(text: &str) -> Option<&str> {
    let (account, rest) = text.split_at_checked(12)?;
    if is_number(account) { rest.strip_prefix(':') } else { None }
}

fn is_stream(rest: &str) -> bool {
    rest.strip_prefix("stream/").is_some_and(is_dense)
}

fn is_resource(rest: &str) -> bool {
    let is_behind = |word: &str| {
        rest.match_indices(word).any(|(at, found)| is_dense(&rest[at + found.len()..]))
    };
    ["stream/", "channel/", "queue/"].into_iter().any(is_behind)
}

fn is_consumer(rest: &str) -> bool {
    let parts = || {
        let (rest, created) = rest.rsplit_once(':')?;
        let (rest, consumer) = rest.rsplit_once("/consumer/")?;
        let (_, stream) = rest.rsplit_once("stream/")?;
        Some((stream, consumer, created))
    };
    parts().is_some_and(|(stream, consumer, created)| {
        is_name(stream) && is_name(consumer) && is_number(created)
    })
}

/// Is it `\S+`?
fn is_dense(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_ascii_whitespace())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Is it `[a-zA-Z0-9_.-]+`?
pub(super) fn is_name(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !text.is_empty() && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_the_form_that_the_model_says() {
        let account = "arn:aws-cn:kinesis:cn-north-1:123456789012:";
        for (rest, of) in [
            ("stream/a", "sr"),
            ("stream/a/consumer/b:7", "src"),
            ("stream/a/consumer/b", "sr"),
            ("stream/a/consumer/b:x", "sr"),
            ("stream/a/consumer/:7", "sr"),
            ("xstream/a/consumer/b:7", "rc"),
            ("xstream/a", "r"),
            ("queue/a", "r"),
            ("channel/a", "r"),
            ("123456789012:stream/a", "sr"),
            ("stream/", ""),
            ("stream/a b", ""),
            ("table/a", ""),
            ("", ""),
        ] {
            let arn = format!("{account}{rest}");
            let fits = |form: ArnForm| form.resource(&arn).is_some();
            let found = [("s", STREAM), ("r", RESOURCE), ("c", CONSUMER)];
            let found: String =
                found.into_iter().filter(|(_, form)| fits(*form)).map(|(name, _)| name).collect();
            assert_eq!(found, of, "{arn}");
        }
        for (arn, is) in [
            ("arn:aws:kinesis::123456789012:stream/a", true),
            ("arn:aws:kinesis:a:b:123456789012:stream/a", true),
            ("arn:aws:kinesis:a:12345678901:stream/a", false),
            ("arn:aws:kinesis:a:1234567890123:stream/a", false),
            ("arn:aws:dynamodb:a:123456789012:stream/a", false),
            ("arn:other:kinesis:a:123456789012:stream/a", false),
            ("stream/a", false),
        ] {
            assert_eq!(STREAM.resource(arn).is_some(), is, "{arn}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_looked_through() {
        let long = ":123456789012:stream/ ".repeat(1_000_000);
        assert_eq!(STREAM.resource(&long), Some(""));
    }
}
