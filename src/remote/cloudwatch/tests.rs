use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::model::{ShardId, StreamName};

/// 2026-11-26 00:00:30: in the middle of a minute.
const NOW: Millis = Millis(1_795_651_230_000);

fn whose(shard: Option<u32>) -> Whose {
    let stream = StreamName::new("orders").expect("it is a name");
    Whose { stream, shard: shard.map(ShardId) }
}

/// Seconds since 1970 of so many whole minutes before the last whole one.
fn second(ago: u64) -> u64 {
    (NOW.0 / 60_000 - 1 - ago) * 60
}

#[test]
fn metrics_are_asked_by_the_names_and_dimensions_of_their_level() {
    let asked = [
        (whose(None), ShardMetric::OutgoingBytes),
        (whose(None), ShardMetric::IteratorAgeMilliseconds),
        (whose(Some(3)), ShardMetric::OutgoingBytes),
    ];
    let body = query::body(&asked, Minutes::new(NOW, SPAN_MS).span(), Some("t"));
    assert_eq!(
        (&body["StartTime"], &body["EndTime"]),
        (&json!(second(14)), &json!(second(0) + 60))
    );
    assert_eq!(body["NextToken"], "t");
    let stats = body["MetricDataQueries"].as_array().expect("a list");
    let of = |at: usize, name: &str| stats[at]["MetricStat"][name].clone();
    assert_eq!(of(0, "Metric")["MetricName"], "GetRecords.Bytes");
    assert_eq!(of(0, "Metric")["Dimensions"], json!([{"Name": "StreamName", "Value": "orders"}]));
    assert_eq!((of(0, "Stat"), of(0, "Period")), (json!("Sum"), json!(60)));
    assert_eq!(of(1, "Metric")["MetricName"], "GetRecords.IteratorAgeMilliseconds");
    assert_eq!(of(1, "Stat"), "Maximum");
    assert_eq!(of(2, "Metric")["MetricName"], "OutgoingBytes");
    let shard = json!({"Name": "ShardId", "Value": "shardId-000000000003"});
    assert_eq!(of(2, "Metric")["Dimensions"][1], shard);
    let ids: BTreeSet<&str> = stats.iter().filter_map(|stat| stat["Id"].as_str()).collect();
    assert_eq!(ids.len(), 3, "each has a name of its own");
}

/// Values of a metric by the seconds at which their minutes begin.
type Points<'a> = &'a [(u64, f64)];

/// What is made of an answer to a question for the bytes and the records of a stream.
fn read(told: &Value) -> Result<Vec<(Whose, History)>, String> {
    let asked =
        [(whose(None), ShardMetric::IncomingBytes), (whose(None), ShardMetric::IncomingRecords)];
    let mut minutes = Minutes::new(NOW, SPAN_MS);
    query::read(told, &asked, &mut minutes)?;
    Ok(minutes.histories())
}

fn result(id: &str, points: Points<'_>) -> Value {
    let (times, values): (Vec<u64>, Vec<f64>) = points.iter().copied().unzip();
    json!({"Id": id, "Timestamps": times, "Values": values, "StatusCode": "Complete"})
}

