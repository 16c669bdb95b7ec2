//! The grammar that every part of a pipeline speaks.

use crate::api::{ApiError, Operation, Push, Reply, SubscribeToShard};
use crate::model::{Event, Millis, PartName, ShardId, SubscriptionId};
use crate::pipeline::function::Functions;

/// One operation on its way to a stream service. It comes back with its reply, so that a part can
/// send refused records again without having kept a copy.
#[derive(Clone, Debug)]
pub struct Call {
    /// The part's own number for this call; means nothing to anyone else.
    pub id: u64,
    /// What is asked.
    pub operation: Operation,
}

/// What a part wants of the records that are pushed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To be pushed to. It is told what came of it by [`Subscriber::on_subscribed`].
    Subscribe(SubscribeToShard),
    /// Nothing more, for good.
    Unsubscribe(SubscriptionId),
    /// Nothing more for now.
    Hold(SubscriptionId),
    /// What there is, after a pause.
    LetGo(SubscriptionId),
}

/// A part of a pipeline: a deterministic machine that is driven.
///
/// The driver calls `advance` when `next_deadline` has come, then empties `poll_call`, answering
/// each call with `on_reply` (at once, or later for a remote service), then `poll_event`.
pub trait Part {
    /// Fires whatever is due at `now`.
    fn advance(&mut self, now: Millis);
    /// When to be called again; `None` when nothing is due by time alone.
    fn next_deadline(&self) -> Option<Millis>;
    /// What the driver must ask a stream service.
    fn poll_call(&mut self) -> Option<Call>;
    /// The reply to a call.
    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply);
    /// What happened.
    fn poll_event(&mut self) -> Option<Event>;
}

/// A part that may be pushed to as a registered consumer. One that only polls wishes nothing.
pub trait Subscriber {
    /// Its name.
    fn name(&self) -> &PartName;
    /// What it wants of subscriptions.
    fn poll_wish(&mut self) -> Option<Wish> {
        None
    }
    /// It is pushed to from now on, or why not.
    fn on_subscribed(
        &mut self,
        _now: Millis,
        _shard: ShardId,
        _made: Result<SubscriptionId, ApiError>,
    ) {
    }
    /// Records were pushed to it, or a subscription has ended. Work that this brings is due at once.
    fn on_push(&mut self, _now: Millis, _push: Push) {}
}

/// A part that invokes functions. Its verbs are those of [`Part`], but it is handed the functions, which
/// belong to the world.
pub trait Invoking: Subscriber {
    /// The function that it invokes, if it does.
    fn function(&self) -> Option<&PartName>;
    /// Fires whatever is due at `now`.
    fn advance(&mut self, now: Millis, functions: &mut Functions);
    /// When to be called again; `None` when nothing is due by time alone.
    fn next_deadline(&self) -> Option<Millis>;
    /// What the driver must ask a stream service.
    fn poll_call(&mut self, now: Millis) -> Option<Call>;
    /// The reply to a call. Work that it brings is due at once, in `advance`.
    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply);
    /// What happened.
    fn poll_event(&mut self) -> Option<Event>;
    /// An invocation may be over: it will be asked at once.
    fn wake(&mut self);
    /// Gives back what running invocations hold of the pool; for a part that is detached.
    fn abandon(&mut self, now: Millis, functions: &mut Functions);
}
