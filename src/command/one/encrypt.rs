//! `encrypt`: the key that a stream says its records are encrypted with.

use crate::command::line::Line;
use crate::command::preview::{active, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::model::limits::KEY_ID_CHARS_MAX;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "encrypt",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("KEY", Kind::Choice(&["alias/aws/kinesis", "off"])),
    ],
    syntax: "encrypt STREAM KEY|off",
    summary: "encryption of new records, as the stream tells it",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the key before, for records that follow",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let text = words.word("KEY")?;
    if !(1..=KEY_ID_CHARS_MAX).contains(&text.chars().count()) {
        let rule =
            format!("an id, an ARN or an alias of 1 to {KEY_ID_CHARS_MAX} characters, or off");
        return Err(words.bad("KEY", &text, rule));
    }
    let key = Some(text).filter(|text| text != "off");
    Ok(Command::World(WorldCommand::Encrypt { stream, key }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Encrypt { stream, .. }) = command else {
        return Ok(preview);
    };
    active(snapshot, stream)?;
    let note = "the setting is kept and told; what is on this disk is not encrypted by it";
    preview.notes.push(note.to_owned());
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, key: Option<&str>) -> String {
    Line::new("encrypt").word(stream).word(key.unwrap_or("off")).end()
}
