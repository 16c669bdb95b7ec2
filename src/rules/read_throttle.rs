//! Budgets of the shared readers of a shard: calls, bytes, records, and positions asked for.
//!
//! Registered consumers are not counted here: each has its own budget.

use crate::model::limits::READ_LOCK_MS_MIN;
use crate::model::{Millis, ShardLimits};
use crate::rules::throttle::{milli, refilled};

/// Which budget of reads was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadSpent {
    /// Calls a second.
    #[default]
    Calls,
    /// Bytes a second.
    Bytes,
    /// Records a second.
    Records,
}

/// What one shard may still give to all its shared readers together.
///
/// * A call that is answered may give more than there is left. It then locks the shard, for as
///   long as its bytes take at the shard's rate and for a second at least: 10 MiB at 2 MiB a second
///   lock it for 5 seconds.
/// * A refused call costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct ReadGate {
    refilled: Millis,
    calls: i64,
    bytes: i64,
    records: i64,
    iterators: i64,
    locked_until: Millis,
    locked_by: ReadSpent,
}

impl ReadGate {
    /// A gate with full budgets.
    #[must_use]
    pub fn full(limits: &ShardLimits, now: Millis) -> Self {
        let full = |per_s: Option<u64>| milli(per_s.unwrap_or(0));
        Self {
            refilled: now,
            calls: full(limits.read_calls_per_s),
            bytes: full(limits.read_bytes_per_s),
            records: full(limits.read_records_per_s),
            iterators: full(limits.iterator_calls_per_s),
            locked_until: Millis::ZERO,
            locked_by: ReadSpent::default(),
        }
    }

    /// Takes one GetRecords call. What is given is [`Self::charge`]d when it is known. `limits` are
    /// those that the gate was made with.
    ///
    /// # Errors
    /// Says which budget was spent.
    pub fn begin_call(&mut self, now: Millis, limits: &ShardLimits) -> Result<(), ReadSpent> {
        if now < self.locked_until {
            return Err(self.locked_by);
        }
        self.refill(now, limits);
        if limits.read_calls_per_s.is_some() {
            if self.calls < milli(1) {
                return Err(ReadSpent::Calls);
            }
            self.calls -= milli(1);
        }
        Ok(())
    }

    /// Charges what a call was given.
    pub fn charge(&mut self, now: Millis, limits: &ShardLimits, records: u64, bytes: u64) {
        let bytes = charged(&mut self.bytes, limits.read_bytes_per_s, bytes);
        let records = charged(&mut self.records, limits.read_records_per_s, records);
        for (lock_ms, spent) in [(bytes, ReadSpent::Bytes), (records, ReadSpent::Records)] {
            if lock_ms > 0 && now.plus(lock_ms) > self.locked_until {
                (self.locked_until, self.locked_by) = (now.plus(lock_ms), spent);
            }
        }
    }

    /// Takes one GetShardIterator call; says whether there was one left.
    #[must_use]
    pub fn take_iterator(&mut self, now: Millis, limits: &ShardLimits) -> bool {
        self.refill(now, limits);
        let left = limits.iterator_calls_per_s.is_none() || self.iterators >= milli(1);
        self.iterators -= if left { milli(1) } else { 0 };
        left
    }

    fn refill(&mut self, now: Millis, limits: &ShardLimits) {
        let passed_ms = now.since(self.refilled);
        self.refilled = now;
        for (level, per_s) in [
            (&mut self.calls, limits.read_calls_per_s),
            (&mut self.bytes, limits.read_bytes_per_s),
            (&mut self.records, limits.read_records_per_s),
            (&mut self.iterators, limits.iterator_calls_per_s),
        ] {
            let per_s = per_s.unwrap_or(0);
            *level = refilled(*level, per_s, per_s, passed_ms);
        }
    }
}

