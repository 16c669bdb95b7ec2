//! What is done to the world: asked at once, answered then or later.

use super::App;
use crate::command::{Outcome, WorldCommand};
use crate::console::state::{Act, Asked, Notice};
use crate::world::RunError;

impl App<'_> {
    /// Asks for a command. Who is far away answers later.
    pub(super) fn ask(&mut self, command: WorldCommand, act: Act) {
        let asked = self.state.asking(command, act);
        match self.port.ask(&asked.command) {
            Some(result) => self.answered(asked, result),
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
            self.answered(asked, result);
            heard = true;
        }
        heard
    }

    /// Waits no longer.
    pub(super) fn give_up(&mut self) {
        self.port.give_up();
        let asked = std::mem::take(&mut self.state.asked);
        let lines = asked.iter().map(|asked| format!("`{}`", asked.command));
        let lines = lines.collect::<Vec<_>>().join(", ");
        asked.into_iter().for_each(|asked| self.state.was_not_done(asked));
        let said = format!("given up: whether {lines} is done, the next pictures show");
        log::warn!(target: "command", "{said}");
        self.state.notice = Some(Notice::Refused(said));
    }

    /// What was done is logged, recorded and said, and can be taken back. What was refused can be tried
    /// again.
    fn answered(&mut self, asked: Asked, result: Result<Outcome, RunError>) {
        self.state.notice = Some(match result {
            Ok(outcome) => {
                self.done(&asked, &outcome);
                match outcome {
                    Outcome { said, undo: Some(_) } => Notice::Undoable(said),
                    Outcome { said, undo: None } => Notice::Done(said),
                }
            }
            Err(why) => {
                log::warn!(target: "command", ":{} was refused: {why}", asked.command);
                self.state.was_not_done(asked);
                Notice::Refused(why.to_string())
            }
        });
    }

    fn done(&mut self, asked: &Asked, outcome: &Outcome) {
        let command = &asked.command;
        log::info!(target: "command", ":{command}");
        let now = self.port.snapshot().now;
        let recording = self.state.recording.as_mut();
        if recording.is_some_and(|recording| recording.ran(now, command)) {
            self.keep_recording(now);
        }
        self.state.was_done(asked, outcome);
        if let (WorldCommand::Create(create), Act::New) = (command, asked.act) {
            self.state.chosen.stream = Some(create.stream.clone());
        }
    }
}
