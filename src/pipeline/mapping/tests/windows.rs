//! Tumbling windows as a real function sees them: each row a rule of Lambda's, run in virtual time.

use serde_json::{Value, json};

use super::*;
use crate::pipeline::outside::{Invoke, Invoked, Invoker};

/// A function outside whose invocations wait to be answered.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<Vec<Invoke>>>);

impl Invoker for Waiting {
    fn invoke(&mut self, invoke: Invoke) {
        self.0.lock().expect("nobody panicked").push(invoke);
    }

    fn cancel(&mut self, _id: u64) {}
}

/// A record a second for 25 seconds, in windows of 10; the function answers as it is told to. What it
/// saw: records, state, is it the last of its window, does that end early.
fn play(
    settings: &MappingSettings,
    answer: &mut dyn FnMut(usize, &Value) -> Result<Value, String>,
) -> (Stage, Vec<(usize, Value, bool, bool)>) {
    let mut fake = Fake::with_shards(1);
    (0..25).for_each(|n| fake.put(0, n * 1_000, "k", &n.to_string()));
    play_from(0, fake, settings, answer)
}

/// The same with these records, which are read from a later time on.
fn play_from(
    begin: u64,
    fake: Fake,
    settings: &MappingSettings,
    answer: &mut dyn FnMut(usize, &Value) -> Result<Value, String>,
) -> (Stage, Vec<(usize, Value, bool, bool)>) {
    let mut stage = Stage::new(fake, settings.clone(), function());
    stage.now = Millis(begin);
    let waiting = Waiting::default();
    let real = stage.functions.map.get_mut(&part("f")).expect("it was added");
    real.set_invoker(Some(Box::new(waiting.clone())));
    let (mut seen, mut now) = (Vec::new(), begin);
    while now < begin + 400_000 {
        now += 100;
        stage.run(now);
        let invokes = std::mem::take(&mut *waiting.0.lock().expect("nobody panicked"));
        for Invoke { id, event, .. } in invokes {
            let event: Value = serde_json::from_slice(&event).expect("an event is JSON");
            let is = |field: &str| event[field] == json!(true);
            seen.push((
                event["Records"].as_array().map_or(0, Vec::len),
                event["state"].clone(),
                is("isFinalInvokeForWindow"),
                is("isWindowTerminatedEarly"),
            ));
            let answer = answer(seen.len(), &event).map(|answer| answer.to_string().into_bytes());
            stage.functions.on_outcome(Invoked { id, answer, ms: 1.0, init_ms: None });
            stage.mapping.wake();
        }
    }
    (stage, seen)
}

fn windows() -> MappingSettings {
    MappingSettings { tumbling_window_s: 10, retries: 0, ..settings() }
}

/// How many records the window has had, this batch included.
fn count(event: &Value) -> Value {
    let before = event["state"]["n"].as_u64().unwrap_or(0);
    json!({ "state": { "n": before + event["Records"].as_array().map_or(0, Vec::len) as u64 } })
}

#[test]
fn a_state_goes_from_batch_to_batch_and_is_dropped_with_its_window() {
    let settings = MappingSettings { batch_size: 6, ..windows() };
    let (stage, seen) = play(&settings, &mut |_, event| Ok(count(event)));
    let row = |records, state, last| (records, state, last, false);
    assert_eq!(
        seen,
        [
            row(6, json!({}), false),
            row(4, json!({ "n": 6 }), false),
            row(0, json!({ "n": 10 }), true),
            row(6, json!({}), false),
            row(4, json!({ "n": 6 }), false),
            row(0, json!({ "n": 10 }), true),
            row(5, json!({}), false),
            row(0, json!({ "n": 5 }), true),
        ]
    );
    assert_eq!(stage.mapping.tally().done_records, 25);
}

