//! `rate`: a producer faster or slower.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_feeds};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "rate",
    aliases: &[],
    arguments: &[
        Argument::required("PRODUCER", Kind::Producer),
        Argument::required("FACTOR", Kind::Number),
    ],
    syntax: "rate PRODUCER FACTOR",
    summary: "multiply a producer's configured rate, 0 to 1000",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_feeds(")").with("{producer} {double}"), on_feeds("(").with("{producer} {half}")],
    parse,
    preview,
    undo: "the factor before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let producer = words.part("PRODUCER")?;
    let text = words.word("FACTOR")?;
    let digits = text.strip_prefix('x').unwrap_or(&text);
    let factor = words.as_number("FACTOR", digits, 0.0, 1_000.0)?;
    Ok(Command::World(WorldCommand::Rate { producer, factor }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Rate { producer, .. }) = command {
        known(snapshot, "producer", producer)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(producer: &PartName, factor: f64) -> String {
    Line::new("rate").word(producer).word(factor).end()
}
