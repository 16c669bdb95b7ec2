//! The life of registered consumers.

use super::*;
use crate::api::{ConsumerDescription, ConsumerPage, ConsumerRef, ListStreamConsumers};
use crate::api::{RegisterStreamConsumer, SetRetention};
use crate::model::{ConsumerArn, ConsumerName, ConsumerStatus};

pub(super) fn consumer(text: &str) -> ConsumerName {
    ConsumerName::new(text).expect("it is a name")
}

pub(super) fn register(
    engine: &mut Engine,
    now: Millis,
    text: &str,
) -> Result<ConsumerDescription, ApiError> {
    let register = RegisterStreamConsumer {
        stream: name(),
        consumer: consumer(text),
        tags: crate::api::Tags::new(),
    };
    match engine.handle(now, &Operation::RegisterStreamConsumer(register))? {
        Answer::Consumer(description) => Ok(description),
        other => panic!("a consumer was registered, not {other:?}"),
    }
}

/// A consumer that may subscribe, and when.
pub(super) fn registered(engine: &mut Engine, now: Millis, text: &str) -> (ConsumerArn, Millis) {
    let arn = register(engine, now, text).expect("there is room").arn;
    engine.advance(now.plus(500));
    (arn, now.plus(500))
}

pub(super) fn deregister(engine: &mut Engine, now: Millis, arn: &ConsumerArn) {
    let which = ConsumerRef::Arn(arn.clone());
    engine.handle(now, &Operation::DeregisterStreamConsumer(which)).expect("it is there");
}

fn describe(
    engine: &mut Engine,
    now: Millis,
    which: ConsumerRef,
) -> Result<ConsumerDescription, ApiError> {
    match engine.handle(now, &Operation::DescribeStreamConsumer(which))? {
        Answer::Consumer(description) => Ok(description),
        other => panic!("a consumer was described, not {other:?}"),
    }
}

fn list(
    engine: &mut Engine,
    now: Millis,
    list: ListStreamConsumers,
) -> Result<ConsumerPage, ApiError> {
    match engine.handle(now, &Operation::ListStreamConsumers(list))? {
        Answer::Consumers(page) => Ok(page),
        other => panic!("consumers were listed, not {other:?}"),
    }
}

fn named(text: &str) -> ConsumerRef {
    ConsumerRef::Name { stream: name(), consumer: consumer(text) }
}

const ALL: fn() -> ListStreamConsumers = || ListStreamConsumers {
    stream: name(),
    stream_created: None,
    max_results: None,
    next_token: None,
};

#[test]
fn a_consumer_is_creating_then_active_then_deleting_then_gone() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    let made = register(&mut engine, now, "audit").expect("there is room");
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit:1700000002";
    assert_eq!((made.arn.to_string(), made.created), (arn.to_owned(), now));
    assert_eq!(made.status, ConsumerStatus::Creating);
    assert!(engine.next_deadline().is_some_and(|at| at <= now.plus(500)));
    engine.advance(now.plus(500));
    let by_arn = ConsumerRef::Arn(made.arn.clone());
    for which in [by_arn.clone(), named("audit")] {
        let found = describe(&mut engine, now.plus(500), which).expect("it is there");
        assert_eq!(found, ConsumerDescription { status: ConsumerStatus::Active, ..made.clone() });
    }
    deregister(&mut engine, now.plus(600), &made.arn);
    let going = describe(&mut engine, now.plus(600), by_arn.clone()).expect("it is going");
    assert_eq!(going.status, ConsumerStatus::Deleting);
    engine.advance(now.plus(1_100));
    let gone = describe(&mut engine, now.plus(1_100), by_arn).expect_err("it is gone");
    let sentence = "Consumer audit, account 000000000000 not found.";
    assert_eq!(gone, ApiError::ResourceNotFound(sentence.into()));
    // A later one of that name is another.
    let later = register(&mut engine, now.plus(2_000), "audit").expect("the name is free");
    assert!(describe(&mut engine, now.plus(2_000), ConsumerRef::Arn(made.arn)).is_err());
    assert!(describe(&mut engine, now.plus(2_000), ConsumerRef::Arn(later.arn)).is_ok());
}

#[test]
fn a_stream_has_so_many_consumers_and_makes_so_many_at_once() {
    let mut engine = engine(1);
    let mut now = T0.plus(2_000);
    for n in 0..20 {
        if n % 5 == 0 {
            now = now.plus(500);
            engine.advance(now);
        }
        register(&mut engine, now, &format!("c{n}")).expect("there is room");
        if n % 5 == 4 && n < 19 {
            let sixth = register(&mut engine, now, "more").expect_err("five are CREATING");
            assert_eq!(sixth.code(), "LimitExceededException");
        }
    }
    engine.advance(now.plus(500));
    let error = register(&mut engine, now.plus(500), "more").expect_err("there are twenty");
    assert!(error.to_string().contains("more than 20 consumers"), "{error}");
    let twin = register(&mut engine, now.plus(500), "c7").expect_err("the name is taken");
    assert_eq!(twin.code(), "ResourceInUseException");
    let mut free = Engine::in_memory(EngineOptions {
        quotas: crate::model::Quotas::OFF,
        ..EngineOptions::default()
    });
    create(&mut free, 1, Level::Memory);
    (0..60).for_each(|n| drop(register(&mut free, T0.plus(1_000), &format!("c{n}")).expect("off")));
}

