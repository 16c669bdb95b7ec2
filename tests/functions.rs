//! Functions that run: processes behind the Runtime API, good and wrong ones, and endpoints.
//!
//! What a test needs beyond this package is looked for and, where it is missing, said to be: `python3`
//! for functions that speak the API by themselves, and Lambda's own runtime clients: `awslambdaric`
//! (`.ci/run` installs it below `target/python`), npm's and the crate's (`tests/lambda/node`,
//! `tests/lambda/build`).

#![allow(clippy::disallowed_types, reason = "an endpoint has a socket")]

mod sessions;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use watershed::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation};
use watershed::command::Command;
use watershed::lambda::Lambda;
use watershed::live::{Live, LiveClock, LiveOutside};
use watershed::model::{Millis, ShardId, StreamName};
use watershed::snapshot::{MappingView, Snapshot};
use watershed::world::{Port, Service, World, WorldOptions};

/// Longer than anything here takes on a loaded machine; what does not come by then never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// A function that speaks the API by itself, in as many ways as its argument says.
const SCRIPT: &str = r#"
import base64, http.client, json, os, sys, time
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
how = sys.argv[1]
api = http.client.HTTPConnection(host, int(port))
def call(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/" + path, body)
    answer = api.getresponse()
    return answer, answer.read()
if how == "init":
    call("POST", "init/error", json.dumps({"errorType": "NoGood", "errorMessage": "no config"}))
    sys.exit(1)
if how == "exits": sys.exit(3)
if how == "silent": time.sleep(1000)
while True:
    answer, event = call("GET", "invocation/next")
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    def respond(body): return call("POST", "invocation/%s/response" % id, body)[0].status
    if how == "hangs": time.sleep(1000)
    elif how == "floods":
        while True: print("x" * 1000)
    elif how == "huge": print("answered with", respond("[" + "1," * 5000000 + "1]"))
    elif how == "text": respond("this is no JSON")
    elif how == "dies": os._exit(7)
    elif how == "forks":
        if os.fork() == 0: time.sleep(1000)
        time.sleep(1000)
    elif how == "eats":
        kept = b"x" * (400 * 1024 * 1024)
        time.sleep(1000)
    elif how == "raises":
        call("POST", "invocation/%s/error" % id, json.dumps({"errorType": "Sad", "errorMessage": "no"}))
    elif how == "twice": print("second answer:", respond("{}"), respond("{}"))
    elif how == "environment":
        told = json.dumps({"names": sorted(os.environ), "folder": os.getcwd()}).encode()
        told = base64.b64encode(told).decode()
        ids = [one["recordId"] for one in json.loads(event)["records"]]
        out = [{"recordId": one, "result": "Ok", "data": told} for one in ids]
        respond(json.dumps({"records": out}))
    elif how == "transforms":
        out = []
        for one in json.loads(event)["records"]:
            data = json.loads(base64.b64decode(one["data"]))
            key = one["kinesisRecordMetadata"]["partitionKey"]
            new = base64.b64encode(json.dumps([key, data]).encode()).decode()
            out.append({"recordId": one["recordId"], "result": data["result"], "data": new})
        respond(json.dumps({"records": out}))
    else: respond("{}")
"#;

fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python3");
    [own, PathBuf::from("python3")].into_iter().find_map(|program| itself(&program))
}

/// The interpreter, and not a script that chooses one: that would set variables of its own.
fn itself(program: &Path) -> Option<PathBuf> {
    let told = Process::new(program).args(["-c", "import sys; print(sys.executable)"]).output();
    let told = told.ok().filter(|told| told.status.success())?;
    Some(String::from_utf8(told.stdout).ok()?.trim().into())
}

/// The functions of `tests/lambda`, on AWS's own client for Rust: a command that wants a name.
fn rust() -> Option<String> {
    let built = "target/lambda/debug/watershed-lambda";
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(built);
    if !built.exists() {
        eprintln!("passed over: functions in Rust are not built: tests/lambda/build");
        return None;
    }
    Some(built.display().to_string())
}

fn can_import(python: &Path, module: &str) -> bool {
    let import = format!("import {module}");
    let tried = Process::new(python).args(["-c", &import]).output();
    tried.is_ok_and(|out| out.status.success())
}

