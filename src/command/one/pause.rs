//! `pause` and `resume`: a producer or a mapping stops and goes on.

use crate::command::line::Line;
use crate::command::preview::{pausable, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand, spec_of};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static PAUSE: Spec = Spec {
    name: "pause",
    aliases: &["disable"],
    arguments: &[Argument::required("PART", Kind::Pausable)],
    syntax: "pause PRODUCER|MAPPING",
    summary: "stop a producer or a mapping",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: |words| Ok(Command::World(WorldCommand::Pause(words.part("PART")?))),
    preview,
    undo: "resume",
};

pub(in crate::command) static RESUME: Spec = Spec {
    name: "resume",
    aliases: &["enable"],
    arguments: &[Argument::required("PART", Kind::Pausable)],
    syntax: "resume PRODUCER|MAPPING",
    summary: "let a producer or a mapping go on",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: resume,
    preview,
    undo: "pause",
};

fn resume(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::World(WorldCommand::Resume(words.part("PART")?)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::World(WorldCommand::Pause(name) | WorldCommand::Resume(name)) = command {
        pausable(snapshot, name)?;
    }
    let spec = spec_of(command);
    Ok(plain(command, spec.undo, spec.danger))
}

pub(in crate::command) fn print(command: &str, part: &PartName) -> String {
    Line::new(command).word(part).end()
}
