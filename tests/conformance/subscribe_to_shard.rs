//! SubscribeToShard.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::{Value, json};

use super::{Endpoint, JSON, Type, arn, null, shard};

#[test]
fn its_fields_have_types_and_keep_constraints() {
    let endpoint = Endpoint::new();
    let action = "SubscribeToShard";
    endpoint.types(
        action,
        &[
            ("ConsumerARN", Type::Text),
            ("ShardId", Type::Text),
            ("StartingPosition", Type::Structure),
            ("DryRun", Type::Boolean),
        ],
    );
    endpoint.breaks(
        action,
        &json!({}),
        &[&null("consumerARN"), &null("shardId"), &null("startingPosition")],
    );
    let consumer = format!("{}/consumer/audit:1", arn("orders"));
    endpoint.breaks(
        action,
        &json!({"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": {}}),
        &[&null("startingPosition.type")],
    );
}

/// A registered consumer of `orders`, which is active.
fn consumer(endpoint: &Endpoint) -> String {
    let body = json!({"StreamARN": arn("orders"), "ConsumerName": "audit"});
    let told = endpoint.done("RegisterStreamConsumer", &body);
    let own = told["Consumer"]["ConsumerARN"].clone();
    loop {
        let told = endpoint.done("DescribeStreamConsumer", &json!({"ConsumerARN": own}));
        if told["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE" {
            return own.as_str().expect("a text").to_owned();
        }
        std::thread::yield_now();
    }
}

/// A frame: its headers by name, and its payload.
fn frame(reader: &mut impl Read) -> Option<(Vec<(String, String)>, Value)> {
    let mut prelude = [0; 12];
    reader.read_exact(&mut prelude).ok()?;
    let word = |at: usize| u32::from_be_bytes(prelude[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(crc32fast::hash(&prelude[..8]), word(8));
    let (total, headers_bytes) = (word(0) as usize, word(4) as usize);
    let mut rest = vec![0; total - 12];
    reader.read_exact(&mut rest).expect("the frame is whole");
    let (body, checksum) = rest.split_at(total - 16);
    let whole = [&prelude[..], body].concat();
    assert_eq!(crc32fast::hash(&whole).to_be_bytes(), checksum);
    let (mut headers, payload) = body.split_at(headers_bytes);
    let mut named = Vec::new();
    let mut take = |count: usize| {
        let (taken, left) = headers.split_at(count);
        headers = left;
        (taken.to_vec(), left.is_empty())
    };
    loop {
        let name_bytes = take(1).0[0].into();
        let name = String::from_utf8(take(name_bytes).0).expect("it is text");
        assert_eq!(take(1).0, [7]);
        let length = take(2).0;
        let (value, done) = take(usize::from(u16::from_be_bytes([length[0], length[1]])));
        named.push((name, String::from_utf8(value).expect("it is text")));
        if done {
            return Some((named, serde_json::from_slice(payload).expect("it is JSON")));
        }
    }
}

/// Bytes of a body that comes in chunks.
struct Chunks<R> {
    reader: R,
    left: usize,
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                line.clear();
                self.reader.read_line(&mut line)?;
            }
            self.left = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            if self.left == 0 {
                return Ok(0);
            }
        }
        let most = buffer.len().min(self.left);
        let read = self.reader.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

fn subscribe(endpoint: &Endpoint, body: &Value) -> Chunks<BufReader<std::net::TcpStream>> {
    let mut reader = BufReader::new(endpoint.connect());
    let body = body.to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nX-Amz-Target: \
         Kinesis_20131202.SubscribeToShard\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    reader.get_mut().write_all(head.as_bytes()).expect("it is taken");
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).expect("a head comes") > 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("application/vnd.amazon.eventstream"), "{head}");
    Chunks { reader, left: 0 }
}

#[test]
fn records_are_pushed_as_they_come_until_the_shard_ends() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let own = consumer(&endpoint);
    let body =
        json!({"ConsumerARN": own, "ShardId": shard(0), "StartingPosition": {"Type": "LATEST"}});
    let mut events = subscribe(&endpoint, &body);
    let (headers, payload) = frame(&mut events).expect("it begins");
    assert_eq!(payload, json!({}));
    let initial = (":event-type".to_owned(), "initial-response".to_owned());
    assert!(headers.contains(&initial), "{headers:?}");
    for key in ["a", "b"] {
        let put = json!({"StreamName": "orders", "Data": "AA==", "PartitionKey": key});
        let number = endpoint.done("PutRecord", &put)["SequenceNumber"].clone();
        let event = loop {
            let (headers, event) = frame(&mut events).expect("an event comes");
            let kind = (":event-type".to_owned(), "SubscribeToShardEvent".to_owned());
            assert!(headers.contains(&kind), "{headers:?}");
            if event["Records"] != json!([]) {
                break event;
            }
        };
        assert_eq!(event["Records"][0]["PartitionKey"], key);
        assert_eq!(event["ContinuationSequenceNumber"], number);
    }
    let split = json!({"StreamName": "orders", "ShardToSplit": "0", "NewStartingHashKey": "1000"});
    endpoint.done("SplitShard", &split);
    let last = loop {
        let (_, event) = frame(&mut events).expect("an end comes");
        if event.get("ChildShards").is_some() {
            break event;
        }
    };
    assert_eq!(last["ChildShards"][1]["ShardId"], shard(2));
    assert_eq!(last.get("ContinuationSequenceNumber"), None);
    assert!(frame(&mut events).is_none(), "nothing follows");
}

#[test]
fn a_stream_that_is_deleted_tells_its_subscribers() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let own = consumer(&endpoint);
    let body =
        json!({"ConsumerARN": own, "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}});
    let mut events = subscribe(&endpoint, &body);
    let told = json!({"StreamName": "orders", "EnforceConsumerDeletion": true});
    endpoint.done("DeleteStream", &told);
    let exception = loop {
        let (headers, payload) = frame(&mut events).expect("it is told");
        if headers.contains(&(":message-type".to_owned(), "exception".to_owned())) {
            break (headers, payload);
        }
    };
    let kind = (":exception-type".to_owned(), "ResourceNotFoundException".to_owned());
    assert!(exception.0.contains(&kind), "{exception:?}");
    assert!(frame(&mut events).is_none(), "nothing follows");
}

#[test]
fn who_may_not_subscribe_is_told_at_once() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let own = consumer(&endpoint);
    let start = json!({"Type": "LATEST"});
    let body = |arn: &str, shard: &str| json!({"ConsumerARN": arn, "ShardId": shard, "StartingPosition": start});
    endpoint.refuses(
        "SubscribeToShard",
        &body(&own, "5"),
        "ResourceNotFoundException",
        &format!("Shard {} in stream orders under account 000000000000 does not exist", shard(5)),
    );
    endpoint.refuses(
        "SubscribeToShard",
        &body(&own.replace("audit", "nobody"), "0"),
        "ResourceNotFoundException",
        "Consumer nobody, account 000000000000 not found.",
    );
    let mut dry = body(&own, "0");
    dry["DryRun"] = json!(true);
    let told = "SubscribeToShard would have been permitted, but the DryRun parameter is set.";
    endpoint.refuses("SubscribeToShard", &dry, "DryRunOperationException", told);
    let _first = subscribe(&endpoint, &body(&own, "0"));
    let second = endpoint.ask("SubscribeToShard", &body(&own, "0")).json();
    assert!(
        ["ResourceInUseException", "LimitExceededException"]
            .contains(&second["__type"].as_str().expect("a text")),
        "{second}"
    );
}
