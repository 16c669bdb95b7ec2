//! Describing and listing, page by page.

use super::*;
use crate::api::{DescribeStream, ListShards, ListStreams, ShardsPage, StreamsPage};
use crate::model::{Quotas, ShardFilter, StreamMode};

const NOW: Millis = T0.plus(2_000);

fn with_streams(names: &[&str]) -> Engine {
    let options = EngineOptions { quotas: Quotas::OFF, ..EngineOptions::default() };
    let mut engine = Engine::in_memory(options);
    for name in names {
        let name = StreamName::new(name).expect("it is a name");
        let create = crate::api::CreateStream::provisioned(name, 1, Level::Memory);
        engine.handle(T0, &Operation::CreateStream(create)).expect("the name is free");
    }
    engine.advance(T0.plus(1_000));
    engine
}

fn streams(engine: &mut Engine, now: Millis, list: ListStreams) -> Result<StreamsPage, ApiError> {
    match engine.handle(now, &Operation::ListStreams(list))? {
        Answer::Streams(page) => Ok(page),
        other => panic!("streams were listed, not {other:?}"),
    }
}

fn names(page: &StreamsPage) -> Vec<&str> {
    page.streams.iter().map(|stream| stream.name.as_str()).collect()
}

fn shards(engine: &mut Engine, now: Millis, list: ListShards) -> Result<ShardsPage, ApiError> {
    match engine.handle(now, &Operation::ListShards(list))? {
        Answer::Shards(page) => Ok(page),
        other => panic!("shards were listed, not {other:?}"),
    }
}

fn ids(page: &ShardsPage) -> Vec<u32> {
    page.shards.iter().map(|shard| shard.shard.0).collect()
}

fn all() -> ListShards {
    ListShards::of(name())
}

#[test]
fn streams_are_listed_page_by_page_behind_a_name_or_a_token() {
    let mut engine = with_streams(&["d", "a", "c", "b"]);
    let first = ListStreams { limit: Some(3), ..ListStreams::default() };
    let page = streams(&mut engine, NOW, first).expect("it is a page");
    assert_eq!(names(&page), ["a", "b", "c"]);
    let token = page.next_token.expect("there is more");
    let next = ListStreams { next_token: Some(token.clone()), ..ListStreams::default() };
    let page = streams(&mut engine, NOW, next.clone()).expect("the token is good");
    assert_eq!((names(&page), page.next_token.is_none()), (vec!["d"], true));
    assert_eq!(page.streams[0].mode, StreamMode::Provisioned);
    let after = StreamName::new("bb").expect("it is a name");
    let behind = ListStreams { after: Some(after), ..ListStreams::default() };
    assert_eq!(names(&streams(&mut engine, NOW, behind).expect("it is a page")), ["c", "d"]);
    let late = streams(&mut engine, NOW.plus(300_001), next).expect_err("it is old");
    assert_eq!(late.code(), "ExpiredNextTokenException");
    let now = NOW.plus(300_001);
    for (wrong, code) in [
        (ListStreams { limit: Some(0), ..ListStreams::default() }, "ValidationException"),
        (ListStreams { limit: Some(10_001), ..ListStreams::default() }, "ValidationException"),
        (
            ListStreams { next_token: Some("x".into()), ..ListStreams::default() },
            "InvalidArgumentException",
        ),
    ] {
        assert_eq!(streams(&mut engine, now, wrong).expect_err("it is wrong").code(), code);
    }
}

