//! The timeline of a session: captions and commands at their times.

use serde::Serialize;

use crate::command::{Outcome, WorldCommand};
use crate::model::{Event, EventKind, Millis};
use crate::snapshot::{ShownView, StepView, StoryView};
use crate::world::World;
use crate::world::run::undoable;

/// One entry: when, what is said, what is done.
#[derive(Clone, Debug)]
pub struct Cue {
    /// When, engine time.
    pub at: Millis,
    /// What the audience is told.
    pub caption: Option<String>,
    /// What is done, with the line that says it.
    pub run: Option<(String, WorldCommand)>,
    /// The screen that shows it best, as a line.
    pub view: Option<String>,
}

/// A command of the timeline that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineFailure {
    /// When, milliseconds since the world began.
    pub at_ms: u64,
    /// The line that says it.
    pub command: String,
    /// Why it was refused.
    pub why: String,
}

/// Cues in the order of time, and how far they were played.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    cues: Vec<Cue>,
    played: usize,
    failures: Vec<TimelineFailure>,
}

impl Timeline {
    pub(super) fn new(mut cues: Vec<Cue>) -> Self {
        cues.sort_by_key(|cue| cue.at);
        Self { cues, played: 0, failures: Vec::new() }
    }

    pub(super) fn next_deadline(&self) -> Option<Millis> {
        self.cues.get(self.played).map(|cue| cue.at)
    }

    /// How far the story is.
    pub(super) fn view(&self) -> StoryView {
        let (played, left) = self.cues.split_at(self.played);
        let shown = |(step, cue): (usize, &Cue)| {
            cue.view.clone().map(|line| ShownView { step: step + 1, line })
        };
        StoryView {
            step: played.len(),
            steps: self.cues.len(),
            shown: played.iter().enumerate().rev().find_map(shown),
            next: left.first().map(|cue| StepView { at: cue.at, what: cue.what() }),
        }
    }

    fn pop(&mut self, now: Millis) -> Option<Cue> {
        let cue = self.cues.get(self.played).filter(|cue| cue.at <= now)?.clone();
        self.played += 1;
        Some(cue)
    }
}

impl Cue {
    /// What it does, in one line.
    fn what(&self) -> String {
        let told = self.caption.clone().filter(|text| !text.is_empty());
        let done = self.run.as_ref().map(|(line, _)| line.clone());
        done.or(told).or(self.view.clone()).unwrap_or_default()
    }
}

impl World {
    /// When the timeline goes on.
    #[must_use]
    pub fn next_cue(&self) -> Option<Millis> {
        self.timeline.next_deadline()
    }

    /// The commands of the timeline that were refused so far.
    #[must_use]
    pub fn timeline_failures(&self) -> &[TimelineFailure] {
        &self.timeline.failures
    }

    /// Shows a caption, or none.
    pub(super) fn caption(&mut self, text: Option<&str>) -> Outcome {
        let before = self.chronicle.caption().map(str::to_owned);
        let text = text.unwrap_or_default().to_owned();
        let said = if text.is_empty() { "the caption is gone" } else { "the caption is shown" };
        self.chronicle.push(Event { at: self.now, kind: EventKind::Caption { text } });
        undoable(said, WorldCommand::Caption(before))
    }

    /// Gives the world a timeline in place of the one it had.
    pub fn set_timeline(&mut self, cues: Vec<Cue>) {
        self.timeline = Timeline::new(cues);
    }

    /// Plays what is due. A command that fails is an event, and is told at the end; the show goes on.
    pub(super) fn run_timeline(&mut self) {
        while let Some(cue) = self.timeline.pop(self.now) {
            if let Some(text) = cue.caption {
                self.chronicle.push(Event { at: self.now, kind: EventKind::Caption { text } });
            }
            let Some((command, run)) = cue.run else { continue };
            let result = self.apply(&run);
            let kind = match result {
                Ok(_) => EventKind::TimelineRan { command },
                Err(why) => self.timeline_failed(command, why.to_string()),
            };
            self.settle();
            self.chronicle.push(Event { at: self.now, kind });
        }
    }

    fn timeline_failed(&mut self, command: String, why: String) -> EventKind {
        let at_ms = self.now.since(self.started);
        let failure = TimelineFailure { at_ms, command: command.clone(), why: why.clone() };
        self.timeline.failures.push(failure);
        EventKind::TimelineFailed { command, why }
    }
}
