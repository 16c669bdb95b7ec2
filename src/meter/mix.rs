//! Who brings a shard its load: its heavy keys, and where in its range the rest lies.
//!
//! A [`Sketch`] takes a sample of the records that were offered to a shard, refused ones included,
//! and forgets half of it every [`HALF_LIFE_S`] seconds. It holds
//!
//! * [`KEYS_KEPT`] counters of keys by Space-Saving: a key with more than a sixteenth of the load is
//!   always among them, and what a counter took over from another key is known as its error, so the
//!   share that is told is never more than the true one of the sample;
//! * [`BINS`] bins of load over the range.
//!
//! A [`KeyMix`] is what viewers get of it: keys above [`HEAVY_SHARE`] and the bins without them. It
//! answers how much of the load lies below a hash key, and where a split halves the load.
//!
//! Keys are told apart by their hash keys, because that is what a split goes by: records of one
//! hash key stay together whatever their partition keys are. Absent: any clock, any chance.

use serde::{Deserialize, Serialize};

use crate::model::{HashKey, HashKeyRange};

/// Counters of keys in a sketch.
pub const KEYS_KEPT: usize = 16;
/// Pieces of the range whose load is told apart.
pub const BINS: usize = 32;
/// Seconds in which a sketch forgets half of what it knows.
pub const HALF_LIFE_S: u32 = 15;
/// Share of records or bytes from which on a key is told by name.
pub const HEAVY_SHARE: f32 = 0.03;
/// Keys that are told by name.
const HEAVY_MAX: usize = 8;
/// Sampled records without which nothing is told.
const SAMPLES_MIN: f64 = 30.0;
/// Sampled records below which a sketch is as good as none.
const SAMPLES_FADED: f64 = 0.1;
/// What is left of a count after a second: `2^(-1 / HALF_LIFE_S)`.
const KEPT_A_SECOND: f64 = 0.954_841_603_910_416_5;

/// Records and their bytes: counts in a sketch, shares of the whole in a mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load<T> {
    /// Records.
    pub records: T,
    /// Bytes, keys included.
    pub bytes: T,
}

/// Which of a shard's two limits a load is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Records.
    Records,
    /// Bytes.
    Bytes,
}

impl<T: Copy> Load<T> {
    /// The one that is asked for.
    pub fn of(&self, measure: Measure) -> T {
        match measure {
            Measure::Records => self.records,
            Measure::Bytes => self.bytes,
        }
    }
}

impl Load<f64> {
    fn add(&mut self, more: Self) {
        self.records += more.records;
        self.bytes += more.bytes;
    }

    fn scale(&mut self, by: f64) {
        self.records *= by;
        self.bytes *= by;
    }

    fn less(self, other: Self) -> Self {
        let least = |a: f64, b: f64| (a - b).max(0.0);
        Self { records: least(self.records, other.records), bytes: least(self.bytes, other.bytes) }
    }

    fn share_of(self, total: Self) -> Load<f32> {
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole) as f32 } else { 0.0 };
        Load { records: share(self.records, total.records), bytes: share(self.bytes, total.bytes) }
    }
}

/// A record of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Sampled<'a> {
    /// Its partition key.
    pub key: &'a str,
    /// Its hash key.
    pub hash: HashKey,
    /// Bytes of key and data.
    pub bytes: usize,
    /// Records for which it stands, 1 or more.
    pub weight: usize,
}

#[derive(Clone, Debug)]
struct Counter {
    hash: HashKey,
    key: String,
    load: Load<f64>,
    /// What of it may belong to other keys.
    error: Load<f64>,
}

/// What is known of the keys of one shard.
#[derive(Clone, Debug)]
pub struct Sketch {
    range: HashKeyRange,
    counters: Vec<Counter>,
    bins: [Load<f64>; BINS],
    total: Load<f64>,
    samples: f64,
}

impl Sketch {
    /// Of a shard with this range, of which nothing is known.
    #[must_use]
    pub fn new(range: HashKeyRange) -> Self {
        Self {
            range,
            counters: Vec::new(),
            bins: [Load::default(); BINS],
            total: Load::default(),
            samples: 0.0,
        }
    }

