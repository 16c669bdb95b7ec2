//! The program as scripts and other processes see it: data on standard output, talk on standard
//! error, codes, signals, folders, disks that are full.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_watershed");

fn watershed(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.output().expect("the program runs")
}

fn out(arguments: &[&str]) -> String {
    let output = watershed(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&out(arguments)).expect("JSON")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder goes");
    }
    folder
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let run = |seed| out(&["simulate", "hot-shard", "--for", "60s", "--json", "--seed", seed]);
    let (first, again, other) = (run("1"), run("1"), run("2"));
    assert_eq!(first, again);
    let digest = |text: &str| -> Value {
        serde_json::from_str::<Value>(text).expect("JSON")["digest"].clone()
    };
    assert_ne!(digest(&first), digest(&other));
    let picture = |at| out(&["screenshot", "hot-shard", "--at", at, "--theme", "nord"]);
    let first = picture("20s");
    assert!(first.starts_with("<svg"));
    assert_eq!(first, picture("20s"));
    assert_ne!(first, picture("21s"));
}

#[test]
fn a_report_has_the_names_that_scripts_look_for() {
    let report = json(&["simulate", "hot-shard", "--for", "70s", "--json"]);
    let shards = report["streams"][0]["shards"].as_array().expect("shards");
    assert_eq!(shards.len(), 6);
    for name in [
        "shard_id",
        "state",
        "parents",
        "starting_hash_key",
        "ending_hash_key",
        "incoming_records",
        "incoming_bytes",
        "outgoing_records",
        "outgoing_bytes",
        "write_provisioned_throughput_exceeded",
        "read_provisioned_throughput_exceeded",
    ] {
        let found = shards[4].get(name).or_else(|| shards[4]["totals"].get(name));
        assert!(found.is_some(), "{name} in {}", shards[4]);
    }
    assert_eq!(shards[4]["parents"], serde_json::json!(["shardId-000000000002"]));
    for name in [
        "iterator_age_p50_ms",
        "iterator_age_p99_ms",
        "iterator_age_max_ms",
        "invocations",
        "errors",
        "throttles",
        "retries",
        "concurrent_executions",
        "concurrent_executions_max",
    ] {
        assert!(report["mappings"][0][name].is_u64(), "{name}");
    }
    assert_eq!(report["seed"], 42);
    assert!(report["totals"]["incoming_records"].as_u64() > Some(100_000), "{report}");
}

/// A promise that does not hold is a code that scripts see.
#[test]
fn a_broken_promise_is_a_failure() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/sessions/hot-shard.ron"));
    let text = text.expect("a session").replace("split orders 2", "split orders 0");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("uncured.ron");
    fs::write(&path, text).expect("a file");
    let output = watershed(&["simulate", &path.display().to_string()]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("FAILED records refused by orders from 80 s to 120 s"), "{told}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for arguments in ["simulate hot-shard --for 5s", "screenshot hot-shard --at 1s", "sessions"] {
        let line = format!("{PROGRAM} {arguments} | head -c 1");
        let output = Command::new("bash").args(["-c", &line]).output().expect("bash runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains("panicked"), "{arguments}: {told}");
        assert_eq!(output.stdout.len(), 1, "{arguments}");
    }
}

/// As by `watershed serve 2>&1 | head -1`: nobody reads what it tells of requests.
#[test]
fn an_endpoint_goes_on_when_nobody_reads_its_log() {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--memory", "--listen", "127.0.0.1:0", "--log", "requests"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stderr.take());
    let mut address = String::new();
    let mut told = BufReader::new(child.stdout.take().expect("piped"));
    told.read_line(&mut address).expect("it listens");
    let ask = |action: &str| {
        let output = Command::new(PROGRAM)
            .args([action, "orders", "--endpoint", address.trim()])
            .env("AWS_ACCESS_KEY_ID", "anyone")
            .env("AWS_SECRET_ACCESS_KEY", "anything")
            .output();
        output.expect("the program runs").status.code()
    };
    // It tells of both, the one refused and the other done.
    let asked = [ask("describe"), ask("create")];
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let ended = child.wait().expect("it ends");
    assert_eq!((asked, ended.code()), ([Some(2), Some(0)], Some(0)));
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let data = folder("two-processes");
    let data = data.display().to_string();
    let mut first = Command::new(PROGRAM)
        .args(["run", "hot-shard", "--for", "60s", "--data", &data])
        .stdout(Stdio::null())
        .spawn()
        .expect("the first runs");
    while !PathBuf::from(&data).join("LOCK").exists() {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(100));
    let second = watershed(&["run", "hot-shard", "--for", "1s", "--data", &data]);
    first.kill().expect("it ran");
    first.wait().expect("it ends");
    let told = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{told}");
    assert!(told.contains("in use by another watershed") && told.contains("--data DIR"), "{told}");
    let third = watershed(&["run", "hot-shard", "--for", "1s", "--data", &data]);
    assert!(third.status.success(), "a killed process leaves no lock behind");
}

