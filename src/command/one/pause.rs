//! `pause` and `resume`: a producer stops and goes on.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand, spec_of};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static PAUSE: Spec = Spec {
    name: "pause",
    aliases: &[],
    arguments: &[Argument::required("PRODUCER", Kind::Producer)],
    syntax: "pause PRODUCER",
    summary: "stop a producer",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: |words| Ok(Command::World(WorldCommand::Pause(words.part("PRODUCER")?))),
    preview,
    undo: "resume",
};

pub(in crate::command) static RESUME: Spec = Spec {
    name: "resume",
    aliases: &[],
    arguments: &[Argument::required("PRODUCER", Kind::Producer)],
    syntax: "resume PRODUCER",
    summary: "let a producer go on",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: resume,
    preview,
    undo: "pause",
};

fn resume(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::World(WorldCommand::Resume(words.part("PRODUCER")?)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::World(WorldCommand::Pause(name) | WorldCommand::Resume(name)) = command {
        known(snapshot, "producer", name)?;
    }
    let spec = spec_of(command);
    Ok(plain(command, spec.undo, spec.danger))
}

pub(in crate::command) fn print(command: &str, producer: &PartName) -> String {
    Line::new(command).word(producer).end()
}