/// A live world with one stream, and a folder of its own.
struct Stage {
    live: Option<Live>,
    lambda: Option<Lambda>,
    pictures: Receiver<()>,
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("watershed-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("script.py"), SCRIPT).expect("a file");
        let lambda = Lambda::start().expect("a thread");
        let mut clock = LiveClock::start(Millis::ZERO);
        let options = WorldOptions {
            seed: 7,
            engine: World::engine_in_memory(),
            outside: Box::new(LiveOutside::with_functions(lambda.runner())),
            title: "t".to_owned(),
        };
        let world = World::new(clock.now(), options);
        let live = Live::start(world, clock, None);
        lambda.on_outcome(live.outcomes());
        let (send, pictures) = channel();
        live.on_picture(Box::new(move || _ = send.send(())));
        let stage = Self { live: Some(live), lambda: Some(lambda), pictures, folder };
        for stream in ["orders", "failures"] {
            stage.run(&format!("create {stream} --shards 1 --level memory"));
            stage.wait("active", |picture| {
                let stream = picture.stream(stream).expect("it was created");
                stream.status.word() == "ACTIVE"
            });
        }
        stage
    }

    fn live(&self) -> &Live {
        self.live.as_ref().expect("it is there until the end")
    }

    fn run(&self, line: &str) {
        match line.parse() {
            Ok(Command::World(command)) => {
                self.live().run(&command).unwrap_or_else(|why| panic!("{line}: {why}"));
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    /// The record at a position: its key and its data.
    fn record(&self, stream: &str, shard: ShardId, at: IteratorType) -> (String, Value) {
        let ask = |operation| self.live().handle(&operation).expect("it is answered");
        let stream = StreamName::new(stream).expect("a good name");
        let asked = GetShardIterator { stream, shard, position: at.into() };
        let Answer::Iterator(iterator) = ask(Operation::GetShardIterator(asked)) else {
            panic!("an iterator was asked for");
        };
        let read = Operation::GetRecords(GetRecords { iterator, limit: 1 });
        let Answer::Records(page) = ask(read) else { panic!("records were asked for") };
        let found = page.records.iter().next().expect("there is one");
        (found.partition_key.to_owned(), serde_json::from_slice(found.data).expect("JSON"))
    }

    /// Waits for a picture that is so.
    fn wait(&self, what: &str, holds: impl Fn(&Snapshot) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let picture = self.live().snapshot();
            if holds(&picture) {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.pictures.recv_timeout(left).is_err() {
                let told: Vec<_> = picture.mappings.iter().map(told).collect();
                panic!("{what} did not come; {told:#?}");
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.lambda.take());
        if let Some(live) = self.live.take() {
            live.stop();
        }
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn mapping<'a>(picture: &'a Snapshot, name: &str) -> &'a MappingView {
    let mut mappings = picture.mappings.iter();
    mappings.find(|mapping| mapping.name.as_str() == name).expect("it was attached")
}

fn told(mapping: &MappingView) -> (String, String, u64) {
    (mapping.name.to_string(), mapping.last_result.clone(), mapping.tally.done_records)
}

/// Records in, records out, as with a delivery stream: a process decides of each.
#[test]
fn a_process_is_a_stage_of_a_transform() {
    let Some(python) = python() else {
        return eprintln!("skipped: python3 is missing");
    };
    let stage = Stage::new("transforms");
    let command =
        format!("{} {} transforms", python.display(), stage.folder.join("script.py").display());
    stage.run(&format!("function decide process \"{command}\" --timeout-s 100"));
    stage.run("create clean --shards 1 --level memory");
    stage.run("transform t orders clean function:decide --errors failures");
    for result in ["Ok", "Dropped", "ProcessingFailed", "Ok", "Odd"] {
        stage.run(&format!("put orders k {{\"result\":\"{result}\"}}"));
    }
    stage.wait("five records", |picture| {
        let tally = picture.transforms[0].tally;
        (tally.out_records, tally.dropped_records, tally.failed_records) == (2, 1, 2)
    });
    stage.wait("the failures", |picture| {
        picture.transforms[0].errors.as_ref().is_some_and(|errors| errors.records == 2)
    });
}

/// Nothing of this process's own environment is in it: no key, no home.
#[test]
fn a_process_has_the_environment_of_lambda_and_what_it_is_given() {
    let Some(python) = python() else {
        return eprintln!("skipped: python3 is missing");
    };
    let stage = Stage::new("environment");
    let folder = stage.folder.display();
    stage.run(&format!(
        "function tells process \"{} {folder}/script.py environment\" --timeout-s 100 \
         --handler app.handler --dir {folder} --env MINE=1",
        python.display()
    ));
    stage.run("create told --shards 1 --level memory");
    stage.run("transform t orders told function:tells");
    stage.run("put orders k {}");
    stage.wait("the answer", |picture| picture.transforms[0].tally.out_records == 1);
    let (_, told) = stage.record("told", ShardId(0), IteratorType::TrimHorizon);
    let names = told["names"].as_array().expect("a list").iter().filter_map(Value::as_str);
    // What Python sets by itself where the language is not installed.
    let names: Vec<&str> = names.filter(|name| *name != "LC_CTYPE").collect();
    let lambda = [
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "MINE",
        "PATH",
        "TZ",
        "_HANDLER",
    ];
    assert_eq!(names, lambda);
    let runs_in = fs::canonicalize(&stage.folder).expect("it is there");
    assert_eq!(told["folder"].as_str(), runs_in.to_str());
}

/// What an operator sees of functions that are wrong, each in its way; beside them a good one works.
#[test]
fn wrong_functions_are_told_and_harm_nobody() {
    let Some(python) = python() else {
        return eprintln!("skipped: python3 is missing");
    };
    let stage = Stage::new("wrong");
    let script = stage.folder.join("script.py");
    let run = |how: &str| format!("{} {} {how}", python.display(), script.display());
    let rows = [
        ("nowhere", "/nowhere/at/all".to_owned(), "`/nowhere/at/all` cannot be started"),
        ("noprogram", script.display().to_string(), "cannot be started: Permission denied"),
        ("silent", run("silent"), "did not ask for work within 10 seconds"),
        ("exits", run("exits"), "ended before it asked for work: exit status: 3"),
        ("init", run("init"), "init failed: NoGood: no config"),
        ("hangs", run("hangs"), "Task timed out after 2.00 seconds"),
        ("floods", run("floods"), "Task timed out after 2.00 seconds"),
        ("forks", run("forks"), "Task timed out after 2.00 seconds"),
        ("huge", run("huge"), "Function.ResponseSizeTooLarge"),
        ("text", run("text"), "the answer of the function is not JSON"),
        (
            "dies",
            run("dies"),
            "Runtime.ExitError: the process ended while it worked: exit status: 7",
        ),
        ("eats", run("eats"), "Runtime.OutOfMemory"),
        ("raises", run("raises"), "Sad: no"),
    ];
    // Those that end by themselves have all the time that a loaded machine may need.
    let slow = ["hangs", "floods", "forks"];
    for (name, command, _) in &rows {
        let timeout_s = if slow.contains(name) { 2 } else { 100 };
        stage.run(&format!("function {name} process \"{command}\" --timeout-s {timeout_s}"));
        stage.run(&format!("attach {name} orders --name m-{name} --partial on"));
    }
    stage.run(&format!("function good process \"{}\" --timeout-s 30", run("good")));
    stage.run("attach good orders --name m-good --partial on");
    stage.run("put orders k {\"a\":1}");
    for (name, _, says) in &rows {
        stage.wait(says, |picture| {
            mapping(picture, &format!("m-{name}")).last_result.contains(says)
        });
    }
    stage.wait("the good one", |picture| mapping(picture, "m-good").tally.done_records == 1);
    // What they started is gone with them.
    let marker = script.display().to_string();
    drop(stage);
    let (_open, pause) = channel::<()>();
    let end = Instant::now() + PATIENCE;
    while !processes_with(&marker).is_empty() {
        assert!(Instant::now() < end, "{:?} are left", processes_with(&marker));
        // A killed process takes a moment to go; nobody tells when.
        let _ = pause.recv_timeout(Duration::from_millis(20));
    }
}

/// Processes whose command line mentions this, where the system tells it.
fn processes_with(marker: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let alive = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains(marker).then_some(id)
    };
    entries.flatten().filter_map(alive).collect()
}

#[test]
fn a_process_is_reused_and_another_is_started_where_one_is_not_enough() {
    let Some(python) = python() else {
        return eprintln!("skipped: python3 is missing");
    };
    let stage = Stage::new("reused");
    let script = stage.folder.join("script.py");
    stage.run(&format!(
        "function f process \"{} {} good\" --timeout-s 60",
        python.display(),
        script.display()
    ));
    stage.run("attach f orders --name m --batch 1");
    for n in 0..30 {
        stage.run(&format!("put orders k{n} {{\"a\":{n}}}"));
    }
    stage.wait("thirty records", |picture| mapping(picture, "m").tally.done_records == 30);
    let picture = stage.live().snapshot();
    let function = picture.function("f").expect("it was made");
    assert_eq!((function.tally.invocations, function.tally.cold_starts), (30, 1));
    // What was measured is what virtual time goes by.
    let session = stage.live().session();
    assert!(session.functions[0].cold_start_ms > 0.0, "{:?}", session.functions[0]);
}

#[test]
fn an_endpoint_is_posted_the_event() {
    let Some(python) = python() else {
        return eprintln!("skipped: python3 is missing");
    };
    let stage = Stage::new("endpoint");
    let server = "import http.server,json,sys\n\
         class H(http.server.BaseHTTPRequestHandler):\n\
         \x20   def do_POST(self):\n\
         \x20       e = json.loads(self.rfile.read(int(self.headers['Content-Length'])))\n\
         \x20       bad = [r for r in e['Records'] if r['kinesis']['partitionKey'] == 'bad']\n\
         \x20       self.send_response(500 if bad else 200); self.end_headers(); self.wfile.write(b'{}')\n\
         s = http.server.HTTPServer(('127.0.0.1', 0), H)\n\
         print(s.server_port, flush=True); s.serve_forever()\n";
    let mut child = Process::new(&python)
        .args(["-c", server])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("python3 was there");
    let mut port = String::new();
    let out = child.stdout.take().expect("it is a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut port).expect("a line");
    stage.run(&format!("function f http http://127.0.0.1:{}/f --timeout-s 60", port.trim()));
    stage.run("function g http http://127.0.0.1:1/");
    stage.run("attach f orders --name m --batch 1 --retries 0");
    stage.run("attach g orders --name unreachable");
    stage.run("put orders k {}");
    stage.run("put orders bad {}");
    stage.wait("one of two", |picture| {
        let tally = mapping(picture, "m").tally;
        (tally.done_records, tally.discarded_records) == (1, 1)
    });
    let said = "http://127.0.0.1:1/ cannot be reached";
    stage.wait(said, |picture| mapping(picture, "unreachable").last_result.contains(said));
    drop((child.kill(), child.wait()));
}

/// An endpoint that is not up to its first request, and takes what comes then.
#[test]
fn what_a_mapping_gives_up_is_posted_to_an_endpoint_until_it_takes_it() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/failures", listener.local_addr().expect("it is bound"));
    let (send, posted) = channel();
    let serve = std::thread::spawn(move || {
        for status in ["503 Service Unavailable", "200 OK"] {
            let (mut socket, _) = listener.accept().expect("somebody posts");
            let mut reader = BufReader::new(socket.try_clone().expect("a handle"));
            let (mut head, mut length) = (String::new(), 0);
            while head.lines().last() != Some("") {
                reader.read_line(&mut head).expect("a line");
                let last = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                if let Some(text) = last.strip_prefix("content-length: ") {
                    length = text.parse().expect("a number");
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("the body");
            send.send((head, body)).expect("the test waits");
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            socket.write_all(answer.as_bytes()).expect("it listens");
        }
    });
    let stage = Stage::new("posts");
    stage.run("function f simulated --error-rate 1 --base-ms 1");
    stage.run(&format!("attach f orders --name m --retries 0 --on-failure {url}"));
    stage.run("put orders k {}");
    stage.wait("it was posted twice", |picture| {
        let tally = mapping(picture, "m").tally;
        (tally.delivered_records, tally.delivery_failures) == (1, 1)
    });
    serve.join().expect("it was asked twice");
    let (first, second) = (posted.recv().expect("one"), posted.recv().expect("two"));
    assert!(first.0.starts_with("POST /failures HTTP/1.1"), "{}", first.0);
    assert_eq!(first.1, second.1, "the same document again");
    let document: Value = serde_json::from_slice(&second.1).expect("JSON");
    assert_eq!(document["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
}

/// AWS's own client for Rust, and a function that names the records that it cannot digest: each batch
/// goes on behind them.
#[test]
fn a_function_in_rust_names_what_it_cannot_digest() {
    let Some(rust) = rust() else { return };
    let stage = Stage::new("partial");
    stage.run(&format!("function f process \"{rust} report\" --timeout-s 60"));
    stage.run(
        "attach f orders --name m --retries 0 --bisect on --partial on --on-failure stream:failures \
         --paused",
    );
    for n in 0..20 {
        let amount = if n % 7 == 6 { "\"none\"".to_owned() } else { n.to_string() };
        stage.run(&format!("put orders k{n} {{\"amount\":{amount}}}"));
    }
    stage.run("resume m");
    stage.wait("all but two", |picture| {
        let tally = mapping(picture, "m").tally;
        (tally.done_records, tally.discarded_records, tally.delivered_records) == (18, 2, 2)
    });
    let picture = stage.live().snapshot();
    let function = picture.function("f").expect("it was made");
    assert_eq!(
        (function.tally.errors, function.tally.cold_starts),
        (0, 1),
        "it answered each time"
    );
}
