//! Clients that others wrote, as they are, against the program: boto3, the AWS CLI, the AWS SDK for
//! JavaScript, and PyPI's packer of records. `.ci/run` installs them into `target/clients`; what is missing is told and passed over.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// `watershed serve`, until it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
    /// By which a client trusts it, where it speaks TLS with an own certificate.
    pub(crate) ca: PathBuf,
}

impl Served {
    /// At any port that is free.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::at("127.0.0.1:0", arguments)
    }

    /// With an own certificate, of an authority in a folder of this name.
    pub(crate) fn secure(name: &str, arguments: &[&str]) -> Self {
        Self::of(name, "127.0.0.1:0", &[arguments, &["--tls"]].concat())
    }

    pub(crate) fn at(address: &str, arguments: &[&str]) -> Self {
        Self::of("plain", address, arguments)
    }

    fn of(name: &str, address: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watershed"));
        let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state").join(name);
        command.env("XDG_STATE_HOME", &state);
        command.args(["serve", "--memory", "--listen", address]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program runs");
        let mut url = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut url).expect("it says where it listens");
        let ca = state.join("watershed/tls/ca.pem");
        Self { child, url: url.trim().to_owned(), ca }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, which its clients have noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program of those that `.ci/run` installs, or the system's.
fn program(name: &str) -> PathBuf {
    let own = Path::new(ROOT).join("target/clients/bin").join(name);
    if own.exists() { own } else { PathBuf::from(name) }
}

/// A command whose client is there: `probe` says so by ending well.
fn client(name: &str, probe: &[&str], missing: &str) -> Option<Command> {
    let there = Command::new(program(name))
        .args(probe)
        .env("NODE_PATH", Path::new(ROOT).join("target/clients/node_modules"))
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("{missing} is missing, so nothing is tested: `.ci/run` installs it");
        return None;
    }
    let mut command = Command::new(program(name));
    command
        .env("NODE_PATH", Path::new(ROOT).join("target/clients/node_modules"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .stdin(Stdio::null());
    Some(command)
}

/// Runs a script with a client in it.
fn script(command: Command, name: &str, served: &Served) {
    script_with(command, name, &[], served);
}

/// The same with arguments before the endpoint.
fn script_with(mut command: Command, name: &str, arguments: &[&str], served: &Served) {
    command.env("NODE_EXTRA_CA_CERTS", &served.ca);
    let path = Path::new(ROOT).join("tests/clients").join(name);
    let output = command.arg(path).args(arguments).arg(&served.url).output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n", "{told}");
}

#[test]
fn boto3_works_unchanged() {
    let probe = ["-c", "import boto3"];
    let Some(command) = client("python3", &probe, "boto3") else { return };
    script(command, "boto3_client.py", &Served::start(&[]));
}

#[test]
fn the_sdk_for_javascript_subscribes_over_http_2() {
    let probe = ["-e", "require('@aws-sdk/client-kinesis')"];
    let Some(command) = client("node", &probe, "@aws-sdk/client-kinesis") else { return };
    script(command, "sdk.js", &Served::start(&[]));
}

#[test]
fn the_sdk_for_javascript_subscribes_over_tls() {
    let probe = ["-e", "require('@aws-sdk/client-kinesis')"];
    let Some(command) = client("node", &probe, "@aws-sdk/client-kinesis") else { return };
    script(command, "sdk.js", &Served::secure("javascript", &[]));
}

#[test]
fn the_aws_cli_works_unchanged_with_tls_and_keys_that_are_verified() {
    if client("aws", &["--version"], "the AWS CLI").is_none() {
        return;
    }
    let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys-of-the-cli");
    std::fs::write(&keys, "[a]\naws_access_key_id = test\naws_secret_access_key = secret\n")
        .expect("a file");
    let verify = ["--auth", "verify", "--credentials", keys.to_str().expect("it is text")];
    let account = ["--account", "123456789012"];
    let served = Served::secure("cli", &[&account[..], &verify].concat());
    let aws = |arguments: &[&str]| -> Value {
        let mut command = client("aws", &["--version"], "the AWS CLI").expect("it is there");
        command.env("AWS_CA_BUNDLE", &served.ca);
        command.args(["--endpoint-url", &served.url, "kinesis"]).args(arguments);
        let output = command.output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    };
    aws(&["create-stream", "--stream-name", "orders", "--shard-count", "1"]);
    aws(&["wait", "stream-exists", "--stream-name", "orders"]);
    let told = aws(&["describe-stream-summary", "--stream-name", "orders"]);
    let arn = &told["StreamDescriptionSummary"]["StreamARN"];
    assert_eq!(arn, "arn:aws:kinesis:us-east-1:123456789012:stream/orders");
    let put = ["put-record", "--stream-name", "orders", "--partition-key", "k"];
    aws(&[&put[..], &["--data", "aGVsbG8="]].concat());
    let at = ["--shard-id", "0", "--shard-iterator-type", "TRIM_HORIZON"];
    let told = aws(&[&["get-shard-iterator", "--stream-name", "orders"][..], &at].concat());
    let iterator = told["ShardIterator"].as_str().expect("a text");
    let told = aws(&["get-records", "--shard-iterator", iterator]);
    assert_eq!(told["Records"][0]["PartitionKey"], "k");
}

/// A task of the program on an endpoint: what it says, given these lines.
fn ours(served: &Served, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watershed"));
    command.args(arguments).args(["--endpoint", &served.url]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut lines = child.stdin.take().expect("it is piped");
    lines.write_all(input.as_bytes()).expect("it is read");
    drop(lines);
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("it is text")
}

/// A command with PyPI's packer of records, if it is there.
fn packer() -> Option<Command> {
    client("python3", &["-c", "import aws_kinesis_agg, boto3"], "aws-kinesis-agg")
}

#[test]
fn what_others_packed_is_shown_record_by_record() {
    let Some(command) = packer() else { return };
    let served = Served::start(&[]);
    script_with(command, "aggregation.py", &["put"], &served);
    let all = ["tail", "packed", "--from", "trim-horizon", "--format", "text"];
    let shown = ours(&served, &[&all[..], &["--count", "1000"]].concat(), "");
    let line = |n: usize| format!("shardId-000000000000\tkey-{}\tline {n}\n", n % 7);
    assert_eq!(shown, (0..1_000).map(line).collect::<String>());
    let whole = ours(&served, &[&all[..], &["--count", "1", "--whole"]].concat(), "");
    assert!(whole.contains("line 0") && whole.contains("line 1"), "all of them in one: {whole}");
}

#[test]
fn what_is_packed_here_is_taken_apart_by_others() {
    let Some(command) = packer() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (lines, session) = (folder.join("packed.txt"), folder.join("packed.ron"));
    let text: String = (0..1_000).map(|n| format!("line {n}\n")).collect();
    std::fs::write(&lines, text).expect("a file");
    let text = format!(
        r#"(version: 1, title: "Packed", streams: [(name: "packed", shards: 1)], producers: [(
            name: "lines", stream: "packed", aggregate: (bytes_max: 8192),
            source: File((path: {lines:?}, pace: FullSpeed, key: Line)))])"#
    );
    std::fs::write(&session, text).expect("a file");
    let served = Served::start(&[session.to_str().expect("it is text")]);
    script_with(command, "aggregation.py", &["get"], &served);
}

