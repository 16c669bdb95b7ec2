//! `record`, `record stop`: what an operator does, written down as a session.

use crate::command::line::Line;
use crate::command::preview::{line_only, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Record, ViewCommand, Words};
use crate::snapshot::Snapshot;

const REPLACE: &str = "--replace";

pub(in crate::command) static START: Spec = Spec {
    name: "record",
    aliases: &[],
    arguments: &[Argument::required("NAME", Kind::File), Argument::switch(REPLACE)],
    syntax: "record NAME [--replace]",
    summary: "write what you do from now on into NAME.ron, a session",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse,
    preview,
    undo: "",
};

pub(in crate::command) static STOP: Spec = Spec {
    name: "record stop",
    aliases: &[],
    arguments: &[],
    syntax: "record stop",
    summary: "end the recording",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::RecordStop)),
    preview: line_only,
    undo: "",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.word("NAME")?;
    let replace = words.switch(REPLACE);
    Ok(Command::View(ViewCommand::Record(Record { name, replace })))
}

fn preview(command: &Command, _: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, START.undo, Danger::Harmless);
    preview.notes.push("the set-up as it is, then each act at its time".to_owned());
    Ok(preview)
}

pub(in crate::command) fn print(record: &Record) -> String {
    Line::new(START.name).word(&record.name).switch(REPLACE, record.replace).end()
}
