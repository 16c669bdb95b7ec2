//! `read`: a plain reader onto a stream.

use crate::command::line::Line;
use crate::command::one::attach::{POSITIONS, position, position_word};
use crate::command::preview::{free, plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::GET_RECORDS_MAX;
use crate::pipeline::settings::ReaderSettings;
use crate::snapshot::Snapshot;

/// As in session files.
const INTERVAL_MS_DEFAULT: u64 = 1_000;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "read",
    aliases: &[],
    arguments: &[
        Argument::required("NAME", Kind::NewName),
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--interval-ms", Kind::Number),
        Argument::value("--limit", Kind::Number),
        Argument::value("--from", Kind::Choice(POSITIONS)),
        Argument::value("--consumer", Kind::NewName),
    ],
    syntax: "read NAME STREAM [--interval-ms MS] [--limit N] [--from trim-horizon|latest|at:SECONDS] \
             [--consumer NAME]",
    summary: "attach a plain reader (a GetRecords loop a shard)",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "detach",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let settings = ReaderSettings {
        name: words.part("NAME")?,
        stream: words.stream("STREAM")?,
        interval_ms: words.number_flag("--interval-ms", 1, 60_000)?.unwrap_or(INTERVAL_MS_DEFAULT),
        limit: words.number_flag("--limit", 1, GET_RECORDS_MAX)?.unwrap_or(GET_RECORDS_MAX),
        start: position(words)?,
        consumer: words
            .flag("--consumer")
            .map(|name| words.as_consumer("--consumer", &name))
            .transpose()?,
    };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Read(Box::new(settings))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Read(settings)) = command else { return Ok(preview) };
    free(snapshot, &settings.name)?;
    let stream = stream(snapshot, &settings.stream)?;
    if settings.consumer.is_some() {
        preview.notes.push("each shard pushes up to 2 MiB/s to it alone".to_owned());
    } else if let Some(limit) = stream.limits.read_calls_per_s {
        let shards = stream.open_shards().max(1) as f64;
        let calls = 1_000.0 / settings.interval_ms as f64;
        let now = stream.rates.read_calls / shards;
        preview
            .notes
            .push(format!("{:.1} of {limit} calls a second and shard afterwards", now + calls));
    }
    Ok(preview)
}

pub(in crate::command) fn print(settings: &ReaderSettings) -> String {
    let ReaderSettings { name, stream, interval_ms, limit, start, consumer } = settings;
    Line::new("read")
        .word(name)
        .word(stream)
        .unless(INTERVAL_MS_DEFAULT, "--interval-ms", *interval_ms)
        .unless(GET_RECORDS_MAX, "--limit", *limit)
        .unless("trim-horizon".to_owned(), "--from", position_word(*start))
        .option("--consumer", consumer.as_ref())
        .end()
}
