//! The account's pool of function instances: one limit, parts of it reserved.
//!
//! * A function with a reservation has that many instances for itself and never more; all others
//!   share what is not reserved.
//! * As in Lambda, reservations leave at least 100 unreserved. Without any reservation the limit
//!   may be as low as 1, so that a demo can run dry.
//! * An instance that was released stays warm for [`WARM_MS`]; the one released last is used first.
//!
//! Absent: the scaling rate (1,000 instances each 10 s) and provisioned concurrency.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::limits::{ACCOUNT_CONCURRENCY_DEFAULT, UNRESERVED_CONCURRENCY_MIN};
use crate::model::{Millis, PartName};

/// How long an idle instance stays warm.
pub const WARM_MS: u64 = 300_000;

/// Why an invocation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The account's unreserved concurrency is in use.
    AccountLimit,
    /// The function's reserved concurrency is in use.
    ReservedLimit,
}

impl Throttle {
    /// Why, for a lane's note.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AccountLimit => "account concurrency used up",
            Self::ReservedLimit => "reserved concurrency used up",
        }
    }
}

/// A setting of the pool that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PoolError {
    /// Reservations would leave too little for everyone else.
    #[error(
        "reserving {asked} for function `{function}` leaves {left} of {limit} unreserved, at least \
         {UNRESERVED_CONCURRENCY_MIN} must stay: reserve less or raise the account limit"
    )]
    TooLittleLeft {
        /// The function.
        function: PartName,
        /// What was asked for it.
        asked: u32,
        /// What would stay unreserved; below zero when there is not enough at all.
        left: i64,
        /// The account's limit.
        limit: u32,
    },
    /// The limit would not cover the reservations.
    #[error(
        "an account limit of {asked} leaves {left} unreserved beside {reserved} reserved, at least \
         {UNRESERVED_CONCURRENCY_MIN} must stay: set {} or more, or reserve less",
        reserved + UNRESERVED_CONCURRENCY_MIN
    )]
    LimitTooLow {
        /// What was asked.
        asked: u32,
        /// What would stay unreserved; below zero when there is not enough at all.
        left: i64,
        /// What is reserved.
        reserved: u32,
    },
    /// The limit was zero.
    #[error("an account limit of 0 lets no function run: set 1 or more")]
    LimitZero,
}

/// The right to run one instance, to be given back with [`Pool::release`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a slot that is not released is in use forever"]
pub struct Slot {
    function: PartName,
    cold: bool,
}

impl Slot {
    /// Did a new instance have to start?
    #[must_use]
    pub const fn cold(&self) -> bool {
        self.cold
    }

    /// The function that it is for.
    #[must_use]
    pub const fn function(&self) -> &PartName {
        &self.function
    }
}

#[derive(Clone, Debug, Default)]
struct Use {
    reserved: Option<u32>,
    in_use: u32,
    in_use_max: u32,
    /// Since when each idle instance is idle; ascending, as time never decreases.
    idle: Vec<Millis>,
}

/// The pool.
#[derive(Clone, Debug)]
pub struct Pool {
    limit: u32,
    in_use: u32,
    unreserved_in_use: u32,
    in_use_max: u32,
    functions: BTreeMap<PartName, Use>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            limit: ACCOUNT_CONCURRENCY_DEFAULT,
            in_use: 0,
            unreserved_in_use: 0,
            in_use_max: 0,
            functions: BTreeMap::new(),
        }
    }
}

impl Pool {
    /// Takes one instance for `function`.
    ///
    /// # Errors
    /// When the function's share is in use.
    pub fn try_acquire(&mut self, now: Millis, function: &PartName) -> Result<Slot, Throttle> {
        let unreserved = self.limit - self.reserved();
        if !self.functions.contains_key(function) {
            self.functions.insert(function.clone(), Use::default());
        }
        let used = self.functions.get_mut(function).expect("it was put there");
        match used.reserved {
            Some(reserved) if used.in_use >= reserved => return Err(Throttle::ReservedLimit),
            None if self.unreserved_in_use >= unreserved => return Err(Throttle::AccountLimit),
            Some(_) | None if self.in_use >= self.limit => return Err(Throttle::AccountLimit),
            Some(_) => {}
            None => self.unreserved_in_use += 1,
        }
        let warm = used.idle.pop().is_some_and(|since| now.since(since) < WARM_MS);
        if !warm {
            used.idle.clear();
        }
        used.in_use += 1;
        used.in_use_max = used.in_use_max.max(used.in_use);
        self.in_use += 1;
        self.in_use_max = self.in_use_max.max(self.in_use);
        Ok(Slot { function: function.clone(), cold: !warm })
    }

