//! Engine time from the machine's clock: can be paused, stepped, slowed down and sped up, and
//! never goes back.

#![allow(clippy::disallowed_methods, reason = "the edge where time comes from")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::command::ClockCommand;
use crate::model::Millis;
use crate::snapshot::ClockView;

/// Slowest and fastest speed.
pub const SPEED_MIN: f64 = 0.1;
/// Fastest speed.
pub const SPEED_MAX: f64 = 100.0;

/// The notches of `slower` and `faster`.
const NOTCHES: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

fn slower(speed: f64) -> f64 {
    NOTCHES.into_iter().rfind(|notch| *notch < speed).unwrap_or(SPEED_MIN)
}

fn faster(speed: f64) -> f64 {
    NOTCHES.into_iter().find(|notch| *notch > speed).unwrap_or(SPEED_MAX)
}

/// The clock that drives a live world.
#[derive(Clone, Debug)]
pub struct LiveClock {
    base: Millis,
    since: Instant,
    view: ClockView,
    stop_at: Option<Millis>,
}

impl LiveClock {
    /// Starts at the machine's time, or at `not_before` when that is later.
    #[must_use]
    pub fn start(not_before: Millis) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let wall = Millis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX));
        Self {
            base: wall.max(not_before),
            since: Instant::now(),
            view: ClockView::default(),
            stop_at: None,
        }
    }

    /// Engine time now. A step that has come to its end pauses the clock.
    pub fn now(&mut self) -> Millis {
        let now = self.reading();
        match self.stop_at {
            Some(end) if now >= end => {
                self.stop_at = None;
                self.base = end;
                self.view.paused = true;
                end
            }
            _ => now,
        }
    }

    fn reading(&self) -> Millis {
        if self.view.paused {
            return self.base;
        }
        let passed = self.since.elapsed().as_secs_f64() * self.view.speed * 1_000.0;
        self.base.plus(passed as u64)
    }

    /// Obeys; `None` when the speed is out of its bounds.
    pub fn obey(&mut self, command: ClockCommand) -> Option<ClockView> {
        self.base = self.now();
        self.since = Instant::now();
        self.stop_at = None;
        match command {
            ClockCommand::Toggle => self.view.paused = !self.view.paused,
            ClockCommand::Slower => self.view.speed = slower(self.view.speed),
            ClockCommand::Faster => self.view.speed = faster(self.view.speed),
            ClockCommand::Pause => self.view.paused = true,
            ClockCommand::Resume => self.view.paused = false,
            ClockCommand::Step => {
                self.view.paused = false;
                self.stop_at = Some(self.base.plus(1_000));
            }
            ClockCommand::Speed(speed) if (SPEED_MIN..=SPEED_MAX).contains(&speed) => {
                self.view.speed = speed;
            }
            ClockCommand::Speed(_) => return None,
        }
        Some(self.view)
    }

    /// How the clock runs.
    #[must_use]
    pub fn view(&self) -> ClockView {
        self.view
    }

    /// How long to wait on the wall until engine time is `at`; `None` while paused.
    #[must_use]
    pub fn wait_until(&self, at: Millis) -> Option<Duration> {
        if self.view.paused {
            return None;
        }
        let ms = at.since(self.reading()) as f64 / self.view.speed;
        Some(Duration::from_secs_f64(ms / 1_000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_stands_still() {
        let mut clock = LiveClock::start(Millis::ZERO);
        clock.obey(ClockCommand::Pause);
        let now = clock.now();
        assert_eq!(clock.now(), now);
        assert_eq!(clock.wait_until(now.plus(5)), None);
    }

    #[test]
    fn time_never_starts_before_what_is_stored() {
        let future = Millis(9_999_999_999_999);
        assert!(LiveClock::start(future).now() >= future);
    }

    #[test]
    fn speed_moves_by_notches_and_stops_at_the_ends() {
        assert_eq!((slower(1.0), faster(1.0), slower(0.1), faster(100.0)), (0.5, 2.0, 0.1, 100.0));
        assert_eq!((slower(3.0), faster(3.0)), (2.0, 5.0));
    }

    #[test]
    fn a_speed_out_of_bounds_is_refused() {
        let mut clock = LiveClock::start(Millis::ZERO);
        assert!(clock.obey(ClockCommand::Speed(1_000.0)).is_none());
        assert!(clock.obey(ClockCommand::Speed(10.0)).is_some());
    }
}
