//! Lists that are told page by page, and the token that asks for the next page.

use thiserror::Error;

use crate::model::limits::NEXT_TOKEN_LIFETIME_MS;
use crate::model::{ConsumerName, Millis, ShardFilter, ShardId, StreamName};
use crate::rules::token;

/// What is listed, and behind what the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Streams of the account.
    Streams {
        /// The last one of the page before.
        after: StreamName,
    },
    /// Shards of a stream.
    Shards {
        /// The stream.
        stream: StreamName,
        /// When it was created: a later one of its name is another.
        created: Millis,
        /// Which of them.
        filter: ShardFilter,
        /// The last one of the page before.
        after: ShardId,
    },
    /// Registered consumers of a stream.
    Consumers {
        /// The stream.
        stream: StreamName,
        /// The last one of the page before.
        after: ConsumerName,
    },
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NextTokenError {
    /// It is not one of ours, or of another list.
    #[error("Invalid NextToken.")]
    Invalid,
    /// It is older than five minutes.
    #[error("The pagination token passed to the operation is expired.")]
    Expired,
}

/// First bytes of a token: what it is, and its version.
const HEAD: [u8; 2] = [b'P', 2];

impl Page {
    /// The token of the page that begins there: head, time of issue, and the words of the page
    /// apart by slashes.
    #[must_use]
    pub fn token(&self, now: Millis) -> String {
        let words = self.words().join("/");
        token::seal([&HEAD, &now.0.to_be_bytes()[..], words.as_bytes()].concat())
    }

    /// Reads a token back.
    ///
    /// # Errors
    /// When it is none, or too old.
    pub fn of(token: &str, now: Millis) -> Result<Self, NextTokenError> {
        let (issued, page) = read(token).ok_or(NextTokenError::Invalid)?;
        if now.since(issued) > NEXT_TOKEN_LIFETIME_MS {
            return Err(NextTokenError::Expired);
        }
        Ok(page)
    }

    fn words(&self) -> Vec<String> {
        match self {
            Self::Streams { after } => vec!["streams".to_owned(), after.to_string()],
            Self::Consumers { stream, after } => {
                vec!["consumers".to_owned(), stream.to_string(), after.to_string()]
            }
            Self::Shards { stream, created, filter, after } => {
                let (kind, value) = filter_words(*filter);
                let (created, after) = (created.0.to_string(), after.0.to_string());
                vec![
                    "shards".to_owned(),
                    stream.to_string(),
                    created,
                    after,
                    kind.to_owned(),
                    value,
                ]
            }
        }
    }

    fn from_words(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["streams", after] => Self::Streams { after: StreamName::new(after).ok()? },
            ["consumers", stream, after] => Self::Consumers {
                stream: StreamName::new(stream).ok()?,
                after: ConsumerName::new(after).ok()?,
            },
            ["shards", stream, created, after, kind, value] => Self::Shards {
                stream: StreamName::new(stream).ok()?,
                created: Millis(created.parse().ok()?),
                filter: filter_of(kind, value.parse().ok()?)?,
                after: ShardId(after.parse().ok()?),
            },
            _ => return None,
        })
    }
}

fn filter_words(filter: ShardFilter) -> (&'static str, String) {
    let value = match filter {
        ShardFilter::AfterShardId(shard) => u64::from(shard.0),
        ShardFilter::AtTimestamp(at) | ShardFilter::FromTimestamp(at) => at.0,
        ShardFilter::AtTrimHorizon | ShardFilter::FromTrimHorizon | ShardFilter::AtLatest => 0,
    };
    (filter.word(), value.to_string())
}

fn filter_of(kind: &str, value: u64) -> Option<ShardFilter> {
    [
        ShardFilter::AfterShardId(ShardId(u32::try_from(value).unwrap_or(u32::MAX))),
        ShardFilter::AtTrimHorizon,
        ShardFilter::FromTrimHorizon,
        ShardFilter::AtLatest,
        ShardFilter::AtTimestamp(Millis(value)),
        ShardFilter::FromTimestamp(Millis(value)),
    ]
    .into_iter()
    .find(|filter| filter.word() == kind)
}

fn read(token: &str) -> Option<(Millis, Page)> {
    let bytes = token::open(token)?;
    let (issued, words) = bytes.strip_prefix(&HEAD)?.split_first_chunk()?;
    let words: Vec<&str> = std::str::from_utf8(words).ok()?.split('/').collect();
    // What reads the same and is written otherwise is not ours.
    let page = Page::from_words(&words).filter(|page| page.words() == words)?;
    Some((Millis(u64::from_be_bytes(*issued)), page))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn stream() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    fn pages() -> Vec<Page> {
        let shards =
            |filter| Page::Shards { stream: stream(), created: NOW, filter, after: ShardId(9) };
        let after = ConsumerName::new("audit").expect("it is a name");
        let mut pages =
            vec![Page::Streams { after: stream() }, Page::Consumers { stream: stream(), after }];
        pages.extend(
            [
                ShardFilter::AfterShardId(ShardId(7)),
                ShardFilter::AtTrimHorizon,
                ShardFilter::FromTrimHorizon,
                ShardFilter::AtLatest,
                ShardFilter::AtTimestamp(NOW),
                ShardFilter::FromTimestamp(NOW),
            ]
            .map(shards),
        );
        pages
    }

    #[test]
    fn a_token_is_good_for_five_minutes_and_not_a_millisecond_more() {
        for page in pages() {
            let token = page.token(NOW);
            assert_eq!(Page::of(&token, NOW.plus(300_000)), Ok(page));
            assert_eq!(Page::of(&token, NOW.plus(300_001)), Err(NextTokenError::Expired));
        }
    }

    #[test]
    fn a_token_that_was_altered_anywhere_is_refused() {
        for page in pages() {
            let token = page.token(NOW);
            for at in 0..token.len() {
                let altered = format!("{}{}{}", &token[..at], '!', &token[at + 1..]);
                assert_eq!(Page::of(&altered, NOW), Err(NextTokenError::Invalid));
                assert_eq!(Page::of(&token[..at], NOW), Err(NextTokenError::Invalid));
            }
        }
        for words in [
            "",
            "streams",
            "streams/a b",
            "shards/o/1/2/AT_LATEST",
            "shards/o/01/2/AT_LATEST/0",
            "shards/o/1/2/X/0",
        ] {
            let sealed = token::seal([&HEAD, &NOW.0.to_be_bytes()[..], words.as_bytes()].concat());
            assert_eq!(Page::of(&sealed, NOW), Err(NextTokenError::Invalid), "{words}");
        }
    }
}
