//! Tags and policies of streams and registered consumers.

use super::consumers::registered;
use super::*;
use crate::api::{AddTags, LabelOperation, ListTags, PutPolicy, RemoveTags, Tags, TagsPage};
use crate::model::Resource;

const NOW: Millis = T0.plus(2_000);

fn orders() -> Resource {
    Resource::Stream(name())
}

pub(super) fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn add(resource: &Resource, pairs: &[(&str, &str)]) -> Operation {
    let add = AddTags { resource: resource.clone(), tags: tags(pairs) };
    LabelOperation::TagResource(add).into()
}

fn remove(resource: &Resource, keys: &[&str]) -> Operation {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    LabelOperation::UntagResource(RemoveTags { resource: resource.clone(), keys }).into()
}

fn put_policy(resource: &Resource, policy: &str) -> Operation {
    let put = PutPolicy { resource: resource.clone(), policy: policy.to_owned() };
    LabelOperation::PutResourcePolicy(put).into()
}

fn page(engine: &mut Engine, operation: impl Into<Operation>) -> Result<TagsPage, &'static str> {
    match engine.handle(NOW, &operation.into()) {
        Ok(Answer::Tags(page)) => Ok(page),
        Ok(other) => panic!("tags were asked for: {other:?}"),
        Err(error) => Err(error.code()),
    }
}

fn listed(engine: &mut Engine, resource: &Resource) -> String {
    let page = page(engine, LabelOperation::ListTagsForResource(resource.clone()));
    let tags = page.expect("it is there").tags;
    tags.iter().map(|(key, value)| format!("{key}={value} ")).collect()
}

fn policy(engine: &mut Engine, resource: &Resource) -> String {
    match engine.handle(NOW, &LabelOperation::GetResourcePolicy(resource.clone()).into()) {
        Ok(Answer::Policy(policy)) => policy,
        other => panic!("a policy was asked for: {other:?}"),
    }
}

fn refused(engine: &mut Engine, operation: &Operation) -> (&'static str, String) {
    let error = engine.handle(NOW, operation).expect_err("it is against the law");
    (error.code(), error.to_string())
}

#[test]
fn streams_and_consumers_have_tags_of_their_own() {
    let mut engine = engine(1);
    let (arn, _) = registered(&mut engine, T0.plus(1_000), "audit");
    for resource in [orders(), Resource::Consumer(arn)] {
        assert_eq!(listed(&mut engine, &resource), "");
        engine.handle(NOW, &add(&resource, &[("team", "shop"), ("a", "1")])).expect("they fit");
        engine.handle(NOW, &add(&resource, &[("a", "2")])).expect("a new value is no new tag");
        assert_eq!(listed(&mut engine, &resource), "a=2 team=shop ");
        engine.handle(NOW, &remove(&resource, &["a", "nothing"])).expect("they are keys");
        assert_eq!(listed(&mut engine, &resource), "team=shop ");
        let full: Vec<String> = (0..50).map(|n| format!("key-{n}")).collect();
        let full: Vec<(&str, &str)> = full.iter().map(|key| (key.as_str(), "")).collect();
        let (code, why) = refused(&mut engine, &add(&resource, &full));
        assert_eq!(code, "InvalidArgumentException");
        assert!(why.contains("cannot have more than 50 tags"), "{why}");
        let (code, why) = refused(&mut engine, &remove(&resource, &["aws:x"]));
        assert_eq!(code, "InvalidArgumentException");
        let noun = resource.noun();
        assert!(why.starts_with(&format!("Failed to remove tags from {noun} under")), "{why}");
    }
}

#[test]
fn tags_of_a_stream_are_listed_page_by_page() {
    let mut engine = engine(1);
    let add = AddTags { resource: orders(), tags: tags(&[("a", ""), ("b", ""), ("c", "")]) };
    engine.handle(NOW, &LabelOperation::AddTagsToStream(add).into()).expect("they fit");
    let mut list = |after: Option<&str>, limit| {
        let list = ListTags { stream: name(), after: after.map(str::to_owned), limit };
        let page = page(&mut engine, LabelOperation::ListTagsForStream(list))?;
        let keys: String = page.tags.iter().map(|(key, _)| key.as_str()).collect();
        Ok((keys, page.has_more))
    };
    for (after, limit, expected) in [
        (None, None, Ok(("abc".to_owned(), false))),
        (None, Some(2), Ok(("ab".to_owned(), true))),
        (Some("b"), Some(2), Ok(("c".to_owned(), false))),
        (Some("bb"), None, Ok(("c".to_owned(), false))),
        (Some("c"), None, Ok((String::new(), false))),
        (None, Some(0), Err("ValidationException")),
        (None, Some(51), Err("ValidationException")),
        (Some(""), None, Err("ValidationException")),
    ] {
        assert_eq!(list(after, limit), expected, "{after:?} {limit:?}");
    }
    let remove = RemoveTags { resource: orders(), keys: vec!["b".into()] };
    engine.handle(NOW, &LabelOperation::RemoveTagsFromStream(remove).into()).expect("it is a key");
    assert_eq!(listed(&mut engine, &orders()), "a= c= ");
}

