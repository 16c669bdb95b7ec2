//! `caption`: what an audience is told.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec};
use crate::command::{Command, WorldCommand};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "caption",
    aliases: &["say"],
    arguments: &[Argument { name: "TEXT", kind: Kind::Text, need: Need::OptionalRest }],
    syntax: "caption [TEXT]",
    summary: "tell the audience something; alone: nothing more",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[],
    parse: |words| Ok(Command::World(WorldCommand::Caption(words.maybe()))),
    preview: line_only,
    undo: "the caption before",
};

pub(in crate::command) fn print(text: Option<&str>) -> String {
    Line::new(SPEC.name).maybe(text).end()
}
