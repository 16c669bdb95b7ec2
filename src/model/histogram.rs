//! A histogram of milliseconds with buckets that grow by an eighth: percentiles within 13 %.

const SUB: u64 = 8;
const BUCKETS: usize = 8 * 40;

/// Counts of durations. Exact up to 8 ms, then eight buckets for each power of two.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts `ms` once.
    pub fn record(&mut self, ms: u64) {
        self.counts[bucket(ms)] += 1;
        self.total += 1;
        self.max = self.max.max(ms);
    }

    /// The value that a share `p` (0 to 1) of all counts does not exceed; 0 without counts.
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

    /// The largest value counted.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// How many values were counted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_an_eighth() {
        let mut histogram = Histogram::default();
        (1..=10_000).for_each(|ms| histogram.record(ms));
        for (p, expected) in [(0.5, 5_000.0), (0.99, 9_900.0), (1.0, 10_000.0)] {
            let found = histogram.percentile(p) as f64;
            assert!((found / expected - 1.0).abs() < 0.13, "{p}: {found}");
        }
        assert_eq!(histogram.max(), 10_000);
    }

    #[test]
    fn every_value_is_below_the_upper_end_of_its_bucket() {
        for ms in (0..4_000).chain([1 << 20, 1 << 30]) {
            assert!(ms <= upper(bucket(ms)), "{ms}");
        }
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        assert_eq!(Histogram::default().percentile(0.99), 0);
    }
}
