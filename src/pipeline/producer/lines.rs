//! Lines of a source, at the pace that was asked for.

use crate::model::Millis;
use crate::pipeline::load::Schedule;
use crate::pipeline::settings::{KeyRule, Pace, Shape};
use crate::pipeline::{Source, SourcePoll};

use super::line;

/// Most lines that one tick reads at full speed.
pub(super) const LINES_MAX: u64 = 10_000;

/// The lines of a source.
pub(super) struct Lines {
    source: Option<Box<dyn Source>>,
    pub(super) key: KeyRule,
    pace: Pace,
    schedule: Schedule,
    pub(super) owed: u64,
    /// A line that was read before its time.
    pub(super) line: String,
    early: bool,
    /// Time of the first line, and the engine time, scaled by the factor, since it was put.
    first: Option<u64>,
    elapsed_ms: f64,
    asked: Millis,
}

impl Lines {
    pub(super) fn new(
        source: Option<Box<dyn Source>>,
        key: KeyRule,
        pace: Pace,
        now: Millis,
    ) -> Self {
        let rate = match pace {
            Pace::Rate(rate) => rate,
            Pace::FullSpeed | Pace::TimeField(_) => 0.0,
        };
        Self {
            source,
            key,
            pace,
            schedule: Schedule::new(rate, Shape::Constant, now),
            owed: 0,
            line: String::new(),
            early: false,
            first: None,
            elapsed_ms: 0.0,
            asked: now,
        }
    }

    pub(super) fn skip_to(&mut self, now: Millis) {
        self.schedule.skip_to(now);
        self.asked = self.asked.max(now);
    }

    /// Says how many lines may be read at `now`.
    pub(super) fn earn(&mut self, now: Millis, factor: f64) {
        if self.first.is_some() {
            self.elapsed_ms += now.since(self.asked) as f64 * factor;
        }
        self.asked = self.asked.max(now);
        self.owed = match self.pace {
            // A stream that refuses does not let lines pile up for more than one tick.
            Pace::Rate(_) => (self.owed + self.schedule.due(now, factor)).min(LINES_MAX),
            Pace::FullSpeed | Pace::TimeField(_) => LINES_MAX,
        };
    }

    pub(super) fn next(&mut self, now: Millis) -> Result<SourcePoll, String> {
        if !self.early {
            let Some(source) = &mut self.source else { return Ok(SourcePoll::Ended) };
            let poll = source.poll(now, &mut self.line)?;
            if poll != SourcePoll::Line {
                return Ok(poll);
            }
        }
        self.early = false;
        if let Pace::TimeField(pointer) = &self.pace
            && let Some(time) = line::time(pointer, &self.line)
        {
            let first = *self.first.get_or_insert(time);
            self.early = time.saturating_sub(first) as f64 > self.elapsed_ms;
        }
        if self.early {
            return Ok(SourcePoll::Pending);
        }
        self.owed -= 1;
        Ok(SourcePoll::Line)
    }
}
