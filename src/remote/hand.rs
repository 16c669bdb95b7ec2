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

/// An order, and where its answer goes: who waits for one is not told what came of another.
type Asked = (Order, Sender<Answer>);

/// A thread that asks, until this is dropped: what it is asking then is answered to nobody, and what it
/// has not begun is not asked.
pub(super) struct Hand {
    orders: Sender<Asked>,
    /// Where answers go that nobody waits for.
    answer: Sender<Answer>,
    answers: Receiver<Answer>,
    dropped: Arc<AtomicBool>,
}

impl Hand {
    /// A hand that has nothing to do. `done` is called after each answer with its order.
    pub(super) fn start(client: Client, done: impl Fn(&Order, &Answer) + Send + 'static) -> Self {
        let (orders, taken) = channel::<Asked>();
        let (answer, answers) = channel();
        let dropped = Arc::new(AtomicBool::new(false));
        let is_dropped = Arc::clone(&dropped);
        thread::spawn(move || {
            let mut client = client;
            for (order, answer) in taken {
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
        Self { orders, answer, answers, dropped }
    }

    /// Asks for something; it is answered after everything that was asked before.
    pub(super) fn ask(&self, order: Order) {
        self.give(order, self.answer.clone());
    }

    fn give(&self, order: Order, answer: Sender<Answer>) {
        // It takes orders as long as this is there.
        self.orders.send((order, answer)).expect("invariant: the thread ends after the hand");
    }

    /// The next answer to what was asked, if it is there.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answers.try_recv().ok()
    }

    /// Asks for something, and waits for the answer to that.
    pub(super) fn run(&self, order: Order) -> Answer {
        let (answer, told) = channel();
        self.give(order, answer);
        told.recv().expect("invariant: the thread ends after the hand")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::tests::{Fake, client};

    #[test]
    fn who_waits_is_told_what_came_of_its_own_order() {
        let fake = Fake::start(|_, _| (200, json!({})));
        let hand = Hand::start(client(&fake.url), |_, _| {});
        let order = |said: &str| Order {
            action: Action::DeleteStream,
            body: json!({"StreamName": "orders"}),
            outcome: Outcome { said: said.to_owned(), undo: None },
            by_arn: false,
        };
        hand.ask(order("first"));
        let told = hand.run(order("second")).map(|outcome| outcome.said);
        assert_eq!(told, Ok("second".to_owned()));
        let told = hand.answer().expect("it was answered before").map(|outcome| outcome.said);
        assert_eq!(told, Ok("first".to_owned()));
        assert_eq!(hand.answer(), None);
    }
}
