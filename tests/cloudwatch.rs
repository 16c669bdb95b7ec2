//! Figures of streams elsewhere as CloudWatch tells them: one that is made up answers for it, and passes
//! everything else on to `watershed serve`, but for whole pictures, which AWS does not give.

#![allow(clippy::disallowed_types, reason = "who answers has a socket")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use watershed::model::{Action, Millis};
use watershed::remote::{Client, Place, Who};
use watershed::snapshot::{CloudWatch, Snapshot, Source, StreamView};

use crate::clients::Served;
use crate::remote::{Watched, has};

/// What stands for an answer: a status and a body.
type Answer = fn(&Value) -> (u16, String);

/// A request or an answer: its head, and as many bytes as that says.
fn message(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head += &line;
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// One who is asked for streams and for metrics.
struct Fake {
    url: String,
    /// Heads of the questions for metrics, and what was asked.
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    /// Times that a shard was read.
    reads: Arc<Mutex<usize>>,
}

impl Fake {
    fn start(streams: &Served, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let behind = streams.url.trim_start_matches("http://").to_owned();
        let fake = Self { url, asked: Arc::default(), reads: Arc::default() };
        let (asked, reads) = (Arc::clone(&fake.asked), Arc::clone(&fake.reads));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let behind = TcpStream::connect(&behind).expect("it serves");
                let (asked, reads) = (Arc::clone(&asked), Arc::clone(&reads));
                let work = move || serve(socket, behind, answer, &asked, &reads);
                // Who asked has gone when this ends.
                thread::spawn(move || work().unwrap_or_default());
            }
        });
        fake
    }

    fn watched(&self) -> Watched {
        Watched::measured(&self.url, Some(self.url.clone()))
    }
}

fn serve(
    socket: TcpStream,
    behind: TcpStream,
    answer: Answer,
    asked: &Mutex<Vec<(String, Value)>>,
    reads: &Mutex<usize>,
) -> Option<()> {
    let mut client = BufReader::new(socket);
    let mut behind = BufReader::new(behind);
    loop {
        let (head, body) = message(&mut client)?;
        let told = if head.contains("GraniteServiceVersion20100801.GetMetricData") {
            let body = serde_json::from_slice(&body).expect("it is JSON");
            let told = answer(&body);
            asked.lock().expect("nobody panics").push((head.clone(), body));
            Some(told)
        } else if head.contains("Kinesis_20131202.") {
            *reads.lock().expect("nobody panics") += usize::from(head.contains(".GetRecords"));
            None
        } else {
            Some((400, json!({"__type": "UnknownOperationException"}).to_string()))
        };
        let bytes = match told {
            Some((status, body)) => {
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                    .into_bytes()
            }
            None => {
                behind.get_mut().write_all(&[head.as_bytes(), &body].concat()).ok()?;
                let (head, body) = message(&mut behind)?;
                [head.as_bytes(), &body].concat()
            }
        };
        client.get_mut().write_all(&bytes).ok()?;
    }
}

/// Of each metric 120 a minute, and an age of 1,500 milliseconds; the last minute is not known yet.
fn plenty(asked: &Value) -> (u16, String) {
    let end = asked["EndTime"].as_u64().expect("a time");
    let result = |query: &Value| {
        let value = if query["MetricStat"]["Stat"] == "Maximum" { 1_500.0 } else { 120.0 };
        let times = [end - 180, end - 120];
        json!({"Id": query["Id"], "Timestamps": times, "Values": [value, value]})
    };
    let queries = asked["MetricDataQueries"].as_array().expect("a list");
    let results: Vec<Value> = queries.iter().map(result).collect();
    (200, json!({"MetricDataResults": results}).to_string())
}

