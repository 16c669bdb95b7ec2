//! Where the log screen stands: what is kept, which of it is shown, where the cursor is.
//!
//! Invariants: the cursor holds on to a line, not to its place; none follows the newest. Moving up
//! stops following in the same frame.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use log::{Level, LevelFilter};

use crate::command::Motion;
use crate::console::format::clock_ms;
use crate::console::logs::{Heard, level_of};
use crate::model::{Event, Millis};
use crate::snapshot::Snapshot;

/// Lines that are kept; the oldest go first.
pub const KEPT_MAX: usize = 10_000;

/// Levels from few lines to all.
const LEVELS: [LevelFilter; 4] =
    [LevelFilter::Error, LevelFilter::Warn, LevelFilter::Info, LevelFilter::Debug];

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts the lines from the first, 0.
    pub serial: u64,
    /// Engine time since the session began, milliseconds: the wall clock knows nothing of it.
    pub at_ms: u64,
    /// What was said, by whom.
    pub heard: Heard,
}

impl Line {
    /// Time, level, target and text as one line.
    #[must_use]
    pub fn whole(&self) -> String {
        let Heard { level, target, text } = &self.heard;
        format!("{} {level:<5} {target} {text}", clock_ms(self.at_ms))
    }

    fn holds(&self, typed: &str) -> bool {
        let typed = typed.to_lowercase();
        let Heard { target, text, .. } = &self.heard;
        text.to_lowercase().contains(&typed) || target.to_lowercase().contains(&typed)
    }
}

/// Who said how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// Levels that are shown of it.
    pub level: LevelFilter,
    /// Lines kept of it.
    pub lines: usize,
}

/// The log and where one looks at it.
#[derive(Clone, Debug)]
pub struct LogState {
    kept: VecDeque<Line>,
    next: u64,
    speakers: BTreeMap<String, Speaker>,
    /// The last event that was kept.
    told: Option<Arc<Event>>,
    /// The line under the cursor; none follows the newest.
    pub at: Option<u64>,
    /// Levels that are shown of everybody.
    pub level: LevelFilter,
    /// Only what this target says.
    pub only: Option<String>,
    /// Long lines go on in the next row.
    pub wrap: bool,
    /// What is looked for; nothing when empty.
    pub search: String,
}

impl Default for LogState {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            next: 0,
            speakers: BTreeMap::new(),
            told: None,
            at: None,
            level: LevelFilter::Info,
            only: None,
            wrap: false,
            search: String::new(),
        }
    }
}

impl LogState {
    /// Keeps a line.
    pub fn keep(&mut self, at_ms: u64, heard: Heard) {
        if self.kept.len() == KEPT_MAX
            && let Some(gone) = self.kept.pop_front()
            && let Some(speaker) = self.speakers.get_mut(&gone.heard.target)
        {
            speaker.lines -= 1;
        }
        let new = Speaker { level: LevelFilter::Debug, lines: 0 };
        self.speakers.entry(heard.target.clone()).or_insert(new).lines += 1;
        self.kept.push_back(Line { serial: self.next, at_ms, heard });
        self.next += 1;
    }

    /// Keeps the events of a picture that are new.
    pub fn follow(&mut self, snapshot: &Snapshot) {
        let last = self.told.as_ref();
        let seen = last.and_then(|last| snapshot.events.iter().rposition(|event| event == last));
        for event in &snapshot.events[seen.map_or(0, |at| at + 1)..] {
            self.tell(event, snapshot.started);
        }
        self.told = snapshot.events.last().cloned().or(self.told.take());
    }

    /// Keeps an event of a world that began at `started`.
    pub fn tell(&mut self, event: &Event, started: Millis) {
        let heard = Heard {
            level: level_of(event.kind.severity()),
            target: event.kind.target().to_owned(),
            text: event.kind.to_string(),
        };
        self.keep(event.at.since(started), heard);
    }

    /// How many lines are kept, and how many were and are no more.
    #[must_use]
    pub fn counts(&self) -> (usize, u64) {
        (self.kept.len(), self.next - self.kept.len() as u64)
    }

    /// Who spoke, by name.
    pub fn speakers(&self) -> impl Iterator<Item = (&String, &Speaker)> {
        self.speakers.iter()
    }

    /// The lines that are shown, oldest first.
    #[must_use]
    pub fn shown(&self) -> Vec<&Line> {
        let passes = |line: &&Line| {
            let Heard { level, target, .. } = &line.heard;
            let own = self.speakers.get(target).map_or(LevelFilter::Debug, |own| own.level);
            *level <= self.level.min(own) && self.only.as_ref().is_none_or(|only| only == target)
        };
        self.kept.iter().filter(passes).collect()
    }

    /// Place of the cursor among the lines shown: the nearest when its own line is not among them.
    #[must_use]
    pub fn place(&self, shown: &[&Line]) -> Option<usize> {
        let last = shown.len().checked_sub(1)?;
        let Some(at) = self.at else { return Some(last) };
        Some(shown.partition_point(|line| line.serial < at).min(last))
    }

    /// Puts the cursor on a place; on the last one it follows the newest.
    fn put(&mut self, to: usize, motion: Motion) {
        let shown = self.shown();
        let at_end = to + 1 >= shown.len() && motion != Motion::Up;
        self.at = if at_end { None } else { shown.get(to).map(|line| line.serial) };
    }

    /// Moves the cursor.
    pub fn step(&mut self, motion: Motion, moved: impl Fn(usize, usize) -> usize) {
        let shown = self.shown();
        let Some(at) = self.place(&shown) else { return };
        let to = moved(at, shown.len());
        self.put(to, motion);
    }

