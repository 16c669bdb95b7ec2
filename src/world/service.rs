//! How others than its operator use a world that somebody else drives: clients of its streams.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{ApiError, Operation, Pushed, Reply, SubscribeToShard};
use crate::model::{JournalPosition, SubscriptionId};
use crate::snapshot::Snapshot;
use crate::world::{FarWatch, Port};

/// Is called once, with whether the disk has it.
pub type Told = Box<dyn FnOnce(Result<(), ApiError>) + Send>;

/// Is called once, when whoever waits may go on.
pub type Go = Box<dyn FnOnce() + Send>;

/// How long a put waits at most for a disk that is behind: one that takes nothing tells so itself. Who
/// drives the world writes for its own parts, and has pictures to take as well.
pub const PATIENCE: Duration = Duration::from_millis(250);

/// Is given what there is for a subscriber; says whether it could take it. One that cannot is no
/// subscriber any more.
pub type Subscriber = Box<dyn FnMut(Pushed) -> Taken + Send>;

/// What became of something that was given to a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has it.
    Yes,
    /// It is gone, or too slow.
    No,
}

/// The far end of an endpoint: a live world that is asked from any thread.
pub trait Service: Port + Send + Sync {
    /// Answers operations as if they came one behind the other, each with the engine's answer or
    /// error; puts of the same call share one write. The answer to a put that says what it waits for
    /// counts once [`Self::when_durable`] has told so.
    fn handle_all(&self, operations: &[Operation]) -> Vec<Reply>;

    /// Answers one operation as [`Self::handle_all`] does.
    ///
    /// # Errors
    /// As the engine's.
    fn handle(&self, operation: &Operation) -> Reply {
        let reply = self.handle_all(slice::from_ref(operation)).pop();
        reply.expect("invariant: each operation has a reply")
    }

    /// Is more put than the disk takes, so that whoever puts should wait a little?
    fn is_behind(&self) -> bool;

    /// Calls `go` when that has come to an end, at once if it has. Who puts waits for [`PATIENCE`].
    fn when_caught_up(&self, go: Go);

    /// Tells when the journal survives a power cut up to there, or that it never will.
    fn when_durable(&self, until: JournalPosition, told: Told);

    /// SubscribeToShard: `subscriber` is given what there is from now on, the end included.
    ///
    /// # Errors
    /// As the engine's.
    fn subscribe(
        &self,
        subscribe: &SubscribeToShard,
        subscriber: Subscriber,
    ) -> Result<SubscriptionId, ApiError>;

    /// A picture for a viewer elsewhere.
    fn look(&self, watch: &FarWatch) -> Arc<Snapshot>;

    /// The subscriber has gone away.
    fn unsubscribe(&self, subscription: SubscriptionId);
}