/// Takes an amount that was given; says for how long that locks the shard, in milliseconds.
fn charged(level: &mut i64, per_s: Option<u64>, amount: u64) -> u64 {
    let Some(per_s) = per_s else { return 0 };
    *level = level.saturating_sub(milli(amount));
    if *level > 0 {
        return 0;
    }
    amount.saturating_mul(1_000).div_ceil(per_s.max(1)).max(READ_LOCK_MS_MIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = Millis(1_000_000);
    const LIMITS: ShardLimits = ShardLimits::KINESIS;
    const MIB: u64 = 1_048_576;

    fn gate() -> ReadGate {
        ReadGate::full(&LIMITS, NOW)
    }

    #[test]
    fn all_readers_of_a_shard_have_five_calls_a_second_together() {
        let mut gate = gate();
        (0..5).for_each(|_| assert_eq!(gate.begin_call(NOW, &LIMITS), Ok(())));
        assert_eq!(gate.begin_call(NOW, &LIMITS), Err(ReadSpent::Calls));
        assert_eq!(gate.begin_call(NOW.plus(199), &LIMITS), Err(ReadSpent::Calls));
        assert_eq!(gate.begin_call(NOW.plus(200), &LIMITS), Ok(()));
    }

    #[test]
    fn what_an_answer_gives_decides_for_how_long_further_calls_are_refused() {
        for (given, lock_ms) in [
            (10 * MIB, 5_000),
            (8 * MIB, 4_000),
            (3 * MIB, 1_500),
            (2 * MIB, 1_000),
            (2 * MIB - 1, 0),
            (0, 0),
        ] {
            let mut gate = gate();
            gate.begin_call(NOW, &LIMITS).expect("it is full");
            gate.charge(NOW, &LIMITS, 1, given);
            if lock_ms > 0 {
                let last = NOW.plus(lock_ms - 1);
                assert_eq!(gate.begin_call(last, &LIMITS), Err(ReadSpent::Bytes), "{given}");
            }
            assert_eq!(gate.begin_call(NOW.plus(lock_ms), &LIMITS), Ok(()), "{given}");
        }
    }

    #[test]
    fn the_last_of_several_answers_that_spends_the_second_locks_for_one_more() {
        let mut gate = gate();
        for _ in 0..2 {
            gate.begin_call(NOW, &LIMITS).expect("there is room");
            gate.charge(NOW, &LIMITS, 1, MIB);
        }
        assert_eq!(gate.begin_call(NOW.plus(999), &LIMITS), Err(ReadSpent::Bytes));
        assert_eq!(gate.begin_call(NOW.plus(1_000), &LIMITS), Ok(()));
    }

    #[test]
    fn records_a_second_are_a_switch_that_locks_in_the_same_way() {
        let limits = ShardLimits { read_records_per_s: Some(2_000), ..LIMITS };
        let mut gate = ReadGate::full(&limits, NOW);
        gate.begin_call(NOW, &limits).expect("it is full");
        gate.charge(NOW, &limits, 10_000, 10_000);
        assert_eq!(gate.begin_call(NOW.plus(4_999), &limits), Err(ReadSpent::Records));
        assert_eq!(gate.begin_call(NOW.plus(5_000), &limits), Ok(()));
        let mut kinesis = self::gate();
        kinesis.begin_call(NOW, &LIMITS).expect("it is full");
        kinesis.charge(NOW, &LIMITS, 10_000, 10_000);
        assert_eq!(kinesis.begin_call(NOW, &LIMITS), Ok(()), "it is off unless switched on");
    }

    #[test]
    fn positions_are_given_five_times_a_second() {
        let mut gate = gate();
        assert!((0..5).all(|_| gate.take_iterator(NOW, &LIMITS)));
        assert!(!gate.take_iterator(NOW.plus(199), &LIMITS));
        assert!(gate.take_iterator(NOW.plus(200), &LIMITS));
        let off = ShardLimits { iterator_calls_per_s: None, ..LIMITS };
        assert!((0..100).all(|_| gate.take_iterator(NOW.plus(200), &off)));
    }

    #[test]
    fn a_limit_that_is_off_refuses_nothing() {
        let mut gate = ReadGate::full(&ShardLimits::OFF, NOW);
        for _ in 0..1_000 {
            assert_eq!(gate.begin_call(NOW, &ShardLimits::OFF), Ok(()));
            gate.charge(NOW, &ShardLimits::OFF, 10_000, 10 * MIB);
        }
    }

    proptest! {
        #[test]
        fn readers_get_two_mebibytes_a_second_in_the_long_run(
            reads in proptest::collection::vec((0u64..1_500, 0..=10 * MIB), 1..300),
        ) {
            let mut gate = gate();
            let (mut now, mut given) = (NOW, 0);
            for (wait, answer) in reads {
                now = now.plus(wait);
                if gate.begin_call(now, &LIMITS).is_ok() {
                    gate.charge(now, &LIMITS, 1, answer);
                    given += answer;
                }
                let seconds = now.since(NOW) as f64 / 1_000.0;
                prop_assert!(given as f64 <= MIB as f64 * (12.0 + 2.0 * seconds));
            }
        }
    }
}
