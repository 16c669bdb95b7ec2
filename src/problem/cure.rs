//! Commands that cure, as several lints propose them.

use crate::command::{Command, MappingChanges, SplitAt, Tune, WorldCommand};
use crate::model::limits::{
    PARALLELIZATION_FACTOR_MAX, SHARDS_PER_STREAM_MAX, UNRESERVED_CONCURRENCY_MIN,
};
use crate::model::{PartName, StreamMode};
use crate::snapshot::{
    ApplicationView, Consumer, FunctionView, LaneState, MappingView, PartState, ReaderView,
    ShardView, Snapshot, StreamView, TransformView,
};

/// Shortest pause that a reader is given, milliseconds: five calls a second are all that a shard takes.
const READ_MS_LEAST: u64 = 200;
/// From how many hot shards on they are cured together.
const TOGETHER: usize = 3;

/// Are these shards one problem of their stream, and not one each? They are when they are many, and
/// when there are hardly any others.
pub(super) fn together(stream: &StreamView, hot: &[&ShardView]) -> bool {
    hot.len() >= TOGETHER || (hot.len() > 1 && 2 * hot.len() > stream.open_shards())
}

/// What gives hot shards of a stream room: a split where the load halves, one for each, or twice the
/// shards when half of them are hot. Those that a rule scales are left to it.
pub(super) fn room(
    snapshot: &Snapshot,
    stream: &StreamView,
    hot: &[&ShardView],
) -> Option<Command> {
    if stream.mode == StreamMode::OnDemand || stream.policy.is_some() {
        return None;
    }
    let name = stream.name.clone();
    let cure = match hot {
        _ if together(stream, hot) && 2 * hot.len() >= stream.open_shards() => scale(stream)?,
        // An endpoint splits one at a time: the next cure is for the next.
        [shard, ..] if hot.len() < TOGETHER || snapshot.far.is_some() => {
            WorldCommand::Split { stream: name, shard: shard.id, at: SplitAt::Hot }
        }
        _ => WorldCommand::SplitHot { stream: name, over: 95.0 },
    };
    Some(Command::World(cure))
}

/// Twice the shards: a scaling gives no more at once.
fn scale(stream: &StreamView) -> Option<WorldCommand> {
    let shards = u32::try_from(stream.open_shards()).ok()?.checked_mul(2)?;
    let stream = stream.name.clone();
    (shards <= SHARDS_PER_STREAM_MAX).then_some(WorldCommand::Scale { stream, shards })
}

/// What is offered to a shard, refused records included, as a share of its tighter limit; 0 without
/// limits.
pub(super) fn offered(stream: &StreamView, shard: &ShardView) -> f64 {
    shard.rates().offered().write_utilization(&stream.limits, 1).unwrap_or(0.0)
}

/// What lets a function run as often at once as its mappings need; nothing where it may already.
pub(super) fn concurrency(function: &FunctionView, snapshot: &Snapshot) -> Option<Command> {
    let account = &snapshot.account;
    let others = account.reserved - function.reserved.unwrap_or(0);
    let least = others + function.wants() + UNRESERVED_CONCURRENCY_MIN;
    let (of, has, limit) = match function.reserved {
        Some(has) if least <= account.limit => (Some(function.name.clone()), has, function.wants()),
        // The account has not that much to give: it comes first, where it is needed at all.
        Some(has) if function.wants() > has => (None, account.limit, least),
        Some(_) => return None,
        None => (None, account.limit, account.reserved + needed_unreserved(snapshot)),
    };
    let raised = WorldCommand::Concurrency { function: of, limit: Some(limit) };
    // What is refused is held for some seconds: then the limit may have been raised meanwhile.
    (limit > has).then_some(Command::World(raised))
}

/// Concurrency that all functions without a reservation could use together.
pub(super) fn needed_unreserved(snapshot: &Snapshot) -> u32 {
    let shared = snapshot.functions.iter().filter(|function| function.reserved.is_none());
    shared.map(FunctionView::wants).sum::<u32>().max(1)
}

/// Why a consumer is behind, as the end of a sentence, and what lets it catch up.
pub(super) fn behind(
    consumer: Consumer<'_>,
    snapshot: &Snapshot,
) -> (&'static str, Option<Command>) {
    if is_paused(consumer) {
        return ("it is paused", Some(resume(consumer.name())));
    }
    let (less, known) = match consumer {
        Consumer::Mapping(mapping) => {
            ("its function does less than comes", catch_up(mapping, snapshot))
        }
        Consumer::Transform(transform) => (
            "its stages, or what they put into, take less than comes",
            room_for_stage(transform, snapshot),
        ),
        Consumer::Reader(reader) => ("it is given less than comes", more_often(reader)),
        Consumer::Application(application) => {
            ("its workers do less than comes", another_worker(application))
        }
    };
    known.map_or((less, None), |(why, cure)| (why, Some(cure)))
}

