//! What the requests of one turn of a reactor ask, asked together: the service is taken once, and the
//! journal written once, for all that came at the same time.
//!
//! A reactor wakes every connection that something came for, and then lets them run one behind the
//! other. The first one that asks something rings; whoever hears it stands in line behind them all, so
//! that it comes when each has said what it wants. Where there is one connection nobody else comes.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::api::{Operation, Reply};
use crate::world::{PATIENCE, Service};

/// The operation that was asked, back again, and what came of it.
type Replied = (Operation, Reply);

/// What is asked and not answered yet.
#[derive(Default)]
struct Asked {
    operations: Vec<Operation>,
    tell: Vec<oneshot::Sender<Replied>>,
}

/// The place where the connections of one thread ask.
pub(super) struct Turn {
    service: Arc<dyn Service>,
    asked: RefCell<Asked>,
    rung: Notify,
    connections: Cell<usize>,
}

/// A connection that may ask.
pub(super) struct Present<'t>(&'t Turn);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.connections.update(|count| count - 1);
    }
}

impl Turn {
    pub(super) fn new(service: Arc<dyn Service>) -> Self {
        let (asked, connections) = (RefCell::default(), Cell::new(0));
        Self { service, asked, rung: Notify::new(), connections }
    }

    /// A connection more, as long as what is given lives.
    pub(super) fn enter(&self) -> Present<'_> {
        self.connections.update(|count| count + 1);
        Present(self)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, operation: Operation) -> Replied {
        if operation.is_put() && self.service.is_behind() {
            self.wait_for_the_disk().await;
        }
        if self.connections.get() == 1 {
            let reply = self.service.handle(&operation);
            return (operation, reply);
        }
        let (tell, told) = oneshot::channel();
        {
            let mut asked = self.asked.borrow_mut();
            asked.operations.push(operation);
            asked.tell.push(tell);
        }
        self.rung.notify_one();
        told.await.expect("invariant: whoever answers outlives the connections")
    }

    /// Comes back when writing may go on; others are answered meanwhile.
    async fn wait_for_the_disk(&self) {
        let (go, gone) = oneshot::channel::<()>();
        self.service.when_caught_up(Box::new(|| drop(go)));
        let _ = timeout(PATIENCE, gone).await;
    }

    /// Answers what is asked, as long as it is polled.
    pub(super) async fn answer(&self) {
        loop {
            self.rung.notified().await;
            let Asked { operations, tell } = self.asked.take();
            let replies = self.service.handle_all(&operations);
            for (tell, replied) in tell.into_iter().zip(operations.into_iter().zip(replies)) {
                // Whoever asked may have gone away.
                let _ = tell.send(replied);
            }
        }
    }
}
