//! The meters of a world, ticked once a second of engine time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::engine::{Engine, ShardInfo, StreamInfo};
use crate::meter::series::Fold;
use crate::meter::{ConsumerMeter, Counter, Series, ShardMeter};
use crate::model::{Millis, PartName, ShardId, ShardState, ShardTally, StreamName};
use crate::pipeline::function::Functions;
use crate::world::ages;
use crate::world::parts::Parts;

/// Seconds over which it is looked at what was refused before.
const FRESH_S: usize = 10;

/// A stream's meters: its own and those of its shards. Of thousands of shards most do nothing most of
/// the time: one has a meter while there is something to tell of it, and counters when it ever took or
/// gave anything.
#[derive(Default)]
pub(super) struct StreamMeter {
    pub(super) whole: ShardMeter,
    shards: BTreeMap<ShardId, ShardMeter>,
    /// Shards that take writes.
    pub(super) open: usize,
    /// Seconds that were closed, and when the last of them was.
    seconds: u64,
    closed: Millis,
    gone: ShardTally,
    last: BTreeMap<ShardId, ShardTally>,
}

/// A producer's or transform's meters.
pub(super) struct FlowMeter {
    pub(super) taken: Counter,
    pub(super) given: Counter,
    pub(super) refused: Counter,
    /// What a producer gave up, or a transform could not handle.
    pub(super) dropped: Counter,
    /// How far a transform is behind.
    pub(super) age_ms: Series,
}

impl Default for FlowMeter {
    fn default() -> Self {
        Self {
            taken: Counter::default(),
            given: Counter::default(),
            refused: Counter::default(),
            dropped: Counter::default(),
            age_ms: Series::new(Fold::Max),
        }
    }
}

/// A function's meters.
pub(super) struct FunctionMeter {
    pub(super) invocations: Counter,
    pub(super) errors: Counter,
    pub(super) throttles: Counter,
    pub(super) request_throttles: Counter,
    pub(super) cold_starts: Counter,
    pub(super) in_use: Series,
}

impl Default for FunctionMeter {
    fn default() -> Self {
        Self {
            invocations: Counter::default(),
            errors: Counter::default(),
            throttles: Counter::default(),
            request_throttles: Counter::default(),
            cold_starts: Counter::default(),
            in_use: Series::new(Fold::Max),
        }
    }
}

/// All meters, by name of what they measure.
#[derive(Default)]
pub(super) struct Meters {
    pub(super) streams: BTreeMap<StreamName, StreamMeter>,
    pub(super) consumers: BTreeMap<PartName, ConsumerMeter>,
    pub(super) flows: BTreeMap<PartName, FlowMeter>,
    pub(super) functions: BTreeMap<PartName, FunctionMeter>,
    pub(super) seconds: u64,
    fresh: BTreeMap<StreamName, f64>,
}

impl Meters {
    /// Closes a second.
    pub(super) fn tick(&mut self, now: Millis, engine: &Engine, parts: &Parts) {
        self.seconds += 1;
        self.tick_streams(now, engine, parts);
        self.tick_flows(now, parts);
        self.tick_fresh(parts);
        self.tick_consumers(now, parts);
        self.tick_functions(&parts.functions);
    }

    fn tick_streams(&mut self, now: Millis, engine: &Engine, parts: &Parts) {
        self.streams.retain(|name, _| engine.stream(name).is_some());
        for stream in engine.streams() {
            let name = &stream.settings().stream;
            if !self.streams.contains_key(name) {
                self.streams.insert(name.clone(), StreamMeter::default());
            }
            let meter = self.streams.get_mut(name).expect("it was put there");
            let ages = ages::by_shard(now, parts, name);
            meter.tick(now, &stream, &ages);
            meter.open = stream.shards().filter(|s| s.state == ShardState::Open).count();
        }
    }

    /// Of the records that a stream refuses, the share that was not refused before: who refuses sees
    /// the same record again and again. All of them where nobody's tries are known.
    pub(super) fn fresh_share(&self, stream: &StreamName) -> f64 {
        self.fresh.get(stream).copied().unwrap_or(1.0)
    }

    /// What producers made and what was taken of it, against what was refused them.
    fn tick_fresh(&mut self, parts: &Parts) {
        let mut flows: BTreeMap<&StreamName, [f64; 3]> = BTreeMap::new();
        for (name, producer) in &parts.producers {
            let Some(meter) = self.flows.get(name) else { continue };
            let sum = flows.entry(&producer.settings().stream).or_default();
            for (sum, counter) in sum.iter_mut().zip([&meter.taken, &meter.given, &meter.refused]) {
                *sum += counter.series().mean(FRESH_S);
            }
        }
        let share = |[made, taken, refused]: [f64; 3]| match refused > 0.0 {
            true => ((made - taken) / refused).clamp(0.0, 1.0),
            false => 1.0,
        };
        self.fresh =
            flows.into_iter().map(|(stream, sums)| (stream.clone(), share(sums))).collect();
    }

