mod fake;
mod law;
mod parameters;
mod windows;

use std::sync::{Arc, Mutex};

use super::*;
use crate::model::{PartName, StreamName};
use crate::pipeline::function::Function;
use crate::pipeline::reader::Reader;
use crate::pipeline::settings::{FunctionKind, FunctionSettings, ReaderSettings, StartingPosition};
use crate::pipeline::{Invoking, Part, Sink};
use fake::Fake;

fn part(text: &str) -> PartName {
    PartName::new(text).expect("a good name")
}

fn settings() -> MappingSettings {
    let stream = StreamName::new("s").expect("a good name");
    MappingSettings::new(part("m"), stream, part("f"))
}

fn function() -> FunctionSettings {
    let kind = FunctionKind::Archive { path: "out".into() };
    FunctionSettings { base_ms: 10.0, ..FunctionSettings::new(part("f"), kind) }
}

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<String>>>);

impl Sink for Paper {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.0.lock().expect("nobody panicked").push(String::from_utf8_lossy(bytes).into_owned());
        Ok(())
    }
}

struct Stage {
    fake: Fake,
    mapping: Mapping,
    functions: Functions,
    paper: Paper,
    events: Vec<EventKind>,
    now: Millis,
}

impl Stage {
    fn new(fake: Fake, mapping: MappingSettings, function: FunctionSettings) -> Self {
        let (paper, mut functions) = (Paper::default(), Functions::default());
        let sink: Box<dyn Sink> = Box::new(paper.clone());
        functions.add(Millis::ZERO, Function::new(function, Some(sink), 7)).expect("it fits");
        let mapping = Mapping::new(mapping, BTreeMap::new(), 7, Millis::ZERO);
        Self { fake, mapping, functions, paper, events: Vec::new(), now: Millis::ZERO }
    }

    /// Runs up to and including `until`.
    fn run(&mut self, until: u64) {
        while let Some(due) = self.mapping.next_deadline().filter(|at| at.0 <= until) {
            let now = due.max(self.now);
            self.now = now;
            self.mapping.advance(now, &mut self.functions);
            while let Some(call) = self.mapping.poll_call(now) {
                let reply = self.fake.answer(now, &call);
                self.mapping.on_reply(now, call, reply);
            }
            self.events.extend(std::iter::from_fn(|| self.mapping.poll_event()).map(|e| e.kind));
        }
    }

    /// The records of each batch, as they were archived.
    fn batches(&self) -> Vec<Vec<u64>> {
        let paper = self.paper.0.lock().expect("nobody panicked");
        let numbers = |text: &String| text.lines().map(|l| l.parse().expect("a number")).collect();
        paper.iter().map(numbers).collect()
    }

    fn sizes(&self) -> Vec<usize> {
        self.batches().iter().map(Vec::len).collect()
    }
}

#[test]
fn batches_are_cut_by_size_and_sent_at_once_without_a_window() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 250);
    let mut stage = Stage::new(fake, settings(), function());
    stage.run(500);
    assert_eq!(stage.sizes(), [100, 100, 50]);
    assert_eq!(stage.batches().concat(), (0..250).collect::<Vec<_>>());
    assert_eq!(stage.mapping.tally().done_records, 250);
    assert_eq!(stage.functions.pool.total_in_use(), 0);
}

#[test]
fn a_window_waits_for_a_full_batch_but_not_longer() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 30);
    let window = MappingSettings { window_ms: 5_000, ..settings() };
    let mut stage = Stage::new(fake, window, function());
    stage.run(2_500);
    assert_eq!(stage.sizes(), [0; 0]);
    assert_eq!(stage.mapping.lanes(Millis(2_500))[0].status, LaneStatus::Filling);
    stage.run(5_500);
    assert_eq!(stage.sizes(), [30]);
    stage.fake.fill(0, 5_500, 3, 130);
    stage.run(6_500);
    assert_eq!(stage.sizes(), [30, 100]);
    stage.run(12_000);
    assert_eq!(stage.sizes(), [30, 100, 30]);
}

#[test]
fn a_window_waits_no_longer_than_an_event_has_room() {
    let mut fake = Fake::with_shards(1);
    (0..10).for_each(|n| fake.put(0, n, "k", &"7".repeat(900_000)));
    let window = MappingSettings { window_ms: 300_000, batch_size: 10_000, ..settings() };
    let mut stage = Stage::new(fake, window, function());
    stage.run(2_000);
    assert_eq!(stage.mapping.tally().done_records, 5, "that is what 6 MB hold");
    stage.run(310_000);
    assert_eq!(stage.mapping.tally().done_records, 10);
}

