use super::*;
use crate::remote::tests::{Fake, client, refused};

fn orders() -> StreamName {
    StreamName::new("orders").expect("it is a name")
}

fn watcher(url: &str) -> Watcher {
    Watcher::new(client(url), 1_000, None, None)
}

#[test]
fn an_endpoint_is_silent_when_nothing_was_answered_for_seconds() {
    let why = "no".to_owned();
    let mut trouble = Trouble { why, at: Millis(9_000), since: Millis(5_000), times: 3 };
    assert_eq!(trouble.silent_ms(Millis(7_999)), None);
    assert_eq!(trouble.silent_ms(Millis(8_700)), Some(3_000));
    trouble.times = 0;
    assert_eq!(trouble.silent_ms(Millis(9_000)), None, "who refuses answers");
}

#[test]
fn streams_behind_one_that_may_not_be_described_are_seen() {
    let fake = Fake::start(|action, body| match (action, body["StreamName"].as_str()) {
        ("ListStreams", _) => (200, json!({"StreamNames": ["clicks", "orders", "returns"]})),
        ("DescribeStreamSummary", Some(stream)) if stream != "orders" => {
            (200, json!({"StreamDescriptionSummary": {"StreamName": stream}}))
        }
        _ => refused("AccessDeniedException"),
    });
    let mut watcher = watcher(&fake.url);
    let why = watcher.list(Millis(0)).expect_err("one of them is refused");
    assert_eq!(why.code(), Some("AccessDeniedException"), "{why}");
    let seen: Vec<StreamName> = watcher.sight.names().cloned().collect();
    assert_eq!(seen.iter().map(StreamName::as_str).collect::<Vec<_>>(), ["clicks", "returns"]);
    for stream in &seen {
        watcher.sight.describe_shards(Millis(0), stream, &[]);
    }
    assert!(watcher.sight.is_listed(), "nothing else is waited for");
}
