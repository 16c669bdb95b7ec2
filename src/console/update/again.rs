//! Taking acts back, and doing them again. What destroys is asked for as when it is typed.
//!
//! Invariant: a command leaves its stack only when it is run; a question that is declined, in
//! whatever way, leaves it where it is.

use crate::command::{Command, Danger, WorldCommand};
use crate::console::message::Effect;
use crate::console::state::{Act, Notice, State};
use crate::console::update::ask;
use crate::snapshot::Snapshot;

/// Runs the command that takes the last act back, or does it again; or asks first.
pub(super) fn again(state: &mut State, act: Act, snapshot: &Snapshot) -> Vec<Effect> {
    let next = state.next_of(act).cloned().map(Command::World);
    let seen = next.map(|command| (state.preview(&command, snapshot), command));
    state.frozen = None;
    state.replayed = false;
    let Some((preview, command)) = seen else {
        state.notice = Some(Notice::Refused(format!("there is nothing to {}", word(act))));
        return Vec::new();
    };
    match preview {
        Err(why) => {
            state.notice = Some(Notice::Refused(why.to_string()));
            Vec::new()
        }
        Ok(mut preview) if preview.danger == Danger::Destroys => {
            preview.notes.insert(0, format!("this is what `{}` runs", word(act)));
            ask(state, act, vec![command], preview);
            Vec::new()
        }
        Ok(_) => run_next(state, act),
    }
}

/// Runs what was asked about, unless other things were done while the question stood.
pub(super) fn confirmed(state: &mut State, act: Act, commands: &[Command]) -> Vec<Effect> {
    let next = state.next_of(act).cloned().map(Command::World);
    if next.as_slice() == commands {
        return run_next(state, act);
    }
    let why = format!("something else was done meanwhile: look again what `{}` runs", word(act));
    state.notice = Some(Notice::Refused(why));
    Vec::new()
}

fn run_next(state: &mut State, act: Act) -> Vec<Effect> {
    let effect: fn(WorldCommand) -> Effect = match act {
        Act::New => Effect::Run,
        Act::Undo => Effect::Undo,
        Act::Redo => Effect::Redo,
    };
    state.take_next_of(act).map(effect).into_iter().collect()
}

fn word(act: Act) -> &'static str {
    match act {
        Act::New => "do",
        Act::Undo => "undo",
        Act::Redo => "redo",
    }
}