type Known = Option<(&'static str, Command)>;

/// Concurrency for a function that is a stage, when it is refused for want of that.
fn room_for_stage(transform: &TransformView, snapshot: &Snapshot) -> Known {
    let function = snapshot.function(transform.function.as_ref()?.as_str())?;
    let refused = function.throttles_held_per_s > 0.0;
    let cure = refused.then(|| concurrency(function, snapshot)).flatten()?;
    Some(("its function may not run as often at once as it needs", cure))
}

/// A shorter pause for a reader that is refused nothing: each call gives it no more than its limit.
fn more_often(reader: &ReaderView) -> Known {
    let ReaderView { name, interval_ms, fan_out, throttled_held_per_s, .. } = reader;
    let may = fan_out.is_none() && *throttled_held_per_s <= 0.0 && *interval_ms > READ_MS_LEAST;
    let interval_ms = (interval_ms / 2).max(READ_MS_LEAST);
    let cure = WorldCommand::Interval { reader: name.clone(), interval_ms };
    may.then_some(("each call gives it less than came since the last", Command::World(cure)))
}

/// A worker in place of one that died, or one more, while there are shards for it.
fn another_worker(application: &ApplicationView) -> Known {
    let ApplicationView { name, workers, leases, .. } = application;
    let dead = workers.iter().find(|worker| !worker.is_alive).map(|worker| worker.number);
    let alive = workers.iter().filter(|worker| worker.is_alive).count();
    let shards = leases.iter().filter(|lease| !lease.is_ended).count();
    let cure = WorldCommand::StartWorker { application: name.clone(), worker: dead };
    let why = match dead {
        Some(_) => "a worker is gone",
        None if alive < shards => "some of its workers have several shards to read",
        None => return None,
    };
    Some((why, Command::World(cure)))
}

/// What lets a mapping catch up: the reason why it is behind decides.
fn catch_up(mapping: &MappingView, snapshot: &Snapshot) -> Known {
    let function = snapshot.function(mapping.function.as_str());
    if let Some(function) = function.filter(|function| function.throttles_held_per_s > 0.0) {
        let cure = concurrency(function, snapshot)?;
        return Some(("its function may not run as often at once as it needs", cure));
    }
    if let Some(cure) =
        mapping.lanes.iter().find(|lane| is_stuck(lane.retries)).and(give_up(mapping))
    {
        return Some(("a batch that fails again and again holds up what is behind it", cure));
    }
    if 2 * busy(mapping) < mapping.lanes.len().max(1) {
        return None;
    }
    if let Some(cure) = more_lanes(mapping) {
        return Some(("its lanes are busy: a larger factor gives each shard more of them", cure));
    }
    let stream = snapshot.stream(mapping.stream.as_str())?;
    let scaled = (stream.mode == StreamMode::Provisioned).then(|| scale(stream)).flatten()?;
    Some(("its lanes are busy: more shards give it more lanes", Command::World(scaled)))
}

/// Lanes in which an invocation runs.
pub(super) fn busy(mapping: &MappingView) -> usize {
    mapping.lanes.iter().filter(|lane| lane.state == LaneState::Running).count()
}

/// Twice the lanes of each shard, as far as there may be more: they take what waits already, which
/// more shards do not.
fn more_lanes(mapping: &MappingView) -> Option<Command> {
    let MappingView { name, parallelization_factor: now, .. } = mapping;
    let factor = now.saturating_mul(2).min(PARALLELIZATION_FACTOR_MAX);
    let changes =
        MappingChanges { parallelization_factor: Some(factor), ..MappingChanges::default() };
    let tune = WorldCommand::Tune(Box::new(Tune { mapping: name.clone(), changes }));
    (factor > *now).then_some(Command::World(tune))
}

/// Was a batch tried so often that it will hardly succeed?
pub(super) const fn is_stuck(retries: u32) -> bool {
    retries >= 3
}

/// What lets a mapping find the record that makes its batch fail again and again, and give that one
/// up.
pub(super) fn give_up(mapping: &MappingView) -> Option<Command> {
    let several = mapping.batch_size > 1 && !mapping.bisect_on_error;
    let changes = MappingChanges {
        retries: (mapping.retries < 0).then_some(2),
        bisect_on_error: several.then_some(true),
        ..MappingChanges::default()
    };
    let tune = Tune { mapping: mapping.name.clone(), changes };
    let changes = tune.changes != MappingChanges::default();
    changes.then(|| Command::World(WorldCommand::Tune(Box::new(tune))))
}

pub(super) fn is_paused(consumer: Consumer<'_>) -> bool {
    matches!(consumer, Consumer::Mapping(mapping) if mapping.state == PartState::Paused)
}

pub(super) fn resume(mapping: &PartName) -> Command {
    Command::World(WorldCommand::Resume(mapping.clone()))
}
