//! GetMetricData: what is asked, and what is answered.
//!
//! Source: the service model of CloudWatch, 2010-08-01, and the list of Kinesis' metrics in its guide.

use serde_json::{Value, json};

use crate::model::{Millis, ShardMetric};
use crate::remote::cloudwatch::minutes::{MINUTE_MS, Minutes};
use crate::remote::sight::Whose;

/// Words of somebody else that are shown, at most.
const TOLD_MAX: usize = 120;

/// A call for the minutes from one time to another.
pub(super) fn body(
    asked: &[(Whose, ShardMetric)],
    (from, until): (Millis, Millis),
    token: Option<&str>,
) -> Value {
    let queries: Vec<Value> = asked.iter().enumerate().map(query).collect();
    let mut body = json!({
        "MetricDataQueries": queries, "StartTime": from.0 / 1_000, "EndTime": until.0 / 1_000,
        "ScanBy": "TimestampAscending",
    });
    if let Some(token) = token {
        body["NextToken"] = json!(token);
    }
    body
}

fn query((at, (whose, metric)): (usize, &(Whose, ShardMetric))) -> Value {
    let dimension = |name: &str, value: String| json!({"Name": name, "Value": value});
    let mut dimensions = vec![dimension("StreamName", whose.stream.to_string())];
    dimensions.extend(whose.shard.map(|shard| dimension("ShardId", shard.to_string())));
    let name = if whose.shard.is_some() { metric.name() } else { of_stream(*metric) };
    let stat = match metric {
        ShardMetric::IteratorAgeMilliseconds => "Maximum",
        _ => "Sum",
    };
    json!({
        "Id": format!("m{at}"),
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Kinesis", "MetricName": name, "Dimensions": dimensions,
            },
            "Period": MINUTE_MS / 1_000, "Stat": stat,
        },
    })
}

/// What a metric is called at the level of streams.
const fn of_stream(metric: ShardMetric) -> &'static str {
    match metric {
        ShardMetric::IteratorAgeMilliseconds => "GetRecords.IteratorAgeMilliseconds",
        ShardMetric::OutgoingBytes => "GetRecords.Bytes",
        ShardMetric::OutgoingRecords => "GetRecords.Records",
        ShardMetric::IncomingBytes
        | ShardMetric::IncomingRecords
        | ShardMetric::ReadProvisionedThroughputExceeded
        | ShardMetric::WriteProvisionedThroughputExceeded => metric.name(),
    }
}

/// Reads a page of an answer; the token of the next one.
///
/// # Errors
/// What it has instead, in words. What was read before is kept.
pub(super) fn read(
    told: &Value,
    asked: &[(Whose, ShardMetric)],
    minutes: &mut Minutes,
) -> Result<Option<String>, String> {
    let results = told["MetricDataResults"].as_array().ok_or("no `MetricDataResults`")?;
    for result in results {
        let at = result["Id"].as_str().and_then(|id| id.strip_prefix('m')?.parse().ok());
        let asked = at.and_then(|at: usize| asked.get(at));
        let (whose, metric) =
            asked.ok_or_else(|| format!("an `Id` that was not asked: {}", shown(&result["Id"])))?;
        let list = |name: &str| match &result[name] {
            Value::Null => Ok(&[][..]),
            Value::Array(values) => Ok(values.as_slice()),
            other => Err(format!("`{name}` that is no list: {}", shown(other))),
        };
        let (times, values) = (list("Timestamps")?, list("Values")?);
        if times.len() != values.len() {
            return Err(format!("{} `Timestamps` for {} `Values`", times.len(), values.len()));
        }
        for (time, value) in times.iter().zip(values) {
            let second = time.as_f64().filter(|second| (0.0..1e11).contains(second));
            let second = second.ok_or_else(|| format!("a time that is none: {}", shown(time)))?;
            let value = value.as_f64().filter(|value| *value >= 0.0);
            let value = value.ok_or("a value that is no count")?;
            minutes.add(whose, *metric, Millis((second * 1_000.0) as u64), value);
        }
    }
    Ok(told["NextToken"].as_str().map(str::to_owned))
}

/// A value as it stands, as far as there is room.
fn shown(value: &Value) -> String {
    value.to_string().chars().take(TOLD_MAX).collect()
}
