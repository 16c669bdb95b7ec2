//! The answer to SubscribeToShard: events until the subscription ends or its subscriber goes.

use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::Bytes;
use tokio::sync::mpsc;

use crate::api::{ApiError, Pushed, SubscribeToShard};
use crate::model::SubscriptionId;
use crate::server::connection;
use crate::wire::{self, Format};
use crate::world::Taken;

/// Events that may wait for a slow subscriber: at 20 ms apart, more than a second's.
const WAITING_MAX: usize = 64;

/// What a subscriber is told.
pub(super) struct Events {
    context: Arc<connection::Context>,
    format: Format,
    subscription: SubscriptionId,
    pushed: mpsc::Receiver<Pushed>,
    begun: bool,
}

impl Events {
    /// Subscribes.
    ///
    /// # Errors
    /// As the service's.
    pub(super) fn subscribe(
        context: &Arc<connection::Context>,
        subscribe: &SubscribeToShard,
        format: Format,
    ) -> Result<Self, ApiError> {
        let (give, pushed) = mpsc::channel(WAITING_MAX);
        let subscriber = Box::new(move |what| match give.try_send(what) {
            Ok(()) => Taken::Yes,
            Err(_) => Taken::No,
        });
        let subscription = context.service.subscribe(subscribe, subscriber)?;
        Ok(Self { context: Arc::clone(context), format, subscription, pushed, begun: false })
    }

    /// The next frame; `None` at the end.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.begun {
            self.begun = true;
            return Poll::Ready(Some(wire::initial_response(self.format).into()));
        }
        self.pushed.poll_recv(context).map(|pushed| {
            let account = &self.context.options.account;
            wire::push(&pushed?, self.format, account).map(Bytes::from)
        })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.context.service.unsubscribe(self.subscription);
    }
}
