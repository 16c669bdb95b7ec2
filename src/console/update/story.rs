//! Stories: a demo leads from screen to screen, a recording takes down what is done.

use crate::command::Record;
use crate::console::message::Effect;
use crate::console::state::{Notice, Over, State};
use crate::console::update::hand;
use crate::session;
use crate::snapshot::Snapshot;

/// Goes to the screen of the step that was just played. Nobody who types or looks at the past is
/// taken elsewhere.
pub(super) fn follow(state: &mut State, snapshot: &Snapshot) {
    let busy = !matches!(state.over, Over::None) || state.frozen.is_some();
    let (Some(demo), Some(shown), false) = (&mut state.demo, &snapshot.story.shown, busy) else {
        return;
    };
    if shown.step <= demo.shown {
        return;
    }
    demo.shown = shown.step;
    // A line that opens no screen was refused when the session was read.
    if let Ok(screen) = session::screen(&shown.line) {
        hand::go(state, screen, snapshot);
    }
}

/// Tells the story no longer.
pub(super) fn stop(state: &mut State) {
    state.notice = Some(match state.demo.take() {
        Some(_) => Notice::Done("the demo is over; the world goes on".to_owned()),
        None => Notice::Refused("no demo is played: `demo NAME` plays one".to_owned()),
    });
}

/// Begins a recording.
pub(super) fn record(state: &mut State, record: Record) -> Vec<Effect> {
    let Some(recording) = &state.recording else { return vec![Effect::Record(record)] };
    let path = recording.path();
    let why = format!("{path} is being recorded: `record stop` ends that first");
    state.notice = Some(Notice::Refused(why));
    Vec::new()
}

/// Ends the recording.
pub(super) fn stop_recording(state: &mut State) -> Vec<Effect> {
    if state.recording.is_some() {
        return vec![Effect::RecordStop];
    }
    let why = "nothing is being recorded: `record NAME` begins";
    state.notice = Some(Notice::Refused(why.to_owned()));
    Vec::new()
}
