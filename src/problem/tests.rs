//! Each lint on a picture made by hand: what it says, what it proposes, and when it keeps still.

use std::sync::Arc;

use super::*;
use crate::meter::{Sampled, Sketch};
use crate::model::{
    ConsumerName, ConsumerTally, FunctionTally, HashKey, HashKeyRange, Level, Lineage,
    MappingState, Millis, PartName, ProducerTally, ShardId, ShardLimits, ShardState, StreamMode,
    StreamName, StreamStatus,
};
use crate::snapshot::{
    AccountView, ApplicationView, ExpectationView, ExpiredView, FanOutView, FarView, FunctionView,
    LaneState, LaneView, LeaseView, Load, MappingView, PartState, ProducerView, Rates, ReaderView,
    ShardView, StreamDetails, StreamView, Traffic, Verdict, Volume, WorkerView,
};

const NOW: Millis = Millis(1_000_000_000);

fn part(name: &str) -> PartName {
    PartName::new(name).expect("a good name")
}

fn orders() -> StreamName {
    StreamName::new("orders").expect("a good name")
}

fn shard(number: u32, count: u32, records: f64) -> ShardView {
    let size = u128::MAX / u128::from(count);
    let start = HashKey(u128::from(number) * size);
    let rates = Rates { in_records: records, in_bytes: records * 100.0, ..Rates::default() };
    ShardView {
        id: ShardId(number),
        state: ShardState::Open,
        range: HashKeyRange { start, end: HashKey(start.0 + size - 1) },
        lineage: Lineage::default(),
        created: Millis(NOW.0 - 3_600_000),
        closed: None,
        stored_records: 0,
        traffic: Some(Box::new(Traffic {
            rates,
            held: rates,
            minute: Load { records: records as f32, bytes: records as f32 * 100.0 },
            ..Traffic::default()
        })),
    }
}

fn traffic(shard: &mut ShardView) -> &mut Traffic {
    shard.traffic.get_or_insert_default()
}

fn refusing(number: u32, count: u32, refused: f64) -> ShardView {
    let mut shard = shard(number, count, 1_000.0);
    traffic(&mut shard).rates.write_throttled = refused;
    traffic(&mut shard).held.write_throttled = refused;
    shard
}

fn world(shards: Vec<ShardView>) -> Snapshot {
    let stream = StreamView {
        name: orders(),
        mode: StreamMode::Provisioned,
        status: StreamStatus::Active,
        transition_ends: None,
        level: Level::Memory,
        policy: None,
        retention_ms: 86_400_000,
        limits: ShardLimits::KINESIS,
        created: Millis::ZERO,
        shards: Arc::new(shards),
        rates: Rates::default(),
        source: crate::snapshot::Source::Counted,
        in_bytes_spark: Vec::new(),
        out_bytes_spark: Vec::new(),
        throttled_spark: Vec::new(),
        iterator_age_ms: None,
        consumers: 0,
        registered_consumers: 0,
        details: std::sync::Arc::default(),
    };
    Snapshot { now: NOW, streams: vec![stream], ..Snapshot::default() }
}

fn busy(count: u32) -> Vec<ShardView> {
    (0..count).map(|number| shard(number, count, 500.0)).collect()
}

/// A mapping whose age is this after growing so much each second.
fn mapping(age_ms: u64, growth_ms: f64) -> MappingView {
    let age = |ago: f64| Some((age_ms as f64 - ago * growth_ms).max(0.0) as f32);
    MappingView {
        fan_out: None,
        event_counts: false,
        name: part("bill"),
        stream: orders(),
        function: part("billing"),
        state: PartState::Running,
        batch_size: 100,
        window_ms: 0,
        parallelization_factor: 1,
        retries: -1,
        bisect_on_error: false,
        record_age_max_ms: None,
        rules: Vec::new(),
        life: MappingState::Enabled,
        last_result: "OK".to_owned(),
        iterator_age_ms: age_ms,
        iterator_age_p50_ms: 0,
        iterator_age_p99_ms: 0,
        iterator_age_max_ms: 0,
        age_spark: (0..60).rev().map(|ago| age(f64::from(ago))).collect(),
        age_slope: growth_ms,
        done_per_s: 0.0,
        invocations_per_s: 0.0,
        errors_per_s: 0.0,
        throttles_per_s: 0.0,
        tally: ConsumerTally::default(),
        running: 0,
        running_max: 0,
        lanes: vec![lane(LaneState::Running, 0)],
    }
}

