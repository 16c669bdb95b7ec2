//! What becomes of records that a function cannot digest: each row a rule, run in virtual time.

use super::*;
use crate::model::SequenceNumber;
use crate::pipeline::outside::Endpoint;
use crate::pipeline::settings::{Condition, OnFailure};

const MONTH_MS: u64 = 30 * 86_400_000;

/// Ten records, `{"n":0}` to `{"n":9}`; of which the function cannot digest these.
pub(super) fn poisoned(bad: &[u64]) -> Fake {
    let mut fake = Fake::with_shards(1);
    for n in 0..10 {
        let poison = if bad.contains(&n) { ",\"bad\":1" } else { "" };
        fake.put(0, 0, &format!("k{n}"), &format!("{{\"n\":{n}{poison}}}"));
    }
    fake
}

pub(super) fn choosy(reports_failures: bool) -> FunctionSettings {
    FunctionSettings {
        fails_on: Some(Condition::Exists("/bad".into())),
        reports_failures,
        ..function()
    }
}

/// The numbers that were digested, in order.
pub(super) fn digested(stage: &Stage) -> Vec<u64> {
    let paper = stage.paper.0.lock().expect("nobody panicked");
    let number = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        value["n"].as_u64().expect("a number")
    };
    paper.iter().flat_map(|text| text.lines().map(number)).collect()
}

pub(super) fn told(stage: &Stage) -> Vec<serde_json::Value> {
    let read = |text: &String| serde_json::from_str(text).expect("documents are JSON");
    stage.fake.told.iter().map(read).collect()
}

pub(super) fn failures() -> Option<OnFailure> {
    Some(OnFailure::Stream(StreamName::new("failures").expect("a good name")))
}

#[test]
fn retry_bisect_and_partial_responses_alone_and_together() {
    let all_but = |bad: &[u64]| (0..10).filter(|n| !bad.contains(n)).collect::<Vec<u64>>();
    // Retries, bisect, partial responses, what is bad; what is digested, how often it is invoked.
    for (retries, bisect, partial, bad, wanted, invocations) in [
        (0, false, false, &[][..], all_but(&[]), 1),
        (0, false, false, &[3], vec![], 1),
        (2, false, false, &[3], vec![], 3),
        // 10 fail; 5 fail; 2 pass; 3 fail; 1 fails alone; 2 pass; 5 pass.
        (0, true, false, &[3], vec![0, 1, 2, 4, 5, 6, 7, 8, 9], 9),
        (1, true, false, &[3], vec![0, 1, 2, 4, 5, 6, 7, 8, 9], 10),
        (0, true, false, &[0, 9], all_but(&[0, 9]), 13),
        // Up to the bad one is done; the rest is tried again and then given up.
        (0, false, true, &[3], vec![0, 1, 2], 1),
        (2, false, true, &[3], vec![0, 1, 2], 3),
        // The rest is cut in two until the bad one is alone.
        (0, true, true, &[3], all_but(&[3]), 6),
        (0, true, true, &[3, 7], all_but(&[3, 7]), 9),
        (0, true, true, &[], all_but(&[]), 1),
    ] {
        let settings = MappingSettings {
            retries,
            bisect_on_error: bisect,
            report_batch_item_failures: partial,
            on_failure: failures(),
            ..settings()
        };
        let mut stage = Stage::new(poisoned(bad), settings, choosy(partial));
        stage.run(600_000);
        let row = format!("retries {retries}, bisect {bisect}, partial {partial}, bad {bad:?}");
        assert_eq!(digested(&stage), wanted, "{row}");
        let tally = *stage.mapping.tally();
        assert_eq!(tally.invocations, invocations, "{row}");
        assert_eq!(tally.done_records + tally.discarded_records, 10, "{row}");
        assert_eq!(tally.delivered_records, tally.discarded_records, "{row}");
        let told = told(&stage);
        let sizes = told.iter().map(|d| d["KinesisBatchInfo"]["batchSize"].as_u64());
        assert_eq!(sizes.map(Option::unwrap_or_default).sum::<u64>(), tally.discarded_records);
        assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10), "{row}");
    }
}

