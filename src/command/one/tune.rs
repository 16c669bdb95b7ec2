//! `tune`: how a mapping batches and tries again.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Tune, Words, WorldCommand};
use crate::model::limits::{MAPPING_BATCH_SIZE_MAX, MAPPING_RETRIES_MAX, MAPPING_WINDOW_MS_MAX};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "tune",
    aliases: &[],
    arguments: &[
        Argument::required("MAPPING", Kind::Consumer),
        Argument::value("--batch", Kind::Number),
        Argument::value("--window-ms", Kind::Number),
        Argument::value("--retries", Kind::Number),
    ],
    syntax: "tune MAPPING [--batch N] [--window-ms MS] [--retries N]",
    summary: "change how a mapping batches and tries again",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the settings before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let tune = Tune {
        mapping: words.part("MAPPING")?,
        batch_size: words.number_flag("--batch", 1, MAPPING_BATCH_SIZE_MAX)?,
        window_ms: words.number_flag("--window-ms", 0, MAPPING_WINDOW_MS_MAX)?,
        retries: words.number_flag("--retries", -1, MAPPING_RETRIES_MAX)?,
    };
    if (tune.batch_size, tune.window_ms, tune.retries) == (None, None, None) {
        return Err(words.missing("--batch, --window-ms or --retries"));
    }
    Ok(Command::World(WorldCommand::Tune(tune)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Tune(tune)) = command else { return Ok(preview) };
    known(snapshot, "mapping", &tune.mapping)?;
    if let Some(retries) = tune.retries.filter(|retries| *retries >= 0) {
        preview.notes.push(format!("a batch that failed {} times is given up", retries + 1));
    }
    Ok(preview)
}

pub(in crate::command) fn print(tune: &Tune) -> String {
    Line::new("tune")
        .word(&tune.mapping)
        .option("--batch", tune.batch_size)
        .option("--window-ms", tune.window_ms)
        .option("--retries", tune.retries)
        .end()
}