fn lane(state: LaneState, retries: u32) -> LaneView {
    LaneView {
        shard: ShardId(0),
        lane: 0,
        state,
        batch: 10,
        age_ms: 5_000,
        retries,
        note: "boom".into(),
    }
}

fn function(reserved: Option<u32>, needs: u32, throttles: f64) -> FunctionView {
    FunctionView {
        name: part("billing"),
        kind: "simulated".into(),
        in_use: 0,
        in_use_max: 0,
        reserved,
        provisioned: None,
        provisioned_in_use: 0,
        ready_at: None,
        throttles: Vec::new(),
        needs,
        invocations_per_s: 10.0,
        throttles_per_s: throttles,
        errors_per_s: 0.0,
        throttles_held_per_s: throttles,
        request_throttles_held_per_s: 0.0,
        errors_held_per_s: 0.0,
        cold_starts_per_s: 0.0,
        p50_ms: 0,
        p99_ms: 0,
        tally: FunctionTally::default(),
        top: Vec::new(),
        in_use_spark: Vec::new(),
    }
}

/// Lint, severity and cure of every problem.
fn told(snapshot: &Snapshot) -> Vec<(&'static str, Severity, String)> {
    let cure = |p: &Problem| p.cure.as_ref().map(ToString::to_string).unwrap_or_default();
    find(snapshot).iter().map(|p| (p.lint, p.severity, cure(p))).collect()
}

#[test]
fn a_calm_world_has_no_problem() {
    assert_eq!(told(&world(busy(4))), []);
    assert_eq!(told(&Snapshot::default()), []);
}

#[test]
fn one_hot_shard_is_split_where_its_load_halves() {
    let mut shards = busy(4);
    shards[2] = refusing(2, 4, 100.0);
    let snapshot = world(shards);
    assert_eq!(
        told(&snapshot),
        [("writes-refused", Severity::Critical, "split orders 002 --at hot".into())]
    );
    let problem = &find(&snapshot)[0];
    assert_eq!(problem.id(), "writes-refused orders 002");
    assert_eq!(problem.sentence, "refuses 100 records/s; offered 110% of its limit");
}

#[test]
fn some_hot_shards_are_split_together_and_half_of_all_means_scaling() {
    let with_hot = |hot: u32, count: u32| {
        let shards = (0..count)
            .map(|n| if n < hot { refusing(n, count, 50.0) } else { shard(n, count, 300.0) });
        told(&world(shards.collect()))
    };
    let critical = |cure: &str| vec![("writes-refused", Severity::Critical, cure.to_owned())];
    assert_eq!(with_hot(3, 16), critical("split-hot orders --over 95"));
    assert_eq!(with_hot(8, 16), critical("scale orders 32"));
    assert_eq!(with_hot(2, 2), critical("scale orders 4"), "there are no others");
    assert_eq!(with_hot(2, 8).len(), 2, "two of eight are two problems");
}

#[test]
fn the_service_sees_to_on_demand_streams() {
    let mut snapshot = world(vec![refusing(0, 1, 10.0)]);
    snapshot.streams[0].mode = StreamMode::OnDemand;
    assert_eq!(told(&snapshot), [("writes-refused", Severity::Critical, String::new())]);
}

#[test]
fn a_shard_at_its_cap_is_told_before_it_refuses() {
    let mut shards = busy(4);
    shards[1] = shard(1, 4, 960.0);
    let snapshot = world(shards);
    assert_eq!(
        told(&snapshot),
        [("at-cap", Severity::Warning, "split orders 001 --at hot".into())]
    );
}

#[test]
fn what_is_over_is_shown_while_its_rates_are_held() {
    let mut shard = refusing(0, 1, 100.0);
    traffic(&mut shard).rates.write_throttled = 0.0;
    assert_eq!(find(&world(vec![shard.clone()])).len(), 1);
    traffic(&mut shard).held.write_throttled = 0.0;
    traffic(&mut shard).held.in_records = 500.0;
    assert_eq!(find(&world(vec![shard])), []);
}

