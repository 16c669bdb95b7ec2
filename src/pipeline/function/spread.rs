//! How values are spread: a histogram of milliseconds with eight buckets for each power of two.

const SUB: u64 = 8;
const BUCKETS: usize = 8 * 40;

/// Counts of milliseconds; percentiles are within an eighth.
#[derive(Clone, Debug)]
pub struct Spread {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: 0 }
    }
}

impl Spread {
    /// Counts `ms` once.
    pub fn record(&mut self, ms: u64) {
        self.counts[bucket(ms)] += 1;
        self.total += 1;
        self.max = self.max.max(ms);
    }

    /// The value that a share `p` (0 to 1) does not exceed; 0 without values.
    #[must_use]
    pub fn percentile(&self, p: f64) -> u64 {
        let wanted = (self.total as f64 * p).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(index).min(self.max);
            }
        }
        0
    }

    /// The largest value.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// How many values.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }
}

fn bucket(ms: u64) -> usize {
    if ms < SUB {
        return ms as usize;
    }
    let power = u64::from(ms.ilog2()) - 3;
    let index = SUB * (power + 1) + ((ms >> power) - SUB);
    (index as usize).min(BUCKETS - 1)
}

fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket;
    }
    let power = bucket / SUB - 1;
    ((SUB + bucket % SUB + 1) << power) - 1
}
