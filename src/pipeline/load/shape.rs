//! How many records are due: the integral of a rate over time, carried exactly.

use std::f64::consts::TAU;

use crate::model::Millis;
use crate::pipeline::settings::Shape;

/// Nudge against the rounding of sums such as 20 times 16.65.
const ROUNDING: f64 = 1e-6;

/// Factor on the base rate, averaged from the start to `t` seconds after it, times `t`.
#[must_use]
pub fn cumulative(shape: Shape, t: f64) -> f64 {
    match shape {
        Shape::Constant => t,
        Shape::Ramp { to, over_s } => {
            let inside = t.min(over_s);
            let rise = inside + (to - 1.0) * inside * inside / (2.0 * over_s);
            rise + (t - inside) * to
        }
        Shape::Step { to, at_s } => t.min(at_s) + (t - at_s).max(0.0) * to,
        Shape::Sine { depth, period_s } => {
            let omega = TAU / period_s;
            t + depth * (1.0 - (omega * t).cos()) / omega
        }
        Shape::Bursts { to, every_s, length_s } => {
            // A burst ends each period, so that a run begins calm.
            let calm = every_s - length_s;
            let periods = (t / every_s).floor();
            let rest = t - periods * every_s;
            let whole = periods * (calm + length_s * to);
            whole + rest.min(calm) + (rest - calm).max(0.0) * to
        }
    }
}

/// Counts what is due.
#[derive(Clone, Debug)]
pub struct Schedule {
    rate: f64,
    shape: Shape,
    began: Millis,
    asked: Millis,
    carry: f64,
}

impl Schedule {
    /// A schedule of `rate` records a second at factor 1, beginning at `now`.
    #[must_use]
    pub fn new(rate: f64, shape: Shape, now: Millis) -> Self {
        Self { rate, shape, began: now, asked: now, carry: 0.0 }
    }

    /// Records due since the last question; fractions are carried to the next.
    pub fn due(&mut self, now: Millis, factor: f64) -> u64 {
        let at = |time: Millis| cumulative(self.shape, time.since(self.began) as f64 / 1e3);
        let exact = self.carry + (at(now) - at(self.asked)) * self.rate * factor;
        let whole = (exact + ROUNDING).floor().max(0.0);
        self.carry = exact - whole;
        self.asked = self.asked.max(now);
        whole as u64
    }

    /// Leaves the time up to `now` out.
    pub fn skip_to(&mut self, now: Millis) {
        self.asked = self.asked.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each_second(rate: f64, shape: Shape, seconds: u64) -> Vec<u64> {
        let mut schedule = Schedule::new(rate, shape, Millis(1_000));
        let second = |s: u64, schedule: &mut Schedule| {
            (1..=20).map(|tick| schedule.due(Millis(1_000 + s * 1_000 + tick * 50), 1.0)).sum()
        };
        (0..seconds).map(|s| second(s, &mut schedule)).collect()
    }

    #[test]
    fn a_rate_gives_its_count_each_second() {
        for rate in [1.0, 3.0, 333.0, 1_000.0, 77_777.0] {
            assert_eq!(each_second(rate, Shape::Constant, 50), vec![rate as u64; 50], "{rate}");
        }
    }

    #[test]
    fn shapes_move_the_rate() {
        let step = Shape::Step { to: 3.0, at_s: 2.0 };
        assert_eq!(each_second(100.0, step, 4), [100, 100, 300, 300]);
        let bursts = Shape::Bursts { to: 5.0, every_s: 3.0, length_s: 1.0 };
        assert_eq!(each_second(10.0, bursts, 6), [10, 10, 50, 10, 10, 50]);
        let ramp = Shape::Ramp { to: 3.0, over_s: 2.0 };
        assert_eq!(each_second(100.0, ramp, 4), [150, 250, 300, 300]);
        let sine = Shape::Sine { depth: 0.5, period_s: 4.0 };
        let counts = each_second(1_000.0, sine, 4);
        assert_eq!(counts.iter().sum::<u64>(), 4_000, "{counts:?}");
        assert!(counts[0] > 1_300 && counts[2] < 700, "{counts:?}");
    }

    #[test]
    fn time_that_was_skipped_owes_nothing() {
        let mut schedule = Schedule::new(100.0, Shape::Constant, Millis(0));
        assert_eq!(schedule.due(Millis(1_000), 2.0), 200);
        schedule.skip_to(Millis(9_000));
        assert_eq!(schedule.due(Millis(10_000), 1.0), 100);
    }
}
