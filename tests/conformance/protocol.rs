//! What is said before an operation is looked at: methods, content types, bodies, names.

use std::io::{BufReader, Write};
use std::net::Shutdown;

use serde_json::{Value, json};
use watershed::engine::{Engine, EngineOptions};
use watershed::live::LiveClock;
use watershed::log::MemStorage;
use watershed::model::Millis;
use watershed::server::{Auth, Options};

use super::{CBOR, Endpoint, JSON, arn, fault, receive};
use crate::by_line::{run, world_at};

const TARGET: (&str, &str) = ("X-Amz-Target", "Kinesis_20131202.ListStreams");

#[test]
fn every_answer_has_two_names_of_its_own() {
    let endpoint = Endpoint::new();
    let (one, other) =
        (endpoint.ask("ListStreams", &json!({})), endpoint.ask("Nothing", &json!({})));
    for answered in [&one, &other] {
        assert_eq!(answered.headers["x-amzn-requestid"].len(), 36);
        assert_eq!(answered.headers["x-amz-id-2"].len(), 96);
    }
    assert_ne!(one.headers["x-amzn-requestid"], other.headers["x-amzn-requestid"]);
}

#[test]
fn what_is_no_post_or_says_nothing_is_not_authorized() {
    let endpoint = Endpoint::new();
    let json = ("Content-Type", JSON);
    for (method, headers) in
        [("GET", &[TARGET, json][..]), ("PUT", &[TARGET, json]), ("POST", &[]), ("GET", &[])]
    {
        let answered = endpoint.send(method, "/", headers, b"{}");
        assert_eq!(answered.status, 403, "{method} {headers:?}");
        assert!(answered.text().contains("Unable to determine service/operation name"));
    }
}

