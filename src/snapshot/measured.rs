//! What meters mean in a picture: over how many seconds, and in which words.

use crate::meter::{Counter, Load, Series, ShardMeter};
use crate::snapshot::{Rates, Spark};

/// Seconds over which a rate is the mean.
pub const MEAN_S: usize = 5;
/// Seconds for which the worst rate is held.
const HELD_S: usize = 15;
/// Seconds over which idleness is judged.
const MINUTE_S: usize = 60;
/// Seconds in a spark line.
pub const SPARK_S: usize = 60;

/// The last seconds of a series.
#[must_use]
pub fn spark(series: &Series, seconds: usize) -> Spark {
    series.last_seconds(seconds).collect()
}

/// The rate that a series means now.
#[must_use]
pub fn now(series: &Series) -> f64 {
    series.mean(MEAN_S)
}

/// The same at the worst of the last seconds.
#[must_use]
pub fn held(series: &Series) -> f64 {
    series.mean_held(MEAN_S, HELD_S)
}

/// What a shard took a second, on the mean of the last minute.
#[must_use]
pub fn minute(meter: &ShardMeter) -> Load<f32> {
    let mean = |counter: &Counter| counter.series().mean(MINUTE_S) as f32;
    Load { records: mean(&meter.in_records), bytes: mean(&meter.in_bytes) }
}

/// The rates of a shard or a stream, each as [`now`] or [`held`] has it; `fresh_share` of the refused
/// records had not been refused before.
#[must_use]
pub fn rates(meter: &ShardMeter, of: fn(&Series) -> f64, fresh_share: f64) -> Rates {
    let refused = of(meter.write_throttled.series());
    Rates {
        in_records: of(meter.in_records.series()),
        in_bytes: of(meter.in_bytes.series()),
        out_records: of(meter.out_records.series()),
        out_bytes: of(meter.out_bytes.series()),
        pushed_bytes: of(meter.pushed_bytes.series()),
        read_calls: of(meter.read_calls.series()),
        write_throttled: refused,
        write_retried: refused * (1.0 - fresh_share),
        read_throttled: of(meter.read_throttled.series()),
    }
}
