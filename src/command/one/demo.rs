//! `demo`, `demo stop`: a session that tells its story.

use crate::command::one::session;
use crate::command::preview::{line_only, plain};
use crate::command::spec::{Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, ViewCommand, Words};
use crate::snapshot::Snapshot;

pub(in crate::command) static PLAY: Spec = Spec {
    name: "demo",
    aliases: &["play"],
    arguments: &[Argument { name: "SESSION", kind: Kind::Session, need: Need::OptionalRest }],
    syntax: "demo [NAME|FILE]",
    summary: "play a session and tell its story; alone: choose",
    danger: Danger::Destroys,
    scope: Scope::View,
    keys: &[Binding { on: &[ScreenKind::Sessions], key: "d", words: "{session}" }],
    parse: play,
    preview,
    undo: session::LOAD.undo,
};

pub(in crate::command) static STOP: Spec = Spec {
    name: "demo stop",
    aliases: &[],
    arguments: &[],
    syntax: "demo stop",
    summary: "tell the story no longer; the world goes on",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::DemoStop)),
    preview: line_only,
    undo: "",
};

fn play(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::View(ViewCommand::Demo(words.maybe())))
}

/// Choosing loses nothing yet.
fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::View(ViewCommand::Demo(None)) = command {
        return Ok(plain(command, "", Danger::Harmless));
    }
    session::preview(command, snapshot)
}
