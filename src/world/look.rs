//! Taking the picture that viewers read.

mod alike;
mod functions;

use alike::alike;
pub(super) use functions::function_kind;

use std::sync::Arc;

use crate::command::stage_words;
use crate::engine::ShardInfo;
use crate::meter::{ConsumerMeter, Load};
use crate::model::{PartName, ShardTally, StreamName, TransformTally};
use crate::pipeline::FanOut;
use crate::pipeline::mapping::{LaneAt, LaneStatus, Mapping};
use crate::pipeline::producer::{Expired, Producer};
use crate::pipeline::reader::Reader;
use crate::pipeline::settings::{
    MappingSettings, ScalingPolicy, SourceSettings, TransformSettings,
};
use crate::pipeline::transform::Transform;
use crate::pipeline::transform::in_place::InPlace;
use crate::snapshot::measured::{MEAN_S, SPARK_S, held, minute, now, rates, spark};
use crate::snapshot::{
    ClockView, ExpiredView, FanOutView, LaneState, LaneView, MappingView, PartState, ProducerView,
    PutView, Rates, ReaderView, ShardView, Snapshot, Source, StreamView, Traffic, TransformView,
};
use crate::world::details::details;
use crate::world::meters::StreamMeter;
use crate::world::page::page;
use crate::world::sample::sample;
use crate::world::{Watch, World, ages, watch, workers};

/// Seconds in the line of an iterator age.
pub(super) const AGE_S: usize = 120;
/// Events in a picture.
const EVENTS: usize = 200;

pub(super) fn snapshot(
    world: &World,
    clock: ClockView,
    watched: &Watch,
    before: Option<&Snapshot>,
) -> Snapshot {
    let usage = world.engine.usage();
    let unsynced = world.engine.unsynced();
    Snapshot {
        now: world.now,
        started: world.started,
        clock,
        session: world.title.clone(),
        far: None,
        unsaved: world.unsaved,
        seed: world.seed,
        streams: streams(world, before),
        producers: world.parts.producers.values().map(|part| producer(world, part)).collect(),
        transforms: transforms(world),
        mappings: world.parts.mappings.values().map(|part| mapping(world, part)).collect(),
        readers: world.parts.readers.values().map(|part| reader(world, part)).collect(),
        applications: world
            .parts
            .applications
            .values()
            .map(|part| workers::view(world, part))
            .collect(),
        functions: world
            .parts
            .functions
            .map
            .values()
            .map(|part| functions::function(world, part))
            .collect(),
        account: functions::account(world),
        expectations: world.expectations(),
        events: world.chronicle.last(EVENTS).cloned().collect(),
        caption: world.chronicle.caption().map(str::to_owned),
        story: world.timeline.view(),
        tail: watched
            .records
            .as_ref()
            .map(|of| Arc::new(page(world, &of.browse, &of.terms)))
            .unwrap_or_default(),
        sample: watched.sample.as_deref().map(|of| Arc::new(sample(world, of))),
        machine: None,
        heat: watched.heat.as_ref().and_then(|of| watch::heat(world, of)).map(Arc::new),
        log_memory_bytes: usage.memory_bytes,
        log_disk_bytes: usage.disk_bytes,
        log_volume: None,
        log_unsynced_bytes: unsynced.as_ref().map_or(0, |unsynced| unsynced.bytes),
        log_unsynced_ms: unsynced.map_or(0, |unsynced| world.now.since(unsynced.since)),
        log_failure: usage.poisoned,
        log_upkeep_failure: usage.maintenance,
        log_missing_records: world.chronicle.missing_records(),
    }
}