    /// Takes a record.
    pub fn add(&mut self, record: &Sampled<'_>) {
        let Sampled { key, hash, bytes, weight } = *record;
        let load = Load { records: weight as f64, bytes: (bytes * weight) as f64 };
        self.samples += 1.0;
        self.total.add(load);
        self.bins[bin_of(self.range, hash)].add(load);
        if let Some(known) = self.counters.iter_mut().find(|counter| counter.hash == hash) {
            return known.load.add(load);
        }
        if self.counters.len() < KEYS_KEPT {
            let error = Load::default();
            return self.counters.push(Counter { hash, key: key.to_owned(), load, error });
        }
        let by_records =
            |a: &&mut Counter, b: &&mut Counter| a.load.records.total_cmp(&b.load.records);
        let least = self.counters.iter_mut().min_by(by_records).expect("invariant: they are full");
        least.hash = hash;
        least.key.clear();
        least.key.push_str(key);
        least.error = least.load;
        least.load.add(load);
    }

    /// A second has passed.
    pub fn fade(&mut self) {
        self.samples *= KEPT_A_SECOND;
        self.total.scale(KEPT_A_SECOND);
        self.bins.iter_mut().for_each(|bin| bin.scale(KEPT_A_SECOND));
        for counter in &mut self.counters {
            counter.load.scale(KEPT_A_SECOND);
            counter.error.scale(KEPT_A_SECOND);
        }
    }

    /// Is so little left that it tells nothing?
    #[must_use]
    pub fn is_faded(&self) -> bool {
        self.samples < SAMPLES_FADED
    }

    /// What there is to tell; nothing before there are enough samples.
    #[must_use]
    pub fn mix(&self) -> Option<KeyMix> {
        if self.samples < SAMPLES_MIN {
            return None;
        }
        let mut rest = self.bins;
        let mut heavy = Vec::new();
        for counter in &self.counters {
            let own = counter.load.less(counter.error);
            let share = own.share_of(self.total);
            if share.records.max(share.bytes) >= HEAVY_SHARE {
                let Counter { key, hash, .. } = counter;
                heavy.push((own, HeavyKey { key: key.clone(), hash: *hash, share }));
            }
        }
        heavy.sort_by(|(_, a), (_, b)| {
            let weight = |key: &HeavyKey| key.share.records.max(key.share.bytes);
            weight(b).total_cmp(&weight(a)).then(a.hash.cmp(&b.hash))
        });
        heavy.truncate(HEAVY_MAX);
        for (own, key) in &heavy {
            let bin = &mut rest[bin_of(self.range, key.hash)];
            *bin = bin.less(*own);
        }
        Some(KeyMix {
            range: self.range,
            heavy: heavy.into_iter().map(|(_, key)| key).collect(),
            mean_bytes: self.total.bytes / self.total.records,
            rest: rest.map(|bin| bin.share_of(self.total)),
        })
    }
}

/// How far into the range a key lies, in bins and parts of one.
fn place_of(range: HashKeyRange, key: HashKey) -> f64 {
    let size = (range.end.0 - range.start.0) as f64 + 1.0;
    key.0.saturating_sub(range.start.0) as f64 / size * BINS as f64
}

fn bin_of(range: HashKeyRange, key: HashKey) -> usize {
    (place_of(range, key) as usize).min(BINS - 1)
}

/// A key that brings much of a shard's load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeavyKey {
    /// The partition key, as it was last seen.
    pub key: String,
    /// Its hash key.
    pub hash: HashKey,
    /// Its share of the shard's load, at least.
    pub share: Load<f32>,
}

/// Who brings a shard its load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyMix {
    range: HashKeyRange,
    /// The heaviest keys, heaviest first.
    pub heavy: Vec<HeavyKey>,
    /// Bytes of a record, on the average.
    pub mean_bytes: f64,
    /// Shares of the load over the range, without the heavy keys.
    rest: [Load<f32>; BINS],
}

