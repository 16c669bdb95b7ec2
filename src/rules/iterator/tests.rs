//! The sentences of the reference, and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

const NOW: Millis = Millis(1_700_000_000_123);

fn name(text: &str) -> StreamName {
    StreamName::new(text).expect("it is a name")
}

fn first() -> SequenceNumber {
    SequenceNumber::first(ShardId(2), Millis(1_699_999_000_000))
}

fn raw(kind: IteratorKind, number: Option<&str>, timestamp: Option<Millis>) -> AskedPosition {
    let number = number.map(str::to_owned);
    AskedPosition::Raw(RawPosition { kind: Some(kind), number, timestamp })
}

fn ask(asked: &AskedPosition) -> Result<IteratorType, String> {
    let stream = name("orders");
    let of = AskedShard { operation: "GetShardIterator", stream: &stream, first: first() };
    position(asked, of, NOW).map_err(|error| error.to_string())
}

#[test]
fn a_position_that_fits_is_the_one_that_is_meant() {
    let number = first().nth(7, NOW);
    let text = number.to_string();
    for (asked, expected) in [
        (raw(IteratorKind::TrimHorizon, None, None), IteratorType::TrimHorizon),
        (raw(IteratorKind::Latest, None, None), IteratorType::Latest),
        (raw(IteratorKind::Latest, None, Some(NOW)), IteratorType::Latest),
        (
            raw(IteratorKind::AtSequenceNumber, Some(&text), None),
            IteratorType::AtSequenceNumber(number),
        ),
        (
            raw(IteratorKind::AfterSequenceNumber, Some(&text), None),
            IteratorType::AfterSequenceNumber(number),
        ),
        (raw(IteratorKind::AtTimestamp, None, Some(NOW)), IteratorType::AtTimestamp(NOW)),
    ] {
        assert_eq!(ask(&asked), Ok(expected));
        assert_eq!(ask(&expected.into()), Ok(expected));
    }
}

#[test]
fn a_type_and_a_number_that_do_not_fit_are_refused() {
    let text = first().to_string();
    for (kind, number, ending) in [
        (IteratorKind::AtSequenceNumber, None, "AT_SEQUENCE_NUMBER and no"),
        (IteratorKind::AfterSequenceNumber, None, "AFTER_SEQUENCE_NUMBER and no"),
        (IteratorKind::TrimHorizon, Some(&*text), "TRIM_HORIZON and also a"),
        (IteratorKind::Latest, Some(&*text), "LATEST and also a"),
        (IteratorKind::AtTimestamp, Some(&*text), "AT_TIMESTAMP and also a"),
    ] {
        let sentence = format!(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and \
             StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. \
             Request specified {ending} StartingSequenceNumber."
        );
        assert_eq!(ask(&raw(kind, number, Some(NOW))), Err(sentence));
    }
    let without = ask(&AskedPosition::Raw(RawPosition::default()));
    let sentence = "1 validation error detected: Value null at 'shardIteratorType' failed to \
                    satisfy constraint: Member must not be null";
    assert_eq!(without, Err(sentence.to_owned()));
}

#[test]
fn a_time_is_given_and_has_come() {
    let sentence = "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. \
                    Current request has no timestamp parameter.";
    assert_eq!(ask(&raw(IteratorKind::AtTimestamp, None, None)), Err(sentence.to_owned()));
    let sentence = "The timestampInMillis parameter cannot be greater than the \
                    currentTimestampInMillis. timestampInMillis: 1700000000124, \
                    currentTimestampInMillis: 1700000000123";
    let future = IteratorType::AtTimestamp(NOW.plus(1));
    assert_eq!(ask(&future.into()), Err(sentence.to_owned()));
}

#[test]
fn a_number_is_readable_and_of_that_shard_and_stream() {
    let invalid = |number: &str, why: &str| {
        format!(
            "StartingSequenceNumber {number} used in GetShardIterator on shard \
             shardId-000000000002 in stream orders under account 000000000000 is invalid{why}"
        )
    };
    for text in ["", "abc", "-5", &"9".repeat(56), &"9".repeat(130)] {
        let asked = raw(IteratorKind::AtSequenceNumber, Some(text), None);
        assert_eq!(ask(&asked), Err(invalid(text, ".")), "{text}");
    }
    let other = SequenceNumber::first(ShardId(2), Millis(1_600_000_000_000)).nth(1, NOW);
    let why = " because it did not come from this stream.";
    let shard = SequenceNumber { shard: ShardId(9), ..first() };
    let encodes = "Invalid StartingSequenceNumber. It encodes shardId-000000000009, while it was \
                   used in a call to a shard with shardId-000000000002";
    for (number, sentence) in
        [(other, invalid(&other.to_string(), why)), (shard, encodes.to_owned())]
    {
        let text = number.to_string();
        let asked = raw(IteratorKind::AfterSequenceNumber, Some(&text), None);
        assert_eq!(ask(&asked), Err(sentence.clone()));
        assert_eq!(ask(&IteratorType::AtSequenceNumber(number).into()), Err(sentence));
    }
}