#[test]
fn our_own_clients_put_tail_and_change_streams() {
    let served = Served::start(&[]);
    let ours = |arguments: &[&str], input: &str| ours(&served, arguments, input);
    assert_eq!(ours(&["create", "orders", "--shards", "1"], ""), "orders ACTIVE\n");
    assert_eq!(ours(&["streams"], ""), "orders\n");
    let lines: String = (0..700).map(|n| format!("line {n}\n")).collect();
    ours(&["put", "orders", "--key", "k"], &lines);
    ours(&["split", "orders", "0"], "");
    ours(&["put", "orders", "--key", "k"], "after the split\n");
    // The lines of the parent come before the child's.
    let all = ["--from", "trim-horizon", "--count", "701", "--format", "data"];
    let shown = ours(&[&["tail", "orders"][..], &all].concat(), "");
    assert_eq!(shown, lines + "after the split\n");
    let told = ours(&["describe", "orders"], "");
    assert!(told.contains("OpenShardCount             2"), "{told}");
    assert_eq!(told.matches("shardId-").count(), 5, "{told}");
    ours(&["merge", "orders", "1", "2"], "");
    assert_eq!(ours(&["delete", "orders"], ""), "orders deleted\n");
    assert_eq!(ours(&["streams"], ""), "");
}

/// Whoever puts a file goes on behind the lines that were accepted.
#[test]
fn a_put_whose_endpoint_dies_says_how_many_lines_were_accepted() {
    let mut served = Served::start(&[]);
    ours(&served, &["create", "orders", "--shards", "1"], "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_watershed"));
    command.args(["put", "orders", "--endpoint", &served.url]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut lines = child.stdin.take().expect("it is piped");
    lines.write_all(b"a\nb\nc\n").expect("it is read");
    ours(&served, &["tail", "orders", "--from", "trim-horizon", "--count", "3"], "");
    served.child.kill().expect("it runs");
    served.child.wait().expect("it ends");
    lines.write_all(b"d\n").expect("it is read");
    drop(lines);
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    let begin = "error: 3 lines were accepted, perhaps some of the next 1; then `http://";
    assert!(told.starts_with(begin) && told.contains("hint: is `watershed serve`"), "{told}");
}