impl KeyMix {
    /// Bytes of memory that it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let keys = self.heavy.iter().map(|key| size_of_val(key) + key.key.len());
        size_of::<Self>() + keys.sum::<usize>()
    }

    /// So many equal pieces of the range, 1 to [`BINS`]: the first key of each, and the share of the load
    /// that lies in it without the heavy keys.
    #[must_use]
    pub fn rest_in(&self, pieces: usize) -> Vec<(HashKey, Load<f32>)> {
        let HashKeyRange { start, end } = self.range;
        let bins = BINS.div_ceil(pieces.clamp(1, BINS));
        let width = (end.0 - start.0) / BINS as u128;
        let sum = |bins: &[Load<f32>]| Load {
            records: bins.iter().map(|bin| bin.records).sum(),
            bytes: bins.iter().map(|bin| bin.bytes).sum(),
        };
        let from = |at: usize| HashKey(start.0 + width * (at * bins) as u128);
        self.rest.chunks(bins).enumerate().map(|(at, chunk)| (from(at), sum(chunk))).collect()
    }

    /// Share of the load on keys below `cut`, 0 to 1.
    #[must_use]
    pub fn below(&self, cut: HashKey, measure: Measure) -> f64 {
        let place = place_of(self.range, cut).min(BINS as f64);
        let whole = place as usize;
        let mut sum: f64 = self.rest[..whole].iter().map(|bin| f64::from(bin.of(measure))).sum();
        if let Some(bin) = self.rest.get(whole) {
            sum += f64::from(bin.of(measure)) * (place - whole as f64);
        }
        let heavy = self.heavy.iter().filter(|key| key.hash < cut);
        (sum + heavy.map(|key| f64::from(key.share.of(measure))).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// The first key of the upper half when the load, not the range, is cut in two: as even as it can
    /// be, and of such keys a round one. `None` when the range has only one key.
    #[must_use]
    pub fn halving(&self, measure: Measure) -> Option<HashKey> {
        let HashKeyRange { start, end } = self.range;
        let worst = |cut: &HashKey| {
            let below = self.below(*cut, measure);
            below.max(1.0 - below)
        };
        let inside = |cut: &HashKey| start < *cut && *cut <= end;
        let bin = (end.0 - start.0) / BINS as u128;
        let borders = (1..BINS as u128).map(|n| HashKey(start.0.saturating_add(n * bin + n)));
        let around = self.heavy.iter().flat_map(|key| {
            [Some(key.hash), key.hash.0.checked_add(1).map(HashKey)].into_iter().flatten()
        });
        let exact = self.crossing(measure);
        let all: Vec<HashKey> = borders.chain(around).chain(exact).filter(inside).collect();
        let best = all.iter().map(worst).reduce(f64::min)?;
        // A point in the load that cannot be told from the best one, but is easy to type.
        let good = all.into_iter().filter(|cut| worst(cut) <= best + 0.01);
        good.max_by_key(|cut| (cut.0.trailing_zeros(), std::cmp::Reverse(*cut)))
    }

    /// Where the sum of the bins comes to a half, in the bin where it does: eight digits of it.
    fn crossing(&self, measure: Measure) -> Option<HashKey> {
        let HashKeyRange { start, end } = self.range;
        let size = (end.0 - start.0) as f64 + 1.0;
        let at =
            |place: f64| HashKey(start.0.saturating_add((size * (place / BINS as f64)) as u128));
        let bin = (0..BINS).find(|bin| self.below(at(*bin as f64 + 1.0), measure) >= 0.5)?;
        let before = self.below(at(bin as f64), measure);
        let after = self.below(at(bin as f64 + 1.0), measure);
        let part = if after > before { (0.5 - before) / (after - before) } else { 0.0 };
        let found = at(bin as f64 + part.clamp(0.0, 1.0));
        let round = HashKey(found.0 >> 96 << 96);
        Some(if round > start { round } else { found })
    }
}

#[cfg(test)]
mod tests;
