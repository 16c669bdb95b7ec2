//! Engine time from the machine's clock: can be paused, stepped, slowed down, sped up and hurried
//! to a moment, and never goes back.

#![allow(clippy::disallowed_methods, reason = "the edge where time comes from")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::command::ClockCommand;
use crate::model::Millis;
use crate::snapshot::ClockView;

/// Slowest speed.
pub const SPEED_MIN: f64 = 0.1;
/// Fastest speed.
pub const SPEED_MAX: f64 = 100.0;

/// The notches of `slower` and `faster`.
const NOTCHES: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// How long the machine has been up, the time included that it slept: an `Instant` stands still then,
/// and records that come after a laptop was opened would seem to be hours old.
#[cfg(target_os = "linux")]
fn uptime() -> Duration {
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    up.try_into().unwrap_or_default()
}

/// How long this program has been up; while the machine sleeps it may stand still.
#[cfg(not(target_os = "linux"))]
fn uptime() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

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
    /// By [`uptime`].
    since: Duration,
    view: ClockView,
    until: Option<Until>,
}

/// A stretch that ends by itself.
#[derive(Clone, Copy, Debug)]
struct Until {
    at: Millis,
    /// How the clock runs afterwards.
    then: ClockView,
}

impl LiveClock {
    /// Starts at the machine's time, or at `not_before` when that is later.
    #[must_use]
    pub fn start(not_before: Millis) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let wall = Millis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX));
        Self {
            base: wall.max(not_before),
            since: uptime(),
            view: ClockView::default(),
            until: None,
        }
    }

    /// Engine time now. A step that has come to its end pauses the clock, a hurry runs as before.
    pub fn now(&mut self) -> Millis {
        let now = self.reading();
        match self.until {
            Some(Until { at, then }) if now >= at => {
                self.until = None;
                self.base = at;
                self.since = uptime();
                self.view = then;
                at
            }
            _ => now,
        }
    }

    fn reading(&self) -> Millis {
        if self.view.paused {
            return self.base;
        }
        let passed = uptime().saturating_sub(self.since).as_secs_f64() * self.view.speed * 1_000.0;
        self.base.plus(passed as u64)
    }

    /// Obeys; `next` is the moment that `ClockCommand::Next` means.
    ///
    /// # Errors
    /// When the speed is out of its bounds, or there is no such moment.
    pub fn obey(
        &mut self,
        command: ClockCommand,
        next: Option<Millis>,
    ) -> Result<ClockView, &'static str> {
        self.base = self.now();
        self.since = uptime();
        if let Some(Until { then, .. }) = self.until.take() {
            self.view = then;
        }
        match command {
            ClockCommand::Toggle => self.view.paused = !self.view.paused,
            ClockCommand::Slower => self.view.speed = slower(self.view.speed),
            ClockCommand::Faster => self.view.speed = faster(self.view.speed),
            ClockCommand::Pause => self.view.paused = true,
            ClockCommand::Resume => self.view.paused = false,
            ClockCommand::Step => {
                let then = ClockView { paused: true, ..self.view };
                self.until = Some(Until { at: self.base.plus(1_000), then });
                self.view.paused = false;
            }
            ClockCommand::Next => {
                // It may have come since the world was last driven: the clock never goes back to it.
                let at = next.ok_or("the story has no further step")?.max(self.base);
                self.until = Some(Until { at, then: self.view });
                self.view = ClockView { paused: false, speed: SPEED_MAX };
            }
            ClockCommand::Speed(speed) if (SPEED_MIN..=SPEED_MAX).contains(&speed) => {
                self.view.speed = speed;
            }
            ClockCommand::Speed(_) => return Err("the speed must be x0.1 to x100"),
        }
        Ok(self.view)
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
        clock.obey(ClockCommand::Pause, None).expect("it pauses");
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
        assert!(clock.obey(ClockCommand::Speed(1_000.0), None).is_err());
        assert!(clock.obey(ClockCommand::Speed(10.0), None).is_ok());
    }

    #[test]
    fn a_hurry_ends_at_its_moment_and_runs_on_as_before() {
        let mut clock = LiveClock::start(Millis::ZERO);
        assert!(clock.obey(ClockCommand::Next, None).is_err(), "there is nothing to hurry to");
        clock.obey(ClockCommand::Pause, None).expect("it pauses");
        let due = clock.now();
        let hurried = clock.obey(ClockCommand::Next, Some(due)).expect("it hurries");
        assert_eq!(hurried, ClockView { paused: false, speed: SPEED_MAX });
        assert_eq!(clock.now(), due, "the moment is there at once");
        assert_eq!(clock.view(), ClockView { paused: true, speed: 1.0 });
        clock.obey(ClockCommand::Next, Some(due.plus(3_600_000))).expect("it hurries");
        clock.obey(ClockCommand::Toggle, None).expect("it runs");
        assert_eq!(clock.view(), ClockView { paused: false, speed: 1.0 }, "a hurry can be left");
    }

    #[test]
    fn a_hurry_to_a_moment_that_is_past_does_not_take_the_clock_back() {
        let mut clock = LiveClock::start(Millis::ZERO);
        clock.obey(ClockCommand::Pause, None).expect("it pauses");
        let now = clock.now();
        clock.obey(ClockCommand::Next, Some(Millis(now.0 - 5_000))).expect("it hurries");
        assert_eq!(clock.now(), now);
        assert_eq!(clock.view(), ClockView { paused: true, speed: 1.0 });
    }
}
