//! `function`: something to invoke.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::command::line::Line;
use crate::command::preview::{free, plain};
use crate::command::shorthand::condition;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::{MEMORY_MB_MAX, MEMORY_MB_MIN, TIMEOUT_S_MAX};
use crate::pipeline::settings::{FunctionKind, FunctionSettings, ProcessSettings};
use crate::snapshot::Snapshot;

/// As in session files.
const BASE_MS_DEFAULT: f64 = 20.0;
const TOP_DEFAULT: usize = 10;
const QUIET_S_DEFAULT: u32 = 10;
const TIMEOUT_S_DEFAULT: u32 = 3;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "function",
    aliases: &[],
    arguments: &[
        Argument::required("NAME", Kind::NewName),
        Argument::required(
            "KIND",
            Kind::Choice(&["simulated", "count", "archive", "notify", "spike", "process", "http"]),
        ),
        Argument::optional("WHAT", Kind::Text),
        Argument::optional("TEXT", Kind::Text),
        Argument::optional("LEAST", Kind::Number),
        Argument::value("--top", Kind::Number),
        Argument::value("--quiet-s", Kind::Number),
        Argument::value("--handler", Kind::Text),
        Argument::value("--timeout-s", Kind::Number),
        Argument::value("--memory-mb", Kind::Number),
        Argument::value("--dir", Kind::File),
        Argument::value("--env", Kind::Text),
        Argument::value("--reserved", Kind::Number),
        Argument::value("--provisioned", Kind::Number),
        Argument::value("--base-ms", Kind::Number),
        Argument::value("--spread", Kind::Number),
        Argument::value("--per-record-us", Kind::Number),
        Argument::value("--error-rate", Kind::Number),
        Argument::value("--cold-start-ms", Kind::Number),
        Argument::value("--fails-on", Kind::Text),
        Argument::switch("--reports"),
    ],
    syntax: "function NAME simulated | count /FIELD [--top N] | archive PATH | notify CONDITION \
             TEXT [--quiet-s N] | spike /FIELD FACTOR LEAST | process COMMAND [--handler H] \
             [--timeout-s N] [--memory-mb N] [--dir DIR] [--env NAME=VALUE,...] | http URL \
             [--timeout-s N]  [--base-ms MS] [--spread S] \
             [--per-record-us US] [--error-rate R] [--cold-start-ms MS] [--fails-on CONDITION] \
             [--reports] [--reserved N] [--provisioned N]",
    summary: "create a function",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "detach",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.part("NAME")?;
    let reserved = words.number_flag("--reserved", 0, u32::MAX)?;
    let provisioned = words.number_flag("--provisioned", 1, u32::MAX)?;
    let base_ms = words.number_flag("--base-ms", 0.0, 900_000.0)?.unwrap_or(BASE_MS_DEFAULT);
    let spread = words.number_flag("--spread", 0.0, 3.0)?.unwrap_or(0.0);
    let per_record_us = words.number_flag("--per-record-us", 0.0, 1e6)?.unwrap_or(0.0);
    let error_rate = words.number_flag("--error-rate", 0.0, 1.0)?.unwrap_or(0.0);
    let cold_start_ms = words.number_flag("--cold-start-ms", 0.0, 900_000.0)?.unwrap_or(0.0);
    let fails_on = match words.flag("--fails-on") {
        Some(text) => {
            Some(condition::parse(&text).map_err(|short| words.short("--fails-on", short))?)
        }
        None => None,
    };
    let reports_failures = words.switch("--reports");
    let kind = kind(words)?;
    let settings = FunctionSettings {
        name,
        kind,
        reserved,
        provisioned,
        base_ms,
        spread,
        per_record_us,
        error_rate,
        cold_start_ms,
        fails_on,
        reports_failures,
    };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Function(Box::new(settings))))
}

