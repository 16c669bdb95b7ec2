//! `watershed bench transform`: records a second through the stages of a transform, on one core, beside
//! reading and writing the same records alone, and beside jaq's own program where there is one.
//!
//! jaq reads lines of a file and writes lines to nowhere; the time that it takes for no line is taken
//! off. What each stage puts out is counted and compared before a rate is told.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::bench::figure::{Better, Figure, number};
use crate::cli::bench::scratch::Scratch;
use crate::cli::bench::{BenchTask, Measured};
use crate::command::WorldCommand;
use crate::model::StreamName;
use crate::pipeline::settings::Stage;
use crate::pipeline::stage::{Outcome, Stages};

const RECORDS: usize = 1_000;
const RECORD_BYTES: usize = 1_024;
/// How often all records are gone through in a round.
const TIMES: usize = 20;
/// The best of so many rounds is told: what else runs makes a round slower, never faster.
const ROUNDS: usize = 7;
const PROGRAM: &str = "select(.amount > 100) | {user: .user.id, amount}";
const TARGET: f64 = 200_000.0;
/// How often the lines of all records stand in the file for jaq.
const JAQ_TIMES: usize = 50;

pub(super) fn run(task: &BenchTask) -> Measured {
    let records: Vec<String> = (0..RECORDS).map(record).collect();
    let kept = (0..RECORDS).filter(|n| amount(*n) >= 100).count();
    let jq = format!("\"jq:{PROGRAM}\"");
    let ours = staged(&jq, &records, kept)?;
    let mut figures = vec![Figure {
        name: "transform jq".to_owned(),
        value: ours,
        unit: "records/s",
        target: Some((Better::Higher, TARGET)),
        detail: format!("{PROGRAM} on JSON of {RECORD_BYTES} bytes, one core"),
    }];
    figures.push(told("jq .", staged("jq:.", &records, RECORDS)?, "reads and writes all of it"));
    figures.push(told("jq empty", staged("jq:empty", &records, 0)?, "reads it: the floor"));
    figures.push(told("floor read", read_alone(&records)?, "the reader of jaq's library alone"));
    figures.push(told("floor write", write_alone(&records)?, "its writer alone"));
    figures.extend(jaq(task, &records, kept, ours)?);
    let stages = [
        ("keep:/amount>100", kept),
        ("pick:/user,/amount", RECORDS),
        ("rename:amount:sum", RECORDS),
        ("rekey:/user/id", RECORDS),
    ];
    for (stage, kept) in stages {
        figures.push(told(stage, staged(stage, &records, kept)?, "the same records"));
    }
    for (stage, line) in LINES {
        let lines: Vec<String> = (0..RECORDS).map(|n| line.replace('%', &n.to_string())).collect();
        let detail = format!("lines of {} bytes", line.len());
        figures.push(told(stage, staged(stage, &lines, RECORDS)?, &detail));
    }
    Ok(figures)
}

/// Lines for the stages that parse some.
const LINES: [(&str, &str); 3] = [
    (
        "parse:combined",
        "192.0.2.7 - ann [10/Oct/2000:13:55:36 -0700] \"GET /item/% HTTP/1.1\" 200 2326 \
         \"https://example.com/start\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\"",
    ),
    ("parse:logfmt", "level=info user=user-% path=/checkout status=200 took=12 note=\"two words\""),
    ("parse:csv:user,path,status,took", "user-%,/checkout,200,12"),
];

const fn amount(n: usize) -> usize {
    n % 200
}

/// An order with a list, an object in it, and filler.
fn record(n: usize) -> String {
    let tags: Vec<String> = (0..12).map(|tag| format!("\"tag-{}\"", (n * 7 + tag) % 97)).collect();
    let mut record = format!(
        "{{\"time\":{},\"order\":{n},\"sku\":\"sku-{}\",\"amount\":{}.25,\"user\":{{\"id\":\"user-{}\",\
         \"country\":\"DE\",\"score\":{}}},\"tags\":[{}],\"note\":\"",
        1_795_665_759_994_u64 + n as u64,
        n % 400,
        amount(n),
        n % 1_000,
        n % 77,
        tags.join(",")
    );
    let left = (RECORD_BYTES - 2).saturating_sub(record.len());
    record.extend("lorem ipsum ".chars().cycle().take(left));
    record.push_str("\"}");
    record
}

