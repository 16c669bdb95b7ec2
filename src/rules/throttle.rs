//! Budgets of the writers of a shard: so much a second, full at the start, refilled as time passes.
//!
//! All arithmetic is in whole thousandths of a unit: a rate a second is as many thousandths a
//! millisecond, so that time refills exactly and the same calls are refused in every run.

use crate::model::limits::WRITE_BURST_S;
use crate::model::{Millis, ShardLimits};

/// Bytes are counted by writes in whole units of this size.
const ROUNDED_TO_BYTES: u64 = 1_024;

/// One call of PutRecord or PutRecords, told apart from the calls before and after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PutCall(u64);

impl PutCall {
    /// The call after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Which budget of writes was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteSpent {
    /// Records a second.
    Records,
    /// Bytes a second.
    Bytes,
}

/// What one shard may still take.
///
/// * A record counts as one record, and its bytes (key and data) in whole KiB. Rounding up happens
///   once for each call and shard: PutRecord rounds its record, PutRecords the sum of the call's
///   records in the shard.
/// * Records within a second's bytes draw on that second. A larger one, which the stream must
///   allow, draws on a burst of [`WRITE_BURST_S`] seconds instead. Everything drains the burst and
///   it refills at the shard's rate, so that no mixture comes in faster in the long run.
/// * A record above the whole burst passes a full one, and is paid off after.
#[derive(Clone, Copy, Debug)]
pub struct WriteGate {
    refilled: Millis,
    records: i64,
    bytes: i64,
    burst: i64,
    call: PutCall,
    call_bytes: u64,
}

impl WriteGate {
    /// A gate with full budgets.
    #[must_use]
    pub fn full(limits: &ShardLimits, now: Millis) -> Self {
        let per_s = limits.write_bytes_per_s.unwrap_or(0);
        Self {
            refilled: now,
            records: milli(limits.write_records_per_s.unwrap_or(0)),
            bytes: milli(per_s),
            burst: milli(burst_of(per_s)),
            call: PutCall::default(),
            call_bytes: 0,
        }
    }

    /// Takes a record of so many bytes, or nothing when a budget is spent. `limits` are those that
    /// the gate was made with.
    ///
    /// # Errors
    /// Says which budget was spent; the records are asked first.
    pub fn take(
        &mut self,
        now: Millis,
        limits: &ShardLimits,
        call: PutCall,
        bytes: u64,
    ) -> Result<(), WriteSpent> {
        if !limits.writes() {
            return Ok(());
        }
        self.refill(now, limits);
        let counted = if self.call == call { self.call_bytes } else { 0 };
        let cost = rounded(counted + bytes) - rounded(counted);
        if limits.write_records_per_s.is_some() && self.records < milli(1) {
            return Err(WriteSpent::Records);
        }
        if let Some(per_s) = limits.write_bytes_per_s {
            let large = cost > per_s;
            let room = if large { self.burst } else { self.bytes.min(self.burst) };
            if room < milli(cost.min(burst_of(per_s))) {
                return Err(WriteSpent::Bytes);
            }
            self.burst = self.burst.saturating_sub(milli(cost));
            self.bytes -= if large { 0 } else { milli(cost) };
        }
        if limits.write_records_per_s.is_some() {
            self.records -= milli(1);
        }
        (self.call, self.call_bytes) = (call, counted + bytes);
        Ok(())
    }

    fn refill(&mut self, now: Millis, limits: &ShardLimits) {
        let passed_ms = now.since(self.refilled);
        if passed_ms == 0 {
            return;
        }
        self.refilled = now;
        if let Some(per_s) = limits.write_records_per_s {
            self.records = refilled(self.records, per_s, per_s, passed_ms);
        }
        if let Some(per_s) = limits.write_bytes_per_s {
            self.bytes = refilled(self.bytes, per_s, per_s, passed_ms);
            self.burst = refilled(self.burst, per_s, burst_of(per_s), passed_ms);
        }
    }
}

fn rounded(bytes: u64) -> u64 {
    bytes.next_multiple_of(ROUNDED_TO_BYTES)
}

fn burst_of(per_s: u64) -> u64 {
    per_s.saturating_mul(WRITE_BURST_S)
}

/// A level after so many milliseconds of refilling, at most `full`.
pub(super) fn refilled(level: i64, per_s: u64, full: u64, passed_ms: u64) -> i64 {
    let gain = i64::try_from(passed_ms.saturating_mul(per_s)).unwrap_or(i64::MAX);
    level.saturating_add(gain).min(milli(full))
}

