//! From partition key to hash key to shard.

use fearless_simd::Level;
use md5::{Digest, Md5};

use crate::model::{EntryBatch, HashKey, HashKeyRange, ShardId};
use crate::rules::lanes::{BYTES_MAX, Blocks, LANES};

/// So few keys are hashed one by one: all lanes together take as long as three.
const FEW: usize = 2;

/// A router's parts are at most so many bits' worth: 64 KiB of memory.
const PART_BITS_MAX: u32 = 14;

/// The hash key of a partition key: its MD5 as an unsigned big-endian number.
#[must_use]
pub fn hash_key_of(partition_key: &str) -> HashKey {
    md5_of(partition_key.as_bytes())
}

fn md5_of(partition_key: &[u8]) -> HashKey {
    let digest: [u8; 16] = Md5::digest(partition_key).into();
    HashKey(u128::from_be_bytes(digest))
}

/// The hash keys of all entries, in their order, where they have none of their own the MD5 of their
/// partition keys. Costs a fifth of asking for each.
pub fn hash_keys_of(entries: &EntryBatch, keys: &mut Vec<HashKey>) {
    let level = Level::new();
    let few = entries.len() <= FEW;
    keys.clear();
    keys.resize(entries.len(), HashKey::MIN);
    let (mut blocks, mut lanes) = (Blocks::new(), [0; LANES]);
    let mut taken = 0;
    for (at, (record, explicit)) in entries.stored().enumerate() {
        match explicit {
            Some(key) => keys[at] = key,
            None if few || record.key_len() > BYTES_MAX => keys[at] = md5_of(record.key()),
            None => {
                blocks.put(taken, record.key());
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
///
/// The space is cut into as many equal parts as there are shards, or a few more: the part of a key
/// tells which few shards it may belong to, so that many even shards are found as fast as one.
///
/// What is asked for each key takes little memory: thousands of shards are to stay in a cache.
#[derive(Clone, Debug, Default)]
pub struct Router {
    /// In order of their ranges.
    shards: Vec<Ranged>,
    /// The last key of each.
    ends: Vec<u128>,
    /// For the beginning of each part, and for the end of the last, the place of its shard.
    parts: Vec<u32>,
    /// Bits of a key below those that name its part; 1 or more.
    below: u32,
}

#[derive(Clone, Copy, Debug)]
struct Ranged {
    /// The upper half of its last key.
    end: u64,
    shard: ShardId,
}

/// The upper half of a key.
fn upper(key: u128) -> u64 {
    (key >> 64) as u64
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
        let ends: Vec<u128> = open.iter().map(|(range, _)| range.end.0).collect();
        let bits = PART_BITS_MAX.min(open.len().next_power_of_two().ilog2()).max(1);
        let below = u128::BITS - bits;
        let place = |key| ends.partition_point(|end| *end < key);
        let begins = (0..1_u128 << bits).map(|part| part << below).chain([u128::MAX]);
        let parts = begins.map(|key| u32::try_from(place(key)).expect("shards are few")).collect();
        let ranged = |(range, shard): (HashKeyRange, _)| Ranged { end: upper(range.end.0), shard };
        Self { shards: open.into_iter().map(ranged).collect(), ends, parts, below }
    }

    /// The shards of so many records that go to all shards in turn, beginning with the one whose
    /// turn it is.
    pub fn in_turn(&self, turn: &mut usize, count: usize) -> impl Iterator<Item = ShardId> {
        let first = *turn;
        *turn = (first + count) % self.shards.len();
        (first..first + count).map(|nth| self.shards[nth % self.shards.len()].shard)
    }

    /// The shard whose range holds `key`.
    #[must_use]
    #[inline]
    pub fn shard(&self, key: HashKey) -> ShardId {
        let part = (key.0 >> self.below) as usize;
        let (from, to) = (self.parts[part] as usize, self.parts[part + 1] as usize);
        let end = self.shards[from].end;
        let later = if to - from > 1 || end == upper(key.0) {
            self.ends[from..to].partition_point(|end| *end < key.0)
        } else {
            // Of even shards, and no branch that nobody can foretell.
            usize::from(end < upper(key.0))
        };
        self.shards[from + later].shard
    }
}

/// Do the ranges, in order, cover everything exactly once?
pub fn tiles(ranges: impl Iterator<Item = HashKeyRange>) -> bool {
    let mut expected = Some(0);
    for range in ranges {
        if expected != Some(range.start.0) {
            return false;
        }
        // Nothing may follow the range that ends at the top.
        expected = range.end.0.checked_add(1);
    }
    expected.is_none()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_pcg::Pcg64Mcg;

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
    fn a_router_finds_the_range_that_holds_a_key_however_uneven_they_are() {
        let mut chance = Pcg64Mcg::seed_from_u64(1);
        for count in [1_u32, 2, 3, 5, 17, 100, 20_000] {
            for narrow in [0, 60, 100] {
                let mut starts: Vec<u128> =
                    (1..count).map(|_| chance.random::<u128>() >> narrow).collect();
                starts.push(0);
                starts.sort_unstable();
                starts.dedup();
                let end = |n: usize| starts.get(n + 1).map_or(u128::MAX, |next| next - 1);
                let range = |n| HashKeyRange { start: HashKey(starts[n]), end: HashKey(end(n)) };
                let open = (0..starts.len()).map(|n| (range(n), ShardId(n as u32)));
                let router = Router::new(open);
                let edges = (0..starts.len()).flat_map(|n| [starts[n], end(n)]);
                let others = (0..1_000).map(|_| chance.random::<u128>() >> narrow);
                for key in edges.chain(others).chain([0, u128::MAX]) {
                    let found = router.shard(HashKey(key)).index();
                    assert!(starts[found] <= key && key <= end(found), "{key} is in {found}");
                }
            }
        }
    }

    #[test]
    fn keys_of_a_batch_hash_as_one_by_one() {
        let mut entries = EntryBatch::new();
        let mut keys = vec![HashKey(7); 3];
        for (n, key) in ["a", "b", "c"].into_iter().enumerate() {
            entries.push(key, &[]);
            hash_keys_of(&entries, &mut keys);
            assert_eq!((keys.len(), keys[n]), (n + 1, hash_key_of(key)));
        }
        for n in 0..200_usize {
            entries.push(&"k".repeat(1 + n * 7 % 100), &[]);
            let key = Some(HashKey(n as u128));
            let entry = EntryRef { partition_key: "x", explicit_hash_key: key, data: &[] };
            (0..n % 3).for_each(|_| entries.push_entry(entry));
        }
        hash_keys_of(&entries, &mut keys);
        let one = |entry: EntryRef<'_>| {
            entry.explicit_hash_key.unwrap_or_else(|| hash_key_of(entry.partition_key))
        };
        assert_eq!(keys, entries.iter().map(one).collect::<Vec<_>>());
        hash_keys_of(&EntryBatch::new(), &mut keys);
        assert_eq!(keys, []);
    }

    #[test]
    fn records_without_keys_are_spread_over_all_shards_in_turn() {
        let shards = initial_ranges(3).into_iter().zip((0..).map(ShardId));
        let router = Router::new(shards);
        let (mut turn, mut taken) = (0, Vec::new());
        for count in [1, 4, 2, 2] {
            taken.extend(router.in_turn(&mut turn, count).map(|shard| shard.0));
        }
        assert_eq!(taken, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
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
