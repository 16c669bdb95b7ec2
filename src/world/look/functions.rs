//! Functions and the account in a picture.

use crate::model::FunctionTally;
use crate::pipeline::concurrency::Throttle;
use crate::pipeline::function::Function;
use crate::pipeline::settings::FunctionKind;
use crate::pipeline::transform::Transform;
use crate::snapshot::measured::{SPARK_S, held, now, spark};
use crate::snapshot::{AccountView, FunctionView};
use crate::world::World;
use crate::world::meters::FunctionMeter;

/// A function's kind in a few words.
pub(in crate::world) fn function_kind(kind: &FunctionKind) -> String {
    match kind {
        FunctionKind::Simulated => "simulated".into(),
        FunctionKind::Count { field, .. } => format!("count {field}"),
        FunctionKind::Archive { path } => format!("archive {}", path.display()),
        FunctionKind::Notify { when, .. } => format!("notify on {}", when.field()),
        FunctionKind::Spike { field, factor, .. } => format!("spike of {field} x{factor}"),
        FunctionKind::Process(process) => format!("process {}", process.command),
        FunctionKind::Http { url, .. } => url.clone(),
    }
}

pub(super) fn function(world: &World, part: &Function) -> FunctionView {
    let settings = part.settings();
    let pool = &world.parts.functions.pool;
    let meter = world.meters.functions.get(&settings.name);
    let blank = FunctionMeter::default();
    let meter = meter.unwrap_or(&blank);
    let mappings = world.parts.mappings.values();
    let lanes = mappings
        .filter(|mapping| mapping.settings().function == settings.name)
        .map(|mapping| mapping.lanes(world.now).len());
    let transforms = world.parts.transforms.values();
    let shards = transforms
        .filter(|transform| transform.settings().function() == Some(&settings.name))
        .map(Transform::shards);
    FunctionView {
        name: settings.name.clone(),
        kind: function_kind(&settings.kind),
        in_use: pool.in_use(&settings.name),
        in_use_max: pool.in_use_max(&settings.name),
        reserved: pool.reserved_for(&settings.name),
        provisioned: pool.provisioned_for(&settings.name),
        provisioned_in_use: pool.provisioned_in_use(&settings.name),
        ready_at: pool.ready_at(world.now, &settings.name),
        needs: u32::try_from(lanes.chain(shards).sum::<usize>()).unwrap_or(u32::MAX),
        invocations_per_s: now(meter.invocations.series()),
        throttles_per_s: now(meter.throttles.series()),
        throttles: throttles(part.tally()),
        errors_per_s: now(meter.errors.series()),
        throttles_held_per_s: held(meter.throttles.series()),
        request_throttles_held_per_s: held(meter.request_throttles.series()),
        errors_held_per_s: held(meter.errors.series()),
        cold_starts_per_s: now(meter.cold_starts.series()),
        p50_ms: part.durations().percentile(0.5),
        p99_ms: part.durations().percentile(0.99),
        tally: *part.tally(),
        top: part.top(world.now),
        in_use_spark: spark(&meter.in_use, SPARK_S),
    }
}

/// Refusals by reason: in our words, and by Lambda's name.
fn throttles(tally: &FunctionTally) -> Vec<(String, u64)> {
    let all = [
        (Throttle::AccountLimit, tally.account_throttles),
        (Throttle::ReservedLimit, tally.reserved_throttles),
        (Throttle::ScalingRate, tally.scaling_throttles),
        (Throttle::RequestRate, tally.request_throttles),
        (Throttle::ReservedRequestRate, tally.reserved_request_throttles),
    ];
    let some = all.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(why, count)| (format!("{} ({})", why.words(), why.reason()), count)).collect()
}

pub(super) fn account(world: &World) -> AccountView {
    let pool = &world.parts.functions.pool;
    AccountView {
        limit: pool.limit(),
        in_use: pool.total_in_use(),
        reserved: pool.claimed(),
        unreserved_in_use: pool.unreserved_in_use(),
    }
}