fn streams(world: &World, before: Option<&Snapshot>) -> Vec<StreamView> {
    let blank = StreamMeter::default();
    let view = |stream: crate::engine::StreamInfo<'_>| {
        let settings = stream.settings();
        let name = &settings.stream;
        let meter = world.meters.streams.get(name).unwrap_or(&blank);
        let before =
            before.and_then(|before| before.stream(name.as_str())).map(|stream| &stream.shards);
        let ages: Vec<u64> = ages::of_consumers(world.now, &world.parts, name).collect();
        StreamView {
            name: name.clone(),
            mode: settings.mode,
            status: stream.status(),
            transition_ends: stream.transition_ends(),
            level: settings.level,
            policy: world.policies.of(name).map(ScalingPolicy::words),
            retention_ms: settings.retention_ms,
            limits: settings.limits,
            created: stream.created(),
            shards: alike(before, shards(world, &stream, meter)),
            rates: rates(&meter.whole, now, world.meters.fresh_share(name)),
            source: Source::Counted,
            in_bytes_spark: spark(meter.whole.in_bytes.series(), SPARK_S),
            out_bytes_spark: spark(meter.whole.out_bytes.series(), SPARK_S),
            throttled_spark: spark(meter.whole.write_throttled.series(), SPARK_S),
            iterator_age_ms: ages.iter().copied().max(),
            consumers: ages.len(),
            registered_consumers: stream.registered_consumers(),
            details: Arc::new(details(&stream)),
        }
    };
    world.engine.streams().map(view).collect()
}

fn shards<'a>(
    world: &'a World,
    stream: &'a crate::engine::StreamInfo<'_>,
    meter: &'a StreamMeter,
) -> impl Iterator<Item = ShardView> + use<'a> {
    let name = &stream.settings().stream;
    let ages = ages::by_shard(world.now, &world.parts, name);
    let fresh = world.meters.fresh_share(name);
    let traffic = move |shard: &ShardInfo| {
        let meter = meter.shard(shard.id);
        let traffic = Traffic {
            source: Source::Counted,
            rates: meter.map_or_else(Rates::default, |meter| rates(meter, now, fresh)),
            held: meter.map_or_else(Rates::default, |meter| rates(meter, held, fresh)),
            minute: meter.map_or_else(Load::default, minute),
            mix: world.mixes.mix(name, shard.id).cloned(),
            tally: shard.tally,
            iterator_age_ms: ages::of_shard(&ages, shard.id),
        };
        let any = meter.is_some() || shard.tally != ShardTally::default();
        (any || traffic.iterator_age_ms.is_some()).then(|| Box::new(traffic))
    };
    let view = move |shard: ShardInfo| ShardView {
        id: shard.id,
        state: shard.state,
        range: shard.range,
        lineage: shard.lineage,
        created: shard.created,
        closed: shard.closed,
        stored_records: shard.stored_records,
        traffic: traffic(&shard),
    };
    stream.shards().map(view)
}

fn flow_rates(world: &World, name: &PartName) -> (f64, f64, f64) {
    world.meters.flows.get(name).map_or((0.0, 0.0, 0.0), |meter| {
        let mean = |counter: &crate::meter::Counter| counter.series().mean(MEAN_S);
        (mean(&meter.taken), mean(&meter.given), mean(&meter.refused))
    })
}

fn producer(world: &World, part: &Producer) -> ProducerView {
    let settings = part.settings();
    let (offered_per_s, accepted_per_s, refused_per_s) = flow_rates(world, &settings.name);
    let dropped = world.meters.flows.get(&settings.name);
    let Expired { records, is_all } = part.expired(world.now);
    ProducerView {
        name: settings.name.clone(),
        stream: settings.stream.clone(),
        kind: source_kind(&settings.source),
        state: producer_state(part),
        rate_factor: part.rate_factor(),
        offered_per_s,
        accepted_per_s,
        refused_per_s,
        dropped_held_per_s: dropped.map_or(0.0, |meter| held(meter.dropped.series())),
        backlog: part.backlog(),
        tally: *part.tally(),
        last_error: part.last_error().map(str::to_owned),
        expired: (records > 0).then_some(ExpiredView { records, is_all }),
    }
}

fn transforms(world: &World) -> Vec<TransformView> {
    let between = world.parts.transforms.values().map(|part| transform(world, part));
    let in_place = world.parts.in_place.values().map(|part| in_place(world, part));
    between.chain(in_place).collect()
}

