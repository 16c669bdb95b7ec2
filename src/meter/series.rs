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

/// A point in 4 bytes, as there are some thousands for each shard: a gap is not a number.
#[derive(Clone, Copy, Debug)]
struct Point(f32);

impl Point {
    fn of(value: Option<f32>) -> Self {
        Self(value.unwrap_or(f32::NAN))
    }

    fn value(self) -> Option<f32> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

/// The newest points, at most so many. While all of them are the same they take no memory of their
/// own: of thousands of shards most do nothing most of the time.
#[derive(Clone, Debug)]
struct Ring<const MOST: usize> {
    /// Points before `rest`, all of them `same`.
    before: u16,
    /// Points at the end that are like the last one.
    run: u16,
    same: Option<f32>,
    rest: VecDeque<Point>,
}

impl<const MOST: usize> Ring<MOST> {
    const fn new() -> Self {
        assert!(MOST <= u16::MAX as usize, "points are counted in 16 bits");
        Self { before: 0, run: 0, same: None, rest: VecDeque::new() }
    }

    /// So many times the same.
    fn of(count: u64, same: Option<f32>) -> Self {
        let count = u16::try_from(count).unwrap_or(u16::MAX).min(MOST as u16);
        Self { before: count, run: count, same, rest: VecDeque::new() }
    }

    fn is_only(&self, value: Option<f32>) -> bool {
        self.rest.is_empty() && (self.before == 0 || self.same == value)
    }

    fn push(&mut self, value: Option<f32>) {
        self.run = if self.last() == Some(value) { self.run.saturating_add(1) } else { 1 };
        if usize::from(self.run) >= MOST {
            (self.before, self.same, self.rest) = (MOST as u16, value, VecDeque::new());
            return;
        }
        if self.len() == MOST {
            match self.before {
                0 => drop(self.rest.pop_front()),
                1.. => self.before -= 1,
            }
        }
        if self.rest.is_empty() && (self.before == 0 || self.same == value) {
            (self.before, self.same) = (self.before + 1, value);
        } else {
            self.rest.push_back(Point::of(value));
        }
    }

    fn last(&self) -> Option<Option<f32>> {
        let before = (self.before > 0).then_some(self.same);
        self.rest.back().map(|point| point.value()).or(before)
    }

    fn len(&self) -> usize {
        usize::from(self.before) + self.rest.len()
    }

