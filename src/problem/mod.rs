//! Floor 3: what is wrong, and the command that cures it.
//!
//! A lint is a pure function of a picture of the world; one file each in `lint/`. Each problem names
//! its subject, says in a sentence what is wrong with the numbers that show it, why that is so, and
//! the command that cures it, if one does.
//!
//! Invariants:
//!
//! * The same picture has the same problems in the same order: by severity, then subject, then lint.
//! * A problem's id, its lint and its subject, stays the same while it lasts.
//! * Nothing wavers: lints judge by rates that are held for some seconds
//!   ([`crate::snapshot::ShardView::held`]), so what has gone is shown a little longer, and a value
//!   around a threshold does not come and go. There is no state, so an old picture shows what was
//!   wrong then.

mod cure;
mod lint;
mod subject;

use std::cmp::Reverse;

pub use subject::Subject;

use crate::command::{Command, fits_elsewhere, spec_of};
use crate::model::Severity;
use crate::snapshot::Snapshot;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The lint that found it: `writes-refused`.
    pub lint: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// In one or two words, for tables: `REFUSES`.
    pub word: &'static str,
    /// What is wrong, with the numbers that show it; the subject stands before it.
    pub sentence: String,
    /// Why that is so, and what can be done about it.
    pub why: String,
    /// What cures it, of what can be done there.
    pub cure: Option<Command>,
}

impl Problem {
    /// The same while the problem lasts.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{} {}", self.lint, self.subject)
    }

    /// Does something need a look, other than a hint that nothing depends on?
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.severity > Severity::Info
    }
}

/// Everything that is wrong, the worst first.
#[must_use]
pub fn find(snapshot: &Snapshot) -> Vec<Problem> {
    let mut found = Vec::new();
    for lint in lint::ALL {
        lint(snapshot, &mut found);
    }
    // What an endpoint showed before it fell silent may be over, or worse.
    if found.iter().any(|problem| problem.subject == Subject::Endpoint) {
        found.retain(|problem| problem.subject == Subject::Endpoint);
    }
    if snapshot.far.is_some() {
        found.iter_mut().for_each(leave_to_others);
    }
    found.sort_by(|a, b| {
        let key = |problem: &Problem| (Reverse(problem.severity), problem.lint);
        let (a_key, b_key) = (key(a), key(b));
        a_key.0.cmp(&b_key.0).then_with(|| a.subject.cmp(&b.subject)).then(a_key.1.cmp(b_key.1))
    });
    found
}

/// At an endpoint elsewhere, parts and functions are for whoever serves it to change.
fn leave_to_others(problem: &mut Problem) {
    let not_here = |cure: &mut Command| !fits_elsewhere(spec_of(cure));
    if let Some(cure) = problem.cure.take_if(not_here) {
        problem.why.push_str(&format!(" Where it is served, `:{cure}` cures it."));
    }
}

/// The worst of these problems that is about `subject` itself, or about a shard of that stream.
#[must_use]
pub fn worst<'a>(problems: &'a [Problem], subject: &Subject) -> Option<&'a Problem> {
    problems.iter().find(|problem| problem.subject.is_in(subject))
}

#[cfg(test)]
mod tests;