#[test]
fn a_key_that_fills_a_shard_has_no_cure_among_the_commands() {
    let mut hot = refusing(0, 1, 300.0);
    let mut sketch = Sketch::new(hot.range);
    for n in 0..100u128 {
        let (key, hash) = if n < 90 { ("sku-77", 7) } else { ("other", n << 120) };
        sketch.add(&Sampled { key, hash: HashKey(hash), bytes: 100, weight: 1 });
    }
    traffic(&mut hot).mix = sketch.mix().map(Arc::new);
    let snapshot = world(vec![hot]);
    let lints: Vec<_> = told(&snapshot);
    assert_eq!(lints[0].0, "heavy-key");
    assert!(lints.iter().all(|(_, _, cure)| cure.is_empty()), "{lints:?}");
    assert!(find(&snapshot)[0].sentence.contains("key sku-77 alone brings 117%"));
}

#[test]
fn the_reader_that_asks_most_is_slowed_down_so_that_all_fit() {
    let mut hot = shard(0, 1, 100.0);
    traffic(&mut hot).held.read_throttled = 3.0;
    let mut snapshot = world(vec![hot]);
    let reader = |name: &str, interval_ms| ReaderView {
        name: part(name),
        stream: orders(),
        behind_ms: 0,
        age_spark: Vec::new(),
        age_slope: 0.0,
        records_per_s: 0.0,
        throttled_per_s: 0.0,
        throttled_held_per_s: 0.0,
        interval_ms,
        fan_out: None,
        tally: ConsumerTally::default(),
    };
    let fan_out = |name: &str| FanOutView {
        consumer: ConsumerName::new(name).expect("a name"),
        status: "ACTIVE".to_owned(),
        subscriptions: 1,
        bytes_per_s: 0.0,
        latency_p50_ms: 0,
        latency_p99_ms: 0,
    };
    snapshot.readers = vec![reader("a", 1_000), reader("b", 1_000), reader("dashboard", 200)];
    snapshot.mappings = vec![mapping(0, 0.0)];
    let cure = |snapshot: &Snapshot| told(snapshot)[0].2.clone();
    assert_eq!(cure(&snapshot), "fan-out dashboard dashboard", "who hurries is pushed to");
    let registered = (0..20).map(|n| (format!("c{n}"), "ACTIVE".to_owned())).collect();
    snapshot.streams[0].details = StreamDetails { registered, ..StreamDetails::default() }.into();
    assert_eq!(cure(&snapshot), "interval dashboard 1000", "no more can be registered");
    snapshot.readers.extend([reader("c", 1_000), reader("d", 1_000)]);
    assert_eq!(cure(&snapshot), "detach dashboard", "the others use all five calls");
    snapshot.readers.retain(|reader| reader.interval_ms > 200);
    snapshot.mappings = vec![mapping(10_000, 0.0)];
    assert_eq!(cure(&snapshot), "tune bill --consumer bill", "without it they fit");
    snapshot.mappings[0].fan_out = Some(fan_out("bill"));
    snapshot.readers[0].interval_ms = 100;
    assert_eq!(cure(&snapshot), "interval a 1000", "who is pushed to asks nothing");
    snapshot.readers[0].fan_out = Some(fan_out("a"));
    snapshot.readers.push(reader("e", 250));
    assert_eq!(cure(&snapshot), "interval e 1000", "nor does a reader");
}

/// What is held outlasts its cure: it is told as what was, and nothing is proposed for it.
#[test]
fn reads_that_are_refused_no_more_are_told_without_a_cure() {
    let mut hot = shard(0, 1, 500.0);
    traffic(&mut hot).held.read_throttled = 3.0;
    traffic(&mut hot).rates.read_throttled = 3.0;
    let mut snapshot = world(vec![hot]);
    assert_eq!(told(&snapshot), [("reads-refused", Severity::Warning, "scale orders 2".into())]);
    assert_eq!(find(&snapshot)[0].sentence, "1 shard refuses 3 reads/s");
    let shards = Arc::make_mut(&mut snapshot.streams[0].shards);
    traffic(&mut shards[0]).rates.read_throttled = 0.0;
    assert_eq!(told(&snapshot), [("reads-refused", Severity::Warning, String::new())]);
    assert_eq!(find(&snapshot)[0].sentence, "1 shard refused 3 reads/s a moment ago");
}