#[test]
fn a_policy_is_a_json_object_that_is_kept_and_told() {
    let mut engine = engine(1);
    let (arn, _) = registered(&mut engine, T0.plus(1_000), "audit");
    for resource in [orders(), Resource::Consumer(arn)] {
        let delete: Operation = LabelOperation::DeleteResourcePolicy(resource.clone()).into();
        let none = format!("No resource policy found for resource ARN {resource}.");
        assert_eq!(refused(&mut engine, &delete), ("ResourceNotFoundException", none));
        assert_eq!(policy(&mut engine, &resource), "{}");
        let text = r#"{"Version":"2012-10-17","Statement":[]}"#;
        engine.handle(NOW, &put_policy(&resource, text)).expect("it is one");
        assert_eq!(policy(&mut engine, &resource), text);
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(20_480));
        for wrong in ["", "[]", "7", "{", &long] {
            let (code, _) = refused(&mut engine, &put_policy(&resource, wrong));
            assert_eq!(code, "InvalidArgumentException", "{wrong}");
        }
        assert_eq!(policy(&mut engine, &resource), text);
        engine.handle(NOW, &delete).expect("there is one");
        assert_eq!(policy(&mut engine, &resource), "{}");
    }
}

#[test]
fn labels_of_what_is_not_there_are_refused() {
    let mut engine = engine(1);
    let (arn, _) = registered(&mut engine, T0.plus(1_000), "audit");
    let gone = crate::model::ConsumerArn { created_s: arn.created_s + 1, ..arn };
    let other = Resource::Stream(StreamName::new("clicks").expect("it is a name"));
    for (resource, sentence) in [
        (Resource::Consumer(gone), "Consumer audit, account 000000000000 not found."),
        (other, "Stream clicks under account 000000000000 not found."),
    ] {
        for operation in [
            add(&resource, &[("a", "1")]),
            remove(&resource, &["a"]),
            put_policy(&resource, "{}"),
            LabelOperation::ListTagsForResource(resource.clone()).into(),
            LabelOperation::GetResourcePolicy(resource.clone()).into(),
            LabelOperation::DeleteResourcePolicy(resource.clone()).into(),
        ] {
            let told = ("ResourceNotFoundException", sentence.to_owned());
            assert_eq!(refused(&mut engine, &operation), told);
        }
        let (code, _) = refused(&mut engine, &add(&resource, &[]));
        assert_eq!(code, "ValidationException", "what is wrong in itself is told first");
    }
}

#[test]
fn a_stream_and_a_consumer_are_made_with_their_tags() {
    let mut engine = Engine::in_memory(EngineOptions::default());
    let mut create = crate::api::CreateStream::provisioned(name(), 1, Level::Memory);
    create.tags = tags(&[("a;b", "")]);
    let (code, _) = refused(&mut engine, &Operation::CreateStream(create.clone()));
    assert_eq!(code, "InvalidArgumentException");
    create.tags = tags(&[("team", "shop")]);
    engine.handle(NOW, &Operation::CreateStream(create)).expect("they are tags");
    assert_eq!(listed(&mut engine, &orders()), "team=shop ");
    engine.advance(NOW.plus(500));
    let consumer = crate::model::ConsumerName::new("audit").expect("it is a name");
    let register = crate::api::RegisterStreamConsumer {
        stream: name(),
        consumer,
        tags: tags(&[("team", "ops")]),
    };
    let made = engine.handle(NOW.plus(500), &Operation::RegisterStreamConsumer(register));
    let Ok(Answer::Consumer(made)) = made else { panic!("{made:?}") };
    let arn = Resource::Consumer(made.arn);
    let tags = engine.handle(NOW.plus(500), &LabelOperation::ListTagsForResource(arn).into());
    let Ok(Answer::Tags(tags)) = tags else { panic!("{tags:?}") };
    assert_eq!(tags.tags, [("team".to_owned(), "ops".to_owned())]);
}
