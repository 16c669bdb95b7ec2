//! `application` and `worker`: a consumer application, and its workers.

use crate::command::line::Line;
use crate::command::one::attach::{POSITIONS, position, position_word};
use crate::command::preview::{free, known, plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::pipeline::settings::ApplicationSettings;
use crate::snapshot::Snapshot;

/// As in session files.
const WORKERS_DEFAULT: u32 = 2;
const FAILOVER_MS_DEFAULT: u64 = 10_000;
const CHECKPOINT_MS_DEFAULT: u64 = 5_000;
/// The highest number that a worker may be given.
const WORKER_MAX: u32 = 10_000;

pub(in crate::command) static APPLICATION: Spec = Spec {
    name: "application",
    aliases: &[],
    arguments: &[
        Argument::required("NAME", Kind::NewName),
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--workers", Kind::Number),
        Argument::value("--failover-ms", Kind::Number),
        Argument::value("--checkpoint-ms", Kind::Number),
        Argument::value("--from", Kind::Choice(POSITIONS)),
    ],
    syntax: "application NAME STREAM [--workers N] [--failover-ms MS] [--checkpoint-ms MS] \
             [--from trim-horizon|latest|at:SECONDS]",
    summary: "let workers share the shards of a stream by leases, as the Client Library does",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "detach",
};

pub(in crate::command) static WORKER: Spec = Spec {
    name: "worker",
    aliases: &[],
    arguments: &[
        Argument::required("APPLICATION", Kind::Part),
        Argument::required("WHAT", Kind::Choice(&["kill", "start"])),
        Argument::optional("WORKER", Kind::Number),
    ],
    syntax: "worker APPLICATION kill N | worker APPLICATION start [N]",
    summary: "kill a worker of an application and see its leases move, or start one",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: parse_worker,
    preview: preview_worker,
    undo: "the other of kill and start",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let settings = ApplicationSettings {
        name: words.part("NAME")?,
        stream: words.stream("STREAM")?,
        workers: words.number_flag("--workers", 1, 100)?.unwrap_or(WORKERS_DEFAULT),
        failover_ms: words
            .number_flag("--failover-ms", 1_000, 600_000)?
            .unwrap_or(FAILOVER_MS_DEFAULT),
        checkpoint_ms: words
            .number_flag("--checkpoint-ms", 100, 600_000)?
            .unwrap_or(CHECKPOINT_MS_DEFAULT),
        start: position(words)?,
    };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Application(Box::new(settings))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, APPLICATION.undo, APPLICATION.danger);
    if let Command::World(WorldCommand::Application(settings)) = command {
        free(snapshot, &settings.name)?;
        stream(snapshot, &settings.stream)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(settings: &ApplicationSettings) -> String {
    let ApplicationSettings { name, stream, workers, failover_ms, checkpoint_ms, start } = settings;
    Line::new(APPLICATION.name)
        .word(name)
        .word(stream)
        .unless(WORKERS_DEFAULT, "--workers", *workers)
        .unless(FAILOVER_MS_DEFAULT, "--failover-ms", *failover_ms)
        .unless(CHECKPOINT_MS_DEFAULT, "--checkpoint-ms", *checkpoint_ms)
        .unless("trim-horizon".to_owned(), "--from", position_word(*start))
        .end()
}

fn parse_worker(words: &mut Words) -> Result<Command, ParseError> {
    let application = words.part("APPLICATION")?;
    let what = words.word("WHAT")?;
    Ok(Command::World(match what.as_str() {
        "kill" => {
            let worker = words.number("WORKER", 1, WORKER_MAX)?;
            WorldCommand::KillWorker { application, worker }
        }
        "start" => {
            let worker = words.maybe();
            let worker =
                worker.map(|text| words.as_number("WORKER", &text, 1, WORKER_MAX)).transpose()?;
            WorldCommand::StartWorker { application, worker }
        }
        other => return Err(words.bad("WHAT", other, "kill or start")),
    }))
}

fn preview_worker(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, WORKER.undo, WORKER.danger);
    if let Command::World(
        WorldCommand::KillWorker { application, .. }
        | WorldCommand::StartWorker { application, .. },
    ) = command
    {
        known(snapshot, "application", application)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print_kill(application: &PartName, worker: u32) -> String {
    Line::new(WORKER.name).word(application).word("kill").word(worker).end()
}

pub(in crate::command) fn print_start(application: &PartName, worker: Option<u32>) -> String {
    Line::new(WORKER.name).word(application).word("start").maybe(worker).end()
}