#[test]
fn a_batch_is_retried_and_then_discarded() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 10);
    let retries = MappingSettings { retries: 2, ..settings() };
    let failing = FunctionSettings { error_rate: 1.0, ..function() };
    let mut stage = Stage::new(fake, retries, failing);
    stage.run(400);
    assert_eq!(stage.mapping.lanes(Millis(400))[0].status, LaneStatus::Retrying);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(0));
    stage.run(60_000);
    let tally = stage.mapping.tally();
    assert_eq!((tally.invocations, tally.errors, tally.retries), (3, 3, 2));
    assert_eq!((tally.discarded_records, tally.done_records), (10, 0));
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(10));
    let discarded = |kind: &&EventKind| matches!(kind, EventKind::BatchDiscarded { .. });
    assert_eq!(stage.events.iter().filter(discarded).count(), 1);
}

#[test]
fn a_throttled_batch_waits_without_using_retries() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 10);
    let none = FunctionSettings { reserved: Some(0), ..function() };
    let mut stage = Stage::new(fake, MappingSettings { retries: 0, ..settings() }, none);
    stage.run(20_000);
    let lane = &stage.mapping.lanes(Millis(20_000))[0];
    assert_eq!(
        (lane.status, lane.note.as_str()),
        (LaneStatus::Throttled, "reserved concurrency used up")
    );
    assert!(stage.mapping.tally().throttles > 5);
    assert_eq!(stage.mapping.age_ms(Millis(20_000)), 20_000);
    stage.functions.pool.set_reserved(&part("f"), Some(1)).expect("it fits");
    stage.run(30_000);
    let tally = stage.mapping.tally();
    assert_eq!((tally.done_records, tally.retries, tally.discarded_records), (10, 0, 0));
    assert!(stage.mapping.ages().max() >= 20_000);
}

#[test]
fn a_checkpoint_follows_success_and_reading_goes_on_there() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 3, 150);
    let slow = FunctionSettings { base_ms: 100.0, ..function() };
    let mut stage = Stage::new(fake, settings(), slow);
    stage.run(50);
    assert_eq!(stage.mapping.checkpoints()[&ShardId(0)], Checkpoint::At(0));
    stage.run(150);
    let checkpoints = stage.mapping.checkpoints();
    assert_eq!(checkpoints[&ShardId(0)], Checkpoint::At(100));
    stage.mapping.abandon(Millis(150), &mut stage.functions);
    assert_eq!(stage.functions.pool.total_in_use(), 0);
    stage.mapping = Mapping::new(settings(), checkpoints, 7, Millis(150));
    stage.run(1_000);
    assert_eq!(stage.batches().concat(), (0..150).collect::<Vec<_>>());
}

#[test]
fn order_is_kept_per_key_in_four_lanes() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 20, 1_000);
    let four = MappingSettings { parallelization_factor: 4, batch_size: 7, ..settings() };
    let uneven = FunctionSettings { spread: 1.0, error_rate: 0.1, ..function() };
    let mut stage = Stage::new(fake, four, uneven);
    stage.run(3_600_000);
    let done = stage.batches().concat();
    for key in 0..20 {
        let of_key: Vec<_> = done.iter().copied().filter(|n| n % 20 == key).collect();
        assert_eq!(of_key, (0..50).map(|n| n * 20 + key).collect::<Vec<_>>(), "key {key}");
    }
    assert_eq!(stage.functions.pool.total_in_use_max(), 4);
    assert_ne!(done, (0..1_000).collect::<Vec<_>>());
}

#[test]
fn children_begin_when_all_their_parents_are_done() {
    let mut fake = Fake::with_shards(3);
    fake.fill(0, 0, 1, 300);
    fake.put(1, 0, "k", "1000");
    fake.put(2, 0, "k", "2000");
    fake.shards[0].closed = true;
    fake.shards[1].closed = true;
    fake.shards[2].parents = vec![ShardId(0), ShardId(1)];
    let mut stage = Stage::new(fake, settings(), function());
    stage.run(5_000);
    let done = stage.batches().concat();
    assert_eq!(done.len(), 302);
    assert_eq!(done.last(), Some(&2_000));
    assert_eq!(stage.mapping.checkpoints()[&ShardId(1)], Checkpoint::ShardEnd);
    let finished = |kind: &&EventKind| matches!(kind, EventKind::ShardFinished { .. });
    assert_eq!(stage.events.iter().filter(finished).count(), 2);
}

