//! The account's pool of function instances: one limit, parts of it reserved.
//!
//! * A function with a reservation has that many instances for itself and never more; all others
//!   share what is not reserved.
//! * As in Lambda, reservations leave at least 100 unreserved. Without any reservation the limit
//!   may be as low as 1, so that a demo can run dry.
//! * An instance that was released stays warm for [`WARM_MS`]; the one released last is used first.
//! * A function starts at most [`SCALING_MAX`] new instances in [`SCALING_MS`]; what it may start comes
//!   back steadily, and more than that does not add up.
//! * Provisioned instances are ready before they are asked for: they never start cold and count to
//!   no rate. They are a part of the function's reservation, or of what is unreserved, from when they
//!   are asked for. They are ready after a minute and 10 ms each (Lambda: one to two minutes, 6,000 a
//!   minute). When all are in use, others are started as for any function: that is spillover.
//! * Each concurrent instance allowed stands for ten requests a second, however short they are: of
//!   what is set apart those of its function, of what is shared those of all others together. A
//!   second's worth may come at once. What was refused for another reason does not count.

mod rate;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::limits::{
    ACCOUNT_CONCURRENCY_DEFAULT, REQUESTS_PER_INSTANCE, UNRESERVED_CONCURRENCY_MIN,
};
use crate::model::{Millis, PartName};

use rate::Rate;

/// How long an idle instance stays warm.
pub const WARM_MS: u64 = 300_000;

/// New instances that a function may start in [`SCALING_MS`].
pub const SCALING_MAX: u32 = 1_000;
/// The time of the scaling rate, milliseconds.
pub const SCALING_MS: u64 = 10_000;
/// How long provisioned instances take: so long, and [`PROVISION_EACH_MS`] for each.
const PROVISION_MS: u64 = 60_000;
const PROVISION_EACH_MS: u64 = 10;

/// Why an invocation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// The account's unreserved concurrency is in use.
    AccountLimit,
    /// The function's reserved concurrency is in use.
    ReservedLimit,
    /// The function has started as many instances as it may in ten seconds.
    ScalingRate,
    /// The functions that share the account's concurrency were invoked ten times a second for each.
    RequestRate,
    /// The function was invoked ten times a second for each instance reserved for it.
    ReservedRequestRate,
}

impl Throttle {
    /// Why, for a lane's note.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AccountLimit => "account concurrency used up",
            Self::ReservedLimit => "reserved concurrency used up",
            Self::ScalingRate => "1,000 new instances in 10 s used up",
            Self::RequestRate => "10 requests/s for each instance of the account used up",
            Self::ReservedRequestRate => "10 requests/s for each reserved instance used up",
        }
    }

    /// Lambda's name for it, of the `Reason` of a `TooManyRequestsException`. For the scaling rate none
    /// is documented: this is the nearest, as it is a limit of concurrency.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::AccountLimit | Self::ScalingRate => "ConcurrentInvocationLimitExceeded",
            Self::ReservedLimit => "ReservedFunctionConcurrentInvocationLimitExceeded",
            Self::RequestRate => "FunctionInvocationRateLimitExceeded",
            Self::ReservedRequestRate => "ReservedFunctionInvocationRateLimitExceeded",
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
    /// The limit would not cover what is set apart.
    #[error(
        "an account limit of {asked} leaves {left} unreserved beside {claimed} reserved or \
         provisioned, at least {UNRESERVED_CONCURRENCY_MIN} must stay: set {} or more, or reserve \
         or provision less",
        claimed + UNRESERVED_CONCURRENCY_MIN
    )]
    LimitTooLow {
        /// What was asked.
        asked: u32,
        /// What would stay unreserved; below zero when there is not enough at all.
        left: i64,
        /// What is set apart, reserved and provisioned.
        claimed: u32,
    },
    /// Provisioned instances would leave too little for everyone else.
    #[error(
        "provisioning {asked} for function `{function}` leaves {left} of {limit} unreserved, at \
         least {UNRESERVED_CONCURRENCY_MIN} must stay: provision less or raise the account limit"
    )]
    TooLittleLeftBeside {
        /// The function.
        function: PartName,
        /// What was asked for it.
        asked: u32,
        /// What would stay unreserved; below zero when there is not enough at all.
        left: i64,
        /// The account's limit.
        limit: u32,
    },
    /// More would be provisioned than is reserved.
    #[error(
        "{provisioned} provisioned instances of function `{function}` are more than the {reserved} \
         reserved for it: provision less or reserve more"
    )]
    AboveReserved {
        /// The function.
        function: PartName,
        /// What is or would be provisioned.
        provisioned: u32,
        /// What is or would be reserved.
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
    kind: Kind,
}