#[test]
fn a_page_of_streams_holds_a_hundred() {
    let names: Vec<String> = (0..101).map(|n| format!("stream-{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut engine = with_streams(&names);
    for limit in [None, Some(10_000)] {
        let list = ListStreams { limit, ..ListStreams::default() };
        let page = streams(&mut engine, NOW, list).expect("it is a page");
        assert_eq!((page.streams.len(), page.next_token.is_some()), (100, true));
    }
}

#[test]
fn shards_are_listed_page_by_page_with_the_filter_of_the_first_page() {
    let mut engine = engine(5);
    let split = SplitShard {
        stream: name(),
        shard: ShardId(4),
        new_starting_hash_key: HashKey(u128::MAX - 9),
    };
    engine.handle(NOW, &Operation::SplitShard(split)).expect("it is active");
    let now = NOW.plus(500);
    engine.advance(now);
    let first = ListShards {
        filter: Some(ShardFilter::AtLatest),
        after: Some(ShardId(1)),
        max_results: Some(2),
        ..all()
    };
    let page = shards(&mut engine, now, first).expect("it is a page");
    assert_eq!(ids(&page), [2, 3]);
    let next = ListShards::next(page.next_token.expect("there is more"));
    let page = shards(&mut engine, now, next.clone()).expect("the token is good");
    assert_eq!((ids(&page), page.next_token), (vec![5, 6], None), "the closed one is left out");
    let two = ListShards { max_results: Some(1), ..next.clone() };
    let page = shards(&mut engine, now, two).expect("a page may have another size");
    assert_eq!((ids(&page), page.next_token.is_some()), (vec![5], true));
    let expired = shards(&mut engine, now.plus(300_001), next).expect_err("it is old");
    assert_eq!(expired.code(), "ExpiredNextTokenException");
}

#[test]
fn a_list_of_shards_is_refused_in_the_service_s_words() {
    let mut engine = engine(2);
    let one = ListShards { max_results: Some(1), ..all() };
    let token = shards(&mut engine, NOW, one).expect("it is a page").next_token;
    let next = || ListShards { next_token: token.clone(), ..ListShards::default() };
    let both = |field| format!("NextToken and {field} cannot be provided together.");
    let invalid = "InvalidArgumentException";
    let gone = "Stream orders under account 000000000000 not found.";
    for (list, code, sentence) in [
        (
            ListShards::default(),
            invalid,
            "Either NextToken or StreamName should be provided.".to_owned(),
        ),
        (ListShards { stream: Some(name()), ..next() }, invalid, both("StreamName")),
        (
            ListShards { stream_created: Some(T0), ..next() },
            invalid,
            both("StreamCreationTimestamp"),
        ),
        (ListShards { after: Some(ShardId(0)), ..next() }, invalid, both("ExclusiveStartShardId")),
        (
            ListShards { filter: Some(ShardFilter::AtLatest), ..next() },
            invalid,
            both("ShardFilter"),
        ),
        (ListShards::next("x".into()), invalid, "Invalid NextToken.".to_owned()),
        (
            ListShards { stream_created: Some(T0.plus(9_000)), ..all() },
            "ResourceNotFoundException",
            gone.to_owned(),
        ),
        (
            ListShards { max_results: Some(10_001), ..all() },
            "ValidationException",
            "1 validation error detected: Value '10001' at 'maxResults' failed to satisfy \
             constraint: Member must have value less than or equal to 10000"
                .to_owned(),
        ),
    ] {
        let error = shards(&mut engine, NOW, list).expect_err("it is wrong");
        assert_eq!((error.code(), error.to_string()), (code, sentence));
    }
    let created = ListShards { stream_created: Some(T0), ..all() };
    assert_eq!(ids(&shards(&mut engine, NOW, created).expect("it is that stream")), [0, 1]);
    // A token is for its stream, not for another of the same name.
    engine.handle(NOW, &delete(ConsumerDeletion::Refused)).expect("it is active");
    engine.advance(NOW.plus(500));
    let error = shards(&mut engine, NOW.plus(500), next()).expect_err("its stream is gone");
    assert_eq!(error.to_string(), gone);
    let create = crate::api::CreateStream::provisioned(name(), 2, Level::Memory);
    engine.handle(NOW.plus(500), &Operation::CreateStream(create)).expect("the name is free");
    let error = shards(&mut engine, NOW.plus(500), next()).expect_err("it is another stream");
    assert_eq!(error.to_string(), gone);
}

#[test]
fn a_page_of_shards_holds_a_thousand_and_a_description_a_hundred() {
    let mut engine = engine(1_001);
    for max_results in [None, Some(10_000)] {
        let list = ListShards { max_results, ..all() };
        let page = shards(&mut engine, NOW, list).expect("it is a page");
        assert_eq!((page.shards.len(), page.next_token.is_some()), (1_000, true));
    }
    let mut describe = |after, limit| {
        let describe = DescribeStream { stream: name(), after, limit };
        match engine.handle(NOW, &Operation::DescribeStream(describe)) {
            Ok(Answer::Stream(told)) => Ok((
                told.shards.len(),
                told.shards.first().map(|shard| shard.shard.0),
                told.has_more_shards,
            )),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code()),
        }
    };
    for (after, limit, expected) in [
        (None, None, Ok((100, Some(0), true))),
        (None, Some(10_000), Ok((100, Some(0), true))),
        (Some(999), None, Ok((1, Some(1_000), false))),
        (Some(899), Some(100), Ok((100, Some(900), true))),
        (Some(900), Some(100), Ok((100, Some(901), false))),
        (Some(1_000), None, Ok((0, None, false))),
        (None, Some(0), Err("ValidationException")),
        (None, Some(10_001), Err("ValidationException")),
    ] {
        assert_eq!(describe(after.map(ShardId), limit), expected, "{after:?} {limit:?}");
    }
}

#[test]
fn filters_go_by_when_shards_were_open() {
    let mut engine = engine(1);
    let split =
        SplitShard { stream: name(), shard: ShardId(0), new_starting_hash_key: HashKey(1 << 127) };
    engine.handle(NOW, &Operation::SplitShard(split)).expect("it is active");
    let at = NOW.plus(500);
    engine.advance(at);
    for (filter, expected) in [
        (ShardFilter::AtTrimHorizon, &[0][..]),
        (ShardFilter::FromTrimHorizon, &[0, 1, 2]),
        (ShardFilter::AtLatest, &[1, 2]),
        (ShardFilter::AfterShardId(ShardId(1)), &[2]),
        (ShardFilter::AtTimestamp(Millis(at.0 - 1)), &[0]),
        (ShardFilter::AtTimestamp(at.plus(1)), &[1, 2]),
        (ShardFilter::FromTimestamp(at.plus(1)), &[1, 2]),
        (ShardFilter::FromTimestamp(Millis::ZERO), &[0, 1, 2]),
    ] {
        let list = ListShards { filter: Some(filter), ..all() };
        assert_eq!(
            ids(&shards(&mut engine, at, list).expect("it is a page")),
            expected,
            "{filter:?}"
        );
    }
}
