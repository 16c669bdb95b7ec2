//! `record-size`: how large a record may be.

use crate::command::line::Line;
use crate::command::preview::{active, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::model::limits::{RECORD_KIB_MAX, RECORD_KIB_MIN};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "record-size",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("KIB", Kind::Number),
    ],
    syntax: "record-size STREAM KIB",
    summary: "how large a record may be, 1024 to 10240 KiB",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the size before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let kib = words.number("KIB", RECORD_KIB_MIN, RECORD_KIB_MAX)?;
    Ok(Command::World(WorldCommand::RecordSize { stream, kib }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::RecordSize { stream, kib }) = command else {
        return Ok(preview);
    };
    active(snapshot, stream)?;
    preview.notes.push(format!("larger records than {kib} KiB, key included, are refused"));
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, kib: u32) -> String {
    Line::new("record-size").word(stream).word(kib).end()
}