/// Where an instance is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Provisioned,
    Warm,
    Cold,
}

impl Slot {
    /// Did a new instance have to start?
    #[must_use]
    pub const fn cold(&self) -> bool {
        matches!(self.kind, Kind::Cold)
    }

    /// Is it one of those that are provisioned?
    #[must_use]
    pub const fn provisioned(&self) -> bool {
        matches!(self.kind, Kind::Provisioned)
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
    provisioned: u32,
    provisioned_in_use: u32,
    /// When what is provisioned is ready.
    ready_at: Millis,
    starts: Rate,
    /// Of what is set apart for it.
    requests: Rate,
    /// Since when each idle instance is idle; ascending, as time never decreases.
    idle: Vec<Millis>,
}

impl Use {
    /// Instances in use that are not provisioned.
    fn on_demand(&self) -> u32 {
        self.in_use - self.provisioned_in_use
    }

    /// What is set apart of the account for it.
    fn claimed(&self) -> u32 {
        self.reserved.unwrap_or(self.provisioned)
    }

    /// May it be invoked once more, by what is set apart for it?
    fn has_requests(&mut self, now: Millis) -> bool {
        self.requests.has_room(now, self.claimed().saturating_mul(REQUESTS_PER_INSTANCE), 1_000)
    }

    /// A provisioned instance, a warm one, or one that is to start: which one may be taken?
    fn choose(&mut self, now: Millis, shared: &mut Shared) -> Result<Kind, Throttle> {
        let has_requests = self.has_requests(now);
        let is_ready = self.provisioned_in_use < self.provisioned && self.ready_at <= now;
        if is_ready && has_requests {
            return Ok(Kind::Provisioned);
        }
        match self.reserved {
            Some(reserved)
                if !is_ready && self.on_demand() >= reserved.saturating_sub(self.provisioned) =>
            {
                return Err(Throttle::ReservedLimit);
            }
            Some(_) if !has_requests => return Err(Throttle::ReservedRequestRate),
            None if shared.free() == 0 => return Err(Throttle::AccountLimit),
            None if !shared.has_requests(now) => return Err(Throttle::RequestRate),
            Some(_) | None => {}
        }
        match self.idle.last() {
            Some(since) if now.since(*since) < WARM_MS => Ok(Kind::Warm),
            Some(_) | None if self.starts.has_room(now, SCALING_MAX, SCALING_MS) => Ok(Kind::Cold),
            Some(_) | None => Err(Throttle::ScalingRate),
        }
    }

    /// Takes what was chosen.
    fn take(&mut self, kind: Kind, shared: &mut Shared) {
        match kind {
            Kind::Provisioned => self.provisioned_in_use += 1,
            Kind::Warm => drop(self.idle.pop()),
            Kind::Cold => {
                self.idle.clear();
                self.starts.take();
            }
        }
        if self.reserved.is_some() || kind == Kind::Provisioned {
            self.requests.take();
        } else {
            shared.in_use += 1;
            shared.requests.take();
        }
        self.in_use += 1;
        self.in_use_max = self.in_use_max.max(self.in_use);
    }
}

/// What is set apart for no function.
#[derive(Clone, Copy, Debug, Default)]
struct Shared {
    limit: u32,
    in_use: u32,
    requests: Rate,
}

impl Shared {
    fn free(&self) -> u32 {
        self.limit.saturating_sub(self.in_use)
    }

    fn has_requests(&mut self, now: Millis) -> bool {
        self.requests.has_room(now, self.limit.saturating_mul(REQUESTS_PER_INSTANCE), 1_000)
    }
}

/// The pool.
#[derive(Clone, Debug)]
pub struct Pool {
    limit: u32,
    in_use: u32,
    shared: Shared,
    in_use_max: u32,
    functions: BTreeMap<PartName, Use>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            limit: ACCOUNT_CONCURRENCY_DEFAULT,
            in_use: 0,
            shared: Shared::default(),
            in_use_max: 0,
            functions: BTreeMap::new(),
        }
    }
}

