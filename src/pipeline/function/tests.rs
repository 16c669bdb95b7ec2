use std::sync::{Arc, Mutex};

use super::*;
use crate::model::{RecordBatch, SequenceNumber, ShardId};
use crate::pipeline::settings::Condition;

fn name() -> PartName {
    PartName::new("f").expect("a good name")
}

fn settings(kind: FunctionKind) -> FunctionSettings {
    FunctionSettings::new(name(), kind)
}

fn functions(settings: FunctionSettings, sink: Option<Box<dyn Sink>>) -> Functions {
    let mut functions = Functions::default();
    functions.add(Millis::ZERO, Function::new(settings, sink, 7)).expect("it fits");
    functions
}

fn batch(arrival: u64, lines: &[&str]) -> RecordBatch {
    let mut batch = RecordBatch::new(ShardId(0));
    for line in lines {
        let sequence = SequenceNumber::default();
        let (arrival, data) = (Millis(arrival), line.as_bytes());
        batch.push(RecordRef { sequence, arrival, partition_key: "k", data });
    }
    batch
}

const NOTHING: Reads = Reads { failures: false, state: false, records: false };

fn begin(functions: &mut Functions, at: u64, records: usize) -> Running {
    let invocation = Invocation { records, request: "r", event: &Vec::new };
    functions.begin(Millis(at), &name(), &invocation).expect("there is room")
}

fn run(functions: &mut Functions, at: u64, lines: &[&str]) -> Result<(), String> {
    answer(functions, at, lines, NOTHING).map(drop)
}

fn answer(
    functions: &mut Functions,
    at: u64,
    lines: &[&str],
    reads: Reads,
) -> Result<String, String> {
    let batch = batch(at, lines);
    let running = begin(functions, at, batch.len());
    let records: Vec<_> = batch.iter().collect();
    let input = Input { records: &records, reads, state: b"{\"records\":5}" };
    let answer = functions.end(functions.ends(&running), running, &input)?;
    Ok(String::from_utf8(answer).expect("JSON is text"))
}