#[test]
fn a_mapping_that_falls_behind_says_when_records_expire() {
    let mut snapshot = world(busy(2));
    snapshot.mappings = vec![mapping(30_000, 500.0)];
    assert_eq!(told(&snapshot), [("age", Severity::Warning, "tune bill --factor 2".into())]);
    let sentence = &find(&snapshot)[0].sentence;
    assert!(sentence.contains("is 30 s behind and falls back 0.5 s each second"), "{sentence}");
    assert!(sentence.ends_with("records expire unread in 48.0 h"), "{sentence}");
    snapshot.mappings = vec![mapping(30_000, -500.0)];
    assert_eq!(told(&snapshot), [], "it catches up");
    let at_most = |factor| MappingView { parallelization_factor: factor, ..mapping(30_000, 500.0) };
    snapshot.mappings = vec![at_most(6)];
    assert_eq!(told(&snapshot)[0].2, "tune bill --factor 10");
    snapshot.mappings = vec![at_most(10)];
    assert_eq!(told(&snapshot)[0].2, "scale orders 4", "a shard has no more lanes to give");
}

/// The growth is held for some seconds, in which a mapping that catches up was told as one that falls
/// back, with a cure for that.
#[test]
fn who_catches_up_is_not_said_to_fall_back_while_its_growth_is_held() {
    let mut snapshot = world(busy(2));
    let falling = |age_ms: u64, each: f32| {
        let grown = mapping(age_ms + 3 * each as u64, 1_000.0);
        let mut age_spark = grown.age_spark.clone();
        let least = age_ms as f32;
        age_spark.extend([2.0, 1.0, 0.0].map(|seconds| Some(least + seconds * each)));
        MappingView { iterator_age_ms: age_ms, age_spark, age_slope: 500.0, ..grown }
    };
    snapshot.mappings = vec![falling(40_000, 10_000.0)];
    assert_eq!(told(&snapshot), []);
    snapshot.streams[0].retention_ms = 60_000;
    assert_eq!(told(&snapshot), [], "nothing of it expires");
    snapshot.mappings = vec![falling(40_000, 1_000.0)];
    assert_eq!(told(&snapshot)[0].0, "expiry", "that is what batches take");
}

/// An age that was not known before is no growth: it was told as one of 31 s each second, and whoever
/// caught up on it as one that falls back.
#[test]
fn an_age_that_jumps_grows_by_no_more_than_a_second_each_second() {
    let mut snapshot = world(busy(2));
    let jumped = |ages: &[f32]| {
        let mut age_spark = vec![Some(0.0); 40];
        age_spark.extend(ages.iter().copied().map(Some));
        let age_ms = ages.last().map_or(0, |age| *age as u64);
        MappingView { iterator_age_ms: age_ms, age_spark, ..mapping(age_ms, 31_000.0) }
    };
    snapshot.mappings = vec![jumped(&[620_000.0, 621_000.0])];
    let sentence = &find(&snapshot)[0].sentence;
    assert!(
        sentence.starts_with("is 10 min behind and falls back 1.0 s each second"),
        "{sentence}"
    );
    snapshot.mappings = vec![jumped(&[620_000.0, 608_000.0, 596_000.0, 584_000.0])];
    assert_eq!(told(&snapshot), [], "it catches up");
    let short = MappingView { age_spark: vec![Some(0.0), Some(62_000.0)], ..mapping(62_000, 6e4) };
    snapshot.mappings = vec![short];
    let sentence = &find(&snapshot)[0].sentence;
    assert!(sentence.contains("falls back 1.0 s each second"), "{sentence}");
}

#[test]
fn a_paused_mapping_is_told_and_soon_critical() {
    let mut snapshot = world(busy(2));
    let paused = |age_ms| MappingView { state: PartState::Paused, ..mapping(age_ms, 1_000.0) };
    snapshot.mappings = vec![paused(20_000)];
    assert_eq!(told(&snapshot), [("paused", Severity::Warning, "resume bill".into())]);
    snapshot.streams[0].retention_ms = 100_000;
    snapshot.mappings = vec![paused(80_000)];
    assert_eq!(told(&snapshot), [("expiry", Severity::Critical, "resume bill".into())]);
    let sentence = &find(&snapshot)[0].sentence;
    assert_eq!(sentence, "is 80 s behind: records of orders expire unread in 20 s");
}

