//! Who asks for what an operator wants, one order after the other, so that the operator need not wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::{Value, json};

use crate::command::Outcome;
use crate::model::Action;
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
    let told = match order.by_arn {
        true => with_arn(client, &order.body).and_then(|body| ask(client, order.action, &body)),
        false => ask(client, order.action, &order.body),
    };
    told.map(|_| order.outcome.clone()).map_err(RunError::Outside)
}

/// Asks once, and once more with other keys.
fn ask(client: &mut Client, action: Action, body: &Value) -> Result<Value, String> {
    let mut asked = client.ask_once(action, body);
    if asked.as_ref().is_err_and(AskError::wants_keys) {
        asked = client.ask_once(action, body);
    }
    asked.map_err(|why| why.to_string())
}

/// The same body with the ARN of the stream in the place of its name.
fn with_arn(client: &mut Client, body: &Value) -> Result<Value, String> {
    let name = &body["StreamName"];
    let told = ask(client, Action::DescribeStreamSummary, &json!({"StreamName": name}))?;
    let arn = told["StreamDescriptionSummary"]["StreamARN"].as_str();
    let arn = arn.ok_or_else(|| format!("the endpoint tells no ARN of stream {name}"))?;
    let mut body = body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("StreamName");
        members.insert("StreamARN".to_owned(), arn.into());
    }
    Ok(body)
}