#[test]
fn a_bisected_record_is_told_alone() {
    let settings =
        MappingSettings { retries: 1, bisect_on_error: true, on_failure: failures(), ..settings() };
    let mut stage = Stage::new(poisoned(&[6]), settings, choosy(false));
    stage.run(600_000);
    let [document] = &told(&stage)[..] else { panic!("one record was given up") };
    let first = SequenceNumber::first(ShardId(0), Millis::ZERO).nth(6, Millis::ZERO).to_string();
    assert_eq!(document["KinesisBatchInfo"]["startSequenceNumber"], first);
    assert_eq!(document["KinesisBatchInfo"]["endSequenceNumber"], first);
    assert_eq!(document["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 5);
    assert_eq!(document["responseContext"]["functionError"], "Unhandled");
}

#[test]
fn the_shard_waits_for_a_batch_that_is_tried_without_end_and_then_a_week_has_passed() {
    let settings = MappingSettings { batch_size: 5, ..settings() };
    let mut stage = Stage::new(poisoned(&[2]), settings, choosy(false));
    stage.run(600_000);
    assert_eq!(digested(&stage), [0; 0]);
    stage.run(MONTH_MS);
    assert_eq!(stage.mapping.tally().discarded_records, 10, "all of them were too old by then");
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
}

#[test]
fn records_above_their_age_are_given_up_before_the_next_try() {
    let settings = MappingSettings { record_age_max_s: 60, on_failure: failures(), ..settings() };
    let mut fake = poisoned(&[]);
    fake.put(0, 30_000, "late", r#"{"n":10}"#);
    let none = FunctionSettings { reserved: Some(0), ..function() };
    let mut stage = Stage::new(fake, settings, none);
    stage.run(70_000);
    // They never reached the function.
    let [document] = &told(&stage)[..] else { panic!("ten records were too old") };
    assert_eq!(document["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(document["responseContext"], serde_json::Value::Null);
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 10);
    stage.functions.pool.set_reserved(&part("f"), Some(1)).expect("it fits");
    stage.run(80_000);
    assert_eq!(digested(&stage), [10]);
    assert_eq!(stage.mapping.tally().retries, 0);
}

#[test]
fn a_throttled_batch_uses_no_retries_however_long_it_waits() {
    let settings = MappingSettings { retries: 0, ..settings() };
    let none = FunctionSettings { reserved: Some(0), ..function() };
    let mut stage = Stage::new(poisoned(&[]), settings, none);
    stage.run(3_600_000);
    assert!(stage.mapping.tally().throttles > 500);
    stage.functions.pool.set_reserved(&part("f"), Some(1)).expect("it fits");
    stage.run(3_700_000);
    assert_eq!(digested(&stage).len(), 10);
}

/// Each instance allowed stands for ten requests a second, however short they are.
#[test]
fn invocations_a_second_are_limited_by_ten_times_the_concurrency() {
    // What is reserved, how long an invocation takes; how often it is invoked in the first two seconds, of
    // 100 batches of one record.
    for (reserved, base_ms, wanted, throttled) in [
        (Some(1), 10.0, 20..=30, true),
        (Some(2), 10.0, 40..=60, true),
        (Some(1), 100.0, 15..=20, false),
        (None, 10.0, 100..=100, false),
    ] {
        let mut fake = Fake::with_shards(1);
        fake.fill(0, 0, 3, 100);
        let settings = MappingSettings { batch_size: 1, retries: 0, ..settings() };
        let function = FunctionSettings { base_ms, reserved, ..function() };
        let mut stage = Stage::new(fake, settings, function);
        stage.run(2_000);
        let row = format!("reserved {reserved:?}, {base_ms} ms");
        let invocations = stage.mapping.tally().invocations;
        assert!(wanted.contains(&invocations), "{row}: {invocations}");
        let tally = *stage.functions.map[&part("f")].tally();
        assert_eq!(tally.reserved_request_throttles > 0, throttled, "{row}");
        assert_eq!(tally.throttles, tally.reserved_request_throttles, "{row}");
        stage.run(600_000);
        assert_eq!(stage.mapping.tally().done_records, 100, "a throttle uses no retries");
    }
}

#[test]
fn a_document_that_a_stream_refuses_is_put_again_and_holds_the_checkpoint() {
    let settings = MappingSettings { retries: 0, on_failure: failures(), ..settings() };
    let mut stage = Stage::new(poisoned(&[3]), settings, choosy(false));
    stage.fake.refuse = true;
    stage.run(100);
    assert_eq!(stage.mapping.tally().delivery_failures, 1);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(0));
    stage.run(10_000);
    assert_eq!((told(&stage).len(), stage.mapping.tally().delivered_records), (1, 10));
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
}

#[test]
fn a_file_is_told_the_whole_event() {
    let on_failure = Some(OnFailure::File("failures.jsonl".into()));
    let settings = MappingSettings { retries: 0, bisect_on_error: true, on_failure, ..settings() };
    let mut stage = Stage::new(poisoned(&[3]), settings, choosy(false));
    let paper = Paper::default();
    stage.mapping.set_door(Some(FailureDoor::File(Box::new(paper.clone()))));
    stage.run(10_000);
    let lines = paper.0.lock().expect("nobody panicked").concat();
    let document: serde_json::Value = serde_json::from_str(&lines).expect("one line of JSON");
    let payload = document["payload"].as_str().expect("a text");
    let event: serde_json::Value = serde_json::from_str(payload).expect("the event");
    assert_eq!(event["Records"].as_array().map(Vec::len), Some(1));
    assert_eq!(event["Records"][0]["kinesis"]["partitionKey"], "k3");
}

/// An endpoint that takes a document after a second, once it has refused so many.
struct Post {
    refusals: u32,
    taken: Paper,
    document: Option<(Millis, String)>,
}

impl Endpoint for Post {
    fn post(&mut self, now: Millis, document: &[u8]) {
        assert!(self.document.is_none(), "one document at a time");
        let text = String::from_utf8_lossy(document).into_owned();
        self.document = Some((now.plus(1_000), text));
    }

    fn poll(&mut self, now: Millis) -> Option<Result<(), String>> {
        let (_, text) = self.document.take_if(|(at, _)| *at <= now)?;
        if self.refusals > 0 {
            self.refusals -= 1;
            return Some(Err("503 Service Unavailable".to_owned()));
        }
        self.taken.0.lock().expect("nobody panicked").push(text);
        Some(Ok(()))
    }
}

/// A mapping that gives ten records up one by one, and an endpoint that refuses so many documents.
fn posting(refusals: u32) -> (Stage, Paper) {
    let on_failure = Some(OnFailure::Http("http://127.0.0.1:1/".to_owned()));
    let settings = MappingSettings { retries: 0, batch_size: 1, on_failure, ..settings() };
    let bad: Vec<u64> = (0..10).collect();
    let mut stage = Stage::new(poisoned(&bad), settings, choosy(false));
    let taken = Paper::default();
    let post = Post { refusals, taken: taken.clone(), document: None };
    stage.mapping.set_door(Some(FailureDoor::Endpoint(Box::new(post))));
    (stage, taken)
}

#[test]
fn an_endpoint_is_posted_each_document_until_it_takes_it() {
    let (mut stage, taken) = posting(3);
    stage.run(900);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(0), "nothing is told yet");
    stage.run(60_000);
    let documents = taken.0.lock().expect("nobody panicked").clone();
    let read = |text: &String| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let first = |text: &String| read(text)["KinesisBatchInfo"]["startSequenceNumber"].clone();
    assert_eq!(documents.len(), 10);
    assert!(documents.iter().map(|d| first(d).to_string()).is_sorted(), "in order");
    assert_eq!(read(&documents[0])["payload"], serde_json::Value::Null, "as a queue would get it");
    let tally = stage.mapping.tally();
    assert_eq!((tally.delivered_records, tally.delivery_failures), (10, 3));
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
}

#[test]
fn a_document_that_nobody_takes_is_lost_after_twenty_tries_and_told() {
    let (mut stage, taken) = posting(20);
    stage.run(200_000);
    assert_eq!(taken.0.lock().expect("nobody panicked").len(), 9);
    let tally = stage.mapping.tally();
    assert_eq!((tally.delivered_records, tally.delivery_failures), (9, 20));
    let lost = |kind: &&EventKind| matches!(kind, EventKind::DeliveryFailed { .. });
    let told: Vec<_> = stage.events.iter().filter(lost).map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["m could not tell http://127.0.0.1:1/ what it gave up: 503 Service Unavailable"]
    );
}

#[test]
fn what_an_endpoint_has_not_taken_goes_to_the_destination_that_takes_its_place() {
    let (mut stage, taken) = posting(u32::MAX);
    stage.run(500);
    let settings = MappingSettings { on_failure: failures(), ..stage.mapping.settings().clone() };
    stage.mapping.change(Millis(500), settings, None).expect("it is in bounds");
    stage.run(60_000);
    assert_eq!((told(&stage).len(), taken.0.lock().expect("nobody panicked").len()), (10, 0));
}

#[test]
fn a_record_whose_event_is_above_six_megabytes_is_never_sent() {
    let mut fake = Fake::with_shards(1);
    fake.put(0, 0, "large", &"x".repeat(5_000_000));
    fake.put(0, 0, "small", r#"{"n":1}"#);
    let settings = MappingSettings { on_failure: failures(), ..settings() };
    let mut stage = Stage::new(fake, settings, function());
    stage.run(10_000);
    assert_eq!(digested(&stage), [1]);
    assert_eq!(told(&stage)[0]["requestContext"]["condition"], "PayloadTooLarge");
}

#[test]
fn what_no_filter_lets_pass_is_done() {
    let filters = vec![r#"{"data":{"n":[{"numeric":[">=",8]}]}}"#.to_owned()];
    for factor in [1, 3] {
        let settings = MappingSettings {
            filters: filters.clone(),
            parallelization_factor: factor,
            ..settings()
        };
        let mut stage = Stage::new(poisoned(&[]), settings, function());
        stage.run(10_000);
        let mut done = digested(&stage);
        done.sort_unstable();
        assert_eq!(done, [8, 9]);
        assert_eq!(stage.mapping.tally().filtered_records, 8);
        assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
    }
}

#[test]
fn reading_begins_at_a_time() {
    let mut fake = Fake::with_shards(1);
    (0..10).for_each(|n| fake.put(0, n * 100, "k", &n.to_string()));
    let settings = MappingSettings { start: StartingPosition::AtTimestamp(650), ..settings() };
    let mut stage = Stage::new(fake, settings, function());
    stage.run(10_000);
    assert_eq!(stage.batches().concat(), [7, 8, 9]);
}

#[test]
fn another_factor_deals_anew_what_waits_and_keeps_the_order_of_keys() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 20, 2_000);
    let slow = FunctionSettings { base_ms: 100.0, spread: 0.5, ..function() };
    let settings = MappingSettings { batch_size: 10, ..settings() };
    let mut stage = Stage::new(fake, settings.clone(), slow);
    stage.run(1_000);
    let mut at = 1_000;
    for factor in [4, 1, 10, 3] {
        let changed = MappingSettings { parallelization_factor: factor, ..settings.clone() };
        stage.mapping.change(Millis(at), changed, None).expect("it is in bounds");
        assert_eq!(stage.mapping.state(), MappingState::Updating);
        at += 1_500;
        stage.run(at);
        assert_eq!(stage.mapping.lanes(Millis(at)).len(), factor as usize);
        assert_eq!(stage.mapping.state(), MappingState::Enabled);
    }
    stage.run(3_600_000);
    let done = stage.batches().concat();
    assert_eq!(done.len(), 2_000);
    for key in 0..20 {
        let of_key: Vec<_> = done.iter().copied().filter(|n| n % 20 == key).collect();
        assert!(of_key.is_sorted(), "key {key}: {of_key:?}");
    }
}

#[test]
fn another_factor_frees_a_shard_that_one_batch_blocks() {
    let mut stage = Stage::new(poisoned(&[3]), settings(), choosy(false));
    stage.run(5_000);
    let settings = MappingSettings {
        parallelization_factor: 5,
        bisect_on_error: true,
        retries: 0,
        ..settings()
    };
    stage.mapping.change(Millis(5_000), settings, None).expect("it is in bounds");
    stage.run(60_000);
    assert_eq!(digested(&stage).len(), 9);
}

#[test]
fn a_state_is_handed_from_batch_to_batch_until_its_window_ends() {
    let mut fake = Fake::with_shards(1);
    (0..25).for_each(|n| fake.put(0, n * 1_000, "k", &n.to_string()));
    let settings = MappingSettings { tumbling_window_s: 10, batch_size: 4, ..settings() };
    let mut stage = Stage::new(fake, settings, function());
    stage.run(1_000);
    // Each batch is of one window.
    let windows: Vec<Vec<u64>> =
        stage.batches().iter().map(|b| b.iter().map(|n| n / 10).collect()).collect();
    assert!(windows.iter().all(|batch| batch.iter().all(|window| *window == batch[0])));
    assert_eq!(stage.batches().concat(), (0..25).collect::<Vec<_>>());
    // The third window has not ended, so everything of it would be processed again.
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(20));
    let invocations = stage.mapping.tally().invocations;
    stage.run(149_000);
    assert_eq!(stage.mapping.tally().invocations, invocations);
    stage.run(151_000);
    assert_eq!(stage.mapping.tally().invocations, invocations + 1, "two minutes of quiet end it");
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(25));
}