/// A mapping that gives records up before the stream does loses them then.
#[test]
fn a_mapping_gives_records_up_at_its_own_age_if_that_is_lower() {
    let mut snapshot = world(busy(2));
    let behind = MappingView { record_age_max_ms: Some(60_000), ..mapping(50_000, 500.0) };
    snapshot.mappings = vec![behind.clone()];
    assert_eq!(told(&snapshot)[0].0, "expiry");
    let Problem { sentence, why, .. } = &find(&snapshot)[0];
    assert_eq!(sentence, "is 50 s behind: records of orders are given up in 20 s");
    assert!(why.starts_with("bill gives records up that are older than 60 s."), "{why}");
    snapshot.streams[0].retention_ms = 55_000;
    assert!(find(&snapshot)[0].sentence.ends_with("expire unread in 10 s"));
    snapshot.streams[0].retention_ms = 86_400_000;
    snapshot.mappings = vec![MappingView { record_age_max_ms: Some(240_000), ..behind }];
    assert!(find(&snapshot)[0].sentence.ends_with("records are given up in 6 min"));
}

#[test]
fn a_reservation_that_is_too_small_is_raised_as_far_as_the_account_allows() {
    let mut snapshot = world(busy(2));
    snapshot.account = AccountView { limit: 1_000, reserved: 40, ..AccountView::default() };
    snapshot.functions = vec![function(Some(40), 64, 5.0)];
    assert_eq!(
        told(&snapshot),
        [("concurrency", Severity::Critical, "concurrency billing 64".into())]
    );
    snapshot.account.limit = 140;
    assert_eq!(told(&snapshot)[0].2, "concurrency account 164");
    snapshot.functions = vec![function(None, 64, 5.0)];
    snapshot.account = AccountView { limit: 30, ..AccountView::default() };
    assert_eq!(told(&snapshot)[0].2, "concurrency account 64");
}

/// Refusals are held for some seconds: the list went on to propose what had been done.
#[test]
fn a_limit_that_has_been_raised_is_not_told_and_not_proposed_again() {
    let mut snapshot = world(busy(2));
    snapshot.account = AccountView { limit: 1_000, reserved: 64, ..AccountView::default() };
    snapshot.functions = vec![function(Some(64), 64, 5.0)];
    assert_eq!(told(&snapshot), []);
    snapshot.mappings = vec![mapping(30_000, 500.0)];
    assert_eq!(told(&snapshot), [("age", Severity::Warning, String::new())]);
    snapshot.mappings.clear();
    snapshot.account = AccountView { limit: 64, ..AccountView::default() };
    snapshot.functions = vec![function(None, 64, 5.0)];
    assert_eq!(told(&snapshot), []);
    snapshot.functions[0].request_throttles_held_per_s = 5.0;
    snapshot.functions[0].p50_ms = 100;
    assert_eq!(told(&snapshot), [("concurrency", Severity::Critical, String::new())]);
}

#[test]
fn a_batch_that_fails_without_end_is_given_up_by_fewer_retries() {
    let mut snapshot = world(busy(2));
    let mut stuck = mapping(5_000, 0.0);
    stuck.lanes = vec![lane(LaneState::Retrying, 12)];
    snapshot.mappings = vec![stuck];
    assert_eq!(
        told(&snapshot),
        [("blocked", Severity::Critical, "tune bill --retries 2 --bisect on".into())]
    );
}

#[test]
fn idle_neighbors_are_a_hint_and_not_urgent() {
    let snapshot = world((0..2).map(|n| shard(n, 2, 10.0)).collect());
    assert_eq!(told(&snapshot), [("idle", Severity::Info, "merge orders 000 001".into())]);
    assert!(!find(&snapshot)[0].is_urgent());
    let snapshot = world((0..8).map(|n| shard(n, 8, 10.0)).collect());
    assert_eq!(told(&snapshot)[0].2, "scale orders 4");
}

