//! The problems that are shown, and the one that is selected.

use crate::command::Screen;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::model::StreamName;
use crate::problem::{self, Problem, Subject};
use crate::snapshot::Snapshot;

impl State {
    /// The problems that the filter lets through, the worst first: on the screen of a stream those
    /// of the stream, of its shards, and of what feeds and reads it.
    #[must_use]
    pub fn problems(&self, snapshot: &Snapshot) -> Vec<Problem> {
        let mut problems = problem::find(snapshot);
        if let Screen::Stream(name) = &self.screen {
            problems.retain(|problem| concerns(problem, snapshot, name));
        }
        problems.retain(|problem| {
            let text = format!("{} {} {}", problem.subject, problem.word, problem.sentence);
            self.passes(Panel::Problems, "", &text)
        });
        problems
    }

    /// The selected one of these problems, or the first.
    #[must_use]
    pub fn problem<'a>(&self, problems: &'a [Problem]) -> Option<&'a Problem> {
        let chosen = self.row_of(Panel::Problems);
        let selected = problems.iter().find(|problem| chosen == Some(problem.id()));
        selected.or_else(|| problems.first())
    }
}

fn concerns(problem: &Problem, snapshot: &Snapshot, name: &StreamName) -> bool {
    match &problem.subject {
        Subject::Stream(stream) | Subject::Shard(stream, _) => stream == name,
        Subject::Consumer(consumer) => {
            snapshot.consumer(consumer).is_some_and(|view| view.stream() == name)
        }
        Subject::Producer(producer) => {
            snapshot.producers.iter().any(|view| view.name == *producer && view.stream == *name)
        }
        Subject::Function(_)
        | Subject::Account
        | Subject::Endpoint
        | Subject::Log
        | Subject::Session => false,
    }
}
