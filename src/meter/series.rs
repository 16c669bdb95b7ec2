//! Ring buffers of points, at two grains.

use std::collections::VecDeque;

/// Points of one second that are kept: 15 minutes.
pub const SECONDS_KEPT: usize = 900;
/// Points of one minute that are kept: 24 hours.
pub const MINUTES_KEPT: usize = 1_440;

/// How the seconds of a minute become one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Sum: counts.
    Sum,
    /// Maximum: ages, gauges.
    Max,
}

/// One metric over time. `None` is a gap: nothing was measured.
#[derive(Clone, Debug)]
pub struct Series {
    fold: Fold,
    seconds: VecDeque<Option<f32>>,
    minutes: VecDeque<Option<f32>>,
    open_minute: Option<f32>,
    open_seconds: u32,
    total: f64,
}

impl Series {
    /// An empty series.
    #[must_use]
    pub fn new(fold: Fold) -> Self {
        Self {
            fold,
            seconds: VecDeque::new(),
            minutes: VecDeque::new(),
            open_minute: None,
            open_seconds: 0,
            total: 0.0,
        }
    }

    /// Closes a second with its value, or with a gap.
    pub fn push(&mut self, value: Option<f64>) {
        self.total += value.unwrap_or(0.0);
        let value = value.map(|value| value as f32);
        keep(&mut self.seconds, value, SECONDS_KEPT);
        if let Some(value) = value {
            let open = self.open_minute.get_or_insert(0.0);
            *open = match self.fold {
                Fold::Sum => *open + value,
                Fold::Max => open.max(value),
            };
        }
        self.open_seconds += 1;
        if self.open_seconds == 60 {
            keep(&mut self.minutes, self.open_minute.take(), MINUTES_KEPT);
            self.open_seconds = 0;
        }
    }

    /// The last `count` seconds, oldest first; shorter when the series is.
    pub fn last_seconds(&self, count: usize) -> impl Iterator<Item = Option<f32>> {
        self.seconds.iter().skip(self.seconds.len().saturating_sub(count)).copied()
    }

    /// The last `count` whole minutes, oldest first.
    pub fn last_minutes(&self, count: usize) -> impl Iterator<Item = Option<f32>> {
        self.minutes.iter().skip(self.minutes.len().saturating_sub(count)).copied()
    }

    /// The last second's value; 0 in a gap.
    #[must_use]
    pub fn now(&self) -> f64 {
        f64::from(self.seconds.back().copied().flatten().unwrap_or(0.0))
    }

    /// Mean of the last `count` seconds that have a value; 0 without any.
    #[must_use]
    pub fn mean(&self, count: usize) -> f64 {
        let (sum, n) = self
            .last_seconds(count)
            .flatten()
            .fold((0.0, 0u32), |(sum, n), value| (sum + f64::from(value), n + 1));
        if n == 0 { 0.0 } else { sum / f64::from(n) }
    }

    /// Sum of every value ever pushed.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Seconds kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    /// Nothing measured yet?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }
}

fn keep(ring: &mut VecDeque<Option<f32>>, value: Option<f32>, most: usize) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(value);
}

/// A counter that only grows, seen second by second.
#[derive(Clone, Debug)]
pub struct Counter {
    last: u64,
    series: Series,
}

impl Default for Counter {
    fn default() -> Self {
        Self { last: 0, series: Series::new(Fold::Sum) }
    }
}

impl Counter {
    /// Closes a second in which the counter has come to `value`.
    pub fn tick(&mut self, value: u64) {
        let growth = value.saturating_sub(self.last);
        self.last = value;
        self.series.push(Some(growth as f64));
    }

    /// Growth a second over time.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_kept_for_fifteen_minutes_and_minutes_for_a_day() {
        let mut series = Series::new(Fold::Sum);
        (0..90_000).for_each(|_| series.push(Some(1.0)));
        assert_eq!(series.len(), SECONDS_KEPT);
        assert_eq!(series.last_minutes(usize::MAX).count(), MINUTES_KEPT);
        assert_eq!(series.last_minutes(1).next(), Some(Some(60.0)));
        assert!((series.total() - 90_000.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_gap_is_not_a_zero() {
        let mut series = Series::new(Fold::Max);
        series.push(Some(4.0));
        series.push(None);
        assert_eq!(series.last_seconds(2).collect::<Vec<_>>(), [Some(4.0), None]);
        assert!((series.mean(2) - 4.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_counter_shows_its_growth() {
        let mut counter = Counter::default();
        counter.tick(10);
        counter.tick(25);
        assert!((counter.series().now() - 15.0).abs() < f64::EPSILON);
    }
}