    /// The next line that holds what is looked for, or the one before; around the ends. Answers
    /// whether there is one.
    pub fn find(&mut self, on: bool) -> bool {
        let shown = self.shown();
        let found = self.matches(&shown);
        let Some(here) = self.place(&shown) else { return false };
        let next = match on {
            true => found.iter().find(|at| **at > here).or(found.first()),
            false => found.iter().rev().find(|at| **at < here).or(found.last()),
        };
        self.at = next.map(|at| shown[*at].serial).or(self.at);
        !found.is_empty()
    }

    /// Looks for a text: the newest line with it at or above the cursor.
    pub fn look_for(&mut self, text: &str) {
        text.clone_into(&mut self.search);
        let shown = self.shown();
        let here = self.place(&shown).unwrap_or(0);
        let found = self.matches(&shown);
        let nearest = found.iter().rev().find(|at| **at <= here).or(found.first());
        self.at = nearest.map(|at| shown[*at].serial).or(self.at);
    }

    /// Places of the lines with what is looked for.
    #[must_use]
    pub fn matches(&self, shown: &[&Line]) -> Vec<usize> {
        if self.search.is_empty() {
            return Vec::new();
        }
        (0..shown.len()).filter(|at| shown[*at].holds(&self.search)).collect()
    }

    /// More levels of everybody, or of one target; or fewer.
    pub fn change_level(&mut self, of: Option<&str>, more: bool) {
        let level = match of {
            Some(target) => self.speakers.get_mut(target).map(|speaker| &mut speaker.level),
            None => Some(&mut self.level),
        };
        let Some(level) = level else { return };
        let at = LEVELS.iter().position(|one| one == level).unwrap_or(0);
        let to = if more { at + 1 } else { at.saturating_sub(1) };
        *level = LEVELS[to.min(LEVELS.len() - 1)];
    }

    /// Only this target, or everybody again.
    pub fn toggle_only(&mut self, target: Option<String>) {
        self.only = if self.only.is_some() { None } else { target };
    }

    /// One thing back: the search, the one target, then to the newest. `false` when there is none.
    pub fn back(&mut self) -> bool {
        if !self.search.is_empty() {
            self.search.clear();
            return true;
        }
        self.only.take().is_some() || self.at.take().is_some()
    }
}

/// The word of a level.
#[must_use]
pub const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warn => "WARN",
        Level::Info => "INFO",
        Level::Debug => "DEBUG",
        Level::Trace => "TRACE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[(Level, &str, &str)]) -> LogState {
        let mut state = LogState::default();
        for (at, (level, target, text)) in lines.iter().enumerate() {
            let (level, target) = (*level, (*target).to_owned());
            state.keep(at as u64, Heard { level, target, text: (*text).to_owned() });
        }
        state
    }

    fn up(at: usize, _: usize) -> usize {
        at.saturating_sub(1)
    }

    fn down(at: usize, count: usize) -> usize {
        (at + 1).min(count - 1)
    }

    const SAID: [(Level, &str, &str); 4] = [
        (Level::Info, "stream", "orders created"),
        (Level::Warn, "shard", "3 refuses"),
        (Level::Debug, "live", "synced"),
        (Level::Info, "stream", "orders split"),
    ];

    #[test]
    fn a_step_up_stops_following_and_the_end_follows_again() {
        let mut state = log(&SAID);
        state.step(Motion::Up, up);
        assert_eq!(state.at, Some(1), "the debug line is not shown");
        state.keep(9, Heard { level: Level::Info, target: "shard".into(), text: "new".into() });
        assert_eq!(state.place(&state.shown()), Some(1));
        state.step(Motion::Down, down);
        assert_eq!(state.at, Some(3));
        state.step(Motion::Down, down);
        assert_eq!(state.at, None);
    }

    #[test]
    fn levels_and_targets_choose_the_lines() {
        let mut state = log(&SAID);
        state.change_level(None, true);
        assert_eq!(state.shown().len(), 4);
        state.change_level(Some("stream"), false);
        state.change_level(Some("stream"), false);
        assert_eq!(state.shown().len(), 2, "of `stream` only warnings");
        state.toggle_only(Some("shard".into()));
        assert_eq!(state.shown().len(), 1);
        state.toggle_only(None);
        (0..9).for_each(|_| state.change_level(None, false));
        assert_eq!((state.shown().len(), state.level), (0, LevelFilter::Error));
    }

    #[test]
    fn a_search_goes_from_match_to_match_and_around() {
        let mut state = log(&SAID);
        state.look_for("ORDERS");
        assert_eq!(state.at, Some(3));
        assert!(state.find(false));
        assert_eq!(state.at, Some(0));
        assert!(state.find(false) && state.at == Some(3), "around the end");
        state.look_for("nowhere");
        assert!(!state.find(true));
        assert!(state.back() && state.search.is_empty());
    }

    #[test]
    fn the_oldest_lines_go_and_are_counted() {
        let mut state = LogState::default();
        for at in 0..KEPT_MAX as u64 + 5 {
            let target = if at < 5 { "old" } else { "new" }.to_owned();
            state.keep(at, Heard { level: Level::Info, target, text: String::new() });
        }
        assert_eq!(state.counts(), (KEPT_MAX, 5));
        let old = state.speakers().find(|(name, _)| *name == "old").map(|(_, old)| old.lines);
        assert_eq!(old, Some(0));
    }
}
