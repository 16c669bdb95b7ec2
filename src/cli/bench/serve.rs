//! `watershed bench serve`: the endpoint over HTTP, beside a server of the same library that only
//! reads the same bodies and sends as many bytes back, and beside other servers of streams.
//!
//! One client, of plain sockets, does the same work at each of them in turn, several times. What is
//! told are rates, the processor time of the server for each record, and ratios. Every answer is
//! looked at: a refused record is an error of the bench.

#![allow(clippy::disallowed_types, reason = "its client and its plain server own sockets")]

mod beside;
mod client;
mod hello;
mod rival;

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::bench::figure::{Better, Figure, number};
use crate::cli::bench::{BenchTask, Measured};
use client::{Asked, Load, Worked};
use rival::Rival;

pub(super) use beside::run as beside;
pub(super) use hello::hello;

const ROUNDS: usize = 3;
const SHARDS: u32 = 4;

/// One kind of work.
struct Cell {
    name: &'static str,
    connections: usize,
    /// Records of one request.
    records: usize,
    /// Bytes of the data of each.
    bytes: usize,
    /// What is wanted of the rate beside the plain server's.
    target: Option<f64>,
}

const PUTS: [Cell; 4] = [
    Cell { name: "500x100B/4", connections: 4, records: 500, bytes: 100, target: None },
    Cell { name: "100x1KiB/4", connections: 4, records: 100, bytes: 1_024, target: None },
    Cell { name: "1x100B/1", connections: 1, records: 1, bytes: 100, target: Some(0.70) },
    Cell { name: "1x100B/16", connections: 16, records: 1, bytes: 100, target: Some(0.70) },
];
const GET: Cell =
    Cell { name: "get1000x1KiB", connections: 4, records: 1_000, bytes: 1_024, target: Some(0.5) };

/// The kinds of work, by name.
pub(super) const WORKS: [&str; 5] =
    [PUTS[0].name, PUTS[1].name, PUTS[2].name, PUTS[3].name, GET.name];

/// Runs it.
pub(super) fn run(task: &BenchTask) -> Measured {
    let wanted = |cell: &&Cell| task.only.as_ref().is_none_or(|only| only == cell.name);
    let mut rivals = vec![Rival::ours("process")?, Rival::hello()?, Rival::ours("power")?];
    for peer in &task.peers {
        rivals.push(Rival::peer(peer)?);
    }
    let length = Duration::from_millis(task.serve_ms);
    let mut figures: Vec<Figure> = rivals.iter().map(ready).collect();
    for rival in rivals.iter().filter(|rival| !rival.is_hello()) {
        client::create(rival.address(), SHARDS)?;
    }
    for cell in PUTS.iter().filter(wanted) {
        let load = puts(cell);
        figures.extend(compare(cell, &rivals, length, |_| Ok(load.clone()))?);
    }
    if wanted(&&GET) {
        for rival in rivals.iter().filter(|rival| !rival.is_hello()) {
            client::fill(rival.address(), GET.records, GET.bytes)?;
        }
        figures.extend(compare(&GET, &rivals, length, |rival| gets(rival, &rivals[0]))?);
    }
    figures.extend(rivals.iter().map(memory));
    Ok(figures)
}

fn ready(rival: &Rival) -> Figure {
    Figure {
        name: "serve/ready".to_owned(),
        value: rival.ready_ms(),
        unit: "ms",
        target: rival.is_ours().then_some((Better::Lower, 50.0)),
        detail: format!("{}: from exec to the first answer", rival.name()),
    }
}

fn memory(rival: &Rival) -> Figure {
    Figure {
        name: "serve/memory".to_owned(),
        value: rival.memory_mib(),
        unit: "MiB",
        target: None,
        detail: format!(
            "{}: resident after all of it; {:.0} before",
            rival.name(),
            rival.idle_mib()
        ),
    }
}

/// The request of a cell that puts.
fn puts(cell: &Cell) -> Load {
    let data = client::base64(&vec![b'd'; cell.bytes]);
    let entry = |n: usize| json!({"Data": data, "PartitionKey": format!("key-{n}")});
    let (action, body) = match cell.records {
        1 => {
            let mut body = entry(7);
            body["StreamName"] = json!(client::STREAM);
            ("PutRecord", body)
        }
        count => {
            let records: Vec<Value> = (0..count).map(entry).collect();
            ("PutRecords", json!({"StreamName": client::STREAM, "Records": records}))
        }
    };
    // About what the answer has: the plain server sends as many.
    let answer_bytes = match cell.records {
        1 => 134,
        count => 60 + 110 * count,
    };
    Load::new(&Asked { action, body: &body.to_string(), answer_bytes })
}

/// The request of the cell that reads: from the beginning of the first shard that has records.
fn gets(rival: &Rival, ours: &Rival) -> Result<Load, String> {
    let of = if rival.is_hello() { ours } else { rival };
    let (iterator, answer_bytes) = client::iterator(of.address(), GET.records)?;
    let body = json!({"ShardIterator": iterator, "Limit": GET.records}).to_string();
    Ok(Load::new(&Asked { action: "GetRecords", body: &body, answer_bytes }))
}

/// Does the work of a cell at all servers in turn.
fn compare(
    cell: &Cell,
    rivals: &[Rival],
    length: Duration,
    load: impl Fn(&Rival) -> Result<Load, String>,
) -> Measured {
    let loads: Vec<Load> = rivals.iter().map(load).collect::<Result<_, _>>()?;
    let mut sums = vec![Worked::default(); rivals.len()];
    for _ in 0..ROUNDS {
        for ((rival, load), sum) in rivals.iter().zip(&loads).zip(&mut sums) {
            let before = rival.cpu();
            let worked = client::work(rival.address(), load, cell.connections, length)
                .map_err(|why| format!("{} {}: {why}", rival.name(), cell.name))?;
            sum.add(worked, rival.cpu().saturating_sub(before));
        }
    }
    let hello = rivals.iter().position(Rival::is_hello).expect("invariant: it is one of them");
    let base = sums[hello].rate();
    let told = rivals.iter().zip(&mut sums).map(|(rival, sum)| {
        let (rate, share) = (sum.rate(), sum.rate() / base);
        let records = cell.records as f64;
        Figure {
            name: format!("serve/{}", cell.name),
            value: rate * records,
            unit: "records/s",
            target: cell
                .target
                .filter(|_| rival.is_ours())
                .map(|share| (Better::Higher, share * base * records)),
            detail: format!(
                "{}: {share:.2} of hello, {} ns CPU a record, p50 {} us, p99 {} us",
                rival.name(),
                number(sum.cpu_ns() / records),
                sum.percentile(0.50),
                sum.percentile(0.99),
            ),
        }
    });
    Ok(told.collect())
}
