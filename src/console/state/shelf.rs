//! The sessions that can be opened, and what each of them is.

use crate::console::format::{clock, number};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::session::{Expectation, Session, builtin};
use crate::snapshot::{ExpectationView, Snapshot, Verdict};

/// A session that can be opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelved {
    /// The name that it is loaded by.
    pub name: String,
    /// What it is.
    pub session: Session,
}

/// What a line of a summary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The name of what follows.
    Head,
    /// Words for people.
    Words,
    /// A line that could be typed.
    Line,
    /// What was promised, and whether it holds.
    Promise(Verdict),
}

/// All sessions that are compiled in.
#[must_use]
pub fn built_in() -> Vec<Shelved> {
    let read = |(name, text): &(&str, &str)| {
        let session = Session::parse(name, text).ok()?;
        Some(Shelved { name: (*name).to_owned(), session })
    };
    builtin().iter().filter_map(read).collect()
}

impl Shelved {
    /// What it is, line by line: its set-up as the commands that make it, its timeline, and what
    /// must hold; of the session that runs, whether it does.
    #[must_use]
    pub fn summary(&self, snapshot: &Snapshot) -> Vec<(Part, String)> {
        let session = &self.session;
        let mut lines = vec![(Part::Head, session.title.clone())];
        lines.extend((!session.about.is_empty()).then(|| (Part::Words, session.about.clone())));
        lines.push((Part::Head, "Set-up".to_owned()));
        let commands = session.commands();
        lines.extend(commands.iter().map(|command| (Part::Line, format!(":{command}"))));
        if !session.timeline.is_empty() {
            lines.push((Part::Head, "Timeline".to_owned()));
        }
        for cue in &session.timeline {
            let at = clock((cue.at_s.max(0.0) * 1e3) as u64);
            let caption = cue.caption.as_ref().filter(|caption| !caption.is_empty());
            lines.extend(caption.map(|caption| (Part::Words, format!("{at} {caption}"))));
            lines.extend(cue.run.as_ref().map(|run| (Part::Line, format!("{at} :{run}"))));
        }
        if !session.expect.is_empty() {
            lines.push((Part::Head, "What must hold".to_owned()));
        }
        let seen = &snapshot.expectations;
        if self.runs(snapshot) && seen.len() == session.expect.len() {
            lines.extend(seen.iter().map(|seen| (Part::Promise(seen.verdict), judged(seen))));
        } else {
            lines.extend(session.expect.iter().map(|one| (Part::Words, promise(one))));
        }
        lines
    }

    /// Is it the session that runs?
    #[must_use]
    pub fn runs(&self, snapshot: &Snapshot) -> bool {
        self.session.title == snapshot.session
    }
}

/// A promise, and what came of it so far.
fn judged(seen: &ExpectationView) -> String {
    let ExpectationView { sentence, value, verdict } = seen;
    let came = match verdict {
        Verdict::Open => "so far",
        Verdict::Held | Verdict::Failed => "came",
    };
    format!("{}: {sentence}; {came} {}", verdict.word(), number(*value))
}

fn promise(one: &Expectation) -> String {
    let bound = |word: &str, bound: Option<f64>| {
        bound.map_or_else(String::new, |value| format!(" {word} {}", number(value)))
    };
    format!(
        "{} s to {} s: {}{}{}",
        one.from_s,
        one.to_s,
        one.metric.words(),
        bound("above", one.above),
        bound("below", one.below)
    )
}

impl State {
    /// The sessions that the filter lets through, in the order shown.
    #[must_use]
    pub fn sessions(&self) -> Vec<&Shelved> {
        let passes = |one: &&Shelved| {
            self.passes(Panel::Sessions, &one.name, &format!("{} {}", one.name, one.session.title))
        };
        let mut shown: Vec<&Shelved> = self.shelf.iter().filter(passes).collect();
        self.arrange(Panel::Sessions, &mut shown, |one| one.name.clone());
        shown
    }

    /// The selected session, or the first.
    #[must_use]
    pub fn session(&self) -> Option<&Shelved> {
        let shown = self.sessions();
        let chosen = self.row_of(Panel::Sessions);
        let found = shown.iter().find(|one| Some(&one.name) == chosen.as_ref());
        found.or(shown.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the running session promised is told with what came of it.
    #[test]
    fn promises_of_the_session_that_runs_are_judged() {
        let all = built_in();
        let hot = all.iter().find(|one| one.name == "hot-shard").expect("built in");
        let seen = ExpectationView { sentence: "a".into(), value: 3.0, verdict: Verdict::Held };
        let mut snapshot = Snapshot {
            session: hot.session.title.clone(),
            expectations: vec![seen; hot.session.expect.len()],
            ..Snapshot::default()
        };
        let last = |snapshot: &Snapshot| hot.summary(snapshot).pop().expect("a line");
        assert_eq!(last(&snapshot), (Part::Promise(Verdict::Held), "held: a; came 3.00".into()));
        snapshot.session = "another".to_owned();
        assert_eq!(last(&snapshot).0, Part::Words);
    }

    #[test]
    fn a_summary_tells_set_up_timeline_and_promises() {
        let all = built_in();
        let hot = all.iter().find(|one| one.name == "hot-shard").expect("built in");
        assert_eq!((hot.session.shards(), hot.session.rate()), (4, 2_200.0));
        let told: Vec<String> =
            hot.summary(&Snapshot::default()).into_iter().map(|(_, text)| text).collect();
        let told = told.join("\n");
        for wanted in [":create orders --shards 4", "00:00:45 :split orders 2 --at hot", " s to "] {
            assert!(told.contains(wanted), "{wanted}:\n{told}");
        }
    }
}
