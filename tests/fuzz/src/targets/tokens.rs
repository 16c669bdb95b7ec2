//! Texts that clients carry about: iterators, page tokens, sequence numbers, keys, names.
//!
//! The first byte of an input says what the rest is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use watershed::model::{
    ConsumerArn, ConsumerName, HashKey, Level, Millis, PartName, ReaderId, SequenceNumber, ShardId,
    ShardIterator, StreamName,
};
use watershed::rules::iterator;
use watershed::rules::page::Page;

use super::{Target, choice, text_of};

pub(super) const TARGET: Target = Target {
    name: "tokens",
    check,
    seeds,
    words: &["shardId-", "0x", "arn:aws:kinesis:", ":stream/", "/consumer/", "$", "_"],
};

const NOW: Millis = Millis(1_700_000_000_000);

fn check(input: &[u8]) {
    let (kind, rest) = choice(input);
    match kind % 7 {
        0 => iterator_of(text_of(rest)),
        1 => iterator_of(&sealed(rest)),
        2 => page_of(text_of(rest)),
        3 => page_of(&sealed(rest)),
        4 => number_of(text_of(rest)),
        5 => names_of(text_of(rest)),
        _ => numbers_back(rest),
    }
}

/// A token with a checksum that fits.
fn sealed(bytes: &[u8]) -> String {
    STANDARD.encode([bytes, &crc32fast::hash(bytes).to_be_bytes()].concat())
}

fn iterator_of(text: &str) {
    if let Ok(found) = iterator::decode(text) {
        assert_eq!(iterator::encode(&found), text);
        assert!(text.len() <= 512);
    }
}

fn page_of(text: &str) {
    if let Ok(found) = Page::of(text, NOW) {
        assert_eq!(Page::of(&found.token(NOW), NOW), Ok(found));
    }
}

fn number_of(text: &str) {
    if let Some(number) = SequenceNumber::parse(text) {
        assert_eq!(SequenceNumber::parse(&number.to_string()), Some(number));
        assert_eq!(number.to_string(), text.trim_start_matches('0'));
    }
    if let Some(key) = HashKey::parse(text) {
        assert_eq!(HashKey::parse(&key.to_string()), Some(key));
        assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'x'), "{text}");
    }
    if let Some(shard) = ShardId::parse(text) {
        assert_eq!(ShardId::parse(&shard.to_string()), Some(shard));
        assert_eq!(ShardId::parse(&shard.short()), Some(shard));
    }
}

fn names_of(text: &str) {
    if let Ok(name) = StreamName::new(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(name) = PartName::new(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(name) = ConsumerName::new(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Some(arn) = ConsumerArn::parse(text) {
        assert_eq!(arn.to_string(), text);
    }
    if let Some(level) = Level::parse(text) {
        assert_eq!(level.word(), text);
    }
}

/// Numbers in the order of their parts are numbers in order.
fn numbers_back(bytes: &[u8]) {
    let Some(([a, b, c, rest @ ..], _)) = bytes.split_first_chunk::<24>() else { return };
    let word = |at: usize| u64::from_le_bytes(rest[at..at + 8].try_into().expect("eight bytes"));
    let first =
        SequenceNumber::first(ShardId(u32::from_le_bytes([*a, *b, *c, 0])), Millis(word(0)));
    let number = first.nth(word(8) >> 1, Millis(word(0).wrapping_add(word(13))));
    let next =
        first.nth(number.index.saturating_add(1), Millis(u64::from(number.record_s) * 1_000));
    let written = number.to_string();
    assert_eq!(SequenceNumber::parse(&written), Some(number), "{written}");
    assert_eq!(written.len(), 56);
    if next.index > number.index {
        assert!(written < next.to_string(), "{written} is not below {next}");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let stream = StreamName::new("orders").expect("it is a name");
    let consumer = ConsumerName::new("audit").expect("it is a name");
    let token = iterator::encode(&ShardIterator {
        stream: stream.clone(),
        stream_created: NOW,
        shard: ShardId(3),
        next_index: 77,
        issued: NOW,
        reader: ReaderId(5),
    });
    let arn = ConsumerArn::new(&stream, &consumer, NOW).to_string();
    let page = Page::Consumers { stream, after: consumer }.token(NOW);
    let number = SequenceNumber::first(ShardId(3), NOW).nth(9, NOW);
    let unsealed = |text: &str| {
        let mut bytes = STANDARD.decode(text).expect("it is base64");
        bytes.truncate(bytes.len() - 4);
        bytes
    };
    let texts: [(u8, &[u8]); 9] = [
        (0, token.as_bytes()),
        (1, &unsealed(&token)),
        (2, page.as_bytes()),
        (3, &unsealed(&page)),
        (4, &number.to_string().into_bytes()),
        (4, b"0x80"),
        (4, b"shardId-000000000003"),
        (5, arn.as_bytes()),
        (6, &[7; 40]),
    ];
    texts.iter().map(|(kind, rest)| [&[*kind], *rest].concat()).collect()
}
