//! How far whoever reads a stream is behind.

use crate::model::{Millis, ShardId, StreamName};
use crate::world::parts::Parts;

/// Of each consumer of a stream, milliseconds.
pub(super) fn of_consumers<'a>(
    now: Millis,
    parts: &'a Parts,
    stream: &'a StreamName,
) -> impl Iterator<Item = u64> + use<'a> {
    let mappings = parts.mappings_of(stream).map(move |part| part.age_ms(now));
    let transforms = parts.transforms_of(stream).map(move |part| part.behind_ms(now));
    let readers = parts.readers_of(stream).map(move |part| part.behind_ms(now));
    let applications = parts.applications_of(stream).map(move |part| part.behind_ms(now));
    mappings.chain(transforms).chain(readers).chain(applications)
}

/// Of each shard of a stream at each of its consumers, at each lane of a mapping, sorted.
pub(super) fn by_shard(now: Millis, parts: &Parts, stream: &StreamName) -> Vec<(ShardId, u64)> {
    let lanes = parts.mappings_of(stream).flat_map(|mapping| mapping.lanes(now));
    let mut ages: Vec<(ShardId, u64)> = lanes.map(|lane| (lane.shard, lane.age_ms)).collect();
    ages.extend(parts.transforms_of(stream).flat_map(|part| part.ages(now)));
    ages.extend(parts.readers_of(stream).flat_map(|part| part.ages(now)));
    ages.extend(parts.applications_of(stream).flat_map(|part| part.ages(now)));
    ages.sort_unstable();
    ages
}

/// The oldest of a shard: the last entry of it in that list.
pub(super) fn of_shard(ages: &[(ShardId, u64)], shard: ShardId) -> Option<u64> {
    let after = ages.partition_point(|(id, _)| *id <= shard);
    ages[..after].last().filter(|(id, _)| *id == shard).map(|(_, age)| *age)
}
