//! The console's way to streams elsewhere, against servers that others wrote, as they are: `kinesis-local` and
//! `kinesalite` from npm, and moto's server from PyPI. `.ci/run` installs them into `target/clients`; what is
//! missing is told and passed over.
//!
//! Where they differ from the service, and so from `watershed serve`, stands in [`Other::differences`] and
//! nowhere else; what an operator is told then is the sentence beside it.

#![allow(clippy::disallowed_types, reason = "whether a server listens is seen from outside")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use watershed::command::{Browse, Terms};
use watershed::model::{Millis, ShardState, StreamName};
use watershed::server::Listener;
use watershed::snapshot::{Sight, Source};
use watershed::world::{Port, RecordsWatch, Watch};

use crate::remote::{Watched, has};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// How long one of them may take to start, with others at work on the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that somebody else wrote.
struct Other {
    name: &'static str,
    /// What is installed of it, below `target/clients`.
    file: &'static str,
    /// The command that starts it at a port, in the folder of `file`.
    command: fn(port: &str) -> Command,
    /// Lines of a command that it does not do, and what the operator is told.
    differences: &'static [(&'static str, &'static str)],
}

const OTHERS: [Other; 3] = [
    Other {
        name: "kinesis-local",
        file: "node_modules/kinesis-local/main.js",
        command: |port| {
            let mut command = Command::new("node");
            command.arg("main.js").env("KINESIS_MOCK_PLAIN_PORT", port);
            command.env("KINESIS_MOCK_TLS_PORT", "0").env("LOG_LEVEL", "ERROR");
            for what in ["CREATE_STREAM", "SPLIT_SHARD", "MERGE_SHARDS", "UPDATE_SHARD_COUNT"] {
                command.env(format!("{what}_DURATION"), "50ms");
            }
            command.env("DELETE_STREAM_DURATION", "50ms");
            command
        },
        differences: &[],
    },
    Other {
        name: "kinesalite",
        file: "node_modules/kinesalite/cli.js",
        command: |port| {
            let mut command = Command::new("node");
            command.args(["cli.js", "--port", port, "--createStreamMs", "50"]);
            command.args(["--updateStreamMs", "50", "--deleteStreamMs", "50"]);
            command
        },
        differences: &[(
            "scale orders 4",
            "UnknownOperationException: this endpoint does not know UpdateShardCount",
        )],
    },
    Other {
        name: "moto",
        file: "bin/moto_server",
        command: |port| {
            let mut command = Command::new("./moto_server");
            command.args(["-H", "127.0.0.1", "-p", port]);
            command
        },
        differences: &[],
    },
];

/// One that runs, until it is dropped.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    /// Starts it; `None` when it is not installed, which is said.
    fn start(other: &Other) -> Option<Self> {
        let file: PathBuf = Path::new(ROOT).join("target/clients").join(other.file);
        if !file.exists() {
            eprintln!("{} is missing, so nothing is tested: `.ci/run` installs it", other.name);
            return None;
        }
        let any = "127.0.0.1:0".parse().expect("it is an address");
        let free = Listener::bind(any).expect("a port is free");
        let address = free.address().expect("it has one");
        drop(free);
        let mut command = (other.command)(&address.port().to_string());
        command.current_dir(file.parent().expect("it is in a folder"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("what is installed starts");
        let mut running = Self { child, url: format!("http://{address}") };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = running.child.try_wait().expect("it can be asked");
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "{}: {ended:?}", other.name);
            sleep(Duration::from_millis(50));
        }
        Some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which whoever asked it has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does what an operator does with streams, one thing after the other.
fn works(other: &Other) {
    let Some(running) = Running::start(other) else { return };
    let watched = Watched::of(&running.url);
    let name = other.name;
    // `false` where it is known not to be done, as long as the operator is told so.
    let runs = |line: &str| match other.differences.iter().find(|(known, _)| *known == line) {
        None => {
            watched.run(line).unwrap_or_else(|why| panic!("{name}: {line}: {why}"));
            true
        }
        Some((_, told)) => {
            let why = watched.run(line).expect_err(line).to_string();
            assert_eq!(why, *told, "{name}: {line}");
            false
        }
    };
    let orders = StreamName::new("orders").expect("it is a name");
    assert!(runs("create orders --shards 2"));
    watched.shows("the stream", |picture| has(picture, 2));
    let records = Some(RecordsWatch { browse: Browse::newest(orders), terms: Terms::default() });
    watched.far.watch(Watch { records, ..Watch::default() });
    watched.shows("a record", |picture| {
        runs("put orders key hello");
        picture.tail.records.iter().any(|record| record.data == b"hello")
    });
    assert!(runs("split orders 0"));
    let picture = watched.shows("the split", |picture| has(picture, 3));
    assert_eq!(picture.far.as_ref().map(|far| far.sight), Some(Sight::Sampled), "{name}");
    let shards = &picture.stream("orders").expect("it is there").shards;
    assert_eq!(shards[0].state, ShardState::Closed, "{name}");
    assert_eq!(shards[2].lineage.parent, Some(shards[0].id), "{name}");
    assert!(runs("merge orders 2 3"));
    watched.shows("the merge", |picture| has(picture, 2));
    if runs("scale orders 4") {
        watched.shows("the scaling", |picture| has(picture, 4));
    }
    assert!(runs("retention orders 48"));
    assert!(runs("delete orders"));
    watched.shows("that it is gone", |picture| picture.streams.is_empty());
}

/// Asks without any haste: a server that loads a service when it is first asked may take its time.
fn post(url: &str, service: &str, target: &str, body: &str) {
    let address = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).expect("it listens");
    let head = format!(
        "POST / HTTP/1.0\r\nx-amz-target: {target}\r\ncontent-type: application/x-amz-json-1.1\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
    let mut told = String::new();
    socket.read_to_string(&mut told).expect("it answers");
    assert!(told.contains(" 200 "), "{told}");
}

/// Moto's server measures nothing by itself: what CloudWatch is to tell is put into it.
#[test]
fn the_console_shows_figures_of_motos_cloudwatch() {
    let Some(running) = Running::start(&OTHERS[2]) else { return };
    let create = r#"{"StreamName": "orders", "ShardCount": 1}"#;
    post(&running.url, "kinesis", "Kinesis_20131202.CreateStream", create);
    let minute = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs() / 60;
    let at = (minute - 2) * 60;
    let body = format!(
        r#"{{"Namespace": "AWS/Kinesis", "MetricData": [{{
            "MetricName": "IncomingRecords", "Timestamp": {at}, "Value": 600,
            "Dimensions": [{{"Name": "StreamName", "Value": "orders"}}]}}]}}"#
    );
    post(&running.url, "monitoring", "GraniteServiceVersion20100801.PutMetricData", &body);
    let watched = Watched::measured(&running.url, Some(running.url.clone()));
    let picture = watched.shows("what was put", |picture| {
        picture.stream("orders").is_some_and(|stream| stream.rates.in_records == 10.0)
    });
    let source = picture.stream("orders").map(|stream| stream.source);
    let until = Millis((at + 60) * 1_000);
    assert_eq!(source, Some(Source::CloudWatch { until }));
}

#[test]
fn the_console_works_on_kinesis_local() {
    works(&OTHERS[0]);
}

#[test]
fn the_console_works_on_kinesalite() {
    works(&OTHERS[1]);
}

#[test]
fn the_console_works_on_motos_server() {
    works(&OTHERS[2]);
}
