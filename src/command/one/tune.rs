//! `tune`: how a mapping batches and what it does with failures.

use crate::command::line::Line;
use crate::command::preview::{known, plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Tune, Words, WorldCommand};
use crate::pipeline::settings::{MappingChanges, MappingSettings, OnFailure};
use crate::snapshot::Snapshot;

use super::law;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "tune",
    aliases: &[],
    arguments: &[
        Argument::required("MAPPING", Kind::Consumer),
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
        Argument::value("--function", Kind::Function),
    ],
    syntax: "tune MAPPING [--consumer NAME|none] [--batch N] [--window-ms MS] [--factor N] [--retries N] [--age-s S] \
             [--bisect on|off] [--partial on|off] [--tumbling-s S] [--filter PATTERN] \
             [--on-failure stream:NAME|file:PATH|URL|none] [--event-counts on|off] [--kms-key ARN|none] \
             [--tags A=1,B=2|none] [--function NAME]",
    summary: "change how a mapping batches and what it does with failures",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the settings before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let mapping = words.part("MAPPING")?;
    let mut changes = law::flags(words)?;
    if let Some(text) = words.flag("--function") {
        changes.function = Some(words.as_part("--function", &text)?);
    }
    if changes == MappingChanges::default() {
        return Err(words.missing("--batch, --retries or another flag"));
    }
    // The ranges that numbers alone do not tell. Names do not matter here, but for those of streams.
    let stream = crate::model::StreamName::new("its-stream").expect("invariant: a good name");
    let any = MappingSettings::new(mapping.clone(), stream, mapping.clone());
    any.with(&changes).check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Tune(Box::new(Tune { mapping, changes }))))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Tune(tune)) = command else { return Ok(preview) };
    known(snapshot, "mapping", &tune.mapping)?;
    let Tune { changes, .. } = &**tune;
    if let Some(function) = &changes.function {
        known(snapshot, "function", function)?;
    }
    if let Some(Some(OnFailure::Stream(name))) = &changes.on_failure {
        stream(snapshot, name)?;
    }
    if let Some(retries) = changes.retries.filter(|retries| *retries >= 0) {
        preview.notes.push(format!("a batch that failed {} times is given up", retries + 1));
    }
    if changes.bisect_on_error == Some(true) {
        let note = "a batch that fails is cut in two until the record is alone that fails";
        preview.notes.push(note.to_owned());
    }
    if changes.parallelization_factor.is_some() {
        let note = "records that wait are dealt to lanes anew once what runs has ended";
        preview.notes.push(note.to_owned());
    }
    Ok(preview)
}

pub(in crate::command) fn print(tune: &Tune) -> String {
    let line = law::print(Line::new("tune").word(&tune.mapping), &tune.changes);
    line.option("--function", tune.changes.function.as_ref()).end()
}
