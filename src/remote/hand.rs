//! Who asks for what an operator wants, one order after the other, so that the operator need not wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::command::Outcome;
use crate::remote::order::Order;
use crate::remote::{AskError, Client};
use crate::world::RunError;

/// What came of an order.
type Answer = Result<Outcome, RunError>;

/// A thread that asks, until this is dropped: what it is asking then is answered to nobody, and what it
/// has not begun is not asked.
pub(super) struct Hand {
    orders: Sender<Order>,
    answers: Receiver<Answer>,
    dropped: Arc<AtomicBool>,
}

impl Hand {
    /// A hand that has nothing to do. `done` is called after each answer with its order.
    pub(super) fn start(client: Client, done: impl Fn(&Order, &Answer) + Send + 'static) -> Self {
        let (orders, taken) = channel::<Order>();
        let (answer, answers) = channel();
        let dropped = Arc::new(AtomicBool::new(false));
        let is_dropped = Arc::clone(&dropped);
        thread::spawn(move || {
            let mut client = client;
            for order in taken {
                if is_dropped.load(Ordering::Acquire) {
                    return;
                }
                let what = order.action.name();
                let told = perform(&mut client, &order);
                if is_dropped.load(Ordering::Acquire) {
                    let late = told.map_or_else(|why| why.to_string(), |outcome| outcome.said);
                    log::info!(target: "remote", "{what} was answered after it was given up: {late}");
                    return;
                }
                // Whoever dropped it since then does not want to know.
                let _ = answer.send(told.clone());
                done(&order, &told);
            }
        });
        Self { orders, answers, dropped }
    }

    /// Asks for something; it is answered after everything that was asked before.
    pub(super) fn ask(&self, order: Order) {
        // It takes orders as long as this is there.
        self.orders.send(order).expect("invariant: the thread ends after the hand");
    }

    /// The next answer, if it is there.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// The next answer; it is waited for.
    pub(super) fn wait(&self) -> Answer {
        self.answers.recv().expect("invariant: the thread ends after the hand")
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::Release);
    }
}

fn perform(client: &mut Client, order: &Order) -> Answer {
    let mut asked = client.ask_once(order.action, &order.body);
    if asked.as_ref().is_err_and(AskError::wants_keys) {
        asked = client.ask_once(order.action, &order.body);
    }
    asked.map(|_| order.outcome.clone()).map_err(|why| RunError::Outside(why.to_string()))
}
