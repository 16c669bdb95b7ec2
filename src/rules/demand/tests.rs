//! The service and one stream, minute by minute.

use super::*;
use crate::rules::topology::initial_ranges;

const T0: Millis = Millis(1_700_000_000_000);
const KIB: u64 = 1_024;

/// A stream that is driven by hand.
struct Driven {
    now: Millis,
    demand: Demand,
    open: Vec<Taken>,
    next: u32,
}

impl Driven {
    fn with(shards: u32) -> Self {
        let taken = |(n, range)| Taken { shard: ShardId(n), range, bytes: 0, records: 0 };
        let open: Vec<Taken> = (0..).zip(initial_ranges(shards)).map(taken).collect();
        Self { now: T0, demand: Demand::begin(T0, &open), open, next: shards }
    }

    /// A minute in which each shard takes the same.
    fn minute(&mut self, kib_per_s: u64, records_per_s: u64) -> Vec<Reshard> {
        self.uneven_minute(&|_| (kib_per_s, records_per_s))
    }

    /// A minute in which the shard at each place takes so many KiB and records a second.
    fn uneven_minute(&mut self, flow: &dyn Fn(usize) -> (u64, u64)) -> Vec<Reshard> {
        for (place, taken) in self.open.iter_mut().enumerate() {
            let (kib, records) = flow(place);
            taken.bytes += 60 * kib * KIB;
            taken.records += 60 * records;
        }
        self.now = self.now.plus(MINUTE_MS);
        assert!(self.demand.is_due(self.now));
        self.demand.measure(self.now, &ShardLimits::KINESIS, &self.open);
        let plan = self.demand.look(self.now, 0, &self.open);
        plan.iter().for_each(|step| self.take(*step));
        plan
    }

    fn take(&mut self, step: Reshard) {
        let at = |open: &[Taken], id| open.iter().position(|t| t.shard == id).expect("it is open");
        let mut new = |range| {
            self.next += 1;
            Taken { shard: ShardId(self.next - 1), range, bytes: 0, records: 0 }
        };
        match step {
            Reshard::Split { shard, at: key } => {
                let place = at(&self.open, shard);
                let halves = topology::split(self.open[place].range, key).expect("it fits");
                self.open.splice(place..=place, halves.map(&mut new));
            }
            Reshard::Merge { lower, upper } => {
                let (a, b) = (at(&self.open, lower), at(&self.open, upper));
                let union = topology::merge(self.open[a].range, self.open[b].range);
                let child = new(union.expect("they are neighbors"));
                self.open.splice(a..=b, [child]);
            }
            Reshard::Uniform { .. } => panic!("the service does not scale uniformly"),
        }
    }

    /// Minutes with the same flow into all shards together, evenly.
    fn minutes(&mut self, minutes: u64, kib_per_s: u64) {
        for _ in 0..minutes {
            let each = kib_per_s / self.open.len() as u64;
            self.minute(each, 0);
        }
    }
}

#[test]
fn a_quiet_stream_keeps_its_four_shards() {
    let mut stream = Driven::with(4);
    stream.minutes(24 * 60, 4 * 500);
    assert_eq!((stream.open.len(), stream.demand.wanted(stream.now, 0)), (4, 4));
}

#[test]
fn a_shard_over_500_kb_a_second_is_split_evenly_within_15_minutes() {
    let mut stream = Driven::with(4);
    let hot = stream.open[2];
    let mut minutes = 0;
    while stream.open.len() == 4 {
        stream.uneven_minute(&|place| if place == 2 { (501, 0) } else { (10, 0) });
        minutes += 1;
    }
    assert!(minutes <= 15, "{minutes}");
    let [lower, upper] = [stream.open[2].range, stream.open[3].range];
    assert_eq!(topology::halves(hot.range), Some([lower, upper]));
}

#[test]
fn a_shard_of_many_small_records_is_split_too() {
    let mut stream = Driven::with(4);
    (0..5).for_each(|_| drop(stream.uneven_minute(&|place| (1, if place == 0 { 501 } else { 1 }))));
    assert_eq!(stream.open.len(), 5);
    let mut stream = Driven::with(4);
    (0..15).for_each(|_| drop(stream.minute(500, 500)));
    assert_eq!(stream.open.len(), 4, "500 of each is not above");
}

