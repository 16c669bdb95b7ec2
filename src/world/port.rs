//! How viewers reach a world that somebody else drives.

use std::sync::Arc;

use crate::command::{Outcome, WorldCommand};
use crate::session::Session;
use crate::snapshot::Snapshot;
use crate::world::{RunError, Watch};

/// The far end of a console: a live world, or a simulated one in tests.
pub trait Port {
    /// The newest picture.
    fn snapshot(&self) -> Arc<Snapshot>;

    /// Runs a command, clock commands included.
    ///
    /// # Errors
    /// As [`crate::world::World::run`].
    fn run(&self, command: &WorldCommand) -> Result<Outcome, RunError>;

    /// The same for those who cannot wait. `None` where the answer comes later: [`Self::answer`] has it.
    fn ask(&self, command: &WorldCommand) -> Option<Result<Outcome, RunError>> {
        Some(self.run(command))
    }

    /// What came of the oldest command that was asked and waits for its answer, once it is there.
    fn answer(&self) -> Option<Result<Outcome, RunError>> {
        None
    }

    /// Waits for no answer any more. What was not sent yet is not sent; whether what was sent is done
    /// is not known.
    fn give_up(&self) {}

    /// Puts a session in the place of everything.
    ///
    /// # Errors
    /// As [`crate::world::World::replace`].
    fn load(&self, session: &Session) -> Result<Outcome, RunError>;

    /// The set-up as it stands.
    fn session(&self) -> Session;

    /// The set-up as it stands, as a session that begins here: without what its timeline has done.
    fn session_from_here(&self) -> Session {
        self.session()
    }

    /// The set-up was written to a file.
    fn on_saved(&self);

    /// Shows this in pictures from now on, beside what each of them holds.
    fn watch(&self, watch: Watch);
}
