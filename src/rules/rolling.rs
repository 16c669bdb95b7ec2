//! How often something happened within a rolling day.

use crate::model::Millis;

/// The rolling period, milliseconds.
pub const DAY_MS: u64 = 24 * 3_600_000;

/// The times of something, oldest first; those that are a day old do not count any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rolling {
    times: Vec<Millis>,
}

impl Rolling {
    /// Times that were kept, in any order.
    #[must_use]
    pub fn of(mut times: Vec<Millis>) -> Self {
        times.sort_unstable();
        Self { times }
    }

    /// How often it happened in the day before `now`.
    #[must_use]
    pub fn count(&self, now: Millis) -> usize {
        self.times.iter().filter(|at| now.since(**at) < DAY_MS).count()
    }

    /// It happens now.
    pub fn note(&mut self, now: Millis) {
        self.times.retain(|at| now.since(*at) < DAY_MS);
        self.times.push(now);
    }

    /// The times, to be kept.
    #[must_use]
    pub fn times(&self) -> &[Millis] {
        &self.times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Millis = Millis(1_700_000_000_000);

    #[test]
    fn what_is_a_day_old_does_not_count_any_more() {
        let mut rolling = Rolling::default();
        (0..10).for_each(|hour| rolling.note(T0.plus(hour * 3_600_000)));
        assert_eq!(rolling.count(T0.plus(10 * 3_600_000)), 10);
        assert_eq!(rolling.count(T0.plus(DAY_MS - 1)), 10);
        assert_eq!(rolling.count(T0.plus(DAY_MS)), 9);
        rolling.note(T0.plus(DAY_MS + 3_600_000));
        assert_eq!(rolling.times().len(), 9, "the oldest two are forgotten");
    }

    #[test]
    fn times_survive_being_kept() {
        let rolling = Rolling::of(vec![T0.plus(2), T0]);
        assert_eq!(Rolling::of(rolling.times().to_vec()), rolling);
        assert_eq!(rolling.times(), [T0, T0.plus(2)]);
    }
}