/// Two shards are split or merged twice while one of them still has records to be read: of the
/// grandchild only one parent is known, and it began without the other.
#[test]
fn a_child_waits_for_parents_that_no_list_has_told_of() {
    let mut fake = Fake::with_shards(2);
    fake.fill(1, 0, 1, 300);
    let slow = FunctionSettings { base_ms: 1_000.0, ..function() };
    let mut stage = Stage::new(fake, settings(), slow);
    stage.run(500);
    for parents in [vec![ShardId(0)], vec![ShardId(1)], vec![ShardId(2), ShardId(3)]] {
        stage.fake.shards.push(fake::FakeShard { parents, ..Default::default() });
    }
    (0..4).for_each(|shard| stage.fake.shards[shard].closed = true);
    stage.fake.put(4, 500, "k", "1000");
    stage.run(20_000);
    let done = stage.batches().concat();
    assert_eq!((done.len(), done.last()), (301, Some(&1_000)));
}

#[test]
fn latest_passes_over_what_was_there() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 1, 300);
    let latest = MappingSettings { start: StartingPosition::Latest, ..settings() };
    let mut stage = Stage::new(fake, latest, function());
    stage.run(500);
    stage.fake.put(0, 500, "k", "7");
    stage.run(3_000);
    assert_eq!(stage.batches(), [[7]]);
}

#[test]
fn an_expired_iterator_is_replaced_without_loss_or_repetition() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 1, 30);
    let mut stage = Stage::new(fake, settings(), function());
    stage.run(500);
    stage.fake.expire = true;
    stage.fake.put(0, 500, "k", "30");
    stage.run(3_000);
    assert!(!stage.fake.expire);
    assert_eq!(stage.batches().concat(), (0..31).collect::<Vec<_>>());
}

#[test]
fn a_missing_function_is_waited_for() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 1, 30);
    let mut stage = Stage::new(fake, settings(), function());
    let removed = stage.functions.remove(&part("f")).expect("it was there");
    stage.run(3_000);
    assert_eq!(stage.mapping.lanes(Millis(3_000))[0].note, "there is no function `f`");
    stage.functions.add(Millis::ZERO, removed).expect("it fits");
    stage.run(10_000);
    assert_eq!(stage.sizes(), [30]);
}

#[test]
fn a_slow_function_stops_the_reading() {
    let mut fake = Fake::with_shards(1);
    fake.fill(0, 0, 1, 50_000);
    let slow = FunctionSettings { base_ms: 900_000.0, ..function() };
    let mut stage = Stage::new(fake, settings(), slow);
    stage.run(60_000);
    assert_eq!(stage.mapping.tally().read_records, 10_000);
    assert!((60_000..=60_001).contains(&stage.mapping.age_ms(Millis(60_000))));
}

#[test]
fn large_records_are_cut_by_bytes() {
    let mut fake = Fake::with_shards(1);
    let large = "x".repeat(1_000_000);
    (0..10).for_each(|_| fake.put(0, 0, "k", &large));
    let simulated = FunctionSettings { kind: FunctionKind::Simulated, ..function() };
    let mut stage = Stage::new(fake, settings(), simulated);
    stage.run(1_000);
    assert_eq!(stage.mapping.tally().invocations, 3);
    assert_eq!(stage.mapping.tally().done_records, 10);
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |seed| {
        let mut fake = Fake::with_shards(2);
        fake.fill(0, 0, 20, 500);
        fake.fill(1, 0, 20, 500);
        let uneven = FunctionSettings { spread: 1.0, error_rate: 0.3, ..function() };
        let mut stage = Stage::new(fake, MappingSettings { batch_size: 5, ..settings() }, uneven);
        stage.mapping = Mapping::new(settings(), BTreeMap::new(), seed, Millis::ZERO);
        stage.run(60_000);
        (stage.batches(), stage.events)
    };
    assert_eq!(story(1), story(1));
}

#[test]
fn too_many_readers_throttle_each_other() {
    let mut fake = Fake::with_shards(1);
    fake.calls_per_s = Some(5);
    fake.fill(0, 0, 1, 300);
    let settings = ReaderSettings {
        name: part("r"),
        stream: StreamName::new("s").expect("a good name"),
        interval_ms: 250,
        limit: 100,
        start: StartingPosition::TrimHorizon,
        consumer: None,
    };
    let other = ReaderSettings { name: part("r2"), ..settings.clone() };
    let mut readers = [settings, other].map(|settings| Reader::new(settings, 7, Millis(0)));
    for now in (0..10_000).map(Millis) {
        for reader in &mut readers {
            while reader.next_deadline().is_some_and(|at| at <= now) {
                reader.advance(now);
                while let Some(call) = reader.poll_call() {
                    let reply = fake.answer(now, &call);
                    reader.on_reply(now, call, reply);
                }
            }
        }
    }
    assert!(readers.iter().all(|reader| reader.tally().read_records == 300));
    assert!(readers.iter().all(|reader| reader.tally().read_throttled > 5));
    assert_eq!(readers[0].behind_ms(Millis(10_000)), 0);
}
