//! The endpoint under load and kill -9, for real: `watershed serve` on a folder, connections that put, get and
//! list, an operator who splits and merges, kills in between. Each record that a client was told of is
//! read once afterwards, in the order of its key; the process stays small.
//!
//! A brief round has some connections; one that was asked for by time, and a campaign, have a thousand.

mod books;
mod connection;
mod server;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

use crate::course::Course;
use crate::real::Scratch;
use books::{Books, Writer};
use connection::{Connection, Failed};
use server::Server;

const STREAM: &str = "wire";
/// Shards at the beginning, and the most that there are open at once.
const SHARDS: (usize, usize) = (4, 24);
/// Kills before everything is read back and a new folder is taken.
const KILLS: u64 = 4;
/// Memory that the process may have at any time, KiB.
const RSS_KIB_MAX: u64 = 768 << 10;
/// How long a connection may wait for its first answer, beside whatever else the machine has to do.
const FIRST_ANSWER: Duration = Duration::from_secs(60);
/// What a thread of a connection needs.
const STACK_BYTES: usize = 192 << 10;

/// How much there is of everything.
struct Size {
    connections: u64,
    /// From one kill to the next at most, milliseconds.
    life_ms: u64,
}

/// What the connections of one life count together.
#[derive(Default)]
struct Counts {
    /// Connections that were answered.
    answered: AtomicU64,
    operations: AtomicU64,
    splits: AtomicU64,
    merges: AtomicU64,
    stopped: AtomicBool,
}

impl Counts {
    fn go_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn did(&self) {
        self.operations.fetch_add(1, Ordering::Relaxed);
    }
}

pub(crate) fn run(course: &mut Course) -> Result<(), String> {
    let size = match course.is_long() {
        true => Size { connections: 1_000, life_ms: 20_000 },
        false => Size { connections: 32, life_ms: 400 },
    };
    let (mut splits, mut merges, mut peak_kib, mut reads) = (0, 0, 0, 0);
    while let Some(seed) = course.next_seed() {
        let scratch = Scratch::new("wire")?;
        let mut chance = Pcg64Mcg::seed_from_u64(seed);
        let mut books = Books::new(size.connections);
        for life in 0..KILLS {
            if course.is_enough() {
                break;
            }
            let server = Server::start(scratch.path())?;
            let counts = Counts::default();
            let life_ms = chance.random_range(size.life_ms / 2..=size.life_ms);
            prepare(&server)?;
            let peak = live(&server, &mut books, &counts, Duration::from_millis(life_ms));
            peak_kib = peak_kib.max(peak.map_err(|why| format!("kill {life}: {why}"))?);
            let answered = counts.answered.into_inner();
            if answered < size.connections {
                return Err(format!("kill {life}: only {answered} connections were answered"));
            }
            course.tally.faults += 1;
            course.tally.operations += counts.operations.into_inner();
            splits += counts.splits.into_inner();
            merges += counts.merges.into_inner();
            course.cycle();
        }
        let server = Server::start(scratch.path())?;
        reads += books.check(&mut Connection::open(server.address())?)?;
        course.tally.acknowledged += books.acknowledged();
        peak_kib = peak_kib.max(server.peak_kib()?);
    }
    course.notes.push(format!(
        "{} connections; {splits} splits, {merges} merges; {reads} records read back; at most {} MiB resident",
        size.connections,
        peak_kib >> 10,
    ));
    match (course.tally.acknowledged, peak_kib) {
        (0, _) => Err("no process lived long enough to have a record acknowledged".to_owned()),
        (_, RSS_KIB_MAX..) => Err(format!("the process had {} MiB of memory", peak_kib >> 10)),
        _ => Ok(()),
    }
}