impl Pool {
    /// Takes one instance for `function`.
    ///
    /// # Errors
    /// When the function's share is in use, or it would start too many at once.
    pub fn try_acquire(&mut self, now: Millis, function: &PartName) -> Result<Slot, Throttle> {
        self.shared.limit = self.limit.saturating_sub(self.claimed());
        if !self.functions.contains_key(function) {
            self.functions.insert(function.clone(), Use::default());
        }
        let used = self.functions.get_mut(function).expect("it was put there");
        if self.in_use >= self.limit {
            return Err(match used.reserved {
                Some(reserved) if used.in_use >= reserved => Throttle::ReservedLimit,
                Some(_) | None => Throttle::AccountLimit,
            });
        }
        let kind = used.choose(now, &mut self.shared)?;
        used.take(kind, &mut self.shared);
        self.in_use += 1;
        self.in_use_max = self.in_use_max.max(self.in_use);
        Ok(Slot { function: function.clone(), kind })
    }

    /// Gives an instance back; it stays warm for a while.
    pub fn release(&mut self, now: Millis, slot: Slot) {
        let Slot { function, kind } = slot;
        self.in_use -= 1;
        let Some(used) = self.functions.get_mut(&function) else { return };
        used.in_use = used.in_use.saturating_sub(1);
        if kind == Kind::Provisioned {
            used.provisioned_in_use = used.provisioned_in_use.saturating_sub(1);
            return;
        }
        if used.reserved.is_none() {
            self.shared.in_use = self.shared.in_use.saturating_sub(1);
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
        let left = self.left_beside(function, asked);
        if let (Some(reserved), Some(provisioned)) = (reserved, self.provisioned_for(function))
            && provisioned > reserved
        {
            let function = function.clone();
            return Err(PoolError::AboveReserved { function, provisioned, reserved });
        }
        if asked > 0 && left < i64::from(UNRESERVED_CONCURRENCY_MIN) {
            let function = function.clone();
            return Err(PoolError::TooLittleLeft { function, asked, left, limit: self.limit });
        }
        let used = self.functions.entry(function.clone()).or_default();
        match (used.reserved, reserved) {
            (None, Some(_)) => self.shared.in_use -= used.on_demand(),
            (Some(_), None) => self.shared.in_use += used.on_demand(),
            (None, None) | (Some(_), Some(_)) => {}
        }
        used.reserved = reserved;
        Ok(())
    }

    /// Keeps instances of `function` ready from a while after `now` on, or none any more.
    ///
    /// # Errors
    /// When they are more than its reservation, or fewer than 100 would stay unreserved; nothing has
    /// changed then.
    pub fn set_provisioned(
        &mut self,
        now: Millis,
        function: &PartName,
        count: Option<u32>,
    ) -> Result<(), PoolError> {
        let asked = count.unwrap_or(0);
        match self.reserved_for(function) {
            Some(reserved) if asked > reserved => {
                let (function, provisioned) = (function.clone(), asked);
                return Err(PoolError::AboveReserved { function, provisioned, reserved });
            }
            Some(_) => {}
            None => {
                let left = self.left_beside(function, asked);
                if asked > 0 && left < i64::from(UNRESERVED_CONCURRENCY_MIN) {
                    let (function, limit) = (function.clone(), self.limit);
                    return Err(PoolError::TooLittleLeftBeside { function, asked, left, limit });
                }
            }
        }
        let used = self.functions.entry(function.clone()).or_default();
        if asked > used.provisioned {
            let more = u64::from(asked - used.provisioned);
            used.ready_at = now.plus(PROVISION_MS + more * PROVISION_EACH_MS);
        }
        used.provisioned = asked;
        Ok(())
    }

    /// What stays unreserved when so much is set apart for `function`; below zero when there is not
    /// enough.
    fn left_beside(&self, function: &PartName, asked: u32) -> i64 {
        let own = self.functions.get(function).map_or(0, Use::claimed);
        i64::from(self.limit) - i64::from(self.claimed() - own) - i64::from(asked)
    }

    /// Sets the account's limit. Instances above it run to their end.
    ///
    /// # Errors
    /// When it is 0 or leaves fewer than 100 beside what is set apart; nothing has changed then.
    pub fn set_limit(&mut self, limit: u32) -> Result<(), PoolError> {
        if limit == 0 {
            return Err(PoolError::LimitZero);
        }
        let claimed = self.claimed();
        let left = i64::from(limit) - i64::from(claimed);
        if claimed > 0 && left < i64::from(UNRESERVED_CONCURRENCY_MIN) {
            return Err(PoolError::LimitTooLow { asked: limit, left, claimed });
        }
        self.limit = limit;
        Ok(())
    }

    /// Forgets a function that was removed: its reservation and its warm instances.
    pub fn forget(&mut self, function: &PartName) {
        let Some(used) = self.functions.get_mut(function) else { return };
        used.idle.clear();
        used.provisioned = 0;
        if used.reserved.take().is_some() {
            self.shared.in_use += used.on_demand();
        }
    }

    /// Concurrent instances allowed.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Instances set apart, reserved and provisioned, all functions together: Lambda's
    /// `ClaimedAccountConcurrency` but for what runs unreserved.
    #[must_use]
    pub fn claimed(&self) -> u32 {
        self.functions.values().map(Use::claimed).sum()
    }

    /// Instances kept ready for `function`.
    #[must_use]
    pub fn provisioned_for(&self, function: &PartName) -> Option<u32> {
        self.functions.get(function).map(|used| used.provisioned).filter(|count| *count > 0)
    }

    /// Provisioned instances of `function` running now.
    #[must_use]
    pub fn provisioned_in_use(&self, function: &PartName) -> u32 {
        self.functions.get(function).map_or(0, |used| used.provisioned_in_use)
    }

    /// When what is provisioned of `function` is ready, if it is not.
    #[must_use]
    pub fn ready_at(&self, now: Millis, function: &PartName) -> Option<Millis> {
        let used = self.functions.get(function)?;
        (used.provisioned > 0 && used.ready_at > now).then_some(used.ready_at)
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
        self.shared.in_use
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
    fn a_limit_that_is_too_low_is_told_beside_what_is_reserved_and_provisioned() {
        let mut pool = Pool::default();
        pool.set_reserved(&name("a"), Some(20)).expect("there is room");
        pool.set_provisioned(Millis(0), &name("b"), Some(30)).expect("there is room");
        let error = pool.set_limit(149).expect_err("99 would stay");
        assert_eq!(
            error.to_string(),
            "an account limit of 149 leaves 99 unreserved beside 50 reserved or provisioned, at \
             least 100 must stay: set 150 or more, or reserve or provision less"
        );
        pool.set_limit(150).expect("100 stay");
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

    #[test]
    fn a_function_starts_a_thousand_instances_in_ten_seconds_and_no_more() {
        let mut pool = Pool::default();
        pool.set_limit(5_000).expect("without reservations any limit");
        let first: Vec<_> = (0..1_000).map(|_| take(&mut pool, 0, "a")).collect();
        assert_eq!(pool.try_acquire(Millis(0), &name("a")), Err(Throttle::ScalingRate));
        let _other = take(&mut pool, 0, "b");
        // Warm ones count to no rate, and a tenth of a second brings ten.
        first.into_iter().for_each(|slot| pool.release(Millis(1), slot));
        let _warm: Vec<_> = (0..1_000).map(|_| take(&mut pool, 1, "a")).collect();
        let _ten: Vec<_> = (0..10).map(|_| take(&mut pool, 100, "a")).collect();
        assert_eq!(pool.try_acquire(Millis(100), &name("a")), Err(Throttle::ScalingRate));
        // What is not used does not add up.
        let _later: Vec<_> = (0..1_000).map(|_| take(&mut pool, 100_000, "a")).collect();
        assert_eq!(pool.try_acquire(Millis(100_000), &name("a")), Err(Throttle::ScalingRate));
    }

    /// Takes one instance after the other and gives each back at once, until that is refused.
    fn requests(pool: &mut Pool, at: u64, function: &str) -> (u32, Throttle) {
        let mut taken = 0;
        loop {
            match pool.try_acquire(Millis(at), &name(function)) {
                Ok(slot) => pool.release(Millis(at), slot),
                Err(throttle) => return (taken, throttle),
            }
            taken += 1;
        }
    }

    #[test]
    fn each_instance_allowed_stands_for_ten_requests_a_second() {
        let mut pool = Pool::default();
        pool.set_limit(120).expect("without reservations any limit");
        assert_eq!(requests(&mut pool, 0, "a"), (1_200, Throttle::RequestRate));
        // All that share them are refused; a tenth of a second brings a tenth.
        assert_eq!(requests(&mut pool, 0, "b"), (0, Throttle::RequestRate));
        assert_eq!(requests(&mut pool, 100, "b"), (120, Throttle::RequestRate));
        // What is reserved is its own, and taken from the others.
        pool.set_reserved(&name("c"), Some(20)).expect("100 stay");
        assert_eq!(requests(&mut pool, 10_000, "c"), (200, Throttle::ReservedRequestRate));
        assert_eq!(requests(&mut pool, 10_000, "a"), (1_000, Throttle::RequestRate));
    }

    #[test]
    fn requests_above_those_of_provisioned_instances_spill_over() {
        let mut pool = Pool::default();
        pool.set_limit(110).expect("without reservations any limit");
        pool.set_provisioned(Millis(0), &name("a"), Some(2)).expect("100 stay");
        let first = take(&mut pool, 100_000, "a");
        assert!(first.provisioned());
        pool.release(Millis(100_000), first);
        // 19 more, and ten for each of the 108 that are shared.
        assert_eq!(requests(&mut pool, 100_000, "a"), (19 + 1_080, Throttle::RequestRate));
        // Of a reservation they are a part, and so are their requests.
        pool.set_reserved(&name("a"), Some(5)).expect("100 stay");
        assert_eq!(requests(&mut pool, 200_000, "a"), (50, Throttle::ReservedRequestRate));
    }

    #[test]
    fn provisioned_instances_are_ready_after_a_while_and_never_cold() {
        let mut pool = Pool::default();
        pool.set_provisioned(Millis(0), &name("a"), Some(2)).expect("there is room");
        assert_eq!(pool.claimed(), 2);
        let early = take(&mut pool, 0, "a");
        assert!(early.cold() && !early.provisioned(), "they are not ready yet");
        let ready = pool.ready_at(Millis(0), &name("a")).expect("it takes a while");
        assert_eq!(ready, Millis(60_020));
        let slots = [0, 1, 2].map(|_| take(&mut pool, ready.0, "a"));
        let provisioned = slots.each_ref().map(Slot::provisioned);
        assert_eq!(provisioned, [true, true, false], "the third is spillover");
        assert!(!slots[0].cold());
        assert_eq!((pool.in_use(&name("a")), pool.unreserved_in_use()), (4, 2));
        for slot in slots.into_iter().chain([early]) {
            pool.release(ready, slot);
        }
        assert_eq!((pool.total_in_use(), pool.unreserved_in_use()), (0, 0));
        assert_eq!(pool.provisioned_in_use(&name("a")), 0);
    }

    #[test]
    fn what_is_provisioned_is_a_part_of_the_reservation_or_of_the_rest() {
        let mut pool = Pool::default();
        let why =
            pool.set_provisioned(Millis(0), &name("a"), Some(901)).expect_err("99 would stay");
        assert!(why.to_string().contains("leaves 99 of 1000 unreserved"), "{why}");
        pool.set_reserved(&name("a"), Some(5)).expect("there is room");
        let why = pool.set_provisioned(Millis(0), &name("a"), Some(6)).expect_err("5 are reserved");
        assert!(why.to_string().contains("more than the 5 reserved"), "{why}");
        pool.set_provisioned(Millis(0), &name("a"), Some(4)).expect("as many are reserved");
        assert_eq!(pool.claimed(), 5);
        let why = pool.set_reserved(&name("a"), Some(3)).expect_err("4 are provisioned");
        assert!(why.to_string().starts_with("4 provisioned"), "{why}");
        let _one = take(&mut pool, 0, "a");
        let full = pool.try_acquire(Millis(0), &name("a"));
        assert_eq!(full, Err(Throttle::ReservedLimit), "four are being made ready");
    }
}
