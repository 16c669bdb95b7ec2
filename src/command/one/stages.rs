//! `stages`: other stages for a transform, while it runs.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::shorthand::stage;
use crate::command::spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::pipeline::settings::{Stage, check_stages, function_of};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "stages",
    aliases: &[],
    arguments: &[
        Argument::required("TRANSFORM", Kind::Part),
        Argument { name: "STAGE", kind: Kind::Choice(stage::STAGES), need: Need::Many },
    ],
    syntax: "stages TRANSFORM STAGE...  (parse:combined, keep:/status>499, pick:/a,/b, rename:a:b, \
             rekey:/user, drop:CONDITION, jq:PROGRAM, function:NAME, deaggregate)",
    summary: "change the stages of a transform; records read from then on go through them",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[Binding {
        on: &[ScreenKind::Transforms],
        key: "e",
        words: "{transform} {stages} {typed}",
    }],
    parse,
    preview,
    undo: "the stages before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let transform = words.part("TRANSFORM")?;
    let stages = stage::many(words)?;
    check_stages(&stages).map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Stages { transform, stages }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Stages { transform, stages }) = command {
        known(snapshot, "transform", transform)?;
        if let Some(function) = function_of(stages) {
            known(snapshot, "function", function)?;
        }
    }
    Ok(preview)
}

pub(in crate::command) fn print(transform: &PartName, stages: &[Stage]) -> String {
    let line = Line::new(SPEC.name).word(transform);
    stages.iter().fold(line, |line, one| line.word(stage::print(one))).end()
}
