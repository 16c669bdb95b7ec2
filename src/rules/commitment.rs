//! The minimum throughput billing commitment: at least a day long, once it began.

use crate::model::limits::COMMITMENT_MS_MIN;
use crate::model::{CommitmentStatus, Millis};

/// A commitment, or the memory of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commitment {
    /// When it began last.
    pub started: Option<Millis>,
    /// When it ends, or ended.
    pub ends: Option<Millis>,
}

impl Commitment {
    /// Where it is.
    #[must_use]
    pub fn status(&self, now: Millis) -> CommitmentStatus {
        match (self.started, self.ends) {
            (None, _) => CommitmentStatus::Disabled,
            (Some(_), Some(ends)) if ends <= now => CommitmentStatus::Disabled,
            (Some(_), Some(_)) => CommitmentStatus::EnabledUntilEarliestAllowedEnd,
            (Some(_), None) => CommitmentStatus::Enabled,
        }
    }

    /// Does it hold, so that what it unlocks is there?
    #[must_use]
    pub fn holds(&self, now: Millis) -> bool {
        match self.status(now) {
            CommitmentStatus::Disabled => false,
            CommitmentStatus::Enabled | CommitmentStatus::EnabledUntilEarliestAllowedEnd => true,
        }
    }

    /// It begins, or goes on without an end.
    #[must_use]
    pub fn enabled(&self, now: Millis) -> Self {
        let started = if self.holds(now) { self.started } else { Some(now) };
        Self { started, ends: None }
    }

    /// It ends at the earliest allowed time, which may be now.
    #[must_use]
    pub fn disabled(&self, now: Millis) -> Self {
        match self.earliest_end(now) {
            Some(earliest) if self.ends.is_none() => {
                Self { ends: Some(earliest.max(now)), ..*self }
            }
            Some(_) | None => *self,
        }
    }

    /// When it may end at the earliest, while it holds.
    #[must_use]
    pub fn earliest_end(&self, now: Millis) -> Option<Millis> {
        let started = self.started.filter(|_| self.holds(now))?;
        Some(started.plus(COMMITMENT_MS_MIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Millis = Millis(1_700_000_000_000);
    const HOUR_MS: u64 = 3_600_000;

    #[test]
    fn a_commitment_lasts_a_day_at_least() {
        use CommitmentStatus::{Disabled, Enabled, EnabledUntilEarliestAllowedEnd};
        let none = Commitment::default();
        assert_eq!((none.status(T0), none.disabled(T0)), (Disabled, none));
        let begun = none.enabled(T0);
        assert_eq!((begun.status(T0), begun.holds(T0)), (Enabled, true));
        assert_eq!(begun.earliest_end(T0), Some(T0.plus(24 * HOUR_MS)));
        let ending = begun.disabled(T0.plus(HOUR_MS));
        assert_eq!(ending.status(T0.plus(23 * HOUR_MS)), EnabledUntilEarliestAllowedEnd);
        assert_eq!(ending.status(T0.plus(24 * HOUR_MS)), Disabled);
        assert_eq!(ending.disabled(T0.plus(2 * HOUR_MS)), ending, "asked twice");
        let back = ending.enabled(T0.plus(2 * HOUR_MS));
        assert_eq!((back.status(T0.plus(99 * HOUR_MS)), back.started), (Enabled, Some(T0)));
        let late = begun.disabled(T0.plus(30 * HOUR_MS));
        assert_eq!(late.ends, Some(T0.plus(30 * HOUR_MS)));
        let again = late.enabled(T0.plus(40 * HOUR_MS));
        assert_eq!(again.started, Some(T0.plus(40 * HOUR_MS)), "a new one begins anew");
    }
}