#[test]
fn a_hot_minute_between_looks_is_not_forgotten() {
    let mut stream = Driven::with(4);
    stream.uneven_minute(&|place| (if place == 1 { 900 } else { 0 }, 0));
    (0..4).for_each(|_| drop(stream.minute(0, 0)));
    assert_eq!(stream.open.len(), 5);
}

#[test]
fn room_is_made_for_twice_the_peak() {
    let mut stream = Driven::with(4);
    // One shard takes 0.9 of what it can, and with the others this is 2.4 shards' worth.
    let flow = |place| (if place == 0 { 922 } else { 500 }, 0);
    (0..5).for_each(|_| drop(stream.uneven_minute(&flow)));
    assert_eq!((stream.demand.wanted(stream.now, 0), stream.open.len()), (5, 5));
}

#[test]
fn full_shards_double_three_times_in_15_minutes() {
    let mut stream = Driven::with(4);
    for expected in [8, 16, 32] {
        (0..5).for_each(|_| drop(stream.minute(1_024, 0)));
        assert_eq!(stream.open.len(), expected);
    }
}

#[test]
fn what_was_built_stays_for_30_days_and_goes_by_pairs_then() {
    let mut stream = Driven::with(4);
    stream.minutes(5, 4 * 1_024);
    assert_eq!(stream.open.len(), 8);
    stream.minutes(29 * 24 * 60, 1_024);
    assert_eq!(stream.open.len(), 8);
    stream.minutes(2 * 24 * 60, 1_024);
    assert_eq!(stream.open.len(), 4);
    assert!(crate::rules::routing::tiles(stream.open.iter().map(|taken| taken.range)));
}

#[test]
fn a_stream_that_changes_its_mode_keeps_its_shards_at_first() {
    let mut stream = Driven::with(40);
    stream.minutes(7 * 24 * 60, 1_024);
    assert_eq!(stream.open.len(), 40);
}

#[test]
fn busy_neighbors_are_not_merged() {
    let mut stream = Driven::with(8);
    let busy = |_: usize| (220, 0);
    for _ in 0..40 * 24 * 60 {
        stream.uneven_minute(&busy);
    }
    // Each pair does 440 KiB a second: one shard would be close to hot.
    assert_eq!(stream.open.len(), 8);
}

#[test]
fn limits_of_a_stream_s_own_count_in_proportion() {
    let limits = ShardLimits { write_bytes_per_s: Some(10_240), ..ShardLimits::KINESIS };
    let full = Full::of(&limits);
    assert!(full.is_hot((5_001, 0)) && !full.is_hot((5_000, 0)));
    assert_eq!(full.load((5_120, 0)), 500);
    let full = Full::of(&ShardLimits::OFF);
    assert!(full.is_hot((512_001, 0)) && !full.is_hot((512_000, 500)));
}

#[test]
fn nothing_grows_beyond_what_a_stream_may_have() {
    let mut stream = Driven::with(6_000);
    (0..10).for_each(|_| drop(stream.minute(1_024, 0)));
    assert_eq!(stream.open.len(), 10_000);
}

#[test]
fn warm_throughput_is_room_that_is_always_there() {
    let mut stream = Driven::with(4);
    assert_eq!((stream.demand.wanted(T0, 25), stream.demand.wanted(T0, 3)), (25, 4));
    (0..4).for_each(|_| drop(stream.uneven_minute(&|place| (100 + place as u64, 0))));
    let looked = stream.now.plus(MINUTE_MS);
    let plan = stream.demand.look(looked, 6, &stream.open);
    let busiest: Vec<_> = stream.open[2..].iter().filter_map(halve).collect();
    assert_eq!(plan, busiest);
}

#[test]
fn what_is_released_goes_down_to_what_the_last_hour_needed() {
    let mut stream = Driven::with(4);
    (0..10).for_each(|_| drop(stream.minute(1_024, 0)));
    assert_eq!(stream.open.len(), 16);
    stream.minutes(3 * 60, 3 * 1_024);
    stream.demand.release(stream.now);
    assert_eq!(stream.demand.wanted(stream.now, 0), 6);
    stream.minutes(60, 3 * 1_024);
    assert!(stream.open.len() < 16);
}