/// They were refused as no numbers at all.
#[test]
fn numbers_of_old_versions_are_of_another_shard_or_stream() {
    let at = |number| ask(&raw(IteratorKind::AtSequenceNumber, Some(number), None));
    let encodes = "Invalid StartingSequenceNumber. It encodes shardId-000000000005, while it was \
                   used in a call to a shard with shardId-000000000002";
    assert_eq!(at("5"), Err(encodes.to_owned()));
    let invalid = "StartingSequenceNumber 2 used in GetShardIterator on shard \
                   shardId-000000000002 in stream orders under account 000000000000 is invalid \
                   because it did not come from this stream.";
    assert_eq!(at("2"), Err(invalid.to_owned()));
}

#[test]
fn words_of_types_are_those_of_the_wire() {
    for word in
        ["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"]
    {
        assert_eq!(IteratorKind::parse(word).map(IteratorKind::word), Some(word));
    }
    assert_eq!(IteratorKind::parse("latest"), None);
}

fn iterator(stream: &str) -> ShardIterator {
    ShardIterator {
        stream: name(stream),
        stream_created: Millis(1_690_000_000_000),
        shard: ShardId(7),
        next_index: 123_456,
        issued: Millis(1_421_889_722_000),
        reader: ReaderId(3),
    }
}

#[test]
fn an_iterator_is_good_for_five_minutes_and_not_a_millisecond_more() {
    let iterator = iterator("orders");
    assert_eq!(check_age(&iterator, iterator.issued.plus(300_000)), Ok(()));
    let expired = check_age(&iterator, iterator.issued.plus(300_001));
    assert_eq!(
        expired.expect_err("it is too old").to_string(),
        "Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 UTC 2015 while \
         right now it is Thu Jan 22 01:27:02 UTC 2015 which is further in the future than the \
         tolerated delay of 300000 milliseconds."
    );
}

#[test]
fn tokens_have_the_shape_of_the_service() {
    for length in [1, 99, 100, 115, 128] {
        let iterator = iterator(&"x".repeat(length));
        let token = encode(&iterator);
        let bytes = STANDARD.decode(&token).expect("it is base64");
        assert_eq!(bytes[..8], [0, 0, 0, 0, 0, 0, 0, 1]);
        assert!((152..=280).contains(&bytes.len()) && (bytes.len() - 8).is_multiple_of(16));
        assert!((1..=512).contains(&token.len()));
        assert_eq!(decode(&token), Ok(iterator));
    }
}

#[test]
fn a_token_that_was_altered_anywhere_is_refused() {
    let token = encode(&iterator("orders"));
    for at in 0..token.len() {
        for other in ['A', 'b', '/', '=', ' ', '\u{e9}'] {
            if !token[at..].starts_with(other) {
                let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
                assert_eq!(decode(&altered), Err(TokenError), "{other} at {at}");
            }
        }
        assert_eq!(decode(&token[..at]), Err(TokenError));
        assert_eq!(decode(&token[at + 1..]), Err(TokenError));
    }
    for wrong in ["", "x", "AAAAAAAAAAE=", &format!("{token}AAAA"), &format!("{token} ")] {
        assert_eq!(decode(wrong), Err(TokenError), "{wrong}");
    }
    assert_eq!(TokenError.to_string(), "Invalid ShardIterator.");
}

#[test]
fn a_sealed_token_of_another_version_or_shape_is_refused() {
    let bytes = token::open(&encode(&iterator("orders"))).expect("it is sealed");
    let body = &bytes[..];
    assert!(decode(&token::seal(body.to_vec())).is_ok());
    let mut version = body.to_vec();
    version[7] = 2;
    let mut padding = body.to_vec();
    *padding.last_mut().expect("it is long") = 1;
    let mut long_name = body.to_vec();
    long_name[44] = 255;
    let longer = [body, &[0; 16]].concat();
    for wrong in [version, padding, long_name, longer, Vec::new(), HEAD.to_vec()] {
        assert_eq!(decode(&token::seal(wrong)), Err(TokenError));
    }
}

proptest! {
    #[test]
    fn any_iterator_reads_back_from_its_token(
        stream in "[a-zA-Z0-9_.-]{1,128}",
        numbers in any::<(u64, u64, u64, u64)>(),
        shard in any::<u32>(),
    ) {
        let iterator = ShardIterator {
            stream: name(&stream),
            stream_created: Millis(numbers.0),
            shard: ShardId(shard),
            next_index: numbers.1,
            issued: Millis(numbers.2),
            reader: ReaderId(numbers.3),
        };
        prop_assert_eq!(decode(&encode(&iterator)), Ok(iterator));
    }

    #[test]
    fn no_text_makes_the_decoder_fail(text in "[A-Za-z0-9+/=]{0,600}") {
        prop_assert_eq!(decode(&text), Err(TokenError));
    }
}