/// The stream is there, from the first life on.
fn prepare(server: &Server) -> Result<(), String> {
    let mut connection = Connection::open(server.address())?;
    let body = json!({"StreamName": STREAM, "ShardCount": SHARDS.0});
    match connection.ask("CreateStream", &body) {
        Ok(_) => {}
        Err(Failed::Refused(code)) if code == "ResourceInUseException" => {}
        Err(why) => return Err(format!("CreateStream: {why:?}")),
    }
    for _ in 0..1_000 {
        let told = connection.ask("DescribeStreamSummary", &json!({"StreamName": STREAM}));
        let told = told.map_err(|why| format!("DescribeStreamSummary: {why:?}"))?;
        if told["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE" {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err("the stream is not ACTIVE after ten seconds".to_owned())
}

/// Everybody at work, until the process is killed; answers the most memory that it had, KiB.
fn live(
    server: &Server,
    books: &mut Books,
    counts: &Counts,
    life: Duration,
) -> Result<u64, String> {
    let address = server.address();
    let all = books.writers().count() as u64;
    thread::scope(|scope| {
        for writer in books.writers() {
            let work = move || work(address, writer, counts);
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).map_err(|why| format!("no thread: {why}"))?;
        }
        scope.spawn(|| operate(address, counts));
        thread::sleep(life);
        // A machine that is busy with other things is no reason to kill before everybody had a turn.
        let begun = Instant::now();
        while counts.answered.load(Ordering::Relaxed) < all && begun.elapsed() < FIRST_ANSWER {
            thread::sleep(Duration::from_millis(10));
        }
        let peak = server.peak_kib();
        let killed = server.kill_now();
        counts.stopped.store(true, Ordering::Relaxed);
        killed.and(peak)
    })
}

/// One connection: mostly puts, some reads and lists, until nobody answers.
fn work(address: std::net::SocketAddr, writer: &mut Writer, counts: &Counts) {
    let mut chance = Pcg64Mcg::seed_from_u64(writer.seed());
    let Ok(mut connection) = Connection::open(address) else { return };
    let mut answers = 0;
    while counts.go_on() {
        let done = match chance.random_range(0..20) {
            0..=9 => writer.put_many(&mut connection, &mut chance),
            10..=15 => writer.put_one(&mut connection, &mut chance),
            16..=18 => look(&mut connection, &mut chance),
            _ => connection.ask("ListStreams", &json!({})).map(drop),
        };
        match done {
            Ok(()) | Err(Failed::Refused(_)) => counts.did(),
            Err(Failed::Broken) => return,
        }
        answers += 1;
        if answers == 1 {
            counts.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reads some records of some shard.
fn look(connection: &mut Connection, chance: &mut Pcg64Mcg) -> Result<(), Failed> {
    let shards = connection.ask("ListShards", &json!({"StreamName": STREAM}))?;
    let shards = shards["Shards"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(shard) = shards.get(chance.random_range(0..shards.len().max(1))) else {
        return Ok(());
    };
    let kind = if chance.random_range(0..2) == 0 { "LATEST" } else { "TRIM_HORIZON" };
    let asked =
        json!({"StreamName": STREAM, "ShardId": shard["ShardId"], "ShardIteratorType": kind});
    let told = connection.ask("GetShardIterator", &asked)?;
    let asked = json!({"ShardIterator": told["ShardIterator"], "Limit": 50});
    connection.ask("GetRecords", &asked).map(drop)
}

/// Splits and merges shards, as many of one as of the other.
fn operate(address: std::net::SocketAddr, counts: &Counts) {
    let Ok(mut connection) = Connection::open(address) else { return };
    let mut grows = true;
    while counts.go_on() {
        let filter = json!({"Type": "AT_LATEST"});
        let asked = json!({"StreamName": STREAM, "ShardFilter": filter});
        let Ok(told) = connection.ask("ListShards", &asked) else { return };
        let mut open: Vec<&Value> = told["Shards"].as_array().into_iter().flatten().collect();
        let key = |shard: &Value, name: &str| -> u128 {
            let text = shard["HashKeyRange"][name].as_str().unwrap_or_default();
            text.parse().unwrap_or_default()
        };
        open.sort_by_key(|shard| key(shard, "StartingHashKey"));
        grows = if grows { open.len() < SHARDS.1 } else { open.len() <= SHARDS.0 };
        let done = if grows {
            let width =
                |shard: &&&Value| key(shard, "EndingHashKey") - key(shard, "StartingHashKey");
            let Some(widest) = open.iter().max_by_key(width) else { return };
            let at = key(widest, "StartingHashKey") + width(&widest) / 2 + 1;
            let body = json!({
                "StreamName": STREAM, "ShardToSplit": widest["ShardId"],
                "NewStartingHashKey": at.to_string(),
            });
            connection.ask("SplitShard", &body).map(|_| &counts.splits)
        } else {
            let body = json!({
                "StreamName": STREAM, "ShardToMerge": open[0]["ShardId"],
                "AdjacentShardToMerge": open[1]["ShardId"],
            });
            connection.ask("MergeShards", &body).map(|_| &counts.merges)
        };
        match done {
            Ok(count) => drop(count.fetch_add(1, Ordering::Relaxed)),
            Err(Failed::Refused(_)) => {}
            Err(Failed::Broken) => return,
        }
        counts.did();
        thread::sleep(Duration::from_millis(20));
    }
}
