//! Budgets of a shard: so much a second, full at the start, refilled as time passes.

use crate::model::{Millis, ShardLimits};

/// A bucket that holds one second of a rate. Amounts are thousandths of a unit, so that whole
/// milliseconds refill exactly.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    per_s: u64,
    level: i64,
    filled: Millis,
}

impl Bucket {
    fn full(per_s: u64, now: Millis) -> Self {
        Self { per_s, level: milli(per_s), filled: now }
    }

    fn refill(&mut self, now: Millis) {
        let passed = now.since(self.filled);
        if passed > 0 {
            self.filled = now;
            let gain = i64::try_from(passed.saturating_mul(self.per_s)).unwrap_or(i64::MAX);
            self.level = self.level.saturating_add(gain).min(milli(self.per_s));
        }
    }

    fn has(&self, amount: u64) -> bool {
        // A record larger than a whole second's budget passes a full bucket, and is paid off after.
        self.level >= milli(amount).min(milli(self.per_s))
    }

    fn take(&mut self, amount: u64) {
        self.level = self.level.saturating_sub(milli(amount));
    }
}

fn milli(amount: u64) -> i64 {
    i64::try_from(amount.saturating_mul(1_000)).unwrap_or(i64::MAX)
}

/// Which budget was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// Records a second (writes) or calls a second (reads).
    Count,
    /// Bytes a second.
    Bytes,
}

/// The write or the read budget of one shard.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    count: Option<Bucket>,
    bytes: Option<Bucket>,
}

impl Budget {
    /// What a shard takes.
    #[must_use]
    pub fn of_writes(limits: &ShardLimits, now: Millis) -> Self {
        Self::new(limits.write_records_per_s, limits.write_bytes_per_s, now)
    }

    /// What a shard gives to its shared readers.
    #[must_use]
    pub fn of_reads(limits: &ShardLimits, now: Millis) -> Self {
        Self::new(limits.read_calls_per_s, limits.read_bytes_per_s, now)
    }

    fn new(count: Option<u64>, bytes: Option<u64>, now: Millis) -> Self {
        Self {
            count: count.map(|per_s| Bucket::full(per_s, now)),
            bytes: bytes.map(|per_s| Bucket::full(per_s, now)),
        }
    }

    /// Takes one unit of count and `bytes`, or nothing when either is spent.
    ///
    /// # Errors
    /// Says which budget was spent; the count is asked first.
    pub fn take(&mut self, now: Millis, bytes: u64) -> Result<(), Spent> {
        if let Some(count) = &mut self.count {
            count.refill(now);
            if !count.has(1) {
                return Err(Spent::Count);
            }
        }
        if let Some(bucket) = &mut self.bytes {
            bucket.refill(now);
            if !bucket.has(bytes) {
                return Err(Spent::Bytes);
            }
            bucket.take(bytes);
        }
        if let Some(count) = &mut self.count {
            count.take(1);
        }
        Ok(())
    }

    /// Is there anything left to give? Takes one call; the bytes are [`Self::charge`]d after the
    /// answer is known, and may go below zero: then calls are refused until they are paid off.
    ///
    /// # Errors
    /// Says which budget was spent.
    pub fn begin_call(&mut self, now: Millis) -> Result<(), Spent> {
        if let Some(bucket) = &mut self.bytes {
            bucket.refill(now);
            if bucket.level <= 0 {
                return Err(Spent::Bytes);
            }
        }
        if let Some(count) = &mut self.count {
            count.refill(now);
            if !count.has(1) {
                return Err(Spent::Count);
            }
            count.take(1);
        }
        Ok(())
    }

    /// Charges the bytes of an answer.
    pub fn charge(&mut self, bytes: u64) {
        if let Some(bucket) = &mut self.bytes {
            bucket.take(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    #[test]
    fn a_shard_takes_a_thousand_records_a_second_and_no_more() {
        let mut budget = Budget::of_writes(&ShardLimits::KINESIS, NOW);
        let taken = (0..1_500).filter(|_| budget.take(NOW, 10).is_ok()).count();
        assert_eq!(taken, 1_000);
        assert_eq!(budget.take(NOW, 10), Err(Spent::Count));
        assert!(budget.take(NOW.plus(1), 10).is_ok(), "a millisecond refills one record");
    }

    #[test]
    fn a_shard_takes_a_mebibyte_a_second_and_no_more() {
        let mut budget = Budget::of_writes(&ShardLimits::KINESIS, NOW);
        assert!(budget.take(NOW, 1_048_576).is_ok());
        assert_eq!(budget.take(NOW, 1_048_576), Err(Spent::Bytes));
        assert!(budget.take(NOW.plus(1_000), 1_048_576).is_ok());
    }

    #[test]
    fn a_large_answer_blocks_reads_until_it_is_paid_off() {
        let mut budget = Budget::of_reads(&ShardLimits::KINESIS, NOW);
        assert!(budget.begin_call(NOW).is_ok());
        budget.charge(10 * 1_048_576);
        assert_eq!(budget.begin_call(NOW.plus(3_900)), Err(Spent::Bytes));
        assert!(budget.begin_call(NOW.plus(5_000)).is_ok());
    }

    #[test]
    fn a_limit_that_is_off_refuses_nothing() {
        let mut budget = Budget::of_writes(&ShardLimits::OFF, NOW);
        assert!((0..100_000).all(|_| budget.take(NOW, 1 << 20).is_ok()));
    }
}