    /// Gives an instance back; it stays warm for a while.
    pub fn release(&mut self, now: Millis, slot: Slot) {
        let Slot { function, .. } = slot;
        self.in_use -= 1;
        let Some(used) = self.functions.get_mut(&function) else { return };
        used.in_use = used.in_use.saturating_sub(1);
        if used.reserved.is_none() {
            self.unreserved_in_use = self.unreserved_in_use.saturating_sub(1);
        }
        let cold = used.idle.iter().take_while(|since| now.since(**since) >= WARM_MS).count();
        used.idle.drain(..cold);
        used.idle.push(now);
    }

    /// Sets instances apart for `function`, or shares the rest with it again.
    ///
    /// # Errors
    /// When fewer than 100 would stay unreserved; nothing has changed then.
    pub fn set_reserved(
        &mut self,
        function: &PartName,
        reserved: Option<u32>,
    ) -> Result<(), PoolError> {
        let asked = reserved.unwrap_or(0);
        let sum = self.reserved() - self.reserved_for(function).unwrap_or(0);
        let left = i64::from(self.limit) - i64::from(sum) - i64::from(asked);
        if asked > 0 && left < i64::from(UNRESERVED_CONCURRENCY_MIN) {
            let function = function.clone();
            return Err(PoolError::TooLittleLeft { function, asked, left, limit: self.limit });
        }
        let used = self.functions.entry(function.clone()).or_default();
        match (used.reserved, reserved) {
            (None, Some(_)) => self.unreserved_in_use -= used.in_use,
            (Some(_), None) => self.unreserved_in_use += used.in_use,
            (None, None) | (Some(_), Some(_)) => {}
        }
        used.reserved = reserved;
        Ok(())
    }

    /// Sets the account's limit. Instances above it run to their end.
    ///
    /// # Errors
    /// When it is 0 or leaves fewer than 100 beside the reservations; nothing has changed then.
    pub fn set_limit(&mut self, limit: u32) -> Result<(), PoolError> {
        if limit == 0 {
            return Err(PoolError::LimitZero);
        }
        let reserved = self.reserved();
        let left = i64::from(limit) - i64::from(reserved);
        if reserved > 0 && left < i64::from(UNRESERVED_CONCURRENCY_MIN) {
            return Err(PoolError::LimitTooLow { asked: limit, left, reserved });
        }
        self.limit = limit;
        Ok(())
    }

    /// Forgets a function that was removed: its reservation and its warm instances.
    pub fn forget(&mut self, function: &PartName) {
        let Some(used) = self.functions.get_mut(function) else { return };
        used.idle.clear();
        if used.reserved.take().is_some() {
            self.unreserved_in_use += used.in_use;
        }
    }

    /// Concurrent instances allowed.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Instances set apart, all functions together.
    #[must_use]
    pub fn reserved(&self) -> u32 {
        self.functions.values().filter_map(|used| used.reserved).sum()
    }

    /// Instances set apart for `function`.
    #[must_use]
    pub fn reserved_for(&self, function: &PartName) -> Option<u32> {
        self.functions.get(function)?.reserved
    }

    /// Instances running now, all functions together.
    #[must_use]
    pub const fn total_in_use(&self) -> u32 {
        self.in_use
    }

    /// Most instances that ran at once, all functions together.
    #[must_use]
    pub const fn total_in_use_max(&self) -> u32 {
        self.in_use_max
    }

    /// Instances running now in functions without a reservation.
    #[must_use]
    pub const fn unreserved_in_use(&self) -> u32 {
        self.unreserved_in_use
    }

