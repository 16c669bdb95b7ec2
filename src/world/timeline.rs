//! The timeline of a session: captions and commands at their times.

use crate::command::WorldCommand;
use crate::model::{Event, EventKind, Millis};
use crate::world::World;

/// One entry: when, what is said, what is done.
#[derive(Clone, Debug)]
pub struct Cue {
    /// When, engine time.
    pub at: Millis,
    /// What the audience is told.
    pub caption: Option<String>,
    /// What is done, with the line that says it.
    pub run: Option<(String, WorldCommand)>,
}

/// Cues in the order of time, and how far they were played.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    cues: Vec<Cue>,
    played: usize,
}

impl Timeline {
    pub(super) fn new(mut cues: Vec<Cue>) -> Self {
        cues.sort_by_key(|cue| cue.at);
        Self { cues, played: 0 }
    }

    pub(super) fn next_deadline(&self) -> Option<Millis> {
        self.cues.get(self.played).map(|cue| cue.at)
    }

    fn pop(&mut self, now: Millis) -> Option<Cue> {
        let cue = self.cues.get(self.played).filter(|cue| cue.at <= now)?.clone();
        self.played += 1;
        Some(cue)
    }
}

impl World {
    /// Gives the world a timeline in place of the one it had.
    pub fn set_timeline(&mut self, cues: Vec<Cue>) {
        self.timeline = Timeline::new(cues);
    }

    /// Plays what is due. A command that fails is an event; the show goes on.
    pub(super) fn run_timeline(&mut self) {
        while let Some(cue) = self.timeline.pop(self.now) {
            if let Some(text) = cue.caption {
                self.chronicle.push(Event { at: self.now, kind: EventKind::Caption { text } });
            }
            let Some((command, run)) = cue.run else { continue };
            let result = self.apply(&run);
            let kind = match result {
                Ok(_) => EventKind::TimelineRan { command },
                Err(why) => EventKind::TimelineFailed { command, why: why.to_string() },
            };
            self.settle();
            self.chronicle.push(Event { at: self.now, kind });
        }
    }
}