#[test]
fn on_aws_nothing_is_deleted_without_its_name_and_nobody_asks_without_keys() {
    let ask = |arguments: &[&str]| -> String {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).stdin(Stdio::null()).env_clear();
        let output = command
            .env("HOME", folder("nobody"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let unsure = "error: `orders` at https://kinesis.eu-west-1.amazonaws.com is not deleted";
    let delete = ["delete", "orders", "--region", "eu-west-1"];
    assert!(ask(&delete).starts_with(unsure), "{}", ask(&delete));
    assert!(ask(&[&delete[..], &["--yes-delete", "others"]].concat()).starts_with(unsure));
    let keyless = "error: there are no keys to ask with: AWS_ACCESS_KEY_ID is not set";
    let sure = [&delete[..], &["--yes-delete", "orders"]].concat();
    assert!(ask(&sure).starts_with(keyless), "{}", ask(&sure));
    assert!(ask(&["streams", "--region", "cn-north-1"]).starts_with(keyless));
    let told = ask(&["streams", "--profile", "shop"]);
    assert!(told.starts_with("error: no region is named"), "{told}");
    let told = ask(&["streams", "--profile", "shop", "--region", "eu-west-1"]);
    assert!(told.starts_with("error: there is no profile `shop` in `"), "{told}");
    let here = ask(&["delete", "orders", "--endpoint", "http://127.0.0.1:1", "--yes-delete", "a"]);
    assert!(here.contains("is not deleted"), "{here}");
}

/// A file that may not grow stands for a disk that is full.
#[test]
fn a_full_disk_is_told_and_what_was_acknowledged_stays() {
    let data = folder("full-disk");
    let line = format!(
        "trap '' XFSZ; ulimit -f 64; {PROGRAM} run first-light --for 3s --json --data {}",
        data.display()
    );
    let output = Command::new("bash").args(["-c", &line]).output().expect("bash runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the log took no more writes") && told.contains("journal"), "{told}");
    let first: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let kept = first["totals"]["incoming_records"].as_u64().expect("a count");
    assert!(kept > 0, "{first}");
    let data = data.display().to_string();
    let again = json(&["run", "first-light", "--for", "3s", "--json", "--data", &data]);
    let new = again["totals"]["incoming_records"].as_u64().expect("a count");
    let read = again["totals"]["outgoing_records"].as_u64().expect("a count");
    assert!(new > 0 && read >= kept, "{kept} kept, {new} new, {read} read");
}

#[test]
fn a_run_that_is_interrupted_still_reports() {
    let mut child = Command::new(PROGRAM)
        .args(["run", "hot-shard", "--for", "10m", "--memory"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    thread::sleep(Duration::from_millis(1_500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let mut told = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut told).expect("text");
    assert!(child.wait().expect("it ends").success());
    assert!(told.starts_with("Hot shard: ") && told.contains("stream orders"), "{told}");
}

/// 0: nothing is wrong, 1: something is, 2: it could not be run.
#[test]
fn check_tells_what_is_wrong_by_its_exit_code_and_the_cure_by_name() {
    let check = |arguments: &[&str]| {
        let output = watershed(&[&["check"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let (code, text) = check(&["hot-shard", "--for", "40s", "--json"]);
    assert_eq!(code, Some(1), "{text}");
    let told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(told["found"][0]["cure"], "split orders 002 --at hot");
    assert_eq!(told["found"][0]["id"], "writes-refused orders 002");
    assert_eq!(check(&["hot-shard"]).0, Some(0));
    assert_eq!(check(&["nobody"]).0, Some(2));
}

/// The show goes on without it, and whoever waits for the end is told.
#[test]
fn a_command_of_the_timeline_that_is_refused_fails_the_run() {
    let text = r#"(version: 1, title: "t", length_s: 8, streams: [(name: "orders", level: Memory)],
        timeline: [(at_s: 5, run: "split orders 77")])"#;
    let folder = folder("refused-cue");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("t.ron");
    fs::write(&path, text).expect("a file");
    let path = path.display().to_string();
    for task in ["simulate", "check"] {
        let output = watershed(&[task, &path]);
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(1), "{task}: {told}");
        assert!(told.contains("failed 5.0 s split orders 77: "), "{task}: {told}");
        let json = watershed(&[task, &path, "--json"]).stdout;
        let json: Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["timeline_failures"][0]["at_ms"], 5_000, "{json}");
    }
}

/// The first course is the world as it is; a scaling refuses less and costs more.
#[test]
fn what_if_compares_courses_from_the_same_moment() {
    let told = json(&[
        "what-if",
        "hot-shard",
        "--at",
        "20s",
        "--for",
        "20s",
        "--try",
        "scale orders 8",
        "--json",
    ]);
    let of = |nth: usize, what: &str| told[nth]["streams"][0][what].as_f64().expect("a number");
    assert_eq!(told[0]["course"], "as it is");
    assert!(of(0, "refused") > 100.0 * of(1, "refused").max(1.0), "{told}");
    assert!(of(1, "shard_hours") > 1.5 * of(0, "shard_hours"), "{told}");
}

#[test]
fn lists_are_one_thing_a_line() {
    let names = |list: String| -> Vec<String> {
        list.lines().map(|line| line.split(' ').next().unwrap_or("").to_owned()).collect()
    };
    let sessions = names(out(&["sessions"]));
    let built_in: Vec<String> =
        watershed::session::builtin().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(sessions, built_in);
    for name in names(out(&["themes"])) {
        let picture = out(&["screenshot", "hot-shard", "--at", "1s", "--theme", &name, "--text"]);
        assert!(picture.contains("Hot shard"), "{name}");
    }
    assert!(out(&["completions", "bash"]).contains("screenshot"));
}

#[test]
fn the_log_screen_shows_what_happened_and_when() {
    let log = |size| {
        out(&["screenshot", "hot-shard", "--at", "50s", "--view", "logs", "--text", "--size", size])
    };
    let text = log("120x40");
    assert!(
        text.contains("00:00:45.500 INFO  engine.reshard  orders 002 split into 004 + 005"),
        "{text}"
    );
    assert!(log("80x24").contains("WARN  engine.throttle orders 002 refuses"));
    assert!(log("40x10").contains("Log"));
}

#[test]
fn a_folder_is_checked_and_explained_without_a_change() {
    let data = folder("log-verify");
    let place = data.to_str().expect("text");
    out(&["run", "first-light", "--for", "2s", "--data", place]);
    let told = json(&["log", "verify", place, "--json"]);
    assert_eq!((&told["damage"], &told["refusal"]), (&serde_json::json!([]), &Value::Null));
    let records = told["records"].as_u64().expect("a number");
    assert!(records > 0 && told["frame_records"].as_u64() >= Some(records), "{told}");
    assert!(out(&["log", "verify", place]).contains("opens    yes, with"));
    let dump = out(&["log", "dump", place, "--records"]);
    for part in ["catalog.blob", "records: ", "synced up to", "    shard 0 index 0 at "] {
        assert!(dump.contains(part), "{part}");
    }

    let is_journal = |path: &PathBuf| path.to_string_lossy().contains("journal-0000000001");
    let mut files = fs::read_dir(&data).expect("it is there").map(|file| file.expect("one").path());
    let journal = files.find(is_journal).expect("a segment is there");
    let name = journal.file_name().expect("it has one").to_string_lossy();
    let mut bytes = fs::read(&journal).expect("the journal is there");
    bytes[60] ^= 1;
    fs::write(&journal, &bytes).expect("it is ours");
    let damaged = watershed(&["log", "verify", place]);
    assert_eq!(damaged.status.code(), Some(1));
    let said = String::from_utf8_lossy(&damaged.stdout);
    assert!(said.contains(&format!("damage   `{name}` at byte 0: a frame is bad")), "{said}");
    assert!(said.contains(&format!("opens    no: `{name}` is damaged at byte 0")), "{said}");
    assert_eq!(fs::read(&journal).expect("the journal is there"), bytes);

    let nothing = data.join("nothing");
    let refused = watershed(&["log", "verify", nothing.to_str().expect("text")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!nothing.exists());
}