#[test]
fn the_newest_minute_is_told_of_which_every_metric_that_comes_is_known() {
    let bytes_of = |history: &History| {
        let all = history.before.iter().chain([&history.last]);
        all.map(|flow| flow.taken.bytes).collect::<Vec<f64>>()
    };
    let first = second(2);
    // Of the stream's bytes, of its records: the minutes that are told, and when the last of them began.
    let table: [(Points<'_>, Points<'_>, &[f64], u64); 6] = [
        (&[(first, 60.0)], &[], &[1.0], 2),
        (&[(first, 60.0), (second(0), 180.0)], &[], &[1.0, 0.0, 3.0], 0),
        // The other one is a minute late, and then so late that it has stopped.
        (&[(first, 60.0), (second(0), 120.0)], &[(second(1), 60.0)], &[1.0, 0.0], 1),
        (&[(second(0), 120.0)], &[(second(3), 60.0)], &[0.0, 0.0, 0.0, 2.0], 0),
        (&[(second(0), 120.0)], &[(second(2), 60.0)], &[0.0], 2),
        // Newest first, and what was not asked.
        (&[(second(0), 60.0), (second(1), 120.0), (second(99), 1.0)], &[], &[2.0, 1.0], 0),
    ];
    for (bytes, records, told, ago) in table {
        let answer = json!({"MetricDataResults": [result("m0", bytes), result("m1", records)]});
        let all = read(&answer).expect("it is one");
        let [(of, history)] = &all[..] else { panic!("{all:?}") };
        assert_eq!((of, bytes_of(history)), (&whose(None), told.to_vec()), "{bytes:?} {records:?}");
        assert_eq!(history.until, Millis((second(ago) + 60) * 1_000), "{bytes:?} {records:?}");
    }
    let nothing = json!({"MetricDataResults": [result("m0", &[]), {"Id": "m1"}]});
    assert_eq!(read(&nothing), Ok(Vec::new()), "of a stream that does nothing nothing is told");
}

#[test]
fn what_is_no_answer_is_told_in_words() {
    let one = |result: Value| json!({"MetricDataResults": [result]});
    for (answer, told) in [
        (Value::Null, "no `MetricDataResults`"),
        (json!({"MetricDataResults": {}}), "no `MetricDataResults`"),
        (one(json!(7)), "an `Id` that was not asked: null"),
        (one(json!({"Id": "m2"})), "an `Id` that was not asked: \"m2\""),
        (one(json!({"Id": "m0", "Values": "x"})), "`Values` that is no list: \"x\""),
        (one(json!({"Id": "m0", "Values": [1]})), "0 `Timestamps` for 1 `Values`"),
        (
            one(json!({"Id": "m0", "Timestamps": ["x"], "Values": [1]})),
            "a time that is none: \"x\"",
        ),
        (one(json!({"Id": "m0", "Timestamps": [-1], "Values": [1]})), "a time that is none: -1"),
        (
            one(json!({"Id": "m0", "Timestamps": [1e300], "Values": [1]})),
            "a time that is none: 1e+300",
        ),
        (one(json!({"Id": "m0", "Timestamps": [1], "Values": [-1]})), "a value that is no count"),
        (
            one(json!({"Id": "m0", "Timestamps": [1], "Values": ["NaN"]})),
            "a value that is no count",
        ),
    ] {
        assert_eq!(read(&answer), Err(told.to_owned()), "{answer}");
    }
}

#[test]
fn who_does_not_answer_is_asked_later_and_later() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let url = format!("http://{}", free.expect("a port is free"));
    let place = Place::parse(&url).expect("it is an endpoint");
    let who = Arc::new(Who::new(None, None, Box::new(|_| None)));
    let mut cloudwatch = CloudWatch::new(place, who, Duration::from_secs(5));
    let asked = [(whose(None), ShardMetric::IncomingBytes)];
    let mut calls = 0;
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(cloudwatch.every_ms() / 60_000);
        assert_eq!(cloudwatch.ask(NOW, &asked, || calls += 1), []);
        let snapshot::CloudWatch::Failing { why } = cloudwatch.state() else { panic!("it fails") };
        assert!(why.starts_with(&format!("`{url}` does not answer")), "{why}");
    }
    assert_eq!((calls, waits), (5, vec![1, 2, 4, 8, 10]));
}

#[test]
fn a_right_that_is_missing_is_called_by_its_name() {
    for (code, told) in [
        ("AccessDenied", "the right cloudwatch:GetMetricData is missing (no)"),
        ("AccessDeniedException", "the right cloudwatch:GetMetricData is missing (no)"),
        ("ThrottlingException", "ThrottlingException: no"),
    ] {
        let why = AskError::Refused { code: code.to_owned(), message: "no".to_owned() };
        assert_eq!(why_not(&why), told);
    }
}