fn in_place(world: &World, part: &InPlace) -> TransformView {
    TransformView {
        stage_tallies: part.stage_tallies(),
        tally: *part.tally(),
        failures: part.failures().cloned().collect(),
        ..transform_view(world, part.settings(), part.put_records())
    }
}

fn transform(world: &World, part: &Transform) -> TransformView {
    let meter = world.meters.flows.get(&part.settings().name);
    TransformView {
        stage_tallies: part.stage_tallies(),
        state: if part.is_retrying() { PartState::Retrying } else { PartState::Running },
        iterator_age_ms: part.behind_ms(world.now),
        age_spark: meter.map_or_else(Vec::new, |meter| spark(&meter.age_ms, AGE_S)),
        age_slope: meter.map_or(0.0, |meter| meter.age_ms.slope()),
        tally: *part.tally(),
        failures: part.failures().cloned().collect(),
        ..transform_view(world, part.settings(), part.put_records())
    }
}

/// What is seen of a transform of any kind, as one that does not read.
fn transform_view<'a>(
    world: &World,
    settings: &TransformSettings,
    put_records: impl Iterator<Item = (&'a StreamName, u64)>,
) -> TransformView {
    let (in_per_s, out_per_s, _) = flow_rates(world, &settings.name);
    let meter = world.meters.flows.get(&settings.name);
    let put = |(stream, records): (&StreamName, u64)| PutView { stream: stream.clone(), records };
    let mut outputs: Vec<PutView> = put_records.map(put).collect();
    let errors = settings.errors.as_ref().and_then(|_| outputs.pop());
    TransformView {
        name: settings.name.clone(),
        from: settings.from.clone(),
        to: settings.to.clone(),
        outputs,
        errors,
        stages: settings.stages.iter().map(stage_words).collect(),
        function: settings.function().cloned(),
        stage_tallies: Vec::new(),
        state: PartState::Running,
        iterator_age_ms: 0,
        age_spark: Vec::new(),
        age_slope: 0.0,
        in_per_s,
        out_per_s,
        failed_per_s: meter.map_or(0.0, |meter| meter.dropped.series().mean(MEAN_S)),
        tally: TransformTally::default(),
        failures: Vec::new(),
    }
}

fn mapping(world: &World, part: &Mapping) -> MappingView {
    let settings = part.settings();
    let blank = ConsumerMeter::default();
    let meter = world.meters.consumers.get(&settings.name).unwrap_or(&blank);
    let ages = part.ages();
    MappingView {
        name: settings.name.clone(),
        stream: settings.stream.clone(),
        function: settings.function.clone(),
        fan_out: part.fan_out().map(|found| fan_out(&found, meter)),
        state: if part.is_paused() { PartState::Paused } else { PartState::Running },
        batch_size: settings.batch_size,
        window_ms: settings.window_ms,
        parallelization_factor: settings.parallelization_factor,
        retries: settings.retries,
        bisect_on_error: settings.bisect_on_error,
        record_age_max_ms: u64::try_from(settings.record_age_max_s).ok().map(|s| s * 1_000),
        event_counts: settings.event_counts,
        rules: mapping_rules(settings),
        life: part.state(),
        last_result: part.last_result().to_owned(),
        iterator_age_ms: part.age_ms(world.now),
        iterator_age_p50_ms: ages.percentile(0.5),
        iterator_age_p99_ms: ages.percentile(0.99),
        iterator_age_max_ms: ages.max(),
        age_spark: spark(&meter.age_ms, AGE_S),
        age_slope: meter.age_ms.slope(),
        done_per_s: meter.done.series().mean(MEAN_S),
        invocations_per_s: meter.invocations.series().mean(MEAN_S),
        errors_per_s: meter.errors.series().mean(MEAN_S),
        throttles_per_s: meter.throttles.series().mean(MEAN_S),
        tally: *part.tally(),
        running: part.running(),
        running_max: part.running_max(),
        lanes: part.lanes(world.now).into_iter().map(lane).collect(),
    }
}

