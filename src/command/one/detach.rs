//! `detach`: takes a part away.

use crate::command::line::Line;
use crate::command::near::way_out;
use crate::command::preview::{parts, plain};
use crate::command::spec::{Argument, Binding, Danger, Kind, Scope, ScreenKind, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "detach",
    aliases: &[],
    arguments: &[Argument::required("PART", Kind::Part)],
    syntax: "detach PART",
    summary: "detach a producer, transform, mapping or reader, or drop a function",
    danger: Danger::Destroys,
    scope: Scope::World,
    keys: &[Binding {
        on: &[
            ScreenKind::Consumers,
            ScreenKind::Concurrency,
            ScreenKind::Transforms,
            ScreenKind::Producers,
        ],
        key: "D",
        words: "",
    }],
    parse,
    preview,
    undo: "attach it again as it was; a consumer begins at its starting position",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::World(WorldCommand::Detach(words.part("PART")?)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Detach(name)) = command else { return Ok(preview) };
    let parts = parts(snapshot);
    let Some((kind, _)) = parts.iter().find(|(_, known)| *known == name) else {
        let way_out = way_out(name.as_str(), parts.iter().map(|(_, name)| name.as_str()));
        return Err(CommandError::Unknown { what: "part", name: name.to_string(), way_out });
    };
    if let Some(user) = snapshot.mappings.iter().find(|mapping| mapping.function == *name) {
        let (function, user) = (name.to_string(), user.name.to_string());
        return Err(CommandError::Used { function, user });
    }
    preview.notes.push(format!("{name} is a {kind}"));
    Ok(preview)
}

pub(in crate::command) fn print(part: &PartName) -> String {
    Line::new("detach").word(part).end()
}
