//! Bringing together what belongs to the same shard.

use crate::log::LogShard;

/// Shards are counted one by one if there are at most so many numbers of shards for each item.
const SPARSE: usize = 4;

/// The places of items, by the shards that they belong to; those of a shard in their order.
///
/// Shards are numbered one after the other, so counting how many items each has tells where they go.
/// (To compare them makes all of moving a fifth dearer, with 10,000 shards.)
pub(super) fn by_shard(shards: impl ExactSizeIterator<Item = LogShard> + Clone) -> Vec<u32> {
    let count = u32::try_from(shards.len()).expect("what is in memory has fewer than 2^32 parts");
    let ends = shards.clone().fold(None, |ends: Option<(u32, u32)>, LogShard(shard)| {
        let (first, last) = ends.unwrap_or((shard, shard));
        Some((first.min(shard), last.max(shard)))
    });
    let Some((first, last)) = ends else { return Vec::new() };
    let numbers = (last - first) as usize + 1;
    if numbers > shards.len().saturating_mul(SPARSE) {
        let shards: Vec<LogShard> = shards.collect();
        let mut places: Vec<u32> = (0..count).collect();
        places.sort_by_key(|place| shards[*place as usize]);
        return places;
    }
    let mut begins = vec![0_u32; numbers];
    shards.clone().for_each(|shard| begins[(shard.0 - first) as usize] += 1);
    let mut begin = 0;
    for at in &mut begins {
        (*at, begin) = (begin, begin + *at);
    }
    let mut places = vec![0; shards.len()];
    for (place, shard) in (0..count).zip(shards) {
        let at = &mut begins[(shard.0 - first) as usize];
        places[*at as usize] = place;
        *at += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_by_shard_and_those_of_a_shard_in_their_order() {
        let close = [3, 1, 2, 3, 1, 7, 2, 3];
        let far = close.map(|shard| shard * 1_000 + 5);
        for shards in [close, far] {
            let order = by_shard(shards.iter().copied().map(LogShard));
            assert_eq!(order, [1, 4, 2, 6, 0, 3, 7, 5], "{shards:?}");
        }
        assert_eq!(by_shard([].into_iter()), [0; 0]);
    }
}