fn told(name: &str, rate: f64, detail: &str) -> Figure {
    Figure {
        name: name.to_owned(),
        value: rate,
        unit: "records/s",
        target: None,
        detail: detail.to_owned(),
    }
}

/// The best rate of several rounds.
fn rate(
    records: &[String],
    mut work: impl FnMut(&str) -> Result<(), String>,
) -> Result<f64, String> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for record in (0..TIMES).flat_map(|_| records) {
            work(record)?;
        }
        best = best.min(began.elapsed());
    }
    Ok((records.len() * TIMES) as f64 / best.as_secs_f64())
}

/// The rate of one stage, which keeps so many of the records.
fn staged(stage: &str, records: &[String], kept: usize) -> Result<f64, String> {
    let mut stages = Stages::new(stages(stage)?, vec![stream()]);
    let mut out = 0;
    let measured = rate(records, |record| {
        out += match stages.run("key", record.as_bytes())? {
            Outcome::Keep { .. } => 1,
            Outcome::Many(made) => made.len(),
            Outcome::Drop => 0,
        };
        Ok(())
    })?;
    let wanted = kept * TIMES * ROUNDS;
    if out != wanted {
        return Err(format!("{stage} let {out} records through, not {wanted}"));
    }
    Ok(measured)
}

/// Stages as they are typed.
fn stages(stage: &str) -> Result<Vec<Stage>, String> {
    let line = format!("transform t a b {stage}");
    match line.parse().map_err(|why| format!("{line}: {why}"))? {
        crate::command::Command::World(WorldCommand::Transform(settings)) => Ok(settings.stages),
        _ => Err(format!("`{line}` is no transform")),
    }
}

fn stream() -> StreamName {
    StreamName::new("b").expect("invariant: a good name")
}

fn read_alone(records: &[String]) -> Result<f64, String> {
    rate(records, |record| {
        let value = jaq_json::read::parse_single(record.as_bytes());
        std::hint::black_box(value.map_err(|why| why.to_string())?);
        Ok(())
    })
}

fn write_alone(records: &[String]) -> Result<f64, String> {
    let mut values = Vec::new();
    for record in records {
        let value = jaq_json::read::parse_single(record.as_bytes());
        values.push(value.map_err(|why| why.to_string())?);
    }
    let mut next = values.iter().cycle();
    rate(records, |record| {
        let text = next.next().map(ToString::to_string).unwrap_or_default();
        if text.len() != record.len() {
            Err("what was written is of another length".into())
        } else {
            Ok(())
        }
    })
}

/// jaq's own program on the same records, if there is one: `--peer jaq=COMMAND`, or `jaq` in the path.
fn jaq(task: &BenchTask, records: &[String], kept: usize, ours: f64) -> Measured {
    let given = task.peers.iter().find_map(|peer| peer.strip_prefix("jaq="));
    let program = given.unwrap_or("jaq");
    let is_there = Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there && given.is_none() {
        return Ok(Vec::new());
    }
    let scratch = Scratch::new()?;
    let (lines, none) = (scratch.path().join("lines"), scratch.path().join("none"));
    let failed = |why: std::io::Error| why.to_string();
    let all: String = (0..JAQ_TIMES).flat_map(|_| records).flat_map(|r| [r, "\n"]).collect();
    fs::write(&lines, all).map_err(failed)?;
    fs::write(&none, "").map_err(failed)?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = jaq_once(program, &none, 0)?;
        best = best.min(jaq_once(program, &lines, kept * JAQ_TIMES)?.saturating_sub(start));
    }
    let theirs = (records.len() * JAQ_TIMES) as f64 / best.as_secs_f64();
    let detail = format!(
        "{program} on {} lines; {} of it ours",
        JAQ_TIMES * records.len(),
        number(ours / theirs)
    );
    Ok(vec![told("jaq", theirs, &detail)])
}

/// How long it takes for a file.
fn jaq_once(program: &str, file: &Path, wanted: usize) -> Result<Duration, String> {
    let began = Instant::now();
    let ran = Command::new(program).args(["-c", PROGRAM]).arg(file).output();
    let ran = ran.map_err(|why| format!("{program} cannot be started: {why}"))?;
    let took = began.elapsed();
    let lines = ran.stdout.iter().filter(|byte| **byte == b'\n').count();
    if !ran.status.success() || lines != wanted {
        return Err(format!("{program} wrote {lines} lines, not {wanted}: {}", ran.status));
    }
    Ok(took)
}