/// An amount in thousandths.
pub(super) fn milli(amount: u64) -> i64 {
    i64::try_from(amount.saturating_mul(1_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::limits::SHARD_WRITE_BYTES_PER_S;

    const NOW: Millis = Millis(1_000_000);
    const LIMITS: ShardLimits = ShardLimits::KINESIS;
    const KIB: u64 = 1_024;
    const MIB: u64 = 1_048_576;

    /// A gate and the calls on it.
    struct Shard(WriteGate, PutCall);

    impl Shard {
        fn new() -> Self {
            Self(WriteGate::full(&LIMITS, NOW), PutCall::default())
        }

        /// PutRecord.
        fn put(&mut self, now: Millis, bytes: u64) -> Result<(), WriteSpent> {
            self.1 = self.1.next();
            self.0.take(now, &LIMITS, self.1, bytes)
        }

        /// PutRecords of `count` like records in one shard; says how many were taken.
        fn put_many(&mut self, now: Millis, count: usize, bytes: u64) -> usize {
            self.1 = self.1.next();
            (0..count).filter(|_| self.0.take(now, &LIMITS, self.1, bytes).is_ok()).count()
        }

        fn spent_kib(&self) -> u64 {
            let left = u64::try_from(self.0.bytes / 1_000).expect("no debt");
            (SHARD_WRITE_BYTES_PER_S - left) / KIB
        }
    }

    #[test]
    fn a_shard_takes_a_thousand_records_a_second_and_no_more() {
        let mut shard = Shard::new();
        assert_eq!(shard.put_many(NOW, 1_500, 10), 1_000);
        assert_eq!(shard.put(NOW, 10), Err(WriteSpent::Records));
        assert_eq!(shard.put(NOW.plus(1), 10), Ok(()), "a millisecond refills one record");
    }

    #[test]
    fn a_shard_takes_a_mebibyte_a_second_and_no_more() {
        let mut shard = Shard::new();
        assert_eq!(shard.put(NOW, MIB), Ok(()));
        assert_eq!(shard.put(NOW, MIB), Err(WriteSpent::Bytes));
        assert_eq!(shard.put(NOW.plus(999), MIB), Err(WriteSpent::Bytes));
        assert_eq!(shard.put(NOW.plus(1_000), MIB), Ok(()));
    }

    #[test]
    fn one_put_is_rounded_up_to_whole_kibibytes_and_many_are_rounded_once() {
        for (bytes, one_by_one, together) in
            [(1, 10, 1), (102, 10, 1), (103, 10, 2), (1_024, 10, 10), (1_025, 20, 11)]
        {
            let (mut single, mut batch) = (Shard::new(), Shard::new());
            (0..10).for_each(|_| single.put(NOW, bytes).expect("there is room"));
            assert_eq!(batch.put_many(NOW, 10, bytes), 10);
            assert_eq!((single.spent_kib(), batch.spent_kib()), (one_by_one, together), "{bytes}");
        }
    }

    #[test]
    fn a_thousand_tiny_records_put_one_by_one_all_but_fill_the_bytes_of_a_second() {
        let mut shard = Shard::new();
        (0..1_000).for_each(|_| shard.put(NOW, 1).expect("it is within the budget"));
        assert_eq!(shard.spent_kib(), 1_000, "of 1,024");
    }

    #[test]
    fn a_refused_record_counts_for_nothing() {
        let mut shard = Shard::new();
        shard.put(NOW, MIB - KIB).expect("there is room");
        assert_eq!(shard.put(NOW, 2 * KIB), Err(WriteSpent::Bytes));
        assert_eq!(shard.put(NOW, KIB), Ok(()));
    }

    #[test]
    fn a_large_record_lives_on_the_burst_and_leaves_the_second_to_the_others() {
        let mut shard = Shard::new();
        assert_eq!(shard.put(NOW, 9 * MIB), Ok(()));
        assert_eq!(shard.put(NOW, MIB), Ok(()), "the last mebibyte of the burst");
        assert_eq!(shard.put(NOW.plus(999), MIB), Err(WriteSpent::Bytes));
        assert_eq!(shard.put(NOW.plus(1_000), MIB), Ok(()), "the sustained rate stays");
        assert_eq!(shard.put(NOW.plus(10_999), 10 * MIB), Err(WriteSpent::Bytes));
        assert_eq!(shard.put(NOW.plus(11_000), 10 * MIB), Ok(()), "ten seconds refill it");
    }

    #[test]
    fn ordinary_records_do_not_use_the_burst() {
        let mut shard = Shard::new();
        assert_eq!(shard.put_many(NOW, 20, MIB / 2), 2);
    }

    #[test]
    fn under_small_limits_a_record_above_the_burst_passes_a_full_one_and_is_paid_off() {
        let limits = ShardLimits { write_bytes_per_s: Some(1_024), ..ShardLimits::OFF };
        let mut gate = WriteGate::full(&limits, NOW);
        let mut call = PutCall::default();
        let mut put = |now, bytes| {
            call = call.next();
            gate.take(now, &limits, call, bytes)
        };
        assert_eq!(put(NOW, 20 * KIB), Ok(()));
        assert_eq!(put(NOW.plus(10_000), 1), Err(WriteSpent::Bytes));
        assert_eq!(put(NOW.plus(11_000), 1), Ok(()));
    }

    #[test]
    fn a_limit_that_is_off_refuses_nothing() {
        let mut gate = WriteGate::full(&ShardLimits::OFF, NOW);
        let call = PutCall::default();
        assert!((0..100_000).all(|_| gate.take(NOW, &ShardLimits::OFF, call, 1 << 20).is_ok()));
    }

    proptest! {
        #[test]
        fn no_mixture_of_sizes_comes_in_faster_than_the_limits(
            puts in proptest::collection::vec((0u64..2_000, 1u64..11 * MIB), 1..200),
        ) {
            let mut shard = Shard::new();
            let (mut now, mut records, mut bytes) = (NOW, 0, 0);
            for (wait, size) in puts {
                now = now.plus(wait);
                let size = size.min(10 * MIB);
                if shard.put(now, size).is_ok() {
                    records += 1;
                    bytes += size;
                }
                let seconds = now.since(NOW) as f64 / 1_000.0;
                prop_assert!(f64::from(records) <= 1_000.0 * (1.0 + seconds));
                prop_assert!(bytes as f64 <= MIB as f64 * (10.0 + seconds));
            }
        }
    }
}