#[test]
fn consumers_are_listed_page_by_page() {
    let mut engine = engine(1);
    let now = T0.plus(2_000);
    for text in ["e", "a", "d", "b", "c"] {
        register(&mut engine, now, text).expect("there is room");
    }
    let mut token = None;
    let mut seen = Vec::new();
    for expected in [2, 2, 1] {
        let page = ListStreamConsumers { max_results: Some(2), next_token: token, ..ALL() };
        let page = list(&mut engine, now, page).expect("the token is good");
        assert_eq!(page.consumers.len(), expected);
        seen.extend(page.consumers.iter().map(|found| found.arn.consumer.to_string()));
        token = page.next_token;
    }
    assert_eq!((seen.concat(), token), ("abcde".to_owned(), None));
    let page = ListStreamConsumers { max_results: Some(1), ..ALL() };
    let token = list(&mut engine, now, page).expect("it is there").next_token;
    let late = ListStreamConsumers { next_token: token, ..ALL() };
    let error = list(&mut engine, now.plus(300_001), late).expect_err("it is old");
    assert_eq!(error.code(), "ExpiredNextTokenException");
    let now = now.plus(300_001);
    for (wrong, code) in [
        (ListStreamConsumers { max_results: Some(0), ..ALL() }, "ValidationException"),
        (ListStreamConsumers { max_results: Some(10_001), ..ALL() }, "ValidationException"),
        (ListStreamConsumers { next_token: Some("x".into()), ..ALL() }, "InvalidArgumentException"),
        (
            ListStreamConsumers { stream_created: Some(T0.plus(9_000)), ..ALL() },
            "ResourceNotFoundException",
        ),
    ] {
        assert_eq!(list(&mut engine, now, wrong).expect_err("it is wrong").code(), code);
    }
    let right = ListStreamConsumers { stream_created: Some(T0), ..ALL() };
    assert_eq!(list(&mut engine, now, right).expect("it is that stream").consumers.len(), 5);
}

/// "If you specify a value greater than 100, at most 100 results are returned."
#[test]
fn a_page_of_consumers_holds_a_hundred() {
    let quotas = crate::model::Quotas::OFF;
    let mut engine = Engine::in_memory(EngineOptions { quotas, ..EngineOptions::default() });
    create(&mut engine, 1, Level::Memory);
    let now = T0.plus(1_000);
    (0..101).for_each(|n| drop(register(&mut engine, now, &format!("c{n}")).expect("off")));
    for max_results in [None, Some(10_000)] {
        let page = list(&mut engine, now, ListStreamConsumers { max_results, ..ALL() });
        let page = page.expect("it is there");
        assert_eq!((page.consumers.len(), page.next_token.is_some()), (100, true));
    }
}

/// ResourceInUse is no error of DeregisterStreamConsumer.
#[test]
fn a_consumer_of_a_stream_that_is_going_is_not_found() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    engine.handle(now, &delete(ConsumerDeletion::Enforced)).expect("its consumers go with it");
    let operation = Operation::DeregisterStreamConsumer(ConsumerRef::Arn(arn));
    let refused = engine.handle(now, &operation).expect_err("the stream is going");
    let sentence = "Stream orders under account 000000000000 not found.";
    assert_eq!(refused, ApiError::ResourceNotFound(sentence.into()));
}

#[test]
fn a_stream_with_consumers_is_not_deleted() {
    let mut engine = engine(1);
    let (arn, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let refused =
        engine.handle(now, &delete(ConsumerDeletion::Refused)).expect_err("it has a consumer");
    assert_eq!(refused.code(), "ResourceInUseException");
    assert_eq!(engine.description(&name()).expect("it is there").consumers, 1);
    deregister(&mut engine, now, &arn);
    assert!(
        engine.handle(now, &delete(ConsumerDeletion::Refused)).is_err(),
        "its consumer is not gone yet"
    );
    engine.advance(now.plus(500));
    engine.handle(now.plus(500), &delete(ConsumerDeletion::Refused)).expect("its consumer is gone");
}

#[test]
fn a_stream_takes_its_consumers_with_it_when_that_is_asked_for() {
    let mut engine = engine(1);
    let (_, now) = registered(&mut engine, T0.plus(2_000), "audit");
    let delete = delete(ConsumerDeletion::Enforced);
    engine.handle(now, &delete).expect("its consumers go with it");
    engine.advance(now.plus(500));
    assert!(describe(&mut engine, now.plus(500), named("audit")).is_err());
}

#[test]
fn consumers_outlive_the_process_and_those_that_went_do_not() {
    let disk = MemStorage::new();
    let open = |disk: MemStorage| {
        Engine::open(T0, Box::new(disk), EngineOptions::default()).expect("it opens").0
    };
    let mut first = open(disk.clone());
    create(&mut first, 1, Level::Process);
    let now = T0.plus(2_000);
    let kept = register(&mut first, now, "kept").expect("there is room");
    let (gone, now) = registered(&mut first, now, "gone");
    deregister(&mut first, now, &gone);
    let mut again = open(disk.copy());
    let page = list(&mut again, now, ALL()).expect("it is there");
    let active = ConsumerDescription { status: ConsumerStatus::Active, ..kept.clone() };
    assert_eq!(page.consumers, [active]);
    // What cannot be kept did not happen.
    disk.set_room(Some(0));
    let failed = register(&mut first, now, "new").expect_err("the disk is full");
    assert_eq!(failed.code(), "InternalFailureException");
    let which = ConsumerRef::Arn(kept.arn.clone());
    assert!(first.handle(now, &Operation::DeregisterStreamConsumer(which.clone())).is_err());
    let found = describe(&mut first, now, which).expect("it stays");
    assert_eq!(found.status, ConsumerStatus::Active);
    assert!(describe(&mut first, now, named("new")).is_err());
    disk.set_room(None);
    let retention = SetRetention { stream: name(), retention_ms: 90_000_000 };
    first.handle(now, &Operation::SetRetention(retention)).expect("there is room again");
}
