//! Acts that can be taken back, and those that were taken back: two stacks of commands.
//!
//! Invariant: what was not done stands where it stood before, so that it can be tried again.

use crate::command::{Mention, Outcome, WorldCommand};
use crate::console::state::State;

/// What a command does with the acts that can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is a new one.
    New,
    /// It takes one back.
    Undo,
    /// It does one again.
    Redo,
}

/// A command that was asked, and whose answer is waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The command.
    pub command: WorldCommand,
    /// What it is to the acts that can be taken back.
    pub act: Act,
    /// How many commands stood below it on the stack that it was taken from; 0 for a new one.
    pub height: usize,
}

impl State {
    /// What would be run next of its kind; nothing for a new one, which stands on no stack.
    #[must_use]
    pub fn next_of(&self, act: Act) -> Option<&WorldCommand> {
        match act {
            Act::New => None,
            Act::Undo => self.undo.last(),
            Act::Redo => self.redo.last(),
        }
    }

    /// Takes that from its stack.
    pub fn take_next_of(&mut self, act: Act) -> Option<WorldCommand> {
        self.stack(act)?.pop()
    }

    /// A command that is asked now, after it was taken from its stack.
    #[must_use]
    pub fn asking(&mut self, command: WorldCommand, act: Act) -> Asked {
        let height = self.stack(act).map_or(0, |stack| stack.len());
        Asked { command, act, height }
    }

    /// It was done: what takes it back goes on the other stack.
    pub fn was_done(&mut self, Asked { command, act, .. }: &Asked, outcome: &Outcome) {
        if let WorldCommand::Delete(stream) = command {
            // What was done to a stream that is gone would stand in the way of all below it.
            let of_others =
                |command: &WorldCommand| !command.mentions().contains(&Mention::Stream(stream));
            self.undo.retain(of_others);
            self.redo.retain(of_others);
        }
        let Some(back) = outcome.undo.clone() else { return };
        match act {
            Act::New => {
                self.undo.push(back);
                self.redo.clear();
            }
            Act::Undo => self.redo.push(back),
            Act::Redo => self.undo.push(back),
        }
    }

    /// It was refused, or is waited for no longer.
    pub fn was_not_done(&mut self, Asked { command, act, height }: Asked) {
        if let Some(stack) = self.stack(act) {
            // Of several that were asked at once those below may have been taken, too.
            stack.insert(height.min(stack.len()), command);
        }
    }

    fn stack(&mut self, act: Act) -> Option<&mut Vec<WorldCommand>> {
        match act {
            Act::New => None,
            Act::Undo => Some(&mut self.undo),
            Act::Redo => Some(&mut self.redo),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;

    fn command(line: &str) -> WorldCommand {
        match line.parse() {
            Ok(Command::World(command)) => command,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn commands(lines: &[&str]) -> Vec<WorldCommand> {
        lines.iter().map(|line| command(line)).collect()
    }

    fn take(state: &mut State, act: Act) -> Asked {
        let command = state.take_next_of(act).expect("one more");
        state.asking(command, act)
    }

    #[test]
    fn commands_that_were_not_done_stand_in_their_old_order_again() {
        let all = commands(&["retention a 24", "retention b 24", "retention c 24"]);
        let mut state = State { undo: all.clone(), ..State::default() };
        let taken = [take(&mut state, Act::Undo), take(&mut state, Act::Undo)];
        assert_eq!(state.undo, all[..1]);
        taken.into_iter().for_each(|asked| state.was_not_done(asked));
        assert_eq!(state.undo, all);

        let (last, below) = (take(&mut state, Act::Undo), take(&mut state, Act::Undo));
        let said = "done".to_owned();
        state.was_done(&last, &Outcome { said, undo: Some(command("retention c 48")) });
        state.was_not_done(below);
        assert_eq!(state.undo, all[..2]);
        assert_eq!(state.redo, [command("retention c 48")]);
        let again = take(&mut state, Act::Redo);
        state.was_not_done(again);
        assert_eq!(state.redo, [command("retention c 48")]);
    }

    #[test]
    fn a_new_act_that_is_refused_leaves_both_stacks_as_they_were() {
        let (undo, redo) = (commands(&["retention a 24"]), commands(&["retention b 48"]));
        let mut state = State { undo: undo.clone(), redo: redo.clone(), ..State::default() };
        let asked = state.asking(command("scale a 2"), Act::New);
        state.was_not_done(asked);
        assert_eq!((&state.undo, &state.redo), (&undo, &redo));
    }

    /// It could not be taken back, and everything below it could not be reached.
    #[test]
    fn what_was_done_to_a_deleted_stream_is_taken_back_no_more() {
        let undo = commands(&["rate shop 1", "merge a 2 3", "delete a", "retention b 24"]);
        let redo = commands(&["retention a 48", "rate shop 2"]);
        let mut state = State { undo, redo, ..State::default() };
        let asked = state.asking(command("delete a"), Act::New);
        state.was_done(&asked, &Outcome { said: "gone".to_owned(), undo: None });
        assert_eq!(state.undo, commands(&["rate shop 1", "retention b 24"]));
        assert_eq!(state.redo, commands(&["rate shop 2"]));
    }
}