/// `orders` with two shards, some of whose metrics are switched on.
fn streams(metrics: &[&str]) -> Served {
    let served = Served::start(&[]);
    let who = Arc::new(Who::new(None, None, Box::new(|_| None)));
    let mut client = Client::new(Place::parse(&served.url).expect("it is one"), who);
    let mut ask = |action, body| client.ask(action, &body).expect("it is done");
    ask(Action::CreateStream, json!({"StreamName": "orders", "ShardCount": 2}));
    let is_active = |told: Value| told["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE";
    while !is_active(ask(Action::DescribeStreamSummary, json!({"StreamName": "orders"}))) {}
    if !metrics.is_empty() {
        let body = json!({"StreamName": "orders", "ShardLevelMetrics": metrics});
        ask(Action::EnableEnhancedMonitoring, body);
    }
    served
}

fn orders(picture: &Snapshot) -> Option<&StreamView> {
    picture.stream("orders")
}

#[test]
fn figures_of_cloudwatch_are_told_with_their_age_and_save_reading() {
    let served = streams(&["ALL"]);
    let fake = Fake::start(&served, plenty);
    let watched = fake.watched();
    let told = |stream: &StreamView| {
        stream.rates.in_records > 0.0 && stream.shards[1].rates().in_records > 0.0
    };
    let picture = watched.shows("figures", |picture| orders(picture).is_some_and(told));
    let stream = orders(&picture).expect("it is there");
    let asked = fake.asked.lock().expect("nobody panics");
    let [(head, body)] = &asked[..] else { panic!("asked once a minute: {asked:?}") };
    let end = body["EndTime"].as_u64().expect("a time");
    let source = Source::CloudWatch { until: Millis((end - 60) * 1_000) };
    assert_eq!((stream.source, stream.shards[1].source()), (source, Some(source)));
    let rates = stream.rates;
    assert_eq!([rates.in_records, rates.in_bytes, rates.out_records, rates.out_bytes], [2.0; 4]);
    assert_eq!([rates.write_throttled, rates.read_throttled], [2.0; 2]);
    assert_eq!(stream.iterator_age_ms, Some(1_500));
    let far = picture.far.as_ref().expect("it is elsewhere");
    assert_eq!(far.cloudwatch, CloudWatch::Asked { metrics: 21 });
    assert_eq!(*fake.reads.lock().expect("nobody panics"), 0, "there is nothing to read for");
    assert!(head.contains("/us-east-1/monitoring/aws4_request"), "{head}");
    assert!(head.contains("content-type: application/x-amz-json-1.0"), "{head}");
    assert_eq!(body["MetricDataQueries"].as_array().map(Vec::len), Some(21));
}

#[test]
fn shards_that_cloudwatch_does_not_know_are_sampled() {
    let served = streams(&[]);
    let fake = Fake::start(&served, plenty);
    let watched = fake.watched();
    let picture = watched.shows("both", |picture| {
        orders(picture).is_some_and(|stream| stream.shards.iter().all(|s| s.source().is_some()))
    });
    let stream = orders(&picture).expect("it is there");
    assert!(matches!(stream.source, Source::CloudWatch { .. }), "{stream:?}");
    assert!(stream.shards.iter().all(|shard| shard.source() == Some(Source::Sampled)));
}

#[test]
fn a_cloudwatch_that_does_not_answer_is_told_and_all_is_sampled() {
    let table: [(Answer, &str); 3] = [
        (
            |_| (400, json!({"__type": "x#AccessDeniedException", "message": "no"}).to_string()),
            "the right cloudwatch:GetMetricData is missing (no)",
        ),
        (
            |_| (400, json!({"__type": "ThrottlingException", "message": "later"}).to_string()),
            "ThrottlingException: later",
        ),
        (|_| (200, "<html>".to_owned()), "answers GetMetricData with no `MetricDataResults`"),
    ];
    let served = streams(&["ALL"]);
    for (answer, why) in table {
        let fake = Fake::start(&served, answer);
        let watched = fake.watched();
        let failing = |picture: &Snapshot| match picture.far.as_ref().map(|far| &far.cloudwatch) {
            Some(CloudWatch::Failing { why: told }) => told.contains(why),
            _ => false,
        };
        let picture = watched.shows(why, |picture| {
            let sampled = |stream: &StreamView| stream.shards[0].source() == Some(Source::Sampled);
            failing(picture) && has(picture, 2) && orders(picture).is_some_and(sampled)
        });
        assert_eq!(picture.far.as_ref().and_then(|far| far.trouble.clone()), None, "{why}");
        assert_eq!(fake.asked.lock().expect("nobody panics").len(), 1, "{why}: not at once again");
    }
}
