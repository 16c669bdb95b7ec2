//! On-demand streams under load, in virtual time.

use super::*;
use crate::api::CreateStream;
use crate::model::StreamMode;

const MINUTE_S: u64 = 60;

/// An on-demand stream, and the second that it is in.
struct Loaded {
    engine: Engine,
    second: u64,
    key: u64,
}

impl Loaded {
    fn new() -> Self {
        let mut engine = Engine::in_memory(EngineOptions::default());
        let create = CreateStream::provisioned(name(), 1, Level::Memory);
        let create = CreateStream { mode: StreamMode::OnDemand, retention_ms: 5_000, ..create };
        engine.handle(T0, &Operation::CreateStream(create)).expect("the name is free");
        engine.advance(T0.plus(1_000));
        Self { engine, second: 1, key: 0 }
    }

    /// A second in which so many records of 64 KiB come, of keys that lie evenly. How many were
    /// refused.
    fn second(&mut self, records: u64) -> usize {
        let now = T0.plus(self.second * 1_000);
        self.engine.advance(now);
        let mut entries = EntryBatch::new();
        for _ in 0..records {
            self.key += 1;
            entries.push(&format!("key-{:05}", self.key), &[0; 64 * 1_024 - 9]);
        }
        self.second += 1;
        let mut refused = 0;
        // A request holds 10 MiB.
        for some in entries.iter().collect::<Vec<_>>().chunks(100) {
            let mut entries = EntryBatch::new();
            some.iter().for_each(|entry| entries.push_entry(*entry));
            let put = PutRecords { stream: name(), entries };
            refused += self.engine.put_records(now, &put).expect("it is active").failed;
        }
        refused
    }

    fn seconds(&mut self, seconds: u64, records: u64) -> usize {
        (0..seconds).map(|_| self.second(records)).sum()
    }

    fn open(&self) -> usize {
        open_ranges(&self.engine).len()
    }
}

#[test]
fn an_on_demand_stream_starts_with_four_shards() {
    let loaded = Loaded::new();
    assert_eq!(loaded.open(), 4);
    let stream = loaded.engine.description(&name()).expect("it is there");
    assert_eq!(stream.settings.mode, StreamMode::OnDemand);
}

#[test]
fn traffic_beyond_twice_the_peak_is_throttled_until_there_are_shards_for_it() {
    let mut loaded = Loaded::new();
    // 1.25 MiB a second, far below the four shards.
    assert_eq!(loaded.seconds(5 * MINUTE_S + 10, 20), 0);
    assert_eq!(loaded.open(), 4);
    // 6 MiB a second: more than four shards take, and more than twice the peak.
    let refused = loaded.seconds(MINUTE_S, 96);
    assert!(refused > 60 * 20, "{refused}");
    loaded.seconds(14 * MINUTE_S, 96);
    assert!(loaded.open() >= 12, "{}", loaded.open());
    let refused = loaded.seconds(30, 96);
    assert!(refused < 30, "after 15 minutes there is room for all but bad luck: {refused}");
    assert!(tiles(open_ranges(&loaded.engine).into_iter()));
}

#[test]
fn growth_is_told_and_makes_the_stream_updating_for_a_while() {
    let mut loaded = Loaded::new();
    while loaded.engine.poll_event().is_some() {}
    let mut statuses = Vec::new();
    for _ in 0..7 * MINUTE_S {
        loaded.second(60);
        let status = loaded.engine.stream(&name()).expect("it is there").status();
        statuses.push(status);
    }
    assert!(statuses.contains(&StreamStatus::Updating));
    assert_eq!(statuses.last(), Some(&StreamStatus::Active));
    let kinds: Vec<_> = std::iter::from_fn(|| loaded.engine.poll_event()).map(|e| e.kind).collect();
    let told = |kind: &EventKind| match kind {
        EventKind::StreamChanged { what, .. } => what.starts_with("on-demand, from 4 to 8 shards"),
        _ => false,
    };
    let at = kinds.iter().position(told).expect("it is told");
    assert!(matches!(kinds[at + 1], EventKind::ShardSplit { .. }), "{:?}", kinds[at + 1]);
}

#[test]
fn the_same_load_scales_alike_in_every_run() {
    let run = || {
        let mut loaded = Loaded::new();
        loaded.seconds(12 * MINUTE_S, 70);
        open_ranges(&loaded.engine)
    };
    assert_eq!(run(), run());
}
