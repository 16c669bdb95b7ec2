//! What is done to the world: asked at once, answered then or later.

use super::App;
use crate::command::{Outcome, WorldCommand};
use crate::console::state::{Act, Asked, Notice};
use crate::world::RunError;

impl App<'_> {
    /// Asks for a command. Who is far away answers later.
    pub(super) fn ask(&mut self, command: WorldCommand, act: Act) {
        let asked = Asked { command, act };
        match self.port.ask(&asked.command) {
            Some(result) => self.answered(&asked, result),
            None => self.state.asked.push_back(asked),
        }
    }

    /// Takes the answers that came in the meantime; were there any?
    pub(super) fn hear_answers(&mut self) -> bool {
        let mut heard = false;
        while !self.state.asked.is_empty()
            && let Some(result) = self.port.answer()
            && let Some(asked) = self.state.asked.pop_front()
        {
            self.answered(&asked, result);
            heard = true;
        }
        heard
    }

    /// Waits no longer.
    pub(super) fn give_up(&mut self) {
        self.port.give_up();
        let lines = self.state.asked.drain(..).map(|asked| format!("`{}`", asked.command));
        let lines = lines.collect::<Vec<_>>().join(", ");
        let said = format!("given up: whether {lines} is done, the next pictures show");
        log::warn!(target: "command", "{said}");
        self.state.notice = Some(Notice::Refused(said));
    }

    /// What was done is logged, recorded and said, and can be taken back.
    fn answered(&mut self, asked: &Asked, result: Result<Outcome, RunError>) {
        let command = &asked.command;
        match &result {
            Ok(outcome) => {
                log::info!(target: "command", ":{command}");
                let now = self.port.snapshot().now;
                let recording = self.state.recording.as_mut();
                if recording.is_some_and(|recording| recording.ran(now, command)) {
                    self.keep_recording(now);
                }
                self.done(asked, outcome);
            }
            Err(why) => log::warn!(target: "command", ":{command} was refused: {why}"),
        }
        self.state.notice = Some(match result {
            Ok(Outcome { said, undo: Some(_) }) => Notice::Undoable(said),
            Ok(Outcome { said, undo: None }) => Notice::Done(said),
            Err(why) => Notice::Refused(why.to_string()),
        });
    }

    fn done(&mut self, Asked { command, act }: &Asked, outcome: &Outcome) {
        let state = &mut self.state;
        if let Some(back) = outcome.undo.clone() {
            match act {
                Act::New => {
                    state.undo.push(back);
                    state.redo.clear();
                }
                Act::Undo => state.redo.push(back),
                Act::Redo => state.undo.push(back),
            }
        }
        if let (WorldCommand::Create(create), Act::New) = (command, act) {
            state.chosen.stream = Some(create.stream.clone());
        }
    }
}