#[test]
fn a_record_that_cannot_be_digested_fails_its_batch_or_is_named() {
    let poison = || Condition::Equals("/a".into(), "bad".into());
    let kind = FunctionKind::Count { field: "/a".into(), top: 10 };
    let lines = [r#"{"a":"x"}"#, r#"{"a":"bad"}"#, r#"{"a":"y"}"#];
    let failing = FunctionSettings { fails_on: Some(poison()), ..settings(kind.clone()) };
    let mut failing = functions(failing, None);
    let both = Reads { failures: true, state: true, records: false };
    let why = answer(&mut failing, 0, &lines, both).expect_err("it does not name records");
    assert!(why.contains("cannot be digested"), "{why}");
    assert_eq!(answer(&mut failing, 0, &lines[..1], NOTHING), Ok(String::new()));

    let naming =
        FunctionSettings { fails_on: Some(poison()), reports_failures: true, ..settings(kind) };
    let mut naming = functions(naming, None);
    assert!(answer(&mut naming, 0, &lines, NOTHING).is_err(), "nobody asks for names");
    let sequence = SequenceNumber::default();
    assert_eq!(
        answer(&mut naming, 0, &lines, both),
        Ok(format!(
            r#"{{"batchItemFailures":[{{"itemIdentifier":"{sequence}"}}],"state":{{"records":8}}}}"#
        ))
    );
    assert_eq!(naming.map[&name()].top(Millis(0)), [("x".to_owned(), 1)]);
}

#[test]
fn ids_of_invocations_are_uuids_and_each_is_another() {
    let mut ids = RequestIds::new(7);
    let ids: Vec<String> = (0..1_000).map(|_| ids.draw()).collect();
    let dashes = |id: &String| {
        id.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert!(ids.iter().all(|id| id.len() == 36 && dashes(id) == [8, 13, 18, 23]));
    assert!(ids.iter().all(|id| id.as_bytes()[14] == b'4' && b"89ab".contains(&id.as_bytes()[19])));
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 1_000);
}

fn notifications(functions: &mut Functions) -> Vec<String> {
    let function = functions.map.get_mut(&name()).expect("it is there");
    std::iter::from_fn(|| function.poll_event())
        .filter_map(|event| match event.kind {
            EventKind::Notification { text, .. } => Some(text),
            _ => None,
        })
        .collect()
}

#[test]
fn a_cold_instance_takes_longer_and_each_record_its_piece() {
    let cold_start_ms = 300.0;
    let settings = FunctionSettings {
        cold_start_ms,
        per_record_us: 500.0,
        ..settings(FunctionKind::Simulated)
    };
    let mut functions = functions(settings, None);
    for ms in [321, 21] {
        let running = begin(&mut functions, 0, 2);
        assert_eq!(functions.ends(&running), Millis(ms));
        let input = Input { records: &[], reads: NOTHING, state: b"" };
        functions.end(Millis(0), running, &input).expect("it succeeds");
    }
    assert_eq!(functions.map[&name()].tally().cold_starts, 1);
}

#[test]
fn the_drawn_lengths_follow_the_seed_and_the_median() {
    let settings = FunctionSettings { spread: 0.5, ..settings(FunctionKind::Simulated) };
    let draw = |seed| {
        let mut function = Function::new(settings.clone(), None, seed);
        let drawn: Vec<_> = (0..2_000).map(|_| function.draw(1, false).0).collect();
        (function.durations().percentile(0.5), drawn)
    };
    assert_eq!(draw(1).1, draw(1).1);
    assert_ne!(draw(1).1, draw(2).1);
    assert!((18..=23).contains(&draw(1).0));
}

#[test]
fn a_failed_invocation_counts_nothing() {
    let kind = FunctionKind::Count { field: "/tag".to_owned(), top: 3 };
    let mut failing =
        functions(FunctionSettings { error_rate: 1.0, ..settings(kind.clone()) }, None);
    run(&mut failing, 0, &[r#"{"tag":"a"}"#]).expect_err("it always fails");
    assert!(failing.map[&name()].top(Millis(0)).is_empty());
    assert_eq!(failing.map[&name()].tally().errors, 1);

    let mut good = functions(settings(kind), None);
    let lines = [r#"{"tag":["b","a"]}"#, r#"{"tag":"b"}"#, "no json", r#"{"tag":7}"#];
    run(&mut good, 0, &lines).expect("it succeeds");
    let top = |functions: &Functions, at| functions.map[&name()].top(Millis(at));
    let of = |value: &str, count| (value.to_owned(), count);
    assert_eq!(top(&good, 0), [of("b", 2), of("7", 1), of("a", 1)]);
    assert_eq!(top(&good, 70_000), []);
}

#[test]
fn a_spike_is_said_once_and_calm_is_not_a_spike() {
    let kind = FunctionKind::Spike { field: "/tag".to_owned(), factor: 3.0, least: 5 };
    let mut functions = functions(settings(kind), None);
    for at in (0..60_000).step_by(1_000) {
        run(&mut functions, at, &[r#"{"tag":"a"}"#]).expect("it succeeds");
    }
    assert_eq!(notifications(&mut functions), Vec::<String>::new());
    run(&mut functions, 60_000, &[r#"{"tag":"a"}"#; 30]).expect("it succeeds");
    assert_eq!(notifications(&mut functions), ["a: 16 in 5 s, usual 5.0"]);
}

#[test]
fn a_notification_is_followed_by_silence() {
    let when = Condition::Above("/ms".to_owned(), 100.0);
    let kind = FunctionKind::Notify { when, text: "slow".to_owned(), quiet_s: 10 };
    let mut functions = functions(settings(kind), None);
    for at in [0, 5_000, 11_000] {
        run(&mut functions, at, &[r#"{"ms":5}"#, r#"{"ms":500}"#]).expect("it succeeds");
    }
    assert_eq!(notifications(&mut functions), ["slow", "slow"]);
}

/// A function outside that says nothing.
struct Silent;

impl Invoker for Silent {
    fn invoke(&mut self, _invoke: Invoke) {}

    fn cancel(&mut self, _id: u64) {}
}

fn outside(mut functions: Functions) -> Functions {
    let mut function = Function::new(settings(FunctionKind::Simulated), None, 7);
    function.set_invoker(Some(Box::new(Silent)));
    functions.add(Millis::ZERO, function).expect("it fits");
    functions
}

/// Numbers began at 1 again when a session was loaded.
#[test]
fn what_came_of_an_invocation_is_not_told_to_one_of_the_functions_that_came_after() {
    let mut before = outside(Functions::default());
    let old = begin(&mut before, 0, 1);
    let mut after = outside(before.anew());
    let new = begin(&mut after, 0, 1);
    let came = |running: &Running| match running.way {
        Way::Outside(id) => Invoked { id, answer: Ok(Vec::new()), ms: 1.0, init_ms: None },
        Way::Modelled { .. } => panic!("it runs outside"),
    };
    assert!(!after.on_outcome(came(&old)));
    assert_eq!(after.ends(&new), Millis::NEVER);
    assert!(after.on_outcome(came(&new)));
    assert_eq!(after.ends(&new), Millis::ZERO);
}

struct Paper(Arc<Mutex<Vec<u8>>>);

impl Sink for Paper {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut paper = self.0.lock().expect("nobody panicked");
        if paper.len() > 20 {
            return Err("`posts.jsonl`: no space left".to_owned());
        }
        paper.extend_from_slice(bytes);
        Ok(())
    }
}

#[test]
fn an_archive_gets_a_line_a_record_and_a_full_disk_fails_the_invocation() {
    let paper = Arc::new(Mutex::new(Vec::new()));
    let kind = FunctionKind::Archive { path: "posts.jsonl".into() };
    let mut functions = functions(settings(kind), Some(Box::new(Paper(paper.clone()))));
    run(&mut functions, 0, &[r#"{"a":1}"#, "two\nlines"]).expect("there is room");
    let written = paper.lock().expect("nobody panicked").clone();
    assert_eq!(written, b"{\"a\":1}\n\"two\\nlines\"\n");
    let error = run(&mut functions, 0, &["x"]).expect_err("it is full");
    assert_eq!(error, "`posts.jsonl`: no space left");
}
