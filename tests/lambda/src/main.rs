//! Functions as a user writes them in Rust, on AWS's own runtime client: its argument says which one.
//!
//! | name | what it does |
//! |---|---|
//! | `echo` | answers with its event |
//! | `bill` | fails when a record has no number as `amount` |
//! | `report` | answers with the records that have none, as a partial batch response |
//! | `resize` | takes 70 ms |

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let handler = Handler::named(&name).ok_or_else(|| format!("`{name}` is no function here"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let invoke = |event: LambdaEvent<Value>| async move { handler.invoke(event.payload).await };
    runtime.block_on(lambda_runtime::run(service_fn(invoke)))
}

#[derive(Clone, Copy)]
enum Handler {
    Echo,
    Bill,
    Report,
    Resize,
}

impl Handler {
    fn named(name: &str) -> Option<Self> {
        match name {
            "echo" => Some(Self::Echo),
            "bill" => Some(Self::Bill),
            "report" => Some(Self::Report),
            "resize" => Some(Self::Resize),
            _ => None,
        }
    }

    async fn invoke(self, event: Value) -> Result<Value, BadOrder> {
        match self {
            Self::Echo => Ok(event),
            Self::Bill => orders(&event).try_for_each(bill).map(|()| Value::Null),
            Self::Report => {
                let bad = orders(&event).filter(|record| bill(record).is_err());
                let named = bad.map(|record| json!({ "itemIdentifier": record["sequenceNumber"] }));
                Ok(json!({ "batchItemFailures": named.collect::<Vec<_>>() }))
            }
            Self::Resize => {
                tokio::time::sleep(Duration::from_millis(70)).await;
                Ok(Value::Null)
            }
        }
    }
}

/// An order that cannot be billed.
#[derive(Debug)]
struct BadOrder(String);

impl From<BadOrder> for Diagnostic {
    fn from(BadOrder(why): BadOrder) -> Self {
        Self { error_type: "BadOrder".to_owned(), error_message: why }
    }
}

/// The records of an event of Kinesis.
fn orders(event: &Value) -> impl Iterator<Item = &Value> {
    event["Records"].as_array().into_iter().flatten().map(|record| &record["kinesis"])
}

fn bill(record: &Value) -> Result<(), BadOrder> {
    let data = STANDARD.decode(record["data"].as_str().unwrap_or_default()).unwrap_or_default();
    let order: Value = serde_json::from_slice(&data).map_err(|why| BadOrder(why.to_string()))?;
    match &order["amount"] {
        Value::Number(_) => Ok(()),
        amount => Err(BadOrder(format!("{amount} is no amount"))),
    }
}
