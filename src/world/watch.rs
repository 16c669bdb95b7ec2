//! What a viewer wants to see beyond what every picture holds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::command::{Browse, Terms};
use crate::meter::ShardMeter;
use crate::model::{HashKeyRange, Millis, ShardId, ShardLimits, StreamName};
use crate::pipeline::settings::TransformSettings;
use crate::snapshot::heat::{HeatRow, HeatView, Metric, folded};
use crate::world::World;

/// Seconds of heat at most: what the meters keep.
pub const HEAT_SPAN_S_MAX: u32 = 900;
/// Cells of a row of heat at most: more than any screen is wide.
const CELLS_MAX: u32 = 240;
/// The age that counts as full, milliseconds.
const AGE_FULL_MS: f32 = 60_000.0;

/// What a viewer wants to see beyond what every picture holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watch {
    /// Records of a stream.
    pub records: Option<RecordsWatch>,
    /// Stages to be tried on real records.
    pub sample: Option<Box<TransformSettings>>,
    /// The machine that all this runs on.
    pub machine: bool,
    /// The heat of the shards of a stream.
    pub heat: Option<HeatWatch>,
}

/// Which records, and which of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordsWatch {
    /// Where to look.
    pub browse: Browse,
    /// What they must hold.
    pub terms: Terms,
}

/// Whose heat, which, and how far back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatWatch {
    /// The stream.
    pub stream: StreamName,
    /// What is hot.
    pub metric: Metric,
    /// Seconds back from now, 1 to [`HEAT_SPAN_S_MAX`].
    pub span_s: u32,
}

pub(super) fn heat(world: &World, watch: &HeatWatch) -> Option<HeatView> {
    let stream = world.engine.stream(&watch.stream)?;
    let meters = world.meters.streams.get(&watch.stream)?;
    let shards = stream.shards().map(|shard| MeteredShard {
        shard: shard.id,
        range: shard.range,
        closed: shard.closed,
        meter: meters.of(&shard),
    });
    Some(heat_view(watch, world.now, &stream.settings().limits, shards))
}

/// A shard, and what was measured on it.
pub struct MeteredShard<'a> {
    /// Its number.
    pub shard: ShardId,
    /// The keys that it covers, or covered.
    pub range: HashKeyRange,
    /// When it was closed.
    pub closed: Option<Millis>,
    /// What was measured.
    pub meter: Cow<'a, ShardMeter>,
}

/// The heat of the shards of a stream that have these limits, as it is watched.
pub fn heat_view<'a>(
    watch: &HeatWatch,
    now: Millis,
    limits: &ShardLimits,
    shards: impl Iterator<Item = MeteredShard<'a>>,
) -> HeatView {
    let HeatWatch { stream, metric, span_s } = watch;
    let span_s = (*span_s).clamp(1, HEAT_SPAN_S_MAX);
    let cell_s = span_s.div_ceil(CELLS_MAX);
    let since = Millis(now.0.saturating_sub(u64::from(span_s) * 1_000));
    let mut shards: Vec<_> =
        shards.filter(|shard| shard.closed.is_none_or(|closed| closed > since)).collect();
    shards.sort_by_key(|shard| (shard.range.start, shard.shard));
    let rows: Vec<HeatRow> = shards
        .into_iter()
        .map(|shard| HeatRow {
            shard: shard.shard,
            cells: {
                let mut seconds = seconds(&shard.meter, *metric, limits, span_s);
                blank_closed(&mut seconds, shard.closed, now, *metric);
                folded(&seconds, cell_s as usize)
            },
        })
        .collect();
    let (full, is_share) = full(*metric, limits);
    let largest = || rows.iter().flat_map(|row| &row.cells).flatten().copied().fold(1.0, f32::max);
    let full = full.unwrap_or_else(largest);
    HeatView { stream: stream.clone(), metric: *metric, cell_s, full, is_share, rows }
}

/// What counts as full, where there is a limit, and whether cells are shares of it.
fn full(metric: Metric, limits: &ShardLimits) -> (Option<f32>, bool) {
    match metric {
        Metric::Write => (limits.writes().then_some(1.0), limits.writes()),
        Metric::Read => (limits.read_bytes_per_s.map(|_| 1.0), limits.read_bytes_per_s.is_some()),
        Metric::Age => (Some(AGE_FULL_MS), false),
        Metric::Refused => (limits.write_records_per_s.map(|limit| limit as f32), false),
    }
}

/// One value a second, oldest first.
fn seconds(
    meter: &ShardMeter,
    metric: Metric,
    limits: &ShardLimits,
    span_s: u32,
) -> Vec<Option<f32>> {
    let count = span_s as usize;
    let share = |limit: Option<u64>| limit.map_or(0.0, |limit| 1.0 / limit as f32);
    match metric {
        Metric::Write => {
            let records = share(limits.write_records_per_s);
            let bytes = if limits.writes() { share(limits.write_bytes_per_s) } else { 1.0 };
            let pairs = meter.in_records.series().last_seconds(count);
            let pairs = pairs.zip(meter.in_bytes.series().last_seconds(count));
            pairs.map(|(r, b)| Some((r? * records).max(b? * bytes))).collect()
        }
        Metric::Read => {
            let bytes = limits.read_bytes_per_s.map_or(1.0, |limit| 1.0 / limit as f32);
            let read = meter.out_bytes.series().last_seconds(count);
            read.map(|value| value.map(|value| value * bytes)).collect()
        }
        Metric::Age => meter.age_ms.last_seconds(count).collect(),
        Metric::Refused => meter.write_throttled.series().last_seconds(count).collect(),
    }
}

/// A closed shard takes nothing: that is no measure of 0.
fn blank_closed(seconds: &mut [Option<f32>], closed: Option<Millis>, now: Millis, metric: Metric) {
    if let (Some(closed), Metric::Write | Metric::Refused) = (closed, metric) {
        let after = usize::try_from(now.since(closed) / 1_000).unwrap_or(usize::MAX);
        let open = seconds.len().saturating_sub(after);
        seconds[open..].fill(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_write_limit_makes_the_heat() {
        let mut meter = ShardMeter::default();
        let tally = |records, bytes| crate::model::ShardTally {
            incoming_records: records,
            incoming_bytes: bytes,
            ..Default::default()
        };
        meter.tick(&tally(500, 100), None);
        meter.tick(&tally(600, 100 + 1_048_576), Some(7));
        let limits = ShardLimits::KINESIS;
        let heat = seconds(&meter, Metric::Write, &limits, 60);
        assert_eq!(heat, [Some(0.5), Some(1.0)]);
        assert_eq!(seconds(&meter, Metric::Age, &limits, 60), [None, Some(7.0)]);
        let off = seconds(&meter, Metric::Write, &ShardLimits::OFF, 1);
        assert_eq!(off, [Some(1_048_576.0)], "bytes where there is no limit");
    }
}