/// It had ended whenever nothing was at hand between two reads, and begun anew with the next.
#[test]
fn a_window_that_is_read_late_ends_once() {
    let mut fake = Fake::with_shards(1);
    (0..10_500).for_each(|n| fake.put(0, n / 2, "k", &n.to_string()));
    let settings = MappingSettings { batch_size: 10_000, ..windows() };
    let (_, seen) = play_from(200_000, fake, &settings, &mut |_, event| Ok(count(event)));
    let last: Vec<_> = seen.iter().filter(|(_, _, last, _)| *last).collect();
    assert_eq!(last, [&(0, json!({ "n": 10_500 }), true, false)]);
}

#[test]
fn a_batch_that_its_state_has_outgrown_goes_in_parts() {
    let mut fake = Fake::with_shards(1);
    (0..6).for_each(|n| fake.put(0, n, "k", &"x".repeat(750_000)));
    let settings = MappingSettings { report_batch_item_failures: true, retries: 9, ..windows() };
    let (stage, seen) = play_from(0, fake, &settings, &mut |nth, event| {
        let first = &event["Records"][0]["kinesis"]["sequenceNumber"];
        let failed = if nth == 1 { json!([{ "itemIdentifier": first }]) } else { json!([]) };
        Ok(json!({ "state": { "s": "y".repeat(900_000) }, "batchItemFailures": failed }))
    });
    assert_eq!(seen[0].0, 6);
    assert!(seen[1].0 < 6 && seen[1].0 + seen[2].0 == 6, "{} and {}", seen[1].0, seen[2].0);
    assert_eq!(stage.mapping.tally().done_records, 6);
}

#[test]
fn an_answer_without_a_state_fails_its_batch() {
    let (stage, seen) = play(&windows(), &mut |nth, event| match nth {
        1 => Ok(json!({})),
        _ => Ok(count(event)),
    });
    assert_eq!(stage.mapping.tally().discarded_records, 10, "no retries were left");
    assert_eq!(seen[1], (0, json!({}), true, false), "its window had an end all the same");
}

#[test]
fn a_state_above_one_megabyte_ends_its_window_early() {
    let settings = MappingSettings { batch_size: 5, ..windows() };
    let (stage, seen) = play(&settings, &mut |nth, event| match nth {
        1 => Ok(json!({ "state": { "text": "x".repeat(1_100_000) } })),
        _ => Ok(count(event)),
    });
    let flags: Vec<_> =
        seen.iter().take(4).map(|(records, _, last, early)| (*records, *last, *early)).collect();
    assert_eq!(flags, [(5, false, false), (0, true, true), (5, false, false), (0, true, false)]);
    assert_eq!(stage.mapping.tally().done_records, 25);
}

#[test]
fn a_last_invocation_that_fails_holds_its_shard_until_it_succeeds() {
    let mut failed = 0;
    let (stage, seen) = play(&windows(), &mut |_, event| {
        if event["isFinalInvokeForWindow"] == json!(true) && failed < 5 {
            failed += 1;
            return Err("raised".to_owned());
        }
        Ok(count(event))
    });
    let of_the_first: Vec<_> =
        seen.iter().take(7).map(|(records, _, last, _)| (*records, *last)).collect();
    let mut wanted = vec![(10, false)];
    wanted.extend([(0, true); 6]);
    assert_eq!(of_the_first, wanted, "five failures, though no retries are left, then the end");
    assert_eq!(stage.mapping.tally().done_records, 25);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(25));
}

#[test]
fn a_window_with_partial_responses_keeps_state_and_says_what_failed() {
    let settings = MappingSettings { report_batch_item_failures: true, retries: 1, ..windows() };
    let (stage, seen) = play(&settings, &mut |nth, event| {
        let mut answer = count(event);
        if nth == 1 {
            let fourth = &event["Records"][3]["kinesis"]["sequenceNumber"];
            answer["batchItemFailures"] = json!([{ "itemIdentifier": fourth }]);
            answer["state"] = json!({ "n": 3 });
        }
        Ok(answer)
    });
    assert_eq!(
        seen[1],
        (7, json!({ "n": 3 }), false, false),
        "the rest, with the state of what was done"
    );
    assert_eq!(stage.mapping.tally().done_records, 25);
}
