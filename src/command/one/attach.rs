//! `attach`: a function onto a stream, as an event source mapping.

use crate::command::line::Line;
use crate::command::preview::{free, known, plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::{
    MAPPING_BATCH_SIZE_DEFAULT, MAPPING_BATCH_SIZE_MAX, MAPPING_RETRIES_MAX, MAPPING_WINDOW_MS_MAX,
    PARALLELIZATION_FACTOR_MAX,
};
use crate::pipeline::settings::{MappingSettings, StartingPosition};
use crate::snapshot::Snapshot;

/// The words for a starting position.
pub(super) const POSITIONS: &[&str] = &["trim-horizon", "latest"];

pub(in crate::command) static SPEC: Spec = Spec {
    name: "attach",
    aliases: &[],
    arguments: &[
        Argument::required("FUNCTION", Kind::Function),
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--name", Kind::NewName),
        Argument::value("--batch", Kind::Number),
        Argument::value("--window-ms", Kind::Number),
        Argument::value("--factor", Kind::Number),
        Argument::value("--retries", Kind::Number),
        Argument::value("--from", Kind::Choice(POSITIONS)),
        Argument::switch("--paused"),
    ],
    syntax: "attach FUNCTION STREAM [--name NAME] [--batch N] [--window-ms MS] [--factor N] \
             [--retries N] [--from trim-horizon|latest] [--paused]",
    summary: "invoke a function with a stream's records",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("a")],
    parse,
    preview,
    undo: "detach",
};

/// `trim-horizon` or `latest`.
pub(super) fn position(words: &mut Words) -> Result<StartingPosition, ParseError> {
    match words.flag("--from").as_deref() {
        None | Some("trim-horizon") => Ok(StartingPosition::TrimHorizon),
        Some("latest") => Ok(StartingPosition::Latest),
        Some(other) => Err(words.bad("--from", other, "trim-horizon or latest")),
    }
}

/// The word for a starting position.
pub(super) fn position_word(start: StartingPosition) -> &'static str {
    match start {
        StartingPosition::TrimHorizon => "trim-horizon",
        StartingPosition::Latest => "latest",
    }
}

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let function = words.part("FUNCTION")?;
    let stream = words.stream("STREAM")?;
    let name = match words.flag("--name") {
        Some(text) => words.as_part("--name", &text)?,
        None => words.as_part("--name", &format!("{stream}-{function}"))?,
    };
    let settings = MappingSettings {
        name,
        stream,
        function,
        batch_size: words
            .number_flag("--batch", 1, MAPPING_BATCH_SIZE_MAX)?
            .unwrap_or(MAPPING_BATCH_SIZE_DEFAULT),
        window_ms: words.number_flag("--window-ms", 0, MAPPING_WINDOW_MS_MAX)?.unwrap_or(0),
        parallelization_factor: words
            .number_flag("--factor", 1, PARALLELIZATION_FACTOR_MAX)?
            .unwrap_or(1),
        retries: words.number_flag("--retries", -1, MAPPING_RETRIES_MAX)?.unwrap_or(-1),
        start: position(words)?,
        paused: words.switch("--paused"),
    };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Attach(Box::new(settings))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Attach(settings)) = command else { return Ok(preview) };
    free(snapshot, &settings.name)?;
    known(snapshot, "function", &settings.function)?;
    let stream = stream(snapshot, &settings.stream)?;
    let lanes = stream.open_shards() as u64 * u64::from(settings.parallelization_factor);
    preview.notes.push(format!("wants up to {lanes} concurrent invocations"));
    Ok(preview)
}

pub(in crate::command) fn print(settings: &MappingSettings) -> String {
    let MappingSettings { name, stream, function, .. } = settings;
    Line::new("attach")
        .word(function)
        .word(stream)
        .unless(format!("{stream}-{function}"), "--name", name.to_string())
        .unless(MAPPING_BATCH_SIZE_DEFAULT, "--batch", settings.batch_size)
        .unless(0, "--window-ms", settings.window_ms)
        .unless(1, "--factor", settings.parallelization_factor)
        .unless(-1, "--retries", settings.retries)
        .unless("trim-horizon", "--from", position_word(settings.start))
        .switch("--paused", settings.paused)
        .end()
}