    fn tick_flows(&mut self, now: Millis, parts: &Parts) {
        let Parts { producers, transforms, in_place, .. } = parts;
        self.flows.retain(|name, _| parts.has(name));
        let between = transforms.iter().map(|(name, part)| (name, part.tally()));
        let in_place = in_place.values().map(|part| (part.name(), part.tally()));
        for (name, tally) in between.chain(in_place) {
            let meter = self.flows.entry(name.clone()).or_default();
            meter.taken.tick(tally.in_records);
            meter.given.tick(tally.out_records);
            meter.refused.tick(tally.retried_records);
            meter.dropped.tick(tally.failed_records);
        }
        for (name, transform) in transforms {
            let meter = self.flows.entry(name.clone()).or_default();
            meter.age_ms.push(Some(transform.behind_ms(now) as f64));
        }
        for (name, producer) in producers {
            let meter = self.flows.entry(name.clone()).or_default();
            let tally = producer.tally();
            meter.taken.tick(tally.offered_records);
            meter.given.tick(tally.accepted_records);
            meter.refused.tick(tally.refused_records);
            meter.dropped.tick(tally.dropped_records);
        }
    }

    fn tick_consumers(&mut self, now: Millis, parts: &Parts) {
        let Parts { mappings, readers, applications, .. } = parts;
        self.consumers.retain(|name, _| {
            mappings.contains_key(name)
                || readers.contains_key(name)
                || applications.contains_key(name)
        });
        for (name, application) in applications {
            let meter = self.consumers.entry(name.clone()).or_default();
            meter.tick(application.tally(), application.behind_ms(now));
        }
        for (name, mapping) in mappings {
            let meter = self.consumers.entry(name.clone()).or_default();
            meter.tick(mapping.tally(), mapping.age_ms(now));
        }
        for (name, reader) in readers {
            let meter = self.consumers.entry(name.clone()).or_default();
            meter.tick(reader.tally(), reader.behind_ms(now));
        }
    }

    fn tick_functions(&mut self, functions: &Functions) {
        self.functions.retain(|name, _| functions.map.contains_key(name));
        for (name, function) in &functions.map {
            let meter = self.functions.entry(name.clone()).or_default();
            let tally = function.tally();
            meter.invocations.tick(tally.invocations);
            meter.errors.tick(tally.errors);
            meter.throttles.tick(tally.throttles);
            let requests = tally.request_throttles + tally.reserved_request_throttles;
            meter.request_throttles.tick(requests);
            meter.cold_starts.tick(tally.cold_starts);
            meter.in_use.push(Some(f64::from(functions.pool.in_use(name))));
        }
    }
}

impl StreamMeter {
    /// A shard that expired takes its counters with it; the stream's own must not fall.
    fn tick(&mut self, now: Millis, stream: &StreamInfo<'_>, ages: &[(ShardId, u64)]) {
        let mut before = std::mem::take(&mut self.last);
        let mut there = Vec::new();
        for shard in stream.shards() {
            let (id, tally, age) = (shard.id, shard.tally, ages::of_shard(ages, shard.id));
            there.push(id);
            let last = before.remove(&id).unwrap_or_default();
            if age.is_some() || tally != last || self.shards.contains_key(&id) {
                let lived = self.lived(&shard);
                let meter = self.shards.entry(id);
                meter.or_insert_with(|| ShardMeter::still(&last, lived)).tick(&tally, age);
            }
            if tally != ShardTally::default() {
                self.last.insert(id, tally);
            }
        }
        self.shards.retain(|id, meter| there.binary_search(id).is_ok() && !meter.is_still());
        before.values().for_each(|tally| self.gone += tally);
        (self.seconds, self.closed) = (self.seconds + 1, now);
        let (total, oldest) = (self.total(), ages.iter().map(|(_, age)| *age).max());
        self.whole.tick(&total, oldest);
    }

    /// Seconds that were closed while the shard was there.
    fn lived(&self, shard: &ShardInfo) -> u64 {
        self.seconds.min(self.closed.since(shard.created).div_ceil(1_000))
    }

    /// The meter of a shard, if there is something to tell of it.
    pub(super) fn shard(&self, id: ShardId) -> Option<&ShardMeter> {
        self.shards.get(&id)
    }

    /// The meter of a shard, whether there is something to tell of it or not.
    pub(super) fn of(&self, shard: &ShardInfo) -> Cow<'_, ShardMeter> {
        let still = || ShardMeter::still(&shard.tally, self.lived(shard));
        self.shard(shard.id).map_or_else(|| Cow::Owned(still()), Cow::Borrowed)
    }

    /// Counters of the whole stream since its meters began, expired shards included.
    pub(super) fn total(&self) -> ShardTally {
        let mut sum = self.gone;
        for tally in self.last.values() {
            sum += tally;
        }
        sum
    }
}