/// The list proposed fewer shards, and then more for the mapping whose lanes had gone.
#[test]
fn shards_whose_lanes_a_mapping_needs_are_not_idle() {
    let mut snapshot = world((0..2).map(|n| shard(n, 2, 10.0)).collect());
    let waits = MappingView { lanes: vec![lane(LaneState::Waiting, 0)], ..mapping(0, 0.0) };
    snapshot.mappings = vec![waits.clone()];
    assert_eq!(told(&snapshot)[0].0, "idle");
    snapshot.mappings = vec![mapping(0, 0.0)];
    assert_eq!(told(&snapshot), [], "its lanes are busy");
    let was_behind = MappingView { age_spark: vec![Some(20_000.0), Some(1_000.0)], ..waits };
    snapshot.mappings = vec![was_behind];
    assert_eq!(told(&snapshot), [], "it was behind a moment ago");
}

#[test]
fn the_log_and_the_promises_of_a_session_are_looked_at() {
    let mut snapshot = world(busy(1));
    snapshot.log_failure = Some("disk full".into());
    snapshot.log_upkeep_failure = Some("disk full".into());
    snapshot.log_missing_records = 3;
    snapshot.log_unsynced_ms = 2_000;
    snapshot.expectations = vec![ExpectationView {
        sentence: "records refused by orders from 1 s to 9 s: below 1".into(),
        value: 7.0,
        verdict: Verdict::Failed,
    }];
    let lints: Vec<_> = find(&snapshot).iter().map(|problem| problem.lint).collect();
    assert_eq!(lints, ["log-damaged", "log-refuses", "log-unsynced", "log-upkeep", "promise"]);
}

#[test]
fn a_long_transition_is_told() {
    let mut snapshot = world(busy(1));
    snapshot.streams[0].status = StreamStatus::Updating;
    snapshot.streams[0].transition_ends = Some(NOW.plus(30_000));
    assert_eq!(told(&snapshot), []);
    snapshot.streams[0].transition_ends = Some(NOW.plus(300_000));
    assert_eq!(told(&snapshot), [("transition", Severity::Warning, String::new())]);
}

#[test]
fn problems_stand_in_the_order_of_severity_and_then_of_subjects() {
    let mut shards: Vec<ShardView> = (0..4).map(|n| shard(n, 4, 1.0)).collect();
    shards[3] = refusing(3, 4, 1.0);
    shards[1] = refusing(1, 4, 900.0);
    let mut snapshot = world(shards);
    snapshot.log_unsynced_ms = 5_000;
    let order: Vec<String> = find(&snapshot).iter().map(Problem::id).collect();
    assert_eq!(
        order,
        ["writes-refused orders 001", "writes-refused orders 003", "log-unsynced log"]
    );
}

/// A disk with little room is told before the log refuses, with what frees some.
#[test]
fn a_nearly_full_disk_is_told_with_its_cure() {
    let mut picture = world(busy(2));
    let volume = |free_bytes| Some(crate::snapshot::Volume { bytes: 100 << 30, free_bytes });
    picture.log_volume = volume(2 << 30);
    assert!(find(&picture).iter().all(|problem| problem.lint != "disk-full"));
    picture.log_volume = volume(700 << 20);
    picture.streams[0].level = Level::Power;
    picture.streams[0].retention_ms = 7 * 86_400_000;
    let disk = |picture: &Snapshot| {
        find(picture).into_iter().find(|problem| problem.lint == "disk-full").expect("told")
    };
    let told = disk(&picture);
    assert_eq!(told.severity, Severity::Warning);
    let cure = told.cure.expect("a cure").to_string();
    assert!(cure.starts_with("retention ") && cure.ends_with(" 24"), "{cure}");
    picture.log_volume = volume(10 << 20);
    picture.streams[0].retention_ms = 86_400_000;
    let told = disk(&picture);
    assert_eq!((told.severity, told.cure), (Severity::Critical, None));
}