#[test]
fn another_content_type_is_an_unknown_operation() {
    let endpoint = Endpoint::new();
    for kind in ["text/plain", "application/x-amz-json-1.0", ""] {
        let answered = endpoint.send("POST", "/", &[TARGET, ("Content-Type", kind)], b"{}");
        assert_eq!((answered.status, answered.text()), (404, "<UnknownOperationException/>\n"));
    }
    for kind in [JSON, "application/json", "application/x-amz-json-1.1; charset=utf-8"] {
        let answered = endpoint.send("POST", "/", &[TARGET, ("Content-Type", kind)], b"{}");
        assert_eq!(answered.status, 200, "{kind}");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_told_before_an_operation_that_is_unknown() {
    let endpoint = Endpoint::new();
    let bodies: [&[u8]; 15] = [
        b"",
        b" ",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":-.5}",
        b"{",
        b"{\"a\":}",
        b"{\"a\" 1}",
        b"{\"a\":1,}",
        b"[1,]",
        b"nul",
        b"{}x",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\xff\"}",
    ];
    for action in ["ListStreams", "Nothing"] {
        // Of what is unknown a body that is not there is not asked.
        for body in bodies.into_iter().skip(usize::from(action == "Nothing")) {
            let answered = endpoint.post(action, JSON, body);
            assert_eq!(answered.status, 400, "{action} {body:?}");
            assert_eq!(answered.json(), json!({"__type": "SerializationException"}), "{body:?}");
        }
        let deep = [b"{\"a\":".to_vec(), b"[".repeat(100_000)].concat();
        assert_eq!(
            endpoint.post(action, JSON, &deep).json()["__type"],
            "SerializationException",
            "what is nested without end is not followed"
        );
    }
}

#[test]
fn an_operation_that_is_not_of_the_service_is_unknown() {
    let endpoint = Endpoint::new();
    for action in ["Nothing", "putRecord", ""] {
        let answered = endpoint.ask(action, &json!({}));
        assert_eq!(answered.status, 400);
        assert_eq!(answered.json(), json!({"__type": "UnknownOperationException"}));
    }
    let answered = endpoint.post("Nothing", JSON, b"");
    assert_eq!(answered.json(), json!({"__type": "UnknownOperationException"}), "without a body");
    for body in [&b"{}"[..], b""] {
        let answered = endpoint.send("POST", "/", &[("Content-Type", JSON)], body);
        assert_eq!((answered.status, &*answered.headers["content-type"]), (400, JSON));
        let unknown = json!({"__type": "UnknownOperationException"});
        assert_eq!(answered.json(), unknown, "without a target");
    }
    let other = [("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("Content-Type", JSON)];
    let answered = endpoint.send("POST", "/", &other, b"{}");
    assert_eq!(answered.json(), json!({"__type": "UnknownOperationException"}));
}

#[test]
fn queues_and_channels_are_not_enabled() {
    let endpoint = Endpoint::new();
    for action in [
        "AcknowledgeDeadLetterQueueRecords",
        "AcknowledgeQueueRecords",
        "CreateChannel",
        "CreateQueue",
        "DeleteChannel",
        "DeleteQueue",
        "DescribeChannel",
        "DescribeQueue",
        "ListChannels",
        "ListQueues",
        "ReceiveDeadLetterQueueRecords",
        "ReceiveQueueRecords",
        "RestoreDeadLetterQueueRecords",
        "UpdateChannel",
        "UpdateDeadLetterQueueRecordsVisibility",
        "UpdateQueue",
        "UpdateQueueRecordsVisibility",
    ] {
        let told = format!("{action} is not enabled for this account.");
        endpoint.refuses(action, &json!({}), "AccessDeniedException", &told);
    }
}

#[test]
fn fields_that_nobody_knows_are_passed_over_and_null_is_as_good_as_nothing() {
    let endpoint = Endpoint::new();
    let odd = json!({
        "Nobody": {"knows": [1, -2.5e3, "\u{e9}\n", null, true, {"a": []}]},
        "Limit": null, "NextToken": null, "ExclusiveStartStreamName": null,
    });
    assert_eq!(endpoint.done("ListStreams", &odd)["StreamNames"], json!([]));
}

/// Nothing is found by it, and it has a form all the same (model, StreamId).
#[test]
fn an_id_of_a_stream_has_a_form_wherever_it_stands() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let rule = "satisfy regular expression pattern: [a-z0-9]{20}-[a-z0-9]{3}";
    let consumer = arn("orders/consumer/audit:1");
    for (action, field, value) in [
        ("DescribeStream", "StreamName", "orders"),
        ("ListStreamConsumers", "StreamARN", &*arn("orders")),
        ("DescribeStreamConsumer", "ConsumerARN", &*consumer),
        ("ListTagsForResource", "ResourceARN", &*arn("orders")),
    ] {
        endpoint.breaks(
            action,
            &json!({field: value, "StreamId": "orders"}),
            &[&fault("orders", "streamId", rule)],
        );
        endpoint.mistypes(
            action,
            &json!({field: value, "StreamId": true}),
            "class java.lang.Boolean can not be converted to an String",
        );
    }
    let long = "0123456789abcdefghij-xyz0";
    endpoint.breaks(
        "DescribeStream",
        &json!({"StreamName": "orders", "StreamId": long}),
        &[
            &fault(long, "streamId", rule),
            &fault(long, "streamId", "have length less than or equal to 24"),
        ],
    );
    endpoint.done("DescribeStream", &json!({"StreamName": "orders", "StreamId": &long[..24]}));
    endpoint.breaks("ListShards", &json!({"StreamId": "x"}), &[&fault("x", "streamId", rule)]);
}

#[test]
fn texts_are_unescaped() {
    let endpoint = Endpoint::new();
    let answered = endpoint.post(
        "CreateStream",
        JSON,
        br#"{"Stream\u004eame":"\u006frders","ShardCount":1.9,"Tags":{"k\u0065y":"\u00e9 \ud83d\ude00"}}"#,
    );
    assert_eq!(answered.status, 400, "a face is no letter");
    let answered = endpoint.post(
        "CreateStream",
        JSON,
        br#"{"Stream\u004eame":"\u006frders","ShardCount":1.9,"Tags":{"k\u0065y":"\u00e9"}}"#,
    );
    assert_eq!(answered.status, 200, "{}", answered.text());
    let tags = endpoint.done("ListTagsForStream", &json!({"StreamName": "orders"}));
    assert_eq!(tags["Tags"], json!([{"Key": "key", "Value": "\u{e9}"}]));
}

#[test]
fn who_asks_must_be_said_unless_nobody_wants_to_know() {
    let endpoint =
        Endpoint::of(EngineOptions::default(), Options { workers: 1, ..Options::default() });
    let told = "Missing Authentication Token";
    let body = json!({"StreamName": 1});
    endpoint.refuses("DescribeStream", &body, "MissingAuthenticationTokenException", told);
    let serialization = json!({"__type": "SerializationException"});
    assert_eq!(endpoint.post("DescribeStream", JSON, b"{").json(), serialization);
    assert_eq!(endpoint.ask("Nothing", &json!({})).json()["__type"], "UnknownOperationException");
    let signed = ("Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c");
    let headers = [TARGET, ("Content-Type", JSON), signed, ("X-Amz-Date", "20260101T000000Z")];
    assert_eq!(endpoint.send("POST", "/", &headers, b"{}").status, 200);
    let half = endpoint.send("POST", "/", &headers[..3], b"{}").json();
    assert_eq!(half["__type"], "IncompleteSignatureException");
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let endpoint = Endpoint::of(
        EngineOptions::default(),
        Options { workers: 1, auth: Auth::Off, body_bytes_max: 1_000, ..Options::default() },
    );
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(2_000));
    let mut socket = BufReader::new(endpoint.connect());
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nX-Amz-Target: {}\r\nContent-Length: \
         {}\r\n\r\n",
        TARGET.1,
        body.len()
    );
    socket.get_mut().write_all(head.as_bytes()).expect("it is taken");
    assert_eq!(receive(&mut socket).status, 413, "before it is sent");
}

#[test]
fn bodies_in_chunks_are_read() {
    let endpoint = Endpoint::new();
    let mut socket = BufReader::new(endpoint.connect());
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nX-Amz-Target: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n",
        TARGET.1
    );
    socket.get_mut().write_all(head.as_bytes()).expect("it is taken");
    assert_eq!(receive(&mut socket).status, 200);
}