    /// The last `count`, oldest first.
    fn newest(&self, count: usize) -> impl Iterator<Item = Option<f32>> {
        let before = std::iter::repeat_n(self.same, self.before.into());
        let rest = self.rest.iter().map(|point| point.value());
        before.chain(rest).skip(self.len().saturating_sub(count))
    }
}

/// Seconds over which a slope is looked at.
const SLOPE_S: usize = 10;

/// One metric over time. `None` is a gap: nothing was measured.
#[derive(Clone, Debug)]
pub struct Series {
    fold: Fold,
    seconds: Ring<SECONDS_KEPT>,
    minutes: Ring<MINUTES_KEPT>,
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
            seconds: Ring::new(),
            minutes: Ring::new(),
            open_minute: None,
            open_seconds: 0,
            total: 0.0,
        }
    }

    /// A series of so many seconds in which nothing happened: each 0, or each a gap.
    #[must_use]
    pub fn still(fold: Fold, seconds: u64, each: Option<f32>) -> Self {
        let open_seconds = (seconds % 60) as u32;
        Self {
            seconds: Ring::of(seconds, each),
            minutes: Ring::of(seconds / 60, each),
            open_minute: each.filter(|_| open_seconds > 0),
            open_seconds,
            ..Self::new(fold)
        }
    }

    /// Is nothing left of whatever happened, so that [`Self::still`] would make the same?
    #[must_use]
    pub fn is_still(&self, each: Option<f32>) -> bool {
        let minute = self.open_minute.is_none_or(|value| Some(value) == each);
        minute && self.seconds.is_only(each) && self.minutes.is_only(each)
    }

    /// Closes a second with its value, or with a gap.
    pub fn push(&mut self, value: Option<f64>) {
        self.total += value.unwrap_or(0.0);
        let value = value.map(|value| value as f32);
        self.seconds.push(value);
        if let Some(value) = value {
            let open = self.open_minute.get_or_insert(0.0);
            *open = match self.fold {
                Fold::Sum => *open + value,
                Fold::Max => open.max(value),
            };
        }
        self.open_seconds += 1;
        if self.open_seconds == 60 {
            self.minutes.push(self.open_minute.take());
            self.open_seconds = 0;
        }
    }

    /// The last `count` seconds, oldest first; shorter when the series is.
    pub fn last_seconds(&self, count: usize) -> impl Iterator<Item = Option<f32>> {
        self.seconds.newest(count)
    }

    /// The last `count` whole minutes, oldest first.
    pub fn last_minutes(&self, count: usize) -> impl Iterator<Item = Option<f32>> {
        self.minutes.newest(count)
    }

    /// Its change over the last 10 seconds, of its own unit a second; 0 while there are less than two
    /// values.
    #[must_use]
    pub fn slope(&self) -> f64 {
        let values: Vec<f64> = self.last_seconds(SLOPE_S).flatten().map(f64::from).collect();
        match &values[..] {
            [first, .., last] => (last - first) / (values.len() - 1) as f64,
            [_] | [] => 0.0,
        }
    }

    /// The last second's value; 0 in a gap.
    #[must_use]
    pub fn now(&self) -> f64 {
        f64::from(self.seconds.last().flatten().unwrap_or(0.0))
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

    /// The highest mean of `count` seconds within the last `over`: what is bad for a moment counts
    /// for a while, so that whoever judges by it does not waver.
    #[must_use]
    pub fn mean_held(&self, count: usize, over: usize) -> f64 {
        let values: Vec<Option<f32>> = self.last_seconds(over).collect();
        let mean = |window: &[Option<f32>]| {
            let known = window.iter().flatten();
            let (sum, n) =
                known.fold((0.0, 0u32), |(sum, n), value| (sum + f64::from(*value), n + 1));
            if n == 0 { 0.0 } else { sum / f64::from(n) }
        };
        match values.len() < count {
            true => mean(&values),
            false => values.windows(count.max(1)).map(mean).fold(0.0, f64::max),
        }
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
        self.seconds.len() == 0
    }
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
    /// A counter that stands at `value` since so many seconds.
    #[must_use]
    pub fn still(value: u64, seconds: u64) -> Self {
        Self { last: value, series: Series::still(Fold::Sum, seconds, Some(0.0)) }
    }

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
    fn a_ring_holds_the_newest_points_however_they_repeat() {
        let mut ring = Ring::<5>::new();
        let mut all = Vec::new();
        for (value, count) in
            [(0, 2), (1, 1), (0, 9), (2, 3), (3, 1), (2, 4), (2, 3), (0, 6), (7, 5)]
        {
            for _ in 0..count {
                let value = (value < 7).then_some(value as f32);
                ring.push(value);
                all.push(value);
                let newest = &all[all.len().saturating_sub(5)..];
                assert_eq!(ring.newest(usize::MAX).collect::<Vec<_>>(), newest);
                assert_eq!(ring.newest(2).collect::<Vec<_>>(), newest[newest.len().max(2) - 2..]);
                assert_eq!((ring.last(), ring.len()), (Some(value), newest.len()));
            }
        }
        assert_eq!(ring.rest.capacity(), 0, "five gaps take no memory");
    }

    #[test]
    fn a_still_series_is_like_one_that_was_pushed() {
        for seconds in [0, 1, 59, 60, 61, 899, 900, 5_000, 90_000] {
            for (each, fold) in [(Some(0.0), Fold::Sum), (None, Fold::Max)] {
                let mut pushed = Series::new(fold);
                (0..seconds).for_each(|_| pushed.push(each.map(f64::from)));
                let mut still = Series::still(fold, seconds, each);
                assert!(pushed.is_still(each) && still.is_still(each));
                for n in 1..130 {
                    pushed.push(Some(n.into()));
                    still.push(Some(n.into()));
                    assert!(!pushed.is_still(each) && !still.is_still(each));
                }
                let all = |series: &Series| {
                    let minutes: Vec<_> = series.last_minutes(usize::MAX).collect();
                    (series.last_seconds(usize::MAX).collect::<Vec<_>>(), minutes)
                };
                assert_eq!(all(&still), all(&pushed), "{seconds} times {each:?}");
            }
        }
    }

    #[test]
    fn what_happened_is_forgotten_after_a_day() {
        let mut series = Series::new(Fold::Sum);
        series.push(Some(3.0));
        (0..86_400).for_each(|_| series.push(Some(0.0)));
        assert!(!series.is_still(Some(0.0)));
        (0..60).for_each(|_| series.push(Some(0.0)));
        assert!(series.is_still(Some(0.0)));
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
    fn a_held_mean_remembers_the_worst_for_a_while() {
        let mut series = Series::new(Fold::Sum);
        [0.0, 10.0, 0.0, 0.0, 0.0].iter().for_each(|value| series.push(Some(*value)));
        assert!((series.mean_held(2, 5) - 5.0).abs() < f64::EPSILON);
        assert!(series.mean_held(2, 3).abs() < f64::EPSILON);
        series.push(None);
        series.push(Some(8.0));
        assert!((series.mean_held(2, 3) - 8.0).abs() < f64::EPSILON, "a gap is not a zero");
    }

    #[test]
    fn a_counter_shows_its_growth() {
        let mut counter = Counter::default();
        counter.tick(10);
        counter.tick(25);
        assert!((counter.series().now() - 15.0).abs() < f64::EPSILON);
    }
}