#[test]
fn refusals_of_a_stream_whose_shards_are_not_told_are_a_problem_too() {
    let mut snapshot = world(busy(2));
    snapshot.streams[0].rates.write_throttled = 9.0;
    assert_eq!(told(&snapshot), [], "who counts would know where");
    snapshot.streams[0].source = crate::snapshot::Source::CloudWatch { until: NOW };
    let found = find(&snapshot);
    let [Problem { sentence, why, cure: None, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(sentence, "some shards refuse 9 records/s");
    assert!(why.contains("enhanced monitoring"), "{why}");
}

/// At an endpoint, as a console sees its streams.
fn elsewhere(snapshot: Snapshot) -> Snapshot {
    Snapshot { far: Some(FarView::default()), ..snapshot }
}

/// What falls behind, whatever reads: why, and the command that lets it catch up.
#[test]
fn readers_applications_and_transforms_that_fall_behind_are_told() {
    let ages: Vec<Option<f32>> = (0..60).map(|second| Some(second as f32 * 1_000.0)).collect();
    let reader = |interval_ms, refused| ReaderView {
        name: part("audit"),
        stream: orders(),
        behind_ms: 59_000,
        age_spark: ages.clone(),
        age_slope: 1_000.0,
        records_per_s: 10.0,
        throttled_per_s: 0.0,
        throttled_held_per_s: refused,
        interval_ms,
        fan_out: None,
        tally: ConsumerTally::default(),
    };
    let of_reader = |interval_ms, refused| {
        let readers = vec![reader(interval_ms, refused)];
        told(&Snapshot { readers, ..world(busy(2)) })
    };
    let behind = |cure: &str| vec![("age", Severity::Warning, cure.to_owned())];
    assert_eq!(of_reader(1_000, 0.0), behind("interval audit 500"));
    assert_eq!(of_reader(300, 0.0), behind("interval audit 200"), "five calls a second are all");
    assert_eq!(of_reader(200, 0.0), behind(""));
    assert_eq!(of_reader(1_000, 2.0), behind(""), "who is refused is not to ask more often");

    let worker = |number, is_alive| WorkerView { number, is_alive, leases: 1, done_records: 0 };
    let lease = |shard| LeaseView {
        shard: ShardId(shard),
        owner: Some(1),
        expires_in_ms: 5_000,
        counter: 1,
        switches: 0,
        checkpoint: None,
        ahead: 0,
        is_ended: false,
    };
    let of_application = |workers: Vec<WorkerView>| {
        let application = ApplicationView {
            name: part("app"),
            stream: orders(),
            workers,
            leases: vec![lease(0), lease(1)],
            behind_ms: 59_000,
            age_spark: ages.clone(),
            age_slope: 1_000.0,
            done_per_s: 0.0,
            again_records: 0,
            tally: ConsumerTally::default(),
        };
        told(&Snapshot { applications: vec![application], ..world(busy(2)) })
    };
    assert_eq!(
        of_application(vec![worker(0, false), worker(1, true)]),
        behind("worker app start 0")
    );
    assert_eq!(of_application(vec![worker(0, true)]), behind("worker app start"));
    assert_eq!(of_application(vec![worker(0, true), worker(1, true)]), behind(""));
}

#[test]
fn an_endpoint_is_asked_for_what_it_can_do() {
    let hot = |n| if n < 3 { refusing(n, 16, 50.0) } else { shard(n, 16, 300.0) };
    let snapshot = world((0..16).map(hot).collect());
    assert_eq!(told(&snapshot)[0].2, "split-hot orders --over 95");
    assert_eq!(told(&elsewhere(snapshot))[0].2, "split orders 000 --at hot", "one at a time");

    let mut snapshot = world(busy(2));
    snapshot.mappings = vec![MappingView { state: PartState::Paused, ..mapping(20_000, 500.0) }];
    assert_eq!(told(&snapshot)[0].2, "resume bill");
    let left = find(&elsewhere(snapshot)).remove(0);
    assert_eq!(left.cure, None, "its parts are not this console's");
    assert!(left.why.ends_with(" Where it is served, `:resume bill` cures it."), "{}", left.why);
}

#[test]
fn who_reads_late_elsewhere_is_told_of_by_cloudwatch() {
    let late = |age_ms| {
        let mut snapshot = world(busy(2));
        let stream = &mut snapshot.streams[0];
        stream.source = crate::snapshot::Source::CloudWatch { until: NOW };
        stream.iterator_age_ms = Some(age_ms);
        elsewhere(snapshot)
    };
    const HOUR_MS: u64 = 3_600_000;
    assert_eq!(told(&late(299_999)), [], "its minutes come that late");
    assert_eq!(told(&late(HOUR_MS)), [("late-reads", Severity::Warning, String::new())]);
    let longer = "retention orders 48".to_owned();
    assert_eq!(told(&late(12 * HOUR_MS)), [("late-reads", Severity::Warning, longer.clone())]);
    assert_eq!(told(&late(20 * HOUR_MS)), [("late-reads", Severity::Critical, longer)]);
    let sentence = &find(&late(20 * HOUR_MS))[0].sentence;
    assert_eq!(sentence, "is read 20.0 h late: a reader that stands still loses records in 4.0 h");
    let mut longest = late(8_760 * HOUR_MS);
    longest.streams[0].retention_ms = 8_760 * HOUR_MS;
    assert_eq!(told(&longest), [("late-reads", Severity::Critical, String::new())]);
    let mut counted = late(20 * HOUR_MS);
    counted.streams[0].source = crate::snapshot::Source::Counted;
    assert_eq!(told(&counted), [], "who counts knows its readers by name");
}

#[test]
fn an_endpoint_that_is_silent_hides_what_was_wrong_before() {
    let mut snapshot = world(vec![refusing(0, 1, 50.0)]);
    snapshot.far = Some(FarView { trouble: Some("no route".into()), ..FarView::default() });
    assert_eq!(told(&snapshot)[0].0, "writes-refused", "a hiccup is none");
    snapshot.far.as_mut().expect("it is set").silent_ms = Some(42_000);
    assert_eq!(told(&snapshot), [("endpoint-silent", Severity::Critical, String::new())]);
    let problem = &find(&snapshot)[0];
    assert_eq!(problem.sentence, "answers nothing for 42 s: no route");
    assert_eq!(problem.subject.to_string(), "endpoint");
}

fn giving_up(told: &str) -> ProducerView {
    ProducerView {
        name: part("shop"),
        stream: orders(),
        kind: "synthetic".into(),
        state: PartState::Running,
        rate_factor: 1.0,
        offered_per_s: 10.0,
        accepted_per_s: 0.0,
        refused_per_s: 10.0,
        backlog: 0,
        dropped_held_per_s: 10.0,
        tally: ProducerTally::default(),
        last_error: Some(told.into()),
        expired: None,
    }
}

#[test]
fn a_producer_gives_up_on_a_log_without_room_and_not_on_the_stream() {
    let mut snapshot = world(busy(1));
    let told = |snapshot: &Snapshot| {
        let found = find(snapshot);
        let problem = found.iter().find(|problem| problem.lint == "gives-up").expect("it is told");
        (problem.sentence.clone(), problem.why.contains("Room on the disk of the log"))
    };
    snapshot.producers = vec![giving_up("ProvisionedThroughputExceededException")];
    let by = |who: &str| format!("gives up 10 records/s: {who} refused them to the last try");
    snapshot.log_volume = Some(Volume { bytes: 1 << 30, free_bytes: 0 });
    assert_eq!(told(&snapshot), (by("orders"), false));
    snapshot.producers = vec![giving_up("InternalFailure")];
    assert_eq!(told(&snapshot), (by("the log"), true));
    snapshot.log_volume = None;
    assert_eq!(told(&snapshot), (by("orders"), false), "whatever failed, it was not the log");
}

/// A split ended the refusals, and what had waited since was told as refused to the last try, with advice
/// of more room.
#[test]
fn what_expires_behind_the_retry_budget_is_not_said_to_be_refused_to_the_last_try() {
    let expired = Some(ExpiredView { records: 91, is_all: true });
    let refusing = giving_up("ProvisionedThroughputExceededException");
    let over = ProducerView { accepted_per_s: 2_400.0, refused_per_s: 0.0, ..refusing.clone() };
    let told = |producer: &ProducerView| {
        let producers = vec![ProducerView { expired, ..producer.clone() }];
        let snapshot = Snapshot { producers, ..world(busy(1)) };
        let found = find(&snapshot);
        let problem = found.into_iter().find(|problem| problem.lint == "gives-up").expect("told");
        let waited =
            problem.sentence == "gives up 10 records/s: they waited 30 s behind a retry budget";
        assert!(waited, "{}", problem.sentence);
        (problem.severity, problem.why.contains("Room on"), problem.why.contains("by itself"))
    };
    assert_eq!(told(&refusing), (Severity::Critical, true, false));
    assert_eq!(told(&over), (Severity::Warning, false, true));
}