#[test]
fn the_end_of_a_shard_ends_its_window() {
    let mut fake = Fake::with_shards(2);
    fake.put(0, 0, "k", "1");
    fake.put(1, 0, "k", "2");
    fake.shards[0].closed = true;
    fake.shards[1].parents = vec![ShardId(0)];
    let settings = MappingSettings { tumbling_window_s: 900, ..settings() };
    let mut stage = Stage::new(fake, settings, function());
    stage.run(5_000);
    assert_eq!(stage.batches().concat(), [1, 2]);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::ShardEnd);
    assert_eq!(stage.mapping.tally().invocations, 3, "the first shard's window had its end");
}

#[test]
fn a_window_ends_early_when_the_mapping_changes() {
    let windows = MappingSettings { tumbling_window_s: 900, ..settings() };
    for changed in [
        MappingSettings { tumbling_window_s: 0, ..settings() },
        MappingSettings { tumbling_window_s: 60, ..settings() },
        MappingSettings { parallelization_factor: 2, ..windows.clone() },
    ] {
        let mut fake = Fake::with_shards(1);
        fake.fill(0, 0, 3, 10);
        let mut stage = Stage::new(fake, windows.clone(), function());
        stage.run(1_000);
        assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(0));
        stage.mapping.change(Millis(1_000), changed, None).expect("it is in bounds");
        stage.run(2_000);
        assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
        assert_eq!(stage.mapping.tally().invocations, 2);
    }
}

#[test]
fn a_mapping_tells_where_it_is_in_its_life() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 10);
    let slow = FunctionSettings { base_ms: 5_000.0, ..function() };
    let mut stage = Stage::new(fake, settings(), slow);
    let told = |stage: &Stage| (stage.mapping.state(), stage.mapping.last_result().to_owned());
    assert_eq!(told(&stage), (MappingState::Creating, "No records processed".to_owned()));
    stage.run(2_000);
    assert_eq!(told(&stage).0, MappingState::Enabled);
    stage.mapping.set_paused(Millis(2_000), true);
    stage.run(2_001);
    assert_eq!(told(&stage).0, MappingState::Disabling);
    stage.run(6_000);
    assert_eq!(told(&stage), (MappingState::Disabled, "OK".to_owned()));
    stage.mapping.set_paused(Millis(6_000), false);
    assert_eq!(told(&stage).0, MappingState::Enabling);
    stage.run(8_000);
    assert_eq!(told(&stage).0, MappingState::Enabled);
}
