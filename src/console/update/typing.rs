//! The command line and the filter: typing, candidates, history, Enter.

use tui_input::{Input, InputRequest};

use crate::command::{Command, Completion, complete as candidates};
use crate::console::message::{Edit, Effect};
use crate::console::state::{Notice, Over, Prompt, Sign, State};
use crate::console::update::{cut, obey, refuse};
use crate::snapshot::Snapshot;

/// Lines that are remembered.
const HISTORY_MAX: usize = 200;

pub(super) fn begin(state: &mut State, sign: Sign, text: &str, snapshot: &Snapshot) {
    let text = match sign {
        Sign::Command => text.to_owned(),
        Sign::Filter => state.filter.clone(),
        Sign::Find => state.logs.search.clone(),
    };
    let mut prompt = Prompt {
        sign,
        input: Input::new(text),
        completion: Completion::default(),
        chosen: None,
        past: None,
        draft: String::new(),
    };
    look_up(&mut prompt, state, snapshot);
    state.over = Over::Prompt(prompt);
}

fn look_up(prompt: &mut Prompt, state: &State, snapshot: &Snapshot) {
    prompt.chosen = None;
    prompt.completion = match prompt.sign {
        Sign::Command => candidates(prompt.input.value(), snapshot, &state.known),
        Sign::Filter | Sign::Find => Completion::default(),
    };
}

fn request(edit: Edit) -> InputRequest {
    match edit {
        Edit::Insert(letter) => InputRequest::InsertChar(letter),
        Edit::Backspace => InputRequest::DeletePrevChar,
        Edit::Delete => InputRequest::DeleteNextChar,
        Edit::Left => InputRequest::GoToPrevChar,
        Edit::Right => InputRequest::GoToNextChar,
        Edit::Start => InputRequest::GoToStart,
        Edit::End => InputRequest::GoToEnd,
        Edit::EraseWord => InputRequest::DeletePrevWord,
        Edit::EraseLine => InputRequest::DeleteLine,
    }
}

pub(super) fn edit(state: &mut State, edit: Edit, snapshot: &Snapshot) {
    match std::mem::take(&mut state.over) {
        Over::Prompt(mut prompt) => {
            // Erasing in an empty line leaves it, as in less and vim.
            if edit == Edit::Backspace && prompt.input.value().is_empty() {
                return;
            }
            let at_end = prompt.input.cursor() == prompt.input.value().chars().count();
            let ghost = edit == Edit::Right && at_end && prompt.chosen.is_none();
            match ghost && !prompt.completion.candidates.is_empty() {
                true => take_candidate(&mut prompt, 1),
                false => drop(prompt.input.handle(request(edit))),
            }
            prompt.past = None;
            look_up(&mut prompt, state, snapshot);
            match prompt.sign {
                Sign::Filter => prompt.input.value().clone_into(&mut state.filter),
                Sign::Find => state.logs.look_for(prompt.input.value()),
                Sign::Command => {}
            }
            state.over = Over::Prompt(prompt);
        }
        Over::Help(mut help) => {
            help.search.handle(request(edit));
            help.at = 0;
            state.over = Over::Help(help);
        }
        Over::Ask(mut question) => {
            match question.cut {
                Some(_) => cut::edit(&mut question, edit, snapshot),
                None => drop(question.typed.handle(request(edit))),
            }
            state.over = Over::Ask(question);
        }
        other @ (Over::None | Over::Why(_)) => state.over = other,
    }
}

/// Puts pasted text where the cursor stands. The ends of its lines are blanks: no paste runs
/// anything.
pub(crate) fn paste(state: &mut State, text: &str, snapshot: &Snapshot) {
    for letter in text.trim_end().chars() {
        let letter = if letter.is_control() { ' ' } else { letter };
        edit(state, Edit::Insert(letter), snapshot);
    }
    state.sift(snapshot);
}

pub(super) fn complete(state: &mut State, by: i8, snapshot: &Snapshot) {
    let Over::Prompt(mut prompt) = std::mem::take(&mut state.over) else { return };
    // The only candidate was taken: what comes after it?
    if prompt.chosen.is_some() && prompt.completion.candidates.len() == 1 {
        look_up(&mut prompt, state, snapshot);
    }
    take_candidate(&mut prompt, by);
    state.over = Over::Prompt(prompt);
}

fn take_candidate(prompt: &mut Prompt, by: i8) {
    let count = prompt.completion.candidates.len();
    if count == 0 {
        return;
    }
    let at = match (prompt.chosen, by > 0) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
    };
    prompt.chosen = Some(at);
    let from = prompt.completion.from.min(prompt.input.value().len());
    let begin = &prompt.input.value()[..from];
    let text = format!("{begin}{} ", prompt.completion.candidates[at].text);
    prompt.input = Input::new(text);
}

/// Puts the candidate of that place into the line.
pub(super) fn take(state: &mut State, at: usize, snapshot: &Snapshot) {
    let Over::Prompt(mut prompt) = std::mem::take(&mut state.over) else { return };
    if at < prompt.completion.candidates.len() {
        prompt.chosen = at.checked_sub(1);
        take_candidate(&mut prompt, 1);
        look_up(&mut prompt, state, snapshot);
    }
    state.over = Over::Prompt(prompt);
}

pub(super) fn history(state: &mut State, by: i8, snapshot: &Snapshot) {
    let State { over: Over::Prompt(prompt), history, .. } = state else { return };
    let older = by > 0;
    let past = match (prompt.past, older) {
        (None, true) if !history.is_empty() => Some(0),
        (None, _) => return,
        (Some(past), true) => Some((past + 1).min(history.len().saturating_sub(1))),
        (Some(past), false) => past.checked_sub(1),
    };
    if prompt.past.is_none() {
        prompt.input.value().clone_into(&mut prompt.draft);
    }
    let line = past.and_then(|past| history.iter().rev().nth(past));
    let text = line.unwrap_or(&prompt.draft).clone();
    prompt.past = past;
    prompt.input = Input::new(text);
    let mut prompt = prompt.clone();
    look_up(&mut prompt, state, snapshot);
    state.over = Over::Prompt(prompt);
}

/// Takes a filter that was given whole; one that can let nothing through is refused.
pub(super) fn filter(state: &mut State, text: String, snapshot: &Snapshot) {
    let before = std::mem::replace(&mut state.filter, text);
    state.sift(snapshot);
    if let Some(why) = state.filter_fault().map(str::to_owned) {
        state.notice = Some(Notice::Refused(why));
        state.filter = before;
        state.sift(snapshot);
    }
}

pub(super) fn accept(state: &mut State, prompt: Prompt, snapshot: &Snapshot) -> Vec<Effect> {
    let line = prompt.input.value().trim().to_owned();
    match prompt.sign {
        Sign::Filter => {
            state.filter = line;
            return Vec::new();
        }
        Sign::Find => return Vec::new(),
        Sign::Command => {}
    }
    if line.is_empty() {
        return Vec::new();
    }
    match line.parse::<Command>() {
        Ok(command) => {
            state.history.retain(|old| *old != line);
            state.history.push(line);
            if state.history.len() > HISTORY_MAX {
                state.history.remove(0);
            }
            obey(state, command, snapshot)
        }
        Err(why) => {
            // The line stays, to be mended.
            refuse(state, &line, &why.to_string(), snapshot);
            state.over = Over::Prompt(prompt);
            Vec::new()
        }
    }
}