#[test]
fn what_is_no_http_ends_its_connection_and_no_other() {
    let endpoint = Endpoint::new();
    for bytes in
        [&b"\x16\x03\x01\x00\xa5"[..], b"GET\r\n\r\n", &[0; 4_096], b"PRI * HTTP/2.0\r\n\r\nXX"]
    {
        let mut socket = endpoint.connect();
        // The endpoint may have ended the connection before the last byte was on its way.
        let _ = socket.write_all(bytes).and_then(|()| socket.shutdown(Shutdown::Write));
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut socket, &mut rest);
    }
    endpoint.done("ListStreams", &json!({}));
}

#[test]
fn errors_of_a_cbor_request_are_cbor() {
    let endpoint = Endpoint::new();
    let answered = endpoint.post("ListStreams", CBOR, b"\xff");
    assert_eq!((answered.status, &*answered.headers["content-type"]), (400, CBOR));
    assert!(answered.bytes.windows(22).any(|part| part == b"SerializationException"));
}

#[test]
fn it_says_that_it_lives_and_what_it_did() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    let put = json!({"StreamName": "orders", "Data": "", "PartitionKey": "k"});
    endpoint.done("PutRecord", &put);
    assert_eq!(endpoint.ask("PutRecord", &Value::Null).status, 400);
    assert_eq!(endpoint.send("GET", "/health", &[], b"").text(), "ok\n");
    assert_eq!(endpoint.send("GET", "/ready", &[], b"").text(), "ready\n");
    let metrics = endpoint.send("GET", "/metrics", &[], b"");
    assert!(metrics.headers["content-type"].starts_with("text/plain; version=0.0.4"));
    for line in [
        "aws_kinesis_requests_total{operation=\"PutRecord\",outcome=\"success\"} 1",
        "aws_kinesis_requests_total{operation=\"PutRecord\",outcome=\"refused\"} 1",
        "aws_kinesis_latency_seconds_count{operation=\"PutRecord\"} 2",
        "# TYPE aws_kinesis_incoming_records_total counter",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
}

/// Its status said 200 while its text said that it was not.
#[test]
fn an_endpoint_whose_log_has_failed_is_not_ready() {
    let storage = Box::new(MemStorage::new());
    let options = EngineOptions { create_delay_ms: 0, ..EngineOptions::default() };
    let mut clock = LiveClock::start(Millis::ZERO);
    let (engine, _) = Engine::open(clock.now(), storage, options).expect("it is empty");
    let mut world = world_at(engine, clock.now(), 1);
    run(&mut world, "create orders --shards 1 --level process");
    let now = clock.now();
    world.advance(now);
    run(&mut world, "put orders k d");
    let unsynced = world.unsynced().next().expect("a record was written");
    world.on_sync_failed(now, &unsynced, "told to fail");
    let endpoint =
        Endpoint::on(world, clock, Options { workers: 1, auth: Auth::Off, ..Options::default() });
    let ready = endpoint.send("GET", "/ready", &[], b"");
    assert_eq!((ready.status, ready.text()), (503, "not ready: told to fail\n"));
    assert_eq!(endpoint.send("GET", "/health", &[], b"").status, 200, "it lives");
}

#[test]
fn functions_and_mappings_have_lambdas_metrics() {
    let endpoint = Endpoint::new();
    endpoint.stream("orders", 1);
    endpoint.operate("function f simulated --provisioned 4");
    endpoint.operate("attach f orders --name m --paused --event-counts on");
    endpoint.operate("attach f orders --name quiet --paused");
    let answered = endpoint.send("GET", "/metrics", &[], b"");
    let metrics = answered.text();
    for line in [
        "# HELP aws_lambda_invocations_total Invocations (Count)",
        "aws_lambda_invocations_total{function_name=\"f\"} 0",
        "aws_lambda_errors_total{function_name=\"f\"} 0",
        "aws_lambda_throttles_total{function_name=\"f\"} 0",
        "aws_lambda_duration_milliseconds_total{function_name=\"f\"} 0",
        "aws_lambda_concurrent_executions{function_name=\"f\"} 0",
        "aws_lambda_provisioned_concurrency_utilization{function_name=\"f\"} 0",
        "aws_lambda_provisioned_concurrency_spillover_invocations_total{function_name=\"f\"} 0",
        "aws_lambda_destination_delivery_failures_total{mapping=\"m\"} 0",
        "aws_lambda_polled_event_count_total{mapping=\"m\"} 0",
        "# TYPE aws_lambda_iterator_age_milliseconds gauge",
        "aws_lambda_unreserved_concurrent_executions 0",
        "aws_lambda_claimed_account_concurrency 4",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    let of_quiet =
        |name: &str| metrics.contains(&format!("aws_lambda_{name}{{mapping=\"quiet\"}}"));
    assert!(of_quiet("destination_delivery_failures_total"), "{metrics}");
    assert!(!of_quiet("polled_event_count_total"), "it was not asked for\n{metrics}");
}
