//! The lints, one file each: a picture in, problems out.

mod age;
mod at_cap;
mod blocked;
mod concurrency;
mod endpoint;
mod errors;
mod expiry;
mod gives_up;
mod heavy_key;
mod idle;
mod late_reads;
mod log;
mod paused;
mod promise;
mod reads_refused;
mod transition;
mod volume;
mod writes_refused;

use crate::problem::Problem;
use crate::snapshot::Snapshot;

/// A lint.
type Lint = fn(&Snapshot, &mut Vec<Problem>);

/// All of them.
pub(super) const ALL: &[Lint] = &[
    endpoint::check,
    log::check,
    volume::check,
    writes_refused::check,
    at_cap::check,
    heavy_key::check,
    reads_refused::check,
    transition::check,
    idle::check,
    expiry::check,
    age::check,
    late_reads::check,
    paused::check,
    blocked::check,
    concurrency::check,
    errors::check,
    gives_up::check,
    promise::check,
];

/// `1 record`, `2 records`.
/// A time to come or gone, in its own unit: `40 s`, `3 min`, `2.5 h`.
fn time(ms: f64) -> String {
    match ms / 1e3 {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}
