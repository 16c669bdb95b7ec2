//! `session save`, `session load`: whole set-ups.

use crate::command::line::Line;
use crate::command::preview::{line_only, plain};
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, ViewCommand, Words};
use crate::snapshot::Snapshot;

pub(in crate::command) static SAVE: Spec = Spec {
    name: "session save",
    aliases: &["save", "w"],
    arguments: &[Argument { name: "FILE", kind: Kind::File, need: Need::OptionalRest }],
    syntax: "session save [FILE]",
    summary: "write the set-up as a session file",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: save,
    preview: line_only,
    undo: "",
};

pub(in crate::command) static LOAD: Spec = Spec {
    name: "session load",
    aliases: &["load"],
    arguments: &[Argument { name: "SESSION", kind: Kind::Session, need: Need::Rest }],
    syntax: "session load NAME|FILE",
    summary: "replace everything by a session",
    danger: Danger::Destroys,
    scope: Scope::View,
    keys: &[],
    parse: load,
    preview,
    undo: "not possible: save first",
};

fn save(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::View(ViewCommand::SessionSave(words.maybe())))
}

fn load(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::View(ViewCommand::SessionLoad(words.word("SESSION")?)))
}

/// Loading asks only when something would be lost.
pub(super) fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let danger = if snapshot.unsaved { Danger::Destroys } else { Danger::Harmless };
    let mut preview = plain(command, LOAD.undo, danger);
    if snapshot.unsaved {
        preview.notes.push(format!("changes to `{}` are not saved", snapshot.session));
    }
    Ok(preview)
}

pub(in crate::command) fn print_save(file: Option<&str>) -> String {
    Line::new(SAVE.name).maybe(file).end()
}

pub(in crate::command) fn print_load(session: &str) -> String {
    Line::new(LOAD.name).word(session).end()
}
