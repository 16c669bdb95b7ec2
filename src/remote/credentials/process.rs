//! `credential_process`: a program that prints keys.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Keys, time};

/// How long it may take: it may have to ask somebody.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may still be read why it failed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The keys that a command prints.
pub(super) fn keys(command: &str) -> Result<Keys, String> {
    let told = told_by(command)?;
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let missing = || "AccessKeyId or SecretAccessKey is missing".to_owned();
    let until = match text("Expiration") {
        Some(until) => Some(time(&until).ok_or(format!("Expiration `{until}` is no time"))?),
        None => None,
    };
    Ok(Keys {
        name: text("AccessKeyId").ok_or_else(missing)?,
        secret: text("SecretAccessKey").ok_or_else(missing)?,
        token: text("SessionToken"),
        until,
    })
}

/// What a command prints, as JSON. Its words are apart by spaces, quotes hold them together.
fn told_by(command: &str) -> Result<Value, String> {
    let words = words(command);
    let (program, arguments) = words.split_first().ok_or("it names no program")?;
    let failed = |why: io::Error| format!("`{program}`: {why}");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let out = rest_of(child.stdout.take().expect("invariant: it is piped"));
    let err = rest_of(child.stderr.take().expect("invariant: it is piped"));
    let Ok(out) = out.recv_timeout(PATIENCE) else {
        // It may have ended just now.
        drop(child.kill().and_then(|()| child.wait()));
        return Err(format!("`{program}` was not done within {} s", PATIENCE.as_secs()));
    };
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        let err = err.recv_timeout(LAST_WORDS).unwrap_or_default();
        return Err(format!("`{program}`: {status}: {}", String::from_utf8_lossy(&err).trim()));
    }
    serde_json::from_slice(&out).map_err(|why| format!("`{program}` prints: {why}"))
}

/// All that comes, once it has ended.
fn rest_of(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What cannot be read says nothing, and who waited may have given up.
        drop(from.read_to_end(&mut bytes));
        drop(tell.send(bytes));
    });
    told
}

/// The words of a command.
pub(super) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in command.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
