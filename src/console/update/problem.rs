//! Going from problem to problem, and curing the one at hand.

use crate::command::{Command, Screen, spec_of};
use crate::console::message::Effect;
use crate::console::panel::{Panel, panels};
use crate::console::state::{Act, Notice, Over, State};
use crate::console::update::{ask, call, select};
use crate::problem::{self, Problem, Subject};
use crate::snapshot::Snapshot;

/// Goes to the thing that the next problem is about, hints last.
pub(super) fn next(state: &mut State, snapshot: &Snapshot) {
    let problems = problem::find(snapshot);
    let last = state.row_of(Panel::Problems);
    let at = last.and_then(|id| problems.iter().position(|problem| problem.id() == id));
    let next = at.map_or(0, |at| (at + 1) % problems.len().max(1));
    match problems.get(next) {
        Some(problem) => go(state, problem, snapshot),
        None => state.notice = Some(Notice::Done("nothing is wrong".to_owned())),
    }
}

/// Goes to the thing that a problem is about, and says what is wrong with it.
pub(super) fn go(state: &mut State, problem: &Problem, snapshot: &Snapshot) {
    state.choose(Panel::Problems, &problem.id());
    let screen = match &problem.subject {
        Subject::Stream(stream) => Screen::Stream(stream.clone()),
        Subject::Shard(stream, shard) => {
            state.chosen.shard = Some(*shard);
            Screen::Stream(stream.clone())
        }
        Subject::Consumer(consumer) => {
            state.chosen.consumer = Some(consumer.clone());
            Screen::Consumers(None)
        }
        Subject::Function(function) => {
            state.chosen.function = Some(function.clone());
            Screen::Concurrency
        }
        Subject::Account => Screen::Concurrency,
        Subject::Producer(name) => {
            let producer = snapshot.producers.iter().find(|producer| producer.name == *name);
            producer.map_or(Screen::Overview, |producer| Screen::Stream(producer.stream.clone()))
        }
        Subject::Endpoint => Screen::System,
        Subject::Log => Screen::Logs,
        Subject::Session => Screen::Problems,
    };
    select::follow(state, &screen);
    state.go(screen);
    state.focus_on(panels(state.screen.kind())[0]);
    let Problem { subject, sentence, .. } = problem;
    let cure = problem.cure.as_ref().map(|cure| format!("   x :{cure}")).unwrap_or_default();
    state.notice = Some(Notice::Refused(format!("{subject} {sentence}{cure}")));
}

/// The problem that one looks at: the one that was gone to while its thing is in view, else the
/// worst of what is selected, else the worst.
fn at_hand(state: &State, snapshot: &Snapshot) -> Option<Problem> {
    let problems = problem::find(snapshot);
    if state.screen == Screen::Problems || state.panel() == Panel::Problems {
        return state.problem(&state.problems(snapshot)).cloned();
    }
    let chosen = state.row_of(Panel::Problems);
    let gone_to = problems.iter().find(|problem| Some(problem.id()) == chosen);
    let selected = selected(state, snapshot);
    let of_selected = || selected.iter().find_map(|one| problem::worst(&problems, one));
    gone_to.or_else(of_selected).or_else(|| problems.first()).cloned()
}

/// What is selected, the nearest first.
fn selected(state: &State, snapshot: &Snapshot) -> Vec<Subject> {
    let meant = state.stream(snapshot);
    let stream = meant.map(|stream| stream.name.clone());
    let pointed = || meant.and_then(|stream| state.pointed(stream)).map(|shard| shard.id);
    let shard = || stream.clone().zip(pointed()).map(|(s, id)| Subject::Shard(s, id));
    match &state.screen {
        Screen::Stream(_) | Screen::Heat(_) => {
            shard().into_iter().chain(stream.clone().map(Subject::Stream)).collect()
        }
        Screen::Consumers(_) => {
            state.consumer(snapshot).map(Subject::Consumer).into_iter().collect()
        }
        Screen::Concurrency => {
            let function = state.function(snapshot).map(Subject::Function);
            function.into_iter().chain([Subject::Account]).collect()
        }
        Screen::Overview | Screen::Records(_) => stream.map(Subject::Stream).into_iter().collect(),
        Screen::Producers => state.producer(snapshot).map(Subject::Producer).into_iter().collect(),
        Screen::Problems
        | Screen::Transforms(_)
        | Screen::Costs
        | Screen::Sessions
        | Screen::Themes => Vec::new(),
        Screen::System => vec![Subject::Endpoint],
        Screen::Logs => vec![Subject::Log],
    }
}

/// Shows what would cure the problem at hand, and asks.
pub(super) fn cure(state: &mut State, snapshot: &Snapshot) -> Vec<Effect> {
    let Some(problem) = at_hand(state, snapshot) else {
        state.notice = Some(Notice::Done("nothing is wrong".to_owned()));
        return Vec::new();
    };
    match &problem.cure {
        Some(command) => match call::bygone(state, spec_of(command)) {
            Some(refused) => state.notice = Some(refused),
            None => show(state, command.clone(), snapshot),
        },
        None => {
            // There is no key for it, but there is a reason.
            state.over = Over::Why(Box::new(problem));
        }
    }
    Vec::new()
}

fn show(state: &mut State, command: Command, snapshot: &Snapshot) {
    match state.preview(&command, snapshot) {
        Ok(preview) => ask(state, Act::New, vec![command], preview),
        Err(why) => state.notice = Some(Notice::Refused(why.to_string())),
    }
}

/// Why the selected problem is one.
pub(super) fn explain(state: &mut State, snapshot: &Snapshot) {
    if let Some(problem) = state.problem(&state.problems(snapshot)) {
        state.over = Over::Why(Box::new(problem.clone()));
    }
}
