//! `retention`: how long records stay.

use crate::command::line::Line;
use crate::command::preview::{plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::model::limits::{RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "retention",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("HOURS", Kind::Number),
    ],
    syntax: "retention STREAM HOURS",
    summary: "how long records stay, 24 to 8760 hours",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "longer: set back; shorter: not possible, older records are gone",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let hours = words.number("HOURS", RETENTION_HOURS_MIN, RETENTION_HOURS_MAX)?;
    Ok(Command::World(WorldCommand::Retention { stream, hours }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Retention { stream: name, hours }) = command else {
        return Ok(preview);
    };
    let stream = stream(snapshot, name)?;
    if u64::from(*hours) * 3_600_000 < stream.retention_ms {
        preview.danger = Danger::Destroys;
        preview.notes.push(format!("records older than {hours} h are lost"));
        // What others keep there is asked for by name, as it is when they are deleted.
        preview.phrase = snapshot.far.as_ref().map(|_| name.to_string());
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, hours: u32) -> String {
    Line::new("retention").word(stream).word(hours).end()
}
