//! Bodies of requests, in JSON and in CBOR: whatever they are, they are read or refused in words, and
//! what was read is answered in a body that can be read.
//!
//! The first byte of an input says which operation and which form the rest is.

use watershed::api::{CreateStream, Operation};
use watershed::engine::{Engine, EngineOptions};
use watershed::model::{Action, Level, Millis, StreamName};
use watershed::wire::{self, Account, Format, Request};

use super::{Target, choice};

pub(super) const TARGET: Target = Target {
    name: "requests",
    check,
    seeds,
    words: &[
        "\"StreamName\":\"orders\"",
        "\"StreamARN\":",
        "\"Records\":[",
        "\"Data\":\"AA==\"",
        "\"PartitionKey\":\"k\"",
        "\"ShardId\":\"0\"",
        "\"ExplicitHashKey\":\"1\"",
        "\\u0041",
        "\"Limit\":1",
        "\"Tags\":{",
        "null",
        "true",
        "1e9",
        "-1",
        "kStreamName",
        "dData",
        "gRecords",
    ],
};

const NOW: Millis = Millis(1_700_000_000_000);

fn check(input: &[u8]) {
    let (kind, body) = choice(input);
    let action = Action::ALL[usize::from(kind >> 1) % Action::ALL.len()];
    let format = if kind & 1 == 0 { Format::Json } else { Format::Cbor };
    let account = Account::default();
    match wire::request(action, format, body, &account) {
        Ok(Request::Operation(operation)) => {
            assert_eq!(wire::is_readable(format, body), Ok(()), "what is taken is well formed");
            handled(&operation, &account);
        }
        Ok(Request::Subscribe(_)) => assert_eq!(wire::is_readable(format, body), Ok(())),
        Err(why) => {
            assert_eq!(why.status(), 400, "{why:?}");
            assert_eq!(wire::is_readable(format, &why.body(format, &account)), Ok(()));
        }
    }
}

/// Answers an operation with a small engine, in both forms.
fn handled(operation: &Operation, account: &Account) {
    let options = EngineOptions { create_delay_ms: 0, ..EngineOptions::default() };
    let mut engine = Engine::in_memory(options);
    let orders = StreamName::new("orders").expect("it is a name");
    let create = CreateStream::provisioned(orders, 2, Level::Memory);
    engine.handle(NOW, &Operation::CreateStream(create)).expect("the name is free");
    engine.advance(NOW);
    match engine.handle(NOW, operation) {
        Ok(answer) => {
            for format in [Format::Json, Format::Cbor] {
                let body = wire::answer(operation, &answer, format, account);
                assert!(body.is_empty() || wire::is_readable(format, &body) == Ok(()));
            }
        }
        Err(why) => {
            let told = wire::Refusal::from(why).body(Format::Json, account);
            assert_eq!(wire::is_readable(Format::Json, &told), Ok(()));
        }
    }
}

/// An input that asks an action.
fn asked(action: Action, format: Format, body: &[u8]) -> Vec<u8> {
    let at = Action::ALL.iter().position(|one| *one == action).expect("it is one of them");
    let kind = u8::try_from(at).expect("there are forty") << 1 | u8::from(format == Format::Cbor);
    [&[kind], body].concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let json = |action, body: &str| asked(action, Format::Json, body.as_bytes());
    let every = Action::ALL.iter().map(|action| json(*action, "{\"StreamName\":\"orders\"}"));
    let more = [
        json(
            Action::PutRecord,
            r#"{"StreamName":"orders","Data":"AAEC","PartitionKey":"k\u00e9"}"#,
        ),
        json(
            Action::PutRecords,
            r#"{"StreamName":"orders","Records":[{"Data":"AA==","PartitionKey":"a"},{"Data":"","PartitionKey":"b","ExplicitHashKey":"7"}]}"#,
        ),
        json(
            Action::ListShards,
            r#"{"StreamName":"orders","ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":1.7e9},"MaxResults":1}"#,
        ),
        json(
            Action::CreateStream,
            r#"{"StreamName":"clicks","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"Tags":{"a":"b"}}"#,
        ),
        json(
            Action::SubscribeToShard,
            r#"{"ConsumerARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit:1","ShardId":"0","StartingPosition":{"Type":"LATEST"}}"#,
        ),
        asked(
            Action::PutRecord,
            Format::Cbor,
            b"\xbfjStreamNameforders\x64Data\x5f\x41\x00\x41\x01\xff\x6cPartitionKeyak\xff",
        ),
        asked(Action::ListStreams, Format::Cbor, b"\xa1\x65Limit\x18\x64"),
    ];
    every.chain(more).collect()
}