    /// Instances of `function` running now.
    #[must_use]
    pub fn in_use(&self, function: &PartName) -> u32 {
        self.functions.get(function).map_or(0, |used| used.in_use)
    }

    /// Most instances of `function` that ran at once.
    #[must_use]
    pub fn in_use_max(&self, function: &PartName) -> u32 {
        self.functions.get(function).map_or(0, |used| used.in_use_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PartName {
        PartName::new(text).expect("a good name")
    }

    fn take(pool: &mut Pool, at: u64, function: &str) -> Slot {
        pool.try_acquire(Millis(at), &name(function)).expect("there is room")
    }

    #[test]
    fn an_empty_pool_throttles_and_a_release_helps() {
        let mut pool = Pool::default();
        pool.set_limit(2).expect("2 is allowed");
        let first = take(&mut pool, 0, "a");
        let _second = take(&mut pool, 0, "b");
        assert_eq!(pool.try_acquire(Millis(0), &name("a")), Err(Throttle::AccountLimit));
        pool.release(Millis(5), first);
        let _third = take(&mut pool, 5, "a");
        assert_eq!((pool.total_in_use(), pool.total_in_use_max()), (2, 2));
    }

    #[test]
    fn a_reservation_is_a_guarantee_and_a_cap() {
        let mut pool = Pool::default();
        pool.set_reserved(&name("a"), Some(2)).expect("there is room");
        pool.set_limit(102).expect("100 stay");
        let _others: Vec<_> = (0..100).map(|_| take(&mut pool, 0, "b")).collect();
        assert_eq!(pool.try_acquire(Millis(0), &name("b")), Err(Throttle::AccountLimit));
        let _own = [take(&mut pool, 0, "a"), take(&mut pool, 0, "a")];
        assert_eq!(pool.try_acquire(Millis(0), &name("a")), Err(Throttle::ReservedLimit));
        assert_eq!(pool.in_use(&name("a")), 2);
    }

    #[test]
    fn a_reservation_of_zero_switches_a_function_off() {
        let mut pool = Pool::default();
        pool.set_reserved(&name("a"), Some(0)).expect("zero is allowed");
        assert_eq!(pool.try_acquire(Millis(0), &name("a")), Err(Throttle::ReservedLimit));
    }

    #[test]
    fn at_least_a_hundred_stay_unreserved() {
        let mut pool = Pool::default();
        let error = pool.set_reserved(&name("a"), Some(901)).expect_err("99 would stay");
        assert_eq!(
            error.to_string(),
            "reserving 901 for function `a` leaves 99 of 1000 unreserved, at least 100 must stay: \
             reserve less or raise the account limit"
        );
        pool.set_reserved(&name("a"), Some(900)).expect("100 stay");
        let error = pool.set_limit(500).expect_err("less than reserved");
        assert!(error.to_string().contains("set 1000 or more"), "{error}");
        pool.set_reserved(&name("a"), None).expect("giving back is always allowed");
        pool.set_limit(3).expect("without reservations any limit");
    }

    #[test]
    fn reserving_while_instances_run_moves_them_to_the_reservation() {
        let mut pool = Pool::default();
        let slot = take(&mut pool, 0, "a");
        assert_eq!(pool.unreserved_in_use(), 1);
        pool.set_reserved(&name("a"), Some(1)).expect("there is room");
        assert_eq!(pool.unreserved_in_use(), 0);
        pool.release(Millis(1), slot);
        assert_eq!((pool.total_in_use(), pool.unreserved_in_use()), (0, 0));
    }

    #[test]
    fn an_instance_is_warm_for_five_minutes() {
        let mut pool = Pool::default();
        let slot = take(&mut pool, 0, "a");
        assert!(slot.cold());
        pool.release(Millis(10), slot);
        let slot = take(&mut pool, WARM_MS, "a");
        assert!(!slot.cold());
        pool.release(Millis(WARM_MS), slot);
        assert!(take(&mut pool, 2 * WARM_MS, "a").cold());
    }
}