fn kind(words: &mut Words) -> Result<FunctionKind, ParseError> {
    let word = words.word("KIND")?;
    let (kind, with) = match word.as_str() {
        "simulated" => (FunctionKind::Simulated, "simulated"),
        "count" => {
            let field = words.word("/FIELD")?;
            let top = words.number_flag("--top", 1, 100)?.unwrap_or(TOP_DEFAULT);
            (FunctionKind::Count { field, top }, "count")
        }
        "archive" => {
            (FunctionKind::Archive { path: PathBuf::from(words.word("PATH")?) }, "archive")
        }
        "notify" => {
            let when = words.word("CONDITION")?;
            let when = condition::parse(&when).map_err(|e| words.short("CONDITION", e))?;
            let text = words.word("TEXT")?;
            let quiet_s = words.number_flag("--quiet-s", 0, 86_400)?.unwrap_or(QUIET_S_DEFAULT);
            (FunctionKind::Notify { when, text, quiet_s }, "notify")
        }
        "spike" => {
            let field = words.word("/FIELD")?;
            let factor = words.number("FACTOR", 1.0, 1e6)?;
            let least = words.number("LEAST", 1, u32::MAX)?;
            (FunctionKind::Spike { field, factor, least }, "spike")
        }
        "process" => (FunctionKind::Process(process(words)?), "process"),
        "http" => {
            let url = words.word("URL")?;
            (FunctionKind::Http { url, timeout_s: timeout(words)? }, "http")
        }
        _ => {
            let rule = "simulated, count, archive, notify, spike, process or http";
            return Err(words.bad("KIND", &word, rule));
        }
    };
    words.no_flags_left(with)?;
    Ok(kind)
}

fn timeout(words: &mut Words) -> Result<u32, ParseError> {
    Ok(words.number_flag("--timeout-s", 1, TIMEOUT_S_MAX)?.unwrap_or(TIMEOUT_S_DEFAULT))
}

fn process(words: &mut Words) -> Result<ProcessSettings, ParseError> {
    let command = words.word("COMMAND")?;
    let env = match words.flag("--env") {
        Some(text) => pairs(&text).ok_or_else(|| words.bad("--env", &text, "NAME=VALUE,..."))?,
        None => BTreeMap::new(),
    };
    Ok(ProcessSettings {
        command,
        handler: words.flag("--handler").unwrap_or_default(),
        timeout_s: timeout(words)?,
        memory_mb: words
            .number_flag("--memory-mb", MEMORY_MB_MIN, MEMORY_MB_MAX)?
            .unwrap_or(MEMORY_MB_MIN),
        dir: words.flag("--dir").map(PathBuf::from),
        env,
    })
}

fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    let pair = |text: &str| text.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
    text.split(',').map(pair).collect()
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Function(settings)) = command {
        free(snapshot, &settings.name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(settings: &FunctionSettings) -> String {
    let line = Line::new("function").word(&settings.name);
    let line = match &settings.kind {
        FunctionKind::Simulated => line.word("simulated"),
        FunctionKind::Count { field, top } => {
            line.word("count").word(field).unless(TOP_DEFAULT, "--top", *top)
        }
        FunctionKind::Archive { path } => line.word("archive").word(path.display()),
        FunctionKind::Notify { when, text, quiet_s } => line
            .word("notify")
            .word(condition::print(when))
            .word(text)
            .unless(QUIET_S_DEFAULT, "--quiet-s", *quiet_s),
        FunctionKind::Spike { field, factor, least } => {
            line.word("spike").word(field).word(factor).word(least)
        }
        FunctionKind::Process(process) => {
            let env: Vec<String> = process.env.iter().map(|(a, b)| format!("{a}={b}")).collect();
            line.word("process")
                .word(&process.command)
                .unless(String::new(), "--handler", process.handler.clone())
                .unless(TIMEOUT_S_DEFAULT, "--timeout-s", process.timeout_s)
                .unless(MEMORY_MB_MIN, "--memory-mb", process.memory_mb)
                .option("--dir", process.dir.as_ref().map(|dir| dir.display()))
                .unless(String::new(), "--env", env.join(","))
        }
        FunctionKind::Http { url, timeout_s } => {
            line.word("http").word(url).unless(TIMEOUT_S_DEFAULT, "--timeout-s", *timeout_s)
        }
    };
    line.unless(BASE_MS_DEFAULT, "--base-ms", settings.base_ms)
        .unless(0.0, "--spread", settings.spread)
        .unless(0.0, "--per-record-us", settings.per_record_us)
        .unless(0.0, "--error-rate", settings.error_rate)
        .unless(0.0, "--cold-start-ms", settings.cold_start_ms)
        .option("--fails-on", settings.fails_on.as_ref().map(condition::print))
        .switch("--reports", settings.reports_failures)
        .option("--reserved", settings.reserved)
        .option("--provisioned", settings.provisioned)
        .end()
}
