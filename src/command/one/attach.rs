//! `attach`: a function onto a stream, as an event source mapping.

use crate::command::line::Line;
use crate::command::preview::{free, known, plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::pipeline::settings::{MappingChanges, MappingSettings, OnFailure, StartingPosition};
use crate::snapshot::Snapshot;

use super::law;

/// The words for a starting position.
pub(super) const POSITIONS: &[&str] = &["trim-horizon", "latest", "at:"];

pub(in crate::command) static SPEC: Spec = Spec {
    name: "attach",
    aliases: &[],
    arguments: &[
        Argument::required("FUNCTION", Kind::Function),
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--name", Kind::NewName),
        law::CONSUMER,
        law::BATCH,
        law::WINDOW,
        law::FACTOR,
        law::RETRIES,
        law::AGE,
        law::BISECT,
        law::PARTIAL,
        law::TUMBLING,
        law::FILTER,
        law::ON_FAILURE,
        law::COUNTS,
        law::KEY,
        law::TAGS,
        Argument::value("--from", Kind::Choice(POSITIONS)),
        Argument::switch("--paused"),
    ],
    syntax: "attach FUNCTION STREAM [--name NAME] [--consumer NAME] [--batch N] [--window-ms MS] [--factor N] \
             [--retries N] [--age-s S] [--bisect on|off] [--partial on|off] [--tumbling-s S] \
             [--filter PATTERN] [--on-failure stream:NAME|file:PATH|URL] \
             [--event-counts on|off] [--kms-key ARN] [--tags A=1,B=2] [--from trim-horizon|latest|at:SECONDS] [--paused]",
    summary: "invoke a function with a stream's records",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("a")],
    parse,
    preview,
    undo: "detach",
};

/// `trim-horizon`, `latest` or a time in seconds since the epoch.
pub(super) fn position(words: &mut Words) -> Result<StartingPosition, ParseError> {
    let Some(text) = words.flag("--from") else { return Ok(StartingPosition::TrimHorizon) };
    let seconds = |text: &str| text.parse().ok().filter(|s: &f64| (0.0..1e11).contains(s));
    match text.as_str() {
        "trim-horizon" => Ok(StartingPosition::TrimHorizon),
        "latest" => Ok(StartingPosition::Latest),
        _ => match text.strip_prefix("at:").and_then(seconds) {
            Some(seconds) => Ok(StartingPosition::AtTimestamp((seconds * 1e3).round() as u64)),
            None => {
                Err(words.bad("--from", &text, "trim-horizon, latest or at:SECONDS of the epoch"))
            }
        },
    }
}

/// The word for a starting position.
pub(super) fn position_word(start: StartingPosition) -> String {
    match start {
        StartingPosition::TrimHorizon => "trim-horizon".to_owned(),
        StartingPosition::Latest => "latest".to_owned(),
        StartingPosition::AtTimestamp(ms) => format!("at:{}", ms as f64 / 1e3),
    }
}

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let function = words.part("FUNCTION")?;
    let stream = words.stream("STREAM")?;
    let name = match words.flag("--name") {
        Some(text) => words.as_part("--name", &text)?,
        None => words.as_part("--name", &format!("{stream}-{function}"))?,
    };
    let changes = law::flags(words)?;
    let settings = MappingSettings {
        start: position(words)?,
        paused: words.switch("--paused"),
        ..MappingSettings::new(name, stream, function).with(&changes)
    };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Attach(Box::new(settings))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Attach(settings)) = command else { return Ok(preview) };
    free(snapshot, &settings.name)?;
    known(snapshot, "function", &settings.function)?;
    if let Some(OnFailure::Stream(name)) = &settings.on_failure {
        stream(snapshot, name)?;
    }
    let stream = stream(snapshot, &settings.stream)?;
    let lanes = stream.open_shards() as u64 * u64::from(settings.parallelization_factor);
    preview.notes.push(format!("wants up to {lanes} concurrent invocations"));
    Ok(preview)
}

pub(in crate::command) fn print(settings: &MappingSettings) -> String {
    let MappingSettings { name, stream, function, .. } = settings;
    let line = Line::new("attach").word(function).word(stream).unless(
        format!("{stream}-{function}"),
        "--name",
        name.to_string(),
    );
    law::print(line, &MappingChanges::beyond_default(settings))
        .unless("trim-horizon".to_owned(), "--from", position_word(settings.start))
        .switch("--paused", settings.paused)
        .end()
}