fn fan_out(found: &FanOut<'_>, meter: &ConsumerMeter) -> FanOutView {
    FanOutView {
        consumer: found.consumer.clone(),
        status: found.status.to_owned(),
        subscriptions: found.subscriptions,
        bytes_per_s: meter.read_bytes.series().mean(MEAN_S),
        latency_p50_ms: found.latencies_ms.percentile(0.5),
        latency_p99_ms: found.latencies_ms.percentile(0.99),
    }
}

/// What was said of a mapping's failures, windows and filters, and its labels.
fn mapping_rules(settings: &MappingSettings) -> Vec<String> {
    let mut rules = Vec::new();
    let mut rule = |said: bool, text: &dyn Fn() -> String| rules.extend(said.then(text));
    rule(settings.retries >= 0, &|| format!("retries {}", settings.retries));
    rule(settings.bisect_on_error, &|| "bisect".to_owned());
    rule(settings.report_batch_item_failures, &|| "partial".to_owned());
    rule(settings.record_age_max_s >= 0, &|| format!("age {} s", settings.record_age_max_s));
    rule(settings.tumbling_window_s > 0, &|| format!("tumbling {} s", settings.tumbling_window_s));
    rule(settings.event_counts, &|| "event counts".to_owned());
    rule(!settings.filters.is_empty(), &|| format!("filters {}", settings.filters.len()));
    if let Some(to) = &settings.on_failure {
        rules.push(format!("failures to {to}"));
    }
    if let Some(key) = &settings.kms_key {
        rules.push(format!("key {key}"));
    }
    if !settings.tags.is_empty() {
        let tags = settings.tags.iter().map(|(key, value)| format!("{key}={value}"));
        rules.push(format!("tags {}", tags.collect::<Vec<_>>().join(" ")));
    }
    rules
}

fn lane(at: LaneAt) -> LaneView {
    LaneView {
        shard: at.shard,
        lane: at.lane,
        state: match at.status {
            LaneStatus::Waiting => LaneState::Waiting,
            LaneStatus::Filling => LaneState::Filling,
            LaneStatus::Running => LaneState::Running,
            LaneStatus::Throttled => LaneState::Throttled,
            LaneStatus::Retrying => LaneState::Retrying,
        },
        batch: at.batch,
        age_ms: at.age_ms,
        retries: at.tries,
        note: at.note,
    }
}

/// A source in a few words.
pub(super) fn source_kind(source: &SourceSettings) -> String {
    match source {
        SourceSettings::Synthetic(load) => format!("synthetic {:?}", load.payload).to_lowercase(),
        SourceSettings::File(file) => format!("file {}", file.path.display()),
        SourceSettings::Stdin { .. } => "standard input".into(),
        SourceSettings::Host => "host telemetry".into(),
    }
}

fn producer_state(part: &Producer) -> PartState {
    if part.is_paused() {
        PartState::Paused
    } else if part.is_ended() {
        PartState::Ended
    } else if part.backlog() > 0 {
        PartState::Retrying
    } else {
        PartState::Running
    }
}

fn reader(world: &World, part: &Reader) -> ReaderView {
    let settings = part.settings();
    let blank = ConsumerMeter::default();
    let meter = world.meters.consumers.get(&settings.name).unwrap_or(&blank);
    ReaderView {
        name: settings.name.clone(),
        stream: settings.stream.clone(),
        behind_ms: part.behind_ms(world.now),
        age_spark: spark(&meter.age_ms, AGE_S),
        age_slope: meter.age_ms.slope(),
        records_per_s: meter.read.series().mean(MEAN_S),
        throttled_per_s: now(meter.read_throttled.series()),
        throttled_held_per_s: held(meter.read_throttled.series()),
        interval_ms: settings.interval_ms,
        fan_out: part.fan_out().map(|found| fan_out(&found, meter)),
        tally: *part.tally(),
    }
}
