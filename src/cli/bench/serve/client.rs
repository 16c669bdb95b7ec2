//! A client of plain sockets: requests are written beforehand, answers are read and looked at.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64_simd::STANDARD;
use serde_json::{Value, json};

pub(super) const STREAM: &str = "bench";

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) body: &'a str,
    /// Bytes of the answer, for the server that only sends bytes.
    pub(super) answer_bytes: usize,
}

/// A request as it is sent.
#[derive(Clone)]
pub(super) struct Load(Arc<[u8]>);

impl Load {
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        let Asked { action, body, answer_bytes } = asked;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Answer-Bytes: {answer_bytes}\r\nX-Amz-Target: \
             Kinesis_20131202.{action}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Date: \
             20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=bench/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, \
             Signature=0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self(head.into_bytes().into())
    }
}

/// What was done in some time.
#[derive(Clone, Debug, Default)]
pub(super) struct Worked {
    requests: u64,
    time: Duration,
    cpu: Duration,
    micros: Vec<u32>,
}

impl Worked {
    pub(super) fn add(&mut self, more: Self, cpu: Duration) {
        self.requests += more.requests;
        self.time += more.time;
        self.cpu += cpu;
        self.micros.extend(more.micros);
    }

    /// Requests a second.
    pub(super) fn rate(&self) -> f64 {
        self.requests as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// Processor time of a request.
    pub(super) fn cpu_ns(&self) -> f64 {
        self.cpu.as_nanos() as f64 / self.requests.max(1) as f64
    }

    pub(super) fn percentile(&mut self, share: f64) -> u32 {
        self.micros.sort_unstable();
        let at = (self.micros.len() as f64 * share) as usize;
        self.micros.get(at.min(self.micros.len().saturating_sub(1))).copied().unwrap_or(0)
    }
}

type Connection = BufReader<TcpStream>;

/// The head of an answer, as far as it matters.
struct Answered {
    status: u16,
    /// Does the server end the connection behind it?
    closes: bool,
}

fn connect(address: SocketAddr) -> Result<Connection, String> {
    let failed = |why: std::io::Error| why.to_string();
    let socket = TcpStream::connect(address).map_err(failed)?;
    socket.set_nodelay(true).map_err(failed)?;
    socket.set_read_timeout(Some(Duration::from_secs(60))).map_err(failed)?;
    Ok(BufReader::with_capacity(256 * 1_024, socket))
}

/// Sends a request and reads the answer, whose body is left in `body`.
fn ask(connection: &mut Connection, load: &Load, body: &mut Vec<u8>) -> Result<Answered, String> {
    let failed = |why: std::io::Error| why.to_string();
    connection.get_mut().write_all(&load.0).map_err(failed)?;
    let mut line = String::new();
    connection.read_line(&mut line).map_err(failed)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let (mut length, mut closes) = (0, false);
    loop {
        line.clear();
        connection.read_line(&mut line).map_err(failed)?;
        if line.trim().is_empty() {
            break;
        }
        let value = line.get(..15).filter(|name| name.eq_ignore_ascii_case("content-length:"));
        if value.is_some() {
            length = line[15..].trim().parse().map_err(|_| "no length".to_owned())?;
        }
        closes |= line.trim_end().eq_ignore_ascii_case("connection: close");
    }
    body.resize(length, 0);
    connection.read_exact(body).map_err(failed)?;
    Ok(Answered { status, closes })
}

/// Asks the same again and again, one request at a time on each connection.
pub(super) fn work(
    address: SocketAddr,
    load: &Load,
    connections: usize,
    length: Duration,
) -> Result<Worked, String> {
    let began = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let load = load.clone();
            thread::spawn(move || -> Result<Vec<u32>, String> {
                let (mut connection, mut body) = (connect(address)?, Vec::new());
                let mut micros = Vec::new();
                while began.elapsed() < length {
                    let asked = Instant::now();
                    let Answered { status, closes } = ask(&mut connection, &load, &mut body)?;
                    micros.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
                    // Some tell of each record that is taken an error of null.
                    let refused = [&b"\"ErrorCode\":\""[..], b"\"ErrorCode\": \""]
                        .iter()
                        .any(|told| memchr::memmem::find(&body, told).is_some());
                    if status != 200 || refused {
                        let told =
                            String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
                        return Err(format!("it answered {status}: {told}"));
                    }
                    if closes {
                        connection = connect(address)?;
                    }
                }
                Ok(micros)
            })
        })
        .collect();
    let mut worked = Worked::default();
    for thread in threads {
        let micros = thread.join().map_err(|_| "a client panicked".to_owned())??;
        worked.requests += micros.len() as u64;
        worked.micros.extend(micros);
    }
    worked.time = began.elapsed();
    Ok(worked)
}

/// One question, whose answer is JSON.
fn told(address: SocketAddr, action: &str, body: &Value) -> Result<(u16, Value, usize), String> {
    let (mut connection, mut bytes) = (connect(address)?, Vec::new());
    let load = Load::new(&Asked { action, body: &body.to_string(), answer_bytes: 0 });
    let status = ask(&mut connection, &load, &mut bytes)?.status;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null), bytes.len()))
}

/// Does it answer?
pub(super) fn answers(address: SocketAddr) -> bool {
    told(address, "ListStreams", &json!({})).is_ok_and(|(status, ..)| status == 200)
}

/// Makes the stream, and waits until it is there.
pub(super) fn create(address: SocketAddr, shards: u32) -> Result<(), String> {
    told(address, "CreateStream", &json!({"StreamName": STREAM, "ShardCount": shards}))?;
    for _ in 0..600 {
        let (_, answer, _) = told(address, "DescribeStream", &json!({"StreamName": STREAM}))?;
        if answer["StreamDescription"]["StreamStatus"] == "ACTIVE" {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err("its stream does not become active".to_owned())
}

/// Puts so many records into the first shard.
pub(super) fn fill(address: SocketAddr, records: usize, bytes: usize) -> Result<(), String> {
    let data = base64(&vec![b'r'; bytes]);
    let entry = json!({"Data": data, "PartitionKey": "r", "ExplicitHashKey": "0"});
    for _ in 0..records.div_ceil(100) {
        let body = json!({"StreamName": STREAM, "Records": vec![&entry; 100]});
        let (status, answer, _) = told(address, "PutRecords", &body)?;
        if status != 200 || answer["FailedRecordCount"] != 0 {
            return Err(format!("it took not all records: {status}"));
        }
    }
    Ok(())
}

/// An iterator of the first shard behind which so many records stand, and the bytes of the answer.
pub(super) fn iterator(address: SocketAddr, records: usize) -> Result<(String, usize), String> {
    let mut asked = json!({"StreamName": STREAM, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    loop {
        let (_, answer, _) = told(address, "GetShardIterator", &asked)?;
        let iterator = answer["ShardIterator"].as_str().ok_or("it gives no iterator")?.to_owned();
        let body = json!({"ShardIterator": iterator, "Limit": records});
        let (_, answer, bytes) = told(address, "GetRecords", &body)?;
        let found = answer["Records"].as_array().map_or(&[][..], Vec::as_slice);
        if found.len() == records && found[0]["PartitionKey"] == "r" {
            return Ok((iterator, bytes));
        }
        let last = found.iter().rev().find(|record| record["PartitionKey"] != "r");
        let last = last.ok_or("its records end before they begin")?;
        asked["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
        asked["StartingSequenceNumber"] = last["SequenceNumber"].clone();
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}
