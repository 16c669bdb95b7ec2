//! From partition key to hash key to shard.

use fearless_simd::Level;
use md5::{Digest, Md5};

use crate::model::{EntryBatch, HashKey, HashKeyRange, ShardId};
use crate::rules::lanes::{BYTES_MAX, Blocks, LANES};

/// The hash key of a partition key: its MD5 as an unsigned big-endian number.
#[must_use]
pub fn hash_key_of(partition_key: &str) -> HashKey {
    let digest: [u8; 16] = Md5::digest(partition_key.as_bytes()).into();
    HashKey(u128::from_be_bytes(digest))
}

/// The hash keys of all entries, in their order, where they have none of their own the MD5 of their
/// partition keys. Costs a fifth of asking for each.
pub fn hash_keys_of(entries: &EntryBatch, keys: &mut Vec<HashKey>) {
    let level = Level::new();
    keys.clear();
    keys.resize(entries.len(), HashKey::MIN);
    let (mut blocks, mut lanes) = (Blocks::new(), [0; LANES]);
    let mut taken = 0;
    for (at, entry) in entries.iter().enumerate() {
        match entry.explicit_hash_key {
            Some(key) => keys[at] = key,
            None if entry.partition_key.len() > BYTES_MAX => {
                keys[at] = hash_key_of(entry.partition_key);
            }
            None => {
                blocks.put(taken, entry.partition_key.as_bytes());
                lanes[taken] = at;
                taken += 1;
            }
        }
        if taken == LANES || (taken > 0 && at + 1 == entries.len()) {
            let digests = std::mem::replace(&mut blocks, Blocks::new()).digests(level);
            for (at, digest) in lanes[..taken].iter().zip(digests) {
                keys[*at] = HashKey(digest);
            }
            taken = 0;
        }
    }
}

/// Finds the open shard of a hash key. The ranges given tile the whole space.
#[derive(Clone, Debug, Default)]
pub struct Router {
    starts: Vec<u128>,
    shards: Vec<ShardId>,
}

impl Router {
    /// A router over the open shards of a stream, in any order.
    ///
    /// # Panics
    /// When the ranges do not tile the whole key space: a stream's invariant is broken.
    #[must_use]
    pub fn new(open: impl IntoIterator<Item = (HashKeyRange, ShardId)>) -> Self {
        let mut open: Vec<_> = open.into_iter().collect();
        open.sort_unstable();
        assert!(tiles(open.iter().map(|(range, _)| *range)), "open ranges tile the key space");
        let starts = open.iter().map(|(range, _)| range.start.0).collect();
        Self { starts, shards: open.into_iter().map(|(_, shard)| shard).collect() }
    }

    /// The shard whose range holds `key`.
    #[must_use]
    pub fn shard(&self, key: HashKey) -> ShardId {
        let after = self.starts.partition_point(|start| *start <= key.0);
        self.shards[after - 1]
    }
}

/// Do the ranges, in order, cover everything exactly once?
pub fn tiles(ranges: impl Iterator<Item = HashKeyRange>) -> bool {
    let mut expected = Some(0);
    for range in ranges {
        if expected != Some(range.start.0) {
            return false;
        }
        expected = range.end.0.checked_add(1);
        if expected.is_none() {
            // Nothing may follow the range that ends at the top.
            expected = None;
        }
    }
    expected.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryRef;
    use crate::rules::topology::initial_ranges;

    #[test]
    fn keys_hash_and_route_as_the_reference_says() {
        for (key, hash, shards) in [
            ("a", 16_955_237_001_963_240_173_058_271_559_858_726_497, [0, 0, 0, 0]),
            ("partitionKey-1", 159_499_196_025_307_651_934_328_298_402_289_840_726, [0, 1, 1, 4]),
            ("user-42", 157_107_139_746_365_290_205_026_809_710_278_036_035, [0, 1, 1, 4]),
            ("device-0001", 118_565_459_389_455_887_580_122_100_116_841_712_193, [0, 1, 1, 3]),
            (
                "\u{43a}\u{43b}\u{44e}\u{447}",
                259_726_384_039_714_788_407_059_515_981_389_908_711,
                [1, 2, 3, 7],
            ),
            ("123", 42_767_516_990_368_493_138_776_584_305_024_125_808, [0, 0, 0, 1]),
        ] {
            assert_eq!(hash_key_of(key), HashKey(hash), "{key}");
            for (count, expected) in [2, 3, 4, 10].into_iter().zip(shards) {
                let ids = (0..count).map(ShardId);
                let router = Router::new(initial_ranges(count).into_iter().zip(ids));
                assert_eq!(router.shard(HashKey(hash)), ShardId(expected), "{key} of {count}");
            }
        }
    }

    #[test]
    fn keys_of_a_batch_hash_as_one_by_one() {
        let mut entries = EntryBatch::new();
        for n in 0..200_usize {
            entries.push(&"k".repeat(1 + n * 7 % 100), &[]);
            let key = Some(HashKey(n as u128));
            let entry = EntryRef { partition_key: "x", explicit_hash_key: key, data: &[] };
            (0..n % 3).for_each(|_| entries.push_entry(entry));
        }
        let mut keys = vec![HashKey(7); 3];
        hash_keys_of(&entries, &mut keys);
        let one = |entry: EntryRef<'_>| {
            entry.explicit_hash_key.unwrap_or_else(|| hash_key_of(entry.partition_key))
        };
        assert_eq!(keys, entries.iter().map(one).collect::<Vec<_>>());
        hash_keys_of(&EntryBatch::new(), &mut keys);
        assert_eq!(keys, []);
    }

    #[test]
    fn gaps_and_overlaps_do_not_tile() {
        let range = |start, end| HashKeyRange { start: HashKey(start), end: HashKey(end) };
        assert!(tiles([HashKeyRange::ALL].into_iter()));
        assert!(tiles([range(0, 9), range(10, u128::MAX)].into_iter()));
        assert!(!tiles([range(0, 9), range(11, u128::MAX)].into_iter()));
        assert!(!tiles([range(0, 9), range(9, u128::MAX)].into_iter()));
        assert!(!tiles([range(0, 9)].into_iter()));
        assert!(!tiles([HashKeyRange::ALL, HashKeyRange::ALL].into_iter()));
    }
}
